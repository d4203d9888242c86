"""The exchange: what holds for whatever orders meet whatever bars."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from steelyard.sim.costs import Units
from steelyard.sim.exchange import AT_CLOSE, AT_END, AT_OPEN, INSIDE, WHOLE, match
from steelyard.sim.ledger import conserved
from steelyard.sim.play import ListColumn, play
from steelyard.sim.prints import CLOSE, HIGH, LOW, OPEN, Prints
from steelyard.types.decision import FillColumn, OrderKind, Purpose, TimeInForce
from tests.reference.worlds import N_STEPS, game
from tests.sim.floor import bar, bars, floor, left, order

N = 3
LEVEL = st.integers(1, 30)
BUDGET = 150
GAMES = st.integers(0, 1 << 30).map(game)
GAME_BUDGET = 40
STEP, ID, INSTRUMENT, LOTS, TICKS, PURPOSE, PART = (
    FillColumn.STEP,
    FillColumn.ORDER_ID,
    FillColumn.INSTRUMENT,
    FillColumn.LOTS,
    FillColumn.PRICE_TICKS,
    FillColumn.PURPOSE,
    FillColumn.PART,
)


@st.composite
def worlds(draw):
    """Orders, a bar of N instruments, holdings and terms, small enough to collide."""
    rows = [draw(slot(number)) for number in range(draw(st.integers(1, 8)))]
    each = [draw(one_bar()) for _ in range(N)]
    held = draw(st.lists(st.integers(-20, 20), min_size=N, max_size=N))
    flags = {name: draw(st.booleans()) for name in ("at_close", "worse", "nearest", "cash_account")}
    if flags["cash_account"]:
        held = [abs(lots) for lots in held]
    lot_units = np.array(draw(st.lists(st.integers(1, 3), min_size=N, max_size=N)))
    numbers = {"fee_bps": 1.0, "slippage_bps": 5.0, "impact": 0.5, "permanent": 0.5}
    return rows, bars(*each), held, flags | numbers | {"lot_units": lot_units}


@st.composite
def slot(draw, number):
    """One order; a third of them wait for another slot's fill, a third are of a group."""
    kind = draw(st.sampled_from(OrderKind))
    forces = [f for f in TimeInForce if kind < OrderKind.STOP or f < TimeInForce.ON_OPEN]
    parent = draw(st.sampled_from([-1, -1, *range(8)]))
    return order(
        draw(st.integers(-30, 30).filter(bool)),
        kind,
        id=number,
        instrument=draw(st.integers(0, N - 1)),
        limit=draw(LEVEL),
        stop=draw(LEVEL),
        trail=draw(st.integers(1, 9)),
        force=draw(st.sampled_from(forces)),
        until=draw(st.integers(0, 1)),
        purpose=draw(st.sampled_from([Purpose.OPEN, Purpose.REDUCE, Purpose.PROTECT])),
        parent=-1 if parent == number else parent,
        group=draw(st.sampled_from([0, 0, 1, 2])),
        arrives=draw(st.sampled_from([0, 0, 0, 1])),
    )


@st.composite
def one_bar(draw):
    """A bar with prices in whole ticks and a price limit, or none at all."""
    low, *between, high = sorted(draw(st.lists(LEVEL, min_size=4, max_size=4)))
    first, last = draw(st.permutations(between))
    volume, trailing = draw(st.integers(0, 60)), draw(st.integers(0, 60))
    free = draw(st.sampled_from([(0.0, np.inf), (0.0, np.inf), (10.0, 20.0)]))
    prices = () if draw(st.integers(0, 5)) == 0 else (first, high, low, last)
    return bar(*prices, volume=volume, trailing=trailing, spread=2.0, volatility=0.02, free=free)


def fresh(world):
    """Lay out a world; what it was made of stays as it was."""
    rows, prints, held, setup = world
    return floor(rows, prints, held, **setup)


