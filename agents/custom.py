"""Agents that are somebody's own code, made from a function or a class.

A function says how strong, what came true says how sure:

    @steelyard.agent(horizon=5)
    def dip(known, *, span=5):
        index = trailing.log_wealth(known.bars)
        return np.tanh((trailing.lagged(index, span) - index) / 0.05)

The rule that makes it honest: row t of the answer may rest on rows 0 to t of what is known,
never on a later one. A mean over all rows breaks it; one over trailing rows does not.
`steelyard agents test` proves it, by changing all that comes after a row.
"""

import inspect
import re
from collections import namedtuple
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any, NamedTuple, TypeVar, overload

import numpy as np
import numpy.typing as npt

from steelyard import plugins
from steelyard.agents.answers import said_last, state_opinions
from steelyard.agents.reading import asked
from steelyard.agents.registry import PACE, REQUIRED, fault_of
from steelyard.agents.skill import Skill, earn
from steelyard.agents.trailing import at_steps
from steelyard.errors import AgentError
from steelyard.types.arrays import Floats, Ints
from steelyard.types.opinion import Abstention, Cause, Opinion, OpinionBlock
from steelyard.types.world import Snapshot

Rule = Callable[..., npt.ArrayLike]
"""Takes a snapshot and, by keyword, its settings; see `FunctionAgent.strengths`."""

Made = TypeVar("Made", bound=type)

HORIZON, REFIT_EVERY = 5, 63
"""Steps, unless the author says otherwise."""


class FunctionAgent:
    """What agents made from a function share; each is a NamedTuple of its settings."""

    __slots__ = ()
    _fields: tuple[str, ...]
    horizon: int
    refit_every: int
    reads_text: bool
    strengths: Rule
    """The function itself: strengths in [-1, 1], positive for up, NaN where it has nothing to
    say, shape (n_known_bars, n_instruments) or (step + 1, n_instruments)."""

    def fit(self, past: Snapshot) -> Skill:
        """Learn from settled outcomes how often strengths like these came true."""
        return earn(self._strength(past), past.outcomes(self.horizon), self.horizon)

    def opine(self, now: Snapshot, fitted: Skill) -> Iterator[Opinion | Abstention]:
        """Say the newest row."""
        return said_last(self.opine_history(now, now.step, fitted), now)

    def opine_history(self, history: Snapshot, first: int, fitted: Skill) -> OpinionBlock:
        """Say the rows from `first` on."""
        strength = self._strength(history)[first:]
        silence = _silence(history, reads_text=self.reads_text)[first:]
        return state_opinions(history, strength, silence, fitted, lambda _row, _column: ())

    def _strength(self, known: Snapshot) -> Floats:
        """Ask the function, and move rows of bars to the steps that know them.

        Raises:
            AgentError: it gave another shape.
        """
        own = {name: getattr(self, name) for name in self._fields if name not in PACE}
        found = np.asarray(type(self).strengths(known, **own), dtype=np.float64)
        if found.shape == known.bars.close.shape:
            found = at_steps(found, len(known.listed) - len(found))
        if found.shape != known.listed.shape:
            raise AgentError(
                f"{type(self).__name__} gave shape {found.shape}, but the known bars have "
                f"{known.bars.close.shape} and the steps {known.listed.shape}"
            )
        strength = np.where(np.isfinite(found), np.clip(found, -1.0, 1.0), np.nan)
        return asked(known, strength)


class _Options(NamedTuple):
    """What an author says beside the code."""

    name: str = ""
    horizon: int | None = None
    refit_every: int | None = None
    reads_text: bool | None = None


@overload
def agent(thing: Made, /) -> Made: ...
@overload
def agent(thing: Rule, /) -> type[FunctionAgent]: ...
@overload
def agent(
    *,
    name: str = "",
    horizon: int | None = None,
    refit_every: int | None = None,
    reads_text: bool | None = None,
) -> Callable[[Any], Any]: ...
def agent(thing: Any = None, /, **options: Any) -> Any:
    """Make a kind of agent from a function or a class, and make it known by its name.

    A function `def dip(known, *, span=5)` gives strengths; it becomes a class with its
    keyword-only parameters as settings, whose confidence is earned on settled outcomes.
    A class must be an agent, its fields its settings; it is given back as it is.

    Args:
        thing: The function or class.
        options: `name` in scenarios; otherwise the function's, or the class's with small
            letters and underscores. For a function also `horizon` (steps, 5),
            `refit_every` (steps, 63) and `reads_text` (False).

    Raises:
        AgentError: it is no agent, and no function of that form.
        ScenarioError: the name is taken.
    """
    chosen = _Options(**options)
    if thing is None:
        return lambda decorated: _known(decorated, chosen)
    return _known(thing, chosen)


def _known(thing: object, options: _Options) -> type:
    kind = thing if isinstance(thing, type) else _kind_of(thing, options)
    fault = fault_of(kind)
    if isinstance(thing, type) and options[1:] != _Options()[1:]:
        fault = f"{kind.__name__} is a class: its horizon and the like are its own fields"
    if fault:
        raise AgentError(fault)
    own_name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()
    plugins.register(plugins.AGENTS, options.name or own_name, kind)
    return kind


def _kind_of(rule: object, options: _Options) -> type[FunctionAgent]:
    """Make the class of a function's agents."""
    if not inspect.isfunction(rule):
        raise AgentError(f"{rule!r} is neither a function nor a class")
    settings = _settings(rule)
    pace = {
        "horizon": HORIZON if options.horizon is None else options.horizon,
        "refit_every": REFIT_EVERY if options.refit_every is None else options.refit_every,
    }
    defaults = settings | pace
    fields = namedtuple(rule.__name__, defaults, defaults=defaults.values())  # type: ignore[misc]  # noqa: PYI024 - its fields are known only now
    members = {
        "__slots__": (),
        "__module__": rule.__module__,
        "__qualname__": rule.__qualname__,
        "__doc__": rule.__doc__,
        "reads_text": bool(options.reads_text),
        "strengths": staticmethod(rule),
    }
    return type(rule.__name__, (FunctionAgent, fields), members)


def _settings(rule: FunctionType) -> dict[str, object]:
    """Give a function's settings with their defaults.

    Raises:
        AgentError: it has not the form of a rule.
    """
    parameters = list(inspect.signature(rule).parameters.values())
    form = f"write it as def {rule.__name__}(known, *, span=5)"
    positional = [each for each in parameters if each.kind is not each.KEYWORD_ONLY]
    if len(positional) != 1 or positional[0].kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD:
        raise AgentError(f"{rule.__name__} takes something else than what is known", hint=form)
    for each in parameters[1:]:
        if each.default is each.empty:
            raise AgentError(f"setting {each.name!r} has no default", hint=form)
        if each.name in REQUIRED or each.name.startswith("_") or hasattr(FunctionAgent, each.name):
            raise AgentError(f"{each.name!r} is no name of a setting", hint="choose another")
    return {each.name: each.default for each in parameters[1:]}


def _silence(known: Snapshot, *, reads_text: bool) -> Ints:
    """Give why nothing is said where nothing is, shape as `listed`."""
    lag = len(known.listed) - len(known.bars.close)
    traded = at_steps(np.isfinite(known.bars.close).astype(np.float64), lag) == 1.0
    quiet = Cause.NOTHING_NEW if reads_text else Cause.NO_EDGE
    return np.where(traded | reads_text, quiet, Cause.HALTED).astype(np.int64)
