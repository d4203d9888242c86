"""The scenario as a whole: a file that fixes a run."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self

import yaml
from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from steelyard.errors import ScenarioError
from steelyard.scenario.account import Account
from steelyard.scenario.agents import AnyAgent
from steelyard.scenario.checks import crosscheck
from steelyard.scenario.ensemble import Ensemble
from steelyard.scenario.execution import Execution
from steelyard.scenario.faults import Wrong, error_of, placed
from steelyard.scenario.feeds import Feeds
from steelyard.scenario.gates import Gates
from steelyard.scenario.market import Market
from steelyard.scenario.marks import Node, Source
from steelyard.scenario.origins import origins
from steelyard.scenario.overrides import NO_OVERRIDES
from steelyard.scenario.reading import IN_FILE, NOWHERE, read, reread, sections_of
from steelyard.scenario.risk import Risk
from steelyard.scenario.section import Section
from steelyard.scenario.split import Split
from steelyard.scenario.stress import Stress
from steelyard.scenario.trade import Trade
from steelyard.scenario.unit import OR_NONE
from steelyard.scenario.units import NAME, Text, Whole

_MOST_SEED: Final = 2**63 - 1
_STRATEGY: Final = ("agents", "ensemble", "trade", "risk", "execution")


class Scenario(Section):
    """A file that fixes a run."""

    version: Annotated[int, Whole(at_least=1, at_most=1)] = 1
    """Version of the file's format."""
    name: Annotated[str, NAME]
    """Name of the scenario; it stands in the names of run folders."""
    about: Annotated[str, Text()] = ""
    """What the scenario is for, in a sentence."""
    caveats: Annotated[tuple[Annotated[str, Text()], ...], Field(strict=False)] = ()
    """What a reader must know of this world; every summary says it first."""
    market: Market
    """What may be traded, when, and at which pace."""
    feeds: Feeds
    """Where the data lie."""
    agents: Annotated[tuple[AnyAgent, ...], Field(min_length=1, strict=False)]
    """Who is asked."""
    ensemble: Ensemble = Ensemble()
    """Who is believed, and how far."""
    trade: Trade = Trade()
    """How verdicts become target weights."""
    risk: Risk = Risk()
    """Limits of the supervisor."""
    execution: Execution = Execution()
    """What trading costs, and how the market takes orders."""
    account: Account = Account()
    """What the run starts with, and what it may borrow."""
    split: Annotated[Split | None, OR_NONE] = None
    """Which part of the run is the test; may be absent."""
    gates: Gates = Gates()
    """Figures that must hold, or the run ends with exit 6."""
    stress: Stress = Stress()
    """Shocks that `steelyard stress` lays over the run, and what must hold then."""
    seed: Annotated[int, Whole(at_least=0, at_most=_MOST_SEED)] = 0
    """Seed of all chance in the run."""

    _base: Path = PrivateAttr(default_factory=Path)
    _document: Node | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _crosscheck(self, info: ValidationInfo) -> Self:
        """Check sections against each other; a file's reader does so itself, with places."""
        if info.context != IN_FILE:
            wrongs = list(crosscheck(sections_of(self)))
            if wrongs:
                raise error_of([placed(wrong, NOWHERE) for wrong in wrongs])
        return self

    @property
    def base(self) -> Path:
        """Folder from which the paths of feeds start."""
        return self._base

    def resolved(self) -> dict[str, Any]:
        """Give every value as it is written in a file, defaults among them, fit for JSON."""
        return self.model_dump(mode="json", by_alias=True)

    def origins(self) -> dict[str, str]:
        """Say where each value comes from: `default`, `python`, `--set` or `file:line`.

        The keys are paths such as `agents[0].horizon`.
        """
        return origins(self, self._document)

    def error(self, wrongs: Iterable[Wrong]) -> ScenarioError:
        """Make the error that says where in the scenario something is wrong."""
        document = self._document or NOWHERE
        return error_of([placed(wrong, document) for wrong in wrongs])

    def to_yaml(self) -> str:
        """Write the scenario as a file that reads back as the same values."""
        plain = _texts(self.resolved())
        return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)

    @classmethod
    def from_yaml(
        cls, text: str, base: Path = Path(), *, overrides: Mapping[str, Any] = NO_OVERRIDES
    ) -> Self:
        """Read a scenario from a text.

        Raises:
            ScenarioError: with every fault found.
        """
        return cls.from_source(Source("<text>", text), base, overrides)

    @classmethod
    def from_source(cls, source: Source, base: Path, overrides: Mapping[str, Any]) -> Self:
        """Read a scenario from a text that has a name.

        Raises:
            ScenarioError: with every fault found.
        """
        scenario, document = read(cls, source, overrides)
        return scenario.read_from(base, document)

    def changed(self, overrides: Mapping[str, Any]) -> Self:
        """Give the same scenario with some values written anew.

        Args:
            overrides: Values by path: `{"risk.max_position": 0.1, "seed": 7}`; a text is
                read as in a file, other values of Python are written as a file would.

        Raises:
            ScenarioError: with every fault found; the paths are those of a file.
        """
        document = self._document
        if document is not None:
            scenario, document = reread(type(self), document, overrides)
            return scenario.read_from(self._base, document)
        text = yaml.dump(_texts(self._stated()), Dumper=_Dumper, allow_unicode=True)
        source = Source("scenario", text, has_lines=False)
        scenario, _ = read(type(self), source, overrides)
        return scenario.read_from(self._base, None)

    def _stated(self) -> dict[str, Any]:
        """Give what is no default, and the kind of each agent, which is one."""
        stated = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        for agent, values in zip(self.agents, stated["agents"], strict=True):
            values["kind"] = agent.kind
        return stated

    def read_from(self, base: Path, document: Node | None) -> Self:
        """Give the same scenario with the folder and the document it was read from."""
        copy = self.model_copy()
        for name, value in (("_base", base), ("_document", document)):
            setattr(copy, name, value)
        return copy

    def __eq__(self, other: object) -> bool:
        """Compare values; where they were read from does not count."""
        return isinstance(other, Scenario) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash(scenario_hash(self))


def scenario_hash(scenario: Scenario) -> str:
    """Hash what a scenario fixes: all but its name, its description and its folder."""
    told = {"name", "about", "caveats"}
    return _hash({key: item for key, item in scenario.resolved().items() if key not in told})


def strategy_hash(scenario: Scenario) -> str:
    """Hash who speaks and how is traded: not dates, data, account or seed."""
    values = scenario.resolved()
    return _hash({key: values[key] for key in _STRATEGY})


def _hash(values: dict[str, Any]) -> str:
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class _Dumper(yaml.SafeDumper):
    """Writes texts without quotes where it can: no text is taken for anything else."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out."""
        del data
        return True


_Dumper.yaml_implicit_resolvers = {}


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text else "'")


_Dumper.add_representer(str, _represent_text)


def _texts(value: Any) -> Any:
    """Turn everything but collections into its text."""
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    return "none" if value is None else str(value)
