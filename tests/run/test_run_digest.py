"""A run has one digest, and whatever changes what happened changes it."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from steelyard import api
from steelyard.engine import seats
from steelyard.feeds.world import open_world
from steelyard.gather import gather
from steelyard.plan import lay_course, replay
from steelyard.scenario import Scenario
from steelyard.sim.course import Course
from steelyard.types.record import FILL_COLUMNS, Record, run_digest
from steelyard.types.tape import Tape, tape_digest
from steelyard.types.world import World
from tests.run.stage import EAGER, MEGACAPS, SPAN, megacaps

QUANTUM = 1e-6


@dataclass(frozen=True, repr=False)
class Loop:
    """A run in its parts, opened, asked and decided for itself."""

    scenario: Scenario
    world: World
    course: Course
    tape: Tape
    record: Record

    @property
    def digest(self) -> str:
        """Of this tape and this record."""
        return run_digest(tape_digest(self.tape), self.record)

    def again(self, **changes) -> "Loop":
        """Decide once more with other parts."""
        other = replace(self, **changes)
        record = replay(other.scenario, other.world, other.course, other.tape)
        return replace(other, record=record)


def a_loop(**overrides) -> Loop:
    """Read, gather and decide the short span from nothing."""
    scenario = megacaps(SPAN["market.from"], SPAN["market.to"], **overrides)
    world = open_world(scenario)
    tape = gather(world, seats(scenario)).tape
    course = lay_course(scenario, world)
    return Loop(scenario, world, course, tape, replay(scenario, world, course, tape))


@pytest.fixture(scope="module")
def loop():
    """The run that others are held against."""
    return a_loop()


def test_two_processes_give_one_digest(loop, printed):
    """The command in its own process and folder, and the parts called here one by one."""
    assert printed["digest"] == loop.digest
    assert printed["tape_digest"] == tape_digest(loop.tape)
    assert printed["metrics"]["n_fills"] == loop.record.n_fills > 10


def test_two_runs_of_one_process_give_one_digest(loop, tmp_path):
    """Nothing is kept from the one to the other but the compiled kernels."""
    done = api.run(MEGACAPS, overrides=EAGER | SPAN, runs_dir=tmp_path)

    assert done.summary["digest"] == loop.digest
    assert done.world is not loop.world
    assert done.tape is not loop.tape


def test_another_seed_gives_another_digest(loop):
    """The tape is the same, what the fills cost is not."""
    other = a_loop(seed="8")

    assert tape_digest(other.tape) == tape_digest(loop.tape)
    assert other.digest != loop.digest


def test_the_seed_itself_is_not_in_the_digest(loop):
    """Where nothing is drawn by it, because nothing costs, it changes nothing."""
    nothing_slips = {"execution.slippage": "0 bps", "risk.max_gross": "1000%"}
    nothing_slips |= {"account.initial_margin": "10%", "account.maintenance_margin": "5%"}
    first, second = (
        loop.again(scenario=scenario, course=lay_course(scenario, loop.world))
        for seed in ("7", "8")
        for scenario in [megacaps(*SPAN.values(), **nothing_slips, seed=seed)]
    )

    assert first.record.n_fills > 0
    assert first.digest == second.digest
    assert first.digest != loop.digest


@pytest.mark.parametrize("column", ["score", "confidence", "support"])
def test_one_opinion_moved_by_a_millionth_changes_the_digest(loop, column):
    """Of any agent, anywhere on the tape."""
    rng = np.random.default_rng(5)
    spoken = np.argwhere(loop.tape.cause == 0)
    for cell in spoken[rng.choice(len(spoken), 5, replace=False)]:
        moved = getattr(loop.tape, column).copy()
        moved[tuple(cell)] -= QUANTUM
        tape = loop.tape._replace(**{column: moved})

        assert tape_digest(tape) != tape_digest(loop.tape)
        assert loop.again(tape=tape).digest != loop.digest


def test_one_score_moved_reaches_the_verdicts(loop):
    """What is said is not only hashed: it is weighed."""
    moved = loop.tape.score.copy()
    step, agent, instrument = np.argwhere(loop.tape.cause == 0)[0]
    moved[step, agent, instrument] += QUANTUM

    record = loop.again(tape=loop.tape._replace(score=moved)).record

    assert not np.array_equal(record.voice, loop.record.voice, equal_nan=True)


def test_one_fill_moved_by_a_tick_changes_the_digest(loop):
    """Each fill counts with every figure it has."""
    assert loop.record.n_fills > 10
    for row in range(loop.record.n_fills):
        fill = loop.record.fill.copy()
        fill[row, FILL_COLUMNS.index("price_ticks")] += 1

        moved = replace(loop, record=loop.record._replace(fill=fill))

        assert moved.digest != loop.digest


def test_a_print_moved_by_a_tick_where_it_filled_changes_the_digest(loop):
    """Only the open that one order met is moved, nothing that was said or known before."""
    step, _, instrument, _, price_ticks = loop.record.fill[3, :5]
    opened = loop.course.open.copy()
    opened[step, instrument] += 0.01

    moved = loop.again(course=loop.course._replace(open=opened))

    assert moved.record.fill[3, 4] == price_ticks + 1
    np.testing.assert_array_equal(moved.record.code[:step], loop.record.code[:step])
    assert moved.digest != loop.digest


@pytest.mark.parametrize(
    "name", ["voice", "base_rate", "share", "intent", "code", "rule", "position", "account"]
)
def test_every_column_of_the_record_is_in_the_digest(loop, name):
    """One number of a verdict, intent, decision or account moved is another run."""
    column = getattr(loop.record, name).copy()
    row = column[loop.world.first_step + 50]
    row.flat[0] = np.nan_to_num(row.flat[0]) + 1
    moved = replace(loop, record=loop.record._replace(**{name: column}))

    assert moved.digest != loop.digest


def test_the_digest_knows_no_folder_and_no_name(loop):
    """The same figures under another name, from another folder, are the same run."""
    renamed = replace(loop.world, warnings=("another",))
    scenario = loop.scenario.model_copy(update={"name": "other", "about": "otherwise"})

    assert loop.again(world=renamed, scenario=scenario).digest == loop.digest
