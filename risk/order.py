"""Orders of instruments that their names and places do not decide.

Sums of floats depend on their order in the last bit. In an order by value they do not
depend on how instruments are labelled.
"""

import numpy as np

from steelyard.kernel import inlined, kernel, leaf
from steelyard.types.arrays import Floats, Ints


@kernel
def ascending(first: Floats, second: Floats) -> Ints:
    """Give indexes, ascending by value.

    Args:
        first: Shape (N,); instruments where it is not finite and positive are left out.
        second: Breaks ties, same shape.
    """
    order = np.empty(len(first), np.int64)
    return order[: sort_into(first, second, order)]


@leaf
def sort_into(first: Floats, second: Floats, order: Ints) -> int:
    """Write what `ascending` gives into the first places of `order`; give their number."""
    n = 0
    for i in range(len(first)):
        if not (np.isfinite(first[i]) and first[i] > 0.0):
            continue
        k = n
        while k > 0 and _is_after(first, second, order[k - 1], i):
            order[k] = order[k - 1]
            k -= 1
        order[k] = i
        n += 1
    return n


@inlined
def _is_after(first: Floats, second: Floats, i: int, j: int) -> bool:
    return bool(first[i] > first[j] or (first[i] == first[j] and second[i] > second[j]))
