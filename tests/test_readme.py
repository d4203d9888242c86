"""What the README shows is what a reader gets: each command runs, its output has that form."""

import re
import shlex
import shutil
from typing import NamedTuple

import pytest

from tests.command import ROOT, called, finished
from tests.pages import blocks, page

README = page("README.md")
LEFT_OUT = "[...]"
LABEL = re.compile(r"\s*([A-Za-z][A-Za-z ]*?)(?=\s{2,}|[:,(+]|\s+-?\d|$)")
OF_ONE_DECISION = {"silent", "checked", "because", "asked", "kept", "refused", "rule"}
"""Lines that an explanation has or has not, as the decision was."""
TOO_LONG = {"make test": "it would call itself", "make demo": "installs; its run is tried below"}


class Shown(NamedTuple):
    """A command of the README, and the lines shown as its output."""

    command: str
    lines: list[str]


def commands():
    """Give every command shown, in order."""
    shown = []
    for block in blocks(README, "console"):
        for part in block.split("$ ")[1:]:
            command, *lines = part.splitlines()
            shown.append(Shown(command, [line for line in lines if line and line != LEFT_OUT]))
    return shown


def labels(lines):
    """Give what each line begins with, up to its first number."""
    found = [LABEL.match(line) for line in lines]
    return [label[1] for label in found if label and label[1] not in OF_ONE_DECISION]


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """Give a working folder with the scenarios, the README's own among them."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    (scenario,) = blocks(README, "yaml")
    (tmp_path / "scenarios" / "mine.yaml").write_text(scenario, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def holds(shown, ended):
    """Hold a command's end against what the README shows of it."""
    given = labels((ended.stdout + ended.stderr).splitlines())

    assert ended.returncode == 0, ended.stderr
    assert [label for label in labels(shown.lines) if label not in given] == []


def test_every_quick_command_works_as_shown(clone, capsys):
    """In the order of the README, on the small run that all tests share."""
    shutil.copytree(finished().runs_dir, clone / "runs")
    for shown in commands():
        if shown.command not in TOO_LONG:
            assert shown.command.startswith("steelyard ")
            holds(shown, called(capsys, *shlex.split(shown.command)[1:]))


@pytest.mark.slow
def test_the_demo_shows_what_the_readme_shows(clone, capsys):
    """Its inner command, as the Makefile has it; then the explanation of one of its decisions."""
    demo, explained = (
        next(shown for shown in commands() if part in shown.command)
        for part in ("make demo", "--on")
    )

    assert "@$(BIN)/steelyard run scenarios/megacaps.yaml" in (ROOT / "Makefile").read_text()
    holds(demo, called(capsys, "run", "scenarios/megacaps.yaml"))
    holds(explained, called(capsys, *shlex.split(explained.command)[1:]))


def test_the_python_lines_work(clone, capsys):
    """A reader copies them as they are."""
    (program,) = blocks(README, "python")
    exec(compile(program, "README.md", "exec"), {})  # noqa: S102 - our own lines
    first, *explained, net_return = capsys.readouterr().out.splitlines()
    log_loss, equity, folder = first.split()

    assert 0.6 < float(log_loss) < 0.8
    assert float(equity) > 0
    assert (clone / folder / "summary.json").is_file()
    assert explained[0].startswith("2008-09-29 IBM")
    assert abs(float(net_return)) < 1


def test_the_scenario_is_about_25_lines_and_every_link_leads_somewhere():
    """And the whole stays under 150 lines."""
    (scenario,) = blocks(README, "yaml")
    links = re.findall(r"\]\(([^)#]+)\)", README)

    assert 20 <= scenario.count("\n") <= 30
    assert [link for link in links if not (ROOT / link).exists()] == []
    assert README.count("\n") < 150


def test_the_words_beside_the_commands_are_true():
    """Targets of make that the README names are in the Makefile."""
    targets = set(re.findall(r"`make (\w+)", README)) | set(re.findall(r"\$ make (\w+)", README))
    made = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert targets - made == set()
