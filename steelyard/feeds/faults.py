"""Gather the faults of one file, so that they are told all at once."""

from pathlib import Path
from typing import NoReturn

from steelyard.errors import DataError, Fault

MAX_TOLD = 20
"""Faults told in full; of more, only the count is told."""

_MAX_REPR = 80
"""Characters of a value shown in a message."""


class Faults:
    """The faults found in one file so far.

    Args:
        path: The file, as messages name it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._found: list[Fault] = []

    def add(self, line: int, found: str, allowed: str = "", hint: str = "") -> None:
        """Note a fault; `line` counts from 1 (rows, in a Parquet file), 0 is the whole file."""
        self._found.append(Fault(str(self.path), line, 1, found, allowed, hint))

    def stop(self, line: int, found: str, allowed: str = "", hint: str = "") -> NoReturn:
        """Note a fault after which the file cannot be read on.

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
        lines = [f"{self._place(fault.line)}: {fault.message}" for fault in ordered[:MAX_TOLD]]
        if len(ordered) > MAX_TOLD:
            lines.append(f"{self.path}: and {len(ordered) - MAX_TOLD} more faults")
        return "\n".join(lines)

    def _place(self, line: int) -> str:
        return f"{self.path}:{line}" if line else str(self.path)


def shown(value: object) -> str:
    """Give a value as it is shown in a message: its repr, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _MAX_REPR else f"{text[:_MAX_REPR]}..."
