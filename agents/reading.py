"""What agents that read documents share: from when one counts, where it is asked, a citation."""

from collections.abc import Sequence

import numpy as np

from steelyard.agents.answers import LONGEST_QUOTE
from steelyard.types.arrays import Floats, Ints
from steelyard.types.opinion import Claim
from steelyard.types.units import DAY_NS
from steelyard.types.world import Snapshot

LONG_AGO = -(10**9)
"""Step of documents that were old before the first step, too old to speak."""
_FRESH_NS = DAY_NS
"""A document of the day before the first decision still counts as of that step."""


def document_steps(history: Snapshot) -> Ints:
    """Give the first step that knows each document, shape (n_documents,)."""
    return first_known(history, [document.known_at for document in history.documents])


def first_known(history: Snapshot, known_at: Sequence[int]) -> Ints:
    """Give the first step that knows each of some instants (UTC nanoseconds), shape (n,)."""
    as_of, instant = history.timing.as_of, np.array(known_at, dtype=np.int64)
    step = np.searchsorted(as_of, instant, side="left")
    return np.where(instant < as_of[0] - _FRESH_NS, LONG_AGO, step).astype(np.int64)


def asked(history: Snapshot, strength: Floats) -> Floats:
    """Blank the strengths of steps and instruments that nobody asks about.

    Args:
        history: Known data.
        strength: Of steps 0 to `history.step`, shape (step + 1, n_instruments).
    """
    return np.where(history.listed & history.timing.decides[:, None], strength, np.nan)


def quotation(document: str, quote: str, about: str) -> Claim:
    """Cite words of a document, as they stand there.

    Args:
        document: Its id.
        quote: The words; cut where they are longer than a claim may have.
        about: Instrument of which they speak; empty: of all.
    """
    return Claim(
        entity=about,
        metric="quote",
        value=1.0,
        unit="quote",
        scale=1.0,
        period="",
        source=f"document:{document}",
        quote=quote[:LONGEST_QUOTE],
    )
