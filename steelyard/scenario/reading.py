"""From a text to a sound scenario, or to all of its faults."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from steelyard.scenario.agents import settings_of
from steelyard.scenario.checks import crosscheck
from steelyard.scenario.faults import error_of, placed, translate
from steelyard.scenario.marks import Entries, Found, Node, Place, Source, compose, value_of
from steelyard.scenario.overrides import override
from steelyard.scenario.section import Section, sections_in

IN_FILE: Final = "in_file"
"""Context under which a scenario is validated whose sections are checked here."""

NOWHERE: Final = Entries(Place(Source("scenario", "", has_lines=False), 0, 0), {})
"""The document of a scenario that is built in Python."""

Model = TypeVar("Model", bound=Section)


def read(model: type[Model], source: Source, overrides: Mapping[str, Any]) -> tuple[Model, Node]:
    """Read a scenario and give it with its document.

    Raises:
        ScenarioError: with every fault found.
    """
    document, found = compose(source)
    if document is None:
        raise error_of(found)
    return reread(model, document, overrides, found)


def reread(
    model: type[Model], document: Node, overrides: Mapping[str, Any], found: Sequence[Found] = ()
) -> tuple[Model, Node]:
    """Read a document with values written anew, and give the scenario with its document.

    Args:
        model: The class of scenarios.
        document: What was read from a file.
        overrides: Values by path; see `override`.
        found: Faults that the document has already.

    Raises:
        ScenarioError: with every fault found.
    """
    document, lost = override(document, overrides)
    scenario, wrong = _validate(model, document)
    found = [*found, *lost, *wrong]
    if found or scenario is None:
        raise error_of(found)
    return scenario, document


def sections_of(scenario: BaseModel) -> dict[str, Any]:
    """Give the sections of a scenario as the checks want them."""
    sections = {name: getattr(scenario, name) for name in type(scenario).model_fields}
    agents = sections["agents"]
    return sections | {"agents": tuple(enumerate(agents)), "n_agents": len(agents)}


def _validate(model: type[Model], document: Node) -> tuple[Model | None, list[Found]]:
    values = value_of(document)
    if not isinstance(values, dict):
        fault = document.place.fault("the file is no mapping", hint="begin with `version: 1`")
        return None, [fault]
    try:
        scenario = _sound(model, values)
    except ValidationError as error:
        found = translate(error, document, model)
        sections = _sound_sections(model, values)
        return None, found + [placed(wrong, document) for wrong in crosscheck(sections)]
    wrongs = crosscheck(sections_of(scenario))
    return scenario, [placed(wrong, document) for wrong in wrongs]


def _sound(model: type[Model], values: dict[str, Any]) -> Model:
    return model.model_validate(values, context=IN_FILE, by_alias=True, by_name=False)


def _sound_sections(model: type[Section], values: dict[str, Any]) -> dict[str, Any]:
    """Give those sections that are sound by themselves, so that they can be checked."""
    sections: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name in values:
            kinds = sections_in(field.annotation)
            sections[name] = _section(kinds[0], values[name]) if len(kinds) == 1 else None
        elif not field.is_required():
            sections[name] = field.default
    return sections | _sound_agents(values.get("agents"))


def _sound_agents(agents: Any) -> dict[str, Any]:
    if not isinstance(agents, tuple):
        return {}
    sound = [(index, _sound_agent(agent)) for index, agent in enumerate(agents)]
    numbered = tuple((index, agent) for index, agent in sound if agent is not None)
    return {"agents": numbered, "n_agents": len(agents)}


def _sound_agent(agent: Any) -> Section | None:
    kind = settings_of(str(agent.get("kind"))) if isinstance(agent, dict) else None
    return None if kind is None else _section(kind, agent)


def _section(section: type[Section], value: Any) -> Section | None:
    """Validate one section; unknown keys, which have their fault, are left out."""
    try:
        return _sound(section, value)
    except ValidationError as error:
        faults = error.errors(include_url=False)
    if any(fault["type"] != "extra_forbidden" for fault in faults):
        return None
    for fault in faults:
        value = _without(value, fault["loc"])
    return _section(section, value)


def _without(value: Any, parts: tuple[int | str, ...]) -> Any:
    """Copy a value less the key at a path."""
    part, rest = parts[0], parts[1:]
    if isinstance(value, tuple):
        return tuple(
            _without(item, rest) if index == part else item for index, item in enumerate(value)
        )
    if not rest:
        return {key: item for key, item in value.items() if key != part}
    return {key: _without(item, rest) if key == part else item for key, item in value.items()}
