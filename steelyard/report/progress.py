"""Progress on stderr: one moving line on a terminal, a plain line now and then elsewhere."""

import shutil
import sys
from typing import Self, TextIO

from steelyard.clock import Clock, WallClock

PLAIN_EVERY_S = 5.0
MOVING_EVERY_S = 0.1
WIDEST = 99
TELLING_SHARE = 0.05
"""Share of a part below which its pace tells nothing: what comes first loads packages."""


class ProgressLine:
    """Show what a run is doing, how far it is, and how long that part may still take.

    Args:
        stream: Where to write; a terminal gets one moving line, anything else plain ones.
        clock: Tells how long it took so far.
    """

    def __init__(self, stream: TextIO | None = None, clock: Clock | None = None) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock or WallClock()
        self._moving = self._stream.isatty()
        self._width = min(WIDEST, shutil.get_terminal_size().columns - 1)
        self._began = self._clock.monotonic()
        self._next = self._began + (0 if self._moving else PLAIN_EVERY_S)
        self._part_began, self._part = self._began, (0, 0)

    def __call__(self, what: str, done: int, total: int) -> None:
        """Tell that `done` of `total` parts of `what` are done."""
        now = self._clock.monotonic()
        if total != self._part[1] or done < self._part[0]:
            self._part_began = now
        self._part = done, total
        if now < self._next:
            return
        self._next = now + (MOVING_EVERY_S if self._moving else PLAIN_EVERY_S)
        line = f"{what}: {self._share:.0%} after {now - self._began:.0f} s{self._left(now)}"
        shown = f"\r{line[: self._width]:<{self._width}}" if self._moving else f"{line}\n"
        self._stream.write(shown)
        self._stream.flush()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Clear the moving line."""
        self.close()

    def close(self) -> None:
        """Clear the moving line."""
        if self._moving:
            self._stream.write(f"\r{'':<{self._width}}\r")
            self._stream.flush()

    @property
    def _share(self) -> float:
        done, total = self._part
        return done / total if total else 1.0

    def _left(self, now: float) -> str:
        """Say how long the present part may still take, once its pace can be told."""
        if not TELLING_SHARE <= self._share < 1:
            return ""
        left_s = (now - self._part_began) * (1 - self._share) / self._share
        return f", about {left_s:.0f} s left"
