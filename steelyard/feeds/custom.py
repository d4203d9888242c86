"""Feeds that are somebody's own code: asked once, and then checked like any file.

    @steelyard.feed
    def closes(wanted, *, symbols_file: str = "names.txt"):
        return polars.read_parquet(wanted.folder / "closes.parquet")

A feed is a function of a `FeedRequest` and, by keyword, of its settings. It gives rows in the
columns of the file it stands for: a table with `__arrow_c_stream__` (pyarrow, polars, pandas,
duckdb), a mapping of columns, or rows that are mappings themselves.
"""

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from steelyard import plugins
from steelyard.errors import DataError, ScenarioError, SettingError
from steelyard.feeds.faults import Faults, shown
from steelyard.feeds.source import Given

Rows = Any
"""What a feed gives: see above."""
Feed = Callable[..., Rows]
F = TypeVar("F", bound=Feed)

_EITHER, _ANY = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.VAR_KEYWORD

MAY_GIVE = (
    "a feed gives a table with __arrow_c_stream__, a mapping of columns, or rows that are mappings"
)


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """What a run wants of a feed. Symbols that are not named, and later rows, are no use."""

    symbols: tuple[str, ...]
    """Instruments of the universe, or the benchmark alone."""
    first: date
    """Day from which rows are wanted: some way before the run, so that agents have a history.
    Earlier rows do no harm."""
    last: date
    """Last day of the run."""
    folder: Path
    """Folder of the scenario."""


def feed(function: F) -> F:
    """Make a function known as a feed, by its own name.

    Raises:
        ScenarioError: it is no function of a request, or its name is taken.
    """
    fault = fault_of(function)
    if fault:
        raise ScenarioError(f"@steelyard.feed was given {shown(function)}, but {fault}")
    plugins.register(plugins.FEEDS, function.__name__, function)
    return function


def fault_of(thing: object) -> str:
    """Say why something cannot be used as a feed; empty where it can."""
    if not callable(thing) or isinstance(thing, type):
        return "a feed is a function"
    parameters = _parameters(thing)
    by_place = [each for each in parameters if each.kind in {each.POSITIONAL_ONLY, _EITHER}]
    return "" if by_place else "a feed takes a request first: def bars(wanted, *, setting=1)"


def ask(name: str, settings: Mapping[str, Any], request: FeedRequest) -> Given:
    """Ask a feed, and take what it gives.

    Args:
        name: Name of a plug-in, or `module:attribute`.
        settings: Its own settings.
        request: What is wanted; a module in its folder is found.

    Raises:
        ScenarioError: There is no such feed, or it does not take these settings.
        DataError: It raised, or gave no rows.
    """
    thing: Any = plugins.find(plugins.FEEDS, name, request.folder)
    fault = fault_of(thing)
    if fault:
        raise SettingError(f"feed was {name!r}, but {fault}", setting="feed")
    return ask_function(thing, settings, request, name)


def ask_function(
    function: Feed, settings: Mapping[str, Any], request: FeedRequest, name: str
) -> Given:
    """Ask a feed that is at hand; see `ask`."""
    _check_settings(function, settings, name)
    home = plugins.origin(function)
    told = f"feed {name!r} of {home}" if "==" in home else f"feed {name!r}"
    try:
        rows = plugins.attempt(f"{told} raised", lambda: _realised(function(request, **settings)))
    except ScenarioError as error:  # the scenario is sound, what it names is not
        raise DataError(str(error)) from error.__cause__
    return given(rows, told)


def given(rows: Rows, told: str) -> Given:
    """Turn rows of any form into columns of Python values.

    Raises:
        DataError: They have no such form.
    """
    rows, faults = _realised(rows), Faults(Given(told, {}, 0))
    if isinstance(rows, Mapping):
        columns = {name: _cells(column, name, faults) for name, column in rows.items()}
    elif isinstance(rows, list):
        columns = _from_rows(rows, faults)
    elif hasattr(rows, "to_pylist"):
        columns = _from_arrow(rows, faults)
    else:
        faults.stop(0, f"it gave {shown(rows)}", MAY_GIVE)
    for name in columns:
        if not isinstance(name, str):
            faults.add(0, f"a column was called {shown(name)}", "its name is a text")
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        faults.add(0, f"its columns had lengths {shown(lengths)}", "all have one entry per row")
    faults.raise_any()
    return Given(told, columns, max(lengths.values(), default=0))


def _realised(rows: Rows) -> Rows:
    """Fetch what a feed would only give bit by bit; here its own code may still raise."""
    if hasattr(rows, "__arrow_c_stream__"):
        import pyarrow as pa

        return pa.table(rows)
    if isinstance(rows, Mapping):
        return dict(rows)
    is_rows = isinstance(rows, Iterable) and not isinstance(rows, str | bytes)
    return list(rows) if is_rows else rows


def _from_arrow(table: Any, faults: Faults) -> dict[str, list[Any]]:
    """Take a pyarrow table apart."""
    import pyarrow as pa

    twins = [name for name, count in Counter(table.column_names).items() if count > 1]
    if twins:
        faults.stop(0, f"column {twins[0]!r} stands twice")
    try:
        return {name: table.column(name).to_pylist() for name in table.column_names}
    except (
        pa.ArrowException,
        ValueError,
        OverflowError,
    ) as error:  # an instant that Python cannot hold
        faults.stop(0, f"its table cannot be read ({error})")


def _from_rows(rows: list[Any], faults: Faults) -> dict[str, list[Any]]:
    """Turn rows into columns; what a row lacks is None."""
    names: dict[str, None] = {}
    for number, row in enumerate(rows, start=1):
        if isinstance(row, Mapping):
            names.update(dict.fromkeys(row))
        else:
            faults.add(number, f"the row was {shown(row)}", MAY_GIVE)
    faults.raise_any()
    return {name: _native([row.get(name) for row in rows]) for name in names}


def _cells(column: Any, name: object, faults: Faults) -> list[Any]:
    """Turn a column into Python values."""
    if isinstance(column, np.ndarray) and column.ndim == 1:
        return _native(column)
    if isinstance(column, Iterable) and not isinstance(column, str | bytes | Mapping | np.ndarray):
        return _native(list(column))
    faults.add(0, f"column {name!r} was {shown(column)}", "it is a list of values")
    return []


def _native(column: Any) -> list[Any]:
    """Turn what NumPy made into Python's own values; its instants have no zone."""
    if isinstance(column, np.ndarray) and column.dtype.kind == "M":
        column = column.astype("datetime64[us]")
    if isinstance(column, np.ndarray):
        return list(column.tolist())
    return [cell.item() if isinstance(cell, np.generic) else cell for cell in column]


def _check_settings(function: Feed, settings: Mapping[str, Any], name: str) -> None:
    """Refuse settings that a feed does not have, and the lack of one that it needs."""
    own = _parameters(function)[1:]
    known = [each.name for each in own if each.kind not in {each.VAR_POSITIONAL, each.VAR_KEYWORD}]
    takes_any = any(each.kind is each.VAR_KEYWORD for each in own)
    for setting in settings:
        if setting not in known and not takes_any:
            raise SettingError.unknown(setting, name, known)
    for each in own:
        if each.name in known and each.default is each.empty and each.name not in settings:
            raise SettingError(
                f"{name!r} needs a setting {each.name!r}", setting="feed", hint="add it"
            )


def _parameters(function: Feed) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a function written in C may tell nothing of itself
        return [inspect.Parameter("wanted", _EITHER), inspect.Parameter("any", _ANY)]
