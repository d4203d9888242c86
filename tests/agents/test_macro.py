"""What the wider economy tells."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.agents.macro import FEATURES, Macro, _Line
from steelyard.agents.panel import ask_block
from steelyard.agents.regime import Regimes, fit_regimes, turbulence, weekly
from steelyard.testing.contract import Effort, contract_faults
from steelyard.testing.worlds import DAY_NS, FIRST_DAY, Recipe, made_world
from steelyard.types.market import Series
from steelyard.types.opinion import Cause
from tests.agents.callroom import EASY, TIGHT
from tests.agents.newsroom import document

READER = Macro(refit_every=126, statements="statement", curve=("DGS10", "DGS2"), volatility="VIX")


@settings(max_examples=3)
@given(seed=st.integers(0, 10_000), decide_at=st.sampled_from(["close", "open"]))
def test_it_keeps_to_the_contract(seed, decide_at):
    """Blind to the future, fast path equal to the slow one, deterministic, well typed."""
    world = made_world(seed, Recipe(n_steps=420, decide_at=decide_at))

    assert contract_faults(Macro(refit_every=126), world, Effort(n_cuts=4, seed=seed)) == []


def test_it_starts_near_even_odds():
    """It speaks from the first step on, and the first fifty confidences are at most .53."""
    world = made_world(0)

    block = ask_block(Macro(), world.snapshot, range(63))

    confidence = block.confidence[block.cause == Cause.NONE]
    assert block.cause[0, :2].tolist() == [Cause.NONE, Cause.NONE]
    assert confidence[:50].max() <= 0.53


def test_each_opinion_claims_the_levels_it_saw():
    """The policy rate and the weak debtors' yield, as known at the step."""
    world = made_world(0, Recipe(n_steps=100))
    agent = Macro()
    now = world.snapshot(99)

    opinion = next(iter(agent.opine(now, agent.fit(now))))

    assert [(claim.source, claim.value, claim.metric) for claim in opinion.claims] == [
        ("series:FOMC_TARGET", now.series["FOMC_TARGET"].value[-1], "level"),
        ("series:BAA", now.series["BAA"].value[-1], "level"),
    ]


def test_without_series_and_benchmark_it_abstains():
    """There is nothing it could rest on."""
    world = replace(made_world(0, Recipe(n_steps=80)), benchmark=None, series=MappingProxyType({}))

    block = ask_block(Macro(), world.snapshot, range(80))

    assert set(block.cause.ravel().tolist()) == {Cause.NO_DATA, Cause.NOT_LISTED}


@pytest.mark.parametrize("missing", ["FOMC_TARGET", "BAA", "AAA", "WTI"])
def test_a_missing_series_takes_only_its_own_features(missing):
    """The others are there as before."""
    world = made_world(0, Recipe(n_steps=200))
    series = {name: each for name, each in world.series.items() if name != missing}
    less = replace(world, series=MappingProxyType(series))

    full, rest = (Macro()._features(each.snapshot(199), None) for each in (world, less))

    gone = {
        "FOMC_TARGET": {"rate_level", "rate_direction", "rate_change"},
        "WTI": {"oil_change"},
    }.get(missing, {"spread_level", "spread_change"})
    for index, name in enumerate(FEATURES):
        expected = np.full_like(full[index], np.nan) if name in gone else full[index]
        np.testing.assert_array_equal(rest[index], expected)


def test_a_series_is_read_as_it_was_known():
    """Not before its known_at, from that very instant on."""
    line = _Line(np.array([10, 20, 30]), np.array([5.0, 5.5, 5.5]))
    as_of = np.array([9, 10, 19, 20, 99])

    np.testing.assert_array_equal(line.at(as_of), [np.nan, 5.0, 5.0, 5.5, 5.5])
    np.testing.assert_array_equal(line.direction(as_of), [np.nan, 0.0, 0.0, 1.0, 1.0])


def test_regimes_are_told_apart_by_their_variance():
    """A calm and a wild stretch give filtered probabilities near 0 and near 1."""
    rng = np.random.default_rng(0)
    calm = rng.normal(0.0, 0.005, 375)
    step_return = np.concatenate([calm, 4.0 * rng.normal(0.0, 0.005, 375)])

    regimes = fit_regimes(weekly(step_return))
    probability = turbulence(weekly(step_return), regimes, 750)

    assert regimes.turbulent_variance > 4.0 * regimes.calm_variance
    assert np.nanmean(probability[:375]) < 0.2
    assert probability[400:].mean() > 0.8
    assert np.isnan(probability[:4]).all()


