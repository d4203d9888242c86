"""Finds an agent by its kind; its module is imported only when it is asked for."""

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from steelyard.errors import ScenarioError, did_you_mean
from steelyard.types.agent import Agent

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "earnings": "steelyard.agents.earnings:Earnings",
        "human": "steelyard.agents.human:Human",
        "macro": "steelyard.agents.macro:Macro",
        "news": "steelyard.agents.news:News",
        "technical": "steelyard.agents.technical:Technical",
    }
)
"""Kind of agent, as a scenario names it, to `module:class`."""


def build(kind: str, settings: Mapping[str, object]) -> Agent:
    """Make an agent from what a scenario says.

    Args:
        kind: One of `KINDS`.
        settings: Its settings by name; lists become tuples, so that the agent is frozen.

    Raises:
        ScenarioError: no such kind, or no such setting of it.
    """
    if kind not in KINDS:
        raise ScenarioError(f"agent kind was {kind!r}", hint=_hint(kind, KINDS))
    maker = _load(KINDS[kind])
    known = tuple(inspect.signature(maker).parameters)
    for name in settings:
        if name not in known:
            raise ScenarioError(f"{name!r} is no setting of {kind!r}", hint=_hint(name, known))
    return maker(**{name: _frozen(value) for name, value in settings.items()})


def describe() -> list[dict[str, object]]:
    """Give each kind: what it says, whether it reads text, its pace unless a scenario says."""
    described: list[dict[str, object]] = []
    for kind, address in sorted(KINDS.items()):
        maker, agent = _load(address), build(kind, {})
        described.append(
            {
                "kind": kind,
                "says": (inspect.getdoc(maker) or "").partition("\n")[0],
                "reads_text": agent.reads_text,
                "horizon": agent.horizon,
                "refit_every": agent.refit_every,
            }
        )
    return described


def _load(address: str) -> Callable[..., Agent]:
    module, _, name = address.partition(":")
    maker: Callable[..., Agent] = getattr(importlib.import_module(module), name)
    return maker


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _hint(found: str, known: Iterable[str]) -> str:
    return did_you_mean(found, known) or f"known: {', '.join(known)}"
