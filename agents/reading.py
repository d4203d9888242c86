"""What agents that read documents share: from when a document counts, and how rows are filled."""

from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np

from steelyard.agents.skill import Skill, opinions
from steelyard.types.arrays import Floats, Ints
from steelyard.types.opinion import (
    Abstention,
    Cause,
    Claim,
    ClaimRow,
    Opinion,
    OpinionBlock,
)
from steelyard.types.world import Snapshot

LONG_AGO = -(10**9)
"""Step of documents that were old before the first step, too old to speak."""
_FRESH_NS = 86_400 * 10**9
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


def fill_block(
    history: Snapshot,
    strength: Floats,
    skill: Skill,
    silence: Ints,
    claims: Callable[[int, int], tuple[Claim, ...]],
) -> OpinionBlock:
    """State opinions for the last rows of a history.

    Args:
        history: Known data.
        strength: Shape (n_block, n_instruments), the last row being `history.step`; NaN
            where there is nothing to speak on.
        skill: The newest fit.
        silence: Cause of each NaN, same shape.
        claims: Claims of an opinion, by row of the block and instrument.
    """
    first = history.step + 1 - len(strength)
    listed = history.listed[first:]
    said = opinions(np.where(listed, strength, np.nan), skill)
    quiet = np.where(np.isnan(strength), silence, Cause.NO_EDGE)
    cause = np.where(said.score != 0.0, Cause.NONE, quiet)
    rows, columns = np.nonzero(said.score)
    return OpinionBlock(
        first=first,
        score=said.score,
        confidence=said.confidence,
        cause=np.where(listed, cause, Cause.NOT_LISTED).astype(np.int64),
        claims=tuple(
            ClaimRow(first + row, column, claim)
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
            for claim in claims(row, column)
        ),
    )


def newest(block: OpinionBlock, now: Snapshot) -> Iterator[Opinion | Abstention]:
    """Give the last row of a block, one answer per listed instrument."""
    claims: defaultdict[int, list[Claim]] = defaultdict(list)
    for row in block.claims:
        if row.step == now.step:
            claims[row.instrument_index].append(row.claim)
    for index, instrument in enumerate(now.instruments):
        cause = Cause(int(block.cause[-1, index]))
        if cause is Cause.NONE:
            score, confidence = float(block.score[-1, index]), float(block.confidence[-1, index])
            yield Opinion(instrument.id, score, confidence, tuple(claims[index]))
        elif cause is not Cause.NOT_LISTED:
            yield Abstention(instrument.id, cause)
