"""Whole runs without files: a made world, agents, the loop from tape to ledger."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from steelyard.gather import Seat, gather
from steelyard.plan import lay_course, replay
from steelyard.scenario import Scenario
from steelyard.sim.course import Course
from steelyard.testing.changes import changed_after
from steelyard.types.agent import Agent
from steelyard.types.arrays import Bools
from steelyard.types.opinion import Cause
from steelyard.types.record import FILL_COLUMNS, Record
from steelyard.types.tape import Tape
from steelyard.types.world import World

EPOCH = date(1970, 1, 1)
NOTHING: Mapping[str, Any] = MappingProxyType({})
DECIDED = ("voice", "base_rate", "share", "intent", "code", "rule")
"""Columns of a record that are written when a step decides."""
TAPED = ("score", "confidence", "support", "cause")


class Played(NamedTuple):
    """What a run without files leaves behind."""

    tape: Tape
    course: Course
    record: Record


def a_scenario(
    world: World, agents: Sequence[Agent], sections: Mapping[str, Any] = NOTHING
) -> Scenario:
    """Give a scenario for a made world and agents that no scenario file can name.

    Args:
        world: Gives universe and dates.
        agents: Give the horizons.
        sections: Sections and values in place of the defaults, such as
            `{"trade": {"mandate": "long_short"}, "seed": 3}`.
    """
    first, last = int(world.bars.session[0]), int(world.bars.session[-1])
    horizons = sorted({agent.horizon for agent in agents})
    settings = dict(sections)
    return Scenario.model_validate(
        {
            "name": "made",
            "market": {
                "universe": [
                    {"id": each.id, "tick": each.tick, "lot": each.lot}
                    for each in world.instruments
                ],
                "from": EPOCH + timedelta(days=first),
                "to": EPOCH + timedelta(days=last),
            },
            "feeds": {"bars": {"path": "none"}},
            "agents": [{"name": "stand-in", "kind": "technical", "horizon": horizons[0]}],
            **settings,
            "ensemble": {"horizons": horizons} | settings.get("ensemble", {}),
        }
    )


def play(
    world: World, agents: Sequence[Agent], scenario: Scenario, *, guard: bool = True
) -> Played:
    """Ask the agents at every step of a world, and decide the whole of it.

    Args:
        world: What there is to know.
        agents: Whom to ask.
        scenario: How to decide.
        guard: Refuse an agent that is seen to peek; see `gather`.

    Raises:
        LookaheadError: a guarded agent peeked.
        InvariantError: the ledger did not balance.
    """
    panel = [Seat(f"agent{k}", agent) for k, agent in enumerate(agents)]
    tape = gather(world, panel, guard=guard).tape
    course = lay_course(scenario, world)
    return Played(tape, course, replay(scenario, world, course, tape))


class Effort(NamedTuple):
    """How hard to look for a run that sees the future."""

    least_opinions: int = 200
    """Fewer opinions up to the step prove nothing: a fault. 20 do for agents that read."""
    seed: int = 0


PLAIN = Effort()


def lookahead_faults(
    world: World,
    agents: Sequence[Agent],
    scenario: Scenario,
    step: int,
    effort: Effort = PLAIN,
) -> list[str]:
    """Look for opinions and decisions up to a step that rest on what came after it.

    The world is run as it is, then with all data changed that were not known when `step`
    decided; nothing of the one run is used by the other. What a day's first print, splits
    and dividends did to the book before a decision within that day is no look-ahead, so
    these stay as they are on the day of `step`.

    Returns:
        One sentence per part that differs in any bit, none where the run keeps to the past.
    """
    rng = np.random.default_rng(effort.seed)
    ours = play(world, agents, scenario, guard=False)
    changed = _as_begun(world, changed_after(world, step, rng), step)
    theirs = play(changed, agents, scenario, guard=False)
    spoke = (ours.tape.cause[: step + 1] == Cause.NONE).sum(axis=(0, 2))
    faults = [
        f"{ours.tape.agents[k]} gave {n} opinions up to step {step}, "
        f"{_least(agents[k], effort)} prove something"
        for k, n in enumerate(spoke.tolist())
        if n < _least(agents[k], effort)
    ]
    return faults + list(_differences(ours, theirs, step, world.timing.known_lag))


def _least(agent: Agent, effort: Effort) -> int:
    """Give the opinions that prove something; an agent that reads speaks a tenth as often."""
    return effort.least_opinions // 10 if agent.reads_text else effort.least_opinions


def _as_begun(world: World, changed: World, step: int) -> World:
    """Put back what happened on the day of `step` before it decided."""
    if world.timing.known_lag == 0:
        return changed
    names = ["split_new", "split_old", "dividend", "cash_out"]
    if not world.timing.exec_at_close:
        names.append("open")
    columns = {name: getattr(changed.bars, name).copy() for name in names}
    for name, column in columns.items():
        column[step] = getattr(world.bars, name)[step]
    return replace(changed, bars=changed.bars._replace(**columns))


def _differences(ours: Played, theirs: Played, step: int, known_lag: int) -> Iterator[str]:
    """Name each part that differs up to a step: what was said, decided, traded and owned."""
    for name in TAPED:
        yield from _difference(ours.tape, theirs.tape, f"tape.{name}", step)
    if _checks(ours, step) != _checks(theirs, step):
        yield f"checks of claims up to step {step} differ"
    for name in DECIDED:
        yield from _difference(ours.record, theirs.record, f"record.{name}", step)
    yield from _difference(ours.record, theirs.record, "record.state", step)
    owned = step - known_lag
    for name in ("position", "cash", "equity"):
        yield from _difference(ours.record, theirs.record, f"record.{name}", owned)
    if not np.array_equal(_fills(ours.record, owned), _fills(theirs.record, owned)):
        yield f"fills up to step {owned} differ"


def _difference(ours: Tape | Record, theirs: Tape | Record, path: str, step: int) -> Iterator[str]:
    name = path.partition(".")[2]
    one, other = getattr(ours, name)[: step + 1], getattr(theirs, name)[: step + 1]
    same: Bools = (one == other) | ((one != one) & (other != other))  # noqa: PLR0124 - NaN is NaN
    if not same.all():
        first = int(np.argwhere(~same)[0, 0])
        yield f"{path} differs at step {first}: it knew what was changed after step {step}"


def _checks(played: Played, step: int) -> list[object]:
    return [check for check in played.tape.checks if check.step <= step]


def _fills(record: Record, step: int) -> np.ndarray:
    rows = record.fill[: record.n_fills]
    return rows[rows[:, FILL_COLUMNS.index("step")] <= step]
