"""Finds an agent by its kind; its module is imported only when it is asked for."""

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from steelyard import __version__, plugins
from steelyard.errors import ScenarioError, did_you_mean
from steelyard.types.agent import Agent

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "earnings": "steelyard.agents.earnings:Earnings",
        "human": "steelyard.agents.human:Human",
        "macro": "steelyard.agents.macro:Macro",
        "news": "steelyard.agents.news:News",
        "related": "steelyard.agents.related:Related",
        "technical": "steelyard.agents.technical:Technical",
    }
)
"""Kind of agent, as a scenario names it, to `module:class`."""


BUILT_IN = "built in"
FACTS = ("reads_text", "horizon", "refit_every")

plugins.reserve(plugins.AGENTS, KINDS)


class SettingError(ScenarioError):
    """Say that a setting of an agent is wrong.

    Attributes:
        setting: Its name; `kind` where the agent as a whole is at fault.
    """

    def __init__(self, setting: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.setting = setting


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
            raise SettingError(name, f"{name!r} is no setting of {kind!r}", hint=_hint(name, known))
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
    from steelyard.agents.signal import fault_of

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
    from steelyard.agents.signal import fault_of

    thing: Any = plugins.find(plugins.AGENTS, kind, folder)
    fault = fault_of(thing)
    if fault:
        raise SettingError("kind", f"kind of agent was {kind!r}, but {fault}")
    maker: Callable[..., Agent] = thing
    return maker


def _made(kind: str, make: Callable[[], Agent]) -> Agent:
    """Make a plug-in's agent, and look at what it says of itself."""
    from steelyard.agents.signal import misdeclared

    agent = plugins.attempt(f"{kind!r} does not take these settings", make)
    for name, what in misdeclared(agent):
        raise SettingError(name or "kind", f"{name or 'agent'} of {kind!r} {what}")
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
        raise SettingError(name, f"{name!r} was {value!r}, but it is {wanted}")


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


def _hint(found: str, known: Iterable[str]) -> str:
    return did_you_mean(found, known) or f"known: {', '.join(known)}"
