"""The exchange: what fills, at which price, how much of it, and what never does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.sim import orders as desk
from steelyard.sim.exchange import AT_END, AT_OPEN, INSIDE, WHOLE, match
from steelyard.sim.orders import Order, adjust_for_split, empty_orders
from steelyard.types.decision import FillColumn, OrderColumn, OrderState, Purpose
from tests.sim.floor import (
    DAY,
    GTC,
    LIMIT,
    STOP,
    bar,
    column,
    floor,
    left,
    meet,
    order,
    steps,
    told,
)

PROTECT = {"purpose": Purpose.PROTECT}
ENTRY = {"id": 10}
CHILD = {"id": 11, "parent": 10, **PROTECT}
PLAIN = bar(100, 104, 96, 101)


@pytest.mark.parametrize(
    ("row", "ohlc", "expected"),
    [
        (order(5), (100, 104, 96, 101), (5, 100)),
        (order(-5), (100, 104, 96, 101), (-5, 100)),
        (order(5, LIMIT, 98), (100, 104, 96, 101), (5, 98)),
        (order(5, LIMIT, 96), (100, 104, 96, 101), None),
        (order(5, LIMIT, 99), (97, 104, 96, 101), (5, 97)),
        (order(5, LIMIT, 97), (97, 104, 97, 101), None),
        (order(-5, LIMIT, 103), (100, 104, 96, 101), (-5, 103)),
        (order(-5, LIMIT, 104), (100, 104, 96, 101), None),
        (order(-5, LIMIT, 99), (102, 104, 96, 101), (-5, 102)),
        (order(-5, STOP, 97), (100, 104, 96, 101), (-5, 97)),
        (order(-5, STOP, 96), (100, 104, 96, 101), (-5, 96)),
        (order(-5, STOP, 95), (100, 104, 96, 101), None),
        (order(-5, STOP, 97), (90, 104, 89, 101), (-5, 90)),
        (order(5, STOP, 103), (100, 104, 96, 101), (5, 103)),
        (order(5, STOP, 99), (102, 104, 96, 101), (5, 102)),
        (order(5, STOP, 105), (100, 104, 96, 101), None),
        (order(5, STOP, 0), (100, 104, 96, 101), (5, 100)),
        (order(-5, STOP, 0), (100, 104, 96, 101), None),
        (order(-5, LIMIT, 0), (100, 104, 96, 101), (-5, 100)),
    ],
)
def test_an_order_fills_at_the_price_worked_out_by_hand(row, ohlc, expected):
    """Open first; a touch is no fill for a limit; a gap through a stop fills at the open."""
    still, fills = meet([row], bar(*ohlc))

    assert fills == ([] if expected is None else [(0, *expected)])
    assert bool(still) == (expected is None)


@pytest.mark.parametrize("at_close", [False, True])
def test_a_market_order_meets_its_print_and_no_other(at_close):
    """At the close in the mode that decides at the open, else at the open."""
    _, fills = meet([order(5)], PLAIN, at_close=at_close)

    assert fills == [(0, 5, 101 if at_close else 100)]


@pytest.mark.parametrize("parts", [AT_OPEN, INSIDE, AT_OPEN + INSIDE + AT_END])
def test_before_the_close_a_closing_order_fills_nothing(parts):
    """Only the last print fills it."""
    _, fills = meet([order(5)], PLAIN, parts=parts, at_close=True)

    assert fills == []


@given(other=st.lists(st.integers(1, 10**6), min_size=4, max_size=4), at_close=st.booleans())
def test_a_market_fill_uses_nothing_of_its_bar_but_the_price(other, at_close):
    """High, low, volume and the other print of the bar change nothing."""
    first, high, low, volume = other
    prices = (first, high, low, 100) if at_close else (100, high, low, first)
    market = {"trailing": 60.0, "spread": 3.0}
    setup = {"at_close": at_close, "fee_bps": 1.0, "slippage_bps": 2.0}
    plain = floor([order(50)], bar(100, 104, 96, 100, **market), **setup)
    strange = floor([order(50)], bar(*prices, volume=volume, **market), **setup)

    for there in (plain, strange):
        match(there, 0, WHOLE)

    assert strange.fills.row.tolist() == plain.fills.row.tolist()
    assert plain.fills.n[0] == 1


@pytest.mark.parametrize("at_close", [False, True])
def test_nothing_fills_without_a_price(at_close):
    """A halted bar fills no order of any kind."""
    rows = [order(5), order(5, LIMIT, 200), order(5, STOP, 1), order(-5, STOP, 300)]

    _, fills = meet(rows, bar(), held=(9,), at_close=at_close)

    assert fills == []


@pytest.mark.parametrize("trailing", [np.nan, 0.0, -1.0, 1.9])
def test_nothing_fills_where_no_volume_was_known(trailing):
    """The cap is a share of the past's volume; without one there is no fill."""
    rows = [order(5), order(5, LIMIT, 200), order(-5, STOP, 300)]

    _, fills = meet(rows, bar(100, 104, 96, 101, trailing=trailing))

    assert fills == []


