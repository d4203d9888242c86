"""The engine: gathers opinions onto the tape, decides, and fills the run folder.

The folder is begun before anybody is asked, and every answer is kept in it at once. So a
run that is stopped, however hard, is resumed: what is missing is asked, the rest is not.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, chdir, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from steelyard import __version__, plugins, store
from steelyard.agents import registry
from steelyard.agents.seating import seated
from steelyard.clock import Clock, WallClock
from steelyard.errors import TapeError
from steelyard.executor import How
from steelyard.feeds.instants import day_of
from steelyard.feeds.sources import fingerprint, sources_of
from steelyard.feeds.world import open_world
from steelyard.gather import (
    HERE,
    Answer,
    Block,
    Gathered,
    Progress,
    Seat,
    from_bytes,
    gather,
    silent,
    to_bytes,
)
from steelyard.measure import decide_all, figures_of, judge, told_of
from steelyard.plan import lay_course
from steelyard.report.summary import panel_warnings
from steelyard.report.tables import Told, tables
from steelyard.scenario import Scenario, scenario_hash, strategy_hash
from steelyard.types.record import Record, run_digest
from steelyard.types.tape import Tape, tape_digest
from steelyard.types.world import World
from steelyard.versions import code_here


def seats(scenario: Scenario) -> list[Seat]:
    """Build the panel of a scenario."""
    return [Seat(name, agent) for name, agent in seated(scenario)]


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: everything that was said, decided and measured."""

    folder: Path
    scenario: Scenario
    world: World
    tape: Tape
    record: Record
    summary: Mapping[str, Any]
    """The document that `summary.json` holds; see `docs/summary.md`."""


class Place(NamedTuple):
    """Where a run is kept, and what it came from."""

    runs_dir: Path
    source: str
    """The scenario's text, verbatim; empty for one built in Python."""
    origins: Mapping[str, Any]
    announce: Callable[[Path], object] = str
    """Told the run folder as soon as it is begun."""


def run(
    scenario: Scenario,
    place: Place,
    *,
    how: How = HERE,
    progress: Progress = silent,
    clock: Clock | None = None,
) -> Run:
    """Gather, decide, measure, and fill a run folder.

    Raises:
        SetupError: Ray does not start.
        LookaheadError: an agent that is not built in was seen to peek.
        DataError: the data are faulty, or the folder cannot be written.
        InvariantError: the ledger did not balance.
    """
    store.prepare(place.runs_dir)
    opened = open_scenario(scenario, progress)
    now = (clock or WallClock()).now()
    folder = store.create_run_folder(
        place.runs_dir,
        stamp=now.strftime("%Y%m%dT%H%M%SZ"),
        name=scenario.name,
        key=scenario_hash(scenario)[:8],
    )
    with store.holding(folder):
        _begin(folder, place, opened, now.isoformat())
        place.announce(folder)
        return _finish(folder, opened, how, progress)


def resume(
    folder: Path,
    *,
    how: How = HERE,
    progress: Progress = silent,
    announce: Callable[[Path], object] = str,
) -> Run:
    """Go on with a run that was stopped; what was answered is not asked again.

    Raises:
        TapeError: the folder is of no run that was begun, the data or the code have changed
            since, or what was kept cannot be read.
        SetupError: Ray does not start.
        DataError: the data are faulty, or another process works on the run.
    """
    with store.holding(folder):
        opened = open_begun(folder, progress)
        announce(folder)
        return _finish(folder, opened, how, progress)


class Opened(NamedTuple):
    """A scenario with all that it names."""

    scenario: Scenario
    panel: list[Seat]
    world: World
    world_hash: str
    """Of universe, data and test dates: an edited scenario buys no fresh test part."""


def open_scenario(scenario: Scenario, progress: Progress = silent) -> Opened:
    """Build the panel of a scenario, and open its world; its feeds are asked once.

    Raises:
        ScenarioError: an agent or a feed is not there, or does not take its settings.
        DataError: the data are faulty.
    """
    panel = seats(scenario)
    progress("reading data", 0, 1)
    sources = sources_of(scenario)
    world = open_world(scenario, sources)
    opened = Opened(scenario, panel, world, fingerprint(scenario, sources))
    progress("reading data", 1, 1)
    return opened


def open_begun(folder: Path, progress: Progress = silent) -> Opened:
    """Open the scenario of a run that was begun, if its agents would still say the same.

    Raises:
        TapeError: the folder is of no run that was begun, or data or code have changed.
        DataError: the data are faulty.
    """
    begun = store.read_begun(folder)
    scenario = Scenario.from_yaml(begun["scenario"], Path(begun["base"]))
    if scenario_hash(scenario) != begun["scenario_hash"]:
        raise TapeError(f"{folder}: begun.json was changed by hand", hint=_ANEW)
    code = _code(scenario)
    now = {name: code.get(name) or _file_hash(name) for name in begun["code"]}
    changed = [
        f"{name} was {then}, and is {now[name]}"
        for name, then in begun["code"].items()
        if now[name] != then
    ]
    if changed:
        raise TapeError(f"{folder}: the code has changed: {'; '.join(changed)}", hint=_ANEW)
    opened = open_scenario(scenario, progress)
    if opened.world_hash != begun["world_hash"]:
        raise TapeError(f"{folder}: the data have changed since the run was begun", hint=_ANEW)
    return opened


_ANEW = "answers of before and after would be mixed; run the scenario anew"


