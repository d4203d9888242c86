"""Tests of the agent that weighs results against what was to be expected."""

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.agents.earnings import FEATURES, LEAST_TELLINGS, PRIOR, Earnings
from steelyard.agents.surprises import change, reports_of
from steelyard.testing.contract import Effort, contract_faults
from steelyard.types.opinion import Abstention, Cause, Opinion
from tests.agents.callroom import GLOOM, long_call
from tests.agents.newsroom import answers, document, read_in, report, walk, world

AGENT = Earnings()
N_STEPS = 500
GROWN = (("revenue", "2001Q1", 110.0), ("revenue", "2000Q1", 100.0))
SHRUNK = (("revenue", "2001Q1", 100.0), ("revenue", "2000Q1", 110.0))


def acme_reports(*reports, n_steps=200):
    """Give what the reports of ACME come to, where they can be held against earlier ones."""
    around = world(list(reports), walk(n_steps, 0))
    return reports_of(around.snapshot(n_steps - 1))[0]


def said(around, step):
    """Give what the agent, fitted at the step, says on ACME there."""
    return answers(AGENT, around, step, AGENT.fit(around.snapshot(step)))["ACME"]


def quarterly_world(n_steps=N_STEPS, seed=3):
    """Give a world with a report on each company every 40 steps."""
    random = np.random.default_rng(seed)
    reports = [
        report(
            40 * quarter + offset,
            name,
            ("revenue", f"{2000 + quarter // 4}Q{quarter % 4 + 1}", 100 * random.uniform(0.8, 1.2)),
            ("net_income", f"{2000 + quarter // 4}Q{quarter % 4 + 1}", random.uniform(-1, 9)),
        )
        for quarter in range(n_steps // 40)
        for offset, name in ((0, "ACME"), (7, "BOLT"))
    ]
    return world(reports, walk(n_steps, seed))


def test_the_first_growth_is_a_surprise_over_the_prior_scale():
    """Nothing reported before: expected growth 0, usual surprise 0.1 for revenue."""
    (found,) = acme_reports(report(3, "ACME", *GROWN))

    growth = 10.0 / 105.0
    assert found.step == 4
    assert found.strength == pytest.approx(math.tanh(growth / 0.1 / 2))


def test_the_second_surprise_is_against_what_is_left_of_the_first_growth():
    """Expected: 0.34 of the growth of the quarter before; scale: prior of 4 and one report."""
    reports = acme_reports(
        report(3, "ACME", *GROWN),
        report(60, "ACME", ("revenue", "2001Q2", 120.0), ("revenue", "2000Q2", 100.0)),
    )

    first, growth = 10.0 / 105.0, 20.0 / 110.0
    usual = math.sqrt((4 * 0.1**2 + first**2) / 5)
    assert reports[1].strength == pytest.approx(math.tanh((growth - 0.34 * first) / usual / 2))


def test_a_gap_between_reports_fades_the_expectation():
    """Two quarters later 0.34 squared is left."""
    reports = acme_reports(
        report(3, "ACME", *GROWN),
        report(60, "ACME", ("revenue", "2001Q3", 120.0), ("revenue", "2000Q3", 100.0)),
    )

    first, growth = 10.0 / 105.0, 20.0 / 110.0
    usual = math.sqrt((4 * 0.1**2 + first**2) / 5)
    assert reports[1].strength == pytest.approx(math.tanh((growth - 0.34**2 * first) / usual / 2))


def test_the_year_before_may_stand_in_an_earlier_document():
    """The first report alone is held against nothing; the one a year later is, and cites both."""
    (found,) = acme_reports(
        report(3, "ACME", ("revenue", "2000Q1", 100.0)),
        report(90, "ACME", ("revenue", "2001Q1", 110.0)),
    )

    assert found.step == 91
    assert [(claim.period, claim.value) for claim in found.claims] == [
        ("2001Q1", 110.0),
        ("2000Q1", 100.0),
    ]


def test_the_year_before_told_anew_counts():
    """A restated base replaces the one printed a year ago."""
    told = (("revenue", "2001Q1", 110.0), ("revenue", "2000Q1", 120.0))

    (found,) = acme_reports(
        report(3, "ACME", ("revenue", "2000Q1", 100.0)), report(90, "ACME", *told)
    )

    assert found.strength < 0


def test_profit_and_sales_have_the_same_say():
    """The strength is the mean of the squashed surprises."""
    profit = (("eps_diluted", "2001Q1", 1.0), ("eps_diluted", "2000Q1", -1.0))

    (found,) = acme_reports(report(3, "ACME", *GROWN, *profit))

    parts = math.tanh(10.0 / 105.0 / 0.1 / 2), math.tanh(2.0 / 0.3 / 2)
    assert found.strength == pytest.approx(sum(parts) / 2)


def test_cut_guidance_is_bad_news():
    """Guidance is held against the guidance before it; of a range the middle counts."""
    reports = acme_reports(
        report(3, "ACME", ("revenue_guidance", "2001Q1", 160.0), kind="guidance"),
        report(
            20,
            "ACME",
            ("revenue_guidance", "2001Q1", 90.0),
            ("revenue_guidance", "2001Q1", 110.0),
            kind="guidance",
        ),
    )

    assert [found.step for found in reports] == [21]
    assert reports[0].strength == pytest.approx(math.tanh(-60.0 / 130.0 / 0.1 / 2))
    assert len(reports[0].claims) == 3


def test_guidance_without_earlier_guidance_is_held_against_last_year():
    """The same quarter's revenue a year ago is the base."""
    reports = acme_reports(
        report(3, "ACME", ("revenue", "2000Q1", 100.0)),
        report(20, "ACME", ("revenue_guidance", "2001Q1", 90.0), kind="guidance"),
    )

    assert reports[0].strength == pytest.approx(math.tanh(-10.0 / 95.0 / 0.1 / 2))


def test_a_split_is_no_fall_of_earnings():
    """Earnings per share of different documents are compared in the same units."""
    around = world(
        [
            report(3, "ACME", ("eps_diluted", "2000Q1", 2.0)),
            report(90, "ACME", ("eps_diluted", "2001Q1", 1.0)),
        ],
        walk(100, 0),
    )
    around.bars.split_new[50, 0] = 2

    (found,) = reports_of(around.snapshot(99))[0]

    assert found.strength == 0.0


def test_annual_reports_are_no_news():
    """They repeat what the last quarter told."""
    told = (("revenue", "2000FY", 430.0), ("revenue", "1999FY", 400.0))

    assert acme_reports(report(3, "ACME", *told)) == []


def test_other_kinds_of_document_are_not_read():
    """A product note with figures is no report."""
    assert acme_reports(report(3, "ACME", *GROWN, kind="product")) == []


def test_a_surprise_fades_in_a_straight_line_and_then_is_nothing_new():
    """Half is left at half the memory; none after it."""
    around = world([report(3, "ACME", *GROWN)], walk(100, 0))
    agent = Earnings(memory=10)
    fitted = agent.fit(around.snapshot(0))

    spoken = [answers(agent, around, step, fitted)["ACME"] for step in (4, 9, 13, 14)]

    assert spoken[1].score == pytest.approx(spoken[0].score / 2)
    assert isinstance(spoken[2], Opinion)
    assert spoken[3] == Abstention("ACME", Cause.NOTHING_NEW)


@pytest.mark.parametrize("step", [3, 50])
def test_before_the_first_usable_report_there_is_no_data(step):
    """A report without a year before to stand against is not usable."""
    around = world([report(10, "ACME", ("revenue", "2000Q1", 100.0))], walk(60, 0))

    assert said(around, step) == Abstention("ACME", Cause.NO_DATA)


def test_an_untaught_agent_states_about_even_odds():
    """Its side is the surprise's."""
    opinion = said(world([report(3, "ACME", *SHRUNK)], walk(10, 0)), 4)

    assert opinion.score < 0
    assert 0.5 < opinion.confidence <= 0.53


def test_claims_repeat_the_figures_as_printed():
    """Entity, metric, period, value, unit and scale are the document's own."""
    around = quarterly_world()
    last = around.snapshot(N_STEPS - 1)
    block = AGENT.opine_history(last, 0, AGENT.fit(last))
    printed = {
        (f"document:{item.id}", *astuple(figure))
        for item in around.documents
        for figure in item.figures
    }
    cells = {(row.step, row.instrument_index) for row in block.claims}

    cited = {(claim.source, *claim[:6]) for _, _, claim in block.claims}

    assert cells == {tuple(cell) for cell in np.argwhere(block.score != 0.0).tolist()}
    assert cited <= printed


@pytest.mark.parametrize("decide_at", ["close", "open"])
def test_it_keeps_to_the_contract_of_agents(decide_at):
    """Blind to the future, the same fast as slow, in a world of splits, halts and late listings."""
    around = read_in(quarterly_world(), decide_at)

    assert contract_faults(AGENT, around, Effort(least_opinions=20)) == []


figures = st.floats(-1e12, 1e12, allow_nan=False)


@settings(max_examples=50)
@given(now=figures, then=figures)
def test_a_fall_undoes_a_rise_and_both_are_bounded(now, then):
    """Change is antisymmetric and never beyond 2."""
    assert change(now, then) == -change(then, now)
    assert abs(change(now, then)) <= 2.0 + 1e-12


@settings(max_examples=25)
@given(now=figures, then=figures)
def test_opposite_news_gives_the_opposite_strength(now, then):
    """Swapping this year and last turns the first strength around; it stays within 1."""
    strengths = [
        acme_reports(
            report(3, "ACME", ("revenue", "2001Q1", first), ("revenue", "2000Q1", second)),
            n_steps=6,
        )[0].strength
        for first, second in ((now, then), (then, now))
    ]

    assert strengths[0] == -strengths[1]
    assert abs(strengths[0]) <= 1.0


def test_reports_on_unknown_companies_are_passed_over():
    """A symbol outside the universe does no harm."""
    assert acme_reports(document(3, "Report", "ZETA", "ACME", kind="results")) == []


def calling_world(n_steps, seed=5, *, every=40, figures=True):
    """Give a world with a call on each company every so many steps, some of them gloomy."""
    random = np.random.default_rng(seed)
    calls = [
        document(
            step + offset,
            "Call",
            name,
            kind="transcript",
            text=long_call(random, gloomy=bool(random.random() < 0.5)),
        )
        for step in range(1, n_steps - 10, every)
        for offset, name in ((0, "ACME"), (3, "BOLT"))
    ]
    reports = quarterly_world(n_steps, seed).documents if figures else ()
    return world([*calls, *reports], walk(n_steps, seed))


def test_a_gloomy_call_alone_speaks_against_a_company():
    """Its words need no figures; the quote is a sentence of the call."""
    random = np.random.default_rng(0)
    calls = [
        document(step, "Call", "ACME", kind="transcript", text=text, id=f"call-{step}")
        for step, text in ((3, long_call(random)), (50, long_call(random, gloomy=True)))
    ]
    around = world(calls, walk(60, 0))

    opinion = said(around, 51)

    assert opinion.score < 0
    (claim,) = opinion.claims
    assert (claim.source, claim.metric, claim.entity) == ("document:call-50", "quote", "ACME")
    assert claim.quote in calls[1].text
    assert any(claim.quote in gloom or gloom in claim.quote for gloom in GLOOM)


def test_the_first_call_says_nothing():
    """It can be held against nothing, and is left out."""
    text = long_call(np.random.default_rng(0), gloomy=True)
    around = world([document(3, "Call", "ACME", kind="transcript", text=text)], walk(20, 0))

    assert said(around, 10) == Abstention("ACME", Cause.NO_DATA)


def test_words_and_figures_are_cited_together():
    """The figures as printed, then the quote."""
    around = calling_world(200)

    opinion = said(around, 90)

    assert {claim.metric for claim in opinion.claims[:-1]} <= {"revenue", "net_income"}
    assert opinion.claims[-1].metric == "quote"


def test_words_are_silent_after_the_memory():
    """Then there is nothing new."""
    random = np.random.default_rng(0)
    calls = [
        document(step, "Call", "ACME", kind="transcript", text=long_call(random, gloomy=step > 9))
        for step in (3, 50)
    ]
    around, agent = world(calls, walk(80, 0)), Earnings(memory=10)
    fitted = agent.fit(around.snapshot(0))

    spoken = [answers(agent, around, step, fitted)["ACME"] for step in (51, 60, 61)]

    assert spoken[0].score < spoken[1].score < 0
    assert spoken[2] == Abstention("ACME", Cause.NOTHING_NEW)


def test_without_words_the_surprise_alone_is_the_strength():
    """Short reports are no text: the rule is the prior's, and its words weigh nothing."""
    around = quarterly_world()
    last = around.snapshot(N_STEPS - 1)

    fitted = AGENT.fit(last)

    assert fitted.rule is PRIOR
    assert PRIOR.strength(np.array([0.25, *[np.nan] * (len(FEATURES) - 1)])[:, None, None]) == 0.25


def test_a_rule_is_fitted_once_there_are_enough_texts():
    """Until then the prior holds; afterwards words weigh what they were worth."""
    n_steps = 31 * (LEAST_TELLINGS // 2 + 6)
    around = calling_world(n_steps, every=31, figures=False)

    early, late = (Earnings(horizon=5).fit(around.snapshot(step)) for step in (600, n_steps - 1))

    assert early.rule is PRIOR
    assert late.rule is not PRIOR
    assert np.isfinite(late.rule.weight).all()


@pytest.mark.parametrize("decide_at", ["close", "open"])
def test_it_keeps_to_the_contract_where_it_reads_calls(decide_at):
    """Blind to the future, the same fast as slow, with transcripts and figures."""
    around = read_in(calling_world(400), decide_at)

    assert contract_faults(AGENT, around, Effort(least_opinions=20, n_cuts=3)) == []
