"""Entries of section `feeds`: a file, or code with settings of its own."""

import json

import jsonschema
import pytest
import yaml

from steelyard.errors import ScenarioError
from steelyard.scenario import Scenario, json_schema

BARS = "bars: {path: data/bars.csv, price_basis: quoted}"
CODE = (
    'bars: {feed: "mine:bars", price_basis: split_adjusted, n: 5, share: 0.5, all: true, '
    "names: [ON, 007], key: none}"
)


@pytest.fixture
def coded(base_text):
    """Give the base scenario with bars that come from code."""
    return base_text.replace(BARS, CODE)


def faults_of(text):
    """Give the faults of a scenario as texts."""
    with pytest.raises(ScenarioError, match="nothing was run") as caught:
        Scenario.from_yaml(text)
    return [str(fault) for fault in caught.value.faults]


def test_settings_of_code_are_what_their_form_says(coded):
    """Its own keys stay its own; those of every feed are not among them."""
    bars = Scenario.from_yaml(coded).feeds.bars

    assert (bars.feed, bars.path, bars.price_basis) == ("mine:bars", "", "split_adjusted")
    assert bars.settings == {
        "n": 5, "share": 0.5, "all": True, "names": ("ON", "007"), "key": None,
    }  # fmt: skip


def test_code_reads_back_as_the_same_values(coded):
    """From its own YAML, from its values, and from what Python wrote."""
    scenario = Scenario.from_yaml(coded)
    settings = {"feed": "mine:bars", "price_basis": "split_adjusted", "n": 5, "share": 0.5}
    settings |= {"all": True, "names": ["ON", "007"], "key": None}
    built = scenario.model_copy(update={"feeds": scenario.feeds.model_validate({"bars": settings})})

    assert Scenario.from_yaml(scenario.to_yaml()) == scenario
    assert Scenario.model_validate(scenario.resolved()) == scenario
    assert built.feeds.bars == scenario.feeds.bars
    assert "path" not in scenario.resolved()["feeds"]["bars"]
    assert scenario.resolved()["feeds"]["actions"] == {"path": "data/actions.csv"}


def test_origins_name_the_settings_of_code(coded):
    """As every value's."""
    origins = Scenario.from_yaml(coded).origins()

    assert origins["feeds.bars.feed"] == origins["feeds.bars.names"] == "<text>:15"
    assert origins["feeds.bars.path"] == "default"


@pytest.mark.parametrize(
    ("entry", "faults"),
    [
        ("{}", ["15:3: feeds.bars.path is missing; add it"]),
        ("{price_basis: quoted}", ["15:3: feeds.bars.path is missing; add it"]),
        (
            "{path: a.csv, feed: b}",
            ["15:29: feeds.bars.feed was 'b', but a feed stands in place of a file; keep path or "],
        ),
        ("{path: a.csv, ffeed: b}", ["15:23: feeds.bars.ffeed is not a known key; did you mean"]),
        (
            "{path: ' ', price_bases: b, price_basis: so}",
            [
                "15:16: feeds.bars.path was ' ', but it must be a path",
                "15:21: feeds.bars.price_bases is not a known key; did you mean 'price_basis'",
                "15:50: feeds.bars.price_basis was 'so', but it must be quoted or split_adjusted",
            ],
        ),
        ("{feed: 'a b'}", ["15:16: feeds.bars.feed was 'a b', but it must be a feed's name, or"]),
        ("{feed: 'a:b:c'}", ["15:16: feeds.bars.feed was 'a:b:c', but it must be a feed's name"]),
        ("{feed: a, n: }", ["15:21: feeds.bars.n was empty, but it must be a number, a text"]),
        ("{feed: a, n: {b: 1}}", ["15:22: feeds.bars.n was a mapping, but it must be a number, a"]),
        ("bars.csv", ["15:9: feeds.bars was 'bars.csv', but it must be a mapping of keys"]),
    ],
)  # fmt: skip
def test_every_fault_of_an_entry_is_told_where_it_stands(base_text, entry, faults):
    """All at once, each with its line and column."""
    told = faults_of(base_text.replace(BARS, f"bars: {entry}"))

    assert len(told) == len(faults)
    for fault, start in zip(told, faults, strict=True):
        assert fault.removeprefix("<text>:").startswith(start)


def test_faults_of_an_entry_do_not_hide_those_of_other_sections(base_text):
    """What the sections say of each other is still told."""
    text = base_text.replace("bars: {path", "bars: {pth").replace("quorum: 1", "quorum: 9")

    told = faults_of(text)

    assert any("feeds.bars.pth is not a known key; did you mean 'path'?" in each for each in told)
    assert any("ensemble.quorum was 9" in each for each in told)


def test_people_without_views_are_refused(base_text):
    """Their agent would have nothing to say."""
    text = base_text.replace("kind: earnings", "kind: human")
    entry = "\n  views: [{path: views.csv}]\nagents:"

    (fault,) = faults_of(text)
    assert fault.startswith("<text>:24:28: agents[3].kind was 'human', but feeds.views is missing")
    assert Scenario.from_yaml(text.replace("\nagents:", entry)).feeds.views[0].path == "views.csv"


def test_an_editor_knows_files_from_code(base_text):
    """A file has no further keys, code has any; one of the two must be there."""
    validator = jsonschema.Draft7Validator(json_schema())
    entries = ["{path: a}", "{feed: a, n: 5}", "{path: a, n: 5}", "{path: a, feed: b}", "{}"]

    texts = [base_text.replace(BARS, f"bars: {entry}") for entry in entries]
    # Dates as texts, as an editor reads them.
    documents = [json.loads(json.dumps(yaml.safe_load(text), default=str)) for text in texts]

    sound = [validator.is_valid(document) for document in documents]

    assert sound == [True, True, False, False, False]
