"""Monte Carlo: what else a run might have come to, had its days come in another order.

Each path is a stationary bootstrap of the run's own steps, prices jointly with what was said
of them, decided by the same kernels under the same scenario. A path depends on the run, its
own number and the settings alone: not on how many there are, or who decides which.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from steelyard.decide import Desk, Plan, Spoken
from steelyard.errors import DataError, InvariantError, SetupError
from steelyard.executor import How, execute
from steelyard.executor.crew import cores
from steelyard.gather import HERE
from steelyard.plan import desk_of, lay_course, or_nan, plan_of, units_of
from steelyard.scenario import Scenario
from steelyard.sim.bootstrap import MEAN_BLOCK, natural_block, source_of
from steelyard.sim.chain import ChainSettings
from steelyard.sim.costs import Units
from steelyard.sim.course import Course
from steelyard.sim.ledger import TOO_LARGE
from steelyard.types.arrays import Floats, Ints
from steelyard.types.outcome import carried, wealth
from steelyard.types.record import Record
from steelyard.types.tape import Tape
from steelyard.types.units import MICROS
from steelyard.types.world import World
from steelyard.validation.walk import Given, Tally, empty_tally, make_room, walk

MOST_IN_BLOCK = 250
"""Paths that are decided in one call: a second or less, so that an interrupt is soon heard."""
MOST = 1_000_000_000
"""Paths, or steps of one: a bound, as nobody waits for more."""
LOW, HIGH = 0.05, 0.95
"""The band that figures tell."""


Mode = Literal["recorded", "learn"]
"""Whose verdicts a path trades on: those of the run at the steps drawn, or those of a pool that
learns on the path alone, from nothing."""


class MonteCarlo(NamedTuple):
    """Which paths are decided."""

    n_paths: int = 1000
    n_steps: int = 252
    mean_block: float | None = MEAN_BLOCK
    """Mean length of a block in sessions, >= 1; None: by the rule of Politis and White."""
    mode: Mode = "recorded"
    first_path: int = 0
    """Number of the first path."""


def check(settings: MonteCarlo) -> None:
    """Refuse numbers that make no paths.

    Raises:
        ValueError: says which, and what it can be.
    """
    least = {"n_paths": 1, "n_steps": 1, "mean_block": 1, "first_path": 0}
    for name, bound in least.items():
        value = getattr(settings, name)
        whole = name == "mean_block" or (isinstance(value, int) and not isinstance(value, bool))
        if value is not None and not (whole and bound <= value <= MOST):
            raise ValueError(f"{name} was {value!r}, but it is a number from {bound} to {MOST:,}")
    if settings.mode not in get_args(Mode):
        raise ValueError(
            f"mode was {settings.mode!r}, but it is one of {', '.join(get_args(Mode))}"
        )


@dataclass(frozen=True, slots=True)
class Paths:
    """What came of each path; arrays have shape (n_paths,)."""

    path: Ints
    """Its number."""
    equity: Floats
    """At the end, currency."""
    return_frac: Floats
    """Over the path, net of costs."""
    drawdown_frac: Floats
    """Largest fall of equity from its high-water mark."""
    n_fills: Ints
    n_halts: Ints
    """Times that a drawdown halted trading."""
    n_reducing: Ints
    """Steps at which a day's loss let only reductions pass."""
    digest: npt.NDArray[np.uint64]
    """Hash of a path's fills, equity and positions."""
    mean_block: float
    """Sessions."""
    n_source_steps: int
    """Steps that the paths were drawn from: those at which every instrument had a bar."""

    def hexdigest(self) -> str:
        """Hash the digests of all paths, in their order."""
        return hashlib.sha256(self.digest.astype("<u8").tobytes()).hexdigest()

    def figures(self, drawdown_limit: float) -> dict[str, float]:
        """Give what the paths tell together.

        Args:
            drawdown_limit: Fraction in [0, 1].

        Returns:
            Median and 5 % and 95 % quantiles of return and drawdown, the shares of paths that
            lost money, and that fell further than the limit; fills and halts of a path, means.
        """
        told = {"n_paths": float(len(self.path))}
        for name in ("return_frac", "drawdown_frac"):
            low, median, high = np.quantile(getattr(self, name), (LOW, 0.5, HIGH)).tolist()
            told |= {f"{name}_p05": low, f"{name}_median": median, f"{name}_p95": high}
        return told | {
            "loss_share": float(np.mean(self.return_frac < 0.0)),
            "drawdown_over_share": float(np.mean(self.drawdown_frac > drawdown_limit)),
            "n_fills_mean": float(np.mean(self.n_fills)),
            "n_halts_mean": float(np.mean(self.n_halts)),
        }


