"""Gather: every agent asked at every step, its claims checked, all of it on the tape.

Work is cut into blocks of one agent and one fit. A block's answer depends on the world and
the agent alone, so blocks may be asked in any order, anywhere, and be kept for a later day.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import numpy as np

from steelyard.agents.panel import ask_block, log_failure, refit_blocks
from steelyard.ensemble.claims import check_claims, supports
from steelyard.errors import TapeError
from steelyard.executor import How, Outcome, execute
from steelyard.log import BLOCK_GIVEN_UP, get_logger
from steelyard.types.agent import Agent, SupportedAgent
from steelyard.types.arrays import Floats, Ints
from steelyard.types.opinion import Cause, Claim
from steelyard.types.tape import ClaimCheck, Tape
from steelyard.types.world import World

Progress = Callable[[str, int, int], None]
"""Told (what is being done, how much of it is done, how much there is)."""
HERE = How()
_FAILURES = MappingProxyType({"lost": Cause.LOST, "late": Cause.LATE})
_MATRICES = ("score", "confidence", "support", "cause")


def silent(_what: str, _done: int, _total: int) -> None:
    """Show no progress."""


class Seat(NamedTuple):
    """An agent under the name it has in the scenario."""

    name: str
    agent: Agent


class Block(NamedTuple):
    """Steps `first` to `last`, both included, of the agent at this place of the panel."""

    agent_index: int
    first: int
    last: int

    @property
    def steps(self) -> range:
        """Give its steps."""
        return range(self.first, self.last + 1)


class Answer(NamedTuple):
    """What a block came to; matrices have shape (n_block, n_instruments)."""

    score: Floats
    confidence: Floats
    support: Floats
    cause: Ints
    checks: tuple[ClaimCheck, ...]
    failures: tuple[str, ...] = ()
    """What the agent raised, each once; for people, not on the tape."""


@dataclass(frozen=True)
class Asking:
    """The job of asking a panel about a world."""

    world: World
    panel: tuple[Agent, ...]
    guard: bool = True
    """Refuse an agent of others that is seen to peek."""

    def __call__(self, block: Block) -> Answer:
        """Ask one agent over one block, and check what it claims."""
        failures: dict[str, None] = {}
        agent = self.panel[block.agent_index]
        guard = self.guard and not _is_ours(agent)
        said = ask_block(agent, self.world.snapshot, block.steps, failures.setdefault, guard=guard)
        known = self.world.snapshot(block.last)
        checks = check_claims(known, said.claims, agent_index=block.agent_index)
        support = supports(said, checks)
        if _is_ours(agent) and isinstance(agent, SupportedAgent):
            support = np.where(said.score != 0.0, agent.support, 0.0)
        return Answer(
            said.score, said.confidence, support, said.cause, tuple(checks), tuple(failures)
        )


def _is_ours(agent: Agent) -> bool:
    """Say whether an agent is built in, and proven blind to the future by our own tests."""
    return type(agent).__module__.startswith("steelyard.agents.")


class Keeper(Protocol):
    """Keeps answers, so that a stopped run need not ask again."""

    def kept(self) -> Mapping[Block, Answer]:
        """Give what was kept so far."""

    def keep(self, block: Block, answer: Answer) -> None:
        """Keep an answer, from now on for good."""


class Forgetful:
    """Keeps nothing."""

    def kept(self) -> Mapping[Block, Answer]:
        """Give nothing."""
        return {}

    def keep(self, block: Block, answer: Answer) -> None:
        """Keep nothing."""


class Gathered(NamedTuple):
    """A tape, and who made it."""

    tape: Tape
    executor: str
    """`local`, or `ray` where any of it was asked there."""
    n_workers: int
    """Distinct processes that answered; 1 where nothing was left to ask."""


def gather(
    world: World,
    panel: Sequence[Seat],
    how: How = HERE,
    *,
    keeper: Keeper | None = None,
    progress: Progress = silent,
    guard: bool = True,
) -> Gathered:
    """Ask every agent at every step, check its claims, and record all of it.

    Args:
        world: What there is to know.
        panel: Whom to ask.
        how: Where they are asked; it does not change the tape, unless a worker is lost or
            late again and again, which is an abstention of its own kind.
        keeper: Has the answers of a run that was stopped, and keeps those of this one.
        progress: Told how far it is.
        guard: Ask agents that are not built in again at one step of each block, with
            nothing known but what was known then.

    Raises:
        LookaheadError: a guarded agent then says something else.
    """
    keeper = keeper or Forgetful()
    groups = [list(_blocks(world, index, seat.agent)) for index, seat in enumerate(panel)]
    n_blocks = sum(map(len, groups))
    wanted = {block for group in groups for block in group}
    kept = keeper.kept()
    answers = {block: _fitting(kept[block], block, world) for block in wanted & kept.keys()}
    left = [[block for block in group if block not in answers] for group in groups]
    asking = Asking(world, tuple(seat.agent for seat in panel), guard)
    workers: dict[str, str] = {}
    given_up: list[Block] = []
    progress("asking the panel", len(answers), n_blocks)
    with closing(execute(asking, left, how)) as outcomes:
        for outcome in outcomes:
            seat = panel[outcome.task.agent_index]
            answer = _answer_of(outcome, world, seat.name)
            if outcome.failure:
                given_up.append(outcome.task)
            else:
                keeper.keep(outcome.task, answer)
                workers[outcome.worker] = outcome.kind
            answers[outcome.task] = answer
            progress(f"asking {seat.name}", len(answers), n_blocks)
    for block in given_up:  # only now: a run that is stopped before tries them again
        keeper.keep(block, answers[block])
    progress("asked the panel", n_blocks, n_blocks)
    on_ray = [worker for worker, kind in workers.items() if kind == "ray"]
    return Gathered(
        lay_tape(world, panel, answers), "ray" if on_ray else "local", max(1, len(on_ray))
    )


def _blocks(world: World, agent_index: int, agent: Agent) -> Iterable[Block]:
    for steps in refit_blocks(world.first_step, world.n_steps - 1, agent.refit_every):
        yield Block(agent_index, steps[0], steps[-1])


def _fitting(answer: Answer, block: Block, world: World) -> Answer:
    """Give a kept answer, if it is one to this block.

    Raises:
        TapeError: it has another shape.
    """
    shape = len(block.steps), len(world.instruments)
    if answer.score.shape != shape:
        raise TapeError(
            f"a kept answer has shape {answer.score.shape}, but {block} needs {shape}",
            hint="run the scenario anew",
        )
    return answer


def _answer_of(outcome: Outcome, world: World, name: str) -> Answer:
    """Give the answer; where none came, abstentions that say so."""
    if not outcome.failure:
        answer: Answer = outcome.answer
        for failure in answer.failures:
            log_failure(name, failure)
        return answer
    block: Block = outcome.task
    get_logger().warning(
        BLOCK_GIVEN_UP, agent=name, first=block.first, last=block.last, why=outcome.failure
    )
    rows = slice(block.first, block.last + 1)
    listed, decides = world.listed[rows], world.timing.decides[rows, None]
    cause = np.select(
        [~listed, ~decides], [Cause.NOT_LISTED, Cause.NOT_ASKED], _FAILURES[outcome.failure]
    ).astype(np.int64)
    nothing = np.zeros(listed.shape)
    return Answer(nothing, nothing, nothing, cause, ())


def lay_tape(world: World, panel: Sequence[Seat], answers: Mapping[Block, Answer]) -> Tape:
    """Put answers in their places; what was never asked is NOT_ASKED."""
    shape = (world.n_steps, len(panel), len(world.instruments))
    score, confidence, support = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    cause = np.full(shape, int(Cause.NOT_ASKED), dtype=np.int64)
    checks: list[ClaimCheck] = []
    for block, answer in sorted(answers.items()):
        rows = slice(block.first, block.last + 1), block.agent_index
        score[rows], confidence[rows] = answer.score, answer.confidence
        support[rows], cause[rows] = answer.support, answer.cause
        checks += answer.checks
    return Tape(
        agents=tuple(seat.name for seat in panel),
        instruments=tuple(instrument.id for instrument in world.instruments),
        horizon=np.array([seat.agent.horizon for seat in panel], dtype=np.int64),
        reads_text=np.array([seat.agent.reads_text for seat in panel], dtype=np.bool_),
        score=score,
        confidence=confidence,
        support=support,
        cause=cause,
        checks=tuple(sorted(checks, key=_place)),
    )


def _place(check: ClaimCheck) -> tuple[int, int, int]:
    return check.step, check.agent_index, check.instrument_index


def to_bytes(answer: Answer) -> bytes:
    """Write an answer down, to the bit."""
    head = {"shape": answer.score.shape, "checks": answer.checks}
    matrices = b"".join(getattr(answer, name).astype("<f8").tobytes() for name in _MATRICES)
    return zlib.compress(json.dumps(head).encode() + b"\n" + matrices, level=1)


def from_bytes(written: bytes) -> Answer:
    """Read what `to_bytes` wrote.

    Raises:
        TapeError: it is something else.
    """
    try:
        head, _, matrices = zlib.decompress(written).partition(b"\n")
        told = json.loads(head)
        numbers = np.frombuffer(matrices, dtype="<f8").reshape(len(_MATRICES), *told["shape"])
        score, confidence, support, cause = (each.copy() for each in numbers)
        checks = tuple(_check(entry) for entry in told["checks"])
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise TapeError(f"a kept answer cannot be read: {error}") from error
    return Answer(score, confidence, support, cause.astype(np.int64), checks)


def _check(entry: list[Any]) -> ClaimCheck:
    step, agent_index, instrument_index, claim, result, found = entry
    return ClaimCheck(
        int(step), int(agent_index), int(instrument_index), Claim(*claim), result, found
    )
