"""A halted instrument takes no order, not even one that reduces."""

import numpy as np

from steelyard.types.decision import Rule, Verb
from tests.risk.desk import a_market
from tests.risk.test_supervisor import judge


def test_nothing_is_sent_to_a_halted_instrument():
    """Not even a reduction, which no venue would take."""
    halted = judge(0.0, held=0.2, market=a_market(halted=True))
    open_again = judge(0.0, held=0.2)

    assert (halted.verb[0], halted.order_lots[0]) == (Verb.VETO, 0)
    assert np.isfinite(halted.before[0, Rule.HALT])
    assert (open_again.verb[0], open_again.order_lots[0]) == (Verb.APPROVE, -4000)
