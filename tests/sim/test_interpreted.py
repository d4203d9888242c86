"""Exchange, ledger, course and paths give the same bits with NUMBA_DISABLE_JIT=1."""

import os
import subprocess
import sys
from pathlib import Path

from tests.sim.drawn import paths_laid
from tests.sim.history import laid_out
from tests.sim.walk import walked

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
from tests.sim.drawn import paths_laid
from tests.sim.history import laid_out
from tests.sim.walk import walked
print(walked(range(20)), laid_out(range(2)), paths_laid(range(2)))
"""


def test_plain_python_walks_where_compiled_code_walks():
    """Same books, orders and columns; no NumPy scalar overflows or warns on the way."""
    compiled = f"{walked(range(20))} {laid_out(range(2))} {paths_laid(range(2))}"

    plain = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        cwd=ROOT,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        check=True,
        capture_output=True,
        text=True,
    )

    assert plain.stdout.strip() == compiled
