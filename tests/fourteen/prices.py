"""Bars, splits, dividends and daily series of the fourteen-name world.

Prices are split-adjusted as of 2017. Dividends are had back from the ratio of the adjusted
to the plain close, which changes on an ex-date by one less the dividend over the close
before it.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet

from tests.fourteen.days import END, HISTORY_FROM, day_after, day_of
from tests.shared import shared_path

BAR_COLUMNS = ("date", "symbol", "open", "high", "low", "close", "volume")
ACTION_COLUMNS = ("ex_date", "symbol", "kind", "new", "old", "cash")
OBSERVATION_COLUMNS = ("series", "period", "value", "known_at", "vintage")

SPLITS = {"AAPL": ("2014-06-09", 7)}
"""The one split of the fourteen from 2012 to 2017: seven for one."""
SMALLEST_STEP = 2e-4
"""Smaller changes of the ratio are rounding; the smallest dividend is a thousandth."""
CASH_PLACES = 3
"""Places in which dividends are given back; tenths of a cent are paid."""
YIELDS = {"UST3M": "3 Mo", "UST2Y": "2 Yr", "UST10Y": "10 Yr"}
FUND_SPLIT = 8
"""The oil fund went one for eight on 2020-04-29, which its later prices are adjusted for."""
SERIES_FROM = "2011-01-03"
"""Series begin before the bars, so that changes over a year are known from the first."""
_RANGE = re.compile(
    r"target range for the federal funds rate (?:at|to|of)\s+(\S+) to (\S+) percent"
    r"|(\S+) to (\S+) percent target range for the federal funds rate"
)


class Close(NamedTuple):
    """A session's close, and the same adjusted for later dividends."""

    day: str
    plain: float
    adjusted: float


def write_bars(data: Path) -> None:
    """Write the bars of the fourteen as they are in the source, to the last row of it.

    Rows after the run stay: they tell up to when the prices are adjusted for splits.
    """
    rows = [[row[name] for name in BAR_COLUMNS] for row in price_rows()]
    write_csv(data / "bars.csv", BAR_COLUMNS, rows)


def write_benchmark(data: Path) -> None:
    """Write the bars of the index."""
    rows = [
        ["SPX" if name == "symbol" else row[name] for name in BAR_COLUMNS]
        for row in _long_rows("^GSPC")
    ]
    write_csv(data / "benchmark.csv", BAR_COLUMNS, rows)


def write_actions(data: Path) -> None:
    """Write the split, and the dividends as they were paid on the units of the day."""
    rows = [[day, symbol, "split", new, 1, ""] for symbol, (day, new) in SPLITS.items()]
    for symbol in sorted(closes()):
        for day, cash in dividends(symbol):
            rows.append([day, symbol, "dividend", "", "", f"{cash:g}"])
    write_csv(data / "actions.csv", ACTION_COLUMNS, sorted(rows, key=lambda row: row[:3]))


def dividends(symbol: str) -> Iterator[tuple[str, float]]:
    """Give ex-dates and dividends, as quoted on the day."""
    split_day, new = SPLITS.get(symbol, ("", 1))
    own = closes()[symbol]
    for before, on in pairwise(own):
        step = 1 - (before.adjusted / before.plain) / (on.adjusted / on.plain)
        if step > SMALLEST_STEP:
            units = new if on.day < split_day else 1
            yield on.day, round(step * before.plain * units, CASH_PLACES)


def closes() -> dict[str, list[Close]]:
    """Give every symbol's closes, by day."""
    found: dict[str, list[Close]] = {}
    for row in price_rows():
        close = Close(row["date"], float(row["close"]), float(row["adj_close"]))
        found.setdefault(row["symbol"], []).append(close)
    return {symbol: sorted(own) for symbol, own in found.items()}


def write_observations(data: Path) -> None:
    """Write daily series, each value known once New York's day has ended.

    They are prices of markets, which nobody revises. The policy rate is the middle of the
    range that the committee's own statement names, for the text is the record of it.
    """
    rows = [*_yields(), *_volatility(), *_oil(), *_policy_rate()]
    write_csv(
        data / "observations.csv",
        OBSERVATION_COLUMNS,
        [
            [name, day, value, f"{day_after(day)}T05:00:00Z", "first"]
            for name, day, value in rows
            if SERIES_FROM <= day <= END
        ],
    )


def price_rows() -> list[dict[str, str]]:
    """Give the source's rows on the fourteen."""
    return _csv_rows("data/prices_daily_world_2012_2017.csv")


def _yields() -> Iterator[tuple[str, str, str]]:
    for row in _csv_rows("data/treasury_yields_daily_1990_2016.csv"):
        for name, tenor in YIELDS.items():
            if row[tenor]:
                yield name, row["date"], row[tenor]


def _volatility() -> Iterator[tuple[str, str, str]]:
    for row in _csv_rows("data/vix_daily_1990_2016.csv"):
        yield "VIX", row["date"], row["close"]


def _oil() -> Iterator[tuple[str, str, str]]:
    for row in _long_rows("USO"):
        yield "USO", row["date"], f"{row['close'] / FUND_SPLIT:.4f}"


def _policy_rate() -> Iterator[tuple[str, str, str]]:
    with shared_path("data/fomc_documents.jsonl").open(encoding="utf-8") as lines:
        for document in map(json.loads, lines):
            found = _RANGE.search(document["text"])
            if document["subkind"] == "statement" and found is not None:
                low, high = (_percent(part) for part in found.groups() if part)
                yield "FOMC_TARGET", day_of(document), str((low + high) / 2)


def _percent(text: str) -> float:
    """Read `0`, `1/4` or `1-1/4`."""
    return float(sum(Fraction(part) for part in text.split("-")))


def _csv_rows(name: str) -> list[dict[str, str]]:
    with shared_path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _long_rows(symbol: str) -> list[dict]:
    rows = pyarrow.parquet.read_table(
        shared_path("data/prices_daily_long.parquet"), filters=[("symbol", "=", symbol)]
    ).to_pylist()
    wanted = [row | {"date": str(row["date"])[:10]} for row in rows]
    return [row for row in wanted if min(SERIES_FROM, HISTORY_FROM) <= row["date"]]


def write_csv(path: Path, columns: Sequence[str], rows: list) -> None:
    """Write a file with its header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