@pytest.mark.parametrize("volume", [np.nan, 0.0])
def test_nothing_happens_inside_a_bar_without_volume(volume):
    """Neither a fill, nor is a stop reached or drawn after; the open print is met."""
    row = bar(100, 104, 96, 101, volume=volume)
    rows = [order(5, LIMIT, 98), order(5), order(-5, STOP, 97)]

    still, fills = meet(rows, steps(row, bar(100, 100, 100, 100)))

    assert fills == [(1, 5, 100)]
    assert still == {0: 5, 2: -5}


def test_a_stop_fires_though_the_low_is_below_one_tick():
    """A crash to nothing does not spare who has a stop on the way."""
    _, fills = meet([order(-5, STOP, 40, **PROTECT)], bar(100, 104, 0, 1), held=(5,))

    assert fills == [(0, -5, 40)]


def test_orders_on_one_instrument_share_the_cap():
    """Half of 20 trailing units are there at the open, in the order of the slots."""
    still, fills = meet([order(7), order(7), order(7)], bar(100, 104, 96, 101, trailing=20))

    assert fills == [(0, 7, 100), (1, 3, 100)]
    assert still == {1: 4, 2: 7}


def test_an_order_fills_in_part_at_the_open_and_in_part_inside():
    """Each part of a bar has its own cap; inside, the bar's volume bounds it too."""
    row = bar(95, 104, 94, 101, trailing=20, volume=8)

    still, fills = meet([order(30, LIMIT, 98)], row)

    assert fills == [(0, 10, 95), (0, 4, 98)]
    assert still == {0: 16}


@pytest.mark.parametrize(("lot", "expected"), [(1, 10), (3, 3), (7, 1), (11, 0)])
def test_the_cap_counts_units_and_fills_whole_lots(lot, expected):
    """Half of 20 units hold so many lots."""
    setup = {"lot_units": np.array([lot])}

    _, fills = meet([order(100)], bar(100, 104, 96, 101, trailing=20), **setup)

    assert sum(lots for _, lots, _ in fills) == expected


def test_a_day_order_is_gone_after_its_session_and_another_stays():
    """What a day order could not fill is not tried again."""
    rows = [order(30, force=DAY), order(30, force=GTC)]
    row = bar(100, 104, 96, 101, trailing=20)

    still, _ = meet(rows, row)
    earlier, _ = meet(rows, row._replace(ends_session=np.zeros(1, np.bool_)))

    assert list(still) == [1]
    assert list(earlier) == [0, 1]


@pytest.mark.parametrize("purpose", [Purpose.REDUCE, Purpose.PROTECT, Purpose.NONE])
@pytest.mark.parametrize(
    ("held", "lots", "expected"), [(3, -5, -3), (-3, 5, 3), (0, 5, 0), (3, 5, 0)]
)
def test_an_order_that_does_not_open_never_passes_zero(purpose, held, lots, expected):
    """It fills at most what is held, and never on the same side."""
    _, fills = meet([order(lots, purpose=purpose)], PLAIN, held=(held,))

    assert sum(lots for _, lots, _ in fills) == expected


