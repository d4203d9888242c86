"""What docs/feeds.md shows is what is read: its files make a world, its lines run."""

import re

import pytest
import yaml

from steelyard.feeds.actions import read_actions
from steelyard.feeds.documents import KINDS_OF_CHANNEL
from steelyard.feeds.sources import sources_in
from steelyard.feeds.world import open_world, open_world_of
from steelyard.scenario import Scenario
from steelyard.scenario.feeds import Feeds
from steelyard.scenario.market import Market
from tests.command import ROOT

PAGE = (ROOT / "docs" / "feeds.md").read_text(encoding="utf-8")
MARKET = Market.model_validate(
    {"universe": ["AAPL", "IBM"], "from": "2014-01-27", "to": "2014-01-28", "benchmark": "IDX"}
)


def blocks(language):
    """Give the blocks in a language, with what stands behind its name."""
    pattern = rf"^```{language}(.*?)\n(.*?)^```$"
    found = re.findall(pattern, PAGE, re.MULTILINE | re.DOTALL)
    return [(name.strip(), text) for name, text in found]


@pytest.fixture
def folder(tmp_path):
    """Give a folder with the files of the page."""
    for name, text in (*blocks("csv"), *blocks("jsonl")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    text = (tmp_path / "bars.csv").read_text()
    (tmp_path / "index.csv").write_text(text.replace("AAPL", "IDX"))
    return tmp_path


def open_page(folder, entries):
    """Open the world of a section `feeds`."""
    feeds = Feeds.model_validate(yaml.safe_load(entries)["feeds"])
    return open_world_of(MARKET, feeds, sources_in(MARKET, feeds, folder))


def test_the_files_of_the_page_make_a_world(folder):
    """Each is read as it stands there."""
    world = open_page(folder, blocks("yaml")[0][1])

    assert world.bars.close.tolist() == [[550.5, 178.0], [72.25, 177.0]]
    assert world.bars.split_new.tolist() == [[1, 1], [7, 1]]
    assert world.bars.dividend.tolist() == [[0.0, 0.0], [0.0, 0.95]]
    assert world.series["CPI"].value.tolist() == [233.049]
    assert [(each.id, each.channel) for each in world.documents] == [
        ("a", "company"),
        ("b", "press"),
    ]
    assert [each.kind for each in world.relations] == ["supplier", "peer", "none"]
    assert [each.by for each in world.views] == ["bob", "ann"]
    assert world.warnings == ()


def test_the_python_lines_of_the_page_run(folder, capsys):
    """The feed of the page gives the bars of its file, and has no fault."""
    for symbol in ("AAPL", "IBM"):
        lines = (folder / "bars.csv").read_text().splitlines(keepends=True)
        own = [line for line in lines if "symbol" in line or f",{symbol}," in line]
        (folder / f"{symbol}.txt").write_text("".join(own))
    names = {"folder": folder, "__name__": __name__}

    for _, block in blocks("python")[:1]:
        exec(block, names)  # noqa: S102 - our own lines
    world = open_page(folder, blocks("yaml")[1][1].replace("\n", "\n  benchmark: none\n", 1))

    assert world.bars.close.tolist() == [[550.5, 178.0], [72.25, 177.0]]
    longest = max(block.count("\n") for _, block in blocks("python"))
    assert longest < 15
    exec(blocks("python")[1][1], names)  # noqa: S102 - our own lines
    assert capsys.readouterr().out == "[]\n"


def test_the_channels_of_the_page_are_those_of_the_code():
    """Kind by kind."""
    rows = re.findall(r"^\| `(\w+)` \| (`.*`) \|$", PAGE, re.MULTILINE)

    told = {channel: tuple(re.findall(r"`(\w+)`", kinds)) for channel, kinds in rows}

    assert {name: told.get(name) for name in KINDS_OF_CHANNEL} == dict(KINDS_OF_CHANNEL)


def test_the_further_actions_of_the_page_are_read(folder):
    """A change of symbol, a halt and a delisting, each with what it has."""
    actions = read_actions(folder / "more_actions.csv")

    assert [each.kind for each in actions] == ["rename", "halt", "delist"]
    assert (actions[0].former, actions[1].sessions, actions[2].cash) == ("FB", 3, 0.25)


def test_the_made_market_of_the_page_makes_a_world():
    """With the opinions that it asks for."""
    text = f"name: page\n{blocks('yaml')[2][1]}ensemble: {{horizons: [5]}}\n"

    world = open_world(Scenario.from_yaml(text, overrides={"market.universe.synthetic": 3}))

    assert [each.id for each in world.instruments] == ["S001", "S002", "S003"]
    assert [each.by for each in world.planted] == ["ann"]
