"""The code that answers come from: versions, and a hash of the sources."""

import hashlib
import os
import platform
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

from steelyard import __version__


@cache
def code_here() -> Mapping[str, str]:
    """Give what an answer depends on beside job and task: versions, and a hash of our sources."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    # os.walk, for Path.rglob does not enter the links that lead to the core folders.
    for folder, _, files in sorted(os.walk(package, followlinks=True)):
        for name in sorted(files):
            if name.endswith(".py"):
                path = Path(folder, name)
                digest.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    packages = ("numpy", "scipy", "statsmodels")
    return {
        "steelyard": f"{__version__} ({digest.hexdigest()[:12]})",
        "Python": platform.python_version(),
    } | {name: metadata.version(name) for name in packages}
