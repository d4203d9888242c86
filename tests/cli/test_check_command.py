"""`steelyard check` and `schema`: faults of scenario and data, located, with their exit code."""

import json
import shutil

import pytest

from steelyard.scenario import json_schema
from tests.command import ROOT, called

SCENARIOS = ROOT / "scenarios"


@pytest.fixture
def world(tmp_path, monkeypatch):
    """Give a copy of the built-in scenario and its data, to be spoilt, as the working folder."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SCENARIOS, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py"))
    return tmp_path


def spoil(path, old, new):
    """Put `new` in the place of the first `old`, which must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def line_of(path, text):
    """Give the number of the first line that has a text."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


SCENARIO_FAULTS = {
    "unknown key": (" max_order:", " max_oder:", "did you mean 'max_order'?"),
    "unknown section": ("\nseed:", "\nsead:", "did you mean 'seed'?"),
    "wrong unit": (" max_gross:", " max_gross: 3 bps #", "written 15% or 0.15"),
    "outside its range": (" stale_after:", " stale_after: 0 #", "at least 1"),
    "unknown choice": (" mandate:", " mandate: long #", "long_only"),
    "no such day": (" to:", " to: 2013-02-30 #", "no such day"),
    "sections disagree": (" quorum:", " quorum: 9 #", "the panel has 4 agents"),
    "no YAML": ("\nrisk:", "\nrisk: ]", "megacaps.yaml"),
}
"""What is replaced by what, and a part of the message."""


@pytest.mark.parametrize("kind", SCENARIO_FAULTS)
def test_a_fault_of_the_scenario_is_named_by_its_line(world, kind, capsys):
    """Exit 3; file, line and column, what was found and what is allowed."""
    old, new, message = SCENARIO_FAULTS[kind]
    file = world / "megacaps.yaml"
    spoil(file, old, new)
    checked = called(capsys, "check", "megacaps.yaml")

    assert (checked.returncode, checked.stdout) == (3, "")
    assert f"megacaps.yaml:{line_of(file, new.strip())}:" in checked.stderr
    assert message in checked.stderr
    assert "Traceback" not in checked.stderr


def test_all_faults_of_all_files_are_told_at_once(world, capsys):
    """One call names every fault, and still says which files are sound."""
    shutil.copy(world / "megacaps.yaml", world / "other.yaml")
    spoil(world / "megacaps.yaml", "max_order:", "max_oder:")
    spoil(world / "megacaps.yaml", "seed: 7", "seed: x")
    checked = called(capsys, "check", "megacaps.yaml", "other.yaml", "none.yaml")

    assert (checked.returncode, checked.stdout) == (
        3,
        "other.yaml: sound in form; add --data to open what it names\n",
    )
    assert checked.stderr.count("megacaps.yaml:") == 2
    assert "none.yaml:1:1: there is no such file" in checked.stderr


BARS = "2000-03-01,IBM,"
DATA_FAULTS = {
    "not a number": ("bars.csv", BARS, f"{BARS}nan", "but a price is above 0"),
    "unknown symbol": ("actions.csv", ",IBM,", ",IBX,", "did you mean 'IBM'?"),
    "row not in order": ("bars.csv", BARS, "2001-03-01,IBM,", "stands behind a later row"),
    "no zone": ("observations.csv", "Z,", ",", "which has no zone"),
    "no such kind": ("actions.csv", ",dividend,", ",dividends,", "did you mean 'dividend'?"),
    "no JSON": ("documents.jsonl", '{"', '"', "documents.jsonl:1"),
    "missing column": ("bars.csv", "volume", "volumes", "column 'volume' is missing"),
}


@pytest.mark.parametrize("kind", DATA_FAULTS)
def test_a_fault_of_the_data_is_named_by_file_and_line(world, kind, capsys):
    """Exit 5; nothing is mended in silence."""
    name, old, new, message = DATA_FAULTS[kind]
    spoil(world / "data" / name, old, new)
    checked = called(capsys, "check", "--data", "megacaps.yaml")

    assert (checked.returncode, checked.stdout) == (5, "")
    assert f"data/{name}:" in checked.stderr
    assert message in checked.stderr
    assert "Traceback" not in checked.stderr


def test_truncated_wrongly_encoded_and_missing_files_are_named(world, capsys):
    """Each is a fault of the data; the run says the same as the check."""
    bars = world / "data" / "bars.csv"
    whole = bars.read_bytes()
    messages = {}
    for kind, content in {"cut": whole[:-9], "latin": whole + "é".encode("latin-1")}.items():
        bars.write_bytes(content)
        messages[kind] = called(capsys, "check", "--data", "megacaps.yaml")
    bars.unlink()
    messages["gone"] = called(capsys, "run", "megacaps.yaml")

    assert [each.returncode for each in messages.values()] == [5, 5, 5]
    assert "bars.csv:11959: " in messages["cut"].stderr
    assert "UTF-8" in messages["latin"].stderr
    assert "bars.csv: there is no such file" in messages["gone"].stderr


def test_sound_data_are_counted(world, capsys):
    """Instruments, steps, documents and series, and warnings apart from them."""
    checked = called(capsys, "check", "--data", "megacaps.yaml")

    assert checked.returncode == 0
    assert checked.stdout.startswith(
        "megacaps.yaml: sound; 4 instruments, 3270 steps, behind 0 of "
    )
    assert "documents were written after the fact" in checked.stderr


def test_steps_are_those_of_the_run(world, capsys):
    """What lies before `market.from` is counted apart, as history."""
    command = ("check", "--data", "megacaps.yaml", "--set", "market.from=2012-03-01")
    checked = called(capsys, *command)

    assert "4 instruments, 251 steps, behind 3019 of history, " in checked.stdout


def test_all_files_that_are_missing_are_named_at_once(world, capsys):
    """Not one a call."""
    (world / "data" / "index.csv").unlink()
    (world / "data" / "documents.jsonl").unlink()
    checked = called(capsys, "check", "--data", "megacaps.yaml")

    assert checked.returncode == 5
    assert checked.stderr.count("there is no such file") == 2


def test_a_fault_of_form_does_not_hide_one_of_the_data(world, capsys):
    """Both are told; the exit code is that of the form."""
    shutil.copy(world / "megacaps.yaml", world / "other.yaml")
    spoil(world / "other.yaml", "seed: 7", "seed: x")
    (world / "data" / "index.csv").unlink()
    checked = called(capsys, "check", "--data", "megacaps.yaml", "other.yaml")

    assert checked.returncode == 3
    assert "data/index.csv: there is no such file" in checked.stderr
    assert "other.yaml:" in checked.stderr


def test_the_schema_is_one_json_document(capsys):
    """An editor reads it from stdout; tests/scenario hold what is in it."""
    printed = called(capsys, "schema")

    assert (printed.returncode, printed.stderr) == (0, "")
    assert json.loads(printed.stdout) == json_schema()
