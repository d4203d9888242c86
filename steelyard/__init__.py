"""Weigh the opinions of many agents before trading on them."""

import importlib
import os

# Sums must not depend on how many cores a machine has. NumPy reads these when it loads.
for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_variable, "1")

__version__ = "0.1.0"

# Public name -> module that has it; loaded when first asked for.
_HOMES = {
    "Fault": "steelyard.errors",
    "ScenarioError": "steelyard.errors",
    "SteelyardError": "steelyard.errors",
    "agent": "steelyard.agents.signal",
    "run": "steelyard.api",
}

__all__ = ["Fault", "ScenarioError", "SteelyardError", "__version__", "agent", "run"]


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
