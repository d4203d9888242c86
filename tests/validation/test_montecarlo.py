"""Monte Carlo: a path is the same whoever decides it, and rests on nothing later."""

from dataclasses import replace

import numpy as np
import pytest

from steelyard.decide import Plan
from steelyard.errors import DataError
from steelyard.executor import How
from steelyard.risk.limits import Limits
from steelyard.sim.costs import Terms
from steelyard.types.record import empty_record
from steelyard.validation import montecarlo
from steelyard.validation.montecarlo import MonteCarlo, monte_carlo
from steelyard.validation.walk import empty_tally, make_room, walk
from tests.validation.played import busy

ONE, TWO = How(workers=1), How(workers=2)
WAYS = pytest.mark.parametrize("decide_at", ["close", "open", "clock", "intraday"])
MODES = pytest.mark.parametrize("mode", ["recorded", "learn"])
FEW = MonteCarlo(n_paths=30, n_steps=60, mean_block=5.0)


def paths_of(run, settings=FEW, how=ONE):
    """Decide paths of a run."""
    return monte_carlo(*run, settings, how)


def walked(run, path, settings=FEW, n_paths=1):
    """Decide paths alone, and give all that the last one left behind."""
    job = montecarlo.job_of(*run, settings)
    given, room = make_room(job.given, job.desk(), settings.n_steps)
    shape = room.scene.course.outcome.shape
    room = room._replace(record=empty_record(*shape, len(run.tape.agents)))
    walk(given, room, 1 + path, empty_tally(n_paths))
    return room


@MODES
@WAYS
def test_a_path_is_the_same_whoever_decides_it(decide_at, mode):
    """One thread or two, in whatever blocks, with however many others."""
    run, many = busy(decide_at), FEW._replace(mode=mode)

    one, two = paths_of(run, many), paths_of(run, many, TWO)
    some = paths_of(run, many._replace(n_paths=7, first_path=11), TWO)

    assert two.digest.tolist() == one.digest.tolist()
    assert some.digest.tolist() == one.digest[11:18].tolist()
    assert some.equity.tolist() == one.equity[11:18].tolist()
    assert some.path.tolist() == list(range(11, 18))
    assert len(set(one.digest.tolist())) == len(one.digest)


@MODES
@WAYS
def test_paths_trade_and_meet_every_control(decide_at, mode):
    """Else the digests would prove little."""
    paths = paths_of(busy(decide_at), FEW._replace(mode=mode))

    assert paths.n_fills.min() > 10
    assert paths.n_halts.sum() > 0
    assert paths.n_reducing.sum() > 0
    assert (paths.drawdown_frac > 0.0).all()


@MODES
@WAYS
def test_nothing_on_a_path_rests_on_a_later_step_of_it(decide_at, mode):
    """The first 60 steps of a path of 110 are a path of 60, decisions, fills and all."""
    run, brief = busy(decide_at), FEW._replace(mode=mode)

    short = walked(run, 4, brief).record
    long = walked(run, 4, brief._replace(n_steps=110)).record

    for name in ("voice", "base_rate", "intent", "rule", "position", "account"):
        np.testing.assert_array_equal(getattr(long, name)[:60], getattr(short, name), err_msg=name)
    n_fills = short.n_fills
    assert n_fills > 10
    np.testing.assert_array_equal(long.fill[:n_fills], short.fill[:n_fills])


@MODES
def test_what_one_path_leaves_behind_does_not_reach_the_next(mode):
    """The third of three paths is the third alone: states, books and orders start afresh."""
    run, brief = busy(), FEW._replace(mode=mode)

    third, alone = walked(run, 0, brief, n_paths=3), walked(run, 2, brief)

    np.testing.assert_array_equal(third.memory, alone.memory)
    for kind in ("course", "prints"):
        mine, other = getattr(alone.scene, kind), getattr(third.scene, kind)
        for name in mine._fields:
            np.testing.assert_array_equal(getattr(other, name), getattr(mine, name), err_msg=name)
    for name in ("voice", "intent", "position", "account"):
        expected = getattr(alone.record, name)
        np.testing.assert_array_equal(getattr(third.record, name), expected, err_msg=name)


def test_opinions_come_with_the_step_of_which_they_were_said():
    """A path hears at each step what the tape says at the source's step."""
    run, learning = busy(), FEW._replace(mode="learn")
    room = walked(run, 1, learning)

    step = montecarlo.job_of(*run, learning).given.source.step[room.rows]

    for name in ("score", "confidence", "support"):
        heard = getattr(room.scene.spoken, name)
        np.testing.assert_array_equal(heard, getattr(run.tape, name)[step], err_msg=name)


