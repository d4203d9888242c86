"""Environments of other simulators, one each, made from `pins.toml` when first needed.

They lie in the user's cache folder, or where STEELYARD_PEERS_DIR says. What a peer runs is
a script of its own, in its own process: nothing of a peer is ever imported here.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import platformdirs

PEERS_VARIABLE = "STEELYARD_PEERS_DIR"
PINS = Path(__file__).with_name("pins.toml")
LIMIT_S = 600
"""Longer than any install takes."""


class MissingPeerError(Exception):
    """An environment is not there and cannot be made; the message says why."""


def peers_folder() -> Path:
    """Give the folder of all environments, named by the pins and by this Python."""
    named = hashlib.sha256(PINS.read_bytes() + sys.prefix.encode()).hexdigest()[:12]
    base = os.environ.get(PEERS_VARIABLE) or platformdirs.user_cache_dir("steelyard")
    return Path(base, "peers", named)


def peer_python(name: str) -> Path:
    """Give the Python of a peer's environment, making that first where it is missing.

    Raises:
        MissingPeerError: no fitting Python is here, or the packages cannot be had.
    """
    pins = tomllib.loads(PINS.read_text(encoding="utf-8"))[name]
    folder = peers_folder() / name
    ready, python = folder / "ready", folder / "bin" / "python"
    if not ready.exists():
        # What an interrupted install left is made anew.
        shutil.rmtree(folder, ignore_errors=True)
        _make(folder, _fitting_python(name, pins["python"]))
        _install(python, pins["packages"])
        ready.touch()
    return python


def main() -> None:
    """Make every environment; say which are there, and why others are not."""
    for name in tomllib.loads(PINS.read_text(encoding="utf-8")):
        try:
            print(f"peers: {name} is in {peer_python(name).parents[1]}")
        except MissingPeerError as error:
            print(f"peers: {name} is skipped: {error}")


def run_in(python: Path, script: Path, *arguments: str) -> None:
    """Run a script in a peer's environment.

    Raises:
        MissingPeerError: it failed; the message ends with what it said last.
    """
    _run([str(python), "-W", "ignore", str(script), *arguments])


def _fitting_python(name: str, versions: list[str]) -> str:
    """Give a Python of one of these versions that runs, newest last; ours where it fits."""
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    if ours in versions:
        return sys.executable
    for version in versions:
        for found in _pythons(version):
            if _says(found) == version:
                return str(found)
    raise MissingPeerError(f"{name} needs Python {' or '.join(versions)}, and there is none here")


def _pythons(version: str) -> list[Path]:
    """Look on the path, then among what pyenv and uv have installed."""
    named = shutil.which(f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    uv = Path(platformdirs.user_data_dir("uv"), "python")
    installed = [*pyenv.glob(f"{version}.*"), *uv.glob(f"cpython-{version}.*")]
    return [Path(named or ""), *(each / "bin" / "python3" for each in sorted(installed))]


def _says(python: Path) -> str:
    """Ask for the version; a pyenv stand-in on the path fails here."""
    ask = "import sys; print(f'{sys.version_info.major}.{sys.version_info.minor}')"
    try:
        told = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return ""
    return told.stdout.strip()


def _make(folder: Path, base: str) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    _run([base, "-m", "venv", str(folder)])


def _install(python: Path, packages: list[str]) -> None:
    """Install with uv, which is quick; once more with pip, which follows pip's own settings."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    with_pip = [str(python), "-m", "pip", "install", "--quiet", *packages]
    if uv is None:
        _run(with_pip)
        return
    try:
        _run([uv, "pip", "install", "--system-certs", "-q", "-p", str(python), *packages])
    except MissingPeerError:
        _run(with_pip)


def _run(command: list[str]) -> None:
    """Run a command without what our own environment sets for Python."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, timeout=LIMIT_S, env=kept
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingPeerError(f"{Path(command[0]).name}: {error}") from error
    if done.returncode:
        last = (done.stderr or done.stdout).strip()[-500:]
        raise MissingPeerError(f"{' '.join(command[:4])} failed: {last}")


if __name__ == "__main__":
    main()
