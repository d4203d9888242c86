"""The exchange: what fills, at which price, how much of it, and what never does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.sim.exchange import (
    AT_END,
    AT_OPEN,
    INSIDE,
    WHOLE,
    adjust_for_split,
    empty_orders,
    match,
    submit,
)
from steelyard.types.decision import Purpose
from tests.sim.floor import DAY, GTC, LIMIT, STOP, bar, meet, order, terms, told, working

PROTECT = {"purpose": Purpose.PROTECT}
ENTRY = {"id": 10}
CHILD = {"id": 11, "parent": 10, **PROTECT}


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
    left, fills = meet([row], bar(*ohlc))

    assert fills == ([] if expected is None else [(0, *expected)])
    assert bool(left.live[0]) == (expected is None)


@pytest.mark.parametrize("at_close", [False, True])
def test_a_market_order_meets_its_print_and_no_other(at_close):
    """At the close in the mode that decides at the open, else at the open."""
    _, fills = meet([order(5)], bar(100, 104, 96, 101), at_close=at_close)

    assert fills == [(0, 5, 101 if at_close else 100)]


@pytest.mark.parametrize("parts", [AT_OPEN, INSIDE, AT_OPEN + INSIDE + AT_END])
def test_before_the_close_a_closing_order_fills_nothing(parts):
    """Only the last print fills it."""
    _, fills = meet([order(5)], bar(100, 104, 96, 101), parts=parts, at_close=True)

    assert fills == []


@given(other=st.lists(st.floats(0.01, 1e6), min_size=4, max_size=4), at_close=st.booleans())
def test_a_market_fill_uses_nothing_of_its_bar_but_the_price(other, at_close):
    """High, low, volume and the other print of the bar change nothing."""
    plain = bar(100, 104, 96, 100, trailing=60.0, spread=3.0)
    used = "close" if at_close else "open"
    names = [n for n in ("open", "high", "low", "close", "volume") if n != used]
    if at_close:
        other = [100.0, *other[1:]]
    strange = plain._replace(**{name: np.array([x]) for name, x in zip(names, other, strict=False)})
    setup = terms(at_close=at_close, fee_bps=1.0, slippage_bps=2.0)
    held = np.zeros(1, np.int64)

    before = match(working(order(50)), plain, held, setup, 3, WHOLE)[1]
    after = match(working(order(50)), strange, held, setup, 3, WHOLE)[1]

    assert [np.asarray(c).tolist() for c in after] == [np.asarray(c).tolist() for c in before]


@pytest.mark.parametrize("missing", [(np.nan,) * 4, (0.4, 0.4, 0.4, 0.4)])
@pytest.mark.parametrize("at_close", [False, True])
def test_nothing_fills_without_a_price(missing, at_close):
    """A halted bar, or a price below half a tick, fills no order of any kind."""
    rows = [order(5), order(5, LIMIT, 200), order(5, STOP, 1), order(-5, STOP, 300)]

    _, fills = meet(rows, bar(*missing), held=(9,), at_close=at_close)

    assert fills == []


@pytest.mark.parametrize("trailing", [np.nan, 0.0, -1.0, 1.9])
def test_nothing_fills_where_no_volume_was_known(trailing):
    """The cap is a share of the past's volume; without one there is no fill."""
    rows = [order(5), order(5, LIMIT, 200), order(-5, STOP, 300)]

    _, fills = meet(rows, bar(100, 104, 96, 101, trailing=trailing))

    assert fills == []


@pytest.mark.parametrize("volume", [np.nan, 0.0])
def test_nothing_fills_inside_a_bar_without_volume(volume):
    """What follows the open is over: its own volume bounds too."""
    row = bar(100, 104, 96, 101, volume=volume)

    _, fills = meet([order(5, LIMIT, 98), order(5)], row)

    assert fills == [(1, 5, 100)]


def test_a_stop_fires_though_the_low_is_below_one_tick():
    """A crash to nothing does not spare who has a stop on the way."""
    _, fills = meet([order(-5, STOP, 40, **PROTECT)], bar(100, 104, 0.2, 1), held=(5,))

    assert fills == [(0, -5, 40)]


