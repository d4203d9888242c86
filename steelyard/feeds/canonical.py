"""Rows as texts: equal values give equal texts, whatever library they came from."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

from steelyard.feeds.source import Given


def row_texts(source: Given) -> list[str]:
    """Write the names of the columns, then one row a text; the order of columns is none."""
    names = sorted(source.columns)
    rows = ([_plain(source.columns[name][row]) for name in names] for row in range(source.n_rows))
    return [json.dumps(row, default=repr) for row in [names, *rows]]


def _plain(value: Any) -> Any:
    """Write numbers as floats, instants in UTC, a midnight without a zone as its day."""
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            return value.astimezone(UTC).isoformat()
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        named = {str(key): _plain(inner) for key, inner in value.items()}
        return dict(sorted(named.items()))
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(inner) for inner in value]
    is_number = isinstance(value, Real | Decimal) and not isinstance(value, bool)
    return float(value) if is_number else value
