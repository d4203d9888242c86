"""The one decorator that compiles a kernel, and the folder compiled code is kept in.

Numba's own cache notices an edit of a kernel, but not of another kernel it calls: the
stale callee lives on inside its caller. So the folder is named by a hash over all that
compiled code may hold: every source of the pure core, every other source with a kernel,
the versions of Python, NumPy and Numba, and the processor. A kernel outside the pure
core takes constants from its own file or from the pure core only.
"""

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba
import numpy as np
import platformdirs
from llvmlite import binding
from numba.core import config

P = ParamSpec("P")
R = TypeVar("R")

CACHE_VARIABLE = "STEELYARD_CACHE_DIR"
_PACKAGE = Path(__file__).parent
_PURE_CORE = {"types", "ensemble", "risk", "sim", "decide", "kernel.py"}
_MARKS = (b"@kernel", b"@leaf", b"@inlined")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function at its first call, keep the machine code for the next process.

    Exact IEEE arithmetic in the order written; division by zero gives inf or nan; no
    bounds are checked; the interpreter lock is released. A private kernel (its name starts
    with `_`) can only be called by kernels. With NUMBA_DISABLE_JIT=1 the function stays
    plain Python. A function typed into a prompt is compiled, not kept.
    """
    return _compiled(function, {})


def leaf(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel that makes no array; all that it calls are leaves too.

    Who calls it holds every array it sees, so it counts no references: with a dozen arrays
    in a NamedTuple the counting costs more than most kernels do. An array, or a tuple with
    one, it may give to leaves alone: whoever counts would drop a reference that nobody took,
    and memory would be freed while it is in use. A test holds it; Numba refuses the first.
    """
    return _compiled(function, {"_nrt": False})


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a leaf that becomes a part of every kernel that calls it.

    To hand on a dozen arrays cost as much as the work: with the leaves of weighing and judging
    inlined, one instrument is decided 1.7 times as fast. What several places call, and what is
    long, stays a `leaf`, or it is compiled into each of them.
    """
    return _compiled(function, {"_nrt": False, "forceinline": True})


def _compiled(function: Callable[P, R], flags: dict[str, bool]) -> Callable[P, R]:
    has_file = Path(function.__code__.co_filename).is_file()
    # Entries that nobody uses cost a fifth of the compile time: no C ones, and none from
    # Python into private kernels.
    private = function.__name__.startswith("_")
    entries: dict[str, Any] = {"no_cfunc_wrapper": True, "no_cpython_wrapper": private}
    # Said each time: unsaid, it would be that of the first caller.
    entries |= {"_nrt": True} | flags
    settings = vars(config)
    callers_folder = settings["CACHE_DIR"]
    settings["CACHE_DIR"] = str(CACHE_DIR)  # read while decorating, and only then
    try:
        compiled: Callable[P, R] = numba.njit(
            cache=has_file,
            nogil=True,
            fastmath=False,
            error_model="numpy",
            boundscheck=False,
            **entries,
        )(function)
    finally:
        settings["CACHE_DIR"] = callers_folder
    return compiled


def compiled_before() -> bool:
    """Tell whether compiled kernels are kept; if not, the next run compiles first."""
    return any(CACHE_DIR.rglob("*.nbi"))


def cache_key(package: Path) -> str:
    """Hash all that compiled code may hold; `package` is the folder of the sources."""
    digest = hashlib.sha256(_platform().encode())
    for name in sorted(_sources(package)):
        content = (package / name).read_bytes()
        if name.parts[0] in _PURE_CORE or any(mark in content for mark in _MARKS):
            digest.update(f"{name.as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()[:16]


def _platform() -> str:
    python = sys.implementation.cache_tag
    processor = f"{binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}"
    return f"{python} numpy {np.__version__} numba {numba.__version__} {processor}"


def _sources(package: Path) -> Iterator[Path]:
    # Path.rglob does not enter the links that lead to the core folders.
    for folder, _, names in os.walk(package, followlinks=True):
        yield from (
            Path(folder, name).relative_to(package) for name in names if name.endswith(".py")
        )


def _cache_folder() -> Path:
    """Make and give the cache folder; a private temporary one if it cannot be written."""
    base = os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("steelyard")
    folder = Path(base, "kernels", cache_key(_PACKAGE))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        private = tempfile.mkdtemp(prefix="steelyard-")
        atexit.register(shutil.rmtree, private, ignore_errors=True)
        return Path(private)


CACHE_DIR = _cache_folder()
