"""Runs from files: gaps, intraday bars, other times of decision, gates and halts."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from steelyard import api
from steelyard.errors import DataError
from steelyard.feeds.calendar import open_sessions
from steelyard.feeds.instants import day_number, day_of
from steelyard.types.decision import TradingState
from tests.run.stage import EAGER, MEGACAPS, steelyard

HEAD = "symbol,open,high,low,close,volume\n"
SCENARIO = """
version: 1
name: made
market:
  universe: [AAA, BBB]
  from: {first}
  to: {last}
  interval: {interval}
  decide_at: "{decide_at}"
  gaps: {gaps}
feeds: {{bars: {{path: bars.csv}}}}
agents:
  - {{name: slow, kind: technical, horizon: 5, lookback: 61, refit_every: 21}}
  - {{name: fast, kind: technical, horizon: 1, lookback: 61, refit_every: 21}}
ensemble: {{horizons: [1, 5], pool: equal}}
trade: {{mandate: long_short, edge_over_cost: 0}}
risk: {{min_probability: 50%}}
seed: 1
"""
THIRTY_NS = 30 * 60 * 10**9
TIGHT = {"risk.max_drawdown": "0.1%"}


def walk(rng):
    """Give rows of a price that walks: open, high, low, close, volume, for ever."""
    price = 100.0
    while True:
        opened, price = price, round(price * float(np.exp(rng.normal(0.0, 0.01))), 2)
        high, low = max(opened, price), min(opened, price)
        yield f"{opened},{high},{low},{price},{int(rng.integers(10**6, 10**7))}"


def write_world(folder, first, last, *, intraday=False, gone=(), **market):
    """Write bars of two instruments and a scenario; `gone` are days that BBB has no bar of."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    sessions = open_sessions("XNYS", begin, end)
    sessions = sessions.between(day_number(begin), day_number(end))
    lines = []
    for symbol, seed in (("AAA", 1), ("BBB", 2)):
        rows = walk(np.random.default_rng(seed))
        for stamp, day in stamps(sessions, intraday=intraday):
            row = next(rows)
            if symbol == "AAA" or day not in gone:
                lines.append(f"{stamp},{symbol},{row}\n")
    column = "start," if intraday else "date,"
    (folder / "bars.csv").write_text(column + HEAD + "".join(lines), encoding="utf-8")
    settings = {
        "first": first,
        "last": last,
        "interval": "30m" if intraday else "session",
        "decide_at": "close",
        "gaps": "fail",
    }
    file = folder / "made.yaml"
    file.write_text(SCENARIO.format(**(settings | market)), encoding="utf-8")
    return file


def stamps(sessions, *, intraday):
    """Give the stamp of each bar, and its day."""
    for day, opens, closes in zip(sessions.day, sessions.open, sessions.close, strict=True):
        iso = day_of(int(day)).isoformat()
        if not intraday:
            yield iso, iso
            continue
        for instant in range(int(opens), int(closes), THIRTY_NS):
            yield f"{np.datetime64(instant, 'ns').astype('datetime64[s]')}Z", iso


def whole(run):
    """Check what holds for every run, and give its metrics."""
    record = run.record
    gained = (record.price_result + record.carry - record.cost).sum(axis=1)

    assert record.broken_step == -1
    first = run.world.first_step
    np.testing.assert_array_equal(record.equity[first:], run.scenario.account.cash + gained[first:])
    assert run.summary["status"] == "done"
    return run.summary["metrics"]


YEAR = EAGER | {"market.from": "2003-01-02", "market.to": "2003-12-31"}


def command(runs_dir, **settings):
    """Run a year of the built-in world from the command line, eagerly trading."""
    chosen = [part for pair in (YEAR | settings).items() for part in ("--set", "=".join(pair))]
    return steelyard("run", MEGACAPS, "--json", *chosen, runs_dir=runs_dir)


@pytest.mark.parametrize("decide_at", ["close", "open", "09:00", "10:30"])
def test_daily_bars_run_at_any_time_of_decision(tmp_path, decide_at):
    """At the close, at the open, and at times before and after it."""
    file = write_world(tmp_path, "2004-01-02", "2004-12-31", decide_at=decide_at)

    run = api.run(file, runs_dir=tmp_path / "runs")

    assert whole(run)["n_fills"] > 20
    assert run.summary["n_steps"] == 252


