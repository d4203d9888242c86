"""A run's summary as text: warnings first, then returns beside their baselines, then agents."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Figures = Mapping[str, Any]


def as_text(summary: Figures) -> str:
    """Give the summary as lines of at most 100 characters."""
    blocks = [
        _head(summary),
        _warnings(summary["warnings"]),
        _halts(summary["metrics"]),
        _headline(summary),
        _returns(summary),
        _trading(summary["metrics"]),
        _accuracy(summary["metrics"]),
        _agents(summary["agents"]),
        _refusals(summary),
        _gates(summary["gates"]),
        f"digest {summary['digest'][:16]}  tape {summary['tape_digest'][:16]}  "
        f"seed {summary['seed']}",
    ]
    return "\n\n".join(block for block in blocks if block)


def _head(summary: Figures) -> str:
    return (
        f"{summary['name']}: {summary['n_steps']} steps, {summary['from']} to {summary['to']}, "
        "simulated, net of costs"
    )


def _warnings(warnings: Sequence[str]) -> str:
    return "\n".join(f"warning: {warning}" for warning in warnings)


def _halts(metrics: Figures) -> str:
    if not metrics["halted_frac"]:
        return ""
    return f"trading was halted in {_percent(metrics['halted_frac'], 1)} of all steps"


def _percent(fraction: float | None, digits: int = 2) -> str:
    return "-" if fraction is None else f"{100 * fraction:.{digits}f} %"


def _number(value: float | None, form: str = ".2f") -> str:
    return "-" if value is None else f"{value:{form}}"


def _interval(difference: Figures | None) -> str:
    if difference is None or difference["mean"] is None:
        return "-"
    low, high = difference["low"], difference["high"]
    return (
        f"{100 * difference['mean']:+.2f} % a year "
        f"[{_number(low and 100 * low, '+.2f')}, {_number(high and 100 * high, '+.2f')}]"
    )


def _headline(summary: Figures) -> str:
    baselines = summary["baselines"]
    return "\n".join(
        f"against {name.replace('_', ' ')}: {_interval(baselines[name]['difference'])}"
        for name in ("base_rate", "exposure_matched_basket")
    )


def _returns(summary: Figures) -> str:
    lines = [f"{'':<26}{'net return':>12}{'Sharpe':>8}{'drawdown':>10}{'turnover':>10}"]
    own = {"ensemble": summary["metrics"]}
    for name, row in (own | dict(summary["baselines"])).items():
        lines.append(
            f"{name.replace('_', ' '):<26}{_percent(row['net_return_frac'], 1):>12}"
            f"{_number(row['sharpe']):>8}{_percent(row['max_drawdown_frac'], 1):>10}"
            f"{_number(row['turnover_per_year']):>10}"
        )
    lines.append("(Sharpe over the policy rate where one is named, a year; turnover a year)")
    return "\n".join(lines)


def _trading(metrics: Figures) -> str:
    trips, pnl, state = metrics["round_trips"], metrics["pnl"], metrics["time_in_state"]
    parts = ", ".join(f"{name} {_number(pnl[name], ',.0f')}" for name in pnl if name != "total")
    states = ", ".join(f"{name} {_percent(share, 1)}" for name, share in state.items())
    return "\n".join(
        [
            f"profit and loss {_number(pnl['total'], ',.0f')}: {parts}",
            f"exposure: gross {_percent(metrics['mean_gross'], 1)}, "
            f"net {_percent(metrics['mean_net'], 1)} of equity on average; states: {states}",
            f"orders {metrics['n_orders']}, fills {metrics['n_fills']}, vetoes "
            f"{metrics['n_vetoes']}, refused for cost {metrics['refused_for_cost']}, targets set "
            f"by a cap {_percent(metrics['capped_frac'], 1)}",
            f"round trips {trips['n']}: win rate {_percent(trips['win_rate'], 1)}, payoff "
            f"{_number(trips['payoff'])}, held {_number(trips['mean_holding_steps'], '.0f')} steps",
        ]
    )


def _accuracy(metrics: Figures) -> str:
    difference = metrics["log_loss_difference"]
    return (
        f"accuracy, apart from profit: log loss {_number(metrics['log_loss'], '.5f')} against "
        f"{_number(metrics['base_rate_log_loss'], '.5f')} of the base rate\n"
        f"  (difference {_number(difference['mean'], '+.5f')} "
        f"[{_number(difference['low'], '+.5f')}, {_number(difference['high'], '+.5f')}]); "
        f"calibration error {_number(metrics['ece'], '.4f')}, "
        f"{_number(metrics['ece_floor'], '.4f')} by chance alone"
    )


def _agents(agents: Figures) -> str:
    lines = [
        f"{'agent':<12}{'opinions':>9}{'settled':>9}{'effective':>10}{'hits':>8}{'log loss':>10}"
        f"{'base rate':>10}{'Brier':>8}{'ECE-floor':>10}"
    ]
    for name, row in agents.items():
        judged = "" if row["judged"] else "  too few to judge"
        lines.append(
            f"{name:<12}{row['n_opinions']:>9}{row['n_settled']:>9}"
            f"{_number(row['n_effective'], '.0f'):>10}{_percent(row['hit_rate'], 1):>8}"
            f"{_number(row['log_loss'], '.5f'):>10}{_number(row['base_rate_log_loss'], '.5f'):>10}"
            f"{_number(row['brier'], '.4f'):>8}{_number(row['calibration_error'], '+.4f'):>10}{judged}"
        )
    return "\n".join(lines)


def _refusals(summary: Figures) -> str:
    lines = []
    for what in ("abstentions", "vetoes"):
        counts = ", ".join(
            f"{cause.replace('_', ' ')} {n}" for cause, n in summary[what].items() if n
        )
        lines.append(f"{what}: {counts or 'none'}")
    return "\n".join(lines)


def _gates(gates: Figures) -> str:
    return "\n".join(
        f"gate {name} {gate['bound']}: {'passed' if gate['passed'] else 'FAILED'} "
        f"({_number(gate['value'], '.4g')})"
        for name, gate in gates.items()
    )


def runs_as_text(runs: Sequence[Figures], runs_dir: Path) -> str:
    """Give one line a run, or say that there is none."""
    if not runs:
        return f"no runs in {runs_dir}"
    return "\n".join(f"{run['run']}  {run['status']}  digest {run['digest'][:16]}" for run in runs)
