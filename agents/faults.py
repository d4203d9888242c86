"""What goes wrong with agents, laid over a tape: pure, seeded, from one step on.

Each function gives the tape as it would have been had the fault begun at a step; rows
before it are kept to the bit.
"""

from typing import NamedTuple

import numpy as np

from steelyard.types.arrays import Bools, Floats
from steelyard.types.chance import Stream, generator
from steelyard.types.opinion import Cause
from steelyard.types.tape import Tape

CERTAIN = 0.99
"""Confidence of an agent that believes it cannot be wrong."""


class Onset(NamedTuple):
    """Where and when a fault begins."""

    first: int
    """First step that has it."""
    agent_index: int = 0
    """Of the agent that has it; those that befall all agents ignore it."""
    seed: int = 0


def loudest(share: Floats, first: int, n_steps: int) -> int:
    """Give the agent that had most to say before a step.

    Args:
        share: Additive share of each agent in the pooled log-odds, shape (T, N, B, K).
        first: The step.
        n_steps: Steps before it that count.

    Returns:
        Index of the agent with the largest sum of absolute shares; the first of equals.
    """
    said = np.abs(share[max(0, first - n_steps) : first]).sum(axis=(0, 1, 2))
    return int(np.argmax(said))


def down(tape: Tape, onset: Onset) -> Tape:
    """Let one agent fall silent: its process is gone, and nobody starts it again."""
    spoke = _cells(tape, onset, tape.cause == Cause.NONE)
    return _without_checks(
        tape._replace(
            score=np.where(spoke, 0.0, tape.score),
            confidence=np.where(spoke, 0.0, tape.confidence),
            support=np.where(spoke, 0.0, tape.support),
            cause=np.where(spoke, int(Cause.LOST), tape.cause),
        ),
        onset,
    )


def flipped(tape: Tape, onset: Onset) -> Tape:
    """Let one agent say the opposite of what it means: a sign is wrong somewhere."""
    own = _cells(tape, onset, np.ones(tape.score.shape, dtype=np.bool_))
    return _without_checks(tape._replace(score=np.where(own, -tape.score, tape.score)), onset)


def overconfident(tape: Tape, onset: Onset) -> Tape:
    """Let one agent be sure of all that it says, however little it knows."""
    spoke = _cells(tape, onset, tape.cause == Cause.NONE)
    return tape._replace(confidence=np.where(spoke, CERTAIN, tape.confidence))


def late(tape: Tape, onset: Onset, n_steps: int = 3) -> Tape:
    """Let every agent say what it should have said `n_steps` before.

    Until then nothing arrives; nobody is told that what arrives is old.
    """
    columns = {}
    for name in ("score", "confidence", "support", "cause"):
        column = getattr(tape, name).copy()
        column[onset.first + n_steps :] = getattr(tape, name)[onset.first : -n_steps]
        columns[name] = column
    waiting = np.zeros(tape.cause.shape, dtype=np.bool_)
    waiting[onset.first : onset.first + n_steps] = True
    spoke = waiting & (tape.cause == Cause.NONE)
    for name in ("score", "confidence", "support"):
        columns[name][spoke] = 0.0
    columns["cause"][spoke] = int(Cause.LATE)
    return _without_checks(tape._replace(**columns), onset)


def decaying(tape: Tape, onset: Onset, half_life: float = 10.0) -> Tape:
    """Let what every agent knows turn into noise, half of it after `half_life` steps.

    An opinion that has turned keeps its size and its confidence; its side is a fair coin's.
    """
    age = np.maximum(0, np.arange(len(tape.score)) - onset.first + 1)
    turned = np.where(age > 0, 1.0 - 0.5 ** (age / half_life), 0.0)[:, None, None]
    chance = generator(onset.seed, Stream.FAULT)
    lost = chance.random(tape.score.shape) < turned
    coin = np.where(chance.random(tape.score.shape) < 0.5, -1.0, 1.0)  # noqa: PLR2004 - fair
    noise = coin * np.abs(tape.score)
    return _without_checks(tape._replace(score=np.where(lost, noise, tape.score)), onset)


def crowd_pressure(tape: Tape, onset: Onset, half_life: float = 3.0) -> Floats:
    """Give where a crowd of our opinion has pushed prices before our order arrives.

    The crowd hears what the panel says and trades it one bar earlier, each time its mean
    side changes; what it pushed comes back with a half-life, while we hold.

    Returns:
        Displacement of the price over each bar's close, in units of volatility per step and
        of one whole change of mind (from nothing to all agents on one side), shape (T, N); 0
        before the first step.
    """
    spoke = tape.cause == Cause.NONE
    side = np.where(spoke, np.sign(tape.score), 0.0).sum(axis=1) / np.maximum(1, spoke.sum(axis=1))
    change = np.diff(side, axis=0, prepend=side[:1])
    change[: onset.first] = 0.0
    kept = 0.5 ** (1.0 / half_life)
    pressure = np.zeros(change.shape)
    for step in range(onset.first, len(change)):
        pressure[step] = kept * pressure[step - 1] + change[step]
    return pressure


def _cells(tape: Tape, onset: Onset, among: Bools) -> Bools:
    """Say which cells of the faulty agent are among some, from the first step on."""
    cells = np.zeros(tape.score.shape, dtype=np.bool_)
    rows = slice(onset.first, None), onset.agent_index
    cells[rows] = among[rows]
    return cells


def _without_checks(tape: Tape, onset: Onset) -> Tape:
    """Drop checks of claims that now stand behind another opinion, or behind none."""
    return tape._replace(checks=tuple(each for each in tape.checks if each.step < onset.first))
