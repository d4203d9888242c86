"""What an agent is: two pure functions and a few facts about itself."""

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

from steelyard.types.opinion import Abstention, Opinion, OpinionBlock
from steelyard.types.world import Snapshot


@runtime_checkable
class Agent(Protocol):
    """A specialist. Frozen and picklable; its settings are its fields.

    `fit` is called at scheduled refits (every `refit_every` steps), `opine` once per
    step with the newest fit. No state is kept between calls.
    """

    @property
    def horizon(self) -> int:
        """Steps its opinions are about, one of the scenario's `ensemble.horizons`."""

    @property
    def reads_text(self) -> bool:
        """Whether it reads documents; an agent that reads none is numeric."""

    @property
    def refit_every(self) -> int:
        """Steps between refits, >= 1."""

    def fit(self, past: Snapshot) -> Any:
        """Learn from settled outcomes only; the result is frozen and picklable."""

    def opine(self, now: Snapshot, fitted: Any) -> Iterator[Opinion | Abstention]:
        """Give exactly one opinion or abstention per listed instrument, in any order."""


@runtime_checkable
class SupportedAgent(Agent, Protocol):
    """An agent that comes with Steelyard and states the support of its opinions itself."""

    @property
    def support(self) -> float:
        """Share of their say that its opinions keep, in [0, 1], whatever they claim."""


@runtime_checkable
class FastAgent(Agent, Protocol):
    """An agent that can also answer many steps at once, to the same effect."""

    def opine_history(self, history: Snapshot, first: int, fitted: Any) -> OpinionBlock:
        """Give the opinions of steps `first` to `history.step`.

        Row t may rest on nothing that a snapshot of step t does not hold, and must equal
        what `opine` gives there; a contract test proves both.
        """
