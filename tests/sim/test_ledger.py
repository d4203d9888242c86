"""The ledger: conserved to the last micro, and mean cost kept through every change."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from steelyard.sim import accounts
from steelyard.sim import ledger as books
from steelyard.sim.accounts import Account
from steelyard.sim.costs import Costs
from steelyard.sim.ledger import conserved, equity
from tests.sim.walk import (
    N_EVENTS,
    N_FAULTS,
    N_INSTRUMENTS,
    NO_FAULT,
    fresh,
    fresh_floor,
    unbalanced,
)

N_SEQUENCES = 10_000


def test_ten_thousand_random_sequences_conserve_every_micro():
    """Orders, splits, dividends, deposits, marks and borrow fees: the sum is 0 after each."""
    traded = flips = 0

    for seed in range(N_SEQUENCES):
        floor = fresh_floor()
        ledger = floor.ledger
        assert unbalanced(floor, seed, NO_FAULT) == -1, f"seed {seed}"
        traded += bool(ledger.cost.any())
        flips += (ledger.lots < 0).any() and (ledger.lots > 0).any()

    assert traded > 0.9 * N_SEQUENCES  # the sequences do something
    assert flips > 0.2 * N_SEQUENCES


@pytest.mark.parametrize("fault", range(1, N_FAULTS + 1))
def test_an_error_of_one_unit_is_found_at_once(fault):
    """One side of a posting forgotten, a holding or mark moved by hand, a micro lent."""
    found = []

    for seed in range(200):
        floor = fresh_floor()
        for i in range(N_INSTRUMENTS):
            books.post_trade(floor.ledger, i, 100 + i, 50, 0)
        first = unbalanced(floor, seed, fault)
        found.append(first == N_EVENTS // 2)

    # In a few sequences everything has been sold by then, and a mark weighs nothing.
    assert np.mean(found) > (0.95 if fault == 3 else 0.999)


def entry_price(ledger, i=0):
    """Mean price of the position in ticks."""
    per_tick = int(ledger.lots[i] * ledger.position[i, accounts.LOT_VALUE])
    return Fraction(int(ledger.entry[i]), per_tick)


def after(*events, ledger=None):
    """Post trades (lots, ticks) and splits ("split", new, old) of the first instrument."""
    ledger = fresh() if ledger is None else ledger
    for step, event in enumerate(events):
        if event[0] == "split":
            books.post_split(ledger, 0, *event[1:])
        else:
            books.post_trade(ledger, 0, *event, step)
    return ledger


@pytest.mark.parametrize(
    ("events", "price", "opened"),
    [
        ([(10, 100), (10, 200)], Fraction(150), 0),
        ([(10, 100), (10, 200), (-5, 900)], Fraction(150), 0),
        ([(-10, 100), (-30, 200)], Fraction(175), 0),
        ([(-10, 100), (4, 900)], Fraction(100), 0),
        ([(10, 100), (-15, 120)], Fraction(120), 1),
        ([(-10, 100), (15, 120)], Fraction(120), 1),
        ([(10, 100), (-10, 120), (3, 50)], Fraction(50), 2),
        ([(10, 100), ("split", 2, 1)], Fraction(50), 0),
        ([(10, 99), ("split", 3, 2)], Fraction(66), 0),
        ([(3, 100), ("split", 1, 2)], Fraction(200), 0),
        ([(-7, 100), ("split", 1, 2), (2, 300)], Fraction(200), 0),
        ([(10, 90), ("split", 7, 3)], Fraction(270, 7), 0),
    ],
)
def test_mean_cost_follows_adds_closes_flips_and_splits(events, price, opened):
    """Worked out by hand; what a split pays out takes its own cost along."""
    ledger = after(*events)

    assert abs(entry_price(ledger) - price) < Fraction(1, 10_000)
    assert ledger.opened_step[0] == opened
    assert conserved(ledger)


@pytest.mark.parametrize("last", [(-10, 120), ("split", 1, 30)])
def test_a_flat_position_has_no_cost_and_no_age(last):
    """Closed by a trade, or paid out whole by a reverse split."""
    ledger = after((10, 100), last)

    assert (ledger.lots[0], ledger.entry[0], ledger.opened_step[0]) == (0, 0, -1)
    assert conserved(ledger)


@pytest.mark.parametrize(("held", "cash"), [(3, 100 * 10_000), (-3, -100 * 10_000)])
def test_a_split_pays_out_what_is_no_whole_lot(held, cash):
    """Half of a lot at the new price of 200 ticks of 0.01."""
    ledger = after((held, 100))
    before = int(ledger.accounts[Account.CASH])

    books.post_split(ledger, 0, 1, 2)

    assert ledger.accounts[Account.CASH] - before == cash
    assert ledger.price_result[0] == 0
    assert equity(ledger) == 0


@given(
    amount=st.integers(-books.LARGEST, books.LARGEST),
    whole=st.integers(1, books.LARGEST),
    fraction=st.fractions(0, 1),
)
@example(amount=books.LARGEST, whole=books.LARGEST, fraction=Fraction(1))
@example(amount=books.LARGEST, whole=books.LARGEST - 1, fraction=Fraction(1, 3))
@example(amount=(1 << 53) + 1, whole=3, fraction=Fraction(1))
def test_a_share_is_exact_far_beyond_what_floats_hold(amount, whole, fraction):
    """The nearest integer, halves away from 0, equal to Python's unbounded integers."""
    part = int(whole * fraction)
    doubled = 2 * abs(amount) * part + whole

    share = books.share_of(amount, part, whole)

    assert share == doubled // (2 * whole) * (1 if amount >= 0 else -1)


