"""What an installation has and lacks."""

import importlib.metadata
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

PACKAGES = (
    "pydantic-ai-slim",
    "litellm",
    "ray",
    "numpy",
    "statsmodels",
    "sqlite-utils",
    "structlog",
    "numba",
    "exchange-calendars",
)
YEAR = (date(2008, 1, 1), date(2008, 12, 31))
YEAR_DAYS = (13879, 14244)
"""The same, as days since 1970-01-01."""
SESSIONS_IN_YEAR = 253
KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY")

Finding = dict[str, str]


def passed(findings: list[Finding]) -> bool:
    """Tell whether nothing is missing."""
    return all(finding["state"] != "missing" for finding in findings)


def examine() -> list[Finding]:
    """Look at versions, calendar, kernels, folders and keys (whether set, never their values)."""
    return [*_python(), *_packages(), _calendar(), _kernels(), _folder(Path()), *_keys()]


def _finding(state: str, what: str, found: str) -> Finding:
    return {"state": state, "what": what, "found": found}


def _python() -> Iterator[Finding]:
    yield _finding("ok", "python", f"{platform.python_version()} on {sys.platform}")
    yield _finding("ok", "cores", str(os.cpu_count()))


def _packages() -> Iterator[Finding]:
    for name in PACKAGES:
        try:
            yield _finding("ok", name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield _finding("missing", name, "not installed; run make setup")


def _calendar() -> Finding:
    try:
        from steelyard.feeds.calendar import open_sessions
    except ImportError as error:
        return _finding("missing", "calendar", f"{error}; run make setup")
    n_sessions = len(open_sessions("XNYS", *YEAR).between(*YEAR_DAYS).day)
    state = "ok" if n_sessions == SESSIONS_IN_YEAR else "missing"
    return _finding(state, "calendar", f"XNYS had {n_sessions} sessions in 2008")


def _kernels() -> Finding:
    try:
        from steelyard.kernel import CACHE_DIR, compiled_before
    except ImportError as error:
        return _finding("missing", "kernels", f"{error}; run make setup")
    found = "compiled" if compiled_before() else "not compiled yet; the first run does it"
    return _finding("ok", "kernels", f"{found}, in {CACHE_DIR}")


def _folder(folder: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return _finding("ok", "run folders", f"can be made in {folder.absolute()}")
    except OSError as error:
        found = f"this folder cannot be written ({error.strerror}); use --runs-dir"
        return _finding("missing", "run folders", found)


def _keys() -> Iterator[Finding]:
    for key in KEYS:
        found = "set" if os.environ.get(key) else "not set; no built-in agent needs it"
        yield _finding("ok", key, found)
