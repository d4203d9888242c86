"""A scenario whose every source is code that reads the files of the small world."""

import csv
import json

import steelyard
from steelyard.scenario import Scenario, load


@steelyard.feed
def from_disk(wanted, *, file):
    """Give the rows of a file beside the scenario, as mappings of texts."""
    text = (wanted.folder / file).read_text(encoding="utf-8")
    if file.endswith("jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    return csv.DictReader(text.splitlines())


def coded(file):
    """Give the entry of a feed that stands for a file."""
    return {"feed": "from_disk", "file": file}


CODED = {
    "bars": coded("bars.csv"),
    "benchmark": coded("index.csv"),
    "actions": coded("actions.csv"),
    "observations": [coded("observations.csv")],
    "documents": [coded("documents.jsonl")],
    "relations": coded("relations.csv"),
    "views": [coded("views.csv")],
}


def scenario_of(files, feeds):
    """Give a scenario that lies in the folder of these files."""
    text = Scenario.model_validate(
        {
            "name": "coded",
            "market": {
                "universe": ["AAA", "BBB"], "from": "2004-03-02", "to": "2004-03-12",
                "benchmark": "IDX",
            },
            "feeds": feeds,
            "agents": [{"name": "technical", "kind": "technical"}],
        }
    ).to_yaml()  # fmt: skip
    files.write("coded.yaml", text)
    return load(files.folder / "coded.yaml")
