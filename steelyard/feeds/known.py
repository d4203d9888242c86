"""From when a row is known, where it states an instant or only a day."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol, TypeVar

from steelyard.feeds.calendar import Sessions
from steelyard.feeds.faults import Faults
from steelyard.feeds.instants import (
    ALLOWED_DAY,
    ALLOWED_INSTANT,
    day_number,
    is_day,
    parse_day,
    parse_instant,
    to_ns,
)
from steelyard.feeds.source import nth
from steelyard.types.units import DAY_NS

ALLOWED_KNOWN = f"{ALLOWED_INSTANT}; {ALLOWED_DAY}"


class Known(NamedTuple):
    """What a row says of when it was known."""

    at: int
    """UTC nanoseconds; of a day, its number since 1970-01-01."""
    is_day: bool

    @property
    def day(self) -> int:
        """Give its day, of an instant in UTC, since 1970-01-01."""
        return self.at if self.is_day else self.at // DAY_NS

    def instant(self, sessions: Sessions, until: int) -> int | None:
        """Give the instant, UTC nanoseconds; None where it is after `until`.

        What states a day is known from the open of the first session after it; on a day
        before all of `sessions`, when nobody decides, from when it has ended everywhere.

        Args:
            sessions: From before the first decision to after `until`.
            until: The last instant of a decision, UTC nanoseconds.
        """
        if not self.is_day:
            return self.at if self.at <= until else None
        if self.at * DAY_NS > until:
            return None
        opens = sessions.open_after(self.at)
        ended = (self.at + 2) * DAY_NS
        known_at = min(ended, opens) if self.at < sessions.day[0] else opens
        return known_at if known_at <= until else None


class Dated(Protocol):
    """A row that says when it was known."""

    @property
    def line(self) -> int:
        """Its place in the source."""

    @property
    def known(self) -> Known:
        """When."""


D = TypeVar("D", bound=Dated)


def placed(rows: Iterable[D], sessions: Sessions, until: int) -> list[tuple[int, D]]:
    """Say from when each row was known, UTC nanoseconds, and order by that.

    Args:
        rows: As in their source.
        sessions: From before the first step to after `until`.
        until: The last instant of a decision, UTC nanoseconds; what is known only later
            is left out.

    Returns:
        Ordered by that instant, then as given; of two that one session's open makes known,
        the one of the later day comes behind.
    """
    found = [
        (known_at, row)
        for row in rows
        if (known_at := row.known.instant(sessions, until)) is not None
    ]
    return sorted(found, key=lambda each: (each[0], each[1].known.day))


def refuse_twins(rows: Iterable[D], name: Callable[[D], str], faults: Faults) -> None:
    """Note rows of one name and one time: nobody can tell which of them counts."""
    seen: dict[tuple[Known, str], int] = {}
    for row in rows:
        first = seen.setdefault((row.known, name(row)), row.line)
        if first != row.line:
            found = f"{name(row)} stands twice for one known_at"
            faults.add(row.line, f"{found}, first in {nth(faults.source, first)}")


def read_known(line: int, value: Any, faults: Faults) -> Known | None:
    """Read column `known_at` of a row; None where it is not as it must be, which is noted."""
    try:
        if is_day(value):
            return Known(day_number(parse_day(value)), is_day=True)
        return Known(to_ns(parse_instant(value)), is_day=False)
    except ValueError as error:
        faults.add(line, f"known_at {error}", ALLOWED_KNOWN)
        return None
