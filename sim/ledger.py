"""The ledger: double entry in integer money, conserved to the last millionth.

Money is int64 in micros, millionths of the currency; prices are int64 ticks; quantities
int64 lots. Every posting debits one account by what it credits another, so the accounts
always add up to exactly 0, and the holdings always equal lots x mark.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from steelyard.kernel import kernel
from steelyard.types.arrays import Ints
from steelyard.types.decision import Fills

MICROS = 1_000_000
BPS = 10_000
LARGEST = 1 << 61
"""Largest amount of money that may be posted, so that sums of two cannot overflow."""


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
def transfer(ledger: Ledger, debit: int, credit: int, micros: int) -> None:
    """Post one amount to two accounts: the only way money moves."""
    ledger.accounts[debit] += micros
    ledger.accounts[credit] -= micros


@kernel
def value(ledger: Ledger, instrument: int, lots: int, ticks: int) -> int:
    """Give the signed micros of `lots` at `ticks`; 0 and a fault where it would overflow."""
    per_lot = ticks * ledger.lot_units[instrument] * ledger.tick_micros[instrument]
    if per_lot != 0 and abs(lots) > LARGEST // abs(per_lot):
        ledger.fault[0] = 1
        return 0
    return int(lots * per_lot)


@kernel
def mark(ledger: Ledger, instrument: int, ticks: int) -> Ledger:
    """Value a position at a new price; the difference is the result of the price move."""
    moved = value(ledger, instrument, ledger.lots[instrument], ticks) - value(
        ledger, instrument, ledger.lots[instrument], ledger.mark_ticks[instrument]
    )
    transfer(ledger, HOLDINGS, PRICE, moved)
    ledger.price_result[instrument] += moved
    ledger.mark_ticks[instrument] = ticks
    return ledger


@kernel
def post_deposit(ledger: Ledger, micros: int) -> Ledger:
    """Take cash in (or out where negative)."""
    transfer(ledger, CASH, CAPITAL, micros)
    return ledger


@kernel
def post_trade(ledger: Ledger, instrument: int, lots: int, price_ticks: int, step: int) -> Ledger:
    """Buy (or sell, lots < 0) at a tick price; marks the position at that price first."""
    mark(ledger, instrument, price_ticks)
    held = ledger.lots[instrument]
    amount = value(ledger, instrument, lots, price_ticks)
    transfer(ledger, HOLDINGS, CASH, amount)
    ledger.lots[instrument] = held + lots
    if held == 0 or (held > 0) == (lots > 0):
        ledger.entry[instrument] += amount
    elif abs(lots) <= abs(held):
        # Mean cost: what is sold leaves at the mean price of what was held.
        ledger.entry[instrument] -= round(ledger.entry[instrument] * (-lots / held))
    else:
        ledger.entry[instrument] = value(ledger, instrument, held + lots, price_ticks)
    flipped = held != 0 and (held > 0) != (held + lots > 0)
    if ledger.lots[instrument] == 0:
        ledger.entry[instrument] = 0
        ledger.opened_step[instrument] = -1
    elif held == 0 or flipped:
        ledger.opened_step[instrument] = step
    return ledger


@kernel
def post_cost(ledger: Ledger, instrument: int, account: int, micros: int) -> Ledger:
    """Pay a fee, half a spread or slippage, beside the fill and not in its price."""
    transfer(ledger, account, CASH, micros)
    ledger.cost[instrument] += micros
    return ledger


@kernel
def post_dividend(ledger: Ledger, instrument: int, micros_per_unit: int) -> Ledger:
    """Pay a dividend to what is long on the ex-date and charge it to what is short."""
    units = ledger.lots[instrument] * ledger.lot_units[instrument]
    if micros_per_unit != 0 and abs(units) > LARGEST // abs(micros_per_unit):
        ledger.fault[0] = 1
        return ledger
    amount = units * micros_per_unit
    transfer(ledger, CASH, DIVIDEND, amount)
    ledger.carry[instrument] += amount
    return ledger


@kernel
def post_borrow(ledger: Ledger, instrument: int, rate: float) -> Ledger:
    """Charge the fee of one step for borrowed units; `rate` is a fraction per step."""
    held = value(ledger, instrument, ledger.lots[instrument], ledger.mark_ticks[instrument])
    if held < 0:
        fee = int(np.ceil(-held * rate))
        transfer(ledger, BORROW, CASH, fee)
        ledger.carry[instrument] -= fee
    return ledger


@kernel
def post_split(ledger: Ledger, instrument: int, new: int, old: int) -> Ledger:
    """Turn every `old` lots into `new`; what is no whole lot is paid out at the new mark."""
    held = ledger.lots[instrument]
    before = ledger.mark_ticks[instrument]
    if held != 0 and (abs(held) > LARGEST // new or before > LARGEST // old):
        ledger.fault[0] = 1
        return ledger
    sign = 1 if held >= 0 else -1
    whole = sign * (abs(held) * new // old)
    left = held * new - whole * old
    ticks = (2 * before * old + new) // (2 * new)
    paid = value(ledger, instrument, left, ticks) // old
    moved = value(ledger, instrument, whole, ticks) - value(ledger, instrument, held, before) + paid
    transfer(ledger, CASH, HOLDINGS, paid)
    transfer(ledger, HOLDINGS, PRICE, moved)
    ledger.price_result[instrument] += moved
    ledger.lots[instrument] = whole
    ledger.mark_ticks[instrument] = ticks
    if whole == 0:
        ledger.entry[instrument] = 0
        ledger.opened_step[instrument] = -1
    return ledger


@kernel
def post(ledger: Ledger, fills: Fills, step: int) -> Ledger:
    """Post all fills of a bar, in their order."""
    for k in range(fills.n):
        instrument = fills.instrument[k]
        post_trade(ledger, instrument, fills.lots[k], fills.price_ticks[k], step)
        post_cost(ledger, instrument, FEE, fills.fee[k])
        post_cost(ledger, instrument, SPREAD, fills.spread[k])
        post_cost(ledger, instrument, SLIPPAGE, fills.slippage[k])
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
        total += ledger.accounts[account]
    holdings, result, carry, cost = 0, 0, 0, 0
    for i in range(len(ledger.lots)):
        holdings += value(ledger, i, ledger.lots[i], ledger.mark_ticks[i])
        result += ledger.price_result[i]
        carry += ledger.carry[i]
        cost += ledger.cost[i]
    accounts = ledger.accounts
    return bool(
        ledger.fault[0] == 0
        and total == 0
        and holdings == accounts[HOLDINGS]
        and result == -accounts[PRICE]
        and carry == -(accounts[DIVIDEND] + accounts[BORROW])
        and cost == accounts[FEE] + accounts[SPREAD] + accounts[SLIPPAGE]
    )