@pytest.mark.parametrize(("decide_at", "n_deciding"), [("close", 63 * 13), ("10:30", 63)])
def test_bars_within_sessions_run(tmp_path, decide_at, n_deciding):
    """Bars of half an hour, decided on at the end of each, or once a session."""
    file = write_world(tmp_path, "2004-01-02", "2004-04-01", intraday=True, decide_at=decide_at)

    run = api.run(file, runs_dir=tmp_path / "runs")

    metrics = whole(run)
    assert run.world.timing.decides.sum() == n_deciding
    assert run.summary["n_steps"] == run.world.n_steps == 63 * 13
    assert metrics["n_opinions"] > 40
    assert run.record.n_fills > 0
    assert not run.record.order_lots[~run.world.timing.decides].any()


GONE = ("2004-06-01", "2004-06-02", "2004-06-03", "2004-06-04", "2004-06-07", "2004-06-08")


def test_a_gap_that_is_held_is_run_through(tmp_path):
    """No bar, no fill; the last price values what is held; it is told among the warnings."""
    file = write_world(tmp_path, "2004-01-02", "2004-12-31", gaps="hold", gone=GONE)

    run = api.run(file, runs_dir=tmp_path / "runs")

    whole(run)
    step = np.flatnonzero(np.isnan(run.world.bars.close[:, 1]))
    fill = run.record.fill[: run.record.n_fills]
    assert len(step) == len(GONE)
    assert not np.isin(fill[fill[:, 2] == 1, 0], step).any()
    assert len(set(run.record.mark_ticks[step, 1])) == 1
    assert "bars missing in bars.csv, where the last price holds: 6" in run.summary["warnings"]


def test_a_gap_that_is_not_held_stops_the_run(tmp_path):
    """The file, the instrument and the first day are named; nothing was run."""
    file = write_world(tmp_path, "2004-01-02", "2004-12-31", gaps="fail", gone=GONE)

    with pytest.raises(DataError, match=r"bars\.csv.*BBB.*2004-06-01"):
        api.run(file, runs_dir=tmp_path / "runs")
    assert list((tmp_path / "runs").iterdir()) == []


def test_history_before_the_first_day_is_read_and_not_run(tmp_path):
    """The run begins on `market.from`, with agents that know the bars before."""
    file = write_world(tmp_path, "2004-01-02", "2004-12-31")

    run = api.run(file, overrides={"market.from": "2004-07-01"}, runs_dir=tmp_path / "runs")

    whole(run)
    assert run.world.first_step == 124
    assert run.summary["from"] == "2004-07-01"
    assert run.summary["n_steps"] == 128
    assert (run.tape.cause[:124] != 0).all()
    assert (run.tape.cause[124] == 0).any()


@pytest.mark.slow
def test_a_halted_run_is_done(tmp_path):
    """A tiny drawdown halts it; that is an outcome, told in the summary, and exit 0."""
    done = command(tmp_path, **TIGHT, **{"risk.rearm": "10"})

    assert done.returncode == 0, done.stderr
    metrics = json.loads(done.stdout)["metrics"]
    assert json.loads(done.stdout)["status"] == "done"
    assert 0 < metrics["halted_frac"] < 1
    assert metrics["time_in_state"]["halted"] == metrics["halted_frac"]


@pytest.mark.slow
def test_without_rearming_it_stays_halted(tmp_path):
    """More of the run is halted than with it, and less is traded."""
    rearmed, never = (
        api.run(MEGACAPS, overrides=YEAR | TIGHT | {"risk.rearm": rearm}, runs_dir=tmp_path)
        for rearm in ("10", "never")
    )

    halted = np.flatnonzero(never.record.state == TradingState.HALTED)
    assert never.summary["status"] == rearmed.summary["status"] == "done"
    assert never.summary["metrics"]["halted_frac"] > rearmed.summary["metrics"]["halted_frac"]
    assert halted[-1] - halted[0] + 1 == len(halted) == never.world.n_steps - halted[0]
    assert never.record.n_fills < rearmed.record.n_fills


def test_a_gate_that_fails_ends_with_six(tmp_path):
    """The run is done, kept and printed; stderr says which gate, its bound and the value."""
    done = command(tmp_path, **{"gates.n_fills": "< 3", "gates.n_opinions": "> 100"})

    summary = json.loads(done.stdout)
    assert done.returncode == 6
    assert summary["status"] == "gate_failed"
    assert summary["gates"]["n_opinions"]["passed"]
    assert not summary["gates"]["n_fills"]["passed"]
    assert f"gate n_fills < 3.0: it was {summary['metrics']['n_fills']}" in done.stderr
    assert json.loads((Path(summary["run_dir"]) / "summary.json").read_text()) == summary
