"""What the arbiter promises about a step: time, standing, voices, attribution."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.ensemble.state import COUNTS, WEIGHT
from steelyard.ensemble.weigh import PoolMode, start, weigh
from steelyard.types.decision import Said
from tests.ensemble.panels import (
    course_of,
    reordered,
    said_at,
    settings_for,
    skilled_world,
    weigh_all,
)

ROOT = Path(__file__).parents[2]
EXACT = 1e-12
"""What rounding alone may change."""
UP = 0.8
"""Log-odds that a single agent states in the small cases."""


def small_course(seed=3, n_steps=60, n_instruments=3):
    """Four agents in two buckets, speaking now and then; outcomes of 2 and of 5 steps."""
    rng = np.random.default_rng(seed)
    log_odds = rng.standard_normal((n_steps, 4, n_instruments))
    log_odds[rng.random(log_odds.shape) < 0.4] = np.nan
    outcome = 0.02 * rng.standard_normal((n_steps, n_instruments, 2))
    outcome[rng.random(outcome.shape) < 0.1] = np.nan
    course = course_of(log_odds, outcome)
    course.support[:] *= rng.choice([0.0, 0.5, 1.0], course.support.shape)
    course.score[:] *= rng.random(course.score.shape) + 0.5
    return course


def small_settings(**changes):
    """Settings that go with `small_course`."""
    return settings_for([0, 0, 1, 1], [2, 5], **changes)


def one_agent(said_at_steps, n_steps, *, horizon=4, support=1.0):
    """One agent on one instrument that speaks at some steps; nothing ever settles."""
    log_odds = np.full((n_steps, 1, 1), np.nan)
    log_odds[said_at_steps] = UP
    course = course_of(log_odds, np.full((n_steps, 1, 1), np.nan))
    course.support[:] *= support
    return course, settings_for([0], [horizon])


def summary_of(course, settings):
    """What a course led to, as plain lists."""
    weighed = weigh_all(course, settings)
    return [weighed.probability.tolist(), weighed.share.tolist(), weighed.expected.tolist()]


@given(step=st.integers(8, 59), seed=st.integers(0, 2**16))
@settings(max_examples=12)
def test_outcomes_not_yet_settled_change_nothing(step, seed):
    """Verdicts up to a step are bit-identical whatever settles later."""
    course, rules = small_course(), small_settings()
    rng = np.random.default_rng(seed)
    other = course._replace(outcome=course.outcome.copy())
    for bucket, offset in enumerate(rules.settle_offset):
        first = step - offset + 1
        other.outcome[first:, :, bucket] = rng.standard_normal(other.outcome[first:, :, 0].shape)

    first, second = weigh_all(course, rules), weigh_all(other, rules)

    assert first.probability[: step + 1].tolist() == second.probability[: step + 1].tolist()
    assert first.expected[: step + 1].tolist() == second.expected[: step + 1].tolist()


def test_an_outcome_teaches_from_the_step_it_settles_at():
    """The first verdicts that a changed outcome changes are those of its settling step."""
    course, rules = small_course(), small_settings()
    other = course._replace(outcome=course.outcome.copy())
    other.outcome[20, :, 1] *= -1.0
    settles = 20 + int(rules.settle_offset[1])

    same = weigh_all(course, rules).probability == weigh_all(other, rules).probability

    assert same[:settles].all()
    assert not same[settles].all()


@pytest.mark.parametrize("mode", list(PoolMode))
@pytest.mark.parametrize("cap", [0.05, 1.0, 30.0])
def test_shares_add_up_to_the_pooled_log_odds(mode, cap):
    """Log-odds of the base rate and all shares give the probability; no share passes the cap."""
    weighed = weigh_all(small_course(), small_settings(pool=int(mode), max_log_odds=cap))

    base = np.log(weighed.base_rate / (1 - weighed.base_rate))[:, None, :]
    pooled = 1 / (1 + np.exp(-(base + weighed.share.sum(axis=-1))))
    np.testing.assert_allclose(weighed.probability, pooled, rtol=0, atol=EXACT)
    assert np.abs(weighed.share).max() <= cap


def test_certain_agents_leave_the_probability_inside():
    """However many agents are certain, the pooled probability stays within 1e-4 and 1 - 1e-4."""
    log_odds = np.full((3, 30, 1), 20.0)
    course = course_of(log_odds, np.full((3, 1, 1), np.nan))

    weighed = weigh_all(course, settings_for([0] * 30, [1], max_log_odds=5.0))

    assert weighed.probability.max() < 1.0
    base = np.log(weighed.base_rate / (1 - weighed.base_rate))[:, None, :]
    pooled = np.log(weighed.probability / (1 - weighed.probability))
    np.testing.assert_allclose(pooled, base + weighed.share.sum(axis=-1), rtol=1e-9)


def test_permuting_agents_permutes_their_shares():
    """Nothing depends on the order of the agents."""
    course, rules, order = small_course(), small_settings(), np.array([2, 0, 3, 1])
    moved = reordered(course, order, axis=1)
    moved_rules = rules._replace(bucket_of_agent=rules.bucket_of_agent[order])

    first, second = weigh_all(course, rules), weigh_all(moved, moved_rules)

    np.testing.assert_allclose(second.share, first.share[..., order], rtol=0, atol=EXACT)
    np.testing.assert_allclose(second.probability, first.probability, rtol=0, atol=EXACT)


def test_relabelling_instruments_changes_no_bit():
    """Verdicts follow their instruments, to the last bit."""
    course, order = small_course(n_instruments=5), np.array([3, 1, 4, 0, 2])
    moved = reordered(course, order, axis=2)
    moved = moved._replace(outcome=np.take(course.outcome, order, axis=1))

    first = weigh_all(course, small_settings())
    second = weigh_all(moved, small_settings())

    assert second.probability.tolist() == first.probability[:, order].tolist()
    assert second.share.tolist() == first.share[:, order].tolist()


def test_a_standing_opinion_fades_and_ends_with_its_horizon():
    """Before anything settles, its share is its first one times what is left of the horizon."""
    course, rules = one_agent([1], 7)

    share = weigh_all(course, rules._replace(pool=int(PoolMode.BEST))).share
    equal = weigh_all(course, rules._replace(pool=int(PoolMode.EQUAL))).share[:, 0, 0, 0]
    reach = [abs(value) > 0 for value in weigh_all(course, rules).share[:, 0, 0, 0]]

    assert not share.any()
    assert equal == pytest.approx([0, UP, UP, UP, UP, 0, 0])
    assert reach == [False, True, True, True, True, False, False]


def test_an_abstention_leaves_an_opinion_and_a_new_one_replaces_it():
    """The age starts again with the new opinion."""
    course, rules = one_agent([0, 2], 7)

    share = np.abs(weigh_all(course, rules).share[:, 0, 0, 0])

    assert share[0] == pytest.approx(share[2], rel=0.01)
    assert share[1] < share[0]
    assert share[1] == pytest.approx(share[3], rel=0.01)
    assert share[5] > 0.0
    assert share[6] == 0.0


def test_without_support_there_is_no_vote_but_a_lesson():
    """Support 0: no share, no voice, no quorum, and yet the agent is recalibrated."""
    course = skilled_world(5, 200, (0.5,))
    course.support[:] = 0.0
    rules = settings_for([0], [1])

    weighed = weigh_all(course, rules)

    assert not weighed.share.any()
    assert weighed.last.n_voices.tolist() == [0]
    assert not weighed.last.quorate[0]
    assert not weighed.last.stands.any()
    assert (weighed.probability[:, 0] == weighed.base_rate).all()
    assert weighed.state.agents[0, WEIGHT] > 50
    assert weighed.state.pool.mixture.tolist() == start(rules, 1).pool.mixture.tolist()


def test_support_scales_what_an_agent_moves():
    """Half the support, about half the share."""
    whole = weigh_all(*one_agent([0], 1)).share[0, 0, 0, 0]
    half = weigh_all(*one_agent([0], 1, support=0.5)).share[0, 0, 0, 0]

    assert half / whole == pytest.approx(0.5, abs=0.05)


def test_a_new_agent_starts_humble():
    """Before anything has settled, a stated 90 % moves the pool by less than half of it."""
    course, rules = one_agent([0], 1)
    course.confidence[0] = 0.9

    moved = weigh_all(course, rules).share[0, 0, 0, 0]

    assert 0.0 < moved < 0.5 * np.log(9)


def test_every_opinion_teaches_once():
    """The effective number of opinions learnt from is what the overlap leaves of them."""
    n_steps, horizon = 61, 5
    log_odds = np.full((n_steps, 1, 1), np.nan)
    log_odds[0:50:10] = UP
    course = course_of(log_odds, np.full((n_steps, 1, 1), 0.01))

    state = weigh_all(course, settings_for([0], [horizon])).state

    # Five opinions that do not overlap count in full, but for what the trailing sum forgets.
    assert state.agents[0, WEIGHT] == pytest.approx(5.0, rel=0.2)


def test_opinions_at_every_step_count_by_their_overlap():
    """Said at every step over five steps, an opinion counts for a fifth."""
    course = course_of(np.full((60, 1, 1), UP), np.full((60, 1, 1), 0.01))

    state = weigh_all(course, settings_for([0], [5])).state

    last = (60 - 1) % len(state.rows)
    assert state.opinions[last, 0, 0, COUNTS] == pytest.approx(0.2)


def test_voices_are_counted_over_all_buckets():
    """Quorum, voices and the numeric flag see every bucket of an instrument."""
    log_odds = np.array([[[1.0, np.nan], [np.nan, np.nan], [1.0, 1.0], [np.nan, np.nan]]])
    course = course_of(log_odds, np.full((1, 2, 2), np.nan))
    rules = small_settings(quorum=2, reads_text=np.array([False, False, True, True]))

    last = weigh_all(course, rules).last

    assert last.n_voices.tolist() == [2, 1]
    assert last.quorate.tolist() == [True, False]
    assert last.numeric.tolist() == [True, False]
    assert last.stands.tolist() == [[True, True], [False, True]]


def test_an_unlisted_instrument_has_no_voices():
    """Opinions do not survive a delisting."""
    course, rules = one_agent([0], 3)
    course.listed[1] = False

    weighed = weigh_all(course, rules)

    assert weighed.share[0].any()
    assert not weighed.share[1:].any()


def test_an_inactive_agent_is_silent():
    """An ablated agent gives what a panel without its opinions gives."""
    course = small_course()
    quiet = course._replace(score=course.score.copy())
    quiet.score[:, 1] = 0.0
    active = np.array([True, False, True, True])

    assert summary_of(course, small_settings(active=active)) == summary_of(
        quiet, small_settings(active=active)
    )
    assert not weigh_all(course, small_settings(active=active)).share[..., 1].any()


def test_disagreement_is_zero_alone_and_grows_with_distance():
    """It is the standard deviation of the voices' recalibrated log-odds."""
    rules = settings_for([0, 0], [1])

    def disagreement(first, second):
        log_odds = np.array([[[first], [second]]])
        return weigh_all(course_of(log_odds, np.full((1, 1, 1), np.nan)), rules).last.disagreement

    assert disagreement(1.0, np.nan)[0, 0] == 0.0
    assert disagreement(1.0, 1.0)[0, 0] == pytest.approx(0.0, abs=EXACT)
    assert disagreement(1.0, -2.0)[0, 0] > disagreement(1.0, -1.0)[0, 0] > 0.0


