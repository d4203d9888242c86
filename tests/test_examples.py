"""Every example in a docstring runs and gives what it says."""

import doctest
import importlib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "steelyard"
FOLDERS = (".", "agents", "ensemble", "risk", "sim")


def modules_with_examples() -> list[str]:
    """Name each module of the package that shows an example; links are entered by name."""
    files = {
        path
        for folder in FOLDERS
        for path in (PACKAGE / folder).rglob("*.py")
        if ">>> " in path.read_text()
    }
    return sorted(
        ".".join(["steelyard", *path.relative_to(PACKAGE).with_suffix("").parts]) for path in files
    )


@pytest.mark.parametrize("name", modules_with_examples())
def test_the_examples_of_a_module_hold(name):
    """What a reader copies works."""
    result = doctest.testmod(importlib.import_module(name))

    assert result.attempted > 0
    assert result.failed == 0
