"""Small worlds with a known truth, and a driver of `weigh` over them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from steelyard.ensemble.weigh import PoolMode, WeighSettings, WeighState, start, weigh
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.decision import Said, Verdicts


class Course(NamedTuple):
    """Opinions and outcomes of all steps."""

    score: Floats
    """Shape (n_steps, K, N); 0 where the agent is silent."""
    confidence: Floats
    support: Floats
    outcome: Floats
    """Return after each step, shape (n_steps, N, B); NaN where it never settles."""
    volatility: Floats
    """Shape (n_steps, N)."""
    listed: Bools


@dataclass(frozen=True)
class Weighed:
    """What `weigh` said over a course."""

    probability: Floats
    """Shape (n_steps, N, B)."""
    base_rate: Floats
    """Shape (n_steps, B)."""
    share: Floats
    """Shape (n_steps, N, B, K)."""
    expected: Floats
    state: WeighState
    last: Verdicts


def settings_for(bucket_of_agent: list[int], horizon: list[int], **changes: Any) -> WeighSettings:
    """Give settings with sensible defaults; outcomes settle `horizon + 1` steps later."""
    n_agents = len(bucket_of_agent)
    plain = WeighSettings(
        bucket_of_agent=np.array(bucket_of_agent, dtype=np.int64),
        horizon=np.array(horizon, dtype=np.int64),
        settle_offset=np.array(horizon, dtype=np.int64) + 1,
        reads_text=np.zeros(n_agents, dtype=np.bool_),
        active=np.ones(n_agents, dtype=np.bool_),
        quorum=1,
        max_log_odds=1.0,
        pool=int(PoolMode.ADAPTIVE),
    )
    return plain._replace(**changes)


def course_of(log_odds: Floats, outcome: Floats) -> Course:
    """Turn stated log-odds (n_steps, K, N), NaN where silent, into a fully supported course."""
    spoke = np.isfinite(log_odds)
    stated = np.where(spoke, log_odds, 0.0)
    n_steps, _, n_instruments = log_odds.shape
    return Course(
        score=np.where(spoke, np.copysign(0.5, stated), 0.0),
        confidence=np.where(spoke, 1.0 / (1.0 + np.exp(-np.abs(stated))), 0.0),
        support=np.where(spoke, 1.0, 0.0),
        outcome=outcome,
        volatility=np.full((n_steps, n_instruments), 0.01),
        listed=np.ones((n_steps, n_instruments), dtype=np.bool_),
    )


def reordered(course: Course, order: list[int] | Ints, *, axis: int) -> Course:
    """Take opinions in another order along agents (axis 1) or instruments (2)."""
    return course._replace(
        score=np.take(course.score, order, axis=axis),
        confidence=np.take(course.confidence, order, axis=axis),
        support=np.take(course.support, order, axis=axis),
    )


def said_at(course: Course, step: int, settings: WeighSettings) -> Said:
    """Give what `weigh` is told at one step."""
    settled = np.full(course.outcome.shape[1:], np.nan)
    for bucket, offset in enumerate(settings.settle_offset):
        if step >= offset:
            settled[:, bucket] = course.outcome[step - offset, :, bucket]
    return Said(
        course.score[step],
        course.confidence[step],
        course.support[step],
        course.listed[step],
        settled,
        course.volatility[step],
    )


def weigh_all(
    course: Course,
    settings: WeighSettings,
    *,
    kernel: Callable[..., tuple[WeighState, Verdicts]] = weigh,
) -> Weighed:
    """Weigh a whole course."""
    n_steps, _, n_instruments = course.score.shape
    state, said = start(settings, n_instruments), []
    for step in range(n_steps):
        state, verdicts = kernel(state, said_at(course, step, settings), settings)
        said.append(verdicts)
    return Weighed(
        probability=np.stack([verdicts.probability for verdicts in said]),
        base_rate=np.stack([verdicts.base_rate for verdicts in said]),
        share=np.stack([verdicts.share for verdicts in said]),
        expected=np.stack([verdicts.expected for verdicts in said]),
        state=state,
        last=said[-1],
    )


def skilled_world(
    seed: int, n_steps: int, noise: tuple[float, ...], *, n_instruments: int = 1, flip: bool = False
) -> Course:
    """Make agents that see a truth through noise and state twice the log-odds they should.

    Args:
        seed: Of the generator.
        n_steps: Length.
        noise: Standard deviation of each agent's error; the truth's is 1. Infinite: no skill.
        n_instruments: All alike and independent.
        flip: Whether the first agent turns into its opposite half-way.
    """
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal((n_steps, 1, n_instruments))
    size = np.array(noise)[None, :, None]
    error = rng.standard_normal((n_steps, len(noise), n_instruments))
    skilled = np.isfinite(size)
    seen = np.where(skilled, truth + np.where(skilled, size, 0.0) * error, error)
    stated = 2.0 * seen / (1.0 + np.where(skilled, size, 1.0) ** 2)
    if flip:
        stated[n_steps // 2 :, 0] *= -1.0
    up = rng.random((n_steps, n_instruments)) < 1.0 / (1.0 + np.exp(-truth[:, 0]))
    size_of_move = 0.01 * np.abs(rng.standard_normal((n_steps, n_instruments))) + 1e-6
    return course_of(stated, np.where(up, size_of_move, -size_of_move)[:, :, None])


def log_loss(probability: Floats, outcome: Floats) -> Floats:
    """Give the log loss of P(up), elementwise, nats."""
    return -np.where(outcome > 0, np.log(probability), np.log1p(-probability))


def mean_loss(probability: Floats, course: Course) -> float:
    """Give the mean log loss of (n_steps, N, B) probabilities over the last four fifths."""
    first = len(probability) // 5
    return float(np.mean(log_loss(probability, course.outcome)[first:]))
