"""Progress on stderr: one moving line on a terminal, a plain line now and then elsewhere."""

import sys
from typing import TextIO

from steelyard.clock import Clock, WallClock

PLAIN_EVERY_S = 5.0
MOVING_EVERY_S = 0.1
WIDTH = 79


class ProgressLine:
    """Show what a run is doing, how far it is, and how long it may still take.

    Args:
        stream: Where to write; a terminal gets one moving line, anything else plain ones.
        clock: Tells how long it took so far.
    """

    def __init__(self, stream: TextIO | None = None, clock: Clock | None = None) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock or WallClock()
        self._moving = self._stream.isatty()
        self._began = self._clock.monotonic()
        self._next = self._began

    def __call__(self, what: str, done: int, total: int) -> None:
        """Tell that `done` of `total` parts of `what` are done."""
        now = self._clock.monotonic()
        if now < self._next:
            return
        self._next = now + (MOVING_EVERY_S if self._moving else PLAIN_EVERY_S)
        line = self._line(what, done, total, now - self._began)
        end = "" if self._moving else "\n"
        start = "\r" if self._moving else ""
        self._stream.write(f"{start}{line:<{WIDTH}}{end}" if self._moving else f"{line}{end}")
        self._stream.flush()

    def close(self) -> None:
        """Clear the moving line."""
        if self._moving:
            self._stream.write(f"\r{'':<{WIDTH}}\r")
            self._stream.flush()

    @staticmethod
    def _line(what: str, done: int, total: int, elapsed_s: float) -> str:
        share = done / total if total else 1.0
        left = f", about {elapsed_s * (1 - share) / share:.0f} s left" if 0 < share < 1 else ""
        return f"{what}: {share:4.0%} after {elapsed_s:.0f} s{left}"[:WIDTH]
