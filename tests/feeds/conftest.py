"""A small world in files: two instruments, ten sessions, and what goes with them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from steelyard.feeds.jumps import NOT_SHOWN
from steelyard.feeds.sources import sources_in
from steelyard.feeds.world import open_world_of
from steelyard.scenario.feeds import Feeds
from steelyard.scenario.market import Market
from steelyard.types.world import World

DAYS = ("01", "02", "03", "04", "05", "08", "09", "10", "11", "12")
"""Sessions of March 2004 that the files hold; the exchange closes at 21:00 UTC."""

BARS = "date,symbol,open,high,low,close,volume\n"
ACTIONS = "ex_date,symbol,kind,new,old,cash\n"
OBSERVATIONS = "series,period,value,known_at,vintage\n"
RELATIONS = "known_at,source,target,kind\n"
VIEWS = "known_at,by,symbol,score,confidence\n"
UNSHOWN_SPLIT = f"AAA on 2004-03-05: {NOT_SHOWN}"
"""What every such world is warned of: its prices go on as if there were no split."""


def bar(day: str, symbol: str, price: float) -> str:
    """Give a row that opens at `price`, and closes 2 above."""
    return f"2004-03-{day},{symbol},{price},{price + 3},{price - 1},{price + 2},1000\n"


def warned(world: World) -> tuple[str, ...]:
    """Give the warnings, less the one of every such world."""
    return tuple(each for each in world.warnings if each != UNSHOWN_SPLIT)


def document(name: str, **fields: Any) -> str:
    """Give a line of JSON, known from the second it names unless told otherwise."""
    return (
        json.dumps(
            {
                "id": name,
                "published_at": "2004-03-03T15:00:00Z",
                "time_precision": "second",
                "kind": "results",
                "symbols": ["AAA"],
                "title": "Results",
                "text": "Revenue was 5 million.",
                "source": "the company",
                "figures": [],
            }
            | fields
        ).replace("\n", " ")
        + "\n"
    )


class Files(NamedTuple):
    """A folder of feeds, which can be spoiled and opened."""

    folder: Path

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        (self.folder / name).write_text(text, encoding="utf-8", newline="")

    def change(self, name: str, line: int, edit: Callable[[str], str]) -> None:
        """Put another line, or none, in the place of one; lines count from 1."""
        lines = (self.folder / name).read_text(encoding="utf-8").splitlines(keepends=True)
        lines[line - 1] = edit(lines[line - 1])
        self.write(name, "".join(lines))

    def open(self, *, feeds: dict[str, Any] | None = None, **market: Any) -> World:
        """Open the world, with other values in its sections where they are given."""
        section = {
            "universe": ["AAA", "BBB"],
            "from": "2004-03-02",
            "to": "2004-03-12",
            "benchmark": "IDX",
        }
        paths: dict[str, Any] = {
            "bars": {"path": "bars.csv"},
            "benchmark": {"path": "index.csv"},
            "actions": {"path": "actions.csv"},
            "observations": [{"path": "observations.csv"}],
            "documents": [{"path": "documents.jsonl"}],
            "relations": {"path": "relations.csv"},
            "views": [{"path": "views.csv"}],
        }
        told = Market.model_validate(section | market)
        entries = Feeds.model_validate(paths | (feeds or {}))
        return open_world_of(told, entries, sources_in(told, entries, self.folder))


@pytest.fixture
def files(tmp_path) -> Files:
    """Files of a whole and sound world."""
    made = Files(tmp_path)
    pairs = enumerate(DAYS)
    made.write(
        "bars.csv",
        BARS + "".join(bar(d, "AAA", 100 + n) + bar(d, "BBB", 50 + n) for n, d in pairs),
    )
    made.write("index.csv", BARS + "".join(bar(d, "IDX", 1000 + n) for n, d in enumerate(DAYS)))
    made.write(
        "actions.csv",
        ACTIONS + "2004-03-05,AAA,split,2,1,\n2004-03-09,BBB,dividend,,,0.5\n",
    )
    made.write(
        "observations.csv",
        OBSERVATIONS
        + "RATE,2004-01,1.0,2004-02-27T14:00:00Z,first\n"
        + "RATE,2004-02,1.25,2004-03-10T18:15:00Z,first\n",
    )
    made.write(
        "documents.jsonl",
        document("a") + document("b", published_at="2004-03-03T22:00:00Z", symbols=[]),
    )
    made.write(
        "relations.csv",
        RELATIONS + "2004-03-02,CHIPS,AAA,supplier\n2004-03-05T15:00:00Z,BBB,AAA,peer\n",
    )
    made.write(
        "views.csv",
        VIEWS + "2004-03-03,ann,AAA,0.5,0.6\n2004-03-08T22:00:00Z,bob,BBB,-0.25,0.55\n",
    )
    return made
