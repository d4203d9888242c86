"""The ledger: double entry in integer money, conserved to the last millionth.

Money is int64 in micros, millionths of the currency; prices are int64 ticks; quantities
int64 lots. Every posting debits one account by what it credits another, so the accounts
always add up to exactly 0, and the holdings always equal lots x mark.
"""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined, kernel, leaf
from steelyard.sim.accounts import (
    BORROW,
    CAPITAL,
    CARRY,
    CASH,
    COST,
    DIVIDEND,
    ENTRY,
    FEE,
    HOLDINGS,
    IMPACT,
    INTEREST,
    KEY,
    LOT_UNITS,
    LOT_VALUE,
    LOTS,
    MARK,
    N_ACCOUNTS,
    N_POSITION_COLUMNS,
    OPENED,
    PRICE,
    PRICE_RESULT,
    SLIPPAGE,
    SPREAD,
)
from steelyard.sim.costs import Costs, Units
from steelyard.sim.ticks import split_lots, split_ticks
from steelyard.types.arrays import Floats, Ints
from steelyard.types.decision import FillColumn, Fills

LARGEST_BITS = 60
LARGEST = 1 << LARGEST_BITS
"""Largest amount or balance, so that no sum of all accounts can wrap around to 0."""
SQUARE_FITS = 3_000_000_000
"""Below it, the square of a number fits an int64."""


GROSS, FAULT = range(2)
"""Places in `Ledger.state`."""
TOO_LARGE, OVERFULL = 1, 2
"""Faults: an amount was too large to post; there was no room for another fill."""


class Ledger(NamedTuple):
    """Every cash and unit movement so far, summed; equity is derived."""

    accounts: Ints
    """Balance of each `Account` in micros, shape (N_ACCOUNTS,)."""
    position: Ints
    """Columns as `PositionColumn`, shape (n_instruments, 10)."""
    shift: Floats
    """Where our own fills have moved each price for good, as a fraction, shape (n_instruments,)."""
    state: Ints
    """What is summed beside the accounts: the absolute values of all positions at their marks,
    micros; and the fault, > 0 once an invariant is broken. Shape (2,)."""

    @property
    def gross(self) -> int:
        """Sum of the absolute values of all positions at their marks, micros."""
        return int(self.state[GROSS])

    @property
    def fault(self) -> int:
        """0 while there is none, else `TOO_LARGE` or `OVERFULL`."""
        return int(self.state[FAULT])

    @property
    def lots(self) -> Ints:
        """Signed positions, shape (n_instruments,), as all below."""
        return self.position[:, LOTS]

    @property
    def mark_ticks(self) -> Ints:
        """Prices the positions are valued at."""
        return self.position[:, MARK]

    @property
    def entry(self) -> Ints:
        """Signed micros paid for the present positions."""
        return self.position[:, ENTRY]

    @property
    def opened_step(self) -> Ints:
        """Steps in which the present positions were opened."""
        return self.position[:, OPENED]

    @property
    def price_result(self) -> Ints:
        """Micros gained by price moves."""
        return self.position[:, PRICE_RESULT]

    @property
    def carry(self) -> Ints:
        """Micros of dividends less borrow fees."""
        return self.position[:, CARRY]

    @property
    def cost(self) -> Ints:
        """Micros of fee, spread, slippage and impact."""
        return self.position[:, COST]


def open_ledger(units: Units) -> Ledger:
    """Give an empty ledger of instruments that are counted in `units`."""
    position = np.zeros((len(units.key), N_POSITION_COLUMNS), dtype=np.int64)
    position[:, OPENED] = -1
    position[:, LOT_UNITS] = units.lot_units
    position[:, LOT_VALUE] = units.lot_units * units.tick_micros
    position[:, KEY] = units.key
    return Ledger(
        accounts=np.zeros(N_ACCOUNTS, dtype=np.int64),
        position=position,
        shift=np.zeros(len(units.key)),
        state=np.zeros(2, dtype=np.int64),
    )


@inlined
def _sum(state: Ints, first: int, second: int) -> int:
    """Add two amounts; a fault, and the first alone, where the sum would grow too large."""
    total = int(first) + int(second)
    if -LARGEST <= total <= LARGEST:
        return total
    state[FAULT] = TOO_LARGE
    return int(first)


@inlined
def share_of(amount: int, part: int, whole: int) -> int:
    """Give amount x part / whole to the nearest integer, though the product may not fit.

    Args:
        amount: At most `LARGEST` on either side of 0.
        part: 0 <= part <= whole.
        whole: 1 <= whole <= `LARGEST`.
    """
    size, part, whole = int(abs(amount)), int(part), int(whole)
    rest = size % whole
    if whole <= SQUARE_FITS:
        quotient, remainder = rest * part // whole, rest * part % whole
    else:
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