def test_mean_cost_of_a_large_position_loses_no_micro():
    """2**53 + 3 micros leave one at a time, and the cost is the number left."""
    ledger = fresh(tick_micros=(1, 1, 1))
    n = (1 << 53) + 3
    after((n, 1), (-1, 1), (-1, 1), ledger=ledger)

    assert (ledger.lots[0], ledger.entry[0]) == (n - 2, n - 2)
    assert conserved(ledger)


HUGE = np.iinfo(np.int64).max


@pytest.mark.parametrize(
    "post",
    [
        lambda ledger: books.post_trade(ledger, 0, HUGE, HUGE, 1),
        lambda ledger: books.post_trade(ledger, 0, HUGE // 10_000, 1, 1),
        lambda ledger: books.post_trade(ledger, 0, -HUGE - 1, 1, 1),
        lambda ledger: books.post_deposit(ledger, HUGE),
        lambda ledger: books.post_deposit(ledger, -HUGE - 1),
        lambda ledger: books.post_costs(ledger, 0, Costs(HUGE, 0, 0, 0)),
        lambda ledger: books.mark(ledger, 0, HUGE),
        lambda ledger: books.post_dividend(ledger, 0, HUGE),
        lambda ledger: books.post_split(ledger, 0, HUGE, 1),
        lambda ledger: books.post_split(ledger, 0, 1, HUGE),
        lambda ledger: [books.post_deposit(ledger, books.LARGEST - 1) for _ in range(8)],
        lambda ledger: [books.post_costs(ledger, i, Costs(1 << 59, 0, 0, 0)) for i in range(3)],
    ],
    ids=str,
)
def test_an_amount_too_large_breaks_the_ledger_for_good(post):
    """No sum wraps around unseen: the fault is set, and no later posting heals it."""
    ledger = after((3, 100))
    before = conserved(ledger)

    post(ledger)
    books.post_deposit(ledger, 1)

    assert before
    assert ledger.fault == 1
    assert not conserved(ledger)


def test_the_largest_amount_is_no_fault():
    """A deposit of 2**60 micros is kept to the last one."""
    ledger = fresh()

    books.post_deposit(ledger, books.LARGEST)

    assert conserved(ledger)
    assert equity(ledger) == books.LARGEST


@pytest.mark.parametrize(("lots", "cash"), [(3, 6_000_000), (-3, -6_000_000), (0, 0)])
def test_a_dividend_goes_to_who_is_long_and_is_charged_to_who_is_short(lots, cash):
    """Two units of currency on three units held."""
    ledger = after((lots, 100)) if lots else fresh()
    before = int(ledger.accounts[Account.CASH])

    books.post_dividend(ledger, 0, 2_000_000)

    assert ledger.accounts[Account.CASH] - before == cash
    assert ledger.carry[0] == cash


@pytest.mark.parametrize(("lots", "fee"), [(3, 0), (-3, 301), (0, 0)])
def test_only_what_is_short_pays_to_borrow(lots, fee):
    """3 units at 100 ticks of 0.01 at 0.01 % and a bit, rounded up to the micro."""
    ledger = after((lots, 100)) if lots else fresh()

    books.post_borrow(ledger, 0, 1.001e-4)

    assert ledger.accounts[Account.BORROW] == fee
    assert ledger.carry[0] == -fee


@pytest.mark.parametrize(
    ("cash", "lots", "interest"),
    [(199, 0, 1), (-199, 0, -4), (0, 0, 0), (300, -4, 1), (100, -4, -2), (300, 4, 1)],
)
def test_interest_is_earned_on_what_is_free_and_paid_on_what_lacks(cash, lots, interest):
    """1 % earned, rounded down, 2 % paid, rounded up, on cash less what shorts brought in."""
    ledger = fresh((1,), (1,))
    books.post_deposit(ledger, cash)
    books.post_trade(ledger, 0, lots, 50, 0)
    books.mark(ledger, 0, 100)
    before = int(ledger.accounts[Account.CASH])

    books.post_interest(ledger, 0.01, 0.02)

    assert ledger.accounts[Account.CASH] - before == interest
    assert ledger.accounts[Account.INTEREST] == -interest
    assert conserved(ledger)


@pytest.mark.parametrize(("lots", "micros"), [(3, 500), (-3, 500), (3, 0), (-3, 0), (0, 500)])
def test_a_delisting_pays_out_every_unit(lots, micros):
    """What is short pays; without value the whole position is lost, or won."""
    ledger = after((lots, 100)) if lots else fresh()
    before = int(ledger.accounts[Account.CASH])

    books.post_cash_out(ledger, 0, micros)

    assert ledger.accounts[Account.CASH] - before == lots * micros
    assert (ledger.lots[0], ledger.entry[0], ledger.opened_step[0]) == (0, 0, -1)
    assert ledger.gross == 0
    assert conserved(ledger)


def test_impact_that_is_got_back_is_a_gain():
    """A negative cost raises cash, and the books balance."""
    ledger = after((3, 100))
    before = equity(ledger)

    books.post_costs(ledger, 0, Costs(5, 3, 2, -40))

    assert equity(ledger) - before == 30
    assert ledger.cost[0] == -30
    assert conserved(ledger)
