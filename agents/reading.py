"""What agents that read documents share: from when a document counts, and where it is asked."""

import numpy as np

from steelyard.types.arrays import Floats, Ints
from steelyard.types.units import DAY_NS
from steelyard.types.world import Snapshot

LONG_AGO = -(10**9)
"""Step of documents that were old before the first step, too old to speak."""
_FRESH_NS = DAY_NS
"""A document of the day before the first decision still counts as of that step."""


def document_steps(history: Snapshot) -> Ints:
    """Give the first step that knows each document, shape (n_documents,)."""
    as_of = history.timing.as_of
    known_at = np.array([document.known_at for document in history.documents], dtype=np.int64)
    step = np.searchsorted(as_of, known_at, side="left")
    return np.where(known_at < as_of[0] - _FRESH_NS, LONG_AGO, step).astype(np.int64)


def asked(history: Snapshot, strength: Floats) -> Floats:
    """Blank the strengths of steps and instruments that nobody asks about.

    Args:
        history: Known data.
        strength: Of steps 0 to `history.step`, shape (step + 1, n_instruments).
    """
    return np.where(history.listed & history.timing.decides[:, None], strength, np.nan)
