"""Claims are held against what was known at their own step."""

from datetime import UTC, datetime
from types import MappingProxyType

import numpy as np
import pytest

from steelyard.ensemble.claims import check_claims, support_of, supports
from steelyard.types.market import Bars, Document, Figure, Instrument, Series, Timing
from steelyard.types.opinion import Claim, ClaimRow, OpinionBlock
from steelyard.types.tape import CONTRADICTED, SUPPORTED, UNVERIFIABLE, ClaimCheck
from steelyard.types.world import World

DAY_NS = 86_400 * 10**9
N_STEPS = 10
CLOSE = 100.0 + np.arange(N_STEPS)
"""Rises by one a step; at step 8 it splits two for one."""
SPLIT_STEP = 8


def a_world(*, known_lag=0):
    """One instrument, one series known from day 3 on, one document known from day 5 on."""
    column = CLOSE[:, None].copy()
    column[SPLIT_STEP:] /= 2
    volume = np.full((N_STEPS, 1), 1000.0)
    volume[6] = 3000.0
    splits = np.ones((N_STEPS, 1), dtype=np.int64)
    splits[SPLIT_STEP] = 2
    day = np.arange(N_STEPS, dtype=np.int64)
    bars = Bars(
        start=day * DAY_NS,
        end=day * DAY_NS,
        session=day,
        open=column,
        high=column,
        low=column,
        close=column,
        volume=volume,
        split_new=splits,
        split_old=np.ones_like(splits),
        dividend=np.zeros((N_STEPS, 1)),
        halted=np.zeros((N_STEPS, 1), np.bool_),
        cash_out=np.full((N_STEPS, 1), np.nan),
    )
    document = Document(
        id="ibm-q1",
        known_at=5 * DAY_NS,
        published_at=datetime(1970, 1, 6, tzinfo=UTC),
        time_precision="minute",
        kind="results",
        symbols=("IBM",),
        title="IBM revenue rises",
        text="Revenue rose 5% to $26.8 billion.",
        source="the company",
        figures=(
            Figure("IBM", "revenue", 26.8, "USD", 1e9, "2008Q2"),
            Figure("IBM", "guidance_eps", 8.5, "USD", 1.0, "2008"),
            Figure("IBM", "guidance_eps", 8.75, "USD", 1.0, "2008"),
        ),
    )
    rate = Series(np.array([3, 6]) * DAY_NS, np.array([5.25, 5.0]), ("a", "b"), "first")
    return World(
        instruments=(Instrument("IBM"),),
        bars=bars,
        listed=np.ones((N_STEPS, 1), dtype=np.bool_),
        benchmark=None,
        documents=(document,),
        series=MappingProxyType({"RATE": rate}),
        timing=Timing(day * DAY_NS, np.ones(N_STEPS, dtype=np.bool_), known_lag, 1, False),
    )


def of_bars(value, metric="total_return", *, period="2 steps", unit="fraction", scale=1.0):
    """A claim on the bars of IBM."""
    return Claim("IBM", metric, value, unit, scale, period, "bars")


def of_rate(value, metric="level", period="last"):
    """A claim on the series."""
    return Claim("RATE", metric, value, "percent", 1.0, period, "series:RATE")


def of_document(value, metric="revenue", *, unit="USD", scale=1e9, period="2008Q2", quote=""):
    """A claim on the document."""
    return Claim("IBM", metric, value, unit, scale, period, "document:ibm-q1", quote)


def check(claim, step=9, *, world=None):
    """The check of one claim made at a step, from a snapshot of the last."""
    known = (world or a_world()).snapshot(N_STEPS - 1)
    return check_claims(known, [ClaimRow(step, 0, claim)], agent_index=2)[0]


MOVES = np.diff(np.log(CLOSE[2:6]))


@pytest.mark.parametrize(
    ("step", "claim", "result"),
    [
        (4, of_bars(0.0196), SUPPORTED),
        (4, of_bars(0.02), SUPPORTED),
        (4, of_bars(2.0, unit="percent"), SUPPORTED),
        (4, of_bars(196.0, unit="bps"), CONTRADICTED),
        (4, of_bars(196.1, unit="bps"), SUPPORTED),
        (4, of_bars(0.0186), CONTRADICTED),
        (4, of_bars(-0.0196), CONTRADICTED),
        (4, of_bars(0.0196, unit="apples"), UNVERIFIABLE),
        (4, of_bars(0.0196, "momentum"), UNVERIFIABLE),
        (4, of_bars(0.0196, period="a while"), UNVERIFIABLE),
        (4, of_bars(0.0196)._replace(entity="AAPL"), UNVERIFIABLE),
        (4, of_bars(0.0196)._replace(source="rumour"), UNVERIFIABLE),
        (4, of_bars(float("nan")), UNVERIFIABLE),
        (4, of_bars(0.0196, scale=0.0), UNVERIFIABLE),
        (1, of_bars(0.0196), UNVERIFIABLE),
        (9, of_bars(round(109 / 107 - 1, 6)), SUPPORTED),
        (5, of_bars(round(float(np.sqrt(np.mean(MOVES**2))), 6), "volatility", period="3 steps"),
         SUPPORTED),
        (5, of_bars(0.02, "volatility", period="3 steps"), CONTRADICTED),
        (6, of_bars(1.5, "volume_ratio", unit="ratio"), SUPPORTED),
        (6, of_bars(2.5, "volume_ratio", unit="ratio"), CONTRADICTED),
    ],
)  # fmt: skip
def test_claims_on_bars_are_recomputed(step, claim, result):
    """Returns, volatility and volume end at the newest known bar; splits are seen through."""
    assert result == check(claim, step).result


