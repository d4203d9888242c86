"""Scenario files: where they are, and what is in them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from steelyard.errors import ScenarioError
from steelyard.scenario.faults import suggestion
from steelyard.scenario.model import Scenario
from steelyard.scenario.overrides import NO_OVERRIDES
from steelyard.scenario.source import read_source

SHIPPED: Final = Path(__file__).parent.parent / "scenarios"
"""Folder of the scenarios that come with the package."""

_SUFFIXES: Final = frozenset({".yaml", ".yml"})


def load(path: str | Path, *, overrides: Mapping[str, Any] = NO_OVERRIDES) -> Scenario:
    """Read a scenario file.

    Args:
        path: File; faults name it as it is given.
        overrides: Values by path, as `--set` gives them: `{"risk.max_position": "10%"}`, or
            as Python has them; see `overrides.override`.

    Raises:
        ScenarioError: with every fault found, by line.
    """
    return Scenario.from_source(read_source(path), Path(path).parent, overrides)


def find(name: str) -> Path:
    """Give the file of a scenario: a path is a path, a bare name a shipped scenario.

    Raises:
        ScenarioError: no scenario of that name is shipped.
    """
    path = Path(name)
    if path.suffix in _SUFFIXES or os.sep in name or not name:
        return path
    shipped = {file.stem: file for file in sorted(SHIPPED.glob("*.yaml"))}
    if name not in shipped:
        message = f"{name!r} is neither a path nor a shipped scenario"
        raise ScenarioError(
            message, hint=suggestion(name, shipped) or "give a path to a .yaml file"
        )
    return shipped[name]
