"""A short busy run of the built-in world, ready to be put under stress."""

from dataclasses import replace
from functools import cache
from typing import NamedTuple

from steelyard.engine import Opened, open_scenario
from steelyard.gather import gather
from steelyard.plan import lay_course, replay
from steelyard.scenario import find, load
from steelyard.types.record import Record
from steelyard.types.tape import Tape
from steelyard.validation.cases import CASES
from steelyard.validation.staging import Base, Staged
from steelyard.validation.stress import base_of

WINDOW = 21
SETTINGS = {
    "market.from": "2007-10-01",
    "market.to": "2008-06-30",
    "trade.edge_over_cost": "0",
    "risk.min_probability": "50%",
    "stress.window": str(WINDOW),
}


class Stressed(NamedTuple):
    """A run, and what stress tests start from."""

    opened: Opened
    tape: Tape
    record: Record
    base: Base


@cache
def stressed():
    """Run nine months of the built-in world once for all tests of a process."""
    scenario = load(find("megacaps"), overrides=SETTINGS)
    opened = open_scenario(scenario)
    tape = gather(opened.world, opened.panel).tape
    record = replay(scenario, opened.world, lay_course(scenario, opened.world), tape)
    return Stressed(opened, tape, record, base_of(opened, tape, record))


@cache
def staged(name, side=1) -> Staged:
    """Give the changed world of a case; nobody writes to it."""
    return CASES[name].stage(stressed().base, side)


def with_scenario(base, **settings):
    """Give the base with some settings written anew, their dots as double underscores."""
    changed = {name.replace("__", "."): value for name, value in settings.items()}
    return replace(base, scenario=base.scenario.changed(changed))