def test_our_filter_is_that_of_statsmodels():
    """Filtered probabilities agree with those of the fitted model."""
    from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

    rng = np.random.default_rng(1)
    weeks = rng.normal(0.1, np.where(np.arange(150) // 30 % 2, 3.0, 1.0))
    model = MarkovRegression(weeks, k_regimes=2, switching_trend=False, switching_variance=True)
    parameters = np.array([0.95, 0.1, 0.1, 1.0, 9.0])
    expected = model.filter(parameters).filtered_marginal_probabilities[:, 1]

    regimes = Regimes(0.95, 0.9, 0.1, 1.0, 9.0)
    probability = turbulence(weeks / 100.0, regimes, 750)

    assert probability[4::5] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("weeks", [np.zeros(150), np.zeros(0), np.full(30, 0.01)])
def test_no_regimes_are_found_where_there_are_none(weeks):
    """Too few weeks, or none that move, is no fault."""
    assert fit_regimes(weeks) is None


def test_weeks_do_not_look_ahead():
    """The weeks of a short past are the first ones of a longer one."""
    step_return = np.random.default_rng(2).normal(size=103)

    np.testing.assert_array_equal(weekly(step_return[:88]), weekly(step_return)[:17])


def spoken_world(seed, n_steps=420):
    """Give a made world with a statement every 45 steps, a yield curve and a volatility index."""
    world, random = made_world(seed, Recipe(n_steps=n_steps)), np.random.default_rng(seed)
    texts = [EASY, TIGHT, f"{EASY} {TIGHT}"]
    said = tuple(
        document(
            step, "Policy", kind="statement", text=texts[int(random.integers(3))], id=f"s{step}"
        )
        for step in range(5, n_steps, 45)
    )
    shifted = tuple(replace(each, known_at=each.known_at + FIRST_DAY * DAY_NS) for each in said)
    like = world.series["BAA"]
    walks = 3.0 * np.exp(np.cumsum(random.normal(0.0, 0.02, (3, len(like.value))), axis=1))
    named = zip(("DGS10", "DGS2", "VIX"), walks, strict=True)
    more = {name: Series(like.known_at, value, like.period, "first") for name, value in named}
    return replace(world, documents=shifted, series=MappingProxyType({**world.series, **more}))


def test_it_keeps_to_the_contract_where_it_reads_statements():
    """Statements, curve and volatility change nothing in that."""
    assert contract_faults(READER, spoken_world(0), Effort(n_cuts=4)) == []


def test_it_reads_text_only_where_statements_are_named():
    """Without them it is a numeric voice."""
    assert not Macro().reads_text
    assert READER.reads_text


def test_it_quotes_the_statement_that_stands():
    """Behind the levels, word for word."""
    now = spoken_world(0).snapshot(400)

    opinion = next(iter(READER.opine(now, READER.fit(now))))

    quoted = opinion.claims[-1]
    newest = now.documents[-1]
    assert (quoted.source, quoted.metric) == (f"document:{newest.id}", "quote")
    assert quoted.quote in newest.text


def test_what_no_scenario_names_is_not_read():
    """Documents, curve and volatility in the world alone change no opinion."""
    world = spoken_world(0, 200)

    blocks = [
        ask_block(Macro(), each.snapshot, range(150, 200))
        for each in (
            world,
            replace(world, documents=(), series=made_world(0, Recipe(n_steps=200)).series),
        )
    ]

    np.testing.assert_array_equal(blocks[0].score, blocks[1].score)
    assert blocks[0].claims == blocks[1].claims


def test_each_new_feature_is_of_its_series():
    """The slope of the curve, and the volatility index in logarithms."""
    now = spoken_world(0, 200).snapshot(199)

    features = dict(zip(FEATURES, READER._features(now, None)[:, -1, 0], strict=True))

    last = {name: series.value[-1] for name, series in now.series.items()}
    assert features["curve_slope"] == last["DGS10"] - last["DGS2"]
    assert features["implied_level"] == np.log(last["VIX"])


def test_statements_alone_are_something_to_speak_on():
    """Without any series and benchmark it is silent until the first statement."""
    world = replace(spoken_world(0, 80), benchmark=None, series=MappingProxyType({}))

    block = ask_block(Macro(statements="statement"), world.snapshot, range(80))

    assert set(block.cause[:6, 0].tolist()) == {Cause.NO_DATA}
    assert Cause.NO_DATA not in block.cause[6:, 0]
