"""Send order lists through nautilus_trader; runs in that package's own environment.

    python replay_nautilus.py LISTS.npz FILLS.npz

A bar is met as a trade at its open, at which orders arrive, and then as nautilus does: open,
high, low, close. Orders that rest are called back at each close and sent anew at the next
open, for a limit that is gapped through would else fill at its own price.
See tests/differential/lists.py for what the two files hold.
"""

import sys
from decimal import Decimal
from typing import Any

import numpy as np
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model import (
    Bar,
    BarType,
    InstrumentId,
    Money,
    Price,
    Quantity,
    Symbol,
    TradeId,
    TradeTick,
    Venue,
)
from nautilus_trader.model.enums import (
    AccountType,
    AggressorSide,
    CurrencyType,
    OmsType,
    OrderSide,
)
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Currency
from nautilus_trader.trading.strategy import Strategy

DAY_NS = 86_400 * 10**9
MICRO = Currency("USM", 6, 0, "dollars, counted in millionths", CurrencyType.FIAT)
"""A currency of its own: for dollars, fees would be rounded to cents."""
VENUE = Venue("SIM")
ID = InstrumentId(Symbol("X"), VENUE)
BARS = BarType.from_str(f"{ID}-1-DAY-LAST-EXTERNAL")
VOLUME = Quantity(10**9, 0)


def main() -> None:
    """Read, replay, write."""
    lists, to = np.load(sys.argv[1]), sys.argv[2]
    strategy = _Listed()
    engine = _engine(float(lists["cash"]), float(lists["cost"]), strategy)
    fills, equity = [], []
    for index in range(len(lists["open"])):
        if index:
            engine.reset()
            engine.clear_data()
        strategy.take([row for row in lists["orders"] if row["list"] == index])
        prices = {name: lists[name][index] for name in ("open", "high", "low", "close")}
        engine.add_data(_events(prices))
        engine.run()
        fills += [(index, *fill) for fill in strategy.filled]
        cash = engine.portfolio.account(VENUE).balance_total(MICRO).as_double()
        floating = engine.portfolio.unrealized_pnl(ID, Price(float(prices["close"][-1]), 2))
        equity.append(cash + (floating.as_double() if floating else 0.0))
    np.savez(to, fills=np.array(fills, dtype=np.float64).reshape(-1, 4), equity=np.array(equity))


def _engine(cash: float, cost: float, strategy: Strategy) -> BacktestEngine:
    """Give an engine of one venue with one share."""
    engine = BacktestEngine(
        BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), run_analysis=False)
    )
    engine.add_venue(
        VENUE,
        OmsType.NETTING,
        AccountType.MARGIN,
        [Money(cash, MICRO)],
        MICRO,
        default_leverage=Decimal(100),
        bar_execution=True,
        trade_execution=True,
        reject_stop_orders=False,
    )
    fee = Decimal(str(cost))
    engine.add_instrument(
        Equity(
            ID,
            ID.symbol,
            MICRO,
            2,
            Price(0.01, 2),
            Quantity(1, 0),
            0,
            0,
            margin_init=Decimal("0.01"),
            margin_maint=Decimal("0.01"),
            maker_fee=fee,
            taker_fee=fee,
        )
    )
    engine.add_strategy(strategy)
    return engine


def _events(bars: dict[str, np.ndarray]) -> list[Any]:
    """Give a trade at each open and the bar at its end."""
    told: list[Any] = []
    for bar in range(len(bars["open"])):
        prices = [Price(float(bars[name][bar]), 2) for name in ("open", "high", "low", "close")]
        at = (bar + 1) * DAY_NS
        side = AggressorSide.NO_AGGRESSOR
        told.append(TradeTick(ID, prices[0], VOLUME, side, TradeId(str(bar)), at, at))
        told.append(Bar(BARS, *prices, VOLUME, at + DAY_NS // 2, at + DAY_NS // 2))
    return told


class _Listed(Strategy):
    """Sends each order at the open of every bar at which it works."""

    def take(self, rows: list[Any]) -> None:
        """Begin a list."""
        self.waiting = list(rows)
        self.bar = -1
        self.working: dict[Any, Any] = {}
        self.filled: list[tuple[int, float, float]] = []

    def on_start(self) -> None:
        """Ask for trades and bars."""
        self.subscribe_trade_ticks(ID)
        self.subscribe_bars(BARS)

    def on_trade_tick(self, _tick: TradeTick) -> None:
        """Send what works in this bar."""
        self.bar += 1
        for row in self.waiting:
            if row["from"] <= self.bar <= row["until"]:
                order = self.order_of(row)
                self.working[order.client_order_id] = row
                self.submit_order(order)

    def on_bar(self, _bar: Bar) -> None:
        """Call back what has not filled."""
        self.cancel_all_orders(ID)

    def order_of(self, row: Any) -> Any:
        """Make the order of a row."""
        side = OrderSide.BUY if row["units"] > 0 else OrderSide.SELL
        units = Quantity(abs(int(row["units"])), 0)
        if row["limit"] == row["limit"]:
            return self.order_factory.limit(ID, side, units, Price(float(row["limit"]), 2))
        if row["stop"] == row["stop"]:
            return self.order_factory.stop_market(ID, side, units, Price(float(row["stop"]), 2))
        return self.order_factory.market(ID, side, units)

    def on_order_filled(self, event: Any) -> None:
        """Note a fill."""
        units = event.last_qty.as_double() * (1 if event.order_side == OrderSide.BUY else -1)
        price = event.last_px.as_double()
        self.filled.append((self.bar, units, price))
        row = self.working[event.client_order_id]
        self.waiting = [each for each in self.waiting if each is not row]


if __name__ == "__main__":
    main()