def test_orders_on_one_instrument_share_the_cap():
    """Half of 20 trailing units are there at the open, in the order of the slots."""
    left, fills = meet([order(7), order(7), order(7)], bar(100, 104, 96, 101, trailing=20))

    assert fills == [(0, 7, 100), (1, 3, 100)]
    assert left.lots.tolist() == [0, 4, 7]
    assert left.live.tolist() == [False, True, True]


def test_an_order_fills_in_part_at_the_open_and_in_part_inside():
    """Each part of a bar has its own cap; inside, the bar's volume bounds it too."""
    row = bar(95, 104, 94, 101, trailing=20, volume=8)

    left, fills = meet([order(30, LIMIT, 98)], row)

    assert fills == [(0, 10, 95), (0, 4, 98)]
    assert left.lots[0] == 16


@pytest.mark.parametrize(("lot", "expected"), [(1, 10), (3, 3), (7, 1), (11, 0)])
def test_the_cap_counts_units_and_fills_whole_lots(lot, expected):
    """Half of 20 units hold so many lots."""
    setup = {"lot_units": np.array([lot])}

    _, fills = meet([order(100)], bar(100, 104, 96, 101, trailing=20), **setup)

    assert sum(lots for _, lots, _ in fills) == expected


def test_a_day_order_is_gone_after_its_bar_and_another_stays():
    """What a day order could not fill is not tried again."""
    rows = [order(30, time_in_force=DAY), order(30, time_in_force=GTC)]

    left, _ = meet(rows, bar(100, 104, 96, 101, trailing=20))

    assert left.live.tolist() == [False, True]


@pytest.mark.parametrize("purpose", [Purpose.REDUCE, Purpose.PROTECT, Purpose.NONE])
@pytest.mark.parametrize(
    ("held", "lots", "expected"), [(3, -5, -3), (-3, 5, 3), (0, 5, 0), (3, 5, 0)]
)
def test_an_order_that_does_not_open_never_passes_zero(purpose, held, lots, expected):
    """It fills at most what is held, and never on the same side."""
    _, fills = meet([order(lots, purpose=purpose)], bar(100, 104, 96, 101), held=(held,))

    assert sum(lots for _, lots, _ in fills) == expected


def test_two_exits_together_close_a_position_once():
    """A stop after a reduction finds only what is left."""
    rows = [order(-4, purpose=Purpose.REDUCE), order(-6, STOP, 97, **PROTECT)]

    _, fills = meet(rows, bar(100, 104, 96, 101), held=(6,))

    assert fills == [(0, -4, 100), (1, -2, 97)]


def test_the_stop_comes_before_the_limit():
    """Where a bar reaches both, the loss is taken."""
    rows = [order(-5, LIMIT, 103, **PROTECT), order(-5, STOP, 97, **PROTECT)]

    _, fills = meet(rows, bar(100, 104, 96, 101), held=(5,))

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

    left, fills = meet(rows[::-1] if child_first else rows, bar(100, 104, 96, 101))
    _, later = match(left, bar(100, 104, 96, 101), np.array([5]), terms(), 4, WHOLE)

    assert fills == [(10, 5, 98)]
    assert told(later) == [(11, -5, 102)]


def test_a_stop_also_closes_what_a_limit_brings_after_it():
    """The rest of an entry, filled where the stop below it was reached, is stopped too."""
    rows = [order(9, LIMIT, 98), order(-9, STOP, 97, **PROTECT)]
    row = bar(99, 104, 96, 101, trailing=100)

    _, fills = meet(rows, row, held=(4,))

    assert fills == [(1, -4, 97), (0, 9, 98), (1, -5, 97)]


def test_children_die_with_an_entry_that_did_not_fill():
    """They protect nothing; children of an entry still working go on waiting."""
    rows = [
        order(5, LIMIT, 90, time_in_force=DAY, id=10),
        order(-5, STOP, 80, id=11, parent=10),
        order(5, LIMIT, 90, id=20),
        order(-5, STOP, 80, id=21, parent=20),
    ]

    left, fills = meet(rows, bar(100, 104, 96, 101))

    assert fills == []
    assert left.live.tolist() == [False, False, True, True]


