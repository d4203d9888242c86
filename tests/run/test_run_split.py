"""The test part of a world: every opening is counted, and an edited scenario buys none."""

from steelyard.api import run
from steelyard.feeds.sources import fingerprint
from steelyard.scenario import find, load

SPAN = {"market.from": "2008-01-02", "market.to": "2008-04-30", "split": "{test_from: 2008-03-03}"}


def openings(done):
    """Give the warning that counts openings."""
    return [text for text in done.summary["warnings"] if "opened" in text]


def test_openings_of_the_test_part_are_counted_over_edited_scenarios(tmp_path):
    """Other limits and another first day are other runs of the same world."""
    first = run("megacaps", overrides=SPAN, runs_dir=tmp_path)
    edited = SPAN | {"market.from": "2008-01-03", "risk.max_position": "10%"}
    second = run("megacaps", overrides=edited, runs_dir=tmp_path)

    assert openings(first) == [
        f"the test part of this world has now been opened 1 times in {tmp_path}"
    ]
    assert openings(second) == [
        f"the test part of this world has now been opened 2 times in {tmp_path}"
    ]


def test_the_world_is_its_universe_its_files_and_its_test_dates():
    """Costs and spans change nothing of it; another instrument or test date does."""
    file = find("megacaps")
    world = fingerprint(load(file))

    assert world == fingerprint(load(file, overrides={"execution.fee": "9 bps"}))
    assert world == fingerprint(load(file, overrides={"market.to": "2008-04-30"}))
    assert world != fingerprint(load(file, overrides={"market.universe": "[AAPL, IBM]"}))
    assert world != fingerprint(load(file, overrides={"split": "{test_from: 2008-03-03}"}))
