"""A run in a notebook: warnings, headline figures and a small chart, as plain HTML.

No script, no style sheet, nothing from elsewhere; colours are those of the page.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final

import numpy as np

from steelyard.report.columns import Columns
from steelyard.report.summary import HEADLINE, idle, interval, number, percent, shown, words
from steelyard.types.arrays import Floats

Figures = Mapping[str, Any]

CELL: Final = "text-align:right;padding:0 .8em"
WIDTH, HEIGHT = 480, 90
"""Of the chart, in pixels."""
MOST_POINTS: Final = 240
"""More would not be seen in the chart's width."""
EDGE: Final = 2.0
"""Pixels that keep the line off the border."""


def as_html(summary: Figures, equity: Columns) -> str:
    """Give the headline of a run or a replay.

    Args:
        summary: The document of `summary.json`.
        equity: The table of that name.
    """
    parts = [
        _head(summary),
        _warnings(summary),
        _differences(summary),
        _returns(summary),
        _chart(equity["equity"], summary["currency"]),
        _origin(summary),
    ]
    return f'<div style="font-size:.9em">{"".join(parts)}</div>'


def _head(summary: Figures) -> str:
    span = f"{summary['from']} to {summary['to']}, {summary['n_steps']} steps"
    return f"<p><b>{escape(summary['name'])}</b>, {escape(span)}, simulated, net of costs</p>"


def _warnings(summary: Figures) -> str:
    told = list(summary["warnings"])
    if summary["status"] == "gate_failed":
        failed = [name for name, gate in summary["gates"].items() if not gate["passed"]]
        told.insert(0, f"A GATE FAILED: {', '.join(failed)}")
    halted = summary["metrics"]["halted_frac"]
    if halted:
        told.insert(0, f"TRADING WAS HALTED in {percent(halted)} of all steps")
    if told_idle := idle(summary["metrics"]):
        told.insert(0, told_idle)
    items = "".join(f"<li>{escape(each)}</li>" for each in told)
    return f"<ul>{items}</ul>" if items else ""


def _differences(summary: Figures) -> str:
    head = ("mean difference of return", "a year, with its 95 % interval", "")
    rows = (
        (f"to {words(name)}", interval(found), shown(found))
        for name in HEADLINE
        for found in [summary["baselines"][name]["difference"]]
    )
    return _table(head, rows)


def _returns(summary: Figures) -> str:
    head = ("", "net return", "a year", "volatility", "Sharpe", "drawdown")
    baselines = {name: summary["baselines"][name] for name in HEADLINE}
    rows = (
        (
            words(name),
            percent(row["net_return_frac"]),
            percent(row["annual_return_frac"]),
            percent(row["annual_volatility_frac"]),
            number(row["sharpe"]),
            percent(row["max_drawdown_frac"]),
        )
        for name, row in ({"ensemble": summary["metrics"]} | baselines).items()
    )
    return _table(head, rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    body = "".join(f"<tr>{_cells('td', row)}</tr>" for row in rows)
    return f"<table><tr>{_cells('th', head)}</tr>{body}</table>"


def _cells(kind: str, texts: Iterable[str]) -> str:
    return "".join(f'<{kind} style="{CELL}">{escape(text)}</{kind}>' for text in texts)


def _chart(equity: Floats, currency: str) -> str:
    """Draw the equity; its ends stand beside it in words."""
    if not len(equity):
        return ""
    chosen = np.unique(np.linspace(0, len(equity) - 1, MOST_POINTS).round().astype(np.int64))
    low, high = float(equity.min()), float(equity.max())
    across = EDGE + (WIDTH - 2 * EDGE) * chosen / max(1, len(equity) - 1)
    up = (equity[chosen] - low) / ((high - low) or 1.0)
    down = EDGE + (HEIGHT - 2 * EDGE) * (1.0 - up)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
    told = escape(
        f"equity in {currency}: {equity[0]:,.0f} to {equity[-1]:,.0f}, "
        f"lowest {low:,.0f}, highest {high:,.0f}"
    )
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{told}"><polyline points="{points}" fill="none" stroke="currentColor" '
        f'stroke-width="1.2"/></svg><p>{told}</p>'
    )


def _origin(summary: Figures) -> str:
    where = summary["run_dir"] or f"replay of {summary['replay_of']}"
    told = (
        f"digest {summary['digest'][:16]}, tape {summary['tape_digest'][:16]}, "
        f"seed {summary['seed']}"
    )
    return f"<p>{escape(where)}<br>{escape(told)}</p>"
