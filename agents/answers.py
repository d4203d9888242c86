"""What counts as an answer: everything an agent says passes through here, and no NaN does."""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from numbers import Real

import numpy as np

from steelyard.agents.skill import Skill, opinions
from steelyard.errors import AgentError
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.opinion import (
    Abstention,
    Cause,
    Claim,
    ClaimRow,
    Opinion,
    OpinionBlock,
    quantise,
)
from steelyard.types.world import Snapshot

MOST_CLAIMS = 16
"""Claims per opinion; more would make the check, not the opinion, the work."""

LONGEST_NAME = 200
"""Characters of a claim's entity, metric, unit, period and source."""

EVEN = 0.5
"""Least confidence: whoever believes less in its side means the other."""

LONGEST_QUOTE = 2000
"""Characters of a claim's quote."""

SMALLEST_FIGURE, LARGEST_FIGURE = 1e-100, 1e100
"""Sizes of a claim's value and scale, unless 0: their products and quotients are numbers."""

CLAIM_DIGITS = 6
"""Digits behind the point to which an agent rounds a figure that it claims."""

_NO_CHARACTER = re.compile(r"[\ud800-\udfff]")
"""Half of a pair of UTF-16, which no file can hold."""
_CLAIM_TEXTS = ("entity", "metric", "unit", "period", "source", "quote")
_MISSING, _SPOKE = int(Cause.MISSING), int(Cause.NONE)
"""Members of an enumeration are slow to reach for each answer."""
_CAUSES = tuple(cause for cause in Cause if cause is not Cause.NONE)


def all_of(cause: Cause, known: Snapshot, steps: range) -> OpinionBlock:
    """Give a block that says `cause` at each of `steps`, NOT_LISTED where that is so."""
    listed = known.listed[steps.start : steps.stop]
    codes = np.where(listed, cause, Cause.NOT_LISTED).astype(np.int64)
    return OpinionBlock(steps.start, np.zeros(listed.shape), np.zeros(listed.shape), codes, ())


def gathered(answers: Iterable[object], now: Snapshot) -> OpinionBlock:
    """Put one step's answers, in any order, in a block of one row.

    An instrument answered twice is INVALID, one not answered MISSING. What is no answer,
    or speaks of an instrument that is not in the universe, has no cell and is dropped.
    """
    block = all_of(Cause.MISSING, now, range(now.step, now.step + 1))
    columns = {instrument.id: column for column, instrument in enumerate(now.instruments)}
    claims: list[ClaimRow] = []
    for answer in answers:
        if not isinstance(answer, Opinion | Abstention) or answer.instrument not in columns:
            continue
        column = columns[answer.instrument]
        first_time = block.cause[0, column] == _MISSING
        block.cause[0, column] = _cause_of(answer) if first_time else Cause.INVALID
        if isinstance(answer, Opinion) and block.cause[0, column] == _SPOKE:
            block.score[0, column] = answer.score
            block.confidence[0, column] = answer.confidence
            claims.extend(ClaimRow(now.step, column, claim) for claim in answer.claims)
    return block._replace(claims=tuple(claims))


def shaped(block: OpinionBlock, first: int, history: Snapshot) -> OpinionBlock:
    """Give a block with arrays of the types and the shape that were asked for.

    Raises:
        AgentError: a matrix has another shape, or a claim belongs to no cell.
    """
    shape = history.step + 1 - first, len(history.instruments)
    score = np.array(block.score, dtype=np.float64)
    confidence = np.array(block.confidence, dtype=np.float64)
    cause = np.array(block.cause, dtype=np.int64)
    if not score.shape == confidence.shape == cause.shape == shape:
        raise AgentError(f"a block had shape {score.shape}, but {shape} was asked for")
    for row in block.claims:
        if not (first <= row.step <= history.step and 0 <= row.instrument_index < shape[1]):
            raise AgentError(f"a claim belonged to {row[:2]}, which is not in its block")
    return OpinionBlock(first, score, confidence, cause, tuple(block.claims))


def checked(block: OpinionBlock, known: Snapshot) -> OpinionBlock:
    """Quantise what is an opinion; give every other cell its cause.

    In this order: NOT_LISTED, NOT_ASKED where the step does not decide, INVALID, the cause
    stated. Claims are kept where an opinion is, in (step, instrument) order.
    """
    n_rows = len(block.score)
    rows = slice(block.first, block.first + n_rows)
    score, confidence = quantise(block.score), quantise(block.confidence)
    said = block.cause == Cause.NONE
    sound = (np.abs(score) <= 1.0) & (score != 0.0) & (confidence >= EVEN) & (confidence <= 1.0)
    sound &= _sound_claims(block)
    own = np.isin(block.cause, _CAUSES) & (block.cause != Cause.NOT_LISTED)
    cause = np.select(
        [~known.listed[rows], ~known.timing.decides[rows, None], said & sound, own & ~said],
        [Cause.NOT_LISTED, Cause.NOT_ASKED, Cause.NONE, block.cause],
        Cause.INVALID,
    ).astype(np.int64)
    speaks = cause == Cause.NONE
    return OpinionBlock(
        block.first,
        np.where(speaks, score, 0.0),
        np.where(speaks, confidence, 0.0),
        cause,
        tuple(_kept(block, speaks)),
    )


