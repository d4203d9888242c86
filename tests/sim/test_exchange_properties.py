"""The exchange: what holds for whatever orders meet whatever bar."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.sim.exchange import AT_CLOSE, AT_END, AT_OPEN, INSIDE, WHOLE, BarRow, match
from steelyard.types.decision import OrderKind, Purpose, TimeInForce
from tests.sim.floor import bar, bars, order, terms, working

N = 3
LEVEL = st.integers(1, 30)


@st.composite
def worlds(draw):
    """Orders, a bar of N instruments, holdings and settings, small enough to collide."""
    rows = [draw(slot(number)) for number in range(draw(st.integers(1, 8)))]
    each = [draw(one_bar()) for _ in range(N)]
    held = draw(st.lists(st.integers(-20, 20), min_size=N, max_size=N))
    setup = terms(
        N,
        at_close=draw(st.booleans()),
        lot_units=np.array(draw(st.lists(st.integers(1, 3), min_size=N, max_size=N))),
        fee_bps=1.0,
        slippage_bps=5.0,
    )
    return rows, bars(*each), np.array(held, dtype=np.int64), setup


@st.composite
def slot(draw, number):
    """One order; a third of them wait for another slot's fill."""
    parent = draw(st.sampled_from([-1, -1, *range(8)]))
    return order(
        draw(st.integers(-30, 30).filter(bool)),
        draw(st.sampled_from(OrderKind)),
        draw(LEVEL),
        id=number,
        instrument=draw(st.integers(0, N - 1)),
        time_in_force=draw(st.sampled_from(TimeInForce)),
        purpose=draw(st.sampled_from([Purpose.OPEN, Purpose.REDUCE, Purpose.PROTECT])),
        parent=-1 if parent == number else parent,
        live=draw(st.sampled_from([True, True, True, False])),
    )


@st.composite
def one_bar(draw):
    """A bar with prices in whole ticks, or none at all."""
    low, *between, high = sorted(draw(st.lists(LEVEL, min_size=4, max_size=4)))
    first, last = draw(st.permutations(between))
    volume, trailing = draw(st.integers(0, 60)), draw(st.integers(0, 60))
    prices = (np.nan,) * 4 if draw(st.integers(0, 5)) == 0 else (first, high, low, last)
    return bar(*prices, volume=volume, trailing=trailing, spread=2.0)


def run(world, parts=WHOLE):
    """Match a world afresh; nothing given is changed."""
    rows, row, held, setup = world
    return match(working(*rows), row, held, setup, 3, parts)


@settings(max_examples=150)
@given(worlds())
def test_what_no_fill_may_ever_do(world):
    """Inside the bar, under the caps, never in a halt, only live orders, never past zero."""
    rows, row, held, setup = world

    left, fills = run(world)

    at, taken = held.copy(), {}
    open_to = {n: r["lots"] for n, r in enumerate(rows) if r["live"]}
    for k in range(fills.n):
        i, lots, ticks = fills.instrument[k], fills.lots[k], fills.price_ticks[k]
        number = fills.order_id[k]
        assert row.low[i] <= ticks <= row.high[i]
        assert 0 < lots / open_to[number] <= 1
        open_to[number] -= lots
        if fills.purpose[k] != Purpose.OPEN:
            assert 0 <= (at[i] + lots) * np.sign(at[i]) < abs(at[i])
        at[i] += lots
        taken[i] = taken.get(i, 0) + abs(lots) * setup.lot_units[i]
    for i, units in taken.items():
        cap = 0.5 * row.trailing_volume[i]
        assert units <= cap * (2 + setup.at_close)
    assert all(left.lots[n] == lots for n, lots in open_to.items())


@settings(max_examples=150)
@given(worlds(), st.sampled_from([AT_OPEN, INSIDE, AT_CLOSE]))
def test_each_part_of_a_bar_keeps_its_cap(world, part):
    """A share of trailing volume; inside also the same share of the bar's own."""
    _, row, _, setup = world

    _, fills = run(world, part)

    for i in range(N):
        bound = row.trailing_volume[i]
        bound = min(bound, row.volume[i]) if part == INSIDE else bound
        units = np.abs(fills.lots[: fills.n])[fills.instrument[: fills.n] == i].sum()
        assert units * setup.lot_units[i] <= 0.5 * bound


@settings(max_examples=150)
@given(worlds())
def test_the_parts_of_a_bar_add_up_to_the_whole(world):
    """Fills, costs and what is left are the same in one call or four."""
    rows, row, held, setup = world
    whole, at_once = run(world)

    orders, pieces = working(*rows), []
    for part in (AT_OPEN, INSIDE, AT_CLOSE, AT_END):
        orders, fills = match(orders, row, held, setup, 3, part)
        pieces.append(lines(fills))
        held = held + np.bincount(
            fills.instrument[: fills.n], fills.lots[: fills.n], minlength=N
        ).astype(np.int64)

    assert list(itertools.chain(*pieces)) == lines(at_once)
    assert [c.tolist() for c in orders] == [c.tolist() for c in whole]


def lines(fills):
    """Give all columns of all fills."""
    return [tuple(int(column[k]) for column in fills[1:]) for k in range(fills.n)]


@settings(max_examples=150)
@given(worlds(), st.permutations(range(N)))
def test_other_names_make_the_same_fills(world, order_of):
    """Instruments moved to other columns, with their keys, fill as before."""
    rows, row, held, setup = world
    new = np.array(order_of)
    place = np.argsort(new)
    moved = [r | {"instrument": place[r["instrument"]]} for r in rows]
    columns = {n: getattr(setup, n)[new] for n in ("tick", "lot_units", "tick_micros", "key")}
    same = moved, BarRow(*(c[new] for c in row)), held[new], setup._replace(**columns)

    back = [(i, new[j], *rest) for i, j, *rest in lines(run(same)[1])]

    assert back == lines(run(world)[1])


@settings(max_examples=100)
@given(worlds())
def test_matching_changes_no_bar_and_no_holding(world):
    """Only the orders' slots are used up."""
    _, row, held, _ = world
    before = [column.copy() for column in (*row, held)]

    run(world)

    for column, copy in zip((*row, held), before, strict=True):
        np.testing.assert_array_equal(column, copy)