def _begin(folder: Path, place: Place, opened: Opened, created_at: str) -> None:
    """Write down all that the run comes from; `begun.json` last, as it says that all is there."""
    scenario = opened.scenario
    (folder / "scenario.yaml").write_text(place.source or scenario.to_yaml(), encoding="utf-8")
    resolved = {"scenario": scenario.resolved(), "origins": place.origins}
    store.write_json(folder / "resolved.json", resolved)
    store.write_json(folder / "environment.json", store.environment())
    begun = {
        "schema": 1,
        "name": scenario.name,
        "created_at": created_at,
        "base": str(scenario.base.resolve()),
        "scenario": scenario.to_yaml(),
        "scenario_hash": scenario_hash(scenario),
        "world_hash": opened.world_hash,
        "code": _code(scenario),
    }
    store.write_json(folder / "begun.json", begun)


def _code(scenario: Scenario) -> dict[str, str]:
    """Give what answers depend on beside scenario and data: our code, and other people's.

    Files beside scenarios stand under their paths, those among them that an agent imports.
    """
    own = {
        f"agent {each.name}": plugins.origin(plugins.find(plugins.AGENTS, each.kind, scenario.base))
        for each in scenario.agents
        if each.kind not in registry.KINDS
    }
    beside = [str(module.__file__) for module in plugins.by_value_modules()]
    return dict(code_here()) | own | {path: _file_hash(path) for path in sorted(beside)}


def _file_hash(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
    except OSError:
        return "not there"


class _Kept:
    """Keeps answers in the run folder."""

    def __init__(self, answers: store.Answers) -> None:
        self._answers = answers
        self.n_kept = 0
        """Answers that were there already."""

    def kept(self) -> dict[Block, Answer]:
        """Give what was kept so far."""
        read = {Block(*key): from_bytes(answer) for key, answer in self._answers.read().items()}
        self.n_kept = len(read)
        return read

    def keep(self, block: Block, answer: Answer) -> None:
        """Keep an answer, from now on for good."""
        self._answers.add(block, to_bytes(answer))


def _staying_here() -> AbstractContextManager[None]:
    """Come back where an agent went elsewhere, as paths are told from here.

    Not in a thread: the folder is that of the whole process, and others may want to move it.
    """
    alone = threading.current_thread() is threading.main_thread()
    return chdir(Path.cwd()) if alone else nullcontext()


def _finish(folder: Path, opened: Opened, how: How, progress: Progress) -> Run:
    scenario, panel, world, _ = opened
    with store.open_answers(folder / "tape.sqlite") as answers:
        kept = _Kept(answers)
        with _staying_here():
            gathered = gather(world, panel, how, keeper=kept, progress=progress)
    tape = gathered.tape
    course = lay_course(scenario, world)
    record, others = decide_all(scenario, world, course, tape, progress)
    progress("measuring", 0, 1)
    told = told_of(scenario, world, course, tape, record)
    figures = figures_of(scenario, world, told, others)
    summary = _summary(folder, opened, gathered, record)
    summary |= {"n_blocks_kept": kept.n_kept} | figures
    summary["warnings"] = [
        *scenario.caveats,
        *world.warnings,
        *panel_warnings(figures["agents"]),
        *split_warnings(scenario, world, folder, opened.world_hash),
    ]
    summary |= judge(scenario, summary["metrics"])
    progress("measuring", 1, 1)
    progress("writing the run folder", 0, 1)
    _fill_folder(folder, scenario, world, told, summary)
    progress("writing the run folder", 1, 1)
    return Run(folder, scenario, world, tape, record, summary)


def _summary(folder: Path, opened: Opened, gathered: Gathered, record: Record) -> dict[str, Any]:
    scenario, _, world, world_hash = opened
    tape_hash = tape_digest(gathered.tape)
    return {
        "schema": 1,
        "steelyard_version": __version__,
        "run": folder.name,
        "run_dir": str(folder),
        "name": scenario.name,
        "status": "done",
        "digest": run_digest(tape_hash, record),
        "tape_digest": tape_hash,
        "scenario_hash": scenario_hash(scenario),
        "world_hash": world_hash,
        "strategy_hash": strategy_hash(scenario),
        "executor": gathered.executor,
        "n_workers": gathered.n_workers,
        "seed": scenario.seed,
        "currency": scenario.market.currency,
        "risk_free": scenario.market.risk_free,
        "cash_spread_bps": scenario.account.cash_spread,
        "from": day_of(world.bars.session[world.first_step]).isoformat(),
        "to": day_of(world.bars.session[-1]).isoformat(),
        "n_steps": world.n_steps - world.first_step,
    }


def opens_test(scenario: Scenario, world: World) -> bool:
    """Say whether a run reaches into the test part of its world."""
    return scenario.split is not None and day_of(world.bars.session[-1]) >= scenario.split.test_from


def split_warnings(scenario: Scenario, world: World, folder: Path, world_hash: str) -> list[str]:
    """Say what of the run is a test, and how often it was seen before."""
    if scenario.split is None:
        return ["no split: every step has been seen, nothing here is a test"]
    if not opens_test(scenario, world):
        return []
    times = store.n_openings(folder, world_hash) + 1
    return [f"the test part of this world has now been opened {times} times in {folder.parent}"]


def _fill_folder(
    folder: Path, scenario: Scenario, world: World, told: Told, summary: Mapping[str, Any]
) -> None:
    """Write what came of it; `summary.json` last, as it says that the run is done."""
    store.write_database(folder / "run.sqlite", tables(told))
    entry = {name: summary[name] for name in store.INDEX_COLUMNS if name in summary}
    entry["created_at"] = store.read_begun(folder)["created_at"]
    entry["opens_test"] = int(opens_test(scenario, world))
    store.add_to_index(folder.parent, entry)
    store.write_json(folder / "summary.json", summary)
