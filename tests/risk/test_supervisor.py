"""Tests of the supervisor: what it lets through, cuts, vetoes and enforces."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from steelyard.risk.supervisor import review, start
from steelyard.types.decision import Purpose, Rule, TradingState, Verb
from tests.risk.desk import (
    EQUITY,
    PRICE,
    a_book,
    a_market,
    relabelled,
    some_intents,
    some_limits,
)

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=60)
LOT = PRICE / EQUITY
SLACK = 1e-9


def judge(target, held=0.0, *, limits=None, market=None, state=None, **intents):
    """Review one step of a book, and give the decisions."""
    book = a_book(held)
    n = len(book.lots)
    return review(
        state or start(),
        some_intents(target, **intents),
        book,
        market or a_market(n),
        limits or some_limits(n),
    )[1]


def random_case(seed, n=5):
    """Give intents, book and market in which many rules may fire."""
    random = np.random.default_rng(seed)
    held = random.uniform(-0.4, 0.4, n) * (random.random(n) < 0.6)
    intents = some_intents(
        random.uniform(-0.5, 0.5, n) * (random.random(n) < 0.8),
        probability=random.uniform(0.5, 0.52, n),
        quorate=random.random(n) < 0.9,
        numeric=random.random(n) < 0.9,
    )
    market = a_market(
        n,
        volatility=random.uniform(0.01, 0.04, n),
        adv=random.uniform(1e4, 1e6, n),
        step_return=random.normal(0, 0.06, n),
        age=random.integers(0, 5, n),
    )
    return intents, a_book(held), market


def tight(n=5, **changes):
    """Give limits of which several bind in a random case."""
    return some_limits(
        n,
        max_position=0.3,
        max_gross=0.9,
        max_net=0.5,
        max_order=0.2,
        max_participation=0.5,
        risk_per_trade=0.15,
    )._replace(**changes)


RULES = {
    Rule.RESTRICTED: ({"restricted": np.array([True])}, {"restricted": np.array([False])}),
    Rule.RISK_PER_TRADE: ({"risk_per_trade": 0.05}, {"risk_per_trade": 0.15}),
    Rule.MAX_ORDER: ({"max_order": 0.1}, {"max_order": 0.31}),
    Rule.PARTICIPATION: ({"max_participation": 0.004}, {"max_participation": 0.007}),
    Rule.MAX_POSITION: ({"max_position": 0.25}, {"max_position": 0.31}),
    Rule.MAX_GROSS: ({"max_gross": 0.25}, {"max_gross": 0.31}),
    Rule.MAX_NET: ({"max_net": 0.25}, {"max_net": 0.31}),
    Rule.MIN_SIZE: ({"max_order": 0.9 * LOT}, {"max_order": 1.1}),
}
VETOES = {
    Rule.HALT: ({"market": a_market(halted=True)}, {"market": a_market()}),
    Rule.STALE_DATA: ({"market": a_market(age=4)}, {"market": a_market(age=3)}),
    Rule.NO_PRICE: ({"market": a_market(adv=np.nan)}, {"market": a_market()}),
    Rule.QUORUM: ({"quorate": np.array([False])}, {}),
    Rule.PROBABILITY: (
        {"probability": np.array([0.504])},
        {"probability": np.array([0.495])},
    ),
    Rule.TEXT_ALONE: ({"numeric": np.array([False])}, {}),
    Rule.PRICE_COLLAR: (
        {"market": a_market(step_return=-0.16)},
        {"market": a_market(step_return=-0.14)},
    ),
    Rule.TRADING_STATE: (
        {"state": start()._replace(trading=2, high_water=EQUITY)},
        {"state": start()._replace(trading=1, high_water=EQUITY)},
    ),
    Rule.DAILY_LOSS: (
        {"state": start()._replace(equity=1.05 * EQUITY)},
        {"state": start()._replace(equity=1.04 * EQUITY)},
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_limit_cuts_an_opening_only_where_it_binds(rule):
    """Opening 30 % is cut by the tight limit with a record, and untouched by the wide one."""
    tight_field, wide_field = RULES[rule]

    cut = judge(0.3, limits=some_limits(1, **tight_field))
    free = judge(0.3, limits=some_limits(1, **wide_field))

    assert np.isfinite(cut.before[0, rule])
    assert abs(cut.after[0, rule]) < abs(cut.before[0, rule])
    assert cut.verb[0] in (Verb.RESIZE, Verb.VETO)
    assert np.isnan(free.before[0, rule])
    assert (free.verb[0], free.allowed[0]) == (Verb.APPROVE, pytest.approx(0.3))


@pytest.mark.parametrize("rule", VETOES)
def test_a_veto_lets_nothing_open_only_where_it_fires(rule):
    """Opening 30 % is refused with a record in the one case, and approved in the other."""
    firing, silent = VETOES[rule]

    refused, free = judge(0.3, **firing), judge(0.3, **silent)

    assert (refused.before[0, rule], refused.after[0, rule]) == (pytest.approx(0.3), 0.0)
    assert (refused.verb[0], refused.order_lots[0]) == (Verb.VETO, 0)
    assert (free.verb[0], free.order_lots[0]) == (Verb.APPROVE, 6000)
    assert np.isnan(free.before[0]).all()


@pytest.mark.parametrize("field", ["price", "volatility", "adv"])
def test_what_nobody_knows_refuses_what_adds_risk(field):
    """A rule whose input is missing fails closed."""
    decisions = judge(0.3, market=a_market(**{field: np.nan}))

    assert (decisions.verb[0], decisions.allowed[0]) == (Verb.VETO, 0.0)
    assert np.isfinite(decisions.before[0, Rule.NO_PRICE])


def test_where_nothing_trades_nothing_opens():
    """Volume zero leaves no share of it."""
    decisions = judge(0.3, market=a_market(adv=0.0))

    assert (decisions.verb[0], decisions.after[0, Rule.PARTICIPATION]) == (Verb.VETO, 0.0)


def test_the_risk_of_a_trade_is_its_weight_times_the_distance_of_its_stop():
    """At 5 x 2 % x sqrt(21) to the stop, 3 % of equity at risk allow 6.55 %."""
    decisions = judge(0.3, limits=some_limits(1, risk_per_trade=0.03))

    distance = 5 * 0.02 * 21**0.5
    assert decisions.allowed[0] == pytest.approx(0.03 / distance, abs=LOT)
    assert decisions.trigger[0, Rule.RISK_PER_TRADE] == pytest.approx(0.3 * distance)
    assert decisions.stop[0] == pytest.approx(PRICE * (1 - distance))


def test_a_short_has_its_stop_above_and_no_stop_means_none():
    """The protective stop lies on the losing side; NaN where the scenario has none."""
    short = judge(-0.1)
    bare = judge(0.3, limits=some_limits(1, stop_sigmas=np.nan, risk_per_trade=0.001))

    assert short.stop[0] == pytest.approx(PRICE * (1 + 5 * 0.02 * 21**0.5))
    assert np.isnan(bare.stop[0])
    assert bare.verb[0] == Verb.APPROVE


@FEW
@given(seed=SEEDS)
def test_review_only_shrinks(seed):
    """No order is larger than asked for, none changes sides, but what is enforced reduces."""
    intents, book, market = random_case(seed)

    decisions = review(start(), intents, book, market, tight())[1]

    weight, asked = book.weight, intents.target - book.weight
    done = decisions.allowed - weight
    own = decisions.verb == Verb.ENFORCE
    assert (np.abs(done) <= np.abs(asked) + SLACK)[~own].all()
    assert (done * asked >= 0)[~own].all()
    assert (np.abs(decisions.allowed) <= np.abs(weight) + SLACK)[own].all()
    assert (decisions.allowed * weight >= 0).all()
    assert (np.abs(decisions.allowed) <= np.maximum(np.abs(intents.target), np.abs(weight))).all()


@FEW
@given(seed=SEEDS)
@example(seed=3411819)  # a reduction rounded down after its whole size had made room
def test_exposure_stays_within_its_limits_or_falls(seed):
    """Position and gross are within their limits after the orders, net no further outside."""
    intents, book, market = random_case(seed)
    limits = tight()

    allowed = review(start(), intents, book, market, limits)[1].allowed

    reduced = np.where(np.abs(allowed) < np.abs(book.weight), allowed, book.weight)
    assert (np.abs(allowed) <= limits.max_position + SLACK).all()
    assert np.abs(allowed).sum() <= limits.max_gross + SLACK
    assert abs(allowed.sum()) <= max(limits.max_net, abs(reduced.sum())) + SLACK


@FEW
@given(seed=SEEDS)
def test_a_reduction_is_never_blocked(seed):
    """In any state and under any limit what was asked to shrink shrinks at least as far."""
    intents, book, market = random_case(seed)
    state = start()._replace(trading=seed % 3, high_water=EQUITY, equity=1.2 * EQUITY)

    decisions = review(state, intents, book, market, tight())[1]

    target = np.where(intents.target * book.weight < 0, 0.0, intents.target)
    reduces = np.abs(target) < np.abs(book.weight)
    assert (np.abs(decisions.allowed) < np.abs(target) + LOT)[reduces].all()


ALONE = ("max_position", "max_order", "max_participation", "risk_per_trade")
TOGETHER = ("max_gross", "max_net")


@FEW
@given(seed=SEEDS, field=st.sampled_from(ALONE + TOGETHER), factor=st.floats(0.0, 1.0))
def test_a_tighter_limit_never_allows_more(seed, field, factor):
    """No position is larger, but for the one lot that rank decides.

    Limits of single names are tried with those of the portfolio wide: under a binding one,
    what is cut from one name makes room for another.
    """
    intents, book, market = random_case(seed)
    limits = tight() if field in TOGETHER else tight(max_gross=9.0, max_net=9.0)
    tighter = limits._replace(**{field: getattr(limits, field) * factor})

    wide = review(start(), intents, book, market, limits)[1].allowed
    narrow = review(start(), intents, book, market, tighter)[1].allowed

    assert (np.abs(narrow) <= np.abs(wide) + LOT + SLACK).all()


@FEW
@given(seed=SEEDS)
def test_relabelling_instruments_changes_no_decision(seed):
    """Instruments in another order, keys carried along: the same decisions, in that order."""
    intents, book, market = random_case(seed)
    order = np.random.default_rng(seed).permutation(5)
    limits = tight(lot=np.array([1.0, 100.0, 1.0, 10.0, 1000.0]))

    plain = review(start(), intents, book, market, limits)[1]
    moved = review(
        start(),
        relabelled(intents, order),
        relabelled(book, order),
        relabelled(market, order),
        relabelled(limits, order),
    )[1]

    for name in ("verb", "allowed", "order_lots", "purpose", "stop", "before", "after", "trigger"):
        np.testing.assert_array_equal(getattr(moved, name), getattr(plain, name)[order])


def test_a_change_of_side_closes_first():
    """Long 20 %, short 10 % wanted: flat now, without a stop; the rest is asked anew."""
    decisions = judge(-0.1, 0.2)

    assert (decisions.allowed[0], decisions.order_lots[0]) == (0.0, -4000)
    assert (decisions.verb[0], decisions.purpose[0]) == (Verb.RESIZE, Purpose.REDUCE)
    assert np.isnan(decisions.stop[0])


def test_what_is_reduced_makes_room_for_what_is_opened():
    """Gross 100 % of which 40 % is sold leaves 40 % for another instrument."""
    decisions = judge([0.6, 0.6], [1.0, 0.0], limits=some_limits(2, max_gross=1.0))

    assert decisions.allowed == pytest.approx([0.6, 0.4])


def test_one_factor_scales_all_that_add_risk():
    """60 % and 20 % asked for under 40 % of gross: half of each."""
    decisions = judge([0.6, -0.2], [0.0, 0.0], limits=some_limits(2, max_gross=0.4))

    assert decisions.allowed == pytest.approx([0.3, -0.1])
    assert decisions.verb.tolist() == [Verb.RESIZE, Verb.RESIZE]


def test_leftover_lots_go_out_by_seed_not_by_place():
    """Three share five lots: who gets the two left over depends on the seed alone."""
    asked = np.full(3, 10 * LOT)
    shares = {
        tuple(
            judge(
                asked, np.zeros(3), limits=some_limits(3, max_gross=5.0 * LOT, seed=seed)
            ).order_lots.tolist()
        )
        for seed in range(40)
    }

    assert shares == {(1, 2, 2), (2, 1, 2), (2, 2, 1)}


def test_less_than_a_lot_asks_for_nothing():
    """A wish too small to trade is no veto."""
    decisions = judge(0.4 * LOT)

    assert decisions.verb.tolist() == [Verb.NONE]


def test_a_position_carried_past_its_limit_is_brought_back():
    """40 % held under 35 %: reduced, whatever is wanted."""
    decisions = judge([0.6, 0.1], [0.4, 0.1], limits=some_limits(2, max_position=0.35))

    assert decisions.allowed == pytest.approx([0.35, 0.1], abs=LOT)
    assert decisions.allowed[0] <= 0.35 + SLACK
    assert decisions.verb.tolist() == [Verb.ENFORCE, Verb.NONE]
    assert decisions.trigger[0, Rule.MAX_POSITION] == pytest.approx(0.4)


def test_gross_carried_past_its_limit_is_brought_back():
    """All positions shrink by one factor, and nothing opens."""
    limits = some_limits(3, max_gross=1.0)

    decisions = judge([0.8, -0.4, 0.5], [0.8, -0.4, 0.0], limits=limits)

    assert decisions.allowed == pytest.approx([0.8 / 1.2, -0.4 / 1.2, 0.0], abs=LOT)
    assert decisions.verb.tolist() == [Verb.ENFORCE, Verb.ENFORCE, Verb.VETO]


def test_a_daily_loss_forbids_opening_for_one_step():
    """5 % down since the session before: opening is refused, the step after it is not."""
    state, limits, market = start(), some_limits(), a_market()
    verbs = []
    for t, equity in enumerate([EQUITY, 0.95 * EQUITY, 0.95 * EQUITY]):
        book = a_book(0.0, equity=equity, session=100 + t)
        state, decisions = review(state, some_intents(0.3), book, market, limits)
        verbs.append((decisions.verb[0], decisions.state))

    assert verbs == [
        (Verb.APPROVE, TradingState.ACTIVE),
        (Verb.VETO, TradingState.REDUCING),
        (Verb.APPROVE, TradingState.ACTIVE),
    ]


def test_within_a_session_the_loss_is_counted_from_its_start():
    """Falls of about 2 % in one session add up, and stand until the session ends."""
    state, states = start(), []
    for equity, session in [(1.0, 1), (0.98, 2), (0.965, 2), (0.94, 2), (0.94, 3)]:
        book = a_book(0.0, equity=equity * EQUITY, session=session)
        state, decisions = review(state, some_intents(0.0), book, a_market(), some_limits())
        states.append(decisions.state)

    assert states == [0, 0, 0, TradingState.REDUCING, 0]


def test_a_drawdown_flattens_halts_and_is_rearmed():
    """36 % below the mark: flat, nothing opens for three steps, then from a new mark."""
    state, limits = start(), some_limits(rearm_after=3, daily_loss=1.0)
    seen = []
    for t, equity in enumerate([1.0, 0.64, 0.64, 0.64, 0.64, 0.5, 0.41]):
        book = a_book(0.2, equity=equity * EQUITY, session=t)
        state, decisions = review(state, some_intents(0.3), book, a_market(), limits)
        seen.append((decisions.state, decisions.verb[0], round(decisions.allowed[0], 3)))

    on, halted = (0, Verb.APPROVE, 0.3), (2, Verb.ENFORCE, 0.0)
    assert seen == [on, halted, halted, halted, on, on, halted]
    assert decisions.trigger[0, Rule.DRAWDOWN] == pytest.approx(1 - 0.41 / 0.64)


def test_without_rearming_a_halt_lasts():
    """`rearm: never` means never, also at a new high."""
    state, limits = start(), some_limits(rearm_after=-1)
    for equity in [1.0, 0.5, 2.0, 3.0]:
        book = a_book(0.0, equity=equity * EQUITY)
        state, decisions = review(state, some_intents(0.3), book, a_market(), limits)

    assert (decisions.state, decisions.verb[0]) == (TradingState.HALTED, Verb.VETO)


@pytest.mark.parametrize("equity", [np.nan, np.inf, -np.inf, 0.0, -1.0])
def test_equity_that_is_no_positive_number_halts_and_flattens(equity):
    """The lots are sold although no weight can be known; re-arming waits for sound equity."""
    book = a_book(0.2)._replace(equity=equity, weight=np.array([np.nan]))
    state, decisions = review(start(), some_intents(0.3), book, a_market(), some_limits())
    for _ in range(10):
        state, decisions = review(state, some_intents(0.3), book, a_market(), some_limits())

    assert (decisions.state, decisions.order_lots[0]) == (TradingState.HALTED, -4000)
    assert decisions.verb[0] == Verb.ENFORCE


def test_a_halted_position_without_price_waits():
    """Nothing can be sold without a price; the record says so."""
    book = a_book(0.2)
    state = start()._replace(trading=2, high_water=EQUITY)

    decisions = review(state, some_intents(0.3), book, a_market(price=np.nan), some_limits())[1]

    assert (decisions.verb[0], decisions.order_lots[0]) == (Verb.VETO, 0)
    assert decisions.allowed[0] == pytest.approx(0.2)
