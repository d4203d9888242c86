"""Every Python block of docs/python.md is run in its order, as a reader would copy it."""

import shutil

import pytest

from tests.command import ROOT
from tests.pages import blocks, page

TEXT = page("docs/python.md")


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """Give a working folder with the scenarios."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_python_lines_work(clone, capsys):
    """Each block in the names that those before it made; all of them print something true."""
    names = {"__name__": "__main__"}
    for block in blocks(TEXT, "python"):
        line = TEXT[: TEXT.index(block)].count("\n")
        exec(compile("\n" * line + block, "docs/python.md", "exec"), names)  # noqa: S102 - our own
    printed = capsys.readouterr().out

    shown = blocks(TEXT, "text")
    assert len(shown) == 2
    assert [each for each in shown if each not in printed] == []
    assert "True False\n" in printed
    assert "['IBM', 'MSFT'] 0.2\nTrue\n" in printed
    assert "same paths True\n" in printed
    assert "did you mean 'max_position'?" in printed
    assert "[1, 2]\n" in printed


def test_an_agent_and_a_feed_of_ones_own_take_less_than_15_lines():
    """Imports, decorator, docstring and all."""
    own = [block for block in blocks(TEXT, "python") if "\n@steelyard." in block]

    assert len(own) == 2
    assert all(block.count("\n") < 15 for block in own)
