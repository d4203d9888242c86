"""The shared driver of the speed comparison: its data, its job, its runs of other simulators.

It lies beside the checkout, is read-only and no part of the project. A copy of it is set up
in the cache, with the environments of `peers/` under the names it knows, and asked there.
"""

import hashlib
import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from peers.environments import MissingPeerError, peer_python, peers_folder

SHARED = Path(__file__).resolve().parents[2] / "shared" / "bench" / "engines"
FILES = ("bench_peers.py", "refs.py")
WORKS = ("W1", "W1d", "W2", "W3")
ENVIRONMENT = {
    "vectorbt": "vectorbt-func",
    "nautilus": "nautilus-ticks",
    "backtrader": "backtrader",
    "backtesting": "backtesting",
}
"""The driver's name of what each peer runs."""
OWN = ("numba", "numba-full", "python")
"""What the driver runs in our own environment: they need NumPy and Numba."""
SLOW = ("nautilus-ticks", "nautilus-bars")
"""Run on the first bars only, where the driver says so; the plain loop then, too."""
CAP_S = 4.0
"""A peer that runs path by path stops after so many CPU-seconds."""


class MissingDriverError(Exception):
    """The shared folder is not there."""


class Setup(NamedTuple):
    """The driver, ready to be asked."""

    module: ModuleType
    skipped: dict[str, str]
    """Why each peer that cannot run cannot."""

    @property
    def systems(self) -> tuple[str, ...]:
        """Name what can run."""
        there = [peer for name, peer in ENVIRONMENT.items() if name not in self.skipped]
        return (*OWN, *there, *(["nautilus-bars"] if "nautilus-ticks" in there else []))

    def knows(self, system: str, work: str) -> bool:
        """Say whether a system runs a workload; nautilus with opens wherever it can."""
        if system == "nautilus-bars" and work != "W1d":
            return False
        return work in self.module.PEERS[system][1].split()

    def run(self, system: str, work: str, rows: int = 0) -> dict[str, Any]:
        """Run a system in a process of its own; `rows`: of the first bars only."""
        if rows:
            self.module.ROWS[system, work] = rows, rows
        told: dict[str, Any] = self.module.spawn(system, work, CAP_S)
        return told

    def rows_of(self, system: str, work: str) -> int:
        """Give how many bars a slow system is run on, 0 for all."""
        return int(self.module.ROWS.get((system, work), (0, 0))[0]) if system in SLOW else 0


def set_up() -> Setup:
    """Copy the driver, build its data, make the environments.

    Raises:
        MissingDriverError: there is no shared folder beside this checkout.
    """
    missing = [name for name in FILES if not (SHARED / name).is_file()]
    if missing:
        raise MissingDriverError(
            f"the data and the job come from {SHARED}, which has no {' and no '.join(missing)}"
        )
    root = driver_folder()
    root.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (root / name).write_bytes((SHARED / name).read_bytes())
    skipped = _link_environments(root / "venvs")
    module = _load(root / FILES[0])
    if not (root / "data" / "W3.npz").exists():
        module.build()
    return Setup(module, skipped)


def driver_folder() -> Path:
    """Give the folder of the copy, named by what was copied."""
    sources = b"".join((SHARED / name).read_bytes() for name in FILES)
    return peers_folder() / f"driver-{hashlib.sha256(sources).hexdigest()[:12]}"


def data_of(work: str) -> dict[str, Any]:
    """Give the arrays of a workload, as the driver's children read them."""
    with np.load(driver_folder() / "data" / f"{work[:2]}.npz") as stored:
        return dict(stored)


def _link_environments(to: Path) -> dict[str, str]:
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir()
    (to / "ref").symlink_to(sys.prefix)
    skipped = {}
    for name in ENVIRONMENT:
        try:
            (to / name).symlink_to(peer_python(name).parents[1])
        except MissingPeerError as error:
            skipped[name] = str(error)
    return skipped


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("shared_driver", path)
    if spec is None or spec.loader is None:
        raise MissingDriverError(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
