"""A changed world, and what the panel says in it.

The replay rule: what was said before the first changed bar stands. From there on every
agent with a fast path is asked again about the changed world; what others said was said of
another world, and does not count (`Cause.STALE_WORLD`). Where prices changed, documents and
views that came later speak of a world that never was: nobody hears them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from steelyard.agents.panel import refit_blocks
from steelyard.gather import Asking, Block, Seat
from steelyard.plan import lay_course, lay_prints
from steelyard.scenario import Scenario
from steelyard.sim.course import Course
from steelyard.sim.prints import CLOSE, Prints
from steelyard.sim.shocks import Market, told
from steelyard.types.agent import FastAgent
from steelyard.types.market import Bars, Timing
from steelyard.types.opinion import Cause
from steelyard.types.record import Record
from steelyard.types.tape import Tape
from steelyard.types.world import World

SILENCE = (Cause.NOTHING_NEW, Cause.NO_DATA)
"""What an agent says that has nothing to read."""


@dataclass(frozen=True)
class Base:
    """The run that is put under stress, up to the end of the window."""

    scenario: Scenario
    panel: tuple[Seat, ...]
    world: World
    tape: Tape
    record: Record
    """As the whole run was decided."""
    eve: int
    """Last step that nothing has changed in."""

    @property
    def first(self) -> int:
        """Give the first changed step."""
        return self.eve + 1


@dataclass(frozen=True)
class Staged:
    """A changed world, laid out for decide."""

    world: World
    """As its feed tells it."""
    course: Course
    """Of the same: what is known of prices."""
    tape: Tape
    traded: Bars
    """What orders meet."""
    prints: Prints
    """The same as the exchange reads it: what bounds and prices fills rests on it alone."""


def stage(base: Base, market: Market, tape: Tape) -> Staged:
    """Lay a changed market out for decide, with what is said in it."""
    scenario, world = base.scenario, told(market, base.world)

    def widened(course: Course) -> Course:
        wider = course.half_spread_bps * market.half_spread_factor
        return course._replace(half_spread_bps=wider, locked=market.locked)

    course = widened(lay_course(scenario, world))
    prints = lay_prints(scenario, world, course)
    if market.traded is not market.bars:
        truth = replace(world, bars=market.traded)
        met = widened(lay_course(scenario, truth))
        prints = _marked(lay_prints(scenario, truth, met), prints, world.timing)
    return Staged(world, course, tape, market.traded, prints)


def _marked(prints: Prints, feed: Prints, timing: Timing) -> Prints:
    """Let marks be of what is told, unless orders meet the close; no mark where no bar is told."""
    if timing.exec_at_close:
        return prints
    ticks = prints.ticks.copy()
    ticks[:, :, CLOSE] = feed.ticks[:, :, CLOSE]
    return prints._replace(ticks=ticks)


def cut(world: World, n_steps: int) -> World:
    """Give the first steps of a world."""
    timing = world.timing
    return replace(
        world,
        bars=_head(world.bars, n_steps),
        listed=world.listed[:n_steps],
        benchmark=None if world.benchmark is None else _head(world.benchmark, n_steps),
        timing=timing._replace(as_of=timing.as_of[:n_steps], decides=timing.decides[:n_steps]),
    )


def _head(bars: Bars, n_steps: int) -> Bars:
    return Bars._make(column[:n_steps] for column in bars)


def cut_tape(tape: Tape, n_steps: int) -> Tape:
    """Give the first steps of a tape."""
    return tape._replace(
        score=tape.score[:n_steps],
        confidence=tape.confidence[:n_steps],
        support=tape.support[:n_steps],
        cause=tape.cause[:n_steps],
        checks=tuple(check for check in tape.checks if check.step < n_steps),
    )


def forget(world: World, eve: int) -> World:
    """Take away what is said in words after a step: it is about another world."""
    as_of = int(world.timing.as_of[eve])
    return replace(
        world,
        documents=tuple(each for each in world.documents if each.known_at <= as_of),
        views=tuple(each for each in world.views if each.known_at <= as_of),
    )


def asked_again(base: Base, world: World, *, only: Sequence[int] | None = None) -> Tape:
    """Give the tape of a changed world, without checks of claims.

    Args:
        base: The run, with its tape.
        world: The changed world, as its feed tells it.
        only: Indexes of the agents to ask; what the others said stands. None: ask all that
            have a fast path, the others fall silent.
    """
    told = base.tape
    tape = told._replace(
        score=told.score.copy(),
        confidence=told.confidence.copy(),
        support=told.support.copy(),
        cause=told.cause.copy(),
        checks=(),
    )
    asking = Asking(world, tuple(seat.agent for seat in base.panel), guard=False)
    for index, seat in enumerate(base.panel):
        if only is not None and index not in only:
            continue
        if isinstance(seat.agent, FastAgent):
            _retell(base, asking, tape, index)
        else:
            _silence(base, tape, index)
    return tape


def _retell(base: Base, asking: Asking, tape: Tape, index: int) -> None:
    """Ask an agent again, by the fits that it would have had.

    A fit of before the first changed bar saw nothing of the change: it is the same one.
    """
    world, agent = asking.world, base.panel[index].agent
    for steps in refit_blocks(world.first_step, world.n_steps - 1, agent.refit_every):
        if steps[-1] < base.first:
            continue
        answer = asking(Block(index, steps[0], steps[-1]))
        new = max(base.first, steps[0])
        for name in ("score", "confidence", "support", "cause"):
            column = getattr(answer, name)[new - steps[0] :]
            getattr(tape, name)[new : steps[-1] + 1, index] = column
    n_heard = len(world.documents) + len(world.views)
    if n_heard < len(base.world.documents) + len(base.world.views):
        _mark_stale(base, tape, index)


def _mark_stale(base: Base, tape: Tape, index: int) -> None:
    """Tell apart who has nothing to say from who was not let hear it."""
    rows = slice(base.first, None), index
    quiet = np.isin(tape.cause[rows], SILENCE) & (base.tape.cause[rows] == Cause.NONE)
    tape.cause[rows] = np.where(quiet, int(Cause.STALE_WORLD), tape.cause[rows])


def _silence(base: Base, tape: Tape, index: int) -> None:
    """Let nothing count that an agent said after the change."""
    rows = slice(base.first, None), index
    spoke = tape.cause[rows] == Cause.NONE
    for column in (tape.score, tape.confidence, tape.support):
        column[rows] = 0.0
    tape.cause[rows] = np.where(spoke, int(Cause.STALE_WORLD), tape.cause[rows])