def test_a_fill_in_part_brings_the_child_to_life_for_good():
    """The day order's rest is gone, its stop stays."""
    rows = [order(30, time_in_force=DAY, id=10), order(-30, STOP, 90, **CHILD)]

    left, fills = meet(rows, bar(100, 104, 96, 101, trailing=20))

    assert fills == [(10, 10, 100)]
    assert left.live.tolist() == [False, True]
    assert left.parent[1] == -1


def test_an_order_without_an_id_frees_nobody():
    """The id -1 of a fresh order is not the parent -1 of one that has none."""
    orders = submit(working(order(-5, STOP, 99), order(1)), 1, 0, 5, Purpose.OPEN)

    _, fills = match(orders, bar(100, 104, 96, 101), np.zeros(1, np.int64), terms(), 3, WHOLE)

    assert orders.id[1] == -1
    assert told(fills) == [(-1, 5, 100), (0, -5, 99)]


def test_the_slot_of_a_dead_entry_does_not_answer_for_the_next():
    """A child of what was replaced does not come to life with what replaced it."""
    orders = working(order(5, id=10), order(-5, STOP, 99, **CHILD))

    orders = submit(orders, 0, 0, 5, Purpose.OPEN)
    left, fills = match(orders, bar(100, 104, 96, 101), np.zeros(1, np.int64), terms(), 3, WHOLE)

    assert told(fills) == [(-1, 5, 100)]
    assert left.live.tolist() == [False, False]


def test_a_split_scales_what_rests():
    """Lots by the ratio, rounded down; prices against it, to the nearest tick."""
    rows = [order(-7, STOP, 95), order(5, LIMIT, 101), order(1), order(9, instrument=1)]

    left = adjust_for_split(working(*rows), 0, 3, 2)
    lots, live = left.lots.tolist(), left.live.tolist()
    again = adjust_for_split(left, 0, 1, 4)

    assert (lots, live) == ([-10, 7, 1, 9], [True] * 4)
    assert (left.stop_ticks[0], left.limit_ticks[1]) == (252, 268)
    assert (again.lots.tolist(), again.live.tolist()) == ([-2, 1, 0, 9], [True, True, False, True])


def test_costs_stand_beside_the_fill_rounded_up():
    """1 bps, 2 bps and a drawn slippage of 30 units at 100 in micros, no fraction lost."""
    setup = terms(fee_bps=1.0, slippage_bps=5.0, tick_micros=np.array([1_000_001]))
    row = bar(100, 104, 96, 101, spread=2.0)

    _, fills = match(working(order(-30)), row, np.zeros(1, np.int64), setup, 3, WHOLE)

    assert (fills.fee[0], fills.spread[0]) == (300_001, 600_001)
    assert 0 <= fills.slippage[0] <= 2 * 5 * 300_001


def slippages(seed, n=4000):
    """Slippage of one fill of 1e10 micros in each of n steps, in bps of its value."""
    setup, drawn = terms(slippage_bps=5.0, seed=seed), []
    for step in range(n):
        orders = working(order(100))
        fills = match(orders, bar(100, 104, 96, 101), np.zeros(1, np.int64), setup, step, WHOLE)[1]
        drawn.append(fills.slippage[0] / 1e6)
    return np.array(drawn)


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
    rows = [order(9), order(9), order(9, LIMIT, 98)]
    setup = terms(slippage_bps=5.0)

    _, fills = match(working(*rows), bar(100, 104, 96, 101), np.zeros(1, np.int64), setup, 3, WHOLE)

    assert len(set(fills.slippage[:3].tolist())) == 3


def test_a_free_slot_is_dead_and_belongs_to_nobody():
    """Nothing of it works before an order is laid in."""
    orders = empty_orders(2)

    assert not orders.live.any()
    assert (orders.id.tolist(), orders.parent.tolist()) == ([-1, -1], [-1, -1])
    assert [len(column) for column in orders] == [2] * len(orders)
