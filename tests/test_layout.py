"""The core folders lie at the top level; the package sees them through links."""

import importlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import NamedTuple

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


class Built(NamedTuple):
    """A wheel, and what it was built from."""

    wheel: Path
    tracked: list[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel, built by way of the sdist from what is tracked."""
    source = tmp_path_factory.mktemp("source")
    tracked = _copy_of_tracked_files(source)
    subprocess.run(
        [sys.executable, "-m", "uv", "build", "--quiet", "--offline", "--no-build-isolation"],
        cwd=source,
        check=True,
    )
    (wheel,) = (source / "dist").glob("*.whl")
    return Built(wheel, tracked)


@pytest.mark.slow
def test_the_wheel_holds_all_that_is_tracked(built):
    """It has every module, marker and scenario file, and nothing else."""
    packed = set(zipfile.ZipFile(built.wheel).namelist())

    assert {name for name in map(_place_in_package, built.tracked) if name} - packed == set()
    assert {re.sub("-.*", "", name.split("/")[0]) for name in packed} == {"steelyard"}


@pytest.mark.slow
def test_the_wheel_runs_the_built_in_scenario_far_from_the_repository(built, tmp_path):
    """In an environment of its own, which sees of this one only what Steelyard depends on."""
    home = tmp_path / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    (site_packages,) = home.glob("lib/python*/site-packages")
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps"]
    subprocess.run([*install, "--python", home / "bin" / "python", built.wheel], check=True)
    # A line of a path file is a folder to import from; path files in there are not read, so
    # that the editable install of this repository stays unseen.
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def called(*command):
        return subprocess.run(
            command, cwd=tmp_path, env=clean, check=True, capture_output=True, text=True
        ).stdout

    where = called(home / "bin" / "python", "-c", "import steelyard; print(steelyard.__file__)")
    told = called(home / "bin" / "steelyard", "run", "megacaps", "--to", "2000-05-31", "--json")

    assert Path(where.strip()).is_relative_to(site_packages)
    summary = json.loads(told)
    assert summary["status"] == "done"
    assert (tmp_path / "runs" / summary["run"] / "run.sqlite").is_file()


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
