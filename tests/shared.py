"""Where the shared data lies, for tests marked `shared`; it is no part of the project."""

from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared_path(name: str) -> Path:
    """Give the path of `name`, such as `data/vix_daily_1990_2016.csv`; skip where it is missing."""
    path = _SHARED / name
    if not path.exists():
        pytest.skip(f"the shared folder has no {name}")
    return path