def monte_carlo(
    scenario: Scenario,
    world: World,
    tape: Tape,
    record: Record,
    settings: MonteCarlo,
    how: How = HERE,
) -> Paths:
    """Decide many bootstrap paths of a run.

    Args:
        scenario: Of the run.
        world: Of the run; the steps of a path are drawn from those at which every instrument
            is listed and has a bar, its volatility being known.
        tape: What was said; a path hears it at the step of which it was said.
        record: What was decided; its verdicts are recalled unless the pool is to learn anew.
        settings: Which paths.
        how: Where. In this process on as many threads as `how.workers`, or on Ray; `auto`
            is here, as threads do all that the processors of one machine can.

    Raises:
        DataError: there is no step that paths can be drawn from, or an amount grew beyond
            what the ledger counts.
        InvariantError: the ledger did not balance.
        SetupError: Ray does not start, or its workers are lost again and again.
    """
    job = job_of(scenario, world, tape, record, settings)
    tally = _tallied(job, settings, how)
    _check(tally, settings.first_path)
    return Paths(
        path=settings.first_path + np.arange(settings.n_paths),
        equity=tally.equity / MICROS,
        return_frac=tally.equity / job.given.plan.cash - 1.0,
        drawdown_frac=tally.drawdown,
        n_fills=tally.n_fills,
        n_halts=tally.n_halts,
        n_reducing=tally.n_reducing,
        digest=tally.digest,
        mean_block=job.given.mean_block,
        n_source_steps=len(job.given.source.step),
    )


@dataclass(frozen=True, slots=True)
class PathJob:
    """Decides a block of paths; is sent to Ray."""

    units: Units
    given: Given
    """What all paths have in common."""
    n_steps: int
    """Of each path."""

    def __call__(self, block: tuple[int, int]) -> Tally:
        """Decide so many paths from the first on."""
        first, n_paths = block
        given, room = make_room(self.given, self.desk(), self.n_steps)
        tally = empty_tally(n_paths)
        # Path 0 of chance is the course that was recorded.
        walk(given, room, 1 + first, tally)
        return tally

    def desk(self) -> Desk:
        """Give the states before the first step of a path."""
        return desk_of(self.given.plan, self.units)


def job_of(
    scenario: Scenario, world: World, tape: Tape, record: Record, settings: MonteCarlo
) -> PathJob:
    """Give what decides paths of a run.

    Raises:
        DataError: there is no step that paths can be drawn from.
    """
    course, plan = lay_course(scenario, world), plan_of(scenario, world, tape, None)
    benchmark = _benchmark(scenario, world)
    source = source_of(course, world.timing.known_lag, world.first_step, benchmark)
    if not len(source.step):
        raise _no_steps(world, course)
    said = (tape.score, tape.confidence, tape.support)
    given = Given(
        source=source,
        spoken=Spoken(*(np.ascontiguousarray(each[source.step]) for each in said)),
        cash_rate=plan.cash_rate[source.step],
        margin_rate=plan.margin_rate[source.step],
        chain=_chain_settings(scenario, world, plan),
        plan=plan._replace(first_step=0),
        recalled=_verdicts_of(record),
        learn=settings.mode == "learn",
        mean_block=float(settings.mean_block or natural_block(course.step_return[source.step])),
    )
    return PathJob(units_of(world.instruments), given, settings.n_steps)


