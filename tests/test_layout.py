"""The core folders lie at the top level; the package sees them through links."""

import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINKED = ("agents", "ensemble", "risk", "scenarios", "sim")
PURE_CORE = ("decide", "ensemble", "evaluation", "risk", "sim", "types")


@pytest.mark.parametrize("name", LINKED)
def test_a_core_folder_is_linked_into_the_package(name):
    """`steelyard/<name>` leads to the folder of that name at the top."""
    link = ROOT / "steelyard" / name

    assert link.is_symlink(), f"{link} is no link; this checkout needs git's core.symlinks"
    assert link.resolve() == ROOT / name


@pytest.mark.parametrize("name", [name for name in LINKED if name != "scenarios"])
def test_a_core_folder_imports_as_part_of_the_package(name):
    """`steelyard.<name>` is the code in the top-level folder."""
    module = importlib.import_module(f"steelyard.{name}")

    assert Path(module.__file__).resolve().parent == ROOT / name


def test_the_contract_of_the_pure_core_names_all_of_it():
    """Every part of the pure core that exists stands under the ban on the outside world."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (ban,) = [each for each in contracts if each["name"].startswith("the pure core does no I/O")]
    there = [f"steelyard.{name}" for name in PURE_CORE if _exists(f"steelyard.{name}")]

    assert sorted(ban["source_modules"]) == there, (
        "bring source_modules in pyproject.toml up to date"
    )


@pytest.mark.slow
def test_the_wheel_holds_all_that_is_tracked(tmp_path):
    """The wheel, built by way of the sdist, has every module, marker and scenario file."""
    tracked = _copy_of_tracked_files(tmp_path / "source")
    subprocess.run(
        [sys.executable, "-m", "uv", "build", "--quiet", "--offline", "--no-build-isolation"],
        cwd=tmp_path / "source",
        check=True,
    )
    (wheel,) = (tmp_path / "source" / "dist").glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())

    assert {name for name in map(_place_in_package, tracked) if name} - packed == set()
    assert {re.sub("-.*", "", name.split("/")[0]) for name in packed} == {"steelyard"}


def _exists(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _place_in_package(name: str) -> str | None:
    folder = name.split("/", maxsplit=1)[0]
    if folder in LINKED:
        return f"steelyard/{name}"
    return name if folder == "steelyard" else None


def _copy_of_tracked_files(target: Path) -> list[str]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listing = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    there = [
        name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).exists()
    ]
    for name in there:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name, follow_symlinks=False)
    return [name for name in there if not (ROOT / name).is_symlink()]
