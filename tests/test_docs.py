"""The documents say what the program does."""

import importlib.util
import json
import re

import pytest

from tests.command import ROOT, finished
from tests.pages import page

PAGES = [
    "README.md",
    "bench/README.md",
    *(f"docs/{each.name}" for each in (ROOT / "docs").glob("*.md")),
]

ANY = {
    "agents": "NAME",
    "baselines": "NAME",
    "abstentions": "CAUSE",
    "vetoes": "RULE",
    "share_by_rule": "RULE",
    "time_in_state": "STATE",
    "gates": "METRIC",
}
"""Parts of a summary whose keys are names, and what stands for them in the document."""


def test_the_reference_of_scenario_files_is_up_to_date():
    """Made anew, it is the same; if not: python docs/build_scenario_reference.py."""
    script = ROOT / "docs" / "build_scenario_reference.py"
    spec = importlib.util.spec_from_file_location("build_scenario_reference", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8") == module.reference()


def test_every_file_that_the_architecture_names_is_there():
    """A contributor who follows it finds what it speaks of."""
    text = page("docs/architecture.md")
    named = set(re.findall(r"`([\w./]+\.(?:py|toml|md))`", text))
    there = [ROOT, ROOT / "steelyard", ROOT / "docs"]

    assert len(named) > 30
    assert {name for name in named if not any((root / name).exists() for root in there)} == set()


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name):
    """From the folder of its page; addresses of the web are not looked up."""
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page(name))

    there = (ROOT / name).parent
    files = [link for link in links if not link.startswith(("http:", "https:"))]
    assert [link for link in files if not (there / link).exists()] == []


def test_every_key_of_a_summary_is_explained_and_no_other():
    """Each leaf of the JSON document has its row in docs/summary.md."""
    assert set(leaves(json.loads(finished().stdout))) == explained()


def leaves(value, path=""):
    """Give the path of each figure, names of agents and the like replaced."""
    if not isinstance(value, dict):
        yield path
        return
    part = path.rpartition(".")[2]
    for key, inner in value.items():
        name = ANY.get(part, key)
        yield from leaves(inner, f"{path}.{name}" if path else name)


def explained():
    """Give the keys in the first column; `.low` shares the path of the key before it."""
    keys = set()
    for row in re.findall(r"^\| (`.*?) \|", (ROOT / "docs/summary.md").read_text(), re.MULTILINE):
        names = re.findall("`([^`]+)`", row)
        base = names[0].rpartition(".")[0]
        keys |= {f"{base}{name}" if name.startswith(".") else name for name in names}
    return keys
