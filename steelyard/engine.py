"""The engine: gathers opinions onto the tape, decides, and fills the run folder."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from steelyard import __version__, store
from steelyard.agents import registry
from steelyard.agents.panel import ask_block, refit_blocks
from steelyard.clock import Clock, WallClock
from steelyard.ensemble.claims import check_claims, supports
from steelyard.feeds.instants import day_of
from steelyard.feeds.world import open_world
from steelyard.measure import decide_all, figures_of, judge, told_of
from steelyard.plan import lay_course
from steelyard.report.tables import Told, tables
from steelyard.scenario import Scenario, scenario_hash, strategy_hash
from steelyard.scenario.agents import AgentSettings
from steelyard.types.agent import Agent
from steelyard.types.opinion import Cause
from steelyard.types.record import Record, run_digest
from steelyard.types.tape import ClaimCheck, Tape, tape_digest
from steelyard.types.world import World

Progress = Callable[[str, int, int], None]
"""Told (what is being done, how much of it is done, how much there is)."""


def silent(_what: str, _done: int, _total: int) -> None:
    """Show no progress."""


class Seat(NamedTuple):
    """An agent under the name it has in the scenario."""

    name: str
    agent: Agent


def seats(scenario: Scenario) -> list[Seat]:
    """Build the panel of a scenario."""
    return [
        Seat(settings.name, registry.build(settings.kind, _own_settings(settings)))
        for settings in scenario.agents
    ]


def _own_settings(settings: AgentSettings) -> dict[str, object]:
    return {key: value for key, value in dict(settings).items() if key not in {"name", "kind"}}


def gather(world: World, panel: list[Seat], progress: Progress = silent) -> Tape:
    """Ask every agent at every step, check its claims, and record all of it."""
    shape = (world.n_steps, len(panel), len(world.instruments))
    score, confidence, support = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    cause = np.full(shape, int(Cause.NOT_ASKED), dtype=np.int64)
    checks: list[ClaimCheck] = []
    work = [
        (index, steps)
        for index, seat in enumerate(panel)
        for steps in refit_blocks(world.first_step, world.n_steps - 1, seat.agent.refit_every)
    ]
    for done, (index, steps) in enumerate(work):
        progress(f"asking {panel[index].name}", done, len(work))
        block = ask_block(panel[index].agent, world.snapshot, steps)
        known = world.snapshot(steps.stop - 1)
        checked = check_claims(known, block.claims, agent_index=index)
        rows = slice(steps.start, steps.stop)
        score[rows, index], confidence[rows, index] = block.score, block.confidence
        support[rows, index] = supports(block, checked)
        cause[rows, index] = block.cause
        checks += checked
    progress("asked the panel", len(work), len(work))
    return Tape(
        agents=tuple(seat.name for seat in panel),
        instruments=tuple(instrument.id for instrument in world.instruments),
        horizon=np.array([seat.agent.horizon for seat in panel], dtype=np.int64),
        reads_text=np.array([seat.agent.reads_text for seat in panel], dtype=np.bool_),
        score=score,
        confidence=confidence,
        support=support,
        cause=cause,
        checks=tuple(sorted(checks, key=_place)),
    )


def _place(check: ClaimCheck) -> tuple[int, int, int]:
    return check.step, check.agent_index, check.instrument_index


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


def run(
    scenario: Scenario, place: Place, *, progress: Progress = silent, clock: Clock | None = None
) -> Run:
    """Gather, decide, measure, and fill a run folder.

    Raises:
        DataError: the data are faulty, or the folder cannot be written.
        InvariantError: the ledger did not balance.
    """
    store.prepare(place.runs_dir)
    progress("reading data", 0, 1)
    world = open_world(scenario)
    progress("reading data", 1, 1)
    tape = gather(world, seats(scenario), progress)
    course = lay_course(scenario, world)
    record, others = decide_all(scenario, world, course, tape, progress)
    progress("measuring", 0, 1)
    told = told_of(scenario, world, course, tape, record)
    figures = figures_of(scenario, world, told, others)
    now = (clock or WallClock()).now()
    folder = store.create_run_folder(
        place.runs_dir,
        stamp=now.strftime("%Y%m%dT%H%M%SZ"),
        name=scenario.name,
        key=scenario_hash(scenario)[:8],
    )
    summary = _summary(scenario, world, folder, tape, record) | figures
    summary |= judge(scenario, summary["metrics"])
    progress("measuring", 1, 1)
    progress("writing the run folder", 0, 1)
    _fill_folder(folder, place, scenario, told, summary)
    store.add_to_index(place.runs_dir, _index_entry(summary, scenario, world, now.isoformat()))
    progress("writing the run folder", 1, 1)
    return Run(folder, scenario, world, tape, record, summary)


def _summary(
    scenario: Scenario, world: World, folder: Path, tape: Tape, record: Record
) -> dict[str, Any]:
    tape_hash, world_key = tape_digest(tape), world_hash(scenario)
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
        "world_hash": world_key,
        "strategy_hash": strategy_hash(scenario),
        "executor": "local",
        "n_workers": 1,
        "seed": scenario.seed,
        "currency": scenario.market.currency,
        "risk_free": scenario.market.risk_free,
        "cash_spread_bps": scenario.account.cash_spread,
        "from": day_of(world.bars.session[world.first_step]).isoformat(),
        "to": day_of(world.bars.session[-1]).isoformat(),
        "n_steps": world.n_steps - world.first_step,
        "warnings": [
            *scenario.caveats,
            *world.warnings,
            *_test_warning(scenario, world, folder.parent, world_key),
        ],
    }


def world_hash(scenario: Scenario) -> str:
    """Hash universe, data files and test dates: an edited scenario buys no fresh test part."""
    feeds = scenario.feeds
    single = [feed for feed in (feeds.bars, feeds.benchmark, feeds.actions) if feed is not None]
    universe = sorted(listing.id for listing in scenario.market.universe)
    digest = hashlib.sha256(repr((universe, scenario.split)).encode())
    for feed in (*single, *feeds.observations, *feeds.documents):
        digest.update(hashlib.sha256((scenario.base / feed.path).read_bytes()).digest())
    return digest.hexdigest()


def _opens_test(scenario: Scenario, world: World) -> bool:
    return scenario.split is not None and day_of(world.bars.session[-1]) >= scenario.split.test_from


def _test_warning(scenario: Scenario, world: World, runs_dir: Path, world_key: str) -> list[str]:
    """Say what of the run is a test, and how often it was seen before."""
    if scenario.split is None:
        return ["no split: every step has been seen, nothing here is a test"]
    if not _opens_test(scenario, world):
        return []
    times = store.n_openings(runs_dir, world_key) + 1
    return [f"the test part of this world has now been opened {times} times in {runs_dir}"]


def _fill_folder(
    folder: Path, place: Place, scenario: Scenario, told: Told, summary: Mapping[str, Any]
) -> None:
    (folder / "scenario.yaml").write_text(place.source or scenario.to_yaml(), encoding="utf-8")
    resolved = {"scenario": scenario.resolved(), "origins": place.origins}
    store.write_json(folder / "resolved.json", resolved)
    store.write_json(folder / "environment.json", store.environment())
    store.write_database(folder / "run.sqlite", tables(told))
    store.write_json(folder / "summary.json", summary)


def _index_entry(
    summary: Mapping[str, Any], scenario: Scenario, world: World, created_at: str
) -> dict[str, Any]:
    told = {name: summary[name] for name in store.INDEX_COLUMNS if name in summary}
    return told | {"created_at": created_at, "opens_test": int(_opens_test(scenario, world))}
