"""A synthetic person for the `human` agent: a rule of thumb that follows trends.

Nobody said these things. Once a week, after the close, the person looks at the total
return of the last quarter, and expects it to go on; only closes of the day and before
count, so that the views know nothing of what came.
"""

from datetime import date
from pathlib import Path

from tests.fourteen.days import END
from tests.fourteen.prices import closes, write_csv

VIEW_COLUMNS = ("known_at", "by", "symbol", "score", "confidence")
NAME = "synthetic_trend_follower"
LOOKBACK = 63
"""Sessions, a quarter."""
USUAL_MOVE = 0.1
"""Return of a quarter that the person calls strong, a round figure."""
STRONGEST = 0.5
CONFIDENCE = 0.55
EVENING = "T23:00:00Z"
"""After the close of New York in summer and in winter."""


def write_views(data: Path) -> None:
    """Write the person's views on all fourteen, one a week and instrument."""
    rows = []
    for symbol, own in sorted(closes().items()):
        for index in range(LOOKBACK, len(own) - 1):
            today, tomorrow = own[index].day, own[index + 1].day
            if today > END or _week(today) == _week(tomorrow):
                continue
            move = own[index].adjusted / own[index - LOOKBACK].adjusted - 1
            score = max(-STRONGEST, min(STRONGEST, round(STRONGEST * move / USUAL_MOVE, 3)))
            if score != 0:
                rows.append([today + EVENING, NAME, symbol, score, CONFIDENCE])
    write_csv(data / "views_synthetic.csv", VIEW_COLUMNS, sorted(rows, key=lambda row: row[:3]))


def _week(day: str) -> tuple[int, int]:
    return date.fromisoformat(day).isocalendar()[:2]
