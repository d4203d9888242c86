"""A run: just finished, or opened from its folder."""

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from steelyard import engine, store
from steelyard.api.decided import Decided
from steelyard.api.replays import Asked, Replay, replay
from steelyard.errors import DataError, TapeError
from steelyard.gather import Block, from_bytes, lay_tape
from steelyard.measure import told_of
from steelyard.plan import lay_course
from steelyard.plan import replay as decide_again
from steelyard.report.rows import FolderRows, MemoryRows, RunRows
from steelyard.scenario import Scenario
from steelyard.scenario.overrides import NO_OVERRIDES
from steelyard.types.record import Record
from steelyard.types.tape import Tape, tape_digest
from steelyard.types.world import World


class Run(Decided):
    """A finished run. One that was opened reads its data and tape again when asked for them."""

    def __init__(
        self,
        folder: Path,
        summary: Mapping[str, Any],
        rows: RunRows,
        recall: Callable[[], engine.Run],
    ) -> None:
        self.folder = folder
        """The run folder."""
        self._summary = dict(summary)
        self._kept = rows
        self._recall = recall

    @property
    def summary(self) -> dict[str, Any]:
        """Every figure: the document of `summary.json`, see docs/summary.md."""
        return self._summary

    @property
    def scenario(self) -> Scenario:
        """What fixed the run."""
        return self._done.scenario

    @property
    def world(self) -> World:
        """All data of the run."""
        return self._done.world

    @property
    def tape(self) -> Tape:
        """Everything that was said, as arrays."""
        return self._done.tape

    @property
    def record(self) -> Record:
        """Everything that was decided, as arrays."""
        return self._done.record

    def replay(
        self,
        *,
        pool: str | None = None,
        seed: int | None = None,
        overrides: Mapping[str, Any] = NO_OVERRIDES,
    ) -> Replay:
        """Decide again from the tape under other settings, without asking anybody.

        Other settings are another trial, and are counted in the index of runs.

        Args:
            pool: How opinions are pooled, `adaptive` or `equal`; as the run's unless said.
            seed: Seed of all chance; the run's unless said.
            overrides: Other values by path, as in `load`, of `ensemble`, `trade`, `risk`,
                `execution`, `account` and `gates`.

        Raises:
            ScenarioError: a setting is wrong, or would have changed what was asked.
            TapeError: the run was opened, and its data or code have changed since.
            DataError: the index of runs cannot be written.
        """
        short = {"ensemble.pool": pool, "seed": seed}
        stated = {path: value for path, value in short.items() if value is not None}
        asked = Asked(self.folder, self.scenario, self.world, self.tape, self.summary)
        return replay(asked, dict(overrides) | stated)

    @property
    def _rows(self) -> RunRows:
        return self._kept

    @cached_property
    def _done(self) -> engine.Run:
        return self._recall()


def finished(done: engine.Run) -> Run:
    """Give a run that was just finished; its tables need no folder."""
    course = lay_course(done.scenario, done.world)
    told = told_of(done.scenario, done.world, course, done.tape, done.record)
    rows = MemoryRows(told, MappingProxyType(done.scenario.resolved()))
    return Run(done.folder, done.summary, rows, lambda: done)


def open_run(folder: str | Path) -> Run:
    """Open the folder of a finished run.

    Raises:
        DataError: there is none, or the run is not finished.
    """
    path = Path(folder)
    if not path.is_dir():
        raise DataError(f"{path}: no such run folder", hint="steelyard runs list names those known")
    summary: object = store.read_json(path / "summary.json")
    if not isinstance(summary, dict) or not summary.keys() >= _STATED:
        raise DataError(f"{path / 'summary.json'}: it is no summary of a run")
    return Run(path, summary, FolderRows(path), partial(_recalled, path))


_STATED = frozenset({"name", "from", "to", "digest", "tape_digest", "metrics", "warnings"})
"""Keys of a summary by which it is known to be one."""


def _recalled(folder: Path) -> engine.Run:
    """Give a run as it was when it ended, from what its folder keeps; nobody is asked.

    Raises:
        TapeError: data, code or tape have changed since.
    """
    summary = store.read_json(folder / "summary.json")
    scenario, panel, world, _ = engine.open_begun(folder)
    with store.open_answers(folder / "tape.sqlite") as answers:
        kept = {Block(*key): from_bytes(answer) for key, answer in answers.read().items()}
    tape = lay_tape(world, panel, kept)
    if tape_digest(tape) != summary["tape_digest"]:
        raise TapeError(
            f"{folder}: tape.sqlite is not the tape that summary.json speaks of",
            hint="run the scenario anew",
        )
    record = decide_again(scenario, world, lay_course(scenario, world), tape)
    return engine.Run(folder, scenario, world, tape, record, summary)
