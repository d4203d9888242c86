"""A plug-in package, built as a wheel and installed, is found, tested and run by its name."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import ROOT, steelyard

HERE = Path(__file__).parent
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--isolated")
SCENARIO = """\
version: 1
name: plugged
market: {universe: [AAPL, IBM, MSFT], from: 2001-01-02, to: 2001-12-31}
feeds:
  bars: {feed: template.folder, path_of: prices}
agents:
  - {name: rebound, kind: template.rebound, span: 4}
  - {name: technical, kind: technical, horizon: 5}
  - {name: mine, kind: "beside:follow", span: 10}
"""
BESIDE = """\
import numpy as np
import steelyard
from steelyard.agents import trailing

@steelyard.agent(horizon=21)
def follow(known, *, span=5):
    index = trailing.log_wealth(known.bars)
    return np.tanh((index - trailing.lagged(index, span)) / 0.1)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Give a folder into which both packages are installed from their wheels."""
    folder = tmp_path_factory.mktemp("plugins")
    for name in ("steelyard-template", "steelyard-broken"):
        source = shutil.copytree(HERE / name, folder / name)
        build = ("wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q")
        ran(*PIP, *build, "-w", folder / "wheels", source)
    wheels = sorted((folder / "wheels").glob("*.whl"))
    ran(*PIP, "install", "--no-deps", "--no-index", "-q", "--target", folder / "site", *wheels)
    return folder / "site"


def ran(*command, **options):
    """Run a command that must end well."""
    ended = subprocess.run(
        list(map(str, command)), check=False, capture_output=True, text=True, **options
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended


def with_plugins(installed, *arguments, cwd=ROOT):
    """Run the command in a fresh process that has the plug-ins on its path."""
    return steelyard(*arguments, cwd=cwd, PYTHONPATH=os.pathsep.join([str(ROOT), str(installed)]))


@pytest.mark.slow
def test_it_is_listed_with_its_distribution_and_a_broken_one_only_warns(installed):
    """Each that cannot be used is named with its package and why; the others are all there."""
    listed = with_plugins(installed, "agents", "list", "--json")
    kinds = {(kind["kind"], kind["origin"]): kind for kind in json.loads(listed.stdout)}
    template = kinds["template.rebound", "steelyard-template"]

    assert (template["version"], template["horizon"], template["fault"]) == ("0.1.0", 5, None)
    assert kinds["technical", "built in"]["fault"] is None
    assert "the licence server is gone" in kinds["broken.raises", "steelyard-broken"]["fault"]
    assert "nothing" in kinds["broken.lacks", "steelyard-broken"]["fault"]
    assert "is a built-in" in kinds["technical", "steelyard-broken"]["fault"]
    assert listed.stderr.count("steelyard-broken 0.2.0") == 3


@pytest.mark.slow
def test_it_keeps_the_contract(installed):
    """By the command, and by the test that it brings along."""
    tested = with_plugins(installed, "agents", "test", "template.rebound", "--json")
    report = json.loads(tested.stdout)
    own = ran(
        *(sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "tests"),
        cwd=installed.parent / "steelyard-template",
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(installed)])},
    )

    assert (tested.returncode, report["passed"]) == (0, True)
    assert report["origin"] == "steelyard-template==0.1.0"
    assert "1 passed" in own.stdout


@pytest.mark.slow
def test_a_broken_one_asked_for_by_name_says_why(installed):
    """With its distribution and what was raised; exit 3, for the scenario names it."""
    ended = with_plugins(installed, "agents", "test", "broken.raises")

    assert ended.returncode == 3
    assert "'broken.raises' of steelyard-broken 0.2.0 cannot be used" in ended.stderr
    assert "RuntimeError: the licence server is gone" in ended.stderr


@pytest.mark.slow
def test_it_is_run_by_name_from_a_scenario_beside_a_file_of_ones_own(installed, tmp_path):
    """Its feed gives the bars, its agent speaks, and so does one from a file beside it."""
    write_world(tmp_path)
    checked = with_plugins(installed, "check", "mine.yaml", "--data", cwd=tmp_path)
    ended = with_plugins(installed, "run", "mine.yaml", "--json", cwd=tmp_path)

    assert checked.returncode == 0, checked.stderr
    assert ended.returncode == 0, ended.stderr
    summary = json.loads(ended.stdout)
    assert set(summary["agents"]) == {"rebound", "technical", "mine"}
    assert all(agent["n_opinions"] > 100 for agent in summary["agents"].values())


def write_world(folder):
    """Write a scenario, an agent beside it, and a folder with one file per symbol."""
    (folder / "mine.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "beside.py").write_text(BESIDE, encoding="utf-8")
    (folder / "prices").mkdir()
    with (ROOT / "scenarios" / "data" / "bars.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for symbol in ("AAPL", "IBM", "MSFT"):
        with (folder / "prices" / f"{symbol}.csv").open("w", encoding="utf-8") as file:
            columns = ["date", "open", "high", "low", "close", "volume"]
            writer = csv.DictWriter(file, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(row for row in rows if row["symbol"] == symbol)
