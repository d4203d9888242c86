"""Following target weights agrees with its second implementation, halts and caps included."""

import math
import random
from collections import Counter
from functools import cache

import numpy as np

from steelyard.decide.follow import Rules, follow
from tests.reference import follow as reference
from tests.reference.worlds import N_INSTRUMENTS, N_STEPS, game

SEEDS = range(60)
OFTEN = 5
BRANCHES = (
    *("on its way", "within the band", "cap in 1", "cap in 4", "remainder worse", "flip"),
    *(
        "cash cut",
        "margin cut",
        "margin call",
        "broker closes on",
        "no bar",
        "locked 1",
        "locked -1",
    ),
    *("forward split long", "reverse split short", "dividend long", "delisted with value long"),
    *("impact got back", "shift against", "fee due again", "slippage"),
)


def task(seed):
    """Give random bars, target weights that change now and then, terms and rules."""
    drawn = game(seed)
    chance = random.Random(-seed - 1)  # noqa: S311 - worlds, not secrets
    weight = np.zeros((N_STEPS, N_INSTRUMENTS))
    for i in range(N_INSTRUMENTS):
        now = 0.0
        for step in range(N_STEPS):
            if chance.random() < 0.3:
                now = chance.choice((-1.2, -0.4, 0.0, 0.3, 0.9, 2.0, math.nan))
            weight[step, i] = now
    rules = Rules(
        band=chance.choice((0.0, 0.02)),
        daily_loss=chance.choice((0.02, 0.05, 1.0)),
        max_drawdown=chance.choice((0.1, 0.3, 1.0)),
    )
    units = drawn.units._replace(tick_micros=np.full(N_INSTRUMENTS, 10_000))
    return drawn.prints, weight, units, drawn.terms, rules, 300_000_000


@cache
def expected(seed):
    """Follow in the reference, once."""
    return reference.follow(*task(seed))


def test_both_follow_alike():
    """Every fill, halt and micro of equity, at every step."""
    for seed in SEEDS:
        followed, other = follow(*task(seed)), expected(seed)

        assert [tuple(row) for row in followed.fill.tolist()] == other.fills, f"seed {seed}"
        assert followed.state.tolist() == other.state, f"seed {seed}"
        assert followed.equity.tolist() == other.equity, f"seed {seed}"
        assert followed.n_orders == other.n_orders, f"seed {seed}"


def test_these_weights_run_into_both_halts_and_every_cap():
    """A session's loss, a drawdown, and each limit on size."""
    seen = sum((expected(seed).exchange.seen for seed in SEEDS), Counter())
    states = Counter(state for seed in SEEDS for state in set(expected(seed).state))

    assert {name: seen[name] for name in BRANCHES if seen[name] < OFTEN} == {}
    assert states[reference.SESSION_HALT] >= OFTEN
    assert states[reference.DRAWDOWN_HALT] >= OFTEN


def test_orders_that_take_longer_still_arrive():
    """With a step or two on the way a constant target is reached all the same."""
    prints, _, units, terms, _, cash = task(3)
    free = {"cash_account": False, "initial_margin": 0.0, "maintenance_margin": -1e9}
    weight = np.full((N_STEPS, N_INSTRUMENTS), 0.2)

    fills = [
        len(follow(prints, weight, units, terms._replace(latency=n, **free), Rules(), cash).fill)
        for n in range(3)
    ]

    assert min(fills) > N_STEPS // 4
