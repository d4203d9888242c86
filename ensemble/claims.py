"""Claim checks: what an agent states as fact, held against bars, series and documents.

Each claim is judged with what was known at its own step, so that a run gives the same
checks however its steps are cut into blocks. A claim that cites what was not yet known is
contradicted, whatever it says; so is one that cites a document nobody has seen.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from steelyard.types.arrays import Floats
from steelyard.types.market import Document, Figure, Series
from steelyard.types.opinion import Claim, ClaimRow, OpinionBlock
from steelyard.types.outcome import units_index, wealth
from steelyard.types.tape import CONTRADICTED, SUPPORTED, UNVERIFIABLE, ClaimCheck, Result
from steelyard.types.world import Snapshot

CREDIT = MappingProxyType({SUPPORTED: 1.0, UNVERIFIABLE: 0.5})
"""Probability that a claim is true; .5 until calibrated."""
NO_CLAIMS = 0.5
"""Support of an opinion that claims nothing."""
FRACTIONS = MappingProxyType({"fraction": 1.0, "percent": 1e-2, "bps": 1e-4})
"""Units that a figure from bars may be stated in."""
SLACK = 1e-6
"""Part of a written digit's place that rounding may miss by."""
FOUND_DIGITS = 10
"""Significant digits kept of what was found, so that no machine's last bit matters."""
_STEPS = re.compile(r"([1-9][0-9]{0,5}) steps")
_OBSERVATIONS = re.compile(r"([1-9][0-9]{0,5}) observations")


class _Known(NamedTuple):
    """What a block's claims are checked against, laid out for fast look-up."""

    as_of: list[int]
    known_lag: int
    instrument: Mapping[str, int]
    wealth: Floats
    volume: Floats
    """In units of step 0, shape as `wealth`."""
    series: Mapping[str, Series]
    known_at: Mapping[str, list[int]]
    """Of each series."""
    document: Mapping[str, Document]


class _Finding(NamedTuple):
    result: Result
    found: float | None = None


_UNKNOWN = _Finding(UNVERIFIABLE)
_FALSE = _Finding(CONTRADICTED)


def check_claims(
    known: Snapshot, rows: Sequence[ClaimRow], *, agent_index: int
) -> list[ClaimCheck]:
    """Check one agent's claims, each with the data known at its own step.

    Args:
        known: Snapshot of the last step of the rows, or of a later one.
        rows: Claims and the steps and instruments of their opinions.
        agent_index: Written into the checks.

    Returns:
        One check per row, in order.
    """
    if not rows:
        return []
    laid = _lay_out(known)
    checks = []
    for step, instrument_index, claim in rows:
        finding = _check(laid, step, claim)
        checks.append(ClaimCheck(step, agent_index, instrument_index, claim, *finding))
    return checks


def support_of(checks: Sequence[ClaimCheck]) -> float:
    """Give an opinion's support in [0, 1]: 0 if a claim is contradicted, else their mean."""
    if not checks:
        return NO_CLAIMS
    if any(check.result == CONTRADICTED for check in checks):
        return 0.0
    return math.fsum(CREDIT[check.result] for check in checks) / len(checks)


def supports(block: OpinionBlock, checks: Sequence[ClaimCheck]) -> Floats:
    """Give the support of each opinion of a block, 0 where the agent did not speak.

    Args:
        block: One agent's opinions.
        checks: Of its claims.

    Returns:
        Shape as `block.score`.
    """
    support = np.where(block.score != 0.0, NO_CLAIMS, 0.0)
    of_cell: dict[tuple[int, int], list[ClaimCheck]] = {}
    for check in checks:
        of_cell.setdefault((check.step - block.first, check.instrument_index), []).append(check)
    for cell, own in of_cell.items():
        if block.score[cell] != 0.0:
            support[cell] = support_of(own)
    return support


def _lay_out(known: Snapshot) -> _Known:
    return _Known(
        as_of=known.timing.as_of.tolist(),
        known_lag=known.timing.known_lag,
        instrument={each.id: index for index, each in enumerate(known.instruments)},
        wealth=wealth(known.bars, known.bars.close),
        volume=known.bars.volume / units_index(known.bars),
        series=known.series,
        known_at={name: series.known_at.tolist() for name, series in known.series.items()},
        document={document.id: document for document in known.documents},
    )


