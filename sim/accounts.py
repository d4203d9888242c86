"""The ledger's accounts, and the columns of its positions."""

from enum import IntEnum


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
    """Earned on cash, less paid on what cash lacks."""
    IMPACT = 10


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
IMPACT = int(Account.IMPACT)


class PositionColumn(IntEnum):
    """Columns of `Ledger.position`."""

    LOTS = 0
    """Signed position."""
    MARK = 1
    """Ticks at which the position is valued; 0 before the first mark."""
    ENTRY = 2
    """Signed micros paid for the present position; its mean price is entry / units."""
    OPENED = 3
    """Step in which the present position was opened, -1 where flat."""
    PRICE_RESULT = 4
    """Micros gained by price moves since the start."""
    CARRY = 5
    """Micros of dividends less borrow fees since the start."""
    COST = 6
    """Micros of fee, spread, slippage and impact paid since the start."""
    LOT_UNITS = 7
    """Units (shares) in a lot."""
    LOT_VALUE = 8
    """Micros by which a lot moves when its price moves a tick."""
    KEY = 9
    """See `costs.Units`."""


N_POSITION_COLUMNS = len(PositionColumn)
LOTS = int(PositionColumn.LOTS)
MARK = int(PositionColumn.MARK)
ENTRY = int(PositionColumn.ENTRY)
OPENED = int(PositionColumn.OPENED)
PRICE_RESULT = int(PositionColumn.PRICE_RESULT)
CARRY = int(PositionColumn.CARRY)
COST = int(PositionColumn.COST)
LOT_UNITS = int(PositionColumn.LOT_UNITS)
LOT_VALUE = int(PositionColumn.LOT_VALUE)
KEY = int(PositionColumn.KEY)
