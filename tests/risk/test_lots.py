"""Tests of whole lots: what rounding may not do to a limit."""

import numpy as np
import pytest

from steelyard.risk.supervisor import review, start
from tests.risk.desk import EQUITY, PRICE, a_book, a_market, some_intents, some_limits

UNITS = 1000.0
LOT = UNITS * PRICE / EQUITY


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_rounding_longs_and_shorts_apart_keeps_net_exposure_within_its_limit(side):
    """One lot and a half against two: rounded down, the two alone would be too many."""
    limits = some_limits(2, max_net=0.5 * LOT, lot=np.full(2, UNITS))
    asked = some_intents(side * LOT * np.array([1.5, -2.0]))

    found = review(start(), asked, a_book([0.0, 0.0]), a_market(2), limits)[1]

    assert abs(found.order_lots.sum()) * LOT <= limits.max_net
    assert np.abs(found.order_lots).tolist() == [1, 1]