@inlined
def transfer(ledger: Ledger, debit: int, credit: int, micros: int) -> None:
    """Post one amount to two accounts: the only way money moves."""
    # Callers write int(CASH): for a bare constant Numba compiles a version of its own.
    accounts, state = ledger.accounts, ledger.state
    accounts[debit] = _sum(state, accounts[debit], micros)
    accounts[credit] = _sum(state, accounts[credit], -micros)


@inlined
def value(ledger: Ledger, instrument: int, lots: int, ticks: int) -> int:
    """Give the signed micros of `lots` at `ticks`; 0 and a fault where it would overflow."""
    worth = int(ledger.position[instrument, LOT_VALUE])
    if abs(float(lots) * float(ticks) * float(worth)) <= LARGEST:
        return int(lots) * int(ticks) * worth
    ledger.state[FAULT] = TOO_LARGE
    return 0


@inlined
def mark(ledger: Ledger, instrument: int, ticks: int) -> None:
    """Value a position at a new price; the difference is the result of the price move."""
    position = ledger.position
    held, before = position[instrument, LOTS], position[instrument, MARK]
    position[instrument, MARK] = ticks
    if held == 0 or ticks == before:
        return
    moved = value(ledger, instrument, held, ticks) - value(ledger, instrument, held, before)
    transfer(ledger, int(HOLDINGS), int(PRICE), moved)
    ledger.state[GROSS] += moved if held > 0 else -moved
    result = position[instrument, PRICE_RESULT]
    position[instrument, PRICE_RESULT] = _sum(ledger.state, result, moved)


@leaf
def post_deposit(ledger: Ledger, micros: int) -> None:
    """Take cash in (or out where negative)."""
    transfer(ledger, int(CASH), int(CAPITAL), micros)


@inlined
def post_trade(ledger: Ledger, instrument: int, lots: int, price_ticks: int, step: int) -> None:
    """Buy (or sell, lots < 0) at a tick price; marks the position at that price first."""
    mark(ledger, instrument, price_ticks)
    position, state = ledger.position, ledger.state
    held = position[instrument, LOTS]
    amount = value(ledger, instrument, lots, price_ticks)
    transfer(ledger, int(HOLDINGS), int(CASH), amount)
    now = _sum(state, held, lots)
    position[instrument, LOTS] = now
    worth = value(ledger, instrument, now, price_ticks)
    ledger.state[GROSS] += abs(worth) - abs(worth - amount)
    if now == 0:
        position[instrument, ENTRY] = 0
        position[instrument, OPENED] = -1
    elif held == 0 or (held > 0) != (now > 0):
        position[instrument, ENTRY] = worth
        position[instrument, OPENED] = step
    elif abs(now) >= abs(held):
        position[instrument, ENTRY] = _sum(state, position[instrument, ENTRY], amount)
    else:
        # Mean cost: what is sold leaves at the mean price of what was held.
        position[instrument, ENTRY] = share_of(position[instrument, ENTRY], abs(now), abs(held))


@inlined
def post_costs(ledger: Ledger, instrument: int, costs: Costs) -> None:
    """Pay fee, half the spread, slippage and impact, beside the fill and not in its price."""
    accounts, state = ledger.accounts, ledger.state
    total = costs.fee + costs.spread + costs.slippage + costs.impact
    accounts[FEE] = _sum(state, accounts[FEE], costs.fee)
    accounts[SPREAD] = _sum(state, accounts[SPREAD], costs.spread)
    accounts[SLIPPAGE] = _sum(state, accounts[SLIPPAGE], costs.slippage)
    accounts[IMPACT] = _sum(state, accounts[IMPACT], costs.impact)
    accounts[CASH] = _sum(state, accounts[CASH], -total)
    position = ledger.position
    position[instrument, COST] = _sum(state, position[instrument, COST], total)


@leaf
def post_dividend(ledger: Ledger, instrument: int, micros_per_unit: int) -> None:
    """Pay a dividend to what is long on the ex-date and charge it to what is short."""
    position = ledger.position
    lots, units = position[instrument, LOTS], position[instrument, LOT_UNITS]
    if not abs(float(lots) * float(units) * float(micros_per_unit)) <= LARGEST:
        ledger.state[FAULT] = TOO_LARGE
        return
    amount = int(lots) * int(units) * int(micros_per_unit)
    transfer(ledger, int(CASH), int(DIVIDEND), amount)
    position[instrument, CARRY] = _sum(ledger.state, position[instrument, CARRY], amount)


@leaf
def post_borrow(ledger: Ledger, instrument: int, rate: float) -> None:
    """Charge the fee of one step for borrowed units; `rate` is a fraction per step."""
    position = ledger.position
    if position[instrument, LOTS] >= 0:
        return
    held = value(ledger, instrument, position[instrument, LOTS], position[instrument, MARK])
    fee = int(np.ceil(-held * rate))
    transfer(ledger, int(BORROW), int(CASH), fee)
    position[instrument, CARRY] = _sum(ledger.state, position[instrument, CARRY], -fee)


