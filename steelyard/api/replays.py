"""Deciding again from a tape: other settings, nobody asked."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from steelyard import engine, store
from steelyard.api.decided import Decided
from steelyard.clock import WallClock
from steelyard.errors import ScenarioError
from steelyard.gather import silent
from steelyard.measure import decide_all, figures_of, judge, told_of
from steelyard.plan import lay_course
from steelyard.report.rows import MemoryRows
from steelyard.scenario import Scenario, scenario_hash, strategy_hash
from steelyard.types.record import Record, run_digest
from steelyard.types.tape import Tape
from steelyard.types.world import World

DECIDES_ANEW: Final = ("ensemble", "trade", "risk", "execution", "account", "gates", "seed")
"""Sections that nobody was told when opinions were gathered."""


class Asked(NamedTuple):
    """A run as far as a replay needs it."""

    folder: Path
    scenario: Scenario
    world: World
    tape: Tape
    summary: Mapping[str, Any]


class Replay(Decided):
    """A tape decided again, with the faces of a run but no folder."""

    def __init__(
        self, scenario: Scenario, summary: dict[str, Any], rows: MemoryRows, record: Record
    ) -> None:
        self.scenario = scenario
        """What it was decided under."""
        self.record = record
        """What decide left, as arrays."""
        self._summary = summary
        self._memory = rows

    @property
    def summary(self) -> dict[str, Any]:
        """Every figure, as of a run; `replay_of` names the run whose tape it is."""
        return self._summary

    @property
    def _rows(self) -> MemoryRows:
        return self._memory


def replay(asked: Asked, overrides: Mapping[str, Any]) -> Replay:
    """Decide a run's tape under other settings, and count it as a trial of its world.

    Args:
        asked: The run.
        overrides: Values by path, of the sections `DECIDES_ANEW` only.

    Raises:
        ScenarioError: a setting is wrong, or would have changed what was asked.
        DataError: the index of runs cannot be written.
    """
    scenario = _changed(asked.scenario, overrides)
    world, tape = asked.world, asked.tape
    course = lay_course(scenario, world)
    record, others = decide_all(scenario, world, course, tape, silent)
    told = told_of(scenario, world, course, tape, record)
    figures = figures_of(scenario, world, told, others)
    key = scenario_hash(scenario)
    changes = {
        "run": None,
        "run_dir": None,
        "replay_of": asked.folder.name,
        "status": "done",
        "digest": run_digest(str(asked.summary["tape_digest"]), record),
        "scenario_hash": key,
        "strategy_hash": strategy_hash(scenario),
        "seed": scenario.seed,
        "cash_spread_bps": scenario.account.cash_spread,
    }
    summary = dict(asked.summary) | changes | figures
    summary |= judge(scenario, summary["metrics"])
    if key != asked.summary["scenario_hash"]:
        _count(asked, summary)
    rows = MemoryRows(told, MappingProxyType(scenario.resolved()))
    return Replay(scenario, summary, rows, record)


def _changed(scenario: Scenario, overrides: Mapping[str, Any]) -> Scenario:
    for path in overrides:
        if path.partition(".")[0].partition("[")[0] not in DECIDES_ANEW:
            raise ScenarioError(
                f"{path} cannot change in a replay: it settles who was asked, and what they saw",
                hint=f"run the scenario anew; a replay changes {', '.join(DECIDES_ANEW)}",
            )
    return scenario.changed(overrides) if overrides else scenario


def _count(asked: Asked, summary: Mapping[str, Any]) -> None:
    """List the replay in the index of runs, once for the same settings: it is a look, too."""
    entry = {name: summary.get(name) for name in store.INDEX_COLUMNS}
    entry["run"] = f"{asked.folder.name}/replay-{summary['scenario_hash'][:8]}"
    entry["created_at"] = WallClock().now().isoformat()
    entry["opens_test"] = int(engine.opens_test(asked.scenario, asked.world))
    store.add_to_index(asked.folder.parent, entry)
