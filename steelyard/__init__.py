"""Weigh the opinions of many agents before trading on them."""

import importlib
import os
from typing import TYPE_CHECKING

# Sums must not depend on how many cores a machine has. NumPy reads these when it loads.
for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_variable, "1")

if TYPE_CHECKING:  # what is loaded late, type checkers see here
    from steelyard.agents.custom import agent
    from steelyard.api import Decision, Paths, Replay, Run, load, monte_carlo, open_run, resume, run
    from steelyard.errors import (
        AgentError,
        DataError,
        Fault,
        InvariantError,
        ScenarioError,
        SetupError,
        SteelyardError,
        TapeError,
    )
    from steelyard.feeds.custom import FeedRequest, feed
    from steelyard.scenario import Scenario
    from steelyard.types.agent import Agent
    from steelyard.types.opinion import Abstention, Cause, Claim, Opinion
    from steelyard.types.world import Snapshot

__version__ = "0.1.0"

__all__ = [
    "Abstention",
    "Agent",
    "AgentError",
    "Cause",
    "Claim",
    "DataError",
    "Decision",
    "Fault",
    "FeedRequest",
    "InvariantError",
    "Opinion",
    "Paths",
    "Replay",
    "Run",
    "Scenario",
    "ScenarioError",
    "SetupError",
    "Snapshot",
    "SteelyardError",
    "TapeError",
    "__version__",
    "agent",
    "feed",
    "load",
    "monte_carlo",
    "open_run",
    "resume",
    "run",
]

# Module -> the public names it has; loaded when one of them is first asked for.
_HOMES = {
    "steelyard.agents.custom": "agent",
    "steelyard.api": "Decision Paths Replay Run load monte_carlo open_run resume run",
    "steelyard.errors": "AgentError DataError Fault InvariantError ScenarioError SetupError "
    "SteelyardError TapeError",
    "steelyard.feeds.custom": "FeedRequest feed",
    "steelyard.scenario": "Scenario",
    "steelyard.types.agent": "Agent",
    "steelyard.types.opinion": "Abstention Cause Claim Opinion",
    "steelyard.types.world": "Snapshot",
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
