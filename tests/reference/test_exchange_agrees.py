"""The exchange and its second implementation agree on random worlds, to the last micro."""

from collections import Counter
from functools import cache

import pytest

from steelyard.sim.ledger import conserved
from steelyard.sim.play import play
from steelyard.types.decision import OrderKind, TimeInForce
from tests.reference import play as reference
from tests.reference.orders import CLOSE, INSIDE, OPEN, STOPS
from tests.reference.worlds import game

SEEDS = range(120)
BLOCK = 20
OFTEN = 3
"""Times that each branch is taken at least."""
MARKET, LIMIT, STOP_LIMIT = OrderKind.MARKET, OrderKind.LIMIT, OrderKind.STOP_LIMIT
ON_OPEN, ON_CLOSE = TimeInForce.ON_OPEN, TimeInForce.ON_CLOSE
ONE_PART = (TimeInForce.IOC, TimeInForce.FOK)


def parts_of(kind, force):
    """Give the parts of a bar in which an order can fill, whatever became of it."""
    if force in (ON_OPEN, ON_CLOSE):
        return (OPEN,) if force == ON_OPEN else (CLOSE,)
    if kind in (LIMIT, STOP_LIMIT) or (kind in STOPS and force in ONE_PART):
        return OPEN, INSIDE
    return (OPEN, CLOSE) if force in ONE_PART else (OPEN, INSIDE, CLOSE)


FILLS = {
    f"fill {kind.name} {force.name} {part}"
    for kind in OrderKind
    for force in TimeInForce
    if kind in (MARKET, LIMIT) or force not in (ON_OPEN, ON_CLOSE)
    for part in parts_of(kind, force)
}
BIRTHS = {f"born {kind.name} {part}" for kind in OrderKind for part in (OPEN, INSIDE, CLOSE)}
ENDS = {
    *(f"{force.name} ends" for force in (TimeInForce.DAY, TimeInForce.GTD)),
    *(f"{force.name} ends in {part}" for force in ONE_PART for part in (OPEN, INSIDE, CLOSE)),
    *("ON_OPEN ends in 1", "ON_CLOSE ends in 4", "FOK short of all", "child dies with its parent"),
}
HELD = ("long", "short", "flat")
ACTIONS = {
    *(f"{way} split {held}" for way in ("forward", "reverse") for held in HELD),
    *("forward split of order", "reverse split of order", "reverse split of order to nothing"),
    *(f"dividend {held}" for held in HELD),
    *(f"delisted {worth} value {held}" for worth in ("with", "without") for held in HELD),
    "delisted order",
}
MEETINGS = {
    *(f"{kind.name} gaps" for kind in (*STOPS, STOP_LIMIT)),
    *(f"{kind.name} inside" for kind in STOPS),
    *("stop at print", "stop reached in vain", "born stop inside", "touch"),
    *("stop-limit rests at print", "stop-limit rests inside"),
    *("trailing drawn", "trailing executed late"),
    *("nearest high first", "nearest low first"),
    *("no bar", "nothing inside", "locked 1", "locked -1"),
}
SIZES = {
    *("cap in 1", "cap in 2", "cap in 4", "remainder worse", "fill all", "fill rest"),
    *("group cuts", "group cancels", "reduce-only cut", "flip"),
    *("cash cut", "cash account sells what it holds", "cash account cannot pay for a sale"),
    *("margin cut", "margin call"),
}
COSTS = {
    *("fee due again", "fee under the minimum", "slippage", "impact got back", "shift against"),
    *("borrow", "earned", "paid"),
}
DEEDS = {
    *("replace", "replace of what is gone", "cancel", "cancel of what is gone"),
    *("late PLACE", "late REPLACE", "late CANCEL"),
    *(f"refused {kind}" for kind in ("MARKET", "LIMIT", "STOP", "STOP_LIMIT")),
}
BRANCHES = FILLS | BIRTHS | ENDS | ACTIONS | MEETINGS | SIZES | COSTS | DEEDS


@cache
def expected(seed):
    """Play a world in the reference, once."""
    return reference.play(*game(seed))


@pytest.mark.parametrize("first", SEEDS[::BLOCK])
def test_both_fill_alike(first):
    """Every fill, refusal, lot, micro of cash and of equity, at every step."""
    for seed in range(first, first + BLOCK):
        played, other = play(*game(seed)), expected(seed)

        assert [tuple(row) for row in played.fill.tolist()] == other.fills, f"seed {seed}"
        assert played.refused.tolist() == other.refused, f"seed {seed}"
        assert played.lots.tolist() == other.lots, f"seed {seed}"
        assert played.cash.tolist() == other.cash, f"seed {seed}"
        assert played.equity.tolist() == other.equity, f"seed {seed}"
        assert conserved(played.ledger), f"seed {seed}"


def test_these_worlds_take_every_branch():
    """Each kind by time in force by part, each birth, end, action, limit and cost."""
    seen = sum((expected(seed).seen for seed in SEEDS), Counter())

    assert {name: seen[name] for name in sorted(BRANCHES) if seen[name] < OFTEN} == {}
