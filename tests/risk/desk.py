"""Builders of what the constructor and the supervisor are given; tests change single fields."""

import numpy as np

from steelyard.risk.constructor import NoQuorum, TradeSettings
from steelyard.risk.supervisor import Limits
from steelyard.types.decision import BookView, Intents, MarketView, Verdicts

PRICE = 50.0
EQUITY = 1_000_000.0
HORIZONS = (5, 21)


def full(n, value, dtype=np.float64):
    """Give an array of shape (n,) of one value, or of the values given."""
    return np.array(np.broadcast_to(np.asarray(value, dtype=dtype), (n,)))


def a_market(n=1, **changes):
    """Give a calm, liquid market; `changes` are numbers or arrays by field."""
    fields = {
        "price": PRICE,
        "volatility": 0.02,
        "step_return": 0.001,
        "adv": 1e6,
        "half_spread_bps": 2.0,
        "age": 0,
        "listed": True,
        "halted": False,
    } | changes
    kinds = {"age": np.int64, "listed": np.bool_, "halted": np.bool_}
    return MarketView(
        **{name: full(n, value, kinds.get(name, np.float64)) for name, value in fields.items()}
    )


def a_book(weight, *, equity=EQUITY, price=PRICE, held_steps=5, entry_price=PRICE, session=100):
    """Give a book that holds whole lots of one unit, close to the weights asked for."""
    lots = np.round(np.atleast_1d(np.asarray(weight, float)) * equity / price).astype(np.int64)
    n = len(lots)
    return BookView(
        equity=float(equity),
        weight=lots * price / equity,
        lots=lots,
        held_steps=np.where(lots == 0, 0, held_steps),
        entry_price=np.where(lots == 0, np.nan, full(n, entry_price)),
        session=session,
    )


def some_verdicts(expected, *, probability=None, sd=0.0005, **changes):
    """Give verdicts of one expected return per step, the same in every bucket."""
    expected = np.atleast_1d(np.asarray(expected, float))
    n, shape = len(expected), (len(expected), len(HORIZONS))
    steps = np.array(HORIZONS)
    p = np.where(expected >= 0, 0.55, 0.45) if probability is None else full(n, probability)
    return Verdicts(
        probability=np.repeat(p[:, None], len(HORIZONS), axis=1),
        log_odds_sd=np.ones(shape),
        base_rate=np.full(len(HORIZONS), 0.5),
        expected=expected[:, None] * steps,
        expected_sd=np.full(shape, sd) * steps,
        disagreement=np.zeros(shape),
        stands=np.ones(shape, np.bool_),
        share=np.zeros((*shape, 2)),
        n_voices=np.full(n, 2),
        numeric=np.ones(n, np.bool_),
        quorate=np.ones(n, np.bool_),
    )._replace(**changes)


def trade(**changes):
    """Give settings of a long-only mandate with a round trip of 10 bps, without impact."""
    return TradeSettings(
        horizon=np.array(HORIZONS),
        long_only=True,
        volatility_target=0.12,
        steps_per_year=252.0,
        kelly_fraction=0.25,
        edge_over_cost=1.5,
        min_probability=0.5,
        min_edge_bps=0.0,
        exit_probability=0.0,
        min_holding=1,
        max_holding=252,
        take_profit_sigmas=np.nan,
        rebalance_every=1,
        no_quorum=int(NoQuorum.HOLD),
        fee_bps=1.0,
        slippage_bps=2.0,
        borrow_bps=100.0,
        impact_coefficient=0.0,
        max_order=1.0,
        max_participation=1.0,
    )._replace(**changes)


def some_intents(target, **changes):
    """Give intents with a sure, quorate, numeric verdict behind each."""
    target = np.atleast_1d(np.asarray(target, float))
    n = len(target)
    return Intents(
        wanted=target,
        target=target,
        edge_bps=full(n, 50.0),
        cost_bps=full(n, 10.0),
        expected=full(n, 0.001),
        holding_steps=full(n, 10.0),
        probability=full(n, 0.6),
        disagreement=full(n, 0.0),
        n_voices=full(n, 2, np.int64),
        numeric=full(n, True, np.bool_),
        quorate=full(n, True, np.bool_),
        reason=full(n, 1, np.int64),
    )._replace(**changes)


def some_limits(n=1, **changes):
    """Give limits so wide that none binds a long book of 100 %."""
    return Limits(
        max_position=1.0,
        max_gross=2.0,
        max_net=2.0,
        max_order=1.0,
        max_participation=1.0,
        price_collar=0.15,
        risk_per_trade=1.0,
        stop_sigmas=5.0,
        daily_loss=0.04,
        max_drawdown=0.35,
        rearm_after=3,
        min_probability=0.505,
        stale_after=3,
        text_alone_refused=True,
        restricted=np.zeros(n, np.bool_),
        lot=np.ones(n),
        key=np.arange(n),
        seed=7,
        path=0,
    )._replace(**changes)


def relabelled(values, order, *, keep=()):
    """Give the same values with the instruments in another order."""
    moved = {
        name: value[order]
        for name, value in values._asdict().items()
        if isinstance(value, np.ndarray) and name not in keep
    }
    return values._replace(**moved)
