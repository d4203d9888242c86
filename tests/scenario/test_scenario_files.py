"""Files that are no scenarios, and names that find them."""

import os
import re

import pytest

from steelyard.errors import Fault, ScenarioError
from steelyard.scenario import Scenario, find, load


@pytest.mark.parametrize(
    ("content", "line", "column", "message"),
    [
        (b"", 1, 1, "nothing stands here"),
        (b"# only a comment\n", 1, 1, "nothing stands here"),
        (b"- a\n- b\n", 1, 1, "the file is no mapping"),
        (b"text", 1, 1, "the file is no mapping"),
        (b"version: 1\nname: caf\xe9\n", 2, 10, "the byte 0xe9 is not UTF-8"),
        ("version: 1\n".encode("utf-16"), 1, 1, "the byte 0xff is not UTF-8"),
        (b"#" * 1_000_001, 1, 1, "the file has more than 1_000_000 bytes"),
    ],
)
def test_a_file_that_is_no_scenario_is_told_so(content, line, column, message, tmp_path):
    """Empty, no mapping, another encoding, too big: each says what it is."""
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)

    with pytest.raises(ScenarioError, match=re.escape(message)) as raised:
        load(path)

    first = raised.value.faults[0]
    assert (str(path), line, column) == (first.path, first.line, first.column)


def test_a_byte_order_mark_is_passed_over(base_text, tmp_path):
    """Editors that put one before the text do no harm."""
    path = tmp_path / "marked.yaml"
    path.write_text(base_text, encoding="utf-8-sig")

    assert load(path) == Scenario.from_yaml(base_text)


def test_a_missing_file_is_named():
    """The path stands in the message as it was given."""
    with pytest.raises(ScenarioError, match=r"^no/such\.yaml:1:1: there is no such file") as raised:
        load("no/such.yaml")

    assert (Fault("no/such.yaml", 1, 1, "there is no such file"),) == raised.value.faults


def test_a_directory_is_no_scenario(tmp_path):
    """A folder is told from a file."""
    with pytest.raises(ScenarioError, match="it is a directory; name a file in it"):
        load(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_named(base_text, tmp_path):
    """A file without permission gives a fault, not a traceback."""
    path = tmp_path / "locked.yaml"
    path.write_text(base_text, encoding="utf-8")
    path.chmod(0)

    with pytest.raises(ScenarioError, match="it cannot be read: Permission denied"):
        load(path)


def test_a_path_that_no_system_has_is_named():
    """A null byte in a path gives a fault, not a traceback."""
    with pytest.raises(ScenarioError, match="it cannot be read: embedded null byte"):
        load("a\0b.yaml")


def test_a_bare_name_is_a_shipped_scenario():
    """`megacaps` names the file that comes with the package, and it is sound."""
    assert load(find("megacaps")).name == "megacaps"


@pytest.mark.parametrize("path", ["mine.yaml", "folder/mine", "./mine", "mine.yml"])
def test_a_path_stays_a_path(path):
    """What has a suffix or a folder is no name."""
    assert str(find(path)) == path.removeprefix("./")


@pytest.mark.parametrize("path", ["megacap", "megcaps"])
def test_a_near_miss_of_a_shipped_name_is_told(path):
    """The hint names the scenario that was meant."""
    with pytest.raises(ScenarioError, match=re.escape("did you mean 'megacaps'?")):
        find(path)


def test_an_unknown_name_lists_what_is_shipped():
    """Where nothing is near, all names are told."""
    with pytest.raises(ScenarioError, match=r"shipped scenario; known: .*megacaps"):
        find("zzz")
