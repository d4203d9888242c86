"""Every Python block of the guides is run in its order, as a reader would copy it."""

import re
import shutil

import pytest

from tests.command import ROOT

GUIDES = ("docs/python.md",)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """Give a working folder with the scenarios."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("guide", GUIDES)
def test_the_python_lines_of_a_guide_work(guide, clone, capsys):
    """Each block in the names that those before it made; all of them print something true."""
    text = (ROOT / guide).read_text(encoding="utf-8")
    names = {"__name__": "__main__"}
    for block in BLOCK.findall(text):
        line = text[: text.index(block)].count("\n")
        exec(compile("\n" * line + block, guide, "exec"), names)  # noqa: S102 - our own lines
    printed = capsys.readouterr().out

    assert "True False\n" in printed
    assert "['IBM', 'MSFT'] 0.2\nTrue\n" in printed
    assert "did you mean 'max_position'?" in printed
    assert "[1, 2]\n" in printed


def test_an_agent_and_a_feed_of_ones_own_take_less_than_15_lines():
    """Imports, decorator, docstring and all."""
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = [block for block in BLOCK.findall(text) if "\n@steelyard." in block]

    assert len(blocks) == 2
    assert all(block.count("\n") < 15 for block in blocks)


@pytest.mark.parametrize("guide", GUIDES)
def test_every_link_of_a_guide_leads_somewhere(guide):
    """Beside the guide."""
    text = (ROOT / guide).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)

    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