@pytest.mark.parametrize(
    ("step", "claim", "result"),
    [
        (4, of_rate(5.25), SUPPORTED),
        (4, of_rate(5.0), CONTRADICTED),
        (6, of_rate(5.0), SUPPORTED),
        (6, of_rate(-0.25, "change"), SUPPORTED),
        (6, of_rate(-0.25, "change", "1 observations"), SUPPORTED),
        (6, of_rate(0.25, "change"), CONTRADICTED),
        (6, of_rate(0.25, "change", "5 observations"), UNVERIFIABLE),
        (6, of_rate(5.0, "level", "2 observations"), UNVERIFIABLE),
        (6, of_rate(5.0)._replace(source="series:OTHER"), UNVERIFIABLE),
        (6, of_rate(5.0)._replace(entity="IBM"), UNVERIFIABLE),
        (2, of_rate(5.25), CONTRADICTED),
        (5, of_rate(5.0), CONTRADICTED),
    ],
)
def test_claims_on_series_are_read_as_of_their_step(step, claim, result):
    """A value known only later contradicts the claim."""
    assert result == check(claim, step).result


@pytest.mark.parametrize(
    ("step", "claim", "result"),
    [
        (5, of_document(26.8), SUPPORTED),
        (5, of_document(26800.0, scale=1e6), SUPPORTED),
        (5, of_document(26838.0, scale=1e6), SUPPORTED),
        (5, of_document(26900.0, scale=1e6), CONTRADICTED),
        (5, of_document(26.8, scale=1e6), CONTRADICTED),
        (5, of_document(26.8, unit="EUR"), CONTRADICTED),
        (5, of_document(26.9), CONTRADICTED),
        (5, of_document(26.8, period="2007Q2"), UNVERIFIABLE),
        (5, of_document(26.8, "profit"), UNVERIFIABLE),
        (5, of_document(8.75, "guidance_eps", scale=1.0, period="2008"), SUPPORTED),
        (5, of_document(8.5, "guidance_eps", scale=1.0, period="2008"), SUPPORTED),
        (5, of_document(9.0, "guidance_eps", scale=1.0, period="2008"), CONTRADICTED),
        (5, of_document(1.0, "quote", quote="rose 5% to $26.8 billion"), SUPPORTED),
        (5, of_document(1.0, "quote", quote="IBM revenue"), SUPPORTED),
        (5, of_document(1.0, "quote", quote="rose 6% to $26.8 billion"), CONTRADICTED),
        (5, of_document(1.0, "quote", quote=" "), UNVERIFIABLE),
        (4, of_document(26.8), CONTRADICTED),
        (4, of_document(26.8, "profit"), CONTRADICTED),
        (9, of_document(26.8)._replace(source="document:nowhere"), CONTRADICTED),
    ],
)
def test_claims_on_documents_need_metric_period_unit_and_scale(step, claim, result):
    """A document not known at the step, or not at all, contradicts what cites it."""
    assert result == check(claim, step).result


def test_a_check_says_what_was_found():
    """In the claim's unit and scale; None where nothing was."""
    assert check(of_bars(3.0, unit="percent"), 4).found == pytest.approx(1.960784, abs=1e-6)
    assert check(of_document(26900.0, scale=1e6)).found == 26800.0
    assert check(of_document(26.8, "profit")).found is None
    assert check(of_rate(5.0))[:3] == (9, 2, 0)


def test_bars_are_those_known_at_the_step():
    """With a lag of one, the newest known bar at step 5 is bar 4."""
    claim = of_bars(round(104 / 102 - 1, 6))

    assert check(claim, 5, world=a_world(known_lag=1)).result == SUPPORTED
    assert check(claim, 5).result == CONTRADICTED


def test_checks_do_not_depend_on_the_snapshot_they_come_from():
    """A claim of step 5 is judged alike from step 5 and from step 9."""
    claims = [of_bars(0.02), of_rate(5.0), of_document(26.8), of_document(1.0, "quote", quote="x")]
    rows = [ClaimRow(step, 0, claim) for step in (4, 5) for claim in claims]
    world = a_world()

    early = check_claims(world.snapshot(5), rows, agent_index=0)

    assert early == check_claims(world.snapshot(9), rows, agent_index=0)


def test_no_rows_give_no_checks():
    """An agent without claims costs nothing."""
    assert check_claims(a_world().snapshot(3), (), agent_index=0) == []


def results(*values):
    """Checks with the given results."""
    return [ClaimCheck(0, 0, 0, of_bars(0.0), value, None) for value in values]


@pytest.mark.parametrize(
    ("checks", "support"),
    [
        (results(), 0.5),
        (results(SUPPORTED), 1.0),
        (results(UNVERIFIABLE), 0.5),
        (results(SUPPORTED, UNVERIFIABLE), 0.75),
        (results(SUPPORTED, SUPPORTED, CONTRADICTED), 0.0),
    ],
)
def test_support_is_the_mean_unless_a_claim_is_contradicted(checks, support):
    """One contradicted claim silences the opinion."""
    assert support == support_of(checks)


def test_supports_of_a_block_are_zero_where_nothing_was_said():
    """Each cell has the support of its own claims, from the block's first step on."""
    score = np.array([[0.5, 0.0], [-0.5, 0.5]])
    block = OpinionBlock(7, score, np.abs(score), np.zeros((2, 2), dtype=np.int64), ())
    checks = [
        check._replace(step=8, instrument_index=1) for check in results(SUPPORTED, UNVERIFIABLE)
    ]

    assert supports(block, checks).tolist() == [[0.5, 0.0], [0.5, 0.75]]
