"""Busy runs of made worlds, for what is drawn from them."""

from functools import cache
from typing import NamedTuple

from steelyard.scenario import Scenario
from steelyard.testing.agents import Manner, no_skill
from steelyard.testing.runs import a_scenario, play
from steelyard.types.record import Record
from steelyard.types.tape import Tape
from steelyard.types.world import World
from tests.run.stage import a_busy_world

SECTIONS = {
    "trade": {"edge_over_cost": 0.0, "mandate": "long_short", "stop": 1.0},
    "risk": {"min_probability": 0.5, "daily_loss": 0.005, "max_drawdown": 0.03, "rearm": 10},
    "account": {"cash": 10_000_000},
    "seed": 3,
}


class Busy(NamedTuple):
    """A run that trades at nearly every step, is stopped out and halted."""

    scenario: Scenario
    world: World
    tape: Tape
    record: Record


@cache
def busy(decide_at="close", *, n_steps=300):
    """Run a made world with two agents that speak at random."""
    world = a_busy_world(2, n_steps=n_steps, decide_at=decide_at)
    agents = [no_skill(world, seed, Manner(1, 1, (0.55, 0.7))) for seed in (3, 4)]
    scenario = a_scenario(world, agents, SECTIONS)
    tape, _, record = play(world, agents, scenario)
    return Busy(scenario, world, tape, record)
