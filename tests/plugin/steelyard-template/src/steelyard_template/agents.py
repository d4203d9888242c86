"""An agent made from a function: how strong is its; how sure, settled outcomes say."""

import numpy as np

import steelyard
from steelyard.agents import trailing

MONTH = 21
"""Steps over which the usual size of moves is taken."""


@steelyard.agent(name="template.rebound", horizon=5)
def rebound(known, *, span: int = 5):
    """Say that what fell over the last `span` steps comes back.

    Row t of the answer rests on rows 0 to t of the bars, never on a later one.
    """
    index = trailing.log_wealth(known.bars)
    usual = trailing.volatility(known.bars, MONTH) * np.sqrt(span)
    return -np.tanh(trailing.ratio(index - trailing.lagged(index, span), usual))
