"""Prices and splits that do not agree are told, each where it stands."""

import numpy as np
import pytest

from steelyard.feeds.jumps import NOT_SHOWN, NOT_STATED, jump_warnings
from steelyard.feeds.world import open_world
from steelyard.scenario.model import Scenario
from tests.feeds.conftest import UNSHOWN_SPLIT
from tests.feeds.test_world_feed import BUILT_IN

DAY = 12_000
"""2002-11-09, days since 1970-01-01, of the first row."""


def bars_of(world, close, split=(1, 1), at=2):
    """Give bars of one instrument that opens where it closed before, a split laid on row `at`."""
    price = np.array(close, dtype=np.float64)[:, None]
    new, old = np.ones(price.shape, dtype=np.int64), np.ones(price.shape, dtype=np.int64)
    new[at], old[at] = split
    session = np.arange(DAY, DAY + len(price))
    return world.bars._replace(
        session=session, open=price, close=price, split_new=new, split_old=old
    )


@pytest.mark.parametrize(
    ("close", "split", "told"),
    [
        ([100, 101, 50.2, 51], (1, 1), NOT_STATED),
        ([100, np.nan, 50.2, 51], (1, 1), NOT_STATED),
        ([10, 10.1, 101.5, 100], (1, 1), NOT_STATED),
        ([100, 101, 50.2, 51], (2, 1), None),
        ([100, 101, 50.2, 51], (1, 2), NOT_SHOWN),
        ([100, 101, 102, 103], (2, 1), NOT_SHOWN),
        ([100, 101, 102, 103], (3, 2), NOT_SHOWN),
        ([100, 101, 97, 98], (21, 20), None),
        ([100, 101, 70, 71], (1, 1), None),
        ([np.nan, np.nan, 50.2, 51], (1, 1), None),
    ],
)
def test_a_jump_and_a_split_must_go_together(files, close, split, told):
    """A split left out, one turned round, one that was adjusted away; never a mere bad day."""
    warnings = jump_warnings(bars_of(files.open(), close, split), ["AAA"])

    assert warnings == (() if told is None else (f"AAA on 2002-11-11: {told}",))


def test_many_jumps_of_one_instrument_are_one_warning(files):
    """Two days are named, the others counted."""
    close = [100, 50, 100, 50, 100]

    assert jump_warnings(bars_of(files.open(), close), ["AAA"]) == (
        f"AAA on 2002-11-10, 2002-11-11 and 2 more: {NOT_STATED}",
    )


def test_the_built_in_world_has_no_such_jump():
    """Not even where AAPL halved in a night, in September 2000; its splits are all shown."""
    world = open_world(Scenario.from_yaml(BUILT_IN.read_text(), BUILT_IN.parent))

    assert [each for each in world.warnings if "split" in each] == []


def test_a_world_tells_what_its_files_do_not_show(files):
    """As a warning; nothing is mended, and nothing is refused."""
    assert UNSHOWN_SPLIT in files.open().warnings
