"""Read days and instants strictly: one spelling, and never without a zone."""

import re
from datetime import UTC, date, datetime, time, timedelta

from steelyard.feeds.faults import shown

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)
"""Days outside these are typing errors; int64 nanoseconds end in 2262."""

ALLOWED_DAY = f"a day is written YYYY-MM-DD, from {FIRST_DAY} to {LAST_DAY}"
ALLOWED_INSTANT = "an instant is written 2004-10-21T20:05:00Z, or with an offset such as -04:00"
ZONE_MISSING = "has no zone (zone missing)"

_EPOCH_DAY = date(1970, 1, 1)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d(:\d\d([.,]\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_MICROSECOND = timedelta(microseconds=1)


def day_number(day: date) -> int:
    """Count the days since 1970-01-01."""
    return (day - _EPOCH_DAY).days


def day_of(number: int) -> date:
    """Give the day that is `number` days after 1970-01-01."""
    return _EPOCH_DAY + timedelta(days=int(number))


def to_ns(instant: datetime) -> int:
    """Give an aware instant as UTC nanoseconds, exactly."""
    return (instant - EPOCH) // _MICROSECOND * 1000


def length_ns(interval: timedelta) -> int:
    """Give a length of time in nanoseconds."""
    return interval // _MICROSECOND * 1000


def is_day(value: object) -> bool:
    """Say whether a value is meant as a day, not as an instant."""
    if isinstance(value, str):
        return _DAY.fullmatch(value) is not None
    is_midnight = isinstance(value, datetime) and value.tzinfo is None and value.time() == time()
    return is_midnight or (isinstance(value, date) and not isinstance(value, datetime))


def parse_day(value: object) -> date:
    """Read a day.

    Args:
        value: Text `YYYY-MM-DD`, a `date`, or what a Parquet file makes of one: a
            `datetime` at midnight without a zone.

    Raises:
        ValueError: It is none; the message is a clause such as `was '2004-13-01'`.
    """
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"was {shown(value)}, which no calendar has") from None
    elif isinstance(value, datetime) and value.tzinfo is None and value.time() == time():
        day = value.date()
    elif isinstance(value, date) and not isinstance(value, datetime):
        day = value
    else:
        raise ValueError(f"was {shown(value)}")
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"was {shown(value)}")
    return day


def parse_instant(value: object) -> datetime:
    """Read an aware instant; the offset it was written with is kept.

    Args:
        value: ISO text with a zone, to the microsecond at most, or an aware `datetime`.

    Raises:
        ValueError: It is none; the message is a clause such as `was '2004-10-21T20:05'`.
    """
    if isinstance(value, str):
        instant = _from_text(value)
    elif isinstance(value, datetime):
        instant = value
    else:
        raise ValueError(f"was {shown(value)}")  # noqa: TRY004 - one kind for all callers
    if instant.tzinfo is None:
        raise ValueError(f"was {shown(value)}, which {ZONE_MISSING}")
    if not FIRST_DAY < instant.date() < LAST_DAY:
        raise ValueError(f"was {shown(value)}")
    return instant


def _from_text(text: str) -> datetime:
    if not _INSTANT.fullmatch(text):
        missing = f", which {ZONE_MISSING}" if _DAY.fullmatch(text) else ""
        raise ValueError(f"was {shown(text)}{missing}")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"was {shown(text)}, which no calendar has") from None
