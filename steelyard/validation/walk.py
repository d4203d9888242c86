"""Decides block after block of bootstrap paths in one kernel, in memory that is reused."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from steelyard.decide import Desk, Plan, Scene, Spoken, decide
from steelyard.kernel import kernel, leaf
from steelyard.risk.limits import Limits
from steelyard.sim.bootstrap import Source, draw_rows
from steelyard.sim.chain import (
    ChainSettings,
    Path,
    Scratch,
    empty_path,
    empty_scratch,
    lay_path,
)
from steelyard.sim.costs import Terms
from steelyard.sim.ledger import FAULT
from steelyard.types.arrays import Floats, Ints
from steelyard.types.chance import fold
from steelyard.types.decision import TradingState
from steelyard.types.record import FILL_COLUMNS, Record, empty_record

WORD = 8
"""Bytes; memory is cut into whole words, so that every array in it is aligned."""
HALTED = int(TradingState.HALTED)
REDUCING = int(TradingState.REDUCING)
N_FILL_COLUMNS = len(FILL_COLUMNS)


class Given(NamedTuple):
    """What all paths have in common; nothing of it is written to."""

    source: Source
    spoken: Spoken
    """What was said at each row of the source."""
    cash_rate: Floats
    """Of each row of the source, as is the next."""
    margin_rate: Floats
    chain: ChainSettings
    plan: Plan
    """Its rates are memory of the room, as they differ from path to path."""
    recalled: Record
    """Of the run, whose verdicts are recalled unless the pool is to learn anew."""
    learn: bool
    mean_block: float


class Room(NamedTuple):
    """Memory of one thread, in which one path after the other is decided."""

    rows: Ints
    """Rows of the source that the path consists of, shape (n_steps,)."""
    scene: Scene
    scratch: Scratch
    desk: Desk
    """Its arrays are views of `memory`."""
    memory: Ints
    pristine: Ints
    """What `memory` holds before the first step."""
    record: Record


class Tally(NamedTuple):
    """What came of each path; all of shape (n_paths,)."""

    equity: Ints
    """At the end, micros."""
    drawdown: Floats
    """Largest fall from the high-water mark, a fraction of it."""
    n_fills: Ints
    n_halts: Ints
    """Times that trading was halted."""
    n_reducing: Ints
    """Steps at which only reductions passed."""
    digest: npt.NDArray[np.uint64]
    """Hash of fills, equity and positions; see `_hashed`."""
    broken: Ints
    """Step at which the ledger did not balance, -1: none."""
    fault: Ints
    """Of the ledger, why it did not."""


def make_room(given: Given, desk: Desk, n_steps: int) -> tuple[Given, Room]:
    """Give memory to decide paths of so many steps in, and what is given with that memory in it.

    Args:
        given: As from every room.
        desk: States at the start; copied.
        n_steps: Steps of a path.
    """
    _, n_agents, n_instruments = given.spoken.score.shape
    n_buckets = len(given.chain.horizon)
    memory, views = _in_one_piece(desk)
    course, prints = empty_path(n_steps, n_instruments, n_buckets)
    heard = Spoken(*(np.zeros((n_steps, n_agents, n_instruments)) for _ in Spoken._fields))
    recalled = np.zeros(0 if given.learn else n_steps, dtype=np.int64)
    room = Room(
        rows=np.zeros(n_steps, dtype=np.int64),
        scene=Scene(course, prints, heard, recalled),
        scratch=empty_scratch(n_steps, n_instruments, given.chain.adv_window),
        desk=views,
        memory=memory,
        pristine=memory.copy(),
        record=_brief_record(n_steps, given.spoken.score.shape, n_buckets),
    )
    plan = given.plan._replace(cash_rate=np.zeros(n_steps), margin_rate=np.zeros(n_steps))
    return given._replace(plan=plan), room


def _brief_record(n_steps: int, said: tuple[int, ...], n_buckets: int) -> Record:
    """Give a record that keeps all fills and accounts, and of the rest the newest step."""
    _, n_agents, n_instruments = said
    whole = empty_record(n_steps, n_instruments, n_buckets, n_agents)
    brief = empty_record(1, n_instruments, n_buckets, n_agents)
    return brief._replace(account=whole.account, fill=whole.fill)


def _in_one_piece(nested: Any) -> tuple[Ints, Any]:
    """Give memory that holds all arrays of nested tuples, and the tuples with views of it.

    So that all of it is put back to the start by copying one array, whatever it consists of.
    """
    sizes = [-(-each.nbytes // WORD) for each in _arrays(nested)]
    memory = np.zeros(sum(sizes), dtype=np.int64)
    pieces = np.split(memory, np.cumsum(sizes)[:-1])
    return memory, _rebuilt(nested, iter(pieces))


def _arrays(nested: Any) -> Iterator[npt.NDArray[Any]]:
    if isinstance(nested, np.ndarray):
        yield nested
    elif isinstance(nested, tuple):
        for each in nested:
            yield from _arrays(each)


def _rebuilt(nested: Any, pieces: Iterator[Ints]) -> Any:
    if isinstance(nested, np.ndarray):
        bytes_of_it = next(pieces).view(np.uint8)[: nested.nbytes]
        view = bytes_of_it.view(nested.dtype).reshape(nested.shape)
        view[:] = nested
        return view
    if isinstance(nested, tuple):
        return type(nested)(*(_rebuilt(each, pieces) for each in nested))
    return nested


def empty_tally(n_paths: int) -> Tally:
    """Give a tally to fill in."""
    whole = [np.zeros(n_paths, dtype=np.int64) for _ in range(6)]
    drawdown, digest = np.zeros(n_paths), np.zeros(n_paths, dtype=np.uint64)
    equity, n_fills, n_halts, n_reducing, broken, fault = whole
    return Tally(equity, drawdown, n_fills, n_halts, n_reducing, digest, broken, fault)


@kernel
def walk(given: Given, room: Room, first: int, tally: Tally) -> None:
    """Decide consecutive paths.

    Args:
        given: What they have in common.
        room: Memory; written over.
        first: Number of the first path, > 0.
        tally: One row for each path; filled in place.
    """
    seed, path = given.plan.limits.seed, Path(room.scene.course, room.scene.prints)
    for k in range(len(tally.equity)):
        draw_rows(given.source, seed, first + k, given.mean_block, room.rows)
        lay_path(path, given.source, room.rows, given.chain, room.scratch)
        _recall(given, room)
        room.memory[:] = room.pristine
        room.record.counter[0], room.record.counter[1] = 0, -1
        plan = _of_path(given.plan, first + k)
        decide(room.scene, plan, room.desk, room.record, given.recalled)
        _count(room.record, given.plan.cash, tally, k)
        tally.digest[k] = _hashed(room.record)
        tally.fault[k] = room.desk.ledger.state[FAULT]


@kernel
def _of_path(plan: Plan, path: int) -> Plan:
    """Let chance be that of a path; `path` is the last field of what draws it."""
    limits, terms = Limits(*plan.limits[:-1], path), Terms(*plan.terms[:-1], path)
    return Plan(plan.weigh, plan.trade, limits, plan.tick, terms, *plan[5:])


@leaf
def _recall(given: Given, room: Room) -> None:
    """Let the path hear what was said at its rows, or recall it, and earn what cash earned."""
    said, heard, plan = given.spoken, room.scene.spoken, given.plan
    _, n_agents, n_instruments = said.score.shape
    for step in range(len(room.rows)):
        row = room.rows[step]
        plan.cash_rate[step], plan.margin_rate[step] = given.cash_rate[row], given.margin_rate[row]
        if not given.learn:
            room.scene.source[step] = given.source.step[row]
            continue
        for agent in range(n_agents):
            for i in range(n_instruments):
                heard.score[step, agent, i] = said.score[row, agent, i]
                heard.confidence[step, agent, i] = said.confidence[row, agent, i]
                heard.support[step, agent, i] = said.support[row, agent, i]


@leaf
def _count(record: Record, cash: int, tally: Tally, k: int) -> None:
    """Write down what came of a path; who is ruined stays so."""
    peak, fall, before = float(cash), 0.0, 0
    n_halts, n_reducing = 0, 0
    for step in range(len(record.account)):
        equity, state = float(record.account[step, 1]), record.account[step, 2]
        peak = max(peak, equity)
        fall = max(fall, min(1.0, 1.0 - equity / peak))
        n_halts += 1 if state == HALTED and before != HALTED else 0
        n_reducing += 1 if state == REDUCING else 0
        before = state
    tally.equity[k] = record.account[-1, 1]
    tally.drawdown[k] = fall
    tally.n_fills[k] = record.counter[0]
    tally.n_halts[k] = n_halts
    tally.n_reducing[k] = n_reducing
    tally.broken[k] = record.counter[1]


@leaf
def _hashed(record: Record) -> np.uint64:
    """Hash every fill, equity at the end of every step, and positions at the end."""
    word = np.uint64(record.counter[0])
    for row in range(record.counter[0]):
        for column in range(N_FILL_COLUMNS):
            word = fold(word, record.fill[row, column])
    for step in range(len(record.account)):
        word = fold(word, record.account[step, 1])
    for i in range(record.position.shape[1]):
        word = fold(word, record.position[-1, i, 0])
    return word
