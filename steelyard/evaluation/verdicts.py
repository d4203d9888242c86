"""How right the pool was, beside the base rate."""

from typing import Any

import numpy as np

from steelyard.evaluation.agents import loss_difference, loss_figures
from steelyard.evaluation.finished import Finished
from steelyard.evaluation.rows import Rows, co_movement, joined, settled_rows


def verdict_rows(finished: Finished) -> Rows:
    """Give the pooled probabilities that settled, of all buckets, where an opinion stands."""
    record, outcome = finished.record, finished.course.outcome
    stands = record.stands.copy()
    stands[: finished.first_step] = False
    return joined(
        [
            settled_rows(
                record.probability[:, :, bucket],
                record.base_rate[:, bucket],
                outcome[:, :, bucket],
                counts=stands[:, :, bucket],
                horizon=int(horizon),
            )
            for bucket, horizon in enumerate(finished.horizon)
        ]
    )


def verdict_figures(finished: Finished) -> dict[str, Any]:
    """Give the pool's losses, calibration error, and difference in log loss to the base rate."""
    rows = verdict_rows(finished)
    asked = sorted(set(finished.bucket.tolist()))
    moves = [co_movement(finished.course.outcome[:, :, bucket]) for bucket in asked]
    correlation = float(np.mean(moves)) if moves else 0.0
    return loss_figures(rows, correlation) | {
        "n_settled": len(rows.up),
        "log_loss_difference": loss_difference(finished, rows, finished.longest_horizon)._asdict(),
    }