def state_opinions(
    history: Snapshot,
    strength: Floats,
    silence: Ints,
    skill: Skill,
    claims: Callable[[int, int], tuple[Claim, ...]],
) -> OpinionBlock:
    """State what strengths are worth, for the last rows of a history.

    Args:
        history: Known data.
        strength: Shape (n_block, n_instruments), the last row being `history.step`; NaN
            where there is nothing to speak on.
        silence: Cause of each NaN, same shape.
        skill: The newest fit.
        claims: Gives the claims of an opinion, by row of the block and instrument.
    """
    first = history.step + 1 - len(strength)
    listed = history.listed[first:]
    said = opinions(np.where(listed, strength, np.nan), skill)
    quiet = np.where(np.isnan(strength), silence, Cause.NO_EDGE)
    cause = np.where(said.score != 0.0, Cause.NONE, quiet)
    return OpinionBlock(
        first=first,
        score=said.score,
        confidence=said.confidence,
        cause=np.where(listed, cause, Cause.NOT_LISTED).astype(np.int64),
        claims=tuple(
            ClaimRow(first + row, column, claim)
            for row, column in np.argwhere(said.score).tolist()
            for claim in claims(row, column)
        ),
    )


def said_last(block: OpinionBlock, now: Snapshot) -> Iterator[Opinion | Abstention]:
    """Give the last row of a block as values, one per listed instrument."""
    step = block.first + len(block.score) - 1
    for column in np.flatnonzero(now.listed[-1]).tolist():
        name = now.instruments[column].id
        cause = Cause(int(block.cause[-1, column]))
        if cause is not Cause.NONE:
            yield Abstention(name, cause)
            continue
        yield Opinion(
            name,
            float(block.score[-1, column]),
            float(block.confidence[-1, column]),
            tuple(row.claim for row in block.claims if row[:2] == (step, column)),
        )


def _cause_of(answer: Opinion | Abstention) -> Cause:
    """Give what an answer says; INVALID where it says nothing that could be written down."""
    if isinstance(answer, Abstention):
        stated = answer.cause in _CAUSES
        return Cause(answer.cause) if stated else Cause.INVALID
    claims: object = answer.claims
    whole = _is_number(answer.score) and _is_number(answer.confidence)
    return Cause.NONE if whole and isinstance(claims, tuple) else Cause.INVALID


def _sound_claims(block: OpinionBlock) -> Bools:
    """Say where all claims are claims, and not too many; shape as the block's matrices."""
    count: Ints = np.zeros(block.score.shape, dtype=np.int64)
    for row in block.claims:
        sound = _is_claim(row.claim)
        count[row.step - block.first, row.instrument_index] += 1 if sound else MOST_CLAIMS + 1
    return count <= MOST_CLAIMS


def _is_claim(claim: object) -> bool:
    if not isinstance(claim, Claim):
        return False
    names = (claim.entity, claim.metric, claim.unit, claim.period, claim.source)
    named = all(_is_text(name, LONGEST_NAME) for name in names)
    numbered = _is_figure(claim.value) and _is_figure(claim.scale)
    return named and numbered and _is_text(claim.quote, LONGEST_QUOTE)


def _is_text(value: object, longest: int) -> bool:
    if not isinstance(value, str) or len(value) > longest:
        return False
    return _NO_CHARACTER.search(value) is None


def _is_figure(value: float) -> bool:
    return _is_number(value) and (value == 0.0 or SMALLEST_FIGURE <= abs(value) <= LARGEST_FIGURE)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return math.isfinite(value)


def _kept(block: OpinionBlock, speaks: Bools) -> Iterator[ClaimRow]:
    ordered = sorted(block.claims, key=lambda row: (row.step, row.instrument_index))
    for row in ordered:
        if speaks[row.step - block.first, row.instrument_index]:
            yield ClaimRow(int(row.step), int(row.instrument_index), _plain(row.claim))


def _plain(claim: Claim) -> Claim:
    """Give a claim of plain numbers and texts: NumPy's would be written down another way."""
    texts = {name: str(getattr(claim, name)) for name in _CLAIM_TEXTS}
    return Claim(value=float(claim.value), scale=float(claim.scale), **texts)
