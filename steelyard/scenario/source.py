"""From a path to a text that can be read, or to the fault that says why not."""

from pathlib import Path
from typing import Final

from steelyard.scenario.faults import error_of
from steelyard.scenario.marks import Place, Source

_MOST_BYTES: Final = 1_000_000
"""A scenario has some thousand bytes; a larger file is another kind of file."""


def read_source(path: str | Path) -> Source:
    """Read a text file of decent size in UTF-8.

    Raises:
        ScenarioError: it is not there, a directory, unreadable, too big or no UTF-8.
    """
    nothing = Place(Source(str(path), ""), 1, 1)
    content = _bytes(Path(path), nothing)
    if len(content) > _MOST_BYTES:
        size = f"the file has more than {_MOST_BYTES:_} bytes"
        raise error_of([nothing.fault(size, hint="is it a scenario?")])
    try:
        return nothing.source._replace(text=content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        place = _byte_place(nothing, content, error.start)
        found = f"the byte 0x{content[error.start]:02x} is not UTF-8"
        raise error_of([place.fault(found, hint="save the file as UTF-8")]) from None


def _bytes(file: Path, nothing: Place) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise error_of([nothing.fault("there is no such file")]) from None
    except IsADirectoryError:
        raise error_of([nothing.fault("it is a directory", hint="name a file in it")]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise error_of([nothing.fault(f"it cannot be read: {reason}")]) from None


def _byte_place(nothing: Place, content: bytes, index: int) -> Place:
    before = content[:index]
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode("utf-8", errors="replace")) + 1
    # Without its text the source shows no line, which could not be printed anyway.
    return nothing._replace(line=before.count(b"\n") + 1, column=column)
