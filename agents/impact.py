"""What moves came after each kind of event, as known at each step."""

from typing import NamedTuple

import numpy as np

from steelyard.agents.mentions import EVENTS, Mentions, faded, summed
from steelyard.agents.skill import overlap_weight
from steelyard.types.arrays import Floats

PRIOR_EVENTS = 20.0
"""Independent events that the prior, no move beyond the usual one, counts for."""
NORMAL_95 = 1.96
"""Half a 95 % interval of the normal, in standard errors."""


class Impact(NamedTuple):
    """What came after a kind of event; moves in volatilities over the horizon."""

    event: str
    """One of `steelyard.agents.mentions.EVENTS`."""
    n: float
    """Independent events that it rests on, >= 0."""
    mean: float
    """Signed move beyond that of all steps, shrunk to 0."""
    low: float
    """The mean's 95 % interval."""
    high: float
    size: float
    """Absolute move over that of all steps, shrunk to 1."""


class Moves(NamedTuple):
    """Settled outcomes, and from when each may be learnt from."""

    target: Floats
    """In volatilities over the horizon, shape (n_steps, n_instruments); NaN where none."""
    horizon: int
    settle_offset: int


class _Past(NamedTuple):
    """Sums over all that had settled by each step; shape (n_steps,)."""

    n: Floats
    total: Floats
    size: Floats
    square: Floats


def expected_moves(mentions: Mentions, moves: Moves, half_life: float) -> Floats:
    """Give what usually came after the events that are young, shape as `moves.target`.

    Row t rests on outcomes settled by step t. Where several are young their impacts are
    averaged by how fresh and loud each is, with one more of none.
    """
    shape = moves.target.shape
    heard, expected = np.zeros(shape), np.zeros(shape)
    usual = _past(np.ones(shape), moves)
    for _event, told in _by_event(mentions):
        amount = summed(told, told.weight, shape)
        mass = faded(amount, half_life)
        heard += mass
        expected += mass * _shrunk(_past(amount, moves), usual)[:, None]
    return expected / (heard + 1.0)


def impacts(mentions: Mentions, moves: Moves) -> tuple[Impact, ...]:
    """Give the impact of every kind of event heard of, as known at the last step."""
    shape = moves.target.shape
    usual = _past(np.ones(shape), moves)
    return tuple(
        _impact(event, _past(summed(told, told.weight, shape), moves), usual)
        for event, told in _by_event(mentions)
    )


def _by_event(mentions: Mentions) -> list[tuple[str, Mentions]]:
    """Part the stories by what they report."""
    stories = mentions.only(mentions.tells)
    return [
        (EVENTS[index], stories.only(stories.event == index))
        for index in np.unique(stories.event).tolist()
    ]


def _past(amount: Floats, moves: Moves) -> _Past:
    """Sum over the cells with an amount; those that overlap share their weight."""
    settled = (amount > 0.0) & np.isfinite(moves.target)
    weight = overlap_weight(settled, moves.horizon)
    move = np.where(settled, moves.target, 0.0)
    return _Past(
        *(
            _settled((weight * value).sum(axis=1), moves.settle_offset)
            for value in (1.0, move, np.abs(move), move * move)
        )
    )


def _settled(per_step: Floats, settle_offset: int) -> Floats:
    """Give the running sum of what had settled by each step."""
    total = np.zeros(len(per_step))
    total[settle_offset:] = np.cumsum(per_step)[: max(0, len(per_step) - settle_offset)]
    return total


def _shrunk(past: _Past, usual: _Past) -> Floats:
    """Give the mean move beyond the usual one, drawn to 0."""
    mean = usual.total / np.maximum(usual.n, 1.0)
    return (past.total - past.n * mean) / (past.n + PRIOR_EVENTS)


def _impact(event: str, past: _Past, usual: _Past) -> Impact:
    count, _total, size, square = (float(each[-1]) for each in past)
    mean = float(_shrunk(past, usual)[-1])
    usual_size = float(usual.size[-1]) / max(float(usual.n[-1]), 1.0)
    spread = np.sqrt((PRIOR_EVENTS + square) / (PRIOR_EVENTS + count))
    error = NORMAL_95 * float(spread) / np.sqrt(PRIOR_EVENTS + count)
    ratio = size / usual_size if usual_size > 0.0 else count
    relative = (PRIOR_EVENTS + ratio) / (PRIOR_EVENTS + count)
    return Impact(event, count, mean, mean - float(error), mean + float(error), relative)