def run(world, parts=WHOLE):
    """Match a world afresh; give what is left by id, and the fills' rows."""
    there = fresh(world)
    match(there, 0, parts)
    return left(there.orders), lines(there.fills)


def lines(fills):
    """Give all columns of all fills."""
    return [tuple(row) for row in fills.row[: fills.n[0]].tolist()]


@settings(max_examples=BUDGET)
@given(worlds())
def test_what_no_fill_may_ever_do(world):
    """Inside the bar, never in a halt, only orders that work, never past zero to reduce."""
    rows, prints, held, _ = world
    at = np.array(held)
    open_to = {n: r["lots"] for n, r in enumerate(rows) if r["arrives"] == 0}
    ticks, flow = prints.ticks[0], prints.flow[0]

    _, fills = run(world)

    for fill in fills:
        i, lots, price = (fill[c] for c in (INSTRUMENT, LOTS, TICKS))
        assert ticks[i, LOW] <= price <= ticks[i, HIGH]
        assert price < flow[i, 5] if lots > 0 else price > flow[i, 4]
        assert 0 < lots / open_to[fill[ID]] <= 1
        open_to[fill[ID]] -= lots
        if fill[PURPOSE] != Purpose.OPEN:
            assert 0 <= (at[i] + lots) * np.sign(at[i]) < abs(at[i])
        at[i] += lots


@settings(max_examples=BUDGET)
@given(worlds())
def test_each_part_of_a_bar_keeps_its_cap(world):
    """A share of trailing volume for all orders together; inside also of the bar's own."""
    _, prints, _, setup = world

    _, fills = run(world)

    for (part, i), group in itertools.groupby(sorted(fills, key=place), key=place):
        volume, trailing = prints.flow[0, i, :2]
        bound = min(trailing, volume) if part == INSIDE else trailing
        assert sum(abs(f[LOTS]) for f in group) * setup["lot_units"][i] <= 0.5 * bound


def place(fill):
    """Give the part and the instrument of a fill."""
    return fill[PART], fill[INSTRUMENT]


@settings(max_examples=BUDGET)
@given(worlds())
def test_a_group_never_fills_more_than_its_largest_order(world):
    """Of one side and instrument; what one fills, the others lose."""
    rows, *_ = world

    _, fills = run(world)

    for key in {(r["group"], r["instrument"], r["lots"] > 0) for r in rows if r["group"]}:
        members = [
            n for n, r in enumerate(rows) if (r["group"], r["instrument"], r["lots"] > 0) == key
        ]
        filled = sum(abs(f[LOTS]) for f in fills if f[ID] in members)
        assert filled <= max(abs(rows[n]["lots"]) for n in members)


@settings(max_examples=BUDGET)
@given(worlds())
def test_the_parts_of_a_bar_add_up_to_the_whole(world):
    """Fills, costs and what is left are the same in one call or four."""
    there = fresh(world)

    for part in (AT_OPEN, INSIDE, AT_CLOSE, AT_END):
        match(there, 0, part)

    assert (left(there.orders), lines(there.fills)) == run(world)


@settings(max_examples=BUDGET)
@given(
    world=worlds(),
    others=st.lists(LEVEL, min_size=3, max_size=3),
    volume=st.integers(0, 60),
)
@pytest.mark.parametrize(("part", "used"), [(AT_OPEN, OPEN), (AT_CLOSE, CLOSE)])
def test_a_print_uses_nothing_of_its_bar_but_its_price(world, others, volume, part, used):
    """High, low, volume and the other print of the bar change no fill of a print."""
    rows, prints, held, setup = world
    ticks, flow = prints.ticks.copy(), prints.flow.copy()
    there = ticks[0, :, used] > 0
    for column, price in zip({OPEN, HIGH, LOW, CLOSE} - {used}, others, strict=True):
        ticks[0, there, column] = price
    flow[..., 0] = volume
    strange = rows, prints._replace(ticks=ticks, flow=flow), held, setup

    assert run(strange, part)[1] == run(world, part)[1]


