"""The ledger: double entry in integer money, conserved to the last millionth.

Money is int64 in micros, millionths of the currency; prices are int64 ticks; quantities
int64 lots. Every posting debits one account by what it credits another, so the accounts
always add up to exactly 0, and the holdings always equal lots x mark.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from steelyard.kernel import kernel
from steelyard.sim.ticks import split_lots, split_ticks
from steelyard.types.arrays import Ints
from steelyard.types.decision import Fills

LARGEST_BITS = 60
LARGEST = 1 << LARGEST_BITS
"""Largest amount or balance, so that no sum of all accounts can wrap around to 0."""


class Account(IntEnum):
    """Accounts, debit positive: what is owned is > 0, where it came from is < 0."""

    CASH = 0
    HOLDINGS = 1
    CAPITAL = 2
    PRICE = 3
    """Result of price moves on what was held."""
    FEE = 4
    SPREAD = 5
    SLIPPAGE = 6
    DIVIDEND = 7
    BORROW = 8
    INTEREST = 9


N_ACCOUNTS = len(Account)
CASH = int(Account.CASH)
HOLDINGS = int(Account.HOLDINGS)
CAPITAL = int(Account.CAPITAL)
PRICE = int(Account.PRICE)
FEE = int(Account.FEE)
SPREAD = int(Account.SPREAD)
SLIPPAGE = int(Account.SLIPPAGE)
DIVIDEND = int(Account.DIVIDEND)
BORROW = int(Account.BORROW)
INTEREST = int(Account.INTEREST)


class Ledger(NamedTuple):
    """Every cash and unit movement so far, summed; equity is derived."""

    accounts: Ints
    """Balance of each `Account` in micros, shape (N_ACCOUNTS,)."""
    lots: Ints
    """Signed position, shape (n_instruments,), as all below."""
    mark_ticks: Ints
    """Price the position is valued at; 0 before the first mark."""
    entry: Ints
    """Signed micros paid for the present position; its mean price is entry / units."""
    opened_step: Ints
    """Step in which the present position was opened, -1 where flat."""
    price_result: Ints
    """Micros gained by price moves since the start."""
    carry: Ints
    """Micros of dividends less borrow fees since the start."""
    cost: Ints
    """Micros of fees, spread and slippage paid since the start."""
    lot_units: Ints
    """Units (shares) in a lot."""
    tick_micros: Ints
    """Micros in a tick, per unit."""
    fault: Ints
    """1 once an amount was too large to post; a broken invariant. Shape (1,)."""


def open_ledger(lot_units: Ints, tick_micros: Ints) -> Ledger:
    """Give an empty ledger.

    Args:
        lot_units: Units in a lot of each instrument, >= 1.
        tick_micros: Micros in a tick of each instrument, >= 1.
    """

    def zeros() -> Ints:
        return np.zeros(len(lot_units), dtype=np.int64)

    return Ledger(
        accounts=np.zeros(N_ACCOUNTS, dtype=np.int64),
        lots=zeros(),
        mark_ticks=zeros(),
        entry=zeros(),
        opened_step=zeros() - 1,
        price_result=zeros(),
        carry=zeros(),
        cost=zeros(),
        lot_units=lot_units.astype(np.int64),
        tick_micros=tick_micros.astype(np.int64),
        fault=np.zeros(1, dtype=np.int64),
    )


@kernel
def _add(fault: Ints, column: Ints, at: int, amount: int) -> None:
    """Add to a balance; a fault where it would grow too large."""
    total = int(column[at]) + int(amount)
    if -LARGEST <= total <= LARGEST:
        column[at] = total
    else:
        fault[0] = 1


@kernel
def _fits(fault: Ints, amount: float) -> bool:
    """Say whether a product, worked out in floats, may be worked out in integers."""
    fits = abs(amount) <= LARGEST
    if not fits:
        fault[0] = 1
    return fits


@kernel
def share_of(amount: int, part: int, whole: int) -> int:
    """Give amount x part / whole to the nearest integer, though the product may not fit.

    Args:
        amount: At most `LARGEST` on either side of 0.
        part: 0 <= part <= whole.
        whole: 1 <= whole <= `LARGEST`.
    """
    size, part, whole = int(abs(amount)), int(part), int(whole)
    rest = size % whole
    # Long multiplication of rest x part, a bit at a time, divided as it grows.
    quotient, remainder = 0, 0
    for bit in range(LARGEST_BITS, -1, -1):
        quotient, remainder = 2 * quotient, 2 * remainder
        if (part >> bit) & 1:
            remainder += rest
        quotient += remainder // whole
        remainder %= whole
    share = size // whole * part + quotient + (1 if 2 * remainder >= whole else 0)
    return share if amount >= 0 else -share


@kernel
def transfer(ledger: Ledger, debit: int, credit: int, micros: int) -> None:
    """Post one amount to two accounts: the only way money moves."""
    # Callers write int(CASH): for a bare constant Numba compiles a version of its own.
    _add(ledger.fault, ledger.accounts, debit, micros)
    _add(ledger.fault, ledger.accounts, credit, -micros)


@kernel
def value(ledger: Ledger, instrument: int, lots: int, ticks: int) -> int:
    """Give the signed micros of `lots` at `ticks`; 0 and a fault where it would overflow."""
    units, micros = ledger.lot_units[instrument], ledger.tick_micros[instrument]
    if not _fits(ledger.fault, float(lots) * float(ticks) * float(units) * float(micros)):
        return 0
    return int(lots) * int(ticks) * int(units) * int(micros)


@kernel
def mark(ledger: Ledger, instrument: int, ticks: int) -> None:
    """Value a position at a new price; the difference is the result of the price move."""
    held = ledger.lots[instrument]
    moved = value(ledger, instrument, held, ticks) - value(
        ledger, instrument, held, ledger.mark_ticks[instrument]
    )
    transfer(ledger, int(HOLDINGS), int(PRICE), moved)
    _add(ledger.fault, ledger.price_result, instrument, moved)
    ledger.mark_ticks[instrument] = ticks


@kernel
def post_deposit(ledger: Ledger, micros: int) -> None:
    """Take cash in (or out where negative)."""
    transfer(ledger, int(CASH), int(CAPITAL), micros)


@kernel
def post_trade(ledger: Ledger, instrument: int, lots: int, price_ticks: int, step: int) -> None:
    """Buy (or sell, lots < 0) at a tick price; marks the position at that price first."""
    mark(ledger, instrument, price_ticks)
    held = ledger.lots[instrument]
    amount = value(ledger, instrument, lots, price_ticks)
    transfer(ledger, int(HOLDINGS), int(CASH), amount)
    _add(ledger.fault, ledger.lots, instrument, lots)
    now = ledger.lots[instrument]
    if now == 0:
        ledger.entry[instrument] = 0
        ledger.opened_step[instrument] = -1
    elif held == 0 or (held > 0) != (now > 0):
        ledger.entry[instrument] = value(ledger, instrument, now, price_ticks)
        ledger.opened_step[instrument] = step
    elif abs(now) >= abs(held):
        _add(ledger.fault, ledger.entry, instrument, amount)
    else:
        # Mean cost: what is sold leaves at the mean price of what was held.
        ledger.entry[instrument] = share_of(ledger.entry[instrument], abs(now), abs(held))


@kernel
def post_cost(ledger: Ledger, instrument: int, account: int, micros: int) -> None:
    """Pay a fee, half a spread or slippage, beside the fill and not in its price."""
    transfer(ledger, account, int(CASH), micros)
    _add(ledger.fault, ledger.cost, instrument, micros)


@kernel
def post_dividend(ledger: Ledger, instrument: int, micros_per_unit: int) -> None:
    """Pay a dividend to what is long on the ex-date and charge it to what is short."""
    lots, units = ledger.lots[instrument], ledger.lot_units[instrument]
    if not _fits(ledger.fault, float(lots) * float(units) * float(micros_per_unit)):
        return
    amount = int(lots) * int(units) * int(micros_per_unit)
    transfer(ledger, int(CASH), int(DIVIDEND), amount)
    _add(ledger.fault, ledger.carry, instrument, amount)


@kernel
def post_borrow(ledger: Ledger, instrument: int, rate: float) -> None:
    """Charge the fee of one step for borrowed units; `rate` is a fraction per step."""
    held = value(ledger, instrument, ledger.lots[instrument], ledger.mark_ticks[instrument])
    if held < 0:
        fee = int(np.ceil(-held * rate))
        transfer(ledger, int(BORROW), int(CASH), fee)
        _add(ledger.fault, ledger.carry, instrument, -fee)


@kernel
def post_interest(ledger: Ledger, rate: float) -> None:
    """Pay interest of one step on idle cash, rounded down; `rate` is a fraction per step."""
    idle = ledger.accounts[CASH]
    if idle > 0 and rate > 0.0:
        transfer(ledger, int(CASH), int(INTEREST), int(np.floor(idle * rate)))


@kernel
def post_split(ledger: Ledger, instrument: int, new: int, old: int) -> None:
    """Turn every `old` lots into `new`; what is no whole lot is paid out at the new mark."""
    held = ledger.lots[instrument]
    before = ledger.mark_ticks[instrument]
    if abs(held) > LARGEST // new or before > LARGEST // old:
        ledger.fault[0] = 1
        return
    whole = split_lots(held, new, old)
    left = held * new - whole * old
    ticks = split_ticks(before, new, old)
    paid = value(ledger, instrument, left, ticks) // old
    moved = value(ledger, instrument, whole, ticks) - value(ledger, instrument, held, before) + paid
    transfer(ledger, int(CASH), int(HOLDINGS), paid)
    transfer(ledger, int(HOLDINGS), int(PRICE), moved)
    _add(ledger.fault, ledger.price_result, instrument, moved)
    ledger.lots[instrument] = whole
    ledger.mark_ticks[instrument] = ticks
    if held != 0:
        kept = share_of(ledger.entry[instrument], abs(whole) * old, abs(held) * new)
        ledger.entry[instrument] = kept
    if whole == 0:
        ledger.opened_step[instrument] = -1


@kernel
def post(ledger: Ledger, fills: Fills, step: int) -> Ledger:
    """Post all fills of a bar, in their order."""
    for k in range(fills.n):
        instrument = fills.instrument[k]
        post_trade(ledger, instrument, fills.lots[k], fills.price_ticks[k], step)
        post_cost(ledger, instrument, int(FEE), fills.fee[k])
        post_cost(ledger, instrument, int(SPREAD), fills.spread[k])
        post_cost(ledger, instrument, int(SLIPPAGE), fills.slippage[k])
    return ledger


@kernel
def equity(ledger: Ledger) -> int:
    """Give cash plus holdings at their marks, micros."""
    return int(ledger.accounts[CASH] + ledger.accounts[HOLDINGS])


@kernel
def conserved(ledger: Ledger) -> bool:
    """Say whether the books balance exactly and the holdings are what they claim to be."""
    total = 0
    for account in range(N_ACCOUNTS):
        total += int(ledger.accounts[account])
    holdings, result, carry, cost = 0, 0, 0, 0
    for i in range(len(ledger.lots)):
        holdings += value(ledger, i, ledger.lots[i], ledger.mark_ticks[i])
        result += int(ledger.price_result[i])
        carry += int(ledger.carry[i])
        cost += int(ledger.cost[i])
    accounts = ledger.accounts
    return bool(
        ledger.fault[0] == 0
        and total == 0
        and holdings == accounts[HOLDINGS]
        and result == -accounts[PRICE]
        and carry == -(accounts[DIVIDEND] + accounts[BORROW])
        and cost == accounts[FEE] + accounts[SPREAD] + accounts[SLIPPAGE]
    )
