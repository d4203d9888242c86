"""The scenario that the tests of this folder change."""

from pathlib import Path

import pytest

from steelyard import plugins


@pytest.fixture(autouse=True)
def _nothing_registered(monkeypatch):
    """Begin without what other tests register: messages name what there is."""
    monkeypatch.setattr(plugins, "_registered", {})


@pytest.fixture(scope="session")
def base_text():
    """Give a sound scenario that states every section, as a text."""
    return (Path(__file__).parent / "base.yaml").read_text(encoding="utf-8")