@settings(max_examples=BUDGET)
@given(worlds())
def test_matching_changes_no_bar(world):
    """Only orders, ledger and fills are written."""
    prints = world[1]
    before = [column.copy() for column in prints]

    run(world)

    for column, copy in zip(prints, before, strict=True):
        np.testing.assert_array_equal(column, copy)


def cut(prints, n_steps):
    """Give the first steps alone."""
    return Prints(*(column[:n_steps] for column in prints))


@settings(max_examples=GAME_BUDGET)
@given(GAMES, st.integers(1, N_STEPS - 1))
def test_no_fill_uses_a_later_bar(drawn, step):
    """Whatever comes after, the steps before stay as they were."""
    whole = play(*drawn)
    prints, orders, units, terms, cash, carry = drawn
    later = Prints(*(column.copy() for column in prints))
    later.ticks[step:, :, :] = later.ticks[step:, ::-1, :] * 3
    later.flow[step:, :, :4] = 1e3

    short = play(cut(prints, step), orders, units, terms, cash, carry)
    other = play(later, orders, units, terms, cash, carry)

    n = len(short.fill)
    for played in (whole, other):
        assert played.fill[:n].tolist() == short.fill.tolist()
        assert (played.fill[n:, STEP] >= step).all()
        assert played.equity[:step].tolist() == short.equity.tolist()
        assert played.lots[:step].tolist() == short.lots.tolist()


@settings(max_examples=GAME_BUDGET // 2)
@given(GAMES)
def test_the_ledger_is_conserved_after_every_step(drawn):
    """Accounts sum to 0 and holdings are lots at marks, to the micro."""
    prints, *rest = drawn

    for step in range(1, N_STEPS + 1):
        assert conserved(play(cut(prints, step), *rest).ledger), f"after {step} steps"


def test_what_the_ledger_cannot_count_is_refused():
    """A trillion of the currency and more: an error, not a figure that looks like one."""
    prints, orders, units, terms, _, carry = game(1)

    with pytest.raises(ValueError, match="beyond what the ledger counts"):
        play(prints, orders, units, terms, 1 << 61, carry)


@settings(max_examples=GAME_BUDGET)
@given(GAMES)
def test_a_cash_account_never_owes(drawn):
    """Neither cash nor a position is ever negative."""
    prints, orders, units, terms, cash, carry = drawn
    terms = terms._replace(cash_account=True)

    played = play(prints, orders, units, terms, cash // 10, carry)

    assert played.cash.min() >= 0
    assert played.lots.min() >= 0


@settings(max_examples=GAME_BUDGET)
@given(GAMES, st.permutations(range(N)))
def test_other_names_make_the_same_fills(drawn, order_of):
    """Instruments moved to other columns, with their keys, fill as before.

    Where money is short the order of the instruments says who gets it: not tried here.
    """
    prints, orders, units, terms, cash, carry = drawn
    assume(len(orders) > 0)
    free = {"cash_account": False, "initial_margin": 0.0, "maintenance_margin": -1e9}
    terms = terms._replace(**free)
    new = np.array(order_of)
    columns = [np.ascontiguousarray(column[:, new]) for column in prints[:3]]
    moved = orders.copy()
    moved[:, ListColumn.INSTRUMENT] = np.argsort(new)[orders[:, ListColumn.INSTRUMENT]]
    same = Units(*(column[new] for column in units))

    plain = play(prints, orders, units, terms, cash, carry)
    other = play(Prints(*columns, *prints[3:]), moved, same, terms, cash, carry)
    other.fill[:, INSTRUMENT] = new[other.fill[:, INSTRUMENT]]

    assert sorted(other.fill.tolist()) == sorted(plain.fill.tolist())
    assert other.equity.tolist() == plain.equity.tolist()
    assert other.lots[:, np.argsort(new)].tolist() == plain.lots.tolist()
