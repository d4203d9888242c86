"""The fourteen-name world as a whole: every agent speaks, in time, and blind to the future."""

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from steelyard.store import read_rows
from tests.fourteen.build import build
from tests.fourteen.prices import write_csv
from tests.fourteen.stage import LARGEST_BYTES, LONGEST_S, ran

pytestmark = [pytest.mark.shared, pytest.mark.slow, pytest.mark.timeout(3 * LONGEST_S)]

CUT = "2015-08-31"
"""A day within a block of one fit, in the middle of the run."""
HERE = ("--executor", "local")
READERS = {"macro": "statement", "news": "tweet", "earnings": "results", "related": "tweet"}
"""Agents that read, and a kind of document that each cites."""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    """The scenario's file, its data beside it."""
    return build(tmp_path_factory.mktemp("fourteen"))


@pytest.fixture(scope="module")
def whole(scenario):
    """The whole run, in this machine's memory."""
    return ran(scenario, *HERE)


def test_it_runs_in_five_minutes_and_three_gigabytes(whole):
    """With room to spare on two cores."""
    assert whole.cost.wall_s < LONGEST_S
    assert whole.cost.peak_bytes < LARGEST_BYTES


def test_every_agent_speaks(whole):
    """In hundreds of opinions that settle."""
    settled = {name: agent["n_settled"] for name, agent in whole.summary["agents"].items()}

    assert settled.keys() == {"technical", "macro", "news", "earnings", "related", "human"}
    assert min(settled.values()) > 300, settled


def test_no_agent_fails(whole):
    """Who keeps silent does so for want of something to say."""
    assert whole.summary["abstentions"].keys() <= {"no_data", "nothing_new", "no_edge"}


@pytest.mark.parametrize(("agent", "kind"), READERS.items())
def test_those_who_read_cite_what_was_written(whole, scenario, agent, kind):
    """Their claims are found in the documents, word for word or figure by figure."""
    query = "select source, result from claims where agent = ? and source like 'document:%'"
    cited = read_rows(whole.database, query, [agent])
    results = Counter(row["result"] for row in cited)
    kinds = kinds_of(scenario.parent / "data")

    assert results["supported"] > 100
    assert results["contradicted"] == 0
    assert kind in {kinds[row["source"].partition(":")[2]] for row in cited}


def test_nothing_is_warned_of_but_what_is_known(whole):
    """The caveats, and that the test part was opened."""
    *known, last = whole.summary["warnings"]

    assert len(known) == 8
    assert known[0] == "universe chosen in hindsight: large companies of 2016"
    assert last.startswith("the test part of this world has now been opened")


@pytest.mark.ray
def test_ray_gives_the_same_tape(whole, scenario):
    """Asked in two other processes, the agents say the same to the last bit."""
    elsewhere = ran(scenario, "--executor", "ray", "--workers", "2").summary

    assert elsewhere["n_workers"] == 2
    assert elsewhere["tape_digest"] == whole.summary["tape_digest"]
    assert elsewhere["digest"] == whole.summary["digest"]


def test_what_is_written_later_changes_nothing_before(whole, scenario, tmp_path):
    """Without the texts, figures and views after a day, all is said as before up to that day."""
    shutil.copytree(scenario.parent / "data", tmp_path / "data")
    cut_short(tmp_path / "data")
    cut = ran(Path(shutil.copy(scenario, tmp_path)), *HERE)

    before = said(whole, f"<= '{CUT}'")
    assert len(before) > 10_000
    assert said(cut, f"<= '{CUT}'") == before
    assert said(cut, f"> '{CUT}'") != said(whole, f"> '{CUT}'")


def said(a_run, when):
    """Give all opinions and abstentions of the sessions that `when` names, in order."""
    opinions = "select * from opinions where session {} order by step, agent, instrument"
    silence = "select * from abstentions where session {} order by step, agent, instrument"
    rows = [
        row
        for query in (opinions, silence)
        for row in read_rows(a_run.database, query.format(when), [])
    ]
    return [{key: value for key, value in row.items() if key != "outcome"} for row in rows]


def kinds_of(data):
    """Give the kind of each document by its id."""
    return {
        document["id"]: document["kind"]
        for path in data.glob("*.jsonl")
        for document in documents_of(path)
    }


def cut_short(data):
    """Leave out what was published or known only after the cut."""
    for path in data.glob("*.jsonl"):
        kept = [
            line
            for line, document in zip(lines_of(path), documents_of(path), strict=True)
            if document["published_at"][: len(CUT)] <= CUT
        ]
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    for name in ("observations.csv", "views_synthetic.csv"):
        with (data / name).open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        place = header.index("known_at")
        write_csv(data / name, header, [row for row in rows if row[place][: len(CUT)] <= CUT])


def lines_of(path):
    """Give the lines of a file of documents."""
    return path.read_text(encoding="utf-8").rstrip("\n").split("\n")


def documents_of(path):
    """Give the documents of a file."""
    return [json.loads(line) for line in lines_of(path)]
