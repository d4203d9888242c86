"""How right the pool was, beside the base rate."""

from typing import Any

import numpy as np

from steelyard.evaluation import loss
from steelyard.evaluation.agents import loss_figures
from steelyard.evaluation.bootstrap import Interval, interval, mean_block
from steelyard.evaluation.evidence import Evidence
from steelyard.evaluation.rows import Rows, co_movement, joined, settled_rows


def verdict_rows(evidence: Evidence) -> Rows:
    """Give the pooled probabilities that settled, of all buckets, where an opinion stands."""
    record, outcome = evidence.record, evidence.course.outcome
    stands = record.stands.copy()
    stands[: evidence.first_step] = False
    return joined(
        [
            settled_rows(
                record.probability[:, :, bucket],
                record.base_rate[:, bucket],
                outcome[:, :, bucket],
                counts=stands[:, :, bucket],
                horizon=int(horizon),
            )
            for bucket, horizon in enumerate(evidence.horizon)
        ]
    )


def verdict_figures(evidence: Evidence) -> dict[str, Any]:
    """Give the pool's losses, calibration error, and difference in log loss to the base rate."""
    rows = verdict_rows(evidence)
    asked = sorted(set(evidence.bucket.tolist()))
    moves = [co_movement(evidence.course.outcome[:, :, bucket]) for bucket in asked]
    correlation = float(np.mean(moves)) if moves else 0.0
    return loss_figures(rows, correlation) | {
        "n_settled": len(rows.up),
        "log_loss_difference": loss_difference(evidence, rows)._asdict(),
    }


def loss_difference(evidence: Evidence, rows: Rows) -> Interval:
    """Give mean log loss less that of the base rate on the same rows; below 0 is better."""
    n_steps = len(evidence.course.session)
    excess = loss.log_losses(rows.probability, rows.up) - loss.log_losses(rows.base_rate, rows.up)
    first = evidence.first_step
    total = np.bincount(rows.step, excess, minlength=n_steps)[first:].astype(np.float64)
    count = np.bincount(rows.step, minlength=n_steps)[first:].astype(np.float64)
    return interval(total, count, mean_block(len(total), evidence.longest_horizon))
