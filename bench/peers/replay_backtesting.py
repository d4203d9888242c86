"""Send order lists through backtesting.py; runs in that package's own environment.

    python replay_backtesting.py LISTS.npz FILLS.npz

See tests/differential/lists.py for what the two files hold.
"""

import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import backtesting.backtesting as package
    from backtesting import Backtest, Strategy

package._tqdm = lambda items, **_: items  # noqa: SLF001  no bars of progress
MARGIN = 0.01
"""So much of a position must be covered: none of the lists comes near it."""


def main() -> None:
    """Read, replay, write."""
    lists, to = np.load(sys.argv[1]), sys.argv[2]
    fills, equity = [], []
    for index in range(len(lists["open"])):
        one = {name: lists[name][index] for name in ("open", "high", "low", "close")}
        orders = [row for row in lists["orders"] if row["list"] == index]
        filled, final = replayed(one, orders, float(lists["cash"]), float(lists["cost"]))
        fills += [(index, *fill) for fill in filled]
        equity.append(final)
    np.savez(to, fills=np.array(fills, dtype=np.float64).reshape(-1, 4), equity=np.array(equity))


def replayed(
    bars: dict[str, np.ndarray], orders: list[Any], cash: float, cost: float
) -> tuple[list[tuple[int, float, float]], float]:
    """Give fills as (bar, signed units, price), and the equity at the end."""
    frame = pd.DataFrame(
        {name.capitalize(): column for name, column in bars.items()},
        index=pd.date_range("2000-01-01", periods=len(bars["open"])),
    )
    frame["Volume"] = 1e9
    strategy = type("Listed", (_Listed,), {"rows": orders})
    result = Backtest(frame, strategy, cash=cash, commission=cost, margin=MARGIN).run()
    told: list[tuple[int, float, float]] = []
    trades = result["_strategy"].closed_trades + result["_strategy"].trades
    for trade in trades:
        told.append((trade.entry_bar, trade.size, trade.entry_price))
        if trade.exit_bar is not None:
            told.append((trade.exit_bar, -trade.size, trade.exit_price))
    return told, float(result["Equity Final [$]"])


class _Listed(Strategy):
    """Sends each order at the close before its first bar; ends it after its last one."""

    rows: list[Any] = []  # noqa: RUF012

    def init(self) -> None:
        """Start with nothing sent; the first call of `next` is at bar 1."""
        self.sent: list[tuple[Any, Any]] = []

    def next(self) -> None:
        """End what is due, send what comes to the next bar."""
        bar = len(self.data) - 1
        for row, order in self.sent:
            if row["until"] == bar and order in self.orders:
                order.cancel()
        for row in self.rows:
            if row["from"] == bar + 1:
                self.sent.append((row, self.send(row)))

    def send(self, row: Any) -> Any:
        """Send one order; prices that are NaN are left out."""
        prices = {name: float(row[name]) for name in ("limit", "stop", "sl", "tp")}
        given = {name: price for name, price in prices.items() if price == price}  # noqa: PLR0124
        act = self.buy if row["units"] > 0 else self.sell
        return act(size=abs(int(row["units"])), **given)


if __name__ == "__main__":
    main()
