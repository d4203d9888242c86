"""The command as a user starts it, and one finished run that many tests look at."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

from steelyard.__main__ import _exit_code

ROOT = Path(__file__).resolve().parents[1]
EIGHT_MONTHS = ("--from", "2008-03-03", "--to", "2008-10-31")
TWO_WEEKS = ("--from", "2008-09-15", "--to", "2008-09-26")
BUSY = (
    *("--set", "trade.edge_over_cost=0"),
    *("--set", "risk.min_probability=50%"),
    *("--set", "trade.stop=1"),
    *("--set", "risk.daily_loss=0.2%"),
)
"""With these a short run trades often, is stopped out, and is vetoed."""


def steelyard(*arguments, cwd=ROOT, **environment):
    """Run the command in a fresh process, not on a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "steelyard", *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=280,
    )


class Ended(NamedTuple):
    """How a command ended; named as in `subprocess.CompletedProcess`."""

    returncode: int
    stdout: str
    stderr: str


def called(capsys, *arguments):
    """Run the command within this process, which spares loading packages anew."""
    capsys.readouterr()
    code = _exit_code([str(each) for each in arguments])
    return Ended(code, *capsys.readouterr())


class Finished(NamedTuple):
    """A run that ended well."""

    runs_dir: Path
    folder: Path
    stdout: str
    stderr: str


@cache
def finished():
    """Give eight busy months of the built-in world, run once for all tests of a process."""
    runs_dir = Path(tempfile.mkdtemp(prefix="steelyard-runs-"))
    atexit.register(shutil.rmtree, runs_dir, ignore_errors=True)
    ran = steelyard("run", "megacaps", *EIGHT_MONTHS, *BUSY, "--json", "--runs-dir", runs_dir)
    if ran.returncode != 0:
        raise AssertionError(ran.stderr)
    (folder,) = [path for path in runs_dir.iterdir() if path.is_dir()]
    return Finished(runs_dir, folder, ran.stdout, ran.stderr)