def test_two_exits_together_close_a_position_once():
    """A stop after a reduction finds only what is left."""
    rows = [order(-4, purpose=Purpose.REDUCE), order(-6, STOP, 97, **PROTECT)]

    _, fills = meet(rows, PLAIN, held=(6,))

    assert fills == [(0, -4, 100), (1, -2, 97)]


def test_the_stop_comes_before_the_limit():
    """Where a bar reaches both, the loss is taken."""
    rows = [order(-5, LIMIT, 103, **PROTECT), order(-5, STOP, 97, **PROTECT)]

    _, fills = meet(rows, PLAIN, held=(5,))

    assert fills == [(1, -5, 97)]


@pytest.mark.parametrize("child_first", [False, True])
@pytest.mark.parametrize(
    ("entry", "stop", "ohlc", "expected"),
    [
        (order(5), 97, (100, 104, 96, 101), [(10, 5, 100), (11, -5, 97)]),
        (order(5), 102, (100, 104, 96, 101), [(10, 5, 100), (11, -5, 100)]),
        (order(5), 95, (100, 104, 96, 101), [(10, 5, 100)]),
        (order(5, LIMIT, 98), 97, (100, 104, 96, 101), [(10, 5, 98), (11, -5, 97)]),
        (order(5, STOP, 103), 101, (100, 104, 96, 101), [(10, 5, 103), (11, -5, 101)]),
        (order(5, STOP, 103), 103, (100, 104, 96, 101), [(10, 5, 103), (11, -5, 103)]),
        (order(5, LIMIT, 90), 97, (100, 104, 96, 101), []),
    ],
)
def test_a_stop_guards_from_its_entry_fill_on(entry, stop, ohlc, expected, child_first):
    """It is live in the very bar of the fill, whichever slot it waits in."""
    rows = [entry | ENTRY, order(-5, STOP, stop, **CHILD)]

    _, fills = meet(rows[::-1] if child_first else rows, bar(*ohlc))

    assert fills == expected


@pytest.mark.parametrize("child_first", [False, True])
def test_a_target_born_inside_a_bar_waits_for_the_next(child_first):
    """Whether the high came before or after the entry, nobody knows."""
    rows = [order(5, LIMIT, 98, **ENTRY), order(-5, LIMIT, 102, **CHILD)]
    there = floor(rows[::-1] if child_first else rows, steps(PLAIN, PLAIN))

    match(there, 0, WHOLE)
    first = told(there.fills)
    match(there, 1, WHOLE)

    assert first == [(10, 5, 98)]
    assert told(there.fills)[1:] == [(11, -5, 102)]


def test_a_reached_stop_closes_at_the_next_open_what_a_limit_brings_after_it():
    """The rest of an entry, filled inside after the stop was reached, is sold at the market."""
    row = bar(100, 104, 96, 101)
    rows = [order(9, LIMIT, 98), order(-9, STOP, 97, **PROTECT)]

    _, fills = meet(rows, steps(row, bar(95, 99, 94, 98)), held=(4,))

    assert fills == [(1, -4, 97), (0, 9, 98), (1, -5, 95)]


def test_children_die_with_an_entry_that_did_not_fill():
    """They protect nothing; children of an entry still working go on waiting."""
    rows = [
        order(5, LIMIT, 90, force=DAY, id=10),
        order(-5, STOP, 80, id=11, parent=10),
        order(5, LIMIT, 90, id=20),
        order(-5, STOP, 80, id=21, parent=20),
    ]

    still, fills = meet(rows, PLAIN)

    assert fills == []
    assert list(still) == [20, 21]


