"""The front door: every public name is there, late, and seen by type checkers."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import steelyard

FRONT_DOOR = Path(steelyard.__file__)
PROMISED = {
    *("run", "load", "open_run", "resume", "Scenario", "Opinion", "Abstention", "Cause", "Claim"),
    *("Snapshot", "agent", "feed", "SteelyardError", "ScenarioError", "DataError", "TapeError"),
}


def seen_by_checkers():
    """Give the names imported for type checkers, each with its module."""
    tree = ast.parse(FRONT_DOOR.read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    return {alias.name: each.module for each in block.body for alias in each.names}


def test_checkers_see_what_is_loaded():
    """The two lists of where a name lives are one, and all of it is public."""
    assert seen_by_checkers() == steelyard._HOME_OF
    assert {*seen_by_checkers(), "__version__"} == set(steelyard.__all__) == set(dir(steelyard))
    assert set(steelyard.__all__) >= PROMISED


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_a_name_is_what_its_module_has(name):
    """Loaded when first asked for; documented."""
    found = getattr(steelyard, name)

    assert found is getattr(sys.modules[steelyard._HOME_OF[name]], name)
    assert found.__doc__


def test_an_unknown_name_is_an_attribute_error():
    """As of any module."""
    with pytest.raises(AttributeError, match="module 'steelyard' has no attribute 'runs'"):
        _ = steelyard.runs


@pytest.mark.slow
def test_a_type_checker_knows_a_run(tmp_path):
    """mypy, as a user has it: right lines pass, a wrong name is found."""
    program = tmp_path / "program.py"
    program.write_text(
        "import steelyard\n"
        "run = steelyard.run('megacaps', seed=7, overrides={'seed': 1}, executor='local')\n"
        "reveal_type(run.replay(pool='equal'))\n"
        "reveal_type(steelyard.load('megacaps'))\n"
        "run.blottr\n",
        encoding="utf-8",
    )
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", str(program)],
        cwd=tmp_path,
        env={"MYPYPATH": str(FRONT_DOOR.parents[1]), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert '"steelyard.api.replays.Replay"' in checked.stdout
    assert '"steelyard.scenario.model.Scenario"' in checked.stdout
    assert 'program.py:5: error: "Run" has no attribute "blottr"' in checked.stdout
    assert checked.stdout.count(": error:") == 1
