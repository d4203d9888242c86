"""Heavy packages are imported when they are needed, not before."""

import subprocess
import sys

import pytest

HEAVY = {
    "exchange_calendars",
    "litellm",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic_ai",
    "ray",
    "scipy",
    "sqlite_utils",
    "statsmodels",
}


@pytest.mark.parametrize(
    "code",
    [
        "import steelyard",
        "import steelyard; dir(steelyard); steelyard.SteelyardError",
        "import runpy; runpy.run_module('steelyard', run_name='__main__')",
    ],
    ids=["import", "public errors", "--help"],
)
def test_nothing_heavy_is_loaded_by(code):
    """After this code, none of the heavy packages is among the loaded modules."""
    program = f"""
import atexit, sys
sys.argv = ["steelyard", "--help"]
atexit.register(lambda: print("LOADED", *sorted(sys.modules)))
{code}
"""
    result = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    loaded = set(result.stdout.partition("LOADED")[2].split())

    assert "steelyard" in loaded
    assert loaded & HEAVY == set()
