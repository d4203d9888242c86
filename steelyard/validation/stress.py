"""Stress tests: the run's own book and books at full limits, under every shock."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from steelyard import __version__
from steelyard.engine import Opened, open_scenario
from steelyard.errors import DataError
from steelyard.executor import How
from steelyard.feeds.instants import day_of
from steelyard.gather import HERE, Progress, gather, silent
from steelyard.measure import decide_all, figures_of, judge, told_of
from steelyard.plan import lay_course
from steelyard.scenario import Scenario
from steelyard.scenario.stress import CASE_NAMES
from steelyard.types.arrays import Floats
from steelyard.types.record import Record
from steelyard.types.tape import Tape
from steelyard.validation.books import (
    Ended,
    books_of,
    gross_by_step,
    most_gross,
    put_under,
    worst,
)
from steelyard.validation.cases import CASES, Case
from steelyard.validation.staging import Base, Staged, cut, cut_tape

PASSED, FAILED, NOT_EXERCISED = "passed", "failed", "not exercised"


def stress(
    scenario: Scenario,
    names: Sequence[str] = (),
    *,
    how: How = HERE,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Put a scenario's run under stress.

    Args:
        scenario: Whose run it is.
        names: Cases; none: those of the scenario, or all.
        how: Where the agents are asked the first time.
        progress: Told how far it is.

    Returns:
        The document that `steelyard stress --json` prints; see `docs/stress.md`.

    Raises:
        DataError: the data are faulty, or the run is too short for the window.
        InvariantError: the ledger did not balance.
    """
    opened = open_scenario(scenario, progress)
    tape = gather(opened.world, opened.panel, how, progress=progress).tape
    course = lay_course(scenario, opened.world)
    record, others = decide_all(scenario, opened.world, course, tape, progress)
    told = told_of(scenario, opened.world, course, tape, record)
    metrics = figures_of(scenario, opened.world, told, others)["metrics"]
    base = base_of(opened, tape, record)
    chosen = names or scenario.stress.cases or CASE_NAMES
    cases = {}
    for done, name in enumerate(chosen):
        progress(f"stressing ({name.replace('_', ' ')})", done, len(chosen))
        cases[name] = case_document(base, CASES[name])
    progress("stressed", len(chosen), len(chosen))
    return _document(base, judge(scenario, metrics)["gates"], cases)


def base_of(opened: Opened, tape: Tape, record: Record) -> Base:
    """Cut a run at the end of the window behind its day of largest gross exposure."""
    eve = eve_of(opened, record)
    n_steps = eve + 1 + opened.scenario.stress.window
    return Base(
        scenario=opened.scenario,
        panel=tuple(opened.panel),
        world=cut(opened.world, n_steps),
        tape=cut_tape(tape, n_steps),
        record=record,
        eve=eve,
    )


def eve_of(opened: Opened, record: Record) -> int:
    """Give the step of largest gross exposure behind which the window fits; the last of equals.

    Raises:
        DataError: there is none, as the run is shorter than the window.
    """
    world, window = opened.world, opened.scenario.stress.window
    candidates = range(world.first_step + 1, world.n_steps - window)
    if not candidates:
        raise DataError(
            f"the run has {world.n_steps - world.first_step} steps, and stress.window needs "
            f"{window} behind the second one",
            hint="choose a longer run or a shorter window",
        )
    gross: Floats = gross_by_step(record, world.instruments)[candidates.start : candidates.stop]
    return candidates[-1] - int(np.argmax(gross[::-1]))


def case_document(base: Base, case: Case) -> dict[str, Any]:
    """Run one case on all books, with halts and without, and say what came of it."""
    staged: dict[int, Staged] = {}
    ended: dict[str, Ended] = {}
    unhalted: dict[str, Ended] = {}
    for book in books_of(base):
        side = book.side if case.has_sides else 1
        if side not in staged:
            staged[side] = case.stage(base, side)
        ended[book.name] = put_under(base, staged[side], book)
        unhalted[book.name] = put_under(base, staged[side], book, halts=False)
    return judged(base.scenario, case.about, ended, unhalted)


def judged(
    scenario: Scenario, about: str, ended: Mapping[str, Ended], unhalted: Mapping[str, Ended]
) -> dict[str, Any]:
    """Hold every book against the gates."""
    failed = {name: failures(scenario, each) for name, each in ended.items()}
    bare = {name: failures(scenario, each) for name, each in unhalted.items()}
    status = PASSED
    if any(failed.values()):
        status = FAILED
    elif not any(each.is_exercised for each in ended.values()):
        status = NOT_EXERCISED
    books = {
        name: each.figures()
        | {
            "is_exercised": each.is_exercised,
            "failed": failed[name],
            "without_halts": unhalted[name].figures() | {"failed": bare[name]},
        }
        for name, each in ended.items()
    }
    return (
        {"about": about, "status": status}
        | worst(ended)
        | {
            "failed": sorted({gate for gates in failed.values() for gate in gates}),
            "without_halts": worst(unhalted)
            | {"failed": sorted({gate for gates in bare.values() for gate in gates})},
            "books": books,
        }
    )


def failures(scenario: Scenario, ended: Ended) -> list[str]:
    """Name the gates and rules that a book did not keep."""
    gates = scenario.stress.gates
    ratio = loss_over_predicted(ended)
    found = []
    if gates.drawdown_frac is not None and not gates.drawdown_frac.holds(ended.drawdown_frac):
        found.append("drawdown_frac")
    if gates.loss_over_predicted is not None and not gates.loss_over_predicted.holds(ratio):
        found.append("loss_over_predicted")
    return found + [name for name, count in ended.breaches._asdict().items() if count]


def loss_over_predicted(ended: Ended) -> float:
    """Give the loss over the predicted one; infinite where none was predicted."""
    if ended.loss_frac == 0.0:
        return 0.0
    predicted = ended.predicted_loss_frac
    return ended.loss_frac / predicted if predicted > 0.0 else float("inf")


def _document(
    base: Base, gates: Mapping[str, Any], cases: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    sessions = base.world.bars.session
    n_listed = int(base.world.listed[base.eve].sum())
    found = {case["status"] for case in cases.values()}
    broken = FAILED in found or not all(gate["passed"] for gate in gates.values())
    status = FAILED if broken else NOT_EXERCISED if NOT_EXERCISED in found else PASSED
    own = base.scenario.stress.gates
    return {
        "schema": 1,
        "steelyard_version": __version__,
        "name": base.scenario.name,
        "status": status,
        "seed": base.scenario.seed,
        "eve": day_of(sessions[base.eve]).isoformat(),
        "to": day_of(sessions[-1]).isoformat(),
        "window": base.scenario.stress.window,
        "most_gross_frac": most_gross(base.scenario, n_listed),
        "gates": dict(gates),
        "stress_gates": {
            name: str(getattr(own, name) or "none") for name in type(own).model_fields
        },
        "cases": dict(cases),
    }
