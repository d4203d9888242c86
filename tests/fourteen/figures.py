"""Run the fourteen-name world and print its figures, good or bad.

    python -m tests.fourteen.figures FOLDER [OPTION ...]

Options are those of `steelyard run`. Differences are less the base rate's loss (below 0 is
better), and the run's annual return less the baseline's (above 0 is better); intervals are
of 95 % by the block bootstrap.
"""

import math
import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from statistics import fmean
from typing import Any

from steelyard.store import read_rows
from tests.fourteen.build import build
from tests.fourteen.stage import Ran, ran

MEGABYTE = 10**6
TEST_FROM = "2015-07-01"
"""First day of the test part, as in the scenario."""
SUPPORT = """
select agent, count(*) as n, sum(result = 'supported') as supported,
       sum(result = 'contradicted') as contradicted
from claims group by agent
"""
SETTLED = """
select agent, score, confidence, base_rate, opinions.outcome from opinions
join verdicts using (step, instrument, horizon)
where opinions.session >= ? and opinions.outcome is not null order by agent
"""


def lines(done: Ran) -> Iterator[str]:
    """Give the figures of a run, a line each."""
    summary, cost = done.summary, done.cost
    yield f"{summary['from']} to {summary['to']}, {summary['n_steps']} steps"
    yield (
        f"wall {cost.wall_s:.0f} s, CPU {cost.cpu_s:.0f} s, "
        f"peak {cost.peak_bytes / MEGABYTE:.0f} MB "
        f"({summary['executor']}, {summary['n_workers']} workers)"
    )
    yield f"digest {summary['digest'][:16]}, tape {summary['tape_digest'][:16]}"
    yield ""
    yield from _agents(
        summary, {row["agent"]: row for row in read_rows(done.database, SUPPORT, [])}
    )
    yield ""
    yield from _portfolio(summary)
    yield ""
    yield from _test_part(done)


def _agents(summary: Mapping[str, Any], claims: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield "agent      opinions settled effective   hits    loss    base  less base [95 %]  ECE"
    pool = summary["metrics"]
    for name, agent in summary["agents"].items():
        yield (
            f"{name:<10} {agent['n_opinions']:>8} {agent['n_settled']:>7} "
            f"{_figure(agent['n_effective'], '9.0f')} {_figure(agent['hit_rate'], '6.3f')}"
            f" {_losses(agent)}"
        )
    yield f"{'the pool':<10} {'':>8} {pool['n_settled']:>7} {'':>17}{_losses(pool)}"
    yield ""
    for name, agent in summary["agents"].items():
        silent = ", ".join(f"{cause} {n}" for cause, n in agent["abstentions"].items())
        checked = claims.get(name, {"n": 0, "supported": 0, "contradicted": 0})
        yield (
            f"{name:<10} confidence {_figure(agent['mean_confidence'], '.3f')}, claims "
            f"{checked['n']} ({checked['supported']} supported, {checked['contradicted']} "
            f"contradicted); silent: {silent or 'never'}"
        )


def _test_part(done: Ran) -> Iterator[str]:
    rows = read_rows(done.database, SETTLED, [TEST_FROM])
    yield f"opinions from {TEST_FROM} on, the test part: settled, loss, base"
    for name, own in groupby(rows, key=lambda row: row["agent"]):
        losses = [_both_losses(row) for row in own]
        loss, base = (fmean(column) for column in zip(*losses, strict=True))
        yield f"{name:<10} {len(losses):>7} {loss:7.4f} {base:7.4f} {loss - base:+.4f}"


def _both_losses(row: Mapping[str, Any]) -> tuple[float, float]:
    """Give the log loss of an opinion and of the base rate it stood beside."""
    sure = row["confidence"] if row["score"] > 0 else 1 - row["confidence"]
    told = (sure, row["base_rate"])
    true = told if row["outcome"] > 0 else [1 - each for each in told]
    return -math.log(true[0]), -math.log(true[1])


def _losses(row: Mapping[str, Any]) -> str:
    return (
        f"{_figure(row['log_loss'], '7.4f')} {_figure(row['base_rate_log_loss'], '7.4f')} "
        f"{_difference(row['log_loss_difference'], '+.4f')} "
        f"{_figure(row['ece'], '.3f')} {_figure(row['ece_floor'], '.3f')}"
    )


def _portfolio(summary: Mapping[str, Any]) -> Iterator[str]:
    metrics = summary["metrics"]
    yield (
        f"portfolio: net {_percent(metrics['net_return_frac'])} "
        f"({_percent(metrics['annual_return_frac'])} a year), Sharpe "
        f"{_figure(metrics['sharpe'], '.2f')}, drawdown {_percent(metrics['max_drawdown_frac'])}, "
        f"mean gross {_percent(metrics['mean_gross'])}, {metrics['n_fills']} fills, "
        f"{metrics['n_vetoes']} vetoes, {metrics['refused_for_cost']} refused for cost"
    )
    for name, baseline in summary["baselines"].items():
        yield (
            f"  less {name:<24} {_difference(baseline['difference'], '+.2%')} a year"
            f"   (its own net {_percent(baseline['net_return_frac'])})"
        )


def _difference(found: Mapping[str, Any], form: str) -> str:
    mean, low, high = (_figure(found[name], form) for name in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"


def _percent(value: float | None) -> str:
    return _figure(value, ".1%")


def _figure(value: float | None, form: str) -> str:
    return "-" if value is None else f"{value:{form}}"


if __name__ == "__main__":
    scenario = build(Path(sys.argv[1]))
    sys.stdout.write("\n".join(lines(ran(scenario, *sys.argv[2:]))) + "\n")
