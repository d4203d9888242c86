"""Tests of the constructor: from verdicts to targets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.risk.constructor import NoQuorum, propose, start
from steelyard.risk.covariance import covariance, update_moments
from steelyard.types.decision import Reason
from tests.risk.desk import EQUITY, PRICE, a_book, a_market, relabelled, some_verdicts, trade

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=40)
ROUND_TRIP_BPS = 10.0
BPS = 1e-4


def step(verdicts, book, market, asked):
    """Propose at the first step, and give the intents."""
    return propose(start(len(book.lots)), verdicts, book, market, asked)[1]


def random_case(seed, n=5):
    """Give verdicts, book and market of n instruments, some held, some not worth a trade."""
    random = np.random.default_rng(seed)
    verdicts = some_verdicts(random.normal(0, 0.001, n), sd=random.uniform(1e-4, 1e-3))
    weight = random.uniform(0, 0.3, n) * (random.random(n) < 0.5)
    market = a_market(n, volatility=random.uniform(0.01, 0.03, n))
    return verdicts, a_book(weight), market._replace(step_return=random.normal(0, 0.02, n))


def test_without_edge_nothing_is_traded_from_flat():
    """Zero expected return never pays a cost, on either side."""
    intents = step(some_verdicts(np.zeros(3)), a_book(np.zeros(3)), a_market(3), trade())

    assert intents.target.tolist() == [0.0, 0.0, 0.0]


@FEW
@given(seed=SEEDS)
def test_an_edge_below_cost_opens_nothing(seed):
    """A gain over the longest horizon smaller than the cost asked for leaves a flat book flat."""
    random = np.random.default_rng(seed)
    most = 1.5 * ROUND_TRIP_BPS * BPS / 21
    verdicts = some_verdicts(random.uniform(-most, most, 4))

    intents = step(verdicts, a_book(np.zeros(4)), a_market(4), trade(long_only=False))

    assert not intents.target.any()


def test_one_instrument_moves_to_the_edge_of_its_band():
    """Target is (mu - toll) / (gamma sigma^2): Kelly on what costs leave, by hand."""
    mean, sigma, steps = 0.0005, 0.02, 13.0
    verdicts = some_verdicts(mean)

    intents = step(verdicts, a_book(0.0), a_market(1), trade())

    toll = 1.5 * ROUND_TRIP_BPS * BPS / steps
    assert intents.holding_steps == pytest.approx([steps])
    assert intents.wanted == pytest.approx([0.25 * mean / sigma**2])
    assert intents.target == pytest.approx([0.25 * (mean - toll) / sigma**2])
    assert intents.reason.tolist() == [Reason.EDGE]


def test_a_short_must_also_earn_its_borrow():
    """The band of a short is wider by the borrow of its holding time."""
    mean, sigma, steps = -0.0005, 0.02, 13.0

    intents = step(some_verdicts(mean), a_book(0.0), a_market(1), trade(long_only=False))

    cost = ROUND_TRIP_BPS + 100.0 * steps / 252.0
    assert intents.cost_bps == pytest.approx([cost])
    assert intents.edge_bps == pytest.approx([-mean * steps / BPS])
    assert intents.target == pytest.approx([0.25 * (mean + 1.5 * cost * BPS / steps) / sigma**2])


def test_a_target_in_its_band_stays_there():
    """What stands at the edge of the band asks for nothing at the next step."""
    verdicts, market = some_verdicts([0.0005, 0.0004]), a_market(2, step_return=np.nan)
    first = step(verdicts, a_book([0.0, 0.0]), market, trade())
    book = a_book([0.0, 0.0])._replace(weight=first.target, lots=np.array([1000, 1000]))

    again = step(verdicts, book, market, trade())

    assert again.target.tolist() == first.target.tolist()
    assert again.reason.tolist() == [Reason.BAND, Reason.BAND]


@FEW
@given(seed=SEEDS)
def test_who_moved_pays_exactly_and_who_stayed_would_not_pay(seed):
    """First unit of a trade gains more than its cost; of a refused one, no more."""
    verdicts, book, market = random_case(seed)

    intents = step(verdicts, book, market, trade(long_only=False))

    pays = intents.edge_bps > 1.5 * intents.cost_bps * (1 + 1e-9)
    moved = intents.target != book.weight
    ruled = np.isin(intents.reason, [Reason.ENTRY_RULE, Reason.MIN_HOLDING])
    assert (pays | ~moved)[~ruled].all()
    assert (moved | ~pays)[~ruled].all()


@FEW
@given(seed=SEEDS)
def test_long_only_wants_no_short(seed):
    """Neither the wish nor the target is below zero."""
    intents = step(*random_case(seed), trade())

    assert (intents.wanted >= 0).all()
    assert (intents.target >= 0).all()


@FEW
@given(seed=SEEDS, long_only=st.booleans())
def test_relabelling_instruments_changes_no_target(seed, long_only):
    """Targets of instruments in another order are the same to the last bit."""
    n, asked = 6, trade(long_only=long_only)
    cases = [random_case(seed + t, n) for t in range(4)]
    order = np.random.default_rng(seed).permutation(n)
    state, other = start(n), start(n)

    for verdicts, book, market in cases:
        state, intents = propose(state, verdicts, book, market, asked)
        other, moved = propose(
            other,
            relabelled(verdicts, order, keep=("base_rate",)),
            relabelled(book, order),
            relabelled(market, order),
            asked,
        )

        assert moved.target.tolist() == intents.target[order].tolist()
        assert moved.reason.tolist() == intents.reason[order].tolist()


@FEW
@given(seed=SEEDS)
def test_dearer_trades_are_smaller(seed):
    """A higher `edge_over_cost` never trades more in sum."""
    verdicts, book, market = random_case(seed)
    ratios = [0.0, 0.5, 1.0, 2.0, 4.0]

    turnover = [
        np.abs(step(verdicts, book, market, trade(edge_over_cost=ratio)).target - book.weight).sum()
        for ratio in ratios
    ]

    assert (np.diff(turnover) <= 1e-9).all()


@FEW
@given(seed=SEEDS)
def test_wanted_weights_keep_the_volatility_target(seed):
    """Ex-ante volatility of what is wanted is within the target."""
    verdicts, book, market = random_case(seed)
    moments = np.zeros((5, 5))
    update_moments(moments, market.step_return)
    risk = covariance(moments, 1, market.volatility, np.arange(5))

    wanted = step(verdicts, book, market, trade(long_only=False, kelly_fraction=1.0)).wanted

    assert np.sqrt(wanted @ risk @ wanted * 252) <= 0.12 * (1 + 1e-9)


def test_buckets_are_averaged_never_summed():
    """Two horizons that expect the same per step want what one of them wants."""
    both = some_verdicts(0.0005)
    one = both._replace(stands=np.array([[True, False]]))

    assert step(both, a_book(0.0), a_market(1), trade()).wanted == pytest.approx(
        step(one, a_book(0.0), a_market(1), trade()).wanted
    )


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(NoQuorum.HOLD, 0.2), (NoQuorum.DECAY, 0.2 * 12 / 13), (NoQuorum.EXIT, 0.0)],
)
def test_without_quorum_a_position_is_held_decays_or_ends(mode, expected):
    """The scenario says what becomes of it; a flat instrument stays flat."""
    quorate = np.zeros(2, np.bool_)
    verdicts = some_verdicts([0.002, 0.002], quorate=quorate)

    intents = step(verdicts, a_book([0.2, 0.0]), a_market(2), trade(no_quorum=int(mode)))

    assert intents.target == pytest.approx([expected, 0.0])
    assert intents.reason.tolist() == [Reason.NO_QUORUM, Reason.NO_QUORUM]


RULES = {
    "take profit": ({"take_profit_sigmas": 1.0}, {"entry_price": 40.0}, 0.0, Reason.TAKE_PROFIT),
    "no profit yet": ({"take_profit_sigmas": 3.0}, {"entry_price": 40.0}, None, None),
    "too long": ({"max_holding": 30}, {"held_steps": 30}, 0.0, Reason.MAX_HOLDING),
    "long, not too long": ({"max_holding": 30}, {"held_steps": 29}, None, None),
    "improbable": ({"exit_probability": 0.56}, {}, 0.0, Reason.EXIT_RULE),
    "improbable, young": ({"exit_probability": 0.56, "min_holding": 6}, {}, None, None),
}


@pytest.mark.parametrize("name", RULES)
def test_an_exit_rule_closes_a_position(name):
    """Each rule closes on its own threshold and not before it."""
    asked, held, target, reason = RULES[name]
    verdicts, book = some_verdicts(0.001), a_book(0.2, **held)

    intents = step(verdicts, book, a_market(1), trade(**asked))

    closed = [Reason.TAKE_PROFIT, Reason.MAX_HOLDING, Reason.EXIT_RULE]
    if reason is None:
        assert intents.reason[0] not in closed
        assert intents.target[0] > 0
    else:
        assert (intents.target[0], intents.reason[0]) == (target, reason)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, Reason.EDGE),
        ({"min_probability": 0.551}, Reason.ENTRY_RULE),
        ({"min_edge_bps": 131.0}, Reason.ENTRY_RULE),
        ({"min_edge_bps": 129.0}, Reason.EDGE),
        ({"edge_over_cost": 13.1}, Reason.COST),
        ({"edge_over_cost": 12.9}, Reason.EDGE),
    ],
)
def test_an_entry_needs_probability_edge_and_its_cost(asked, reason):
    """An edge of 130 bps at 55 % against 10 bps of cost is opened, unless more is asked."""
    intents = step(some_verdicts(0.001), a_book(0.0), a_market(1), trade(**asked))

    assert intents.reason.tolist() == [reason]
    assert (intents.target[0] > 0) == (reason == Reason.EDGE)


def test_a_wish_to_be_short_is_named_where_the_mandate_forbids_it():
    """Nothing is asked for, and the reason says why."""
    intents = step(some_verdicts(-0.001), a_book(0.0), a_market(1), trade())

    assert (intents.target[0], intents.reason[0]) == (0.0, Reason.MANDATE)


def test_a_young_position_is_not_reduced():
    """Before the minimum holding time a bad verdict does not sell; after it, it does."""
    verdicts = some_verdicts(-0.001)
    young = step(verdicts, a_book(0.2, held_steps=2), a_market(1), trade(min_holding=3))
    grown = step(verdicts, a_book(0.2, held_steps=3), a_market(1), trade(min_holding=3))

    assert (young.target[0], young.reason[0]) == (pytest.approx(0.2), Reason.MIN_HOLDING)
    assert (grown.target[0], grown.reason[0]) == (0.0, Reason.EDGE)


@pytest.mark.parametrize(
    ("asked", "share"),
    [
        ({}, None),
        ({"max_order": 0.05}, 0.05 * EQUITY / PRICE / 1e6),
        ({"max_participation": 1e-4}, 1e-4),
    ],
)
def test_the_round_trip_holds_the_impact_of_half_the_move(asked, share):
    """0.6 volatilities times the root of its share of volume, each way, at most of one order."""
    intents = step(
        some_verdicts(0.001), a_book(0.0), a_market(1), trade(impact_coefficient=0.6, **asked)
    )

    if share is None:
        share = 0.5 * intents.wanted[0] * EQUITY / PRICE / 1e6
    impact_bps = 2 * 0.6 * 0.02 * np.sqrt(share) / BPS
    assert intents.cost_bps[0] == pytest.approx(ROUND_TRIP_BPS + impact_bps)


@pytest.mark.parametrize("adv", [0.0, np.nan])
def test_impact_without_a_known_volume_is_that_of_the_largest_order(adv):
    """Nothing is taken for cheap because nothing is known of it."""
    asked = trade(impact_coefficient=0.6, max_participation=0.01)
    intents = step(some_verdicts(0.001), a_book(0.0), a_market(1, adv=adv), asked)

    assert intents.cost_bps[0] == pytest.approx(ROUND_TRIP_BPS + 2 * 0.6 * 0.02 * 0.1 / BPS)


@FEW
@given(seed=SEEDS)
def test_impact_never_makes_a_larger_trade(seed):
    """The thinner the volume, the less of one instrument is traded."""
    verdicts, book, market = random_case(seed, n=1)
    asked = trade(impact_coefficient=0.6)

    moved = [
        abs(step(verdicts, book, market._replace(adv=np.array([adv])), asked).target - book.weight)
        for adv in (1e9, 1e7, 1e5, 1e3)
    ]

    assert (np.diff(np.concatenate(moved)) <= 1e-9).all()


def test_between_rebalances_nothing_moves():
    """With a cadence of three, the first and fourth step trade."""
    state, reasons = start(1), []
    for _ in range(4):
        state, intents = propose(
            state, some_verdicts(0.001), a_book(0.0), a_market(1), trade(rebalance_every=3)
        )
        reasons.append(intents.reason[0])

    assert reasons == [Reason.EDGE, Reason.CADENCE, Reason.CADENCE, Reason.EDGE]


@pytest.mark.parametrize("field", ["price", "volatility", "half_spread_bps"])
def test_what_cannot_be_priced_is_left_alone(field):
    """No price, volatility or spread: the held weight is the target, others go on."""
    market = a_market(2, **{field: [np.nan, a_market(1)._asdict()[field][0]]})

    intents = step(some_verdicts([0.001, 0.001]), a_book([0.2, 0.0]), market, trade())

    assert intents.reason.tolist() == [Reason.NO_PRICE, Reason.EDGE]
    assert intents.target[0] == pytest.approx(0.2)


def test_what_left_the_universe_is_sold():
    """A position in an instrument no longer listed is closed."""
    intents = step(some_verdicts(0.001), a_book(0.2), a_market(1, listed=False), trade())

    assert (intents.target[0], intents.reason[0]) == (0.0, Reason.EXIT_RULE)
