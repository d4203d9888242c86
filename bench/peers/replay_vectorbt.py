"""Send order lists through vectorbt; runs in that package's own environment.

    python replay_vectorbt.py LISTS.npz FILLS.npz

It knows market orders only, one in a bar: the lists are its columns, all run at once.
See tests/differential/lists.py for what the two files hold.
"""

import sys

import numpy as np
import pandas as pd
import vectorbt as vbt


def main() -> None:
    """Read, replay, write."""
    lists, to = np.load(sys.argv[1]), sys.argv[2]
    opened, close = lists["open"].T, lists["close"].T
    size = np.full(opened.shape, np.nan)
    for row in lists["orders"]:
        size[row["from"], row["list"]] = row["units"]
    portfolio = vbt.Portfolio.from_orders(
        pd.DataFrame(close),
        size=size,
        price=opened,
        fees=float(lists["cost"]),
        init_cash=float(lists["cash"]),
        freq="1D",
    )
    records = portfolio.order_records
    sign = np.where(records["side"] == 0, 1.0, -1.0)
    fills = np.column_stack(
        [records["col"], records["idx"], sign * records["size"], records["price"]]
    )
    np.savez(to, fills=fills, equity=np.asarray(portfolio.final_value()))


if __name__ == "__main__":
    main()
