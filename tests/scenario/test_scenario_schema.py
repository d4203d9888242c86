"""The JSON Schema that editors read, held against files as YAML 1.2 reads them."""

import json
import re

import jsonschema
import pytest
import yaml

from steelyard.scenario import Scenario, find, json_schema
from steelyard.scenario.section import sections_in


class _Editor(yaml.SafeLoader):
    """Reads the way editors do: YAML 1.2, where dates are texts."""


_Editor.yaml_implicit_resolvers = {}
_Editor.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
_Editor.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789")
)
_Editor.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+\.[0-9]+$"), list("-+0123456789")
)
_Editor.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(null|~|)$"), ["n", "~", ""])


def _sections(section):
    """Give a section and all that are in it."""
    inner = [
        found for field in section.model_fields.values() for found in sections_in(field.annotation)
    ]
    return {section}.union(*(_sections(found) for found in inner))


@pytest.fixture(scope="module")
def validator():
    """Give the validator of scenario files, draft 7."""
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def _faults(validator, text):
    document = yaml.load(text, Loader=_Editor)  # noqa: S506 - a safe loader
    return list(validator.iter_errors(document))


def test_the_schema_takes_sound_scenarios(validator, base_text):
    """The base scenario, the shipped one, and what to_yaml writes."""
    shipped = find("megacaps").read_text(encoding="utf-8")
    written = Scenario.from_yaml(base_text).to_yaml()

    assert [_faults(validator, text) for text in (base_text, shipped, written)] == [[], [], []]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("max_position:", "max_positon:"),
        ("seed: 7", "seed: seven"),
        ("gaps: fail", "gaps: fial"),
        ("max_order: 10%", "max_order: ten"),
        ("fee: 1 bps", "fee: 1"),
        ("to: 2013-03-01", "to: tomorrow"),
        ("name: megacaps\n", ""),
        ("kind: news", "kind: nwes"),
        ("decide_at: close", "decide_at: noon"),
        ('"<= 50%"', "50%"),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(old, new, validator, base_text):
    """An editor underlines the fault before it is run."""
    assert _faults(validator, base_text.replace(old, new, 1))


def test_every_field_says_what_it_is():
    """Descriptions are the documentation of the file."""
    silent = [
        f"{section.__name__}.{name}"
        for section in _sections(Scenario)
        for name, field in section.model_fields.items()
        if not field.description
    ]

    assert silent == []


def test_defaults_stand_as_a_file_writes_them():
    """Python holds millionths; a file has an amount."""
    definitions = json_schema()["definitions"]

    assert definitions["Account"]["properties"]["cash"]["default"] == "1_000_000"
    assert definitions["Risk"]["properties"]["max_position"]["default"] == "35%"


def test_the_schema_is_plain_json_of_draft_seven():
    """No keyword of a later draft is needed to read it."""
    text = json.dumps(json_schema())

    assert not re.search(r'"(\$defs|prefixItems|unevaluatedProperties)"', text)
