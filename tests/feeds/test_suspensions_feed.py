"""Halts, delistings and changes of symbol, from the file of actions to the world."""

import re

import numpy as np
import pytest

from steelyard.errors import DataError
from steelyard.feeds.actions import Action
from steelyard.feeds.renames import Renames
from steelyard.feeds.suspensions import suspend
from steelyard.testing.worlds import Recipe, made_world
from tests.feeds.conftest import ACTIONS, BARS, DAYS, bar, document, warned

MORE = "ex_date,symbol,kind,new,old,cash,sessions,former\n"
"""The header with the two columns that old files do not have."""


def bars_of(symbols):
    """Give a file of bars: for each symbol its prices, on these days."""
    return BARS + "".join(
        bar(day, symbol, price + n)
        for n, day in enumerate(DAYS)
        for symbol, price, days in symbols
        if day in days
    )


def without(*gone):
    """Give both instruments, BBB without its bars of some days."""
    left = [day for day in DAYS if day not in gone]
    return bars_of([("AAA", 100, DAYS), ("BBB", 50, left)])


def test_a_delisting_pays_out_and_ends_an_instrument(files):
    """It is listed no more, has no bars, and none is missing."""
    files.write("bars.csv", without("10", "11", "12"))
    files.write("actions.csv", ACTIONS + "2004-03-10,BBB,delist,,,55.5\n")
    world = files.open()

    step = DAYS.index("10")
    assert world.bars.cash_out[step, 1] == 55.5
    assert np.isfinite(world.bars.cash_out).sum() == 1
    assert world.listed[1:, 1].tolist() == [True] * (step - 1) + [False] * (len(DAYS) - step)
    assert world.listed[1:, 0].all()
    assert warned(world) == ()


def test_a_delisting_on_no_session_counts_from_the_next(files):
    """A Saturday's is Monday's; a share may be worth nothing."""
    files.write("bars.csv", without("08", "09", "10", "11", "12"))
    files.write("actions.csv", ACTIONS + "2004-03-06,BBB,delist,,,0\n")
    world = files.open()

    assert world.bars.cash_out[DAYS.index("08"), 1] == 0.0
    assert warned(world) == (
        "actions without a session on their ex-date, which count on the next: 1",
    )


def test_a_delisting_is_not_known_before(files):
    """The day before, an agent sees an instrument like any other."""
    files.write("bars.csv", without("10", "11", "12"))
    files.write("actions.csv", ACTIONS + "2004-03-10,BBB,delist,,,55.5\n")
    before, after = (files.open().snapshot(DAYS.index(day)) for day in ("09", "10"))

    assert before.listed[-1, 1]
    assert np.isnan(before.bars.cash_out).all()
    assert not after.listed[-1, 1]
    assert after.bars.cash_out[-1, 1] == 55.5


def test_a_halt_lasts_its_sessions(files):
    """Nothing trades in them, no bar is missing, and the instrument stays listed."""
    files.write("bars.csv", without("04", "05"))
    files.write("actions.csv", MORE + "2004-03-04,BBB,halt,,,,2,\n")
    world = files.open()

    assert np.argwhere(world.bars.halted).tolist() == [[3, 1], [4, 1]]
    assert world.listed[1:].all()
    assert warned(world) == ()


def test_a_halt_is_known_when_it_begins(files):
    """Its length is not, nor that it comes."""
    files.write("bars.csv", without("04", "05"))
    files.write("actions.csv", MORE + "2004-03-04,BBB,halt,,,,2,\n")
    world = files.open()

    assert not world.snapshot(2).bars.halted.any()
    assert world.snapshot(3).bars.halted[:, 1].tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("action", "gone", "message"),
    [
        (
            "2004-03-10,BBB,delist,,,55.5,,\n",
            ("11", "12"),
            "bars.csv:17: 'BBB' has a bar on 2004-03-10, but it is delisted then",
        ),
        (
            "2004-03-04,BBB,halt,,,,2,\n",
            ("04",),
            "bars.csv:10: 'BBB' has a bar on 2004-03-05, but it is halted then",
        ),
        (
            "2004-03-04,BBB,halt,,,,1,\n",
            ("04", "05"),
            "'BBB' has no bar on 2004-03-05, but no session may be missing",
        ),
    ],
)
def test_bars_and_suspensions_must_agree(files, action, gone, message):
    """A bar where nothing trades is refused where it stands, and so is a gap beyond a halt."""
    files.write("bars.csv", without(*gone))
    files.write("actions.csv", MORE + action)

    with pytest.raises(DataError, match=re.escape(message)):
        files.open()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("BBB,delist,,,-1,,", "cash was '-1', new '', old '', but a delisting has cash from 0"),
        ("BBB,delist,,,,,", "cash was '', new '', old '', but a delisting"),
        ("BBB,delist,2,1,5,,", "cash was '5', new '2', old '1', but a delisting"),
        ("BBB,halt,,,,0,", "sessions was '0', new '', old '', cash '', but a halt has sessions"),
        ("BBB,halt,,,,1.5,", "sessions was '1.5'"),
        ("BBB,halt,3,,,,", "sessions was '', new '3'"),
        ("BBB,rename,,,,,BBB", "former was 'BBB', new '', old '', cash '', but a rename has"),
        ("BBB,rename,,,,,", "former was ''"),
        ("BBB,dividend,,,1,2,", "cash was '1', new '', old '', sessions '2', but a dividend"),
    ],
)
def test_a_row_has_what_its_kind_has(files, row, message):
    """Nothing is passed over: what stands in another kind's column is a fault."""
    files.write("actions.csv", f"{MORE}2004-03-10,{row}\n")

    with pytest.raises(DataError, match=re.escape(f"actions.csv:2: {message}")):
        files.open()


