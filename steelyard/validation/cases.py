"""The cases of a stress test: what happens in each, by name."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from steelyard.agents import faults, plants
from steelyard.agents.faults import Onset, loudest
from steelyard.scenario.stress import CASE_NAMES
from steelyard.sim.laying import change, rescale
from steelyard.sim.shocks import MADE, Shock, lay, market_of, told
from steelyard.types.market import Document
from steelyard.types.tape import Tape
from steelyard.validation.books import weights
from steelyard.validation.dated import DATED
from steelyard.validation.staging import Base, Staged, asked_again, forget, stage

Fault = Callable[[Tape, Onset], Tape]
Plant = Callable[[str, int, int], Document]
LISTENING = 63
"""Steps before the eve that tell who has most to say."""
CROWD_SIGMAS = 1.0
"""Volatilities per step by which a crowd moves a price when all of it changes its mind: the
square-root law for orders as large as a session's volume (Toth et al. 2011, Physical Review X
1)."""


class Case(NamedTuple):
    """Something that may happen to a run."""

    about: str
    """What happens, in a few words."""
    stage: Callable[[Base, int], Staged]
    """Makes the changed world, against books of side 1 (long) or -1 (short)."""
    has_sides: bool = True
    """Whether it differs by the side of the book."""


def _of_shock(shock: Shock) -> Case:
    """Make the case of a shock of prices: the panel is asked again about the changed world.

    What strikes one instrument strikes the largest holding.
    """

    def staged(base: Base, side: int) -> Staged:
        turned = shock.turned("down" if side > 0 else "up").aimed(largest_holding(base))
        quiet = replace(base, world=forget(base.world, base.eve))
        market = lay([turned], market_of(quiet.world), base.first, base.scenario.seed)
        return stage(quiet, market, asked_again(base, told(market, quiet.world)))

    return Case(shock.about, staged)


def largest_holding(base: Base) -> str:
    """Give the id of the run's largest position on the eve."""
    world = base.world
    held = np.abs(weights(base.record, world.instruments, base.eve))
    there = world.listed[base.eve] & np.isfinite(world.bars.close[base.eve])
    return world.instruments[int(np.argmax(np.where(there, held, -1.0)))].id


def _of_fault(fault: Fault, about: str) -> Case:
    """Make the case of a fault of agents: prices are what they were, nobody is asked again."""

    def staged(base: Base, _side: int) -> Staged:
        return stage(base, market_of(base.world), fault(base.tape, onset_of(base)))

    return Case(about, staged, has_sides=False)


def onset_of(base: Base) -> Onset:
    """Give the onset of a fault of the agent that has most to say."""
    agent = loudest(base.record.share, base.first, LISTENING)
    return Onset(base.first, agent, base.scenario.seed)


def _crowded(base: Base, _side: int) -> Staged:
    """Let a crowd of our opinion trade one bar earlier, and leave while we hold."""
    quiet = replace(base, world=forget(base.world, base.eve))
    market = market_of(quiet.world)
    pressure = faults.crowd_pressure(base.tape, onset_of(base))
    volatility = stage(base, market, base.tape).course.volatility
    level = np.exp(CROWD_SIGMAS * np.nan_to_num(volatility) * pressure)
    market = change(market, lambda bars: rescale(bars, level))
    return stage(quiet, market, asked_again(base, told(market, quiet.world)))


def _of_text(plant: Plant, about: str) -> Case:
    """Make the case of a planted document: who reads text is asked again, with it."""

    def staged(base: Base, side: int) -> Staged:
        document = plant(largest_holding(base), int(base.world.timing.as_of[base.first]), side)
        world = replace(base.world, documents=with_document(base.world.documents, document))
        readers = np.flatnonzero(base.tape.reads_text).tolist()
        return stage(base, market_of(world), asked_again(base, world, only=readers))

    return Case(about, staged)


def with_document(documents: tuple[Document, ...], new: Document) -> tuple[Document, ...]:
    """Put a document in its place among others."""
    return tuple(sorted((*documents, new), key=lambda each: (each.known_at, each.id)))


AGENT_CASES: Mapping[str, Case] = MappingProxyType(
    {
        "agent_down": _of_fault(faults.down, "the agent with most to say falls silent"),
        "agent_flipped": _of_fault(faults.flipped, "the same agent says the opposite"),
        "agent_overconfident": _of_fault(faults.overconfident, "the same agent is always sure"),
        "agents_late": _of_fault(faults.late, "all opinions arrive three steps late"),
        "skill_decays": _of_fault(faults.decaying, "opinions turn into noise, half in ten steps"),
        "crowd": Case("a crowd trades our opinion one bar earlier", _crowded, has_sides=False),
        "fake_headline": _of_text(plants.fake_headline, "a false story of the largest holding"),
        "injection": _of_text(plants.injection, "the same story, with orders to its reader"),
    }
)
"""Faults of agents, and what others do with their opinions."""

_SHOCKS = {name: _of_shock(shock) for name, shock in (*DATED.items(), *MADE.items())}

CASES: Mapping[str, Case] = MappingProxyType(
    {name: (_SHOCKS | dict(AGENT_CASES))[name] for name in CASE_NAMES}
)
"""Every case by name, in the order in which a scenario may name them."""
