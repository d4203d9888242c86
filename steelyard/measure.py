"""From a tape to everything that is told of it: decided, beside its baselines, in figures."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from steelyard.ensemble.weigh import PoolMode
from steelyard.evaluation.finished import Finished
from steelyard.evaluation.summary import summarise
from steelyard.plan import (
    POOLS,
    Variant,
    buckets_of,
    cash_rate,
    lot_value,
    replay,
    risk_free_percent,
    steps_per_year,
)
from steelyard.report.tables import Told
from steelyard.scenario import Scenario
from steelyard.sim.course import Course
from steelyard.types.arrays import Floats
from steelyard.types.record import Record
from steelyard.types.tape import Tape
from steelyard.types.world import World


def decide_all(
    scenario: Scenario,
    world: World,
    course: Course,
    tape: Tape,
    progress: Callable[[str, int, int], None],
) -> tuple[Record, dict[str, Record]]:
    """Decide a course as the scenario says, and as each of its baselines would.

    Args:
        scenario: What settles how is decided.
        world: What the tape speaks of.
        course: The same world under the scenario's costs, from `plan.lay_course`.
        tape: What the agents said.
        progress: Told what is being done, how much of it is done, how much there is.

    Returns:
        The record, and those of the baselines by name.

    Raises:
        DataError: an amount grew beyond what the ledger counts.
        InvariantError: the ledger did not balance.
    """
    everyone = np.ones(len(tape.agents), dtype=np.bool_)
    own = int(POOLS[scenario.ensemble.pool])
    variants = {
        "base_rate": Variant(int(PoolMode.BASE_RATE), everyone),
        "numeric_only": Variant(own, ~tape.reads_text),
        "equal_weight": Variant(int(PoolMode.EQUAL), everyone),
        "best_agent": Variant(int(PoolMode.BEST), everyone),
    }
    n_courses = 1 + len(variants)
    progress("deciding", 0, n_courses)
    record = replay(scenario, world, course, tape)
    others = {}
    for done, (name, variant) in enumerate(variants.items(), start=1):
        progress(f"deciding again ({name.replace('_', ' ')})", done, n_courses)
        others[name] = replay(scenario, world, course, tape, variant)
    progress("decided", n_courses, n_courses)
    return record, others


def told_of(scenario: Scenario, world: World, course: Course, tape: Tape, record: Record) -> Told:
    """Give a decided course as its tables need it."""
    return Told(
        tape=tape,
        course=course,
        record=record,
        instruments=world.instruments,
        bucket=buckets_of(scenario, tape),
        horizon=np.array(scenario.ensemble.horizons, dtype=np.int64),
        first_step=world.first_step,
    )


def figures_of(
    scenario: Scenario, world: World, told: Told, others: Mapping[str, Record]
) -> dict[str, Any]:
    """Give every figure of a decided course; see `evaluation.summary.summarise`."""
    execution = scenario.execution
    finished = Finished(
        tape=told.tape,
        course=told.course,
        record=told.record,
        first_step=told.first_step,
        horizon=told.horizon,
        bucket=told.bucket,
        steps_per_year=steps_per_year(world),
        rate_percent=risk_free_percent(scenario, world),
        cash_rate=cash_rate(scenario, world),
        cash=scenario.account.cash,
        cost_bps=execution.fee.rate + execution.slippage + _mean_spread(told.course),
        lot_value=lot_value(told.instruments),
    )
    return summarise(finished, others)


def _mean_spread(course: Course) -> Floats:
    """Give the mean half-spread at each step over what has one, 0 where nothing has, bps."""
    known = np.isfinite(course.half_spread_bps)
    total = np.where(known, course.half_spread_bps, 0.0).sum(axis=1)
    mean: Floats = total / np.maximum(1, known.sum(axis=1))
    return mean


def judge(scenario: Scenario, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Hold metrics against the scenario's gates.

    Returns:
        `gates` by metric (`bound`, `value`, `passed`), and `status` if one failed. A metric
        that has no value fails its gate.
    """
    gates = {}
    for metric, gate in scenario.gates.stated():
        value = metrics[metric]
        passed = value is not None and gate.holds(value)
        gates[metric] = {"bound": str(gate), "value": value, "passed": passed}
    failed = not all(gate["passed"] for gate in gates.values())
    return {"gates": gates} | ({"status": "gate_failed"} if failed else {})
