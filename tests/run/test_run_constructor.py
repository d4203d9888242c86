"""The constructor over whole runs: silence is cheap, skill pays as it says, names do not matter."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from steelyard import plan
from steelyard.decide import decide
from steelyard.testing.agents import Manner, no_skill, skilled
from steelyard.testing.runs import a_scenario, play
from steelyard.testing.worlds import Recipe, made_world
from steelyard.types.decision import Purpose, Verb
from steelyard.types.record import FILL_COLUMNS, empty_record
from tests.run.stage import BUSY, a_busy_world, a_panel

YEAR = 252
WARM_UP = 2 * YEAR
BPS = 1e-4
FOUR = ("AAA", "BBB", "CCC", "DDD")


def cost_bps(world, record):
    """Give what trading cost after the warm-up, bps of mean equity a year."""
    cost = record.cost.sum(axis=1)
    years = (world.n_steps - 1 - WARM_UP) / YEAR
    return float((cost[-1] - cost[WARM_UP]) / record.equity[WARM_UP:].mean() / years * 1e4)


@pytest.mark.parametrize("mandate", ["long_only", "long_short"])
@pytest.mark.parametrize("every", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_agents_without_skill_cost_little(mandate, every):
    """Twenty of them, each in its own world, stay under 10 bps of equity a year."""
    costs = []
    for seed in range(20):
        world = made_world(seed, Recipe(names=FOUR, n_steps=5 * YEAR))
        agents = [no_skill(world, seed, Manner(horizon=5, every=every))]
        sections = {"trade": {"mandate": mandate}}
        costs.append(
            cost_bps(world, play(world, agents, a_scenario(world, agents, sections)).record)
        )

    assert max(costs) < 10.0


def test_no_cost_barrier_would_cost_much():
    """The same agents, believed as they speak and free to trade, pass the bound by far."""
    world = made_world(0, Recipe(names=FOUR, n_steps=5 * YEAR))
    agents = [no_skill(world, 0)]
    sections = {
        "ensemble": {"pool": "equal"},
        "trade": {"mandate": "long_short", "edge_over_cost": 0.0},
        "risk": {"min_probability": 0.5},
    }

    record = play(world, agents, a_scenario(world, agents, sections)).record

    assert cost_bps(world, record) > 100.0


class Trades(NamedTuple):
    """Openings with a settled outcome, bps of the traded value; all of shape (n_trades,)."""

    edge: np.ndarray
    """Gain that the constructor stated, net of what the trade adds to the risk of the book."""
    expected: np.ndarray
    """Return of the side traded that the verdict stated."""
    realised: np.ndarray
    """Return of the side traded over the horizon."""
    first: np.ndarray
    """Whether nothing was held before."""


def openings(names, mandate, n_seeds):
    """Give the openings of a skilled agent's runs.

    It speaks at each step about the next one, right between 50 and 80 % of the time, and
    says how often. Without impact many trades of little edge pay their cost, too.
    """
    parts = []
    for seed in range(n_seeds):
        world = made_world(100 + seed, Recipe(names=names, n_steps=1500, halts=0.0))
        agents = [skilled(world, seed, Manner(horizon=1, confidence=(0.5, 0.8)))]
        sections = {"trade": {"mandate": mandate}, "execution": {"impact": "none"}}
        scenario = a_scenario(world, agents, sections)
        played = play(world, agents, scenario)
        record, side = played.record, np.sign(played.record.order_lots)
        outcome = side * played.course.outcome[:, :, 0] / BPS
        expected = side * record.expected[:, :, 0] / BPS
        rows = (record.purpose == Purpose.OPEN) & (side != 0) & np.isfinite(outcome)
        figures = (record.edge_bps, expected, outcome, record.weight == 0)
        parts.append([figure[rows] for figure in figures])
    return Trades(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def quintile_means(stated, realised):
    """Give the mean realised in each fifth of what was stated, from the least to the most."""
    fifth = np.searchsorted(np.quantile(stated, [0.2, 0.4, 0.6, 0.8]), stated)
    return [float(realised[fifth == number].mean()) for number in range(5)]


@pytest.mark.parametrize("mandate", ["long_only", "long_short"])
def test_trades_of_greater_edge_earn_more(mandate):
    """Where a trade adds to no other position, the edge is its mean return."""
    trades = openings(("AAA",), mandate, 30)
    edge, realised = trades.edge[trades.first], trades.realised[trades.first]

    means = quintile_means(edge, realised)
    assert len(edge) > 5_000
    assert means == sorted(means)
    assert means[-1] > 2.0 * means[0]
    assert realised.mean() == pytest.approx(edge.mean(), rel=0.25)


@pytest.mark.parametrize("mandate", ["long_only", "long_short"])
def test_trades_of_greater_stated_return_earn_more(mandate):
    """Among several instruments, whose edges also count the risk a trade takes from others."""
    trades = openings(FOUR, mandate, 15)

    means = quintile_means(trades.expected, trades.realised)
    assert len(trades.expected) > 15_000
    assert means == sorted(means)
    assert means[-1] > 2.0 * means[0]


def decided(world, tape, scenario, order):
    """Decide a world with its instruments in another order, each with its own key."""
    settings = plan.plan_of(scenario, world, tape, None)
    key = np.asarray(order, dtype=np.int64)
    settings = settings._replace(limits=settings.limits._replace(key=key))
    units = plan.units_of(world.instruments)._replace(key=key)
    n = len(world.instruments)
    record = empty_record(world.n_steps, n, len(scenario.ensemble.horizons), len(tape.agents))
    course = plan.lay_course(scenario, world)
    scene = plan.scene_of(scenario, world, course, tape)
    decide(scene, settings, plan.desk_of(settings, units), record, record)
    return record


def reordered(world, tape, order):
    """Give world and tape with the instruments in another order."""
    order = list(order)
    columns = {
        name: np.ascontiguousarray(column[:, order])
        for name, column in world.bars._asdict().items()
        if column.ndim > 1
    }
    moved = replace(
        world,
        instruments=tuple(world.instruments[i] for i in order),
        bars=world.bars._replace(**columns),
        listed=np.ascontiguousarray(world.listed[:, order]),
    )
    told = {
        name: np.ascontiguousarray(getattr(tape, name)[:, :, order])
        for name in ("score", "confidence", "support")
    }
    return moved, tape._replace(**told)


def fills_of(record, order):
    """Give the fills with instruments and order ids as in the first order, sorted."""
    fill = record.fill[: record.n_fills].copy()
    column = FILL_COLUMNS.index("instrument")
    n, ids = len(order), FILL_COLUMNS.index("order_id")
    place = np.asarray(order)
    step, rest = np.divmod(fill[:, ids] - 1, 2 * n)  # ids begin at 1
    fill[:, ids] = step * 2 * n + 2 * place[rest // 2] + rest % 2 + 1
    fill[:, column] = place[fill[:, column]]
    return sorted(map(tuple, fill.tolist()))


@pytest.mark.parametrize("decide_at", ["close", "open", "clock"])
@pytest.mark.parametrize("order", [(2, 0, 1), (1, 0, 2)])
def test_the_order_of_instruments_changes_no_decision(decide_at, order):
    """Verdicts, intents, decisions, fills and book are bit-identical, put back in order."""
    world = a_busy_world(4, n_steps=360, decide_at=decide_at)
    agents = a_panel(world)
    scenario = a_scenario(world, agents, BUSY | {"account": {"cash": 50_000}})
    tape = play(world, agents, scenario).tape

    straight = decided(world, tape, scenario, range(3))
    moved = decided(*reordered(world, tape, order), scenario, order)

    back = np.argsort(order)
    assert straight.n_fills > 100
    for name in ("voice", "share", "intent", "rule", "position"):
        ours, theirs = getattr(straight, name), getattr(moved, name)[:, back]
        np.testing.assert_array_equal(theirs, ours, err_msg=name)
    np.testing.assert_array_equal(moved.code[:, back, :5], straight.code[..., :5])
    np.testing.assert_array_equal(moved.account, straight.account)
    np.testing.assert_array_equal(moved.base_rate, straight.base_rate)
    assert fills_of(moved, order) == fills_of(straight, range(3))


def test_the_names_of_instruments_change_no_decision():
    """The same figures under other names are decided alike."""
    world = a_busy_world(4, n_steps=240)
    agents = [no_skill(world, 3, Manner(1, 1, (0.55, 0.6)))]
    named = tuple(
        replace(each, id=name) for each, name in zip(world.instruments, "ZXY", strict=True)
    )
    renamed = replace(world, instruments=named)

    ours = play(world, agents, a_scenario(world, agents, BUSY)).record
    theirs = play(renamed, agents, a_scenario(renamed, agents, BUSY)).record

    assert (ours.verb == Verb.APPROVE).any()
    for name, column in ours._asdict().items():
        np.testing.assert_array_equal(getattr(theirs, name), column, err_msg=name)
