"""The names and days of the fourteen-name world, and how its sources write a day."""

from datetime import date, timedelta

NAMES = frozenset("AAPL AMZN BA CSCO DIS GE HD JPM MMM MSFT VZ WFC WMT XOM".split())
HISTORY_FROM = "2012-09-04"
"""First bar."""
END = "2016-03-31"
"""Last day on which anybody wrote of the fourteen."""

_DAY = timedelta(days=1)


def day_after(day: str) -> str:
    """Give the day after one, both written YYYY-MM-DD."""
    return (date.fromisoformat(day) + _DAY).isoformat()


def day_of(document: dict) -> str:
    """Give the day of a document that has no more than that.

    The source dates it at 05:00 UTC of the next day, when New York's day has ended; the
    feed adds its own safe side to a plain day.
    """
    return (date.fromisoformat(document["published_at"][:10]) - _DAY).isoformat()
