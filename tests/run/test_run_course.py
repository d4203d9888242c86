"""Runs through trouble: history, halts, losses, and a ledger that balances all the way."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.errors import DataError
from steelyard.testing.agents import Manner, Scripted, no_skill
from steelyard.testing.runs import a_scenario, play
from steelyard.testing.worlds import Recipe, made_world
from steelyard.types.decision import Purpose, Rule, TradingState
from steelyard.types.opinion import Cause
from steelyard.types.outcome import settle_offset
from steelyard.types.record import FILL_COLUMNS
from tests.run.stage import BUSY, a_busy_world, a_panel

WAYS = ["close", "open", "clock", "early", "intraday"]
LOUD = Manner(1, 1, (0.55, 0.6))
MICROS = 1_000_000


def fills(record, column):
    """Give one column of the fills."""
    return record.fill[: record.n_fills, FILL_COLUMNS.index(column)]


def played(world, sections, agents=None):
    """Play a world with an agent that speaks loudly at random."""
    agents = [no_skill(world, 3, LOUD)] if agents is None else agents
    return play(world, agents, a_scenario(world, agents, BUSY | sections))


@pytest.mark.parametrize("decide_at", WAYS)
@given(seed=st.integers(0, 10**6), mandate=st.sampled_from(["long_only", "long_short"]))
@settings(max_examples=2)
def test_the_books_add_up_at_every_step(decide_at, seed, mandate):
    """Equity is cash and positions at their marks, and what was put in, gained and paid."""
    world = a_busy_world(seed, n_steps=300, decide_at=decide_at)
    sections = {
        "ensemble": {"pool": "equal"},
        "trade": {"mandate": mandate, "edge_over_cost": 0.0},
    }
    record = played(world, sections, agents=a_panel(world)).record

    worth = (record.lots * record.mark_ticks * (MICROS // 100)).sum(axis=1)
    gained = (record.price_result + record.carry - record.cost).sum(axis=1)
    assert record.broken_step == -1
    assert record.n_fills > 0
    np.testing.assert_array_equal(record.equity, record.cash + worth)
    np.testing.assert_array_equal(record.equity, MICROS * MICROS + gained + record.interest)
    np.testing.assert_array_equal(
        record.cost.sum(axis=1)[-1],
        sum(fills(record, name).sum() for name in ("fee", "spread", "slippage", "impact")),
    )


@pytest.mark.parametrize("decide_at", WAYS)
def test_nothing_fills_without_a_bar_nor_beyond_the_volume_cap(decide_at):
    """Halted instruments are skipped; an open fills at most its share of past volume."""
    world = a_busy_world(2, n_steps=300, decide_at=decide_at)
    run = played(world, {"account": {"cash": 10**9}}, agents=a_panel(world))
    step, instrument = fills(run.record, "step"), fills(run.record, "instrument")

    assert len(step) > 50
    assert np.isfinite(world.bars.open[step, instrument]).all()
    room = 0.02 * run.course.trailing_volume[step, instrument]
    assert (np.abs(fills(run.record, "lots")) <= room).all()


@pytest.mark.parametrize("decide_at", ["close", "open"])
def test_stale_data_refuse_what_opens(decide_at):
    """An instrument without bars for a while opens nothing, though its agent speaks on."""
    world = made_world(3, Recipe(n_steps=260, halts=0.0, decide_at=decide_at))
    gone = slice(180, 200)
    columns = {name: getattr(world.bars, name).copy() for name in ("open", "high", "low", "close")}
    for column in columns.values():
        column[gone, 0] = np.nan
    world = replace(world, bars=world.bars._replace(**columns))
    up = np.full(world.bars.close.shape, 0.3)
    agents = [Scripted(up, np.full(up.shape, 0.7), horizon=1)]
    slowly = {"ensemble": {"pool": "equal"}, "risk": {"stale_after": 3, "max_order": 0.0005}}
    record = played(world, slowly, agents=agents).record

    stale = np.isfinite(record.before[:, 0, Rule.STALE_DATA])
    opened = (record.purpose[:, 0] == Purpose.OPEN) & (record.order_lots[:, 0] != 0)
    lag = world.timing.known_lag
    assert stale.any()
    np.testing.assert_array_equal(np.flatnonzero(stale), np.arange(183, 200) + lag)
    assert not opened[183 + lag : 200 + lag].any()
    assert opened[160:180].all()
    assert opened[200 + lag : 220].all()
    filled = fills(record, "step")[fills(record, "instrument") == 0]
    assert not np.isin(filled, np.arange(180, 200)).any()


@pytest.mark.parametrize("decide_at", WAYS)
def test_history_only_informs(decide_at):
    """Nothing is asked, decided, learnt or owned before the first step of the run."""
    first = 120
    world = replace(a_busy_world(6, n_steps=300, decide_at=decide_at), first_step=first)
    run = played(world, {}, agents=a_panel(world))
    record, offset = run.record, settle_offset(world.timing, 1)

    assert (run.tape.cause[:first] == Cause.NOT_ASKED).all()
    assert np.isnan(record.voice[:first]).all()
    assert np.isnan(record.base_rate[:first]).all()
    assert not record.account[:first].any()
    assert not record.position[:first].any()
    assert fills(record, "step").min() >= first
    assert (record.base_rate[first : first + offset] == 0.5).all()
    assert (run.tape.cause[first:] == Cause.NONE).any(axis=(0, 2)).all()
    assert np.isfinite(run.course.volatility[first, :2]).all()


def test_without_history_agents_know_less():
    """The same span without the bars before it has fewer opinions at its beginning."""
    long = replace(a_busy_world(6, n_steps=300), first_step=120)
    with_history = played(long, {}, agents=a_panel(long)).tape
    n_early = (with_history.cause[120:130, 0] == Cause.NONE).sum()

    fresh = a_busy_world(6, n_steps=300)
    without = played(fresh, {}, agents=a_panel(fresh)).tape

    assert n_early > (without.cause[:10, 0] == Cause.NONE).sum() == 0


@pytest.mark.parametrize("decide_at", ["open", "clock", "intraday"])
def test_every_mode_meets_its_own_print(decide_at):
    """Market orders fill at the close of their bar, or at the open of the next."""
    world = a_busy_world(2, n_steps=300, decide_at=decide_at)
    run = played(world, {}, agents=a_panel(world))
    market = fills(run.record, "kind") == 0
    step, instrument = fills(run.record, "step")[market], fills(run.record, "instrument")[market]
    prints = world.bars.close if decide_at == "open" else world.bars.open
    ordered = (fills(run.record, "order_id")[market] - 1) // (2 * len(world.instruments))

    ticks = np.floor(prints[step, instrument] / 0.01 + 0.5).astype(np.int64)
    assert market.sum() > 50
    np.testing.assert_array_equal(fills(run.record, "price_ticks")[market], ticks)
    np.testing.assert_array_equal(step, ordered + world.timing.exec_offset)
    assert world.timing.decides[ordered].all()


def falling(seed=0, n_steps=400):
    """Give a world that falls steadily after step 100, and an agent that buys all the while."""
    world = made_world(seed, Recipe(n_steps=n_steps, halts=0.0))
    slide = np.exp(-0.004 * np.maximum(0, np.arange(n_steps) - 100))[:, None]
    columns = {name: getattr(world.bars, name) * slide for name in ("open", "high", "low", "close")}
    world = replace(world, bars=world.bars._replace(**columns))
    shape = world.bars.close.shape
    return world, [Scripted(np.full(shape, 0.5), np.full(shape, 0.7), horizon=1)]


def halted_after(rearm):
    """Give the record of the falling world with a tight drawdown limit."""
    world, agents = falling()
    sections = {
        "ensemble": {"pool": "equal"},
        "trade": {"mandate": "long_only", "edge_over_cost": 0.0, "stop": None},
        "risk": {"min_probability": 0.5, "max_drawdown": 0.02, "rearm": rearm},
    }
    return played(world, sections, agents=agents).record


def test_a_drawdown_halts_flattens_and_rearms_as_stated():
    """From a halt to the next active step are exactly the steps stated, each time."""
    record = halted_after(21)
    state = record.state
    halts = np.flatnonzero((state[1:] == TradingState.HALTED) & (state[:-1] != TradingState.HALTED))
    ends = np.flatnonzero((state[1:] != TradingState.HALTED) & (state[:-1] == TradingState.HALTED))

    assert len(halts) > 1
    np.testing.assert_array_equal(ends - halts[: len(ends)], 21)
    opened = (record.purpose == Purpose.OPEN).any(axis=1)
    assert not opened[state == TradingState.HALTED].any()
    assert opened[ends[0] + 1 : halts[1] + 1].any()
    flat = halts[0] + 1 + 5
    assert not record.lots[flat : ends[0] + 1].any()
    equity = record.equity / record.equity[0]
    assert equity[halts[0] + 1] <= 1 - 0.02 < equity[: halts[0] + 1].min() + 0.02


def test_never_means_never():
    """A run that does not re-arm stays flat from its first halt to its end."""
    record = halted_after(None)
    first = int(np.flatnonzero(record.state == TradingState.HALTED)[0])

    assert (record.state[first:] == TradingState.HALTED).all()
    assert not record.lots[first + 5 :].any()
    assert (record.equity[first + 5 :] == record.equity[-1]).all()


@pytest.mark.parametrize("decide_at", ["close", "intraday"])
def test_a_loss_of_the_day_refuses_what_opens_until_it_is_over(decide_at):
    """The state is reducing while the loss of the session passes the limit, and no longer."""
    world = a_busy_world(8, n_steps=300, decide_at=decide_at)
    record = played(world, {"risk": {"min_probability": 0.5, "daily_loss": 0.001}}).record
    session = world.bars.session
    began = np.searchsorted(session, session) - 1
    before = np.where(began >= 0, record.equity[np.maximum(began, 0)], record.equity[0])

    loss = 1.0 - record.equity / before
    expected = np.where(loss > 0.001, TradingState.REDUCING, TradingState.ACTIVE)
    assert (expected == TradingState.REDUCING).sum() > 5
    np.testing.assert_array_equal(record.state, expected)
    opened = (record.purpose == Purpose.OPEN).any(axis=1)
    assert not opened[record.state == TradingState.REDUCING].any()


def test_an_amount_beyond_the_ledger_stops_the_run_by_name():
    """A price that grows a billionfold is told as what it is, not as books that do not balance."""
    world = a_busy_world(0)
    held = np.flatnonzero((played(world, {}).record.lots != 0).sum(axis=1) > 1)[0]
    grown = np.where(np.arange(world.n_steps)[:, None] <= held, 1.0, 1e9)
    bars = world.bars
    prices = {name: getattr(bars, name) * grown for name in ("open", "high", "low", "close")}
    world = replace(world, bars=bars._replace(**prices))

    with pytest.raises(DataError, match="an amount grew beyond what the ledger counts"):
        played(world, {"ensemble": {"pool": "equal"}}, agents=a_panel(world))