@leaf
def post_interest(ledger: Ledger, earned: float, paid: float) -> None:
    """Pay or charge interest of one step on cash less what was got for short positions.

    What is above 0 earns `earned`, rounded down; what is below pays `paid`, rounded up;
    both fractions per step, >= 0.
    """
    short = (ledger.state[GROSS] - ledger.accounts[HOLDINGS]) // 2
    free = ledger.accounts[CASH] - short
    if free > 0 and earned > 0.0:
        transfer(ledger, int(CASH), int(INTEREST), int(np.floor(free * earned)))
    elif free < 0 and paid > 0.0:
        transfer(ledger, int(INTEREST), int(CASH), int(np.ceil(-free * paid)))


@leaf
def post_split(ledger: Ledger, instrument: int, new: int, old: int) -> None:
    """Turn every `old` lots into `new`; what is no whole lot is paid out at the new mark."""
    position = ledger.position
    held, before = position[instrument, LOTS], position[instrument, MARK]
    if abs(held) > LARGEST // new or before > LARGEST // old:
        ledger.state[FAULT] = TOO_LARGE
        return
    whole = split_lots(held, new, old)
    left = held * new - whole * old
    ticks = split_ticks(before, new, old)
    paid = value(ledger, instrument, left, ticks) // old
    worth, was = value(ledger, instrument, whole, ticks), value(ledger, instrument, held, before)
    moved = worth - was + paid
    transfer(ledger, int(CASH), int(HOLDINGS), paid)
    transfer(ledger, int(HOLDINGS), int(PRICE), moved)
    ledger.state[GROSS] += abs(worth) - abs(was)
    result = position[instrument, PRICE_RESULT]
    position[instrument, PRICE_RESULT] = _sum(ledger.state, result, moved)
    position[instrument, LOTS] = whole
    position[instrument, MARK] = ticks
    if held != 0:
        kept = share_of(position[instrument, ENTRY], abs(whole) * old, abs(held) * new)
        position[instrument, ENTRY] = kept
    if whole == 0:
        position[instrument, OPENED] = -1


@leaf
def post_cash_out(ledger: Ledger, instrument: int, micros_per_unit: int) -> None:
    """Pay out every unit of an instrument that is delisted; short positions pay."""
    position = ledger.position
    held, units = position[instrument, LOTS], position[instrument, LOT_UNITS]
    if not abs(float(held) * float(units) * float(micros_per_unit)) <= LARGEST:
        ledger.state[FAULT] = TOO_LARGE
        return
    was = value(ledger, instrument, held, position[instrument, MARK])
    paid = int(held) * int(units) * int(micros_per_unit)
    transfer(ledger, int(CASH), int(HOLDINGS), paid)
    transfer(ledger, int(HOLDINGS), int(PRICE), paid - was)
    ledger.state[GROSS] -= abs(was)
    result = position[instrument, PRICE_RESULT]
    position[instrument, PRICE_RESULT] = _sum(ledger.state, result, paid - was)
    position[instrument, LOTS] = position[instrument, ENTRY] = 0
    position[instrument, OPENED] = -1


@kernel
def post(ledger: Ledger, fills: Fills, first: int) -> Ledger:
    """Post fills in their order, from the row `first` on: what a broker reports."""
    row = fills.row
    for k in range(first, fills.n[0]):
        instrument, lots = row[k, FillColumn.INSTRUMENT.value], row[k, FillColumn.LOTS.value]
        ticks, step = row[k, FillColumn.PRICE_TICKS.value], row[k, FillColumn.STEP.value]
        post_trade(ledger, instrument, lots, ticks, step)
        fee, spread = row[k, FillColumn.FEE.value], row[k, FillColumn.SPREAD.value]
        slippage, impact = row[k, FillColumn.SLIPPAGE.value], row[k, FillColumn.IMPACT.value]
        post_costs(ledger, instrument, Costs(fee, spread, slippage, impact))
    return ledger


@leaf
def equity(ledger: Ledger) -> int:
    """Give cash plus holdings at their marks, micros."""
    return int(ledger.accounts[CASH] + ledger.accounts[HOLDINGS])


@leaf
def conserved(ledger: Ledger) -> bool:
    """Say whether the books balance exactly and the holdings are what they claim to be."""
    total = 0
    for account in range(N_ACCOUNTS):
        total += int(ledger.accounts[account])
    holdings, gross, result, carry, cost = 0, 0, 0, 0, 0
    position = ledger.position
    for i in range(len(position)):
        worth = value(ledger, i, position[i, LOTS], position[i, MARK])
        holdings += worth
        gross += abs(worth)
        result += int(position[i, PRICE_RESULT])
        carry += int(position[i, CARRY])
        cost += int(position[i, COST])
    accounts = ledger.accounts
    return bool(
        ledger.state[FAULT] == 0
        and total == 0
        and holdings == accounts[HOLDINGS]
        and gross == ledger.state[GROSS]
        and result == -accounts[PRICE]
        and carry == -(accounts[DIVIDEND] + accounts[BORROW])
        and cost == accounts[FEE] + accounts[SPREAD] + accounts[SLIPPAGE] + accounts[IMPACT]
    )
