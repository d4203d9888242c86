"""The time: the only module that may ask the machine for it."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tell the time; code that needs it is handed one of these."""

    def now(self) -> datetime:
        """Give the present instant, aware UTC."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never run backwards, from an arbitrary start."""
        ...


class WallClock:
    """Tell the machine's time."""

    def now(self) -> datetime:
        """Give the present instant, aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give seconds that never run backwards, from an arbitrary start."""
        return time.monotonic()


class FrozenClock:
    """Tell the time it was given, until `advance` moves it.

    Args:
        instant: Aware; kept as UTC.

    Raises:
        ValueError: `instant` has no time zone; guessing one hides look-ahead.
    """

    def __init__(self, instant: datetime) -> None:
        if instant.tzinfo is None:
            raise ValueError(f"instant was {instant!r}, but must carry a time zone")
        self._start = self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        """Give the instant it stands at, aware UTC."""
        return self._instant

    def monotonic(self) -> float:
        """Give the seconds advanced so far."""
        return (self._instant - self._start).total_seconds()

    def advance(self, step: timedelta) -> None:
        """Move on by `step`.

        Raises:
            ValueError: `step` is negative; time does not run backwards.
        """
        if step < timedelta(0):
            raise ValueError(f"step was {step!r}, but must not be negative")
        self._instant += step
