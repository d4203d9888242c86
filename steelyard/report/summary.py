"""A run's summary as text: warnings first, then returns beside their baselines, then agents.

Every line has at most 100 characters; what cannot be told is a dash.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Figures = Mapping[str, Any]

WIDTH = 100
LABEL = 18
HEADLINE = ("base_rate", "exposure_matched_basket")
"""Baselines that tell whether the panel, and the choice of instruments and moments, were worth
anything."""
TIE = "\N{NO-BREAK SPACE}"
"""Stands in a paragraph for a space at which no line ends; shown as a plain one."""
LONGEST_NAME = 14
TITLES: tuple[str, ...] = (
    *("opinions", "settled", "effective", "hits"),
    *("log loss", "base", "Brier", "base", "ECE", "floor"),
)
COLUMNS = (9, 8, 10, 8, 10, 9, 8, 8, 8, 8)
JUDGED_FROM = 200
"""Effective settled opinions below which the run says that it cannot judge an agent."""


BROKEN = ("invalid", "missing", "failed", "lost", "late")
"""Causes of abstentions that an agent did not choose."""


def panel_warnings(agents: Figures) -> Iterator[str]:
    """Say what makes figures those of a run that was not whole: agents that had no say or broke.

    Args:
        agents: The part of the summary that has this name.
    """
    for name, row in agents.items():
        causes = row["abstentions"]
        broken = {cause: causes[cause] for cause in BROKEN if causes.get(cause)}
        if not row["n_opinions"]:
            yield f"agent {name} gave no opinion in the whole run{_listed(causes)}"
        elif broken:
            n, of = sum(broken.values()), row["n_opinions"] + row["n_abstentions"]
            yield f"agent {name} broke in {n} of {of} answers{_listed(broken)}"


def as_text(summary: Figures) -> str:
    """Give the summary as lines of at most 100 characters."""
    blocks = [
        _head(summary),
        _halts(summary["metrics"]),
        idle(summary["metrics"]),
        _warnings(summary["warnings"]),
        _headline(summary),
        _returns(summary),
        _trading(summary),
        _accuracy(summary),
        _silence(summary),
        _gates(summary["gates"]),
        _digests(summary),
    ]
    return "\n\n".join(block for block in blocks if block)


def _digests(summary: Figures) -> str:
    digest, tape = summary["digest"][:16], summary["tape_digest"][:16]
    return f"digest {digest}  tape {tape}  seed {summary['seed']}"


def words(name: str) -> str:
    """Give a key as words."""
    return name.replace("_", " ")


def percent(fraction: float | None, digits: int = 1) -> str:
    """Give a fraction in percent; a dash where it cannot be told."""
    return "-" if fraction is None else f"{100 * fraction:.{digits}f} %"


def number(value: float | None, form: str = ".2f") -> str:
    """Give a number; a dash where it cannot be told."""
    return "-" if value is None else f"{value:{form}}"


def _labelled(label: str, text: str) -> str:
    """Give a labelled paragraph, its further lines indented behind the label."""
    lines = textwrap.fill(
        text,
        WIDTH,
        initial_indent=f"{label:<{LABEL}}",
        subsequent_indent=" " * LABEL,
        break_on_hyphens=False,
    )
    return lines.replace(TIE, " ")


def _head(summary: Figures) -> str:
    failed = "; A GATE FAILED, see below" if summary["status"] == "gate_failed" else ""
    return (
        f"{summary['name']}: {summary['n_steps']} steps, {summary['from']} to {summary['to']}, "
        f"simulated, net of costs{failed}"
    )


def _halts(metrics: Figures) -> str:
    if not metrics["halted_frac"]:
        return ""
    return f"TRADING WAS HALTED in {percent(metrics['halted_frac'])} of all steps"


def idle(metrics: Figures) -> str:
    """Say that nothing was traded, and what stood in the way; nothing where there was a fill."""
    if metrics["n_fills"]:
        return ""
    refused, vetoes = metrics["refused_for_cost"], metrics["n_vetoes"]
    return f"NOTHING WAS TRADED: {refused} openings not worth their cost, {vetoes} vetoes"


def _warnings(warnings: Sequence[str]) -> str:
    indent = " " * len("warning: ")
    return "\n".join(
        textwrap.fill(f"warning: {warning}", WIDTH, subsequent_indent=indent)
        for warning in warnings
    )


def _headline(summary: Figures) -> str:
    lines = ["mean difference of return, a year, with its 95 % interval"]
    for name in HEADLINE:
        difference = summary["baselines"][name]["difference"]
        lines.append(f"  to {words(name):<25}{interval(difference):<32}{shown(difference)}")
    return "\n".join(lines)


def interval(difference: Figures) -> str:
    """Give a difference of returns with its interval, in percent."""
    mean, low, high = difference["mean"], difference["low"], difference["high"]
    if mean is None:
        return "-"
    if low is None or high is None:
        return f"{100 * mean:+.2f} %"
    return f"{100 * mean:+.2f} % [{100 * low:+.2f}, {100 * high:+.2f}]"


def shown(difference: Figures) -> str:
    """Say in words what an interval shows, which is often nothing."""
    low, high = difference["low"], difference["high"]
    if low is None or high is None:
        return "too short a run for an interval"
    if low <= 0 <= high:
        return "no difference shown"
    return "better" if low > 0 else "worse"


def _returns(summary: Figures) -> str:
    titles = ("net return", "a year", "volatility", "Sharpe", "drawdown", "turnover")
    lines = [f"{'':<25}" + "".join(f"{title:>12}" for title in titles)]
    rows = {"ensemble": summary["metrics"]} | dict(summary["baselines"])
    for name, row in rows.items():
        cells = (
            percent(row["net_return_frac"]),
            percent(row["annual_return_frac"]),
            percent(row["annual_volatility_frac"]),
            number(row["sharpe"]),
            percent(row["max_drawdown_frac"]),
            number(row["turnover_per_year"]),
        )
        lines.append(f"{words(name):<25}" + "".join(f"{cell:>12}" for cell in cells))
    rate = summary["risk_free"]
    spread = summary["cash_spread_bps"]
    earns = "nothing" if spread is None else f"it less {spread:g} bps"
    over = f"over {rate}; idle cash earns {earns}" if rate else "over zero"
    return "\n".join([*lines, f"(Sharpe: a year, {over}; turnover: a year, of equity)"])


def _trading(summary: Figures) -> str:
    metrics = summary["metrics"]
    trips, pnl = metrics["round_trips"], metrics["pnl"]
    parts = (f"{part}{TIE}{number(pnl[part], '+,.0f')}" for part in pnl if part != "total")
    lines = {
        "profit and loss": f"{number(pnl['total'], '+,.0f')} {summary['currency']} = "
        + ", ".join(parts),
        "exposure": f"gross {percent(metrics['mean_gross'])}, net "
        f"{percent(metrics['mean_net'])} of equity, mean of all steps",
        "trading state": f"{_shares(metrics['time_in_state'])} of the steps",
        "changes asked": f"{metrics['n_asked']}, of which vetoed {metrics['n_vetoes']}",
        "orders": f"{metrics['n_orders']}, the supervisor's own among them; fills "
        f"{metrics['n_fills']}, those of stops among them",
        "set by a cap": f"{percent(metrics['capped_frac'])} of the changes asked",
        "rules that fired": _fired(metrics["share_by_rule"]),
        "refused for cost": f"{metrics['refused_for_cost']} openings not worth their cost",
        "round trips": f"{trips['n']}, won {percent(trips['win_rate'])}, payoff "
        f"{number(trips['payoff'])} (mean win / mean loss), held "
        f"{number(trips['mean_holding_steps'], '.0f')} steps",
    }
    return "\n".join(_labelled(label, text) for label, text in lines.items())


def _shares(parts: Figures) -> str:
    return ", ".join(f"{words(name)}{TIE}{percent(part)}" for name, part in parts.items())


def _fired(share_by_rule: Figures) -> str:
    return f"{_shares(share_by_rule)} of the changes asked" if share_by_rule else "none"


def _accuracy(summary: Figures) -> str:
    metrics = summary["metrics"]
    width = min(LONGEST_NAME, max(9, *(len(name) + 1 for name in summary["agents"])))
    rows = [("", TITLES), *((name, _cells(row)) for name, row in summary["agents"].items())]
    rows += [("the pool", ("", f"{metrics['n_settled']}", "", "", *_losses(metrics)))]
    return "\n".join(
        [
            "accuracy, apart from profit (loss and error: lower is better; base: of the base rate)",
            *(_row(name, cells, width) for name, cells in rows),
            f"pool less base rate, log loss: {_loss_difference(metrics['log_loss_difference'])}",
            "(ECE: calibration error; floor: what chance alone would show;",
            " effective: the number of independent opinions that the settled ones are worth)",
        ]
    )


def _row(name: str, cells: Sequence[str], width: int) -> str:
    row = "".join(f"{cell:>{size}}" for cell, size in zip(cells, COLUMNS, strict=False))
    return f"{name[: width - 1]:<{width}}{row}".rstrip()


def _cells(row: Figures) -> tuple[str, ...]:
    count = (f"{row['n_opinions']}", f"{row['n_settled']}", number(row["n_effective"], ".0f"))
    if not row["judged"]:
        return (*count, f"  too few to judge (below {JUDGED_FROM} effective)")
    return (*count, percent(row["hit_rate"]), *_losses(row))


def _losses(row: Figures) -> tuple[str, ...]:
    return (
        number(row["log_loss"], ".4f"),
        number(row["base_rate_log_loss"], ".4f"),
        number(row["brier"], ".4f"),
        number(row["base_rate_brier"], ".4f"),
        number(row["ece"], ".3f"),
        number(row["ece_floor"], ".3f"),
    )


def _loss_difference(found: Figures) -> str:
    if found["low"] is None:
        return f"{number(found['mean'], '+.4f')} (too short a run for an interval)"
    low, high = (number(found[bound], "+.4f") for bound in ("low", "high"))
    return f"{number(found['mean'], '+.4f')} [{low}, {high}]"


def _silence(summary: Figures) -> str:
    return "\n".join(_labelled(label, text) for label, text in _counts(summary))


def _counts(summary: Figures) -> Iterator[tuple[str, str]]:
    """Give abstentions by agent and cause, then vetoes by rule."""
    for name, row in summary["agents"].items():
        causes = _listed(row["abstentions"])
        yield f"{f'silent: {name}':<{LABEL - 1}} ", f"{row['n_abstentions']}{causes}"
    yield "vetoes", f"{summary['metrics']['n_vetoes']}{_listed(summary['vetoes'])}"


def _listed(counts: Figures) -> str:
    listed = ", ".join(f"{words(what)} {n}" for what, n in counts.items() if n)
    return f" ({listed})" if listed else ""


def _gates(gates: Figures) -> str:
    return "\n".join(
        f"gate {name} {gate['bound']}: {'passed' if gate['passed'] else 'FAILED'}, it was "
        f"{number(gate['value'], '.4g')}"
        for name, gate in gates.items()
    )


def runs_as_text(runs: Sequence[Figures], runs_dir: Path) -> str:
    """Give one line a run, or say that there is none."""
    if not runs:
        return f"no runs in {runs_dir}"
    width = max(len(run["run"]) for run in runs)
    lines = [f"{'run':<{width}}  {'status':<11}  digest"]
    lines += [
        f"{run['run']:<{width}}  {run['status']:<11}  {(run['digest'] or '')[:16]}" for run in runs
    ]
    return "\n".join(lines)
