"""What docs/plugins.md shows works as it stands there."""

import re
import shlex
import sys

import pytest

from steelyard import plugins
from steelyard.testing import contract
from tests.command import ROOT, called
from tests.pages import blocks, page

TEXT = page("docs/plugins.md")
MARKET = """\
name: mine
market: {universe: [AAPL, IBM, MSFT], from: 2000-03-01, to: 2000-12-29}
feeds: {bars: {path: bars.csv}}
"""


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """Give a folder with the files of the page, and Python as it was after the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(plugins, "_folders", [])
    monkeypatch.setattr(plugins, "_registered", dict(plugins._registered))
    for block in blocks(TEXT, "python"):
        name = re.match(r"# (\w+\.py)\n", block)
        if name:
            (tmp_path / name[1]).write_text(block, encoding="utf-8")
    (agents,) = blocks(TEXT, "yaml")
    (tmp_path / "mine.yaml").write_text(MARKET + agents, encoding="utf-8")
    (tmp_path / "bars.csv").write_bytes((ROOT / "scenarios/data/bars.csv").read_bytes())
    before = set(sys.modules)
    yield tmp_path
    for name in {"my_agents", "my_class"} & (set(sys.modules) - before):
        del sys.modules[name]


def test_the_python_lines_work(reader):
    """Those of no file are run as a reader would."""
    programs = [block for block in blocks(TEXT, "python") if not block.startswith("# my_")]
    for program in programs:
        exec(compile(program, "plugins.md", "exec"), {})  # noqa: S102 - our own lines

    assert len(programs) == 1


def test_the_commands_work(reader, capsys):
    """In their order, with the files of the page."""
    commands = [line[2:] for block in blocks(TEXT, "console") for line in block.splitlines()]
    for command in commands:
        ended = called(capsys, *shlex.split(command)[1:])

        assert ended.returncode == 0, ended.stderr
    assert len(commands) == 3


def test_the_class_keeps_the_contract(reader, capsys):
    """As it stands."""
    ended = called(capsys, "agents", "test", "my_class:LastStep")

    assert ended.returncode == 0, ended.stdout
    assert "fast path    skipped  it has none" in ended.stdout


def test_a_function_is_an_agent_in_less_than_15_lines():
    """Imports and all."""
    first = blocks(TEXT, "python")[0]

    assert len([line for line in first.splitlines() if line]) < 15


def test_the_table_names_the_checks_that_are_made():
    """In their order."""
    rows = re.findall(r"^\| ([a-z -]+) \| [^|]+ \|$", TEXT, re.MULTILINE)

    assert tuple(rows[1:]) == contract.CHECKS
