"""Every fault of Steelyard, in one tree, with the exit code it ends a command with.

    SteelyardError          1  anything Steelyard raises on purpose
      ScenarioError         3  the scenario is wrong; carries its located faults
        SettingError        3  a setting of an agent or a feed is wrong; names it
      SetupError            4  an extra, a login or a key is missing
      BrokerError           4  the broker refused, or cannot be reached
      DataError             5  bars, documents or observations are not as they must be
        LookaheadError      5  something was used before it could be known
      TapeError             5  a tape or cassette is broken, or not the one asked for
      GateError             6  the run is done, but a gate it must pass failed
      BudgetError           7  the budget is used up; the run can be resumed
      SafetyHalt            8  paper trading stopped itself
      AgentError            1  an agent failed; the panel turns it into an abstention
      InvariantError        1  our defect: what must always hold did not; trading stops

Abstention, NoQuorum, Veto, Resize and Enforce are outcomes: values, never raised.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Self

EXIT_MEANINGS = MappingProxyType(
    {
        0: "done",
        1: "a defect of Steelyard",
        2: "wrong usage",
        3: "a fault in the scenario",
        4: "something is missing in the environment",
        5: "a fault in the data or the tape",
        6: "a gate failed",
        7: "the budget is used up",
        8: "safety halt",
        130: "interrupted",
        143: "terminated",
    }
)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Name one fault in a file: where, what was found, what is allowed, what to do.

    Attributes:
        path: File as the user named it.
        line: Line, from 1; 0 where the place has no lines, such as an override.
        column: Column, from 1.
        found: What was found, a clause: `ensemble.quorum was 5`.
        allowed: What is allowed, a clause: `the panel has 4 agents`, or empty.
        hint: The next step, a clause: `lower it or add one`, or empty.
    """

    path: str
    line: int
    column: int
    found: str
    allowed: str = ""
    hint: str = ""

    @property
    def message(self) -> str:
        """Give the fault as one sentence, without its place."""
        allowed = f", but {self.allowed}" if self.allowed else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.found}{allowed}{hint}"

    def __str__(self) -> str:
        """Give `path:line:column: message`, which editors can jump to."""
        if self.line == 0:
            return f"{self.path}: {self.message}"
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give the hint `did you mean 'x'?` for the nearest known word, or an empty one.

    A word cut short is the nearest to the only one that begins with it.
    """
    import difflib

    by_folded = {each.casefold(): each for each in known}
    near = [each for each in by_folded if word and each.startswith(word.casefold())]
    if len(near) != 1:
        near = difflib.get_close_matches(word.casefold(), by_folded, n=1)
    return f"did you mean {by_folded[near[0]]!r}?" if near else ""


class SteelyardError(Exception):
    """Say that Steelyard cannot go on, why, and what may help.

    Attributes:
        exit_code: Code a command ends with, explained in `EXIT_MEANINGS`.
        message: Where, what was found, what is allowed.
        hint: The next step, or empty.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Give the message, and the hint behind it."""
        return f"{self.message}; {self.hint}" if self.hint else self.message


class ScenarioError(SteelyardError):
    """Say that the scenario is wrong, with every fault found in it.

    Attributes:
        faults: In the order of the file; empty where no place can be named.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, hint: str = "", faults: Iterable[Fault] = ()) -> None:
        super().__init__(message, hint=hint)
        self.faults = tuple(sorted(faults))

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> Self:
        """Make the error whose message is its faults, one a line."""
        ordered = sorted(faults)
        return cls("\n".join(map(str, ordered)), faults=ordered)


class SettingError(ScenarioError):
    """Say that a setting of an agent or a feed is wrong.

    Attributes:
        setting: Its name; `kind` or `feed` where one is missing, or all of it is at fault.
    """

    def __init__(self, message: str, *, setting: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.setting = setting

    @classmethod
    def unknown(cls, setting: str, whose: str, known: Iterable[str]) -> Self:
        """Make the error of a setting that an agent or a feed does not have."""
        there = list(known)
        hint = did_you_mean(setting, there) or f"known: {', '.join(there) or 'none'}"
        return cls(f"{setting!r} is no setting of {whose!r}", setting=setting, hint=hint)


class SetupError(SteelyardError):
    """Say that the environment lacks an extra, a login or a key."""

    exit_code: ClassVar[int] = 4


class BrokerError(SteelyardError):
    """Say that the broker refused, or cannot be reached."""

    exit_code: ClassVar[int] = 4


class DataError(SteelyardError):
    """Say that bars, documents or observations are not as they must be."""

    exit_code: ClassVar[int] = 5


class LookaheadError(DataError):
    """Say that something was used before it could be known."""


class TapeError(SteelyardError):
    """Say that a tape or cassette is broken, or not the one asked for."""

    exit_code: ClassVar[int] = 5


class GateError(SteelyardError):
    """Say that the run is done, but a gate it must pass failed."""

    exit_code: ClassVar[int] = 6


class BudgetError(SteelyardError):
    """Say that the budget is used up; the run can be resumed."""

    exit_code: ClassVar[int] = 7


class SafetyHalt(SteelyardError):  # noqa: N818 - a halt is no error of the program
    """Say that paper trading stopped itself, and waits for a person."""

    exit_code: ClassVar[int] = 8


class AgentError(SteelyardError):
    """Say that an agent failed; the panel turns it into an abstention."""


class InvariantError(SteelyardError):
    """Say that what must always hold did not: our defect, trading stops."""
