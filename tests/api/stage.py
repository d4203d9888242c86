"""A short busy run, as a program makes it, and what it is changed with."""

SPAN = {"market.from": "2008-03-03", "market.to": "2008-07-31"}
EAGER = {
    "trade.edge_over_cost": 0,
    "trade.stop": 1,
    "risk.min_probability": "50%",
    "risk.text_alone": "allow",
    "risk.daily_loss": 0.002,
    "risk.max_position": 0.05,
    "ensemble.quorum": 1,
}
"""With these it trades often, is stopped out, and is vetoed."""
TWO = {
    "agents": [
        {"name": "technical", "kind": "technical", "horizon": 5},
        {"name": "news", "kind": "news", "horizon": 5},
    ]
}
"""Two agents, one of which reads text."""
BUSY = SPAN | EAGER | TWO
TWO_WEEKS = {"market.from": "2008-09-15", "market.to": "2008-09-26"}
"""For tests in which only the running counts."""
BRIEF = BUSY | TWO_WEEKS