def test_the_expected_return_starts_at_the_normal_one():
    """Before anything settles it is (2p - 1) sqrt(2 / pi) of the horizon's volatility."""
    course, rules = one_agent([0], 1, horizon=4)

    last = weigh_all(course, rules).last

    normal = (2 * last.probability[0, 0] - 1) * np.sqrt(2 / np.pi) * 0.01 * np.sqrt(4)
    assert normal == pytest.approx(last.expected[0, 0], rel=EXACT)
    assert last.expected_sd[0, 0] > 0.0


def test_an_unknown_volatility_gives_no_expected_return():
    """NaN there, and nowhere else."""
    course, rules = one_agent([0], 1)
    course.volatility[:] = np.nan

    last = weigh_all(course, rules).last

    assert np.isnan(last.expected).all()
    assert np.isfinite(last.probability).all()
    assert np.isfinite(last.log_odds_sd).all()


def test_the_said_is_left_as_it_was():
    """A kernel changes no input but its state."""
    course, rules = small_course(), small_settings()
    said = said_at(course, 9, rules)
    before = Said(*(column.copy() for column in said))

    weigh(start(rules, 3), said, rules)

    for column, then in zip(said, before, strict=True):
        np.testing.assert_array_equal(column, then)


def test_compiled_and_plain_arbiter_agree():
    """The same course gives the same verdicts without compilation, to 1e-12."""
    told = "json.dumps(summary_of(small_course(), small_settings()))"
    plain = subprocess.run(
        [sys.executable, "-c", f"import json; from {__name__} import *; print({told})"],
        cwd=ROOT,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        check=True,
        text=True,
    )

    for compiled, other in zip(
        summary_of(small_course(), small_settings()), json.loads(plain.stdout), strict=True
    ):
        np.testing.assert_allclose(compiled, other, rtol=0, atol=EXACT)
