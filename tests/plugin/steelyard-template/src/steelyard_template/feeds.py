"""A feed of bars from a folder that holds one file per symbol."""

import csv


def folder(wanted, *, path_of: str = "prices"):
    """Give the rows of `<path_of>/<symbol>.csv`, a folder beside the scenario."""
    for symbol in wanted.symbols:
        with (wanted.folder / path_of / f"{symbol}.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield {**row, "symbol": symbol}
