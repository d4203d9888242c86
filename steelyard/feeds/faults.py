"""Gather the faults of one source of rows, so that they are told all at once."""

from typing import NoReturn

from steelyard.errors import DataError, Fault
from steelyard.feeds.source import Source, place

MAX_TOLD = 20
"""Faults told in full; of more, only the count is told."""

_MAX_REPR = 80
"""Characters of a value shown in a message."""


class Faults:
    """The faults found in one source so far.

    Args:
        source: A file, or what a feed gave; messages name it.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._found: list[Fault] = []

    def add(self, line: int, found: str, allowed: str = "", hint: str = "") -> None:
        """Note a fault; `line` counts from 1 (rows, but for text files), 0 is the whole source."""
        self._found.append(Fault(str(self.source), line, 1, found, allowed, hint))

    def stop(self, line: int, found: str, allowed: str = "", hint: str = "") -> NoReturn:
        """Note a fault after which the source cannot be read on.

        Raises:
            DataError: Always; it tells every fault noted so far.
        """
        self.add(line, found, allowed, hint)
        raise DataError(self._told())

    def raise_any(self) -> None:
        """Go on only if nothing was found.

        Raises:
            DataError: At least one fault was noted.
        """
        if self._found:
            raise DataError(self._told())

    def _told(self) -> str:
        ordered = sorted(self._found, key=lambda fault: fault.line)
        lines = [
            f"{place(self.source, fault.line)}: {fault.message}" for fault in ordered[:MAX_TOLD]
        ]
        if len(ordered) > MAX_TOLD:
            lines.append(f"{self.source}: and {len(ordered) - MAX_TOLD} more faults")
        return "\n".join(lines)


def shown(value: object) -> str:
    """Give a value as it is shown in a message: its repr, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _MAX_REPR else f"{text[:_MAX_REPR]}..."