def _check(known: _Known, step: int, claim: Claim) -> _Finding:
    kind, _, name = claim.source.partition(":")
    if not math.isfinite(claim.value * claim.scale) or claim.scale == 0.0:
        return _UNKNOWN
    if kind == "bars":
        return _check_bars(known, step, claim)
    if kind == "series":
        return _check_series(known, step, claim, name)
    if kind == "document":
        return _check_document(known, step, claim, name)
    return _UNKNOWN


def _check_bars(known: _Known, step: int, claim: Claim) -> _Finding:
    column, unit = known.instrument.get(claim.entity), FRACTIONS.get(claim.unit)
    n_steps = _count(_STEPS, claim.period)
    newest = step - known.known_lag
    if column is None or n_steps is None or newest - n_steps < 0:
        return _UNKNOWN
    window = slice(newest - n_steps, newest + 1)
    if claim.metric == "total_return" and unit is not None:
        index = known.wealth
        return _compare(claim, float(index[newest, column] / index[window.start, column]) - 1, unit)
    if claim.metric == "volatility" and unit is not None:
        moves = np.diff(np.log(known.wealth[window, column]))
        return _compare(claim, float(np.sqrt(np.mean(moves * moves))), unit)
    if claim.metric == "volume_ratio":
        volume = known.volume[window, column]
        return _compare(claim, float(volume[-1] / max(np.mean(volume[1:]), math.ulp(0.0))), 1.0)
    return _UNKNOWN


def _check_series(known: _Known, step: int, claim: Claim, name: str) -> _Finding:
    if name not in known.series or claim.entity not in {name, ""}:
        return _UNKNOWN
    value = known.series[name].value
    n_known = bisect_right(known.known_at[name], known.as_of[step])
    if n_known == 0:
        return _FALSE
    if claim.metric == "level" and claim.period == "last":
        return _compare(claim, float(value[n_known - 1]), 1.0)
    back = 1 if claim.period == "last" else _count(_OBSERVATIONS, claim.period)
    if claim.metric == "change" and back is not None and n_known > back:
        return _compare(claim, float(value[n_known - 1] - value[n_known - 1 - back]), 1.0)
    return _UNKNOWN


def _check_document(known: _Known, step: int, claim: Claim, name: str) -> _Finding:
    document = known.document.get(name)
    if document is None or document.known_at > known.as_of[step]:
        return _FALSE
    if claim.metric == "quote":
        if not claim.quote.strip():
            return _UNKNOWN
        there = claim.quote in document.title or claim.quote in document.text
        return _Finding(SUPPORTED, claim.value) if there else _FALSE
    stated = [
        figure
        for figure in document.figures
        if (figure.entity, figure.metric, figure.period)
        == (claim.entity, claim.metric, claim.period)
    ]
    if not stated:
        return _UNKNOWN
    return _check_figure(claim, min(stated, key=lambda figure: _distance(claim, figure)))


def _distance(claim: Claim, figure: Figure) -> tuple[bool, float]:
    gap = abs(figure.value * figure.scale - claim.value * claim.scale)
    return figure.unit != claim.unit, gap


def _check_figure(claim: Claim, figure: Figure) -> _Finding:
    """Compare in the coarser of the two written precisions; units must be the same."""
    actual = figure.value * figure.scale
    written = max(
        _last_place(claim.value) * abs(claim.scale), _last_place(figure.value) * abs(figure.scale)
    )
    near = abs(actual - claim.value * claim.scale) <= (0.5 + SLACK) * written
    result: Result = SUPPORTED if near and figure.unit == claim.unit else CONTRADICTED
    return _Finding(result, _kept(actual / claim.scale))


def _compare(claim: Claim, actual: float, unit: float) -> _Finding:
    """Compare within half of the claim's last written place; `actual` is in units of one."""
    if not math.isfinite(actual):
        return _UNKNOWN
    found = actual / (unit * claim.scale)
    near = abs(found - claim.value) <= (0.5 + SLACK) * _last_place(claim.value)
    return _Finding(SUPPORTED if near else CONTRADICTED, _kept(found))


@lru_cache(maxsize=1 << 16)
def _last_place(value: float) -> float:
    """Give the place of the last digit written; a whole number counts as written to .1."""
    exponent = Decimal(repr(float(value))).as_tuple().exponent
    return math.pow(10.0, min(-1, int(exponent)))


@lru_cache(maxsize=1024)
def _count(pattern: re.Pattern[str], period: str) -> int | None:
    found = pattern.fullmatch(period)
    return int(found[1]) if found else None


def _kept(found: float) -> float:
    return float(f"{found:.{FOUND_DIGITS}g}")