def test_nothing_is_delisted_twice(files):
    """Whatever the day."""
    rows = "2004-03-10,BBB,delist,,,5\n2004-03-11,BBB,delist,,,5\n"
    files.write("actions.csv", ACTIONS + rows)

    with pytest.raises(DataError, match=r"actions.csv:3: the delist of 'BBB' on 2004-03-11 stands"):
        files.open()


def test_rows_of_the_former_symbol_are_the_instruments(files):
    """Bars, actions and documents from before the change, wherever they stand in the file."""
    files.write("documents.jsonl", document("a", symbols=["BBB"]))
    files.write("actions.csv", ACTIONS + "2004-03-03,BBB,dividend,,,0.5\n")
    plain = files.open()
    files.write("documents.jsonl", document("a", symbols=["OLD"]))
    files.write(
        "actions.csv",
        MORE + "2004-03-03,OLD,dividend,,,0.5,,\n2004-03-05,BBB,rename,,,,,OLD\n",
    )
    old = bars_of([("OLD", 50, DAYS[:4])]).removeprefix(BARS)
    files.write("bars.csv", bars_of([("AAA", 100, DAYS), ("BBB", 50, DAYS[4:])]) + old)

    renamed = files.open()

    for one, other in zip(renamed.bars, plain.bars, strict=True):
        assert np.array_equal(one, other, equal_nan=one.dtype == np.float64)
    assert renamed.documents == plain.documents
    assert np.array_equal(renamed.listed, plain.listed)


def test_who_takes_a_former_symbol_is_another(files):
    """Rows under it from the day of the change on are left out."""
    files.write("actions.csv", MORE + "2004-03-05,BBB,rename,,,,,OLD\n")
    files.write(
        "bars.csv",
        bars_of([("AAA", 100, DAYS), ("OLD", 50, DAYS[:4]), ("BBB", 50, DAYS[4:])])
        + bar("12", "OLD", 7),
    )

    assert files.open().bars.open[:, 1].tolist() == [50 + n for n in range(len(DAYS))]


def test_bars_of_who_had_the_symbol_before_are_refused(files):
    """Nobody can tell which of the two is meant."""
    files.write("actions.csv", MORE + "2004-03-05,BBB,rename,,,,,OLD\n")
    files.write("bars.csv", bars_of([("AAA", 100, DAYS), ("BBB", 50, DAYS), ("OLD", 50, DAYS[:4])]))

    with pytest.raises(
        DataError,
        match=r"bars.csv:3: 'BBB' has bars before 2004-03-05, but until then 'OLD' is its symbol",
    ):
        files.open()


def test_a_file_that_was_relabelled_needs_no_former_rows(files):
    """The change is then a note, and every row is the instrument's."""
    plain = files.open()
    files.write("actions.csv", MORE + "2004-03-05,BBB,rename,,,,,OLD\n")

    assert np.array_equal(files.open().bars.close, plain.bars.close)


@pytest.mark.parametrize(
    ("symbol", "day", "newest"),
    [("A", 5, "C"), ("A", 10, "A"), ("B", 5, "C"), ("B", 15, "C"), ("B", 20, "B"), ("C", 5, "C")],
)
def test_changes_follow_one_another(symbol, day, newest):
    """A until day 10 is B until day 20, and C from there."""
    assert Renames(((10, {"A": "B"}), (20, {"B": "C"}))).newest(symbol, day) == newest


def test_two_may_swap_their_symbols():
    """On one day, both at once."""
    renames = Renames(((10, {"A": "B", "B": "A"}),))

    assert [renames.newest(symbol, 9) for symbol in "AB"] == ["B", "A"]


def test_a_halt_of_shorter_bars_covers_whole_sessions():
    """Every bar of the sessions counted, none of the next; one that ends the world ends there."""
    bars = made_world(0, Recipe(n_steps=8)).bars
    day = int(bars.session[0])
    bars = bars._replace(session=np.repeat(np.arange(day, day + 4), 2))
    halts = [
        Action(2, day + 1, "AAA", "halt", sessions=1),
        Action(3, day + 3, "CCC", "halt", sessions=9),
        Action(4, day - 1, "BBB", "halt", sessions=9),
    ]

    halted = suspend(bars, ("AAA", "BBB", "CCC"), halts).halted

    assert np.argwhere(halted).tolist() == [[2, 0], [3, 0], [6, 2], [7, 2]]