def test_verdicts_of_the_run_are_recalled_at_the_step_they_were_given_at():
    """And only then: a pool that learns from nothing says something else."""
    run = busy()
    room, learning = walked(run, 1), walked(run, 1, FEW._replace(mode="learn"))

    step = montecarlo.job_of(*run, FEW).given.source.step[room.rows]

    for name in ("voice", "base_rate", "share"):
        expected = getattr(run.record, name)[step]
        np.testing.assert_array_equal(getattr(room.record, name), expected, err_msg=name)
    np.testing.assert_array_equal(room.record.n_voices, run.record.n_voices[step])
    np.testing.assert_array_equal(learning.rows, room.rows)
    assert (learning.record.voice != room.record.voice).any()


def test_chance_of_a_path_is_its_own():
    """The place of `path` in what draws chance, which the kernel counts on; and other seeds."""
    run = busy()
    other = run._replace(scenario=run.scenario.changed({"seed": 4}))

    assert (Limits._fields[-1], Terms._fields[-1]) == ("path", "path")
    assert Plan._fields[:5] == ("weigh", "trade", "limits", "tick", "terms")
    assert not set(paths_of(run).digest.tolist()) & set(paths_of(other).digest.tolist())


def test_what_is_counted_of_a_path_is_what_its_record_says():
    """Equity, return, drawdown, fills and halts, worked out from the record of one path."""
    run = busy()
    record = walked(run, 5).record

    paths = paths_of(run, FEW._replace(n_paths=1, first_path=5))

    equity = np.concatenate([[run.scenario.account.cash], record.equity]) / 1e6
    fall = 1.0 - equity / np.maximum.accumulate(equity)
    halted = record.state == 2
    assert paths.equity[0] == equity[-1]
    assert paths.return_frac[0] == pytest.approx(equity[-1] / equity[0] - 1.0, rel=1e-12)
    assert paths.drawdown_frac[0] == pytest.approx(fall.max(), rel=1e-12)
    assert paths.n_fills[0] == record.n_fills
    assert paths.n_halts[0] == np.diff(halted.astype(int), prepend=0).clip(0).sum()
    assert paths.n_reducing[0] == (record.state == 1).sum()


def test_figures_tell_median_band_and_odds():
    """Of 0 to 100 in returns of -0.5 to 0.5: half of the paths lost."""
    paths = paths_of(busy(), FEW._replace(n_paths=1))
    many = np.linspace(-0.5, 0.5, 101)
    paths = montecarlo.Paths(
        path=np.arange(101),
        equity=many,
        return_frac=many,
        drawdown_frac=many + 0.5,
        n_fills=np.full(101, 4),
        n_halts=np.arange(101) % 2,
        n_reducing=np.zeros(101, np.int64),
        digest=paths.digest,
        mean_block=5.0,
        n_source_steps=9,
    )

    told = paths.figures(drawdown_limit=0.9)

    assert told == pytest.approx(
        {
            "n_paths": 101,
            "return_frac_p05": -0.45,
            "return_frac_median": 0.0,
            "return_frac_p95": 0.45,
            "drawdown_frac_p05": 0.05,
            "drawdown_frac_median": 0.5,
            "drawdown_frac_p95": 0.95,
            "loss_share": 50 / 101,
            "drawdown_over_share": 10 / 101,
            "n_fills_mean": 4.0,
            "n_halts_mean": 50 / 101,
        }
    )


def test_a_world_without_a_whole_step_gives_no_paths():
    """The error names the instrument that has fewest bars."""
    run = busy()
    bars = run.world.bars
    close = bars.close.copy()
    close[:, 1] = np.nan
    world = replace(run.world, bars=bars._replace(close=close))

    with pytest.raises(DataError, match="BBB has 0 bars in 300 steps"):
        monte_carlo(run.scenario, world, run.tape, run.record, FEW, ONE)


def test_a_block_can_be_as_long_as_the_run_itself_suggests():
    """None: the rule of Politis and White; what was chosen is told."""
    paths = paths_of(busy(), FEW._replace(n_paths=1, mean_block=None))

    assert paths.mean_block > 1.0
    assert 150 < paths.n_source_steps < 300
