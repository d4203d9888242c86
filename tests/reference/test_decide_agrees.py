"""A run agrees with its second implementation from the supervisor's word to the books."""

from collections import Counter
from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from steelyard.plan import lay_course, lay_prints, plan_of, replay, units_of
from steelyard.scenario import Scenario
from steelyard.types.decision import TradingState
from steelyard.types.record import ACCOUNT_COLUMNS
from tests.reference import decide as reference
from tests.test_decide import EPOCH, a_tape, a_world

MODES = ("close", "open", "clock")
SEEDS = range(4)
CALLED = ACCOUNT_COLUMNS.index("margin_call")
SETS = (
    {},
    {"execution": {"auction_share": 0.0005, "remainder": "worse", "bar_share": 0.0005}},
    {"execution": {"latency": 1, "opposite_stop": "refuse", "price_limit": 0.03}},
    {
        "account": {
            "cash": 10_000_000,
            "maintenance_margin": 0.5,
            "margin_spread": "300 bps",
        },
        "risk": {
            "max_gross": 2.0,
            "max_position": 2.0,
            "max_order": 1.0,
            "max_drawdown": 0.5,
            "max_net": 2.0,
            "risk_per_trade": 0.5,
        },
        "trade": {"volatility_target": 2.0, "kelly_fraction": 1.0},
    },
)
BRANCHES = {
    *("protective stop fired", "protective stop again", "on its way"),
    *("STOP gaps", "STOP inside", "born STOP 1"),
    *("cap in 1", "cap in 2", "cap in 4", "remainder worse", "locked 1", "locked -1"),
    *("margin call", "broker closes on", "borrow", "GTD ends", "child dies with its parent"),
    *("forward split long", "forward split short", "dividend long", "dividend short", "no bar"),
    *("fee due again", "slippage", "impact got back", "reduce-only cut"),
}


def scenario_of(world, changes):
    """Give a scenario that trades nearly every step and runs into both halts."""
    days = [EPOCH + timedelta(days=int(world.bars.session[row])) for row in (0, -1)]
    universe = [each.id for each in world.instruments]
    plain = {
        "name": "made",
        "market": {"universe": universe, "from": days[0], "to": days[1]},
        "feeds": {"bars": {"path": "none"}},
        "agents": [{"name": "voice", "kind": "technical", "horizon": 5}],
        "ensemble": {"horizons": [5]},
        "trade": {"mandate": "long_short", "edge_over_cost": 0.0, "stop": 0.5},
        "risk": {
            "min_probability": 0.5,
            "max_order": 0.1,
            "daily_loss": 0.002,
            "max_drawdown": 0.05,
            "rearm": 10,
            "risk_per_trade": 0.05,
        },
        "execution": {},
        "account": {"cash": 10_000_000},
    }
    merged = {
        name: section | changes.get(name, {})
        for name, section in plain.items()
        if isinstance(section, dict)
    }
    return Scenario.model_validate(plain | merged)


@cache
def both(seed, mode):
    """Decide a made world in the package and in the reference."""
    world = a_world(seed, mode)
    scenario = scenario_of(world, SETS[seed])
    course, tape = lay_course(scenario, world), a_tape(world, seed)
    record = replay(scenario, world, course, tape)
    plan = plan_of(scenario, world, tape, None)

    def decisions(step):
        columns = record.order_lots[step], record.purpose[step], record.stop[step]
        return list(zip(*(column.tolist() for column in columns), strict=True))

    prints = lay_prints(scenario, world, course)
    units = units_of(world.instruments)
    return plan, record, reference.decide(prints, plan, units, course.session, decisions)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", SEEDS)
def test_both_carry_out_alike(seed, mode):
    """Every fill, trading state, weight, lot, mark and micro, at every step."""
    plan, record, other = both(seed, mode)
    steps = slice(plan.first_step, None)

    assert [tuple(row) for row in record.fill[: record.n_fills].tolist()] == other.fills
    assert record.state[steps].tolist() == [state.trading for state in other.states]
    assert record.account[steps, CALLED].tolist() == [state.called for state in other.states]
    np.testing.assert_allclose(
        record.weight[steps], [state.weight for state in other.states], rtol=0, atol=1e-12
    )
    assert record.lots[steps].tolist() == other.lots
    assert record.mark_ticks[steps].tolist() == other.marks
    assert record.cash[steps].tolist() == other.cash
    assert record.equity[steps].tolist() == other.equity


def test_these_runs_take_every_branch():
    """Both halts, protective stops that fire, caps, splits, a margin call."""
    runs = [both(seed, mode)[2] for seed in SEEDS for mode in MODES]
    seen = sum((run.exchange.seen for run in runs), Counter())
    states = Counter(state.trading for run in runs for state in run.states)

    assert {name: seen[name] for name in BRANCHES if seen[name] == 0} == {}
    assert min(states[state] for state in TradingState) > len(runs)


def test_a_called_broker_closes_to_the_end():
    """What a cap left over when it called has no stop any more: nobody but it trades that."""
    record = both(3, "close")[1]
    fills = record.fill[: record.n_fills]
    n_left = 0
    for step, i in np.argwhere((record.account[:, CALLED] == 1)[:, None] & (record.lots != 0)):
        flat = step + 1 + int(np.argmax(record.lots[step + 1 :, i] == 0))
        here = fills[(fills[:, 0] > step) & (fills[:, 0] <= flat) & (fills[:, 2] == i)]
        n_left += flat > step + 1

        assert record.lots[flat, i] == 0
        assert set(here[:, 1].tolist()) == {0}
    assert n_left > 0