def test_a_fill_in_part_brings_the_child_to_life_for_good():
    """The day order's rest is gone, its stop stays."""
    rows = [order(30, force=DAY, id=10), order(-30, STOP, 90, **CHILD)]
    there = floor(rows, bar(100, 104, 96, 101, trailing=20))

    match(there, 0, WHOLE)

    assert told(there.fills) == [(10, 10, 100)]
    assert left(there.orders) == {11: -30}
    assert there.orders.table[0, 1, OrderColumn.STATE] == OrderState.WORKING


def test_the_slot_of_a_dead_entry_does_not_answer_for_the_next():
    """A child of what was replaced does not come to life with what replaced it."""
    there = floor([order(5, id=10), order(-5, STOP, 99, **CHILD)], PLAIN)

    desk.place(there.orders, 0, 0, Order(12, 5, 0, int(Purpose.OPEN)), 0)
    match(there, 0, WHOLE)

    assert told(there.fills) == [(12, 5, 100)]
    assert left(there.orders) == {}


def test_a_split_scales_what_rests():
    """Lots by the ratio, rounded down; prices against it, to the nearest tick."""
    rows = [order(-7, STOP, 95), order(5, LIMIT, 101), order(1), order(9, instrument=1)]
    orders = floor(rows, PLAIN, held=(0, 0)).orders

    adjust_for_split(orders, 0, 3, 2)
    lots, prices = left(orders), orders.table[0, :2, [OrderColumn.STOP, OrderColumn.LIMIT]]
    adjust_for_split(orders, 0, 1, 4)

    assert lots == {0: -10, 1: 7, 2: 1, 3: 9}
    assert prices.tolist() == [[63, 0], [0, 67]]
    assert left(orders) == {0: -2, 1: 1, 3: 9}


def test_costs_stand_beside_the_fill_rounded_up():
    """1 bps, 2 bps and a drawn slippage of 30 units at 100 in micros, no fraction lost."""
    setup = {"fee_bps": 1.0, "slippage_bps": 5.0, "tick_micros": np.array([1_000_001])}
    there = floor([order(-30)], bar(100, 104, 96, 101, spread=2.0), **setup)

    match(there, 0, WHOLE)

    fee, spread, slippage = (
        column(there.fills, which)[0]
        for which in (FillColumn.FEE, FillColumn.SPREAD, FillColumn.SLIPPAGE)
    )
    assert (fee, spread) == (300_001, 600_001)
    assert 0 <= slippage <= 2 * 5 * 300_001


def slippages(seed, n=4000):
    """Slippage of one fill of 1e10 micros in each of n steps, in bps of its value."""
    drawn, each = [], steps(*[PLAIN] * n)
    for step in range(n):
        there = floor([order(100)], each, slippage_bps=5.0, seed=seed)
        match(there, step, WHOLE)
        drawn += column(there.fills, FillColumn.SLIPPAGE)
    return np.array(drawn) / 1e6


def test_slippage_is_uniform_up_to_twice_its_mean():
    """Mean 5 bps within four standard errors; another seed draws others."""
    drawn = slippages(seed=1)
    error = 10.0 / np.sqrt(12 * len(drawn))

    assert drawn.min() >= 0.0
    assert drawn.max() <= 10.0
    assert abs(drawn.mean() - 5.0) < 4 * error
    assert abs(drawn.std() - 10.0 / np.sqrt(12)) < 4 * error
    assert (slippages(seed=2, n=50) != drawn[:50]).all()


def test_each_fill_of_an_instrument_draws_its_own_slippage():
    """Two orders at one open, and one inside, pay three different amounts."""
    there = floor([order(9), order(9), order(9, LIMIT, 98)], PLAIN, slippage_bps=5.0)

    match(there, 0, WHOLE)

    assert len(set(column(there.fills, FillColumn.SLIPPAGE))) == 3


def test_a_free_slot_holds_no_order():
    """Nothing works before an order is laid in, nor does an order without lots."""
    orders = empty_orders(2, 3)

    desk.place(orders, 0, 0, Order(1, 0, 0, int(Purpose.OPEN)), 0)

    assert left(orders) == {}
    assert orders.used[:, desk.SLOTS].tolist() == [0, 0]
