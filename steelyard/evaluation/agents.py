"""How right each agent was, apart from profit."""

from typing import Any

import numpy as np

from steelyard.evaluation import loss
from steelyard.evaluation.bootstrap import Interval, interval, mean_block
from steelyard.evaluation.finished import Finished
from steelyard.evaluation.rows import Rows, co_movement, n_effective, settled_rows
from steelyard.types.arrays import Bools, Floats
from steelyard.types.opinion import Cause

FEWEST_EFFECTIVE = 200
"""Effective settled opinions below which an agent is not judged: the noise floor of the
calibration error is then above .1."""
NOT_COUNTED = {Cause.NONE, Cause.NOT_LISTED, Cause.NOT_ASKED}
"""Nothing was asked, so keeping silent says nothing."""


def agent_figures(finished: Finished) -> dict[str, dict[str, Any]]:
    """Give each agent's figures by its name; NaN where there is nothing to tell."""
    tape = finished.tape
    moves = {int(b): co_movement(_outcome(finished, int(b))) for b in set(finished.bucket)}
    return {
        name: _figures(finished, agent, moves[int(finished.bucket[agent])])
        for agent, name in enumerate(tape.agents)
    }


def abstentions(finished: Finished, agent: int) -> dict[str, int]:
    """Count an agent's abstentions by cause, where it was asked; the most frequent first."""
    causes = finished.tape.cause[finished.first_step :, agent]
    counted = [cause for cause in Cause if cause not in NOT_COUNTED]
    counts = {cause.name.lower(): int((causes == cause).sum()) for cause in counted}
    return {cause: n for cause, n in sorted(counts.items(), key=_most_first) if n}


def _most_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def agent_rows(finished: Finished, agent: int) -> Rows:
    """Give an agent's settled opinions, whether replaced since or not."""
    tape, bucket = finished.tape, int(finished.bucket[agent])
    confidence = tape.confidence[:, agent]
    return settled_rows(
        np.where(tape.score[:, agent] > 0, confidence, 1.0 - confidence),
        finished.record.base_rate[:, bucket],
        _outcome(finished, bucket),
        counts=_spoke(finished, agent),
        horizon=int(finished.horizon[bucket]),
    )


def _spoke(finished: Finished, agent: int) -> Bools:
    spoke: Bools = finished.tape.cause[:, agent] == int(Cause.NONE)
    spoke[: finished.first_step] = False
    return spoke


def _outcome(finished: Finished, bucket: int) -> Floats:
    return finished.course.outcome[:, :, bucket]


def _figures(finished: Finished, agent: int, correlation: float) -> dict[str, Any]:
    spoke, rows = _spoke(finished, agent), agent_rows(finished, agent)
    silent = abstentions(finished, agent)
    score = finished.tape.score[:, agent][spoke]
    confidence = finished.tape.confidence[:, agent][spoke]
    settled = np.zeros(spoke.shape, dtype=np.bool_)
    settled[rows.step, rows.instrument] = True
    horizon = int(finished.tape.horizon[agent])
    effective = n_effective(settled, horizon, correlation)
    return {
        "n_opinions": len(score),
        "n_abstentions": sum(silent.values()),
        "abstentions": silent,
        "n_settled": len(rows.up),
        "n_effective": effective,
        "judged": effective >= FEWEST_EFFECTIVE,
        "hit_rate": _mean((rows.probability > 0.5) == (rows.up > 0)),  # noqa: PLR2004 - even odds
        "score_sd": _spread(score),
        "confidence_sd": _spread(confidence),
        "mean_confidence": _mean(confidence),
        **loss_figures(rows, correlation),
        "log_loss_difference": loss_difference(finished, rows, horizon)._asdict(),
    }


def loss_figures(rows: Rows, correlation: float) -> dict[str, float]:
    """Give losses beside those of the base rate on the same rows, and calibration errors.

    Args:
        rows: Settled forecasts.
        correlation: Of the outcomes' signs between instruments.
    """
    error, floor = loss.ece(rows.probability, rows.up), loss.ece_floor(rows, correlation)
    return {
        "log_loss": loss.log_loss(rows.probability, rows.up),
        "base_rate_log_loss": loss.log_loss(rows.base_rate, rows.up),
        "brier": loss.brier(rows.probability, rows.up),
        "base_rate_brier": loss.brier(rows.base_rate, rows.up),
        "ece": error,
        "ece_floor": floor,
        "ece_floor_independent": loss.ece_floor_independent(rows.probability),
        "calibration_error": error - floor,
    }


def loss_difference(finished: Finished, rows: Rows, horizon: int) -> Interval:
    """Give mean log loss less that of the base rate on the same rows; below 0 is better.

    Args:
        finished: The run.
        rows: Settled forecasts of it.
        horizon: The longest of the rows, which the blocks of the interval are made to.
    """
    n_steps = len(finished.course.session)
    excess = loss.log_losses(rows.probability, rows.up) - loss.log_losses(rows.base_rate, rows.up)
    first = finished.first_step
    total = np.bincount(rows.step, excess, minlength=n_steps)[first:].astype(np.float64)
    count = np.bincount(rows.step, minlength=n_steps)[first:].astype(np.float64)
    return interval(total, count, mean_block(len(total), horizon))


def _mean(values: Floats | Bools) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _spread(values: Floats) -> float:
    return float(values.std()) if len(values) else float("nan")
