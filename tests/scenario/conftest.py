"""The scenario that the tests of this folder change."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def base_text():
    """Give a sound scenario that states every section, as a text."""
    return (Path(__file__).parent / "base.yaml").read_text(encoding="utf-8")