def _chain_settings(scenario: Scenario, world: World, plan: Plan) -> ChainSettings:
    return ChainSettings(
        tick=plan.tick,
        horizon=plan.weigh.horizon,
        adv_window=scenario.execution.adv_window,
        price_limit=or_nan(scenario.execution.price_limit),
        known_lag=world.timing.known_lag,
        exec_offset=world.timing.exec_offset,
        exec_at_close=world.timing.exec_at_close,
        excess=scenario.ensemble.outcome == "excess" and world.benchmark is not None,
    )


def _verdicts_of(record: Record) -> Record:
    """Give a record without what is not recalled of it: all of it would travel to workers."""
    others = {name: getattr(record, name)[:0] for name in ("intent", "rule", "position", "fill")}
    return record._replace(**others)


def _tallied(job: PathJob, settings: MonteCarlo, how: How) -> Tally:
    """Decide all paths, and give their tallies as one, in order."""
    on_ray = how.kind == "ray" or bool(how.address)
    n_at_once = how.workers or cores()
    size = max(1, min(MOST_IN_BLOCK, -(-settings.n_paths // n_at_once)))
    end = settings.first_path + settings.n_paths
    blocks = [(at, min(size, end - at)) for at in range(settings.first_path, end, size)]
    tallies = _on_ray(job, blocks, how) if on_ray else _on_threads(job, blocks, n_at_once)
    columns = zip(*(tallies[block] for block in blocks), strict=True)
    return Tally(*(np.concatenate(column) for column in columns))


def _on_threads(job: PathJob, blocks: list[tuple[int, int]], n_threads: int) -> dict[Any, Tally]:
    job((0, 0))  # compiles before there are threads that would wait for each other
    pool = ThreadPoolExecutor(min(n_threads, len(blocks)))
    try:
        return dict(zip(blocks, pool.map(job, blocks), strict=True))
    finally:
        pool.shutdown(cancel_futures=True)


def _on_ray(job: PathJob, blocks: list[tuple[int, int]], how: How) -> dict[Any, Tally]:
    tallies = {}
    for outcome in execute(job, [blocks], how._replace(kind="ray")):
        if outcome.failure:
            raise SetupError(
                f"the workers that decided paths from {outcome.task[0]} on were {outcome.failure}",
                hint="--executor local does the same work in one process",
            )
        tallies[outcome.task] = outcome.answer
    return tallies


def _benchmark(scenario: Scenario, world: World) -> Floats:
    """Give the benchmark's moves as a source wants them; none where outcomes rest on none."""
    if scenario.ensemble.outcome != "excess" or world.benchmark is None:
        return np.ones((world.n_steps, 2))
    bars = world.benchmark
    index = [wealth(bars, price)[:, 0] for price in (bars.open, bars.close)]
    before = carried(wealth(bars, bars.close))[:, 0]
    moved = np.full((world.n_steps, 2), np.nan)
    for column, level in enumerate(index):
        moved[1:, column] = level[1:] / before[:-1]
    return moved


def _no_steps(world: World, course: Course) -> DataError:
    n_bars = np.isfinite(course.close).sum(axis=0)
    fewest = int(n_bars.argmin())
    return DataError(
        "there is no step at which every instrument of the universe has a bar and a volatility "
        f"is known of each: {world.instruments[fewest].id} has {n_bars[fewest]} bars in "
        f"{world.n_steps} steps",
        hint="draw paths from a run of a smaller universe, or a longer span",
    )


def _check(tally: Tally, first: int) -> None:
    """Raise what a run of any path would have raised."""
    broken = np.flatnonzero(tally.broken >= 0)
    if not len(broken):
        return
    where = f"at step {tally.broken[broken[0]]} of path {first + broken[0]}"
    if tally.fault[broken[0]] == TOO_LARGE:
        raise DataError(
            f"{where} an amount grew beyond what the ledger counts (about a trillion of the "
            "currency)",
            hint="start with less cash",
        )
    raise InvariantError(f"the ledger did not balance {where}; please report it with the scenario")
