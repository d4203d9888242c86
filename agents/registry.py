"""Finds an agent by its kind, and says what makes one; modules are imported when asked for."""

import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from steelyard import __version__, plugins
from steelyard.errors import ScenarioError, SettingError
from steelyard.types.agent import Agent

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "earnings": "steelyard.agents.earnings:Earnings",
        "human": "steelyard.agents.human:Human",
        "macro": "steelyard.agents.macro:Macro",
        "news": "steelyard.agents.news:News",
        "related": "steelyard.agents.related:Related",
        "synthetic": "steelyard.agents.synthetic:Synthetic",
        "technical": "steelyard.agents.technical:Technical",
    }
)
"""Kind of agent, as a scenario names it, to `module:class`."""


BUILT_IN = "built in"
PACE = ("horizon", "refit_every")
FACTS = ("reads_text", *PACE)
"""What an agent says of itself."""
REQUIRED = ("fit", "opine", *PACE, "reads_text")
"""What an agent has."""

plugins.reserve(plugins.AGENTS, KINDS)


def build(kind: str, settings: Mapping[str, object], folder: Path | None = None) -> Agent:
    """Make an agent from what a scenario says.

    Args:
        kind: One of `KINDS`, the name of a plug-in, or `module:attribute`.
        settings: Its settings by name; lists become tuples, so that the agent is frozen.
        folder: The scenario's; a module beside it is found.

    Raises:
        ScenarioError: no such kind, or a plug-in that cannot be used.
        SettingError: no such setting of it, or one that it does not take.
    """
    maker = _maker(kind, folder)
    known = _parameters(maker)
    for name, value in settings.items():
        if name not in known and not _takes_any(known):
            raise SettingError.unknown(name, kind, known)
        if kind not in KINDS:
            _same_form(name, value, known)
    own = {name: _frozen(value) for name, value in settings.items()}
    if kind in KINDS:
        return maker(**own)
    return _made(kind, lambda: maker(**own))


def describe() -> list[dict[str, object]]:
    """Give each kind: what it says, what it reads, its pace unless a scenario says, its origin.

    A plug-in that cannot be used has its `fault`, and nothing else is known of it.
    """
    described = [
        _described(kind, BUILT_IN, __version__, _load(address))
        for kind, address in sorted(KINDS.items())
    ]
    for plugin in plugins.installed(plugins.AGENTS, fault_of):
        told = plugin.name, plugin.distribution, plugin.version
        if plugin.fault:
            described.append(_entry(*told) | {"fault": plugin.fault})
        else:
            described.append(_described(*told, _maker(plugin.name, None)))
    return described


def fault_of(thing: object) -> str:
    """Say why something cannot be used as a kind of agent; empty where it can."""
    if inspect.isfunction(thing):
        return "it is a bare function; decorate it with @steelyard.agent"
    if not isinstance(thing, type):
        return f"it is no class, but of type {type(thing).__name__}"
    missing = _lacking(thing)
    return f"{thing.__name__} is no agent: it lacks {', '.join(missing)}" if missing else ""


def misdeclared(agent: object) -> Iterator[tuple[str, str]]:
    """Find what an agent says wrongly of itself, as (attribute, what is wrong)."""
    if not isinstance(agent, Agent):
        yield "", f"{type(agent).__name__} lacks fit, opine or what an agent says of itself"
        return
    for name in PACE:
        value: object = getattr(agent, name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            yield name, f"was {value!r}, but it is a whole number of steps, at least 1"
    reads: object = agent.reads_text
    if not isinstance(reads, bool):
        yield "reads_text", f"was {reads!r}, but it is True or False"


def _lacking(kind: type) -> list[str]:
    """Name what a class lacks to be an agent; fields and parameters count as there."""
    there = {name for base in kind.__mro__ for name in inspect.get_annotations(base)}
    with suppress(ValueError):  # a class written in C may tell nothing of itself
        there |= set(inspect.signature(kind).parameters)
    return [name for name in REQUIRED if name not in there and not hasattr(kind, name)]


def _described(
    kind: str, origin: str, version: str, maker: Callable[..., Agent]
) -> dict[str, object]:
    try:
        agent: object = plugins.attempt(kind, maker)
    except ScenarioError:  # it has settings without a default, and tells of itself what it can
        agent = maker
    values = {name: getattr(agent, name, None) for name in FACTS}
    facts = {name: value if isinstance(value, int) else None for name, value in values.items()}
    says = (inspect.getdoc(maker) or "").partition("\n")[0]
    return _entry(kind, origin, version) | {"says": says} | facts


def _entry(kind: str, origin: str, version: str) -> dict[str, object]:
    """Give what is told of every kind."""
    told = {"kind": kind, "says": "", **dict.fromkeys(FACTS)}
    whose = {"origin": origin, "version": version, "is_built_in": origin == BUILT_IN}
    return told | whose | {"fault": None}


def _maker(kind: str, folder: Path | None) -> Callable[..., Agent]:
    if kind in KINDS:
        return _load(KINDS[kind])
    thing: Any = plugins.find(plugins.AGENTS, kind, folder)
    fault = fault_of(thing)
    if fault:
        raise SettingError(f"kind of agent was {kind!r}, but {fault}", setting="kind")
    maker: Callable[..., Agent] = thing
    return maker


def _made(kind: str, make: Callable[[], Agent]) -> Agent:
    """Make a plug-in's agent, and look at what it says of itself."""
    agent = plugins.attempt(f"{kind!r} does not take these settings", make)
    for name, what in misdeclared(agent):
        raise SettingError(f"{name or 'agent'} of {kind!r} {what}", setting=name or "kind")
    return agent


def _parameters(maker: Callable[..., Agent]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(maker).parameters


def _takes_any(parameters: Mapping[str, inspect.Parameter]) -> bool:
    return any(each.kind is each.VAR_KEYWORD for each in parameters.values())


def _same_form(name: str, value: object, known: Mapping[str, inspect.Parameter]) -> None:
    """Refuse a text where the default is a number, and the like; None is taken everywhere.

    Raises:
        SettingError: the value has another form than the default.
    """
    if name not in known:
        return
    wanted, given = _form(known[name].default), _form(value)
    if wanted and given and wanted != given:
        raise SettingError(f"{name!r} was {value!r}, but it is {wanted}", setting=name)


def _form(value: object) -> str:
    """Say what a value is; empty where it tells nothing."""
    forms = ((bool, "true or false"), (int | float, "a number"), (str, "a text"))
    found = (words for of, words in forms if isinstance(value, of))
    return next(found, "a list" if isinstance(value, list | tuple) else "")


def _load(address: str) -> Callable[..., Agent]:
    module, _, name = address.partition(":")
    maker: Callable[..., Agent] = getattr(importlib.import_module(module), name)
    return maker


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
