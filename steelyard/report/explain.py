"""One decision, explained in a few lines from a run's tables."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from steelyard.errors import DataError, did_you_mean
from steelyard.report.columns import Columns
from steelyard.report.rows import RunRows
from steelyard.store import read_rows

Row = Mapping[str, Any]
Rows = list[dict[str, Any]]

WIDTH = 100
INDENT = " " * 11
TWO_SIDED_95 = 1.96
"""Standard deviations on either side of the mean that hold 95 % of a normal distribution."""
TABLES = ("verdicts", "shares", "abstentions", "claims", "rules", "orders")
WEIGHED = {"edge": ("asked", ">="), "cost": ("refused", "<"), "band": ("kept", "<")}
"""Reasons that weigh an edge against its cost, what came of it, and how it compares."""
BY_SUPERVISOR = {"resize": ", cut by the supervisor", "enforce": ", the supervisor's own"}
"""What an order owes to the supervisor, by verb."""
SCALES = {1.0: "", 1e3: "thousand ", 1e6: "million ", 1e9: "billion "}
LIMITS = {
    "probability": "min_probability",
    "price_collar": "price_collar",
    "risk_per_trade": "risk_per_trade",
    "max_order": "max_order",
    "participation": "max_participation",
    "max_position": "max_position",
    "max_gross": "max_gross",
    "max_net": "max_net",
    "daily_loss": "daily_loss",
    "drawdown": "max_drawdown",
}
"""Rules that compare a share with a limit, and the key of section `risk` that states it."""
REASONS = {
    "edge": "the edge pays for the trade",
    "entry_rule": "an entry rule forbids it",
    "exit_rule": "an exit rule closes the position",
    "take_profit": "the target was reached",
    "max_holding": "held as long as it may be",
    "min_holding": "not yet held as long as it must be",
    "cadence": "no step on which the scenario rebalances",
    "no_quorum": "too few agents speak",
    "mandate": "only a short would gain, and the mandate is long only",
    "no_price": "no price or no volatility is known",
    "none": "nothing is wanted, nothing is held",
}


class Explanation(NamedTuple):
    """Everything a run says about one decision; rows as they stand in its tables."""

    decision: Row
    tables: Mapping[str, Rows]
    """Rows of `TABLES` at this step, by table."""
    fills: Rows
    """What was filled of its orders, on a later bar."""
    protecting: Rows
    """Fills of this instrument's stops within the step itself."""
    scenario: Mapping[str, Any]
    """The resolved scenario: what its limits were."""

    def document(self) -> dict[str, Any]:
        """Give the rows as one JSON document."""
        rows = {"fills": self.fills, "protecting": self.protecting}
        return {"decision": self.decision, **self.tables, **rows}


def explanations(kept: RunRows, session: str, instrument: str) -> list[Explanation]:
    """Collect what was wanted, said, checked, refused and filled on a session.

    Args:
        kept: The tables of a run.
        session: ISO date.
        instrument: Id.

    Returns:
        One per step of the session.

    Raises:
        DataError: no such run, or nothing was decided there; says what there is.
    """
    decisions = kept.rows("decisions", session=session, instrument=instrument)
    if not decisions:
        raise _nothing_there(kept.columns("decisions"), session, instrument)
    return [_explanation(kept, decision, kept.scenario) for decision in decisions]


def _explanation(kept: RunRows, decision: Row, scenario: Mapping[str, Any]) -> Explanation:
    cell = {"step": decision["step"], "instrument": decision["instrument"]}
    tables = {name: kept.rows(name, **cell) for name in TABLES}
    sent = [order["order_id"] for order in tables["orders"]]
    return Explanation(
        decision,
        tables,
        fills=[fill for order_id in sent for fill in kept.rows("fills", order_id=order_id)],
        protecting=kept.rows("fills", **cell, purpose="protect"),
        scenario=scenario,
    )


def _nothing_there(decisions: Columns, session: str, instrument: str) -> DataError:
    found = f"nothing was decided on {session} for {instrument!r}"
    known = sorted(set(decisions["instrument"]))
    if not known:
        return DataError(f"{found}: the run decided nothing")
    if instrument not in known:
        hint = did_you_mean(instrument, known) or f"known: {', '.join(known)}"
        return DataError(f"{found}: the run does not know that symbol", hint=hint)
    day, all_days = np.datetime64(session), np.unique(decisions["session"])
    days = np.unique(decisions.where(instrument=instrument)["session"])
    near = [*days[days < day][-1:], *days[days > day][:1]]
    if all_days[0] <= day <= all_days[-1]:
        why = "it was not listed" if day in all_days else "that was no session"
    else:
        why = f"the run decided from {all_days[0]} to {all_days[-1]}"
    return DataError(f"{found}: {why}", hint=f"the nearest: {' and '.join(map(str, near))}")


def telling_decision(folder: Path) -> tuple[str, str] | None:
    """Name session and instrument of the largest entry, or else of the largest wish."""
    query = """
        select session, instrument from decisions where wanted is not null
        order by purpose = 'open' desc,
                 case when purpose = 'open' then abs(allowed - held) else abs(wanted) end desc,
                 step
        limit 1"""
    rows = read_rows(folder / "run.sqlite", query)
    return (rows[0]["session"], rows[0]["instrument"]) if rows else None


def as_text(found: Sequence[Explanation]) -> str:
    """Give explanations as lines, without an empty line between them."""
    return "\n".join(_text(each) for each in found)


def _text(told: Explanation) -> str:
    lines = [
        _headline(told.decision),
        *_wanted(told),
        *_said(told.tables),
        *[_checked(row) for row in told.tables["claims"]],
        *_why(told),
        *[_rule(row, told.scenario["risk"]) for row in told.tables["rules"]],
        *_traded(told),
    ]
    return "\n".join(map(_wrapped, lines))


def _wrapped(line: str) -> str:
    return textwrap.fill(line, WIDTH, subsequent_indent=INDENT, break_on_hyphens=False)


def _headline(decision: Row) -> str:
    lots, verb = decision["order_lots"], decision["verb"]
    if lots:
        side = "buys" if lots > 0 else "sells"
        outcome = f"{side} {abs(lots)} lots ({decision['purpose']}{BY_SUPERVISOR.get(verb, '')})"
    else:
        outcome = "no trade (vetoed)" if verb == "veto" else "no trade"
    state = "" if decision["state"] == "active" else f", trading state {decision['state']}"
    return f"{decision['session']} {decision['instrument']}  {outcome}{state}"


def _percent(fraction: float | None, digits: int = 2) -> str:
    return "unknown" if fraction is None else f"{100 * fraction:+.{digits}f} %"


def _wanted(told: Explanation) -> list[str]:
    decision = told.decision
    line = (
        f"  wanted   {_percent(decision['wanted'], 1)} of equity before costs, target "
        f"{_percent(decision['target'], 1)}, allowed {_percent(decision['allowed'], 1)}, "
        f"held {_percent(decision['held'], 1)}"
    )
    return [line] + [_verdict(row) for row in told.tables["verdicts"]]


def _verdict(row: Row) -> str:
    probability, log_odds_sd = row["probability"], row["log_odds_sd"]
    log_odds = math.log(probability / (1 - probability))
    low, high = (
        1 / (1 + math.exp(-(log_odds + side * TWO_SIDED_95 * (log_odds_sd or 0.0))))
        for side in (-1, 1)
    )
    expected, reach = row["expected"], TWO_SIDED_95 * (row["expected_sd"] or 0.0)
    return (
        f"  verdict  P(up, {row['horizon']} steps) {probability:.3f} [{low:.3f}, {high:.3f}], "
        f"base rate {row['base_rate']:.3f}, expected {_percent(expected)} "
        f"[{100 * (expected - reach):+.2f}, {100 * (expected + reach):+.2f}]"
    )


def _said(tables: Mapping[str, Rows]) -> list[str]:
    shares = ", ".join(
        f"{row['agent']} {row['log_odds']:+.3f} ({row['horizon']} steps)"
        for row in tables["shares"]
    )
    silent = ", ".join(
        f"{row['agent']}: {row['cause'].replace('_', ' ')}" for row in tables["abstentions"]
    )
    lines = [f"  said     {shares} in log-odds"] if shares else []
    return lines + ([f"  silent   {silent}"] if silent else [])


def _checked(row: Row) -> str:
    claimed = repr(row["quote"]) if row["quote"] else _figure(row)
    what = [row["entity"], row["metric"].replace("_", " "), row["period"], claimed]
    statement = " ".join(word for word in what if word)
    found = "" if row["found"] is None or row["result"] == "supported" else f" ({row['found']:g})"
    return f"  checked  {row['agent']}: {statement}: {row['result']} by {row['source']}{found}"


def _figure(row: Row) -> str:
    scale = SCALES.get(row["scale"], f"x {row['scale']:g} ")
    return f"{row['value']:g} {scale}{row['unit']}"


def _why(told: Explanation) -> list[str]:
    decision = told.decision
    edge, cost, reason = decision["edge_bps"], decision["cost_bps"], decision["reason"]
    least = told.scenario["trade"]["edge_over_cost"]
    if decision["verb"] == "enforce":
        return ["  because  a limit was passed by what is held"]
    if reason not in WEIGHED or not cost:
        return [f"  because  {REASONS.get(reason, reason.replace('_', ' '))}"]
    weighed = f"edge {edge:.1f} bps, round trip {cost:.1f} bps"
    label, sign = WEIGHED[reason]
    return [f"  {label:<8} edge over cost {edge / cost:.2f} {sign} {least:g} ({weighed})"]


def _rule(row: Row, limits: Mapping[str, Any]) -> str:
    """Say what a rule saw, what its limit is, and what it made of the change asked for."""
    rule, trigger = row["rule"], row["trigger"]
    seen = ""
    if trigger is not None:
        limit = limits.get(LIMITS.get(rule, ""))
        seen = f" {trigger:.4g}" if limit is None else f" {100 * trigger:.2f} %, limit {limit}"
    return (
        f"  rule     {rule.replace('_', ' ')}{seen}: "
        f"change of {_percent(row['before'])} becomes {_percent(row['after'])}"
    )


def _traded(told: Explanation) -> list[str]:
    lines = []
    for order in told.tables["orders"]:
        stop = "" if order["stop"] is None else f", stop {order['stop']:.2f}"
        lines.append(f"  order    {order['lots']:+d} lots{stop}")
    lines += [f"  filled   {_fill(fill)}" for fill in told.fills]
    return lines + [f"  stopped  {_fill(fill)}" for fill in told.protecting]


def _fill(fill: Row) -> str:
    cost = fill["fee"] + fill["spread"] + fill["slippage"] + fill["impact"]
    return f"{fill['lots']:+d} lots at {fill['price']:.2f} on {fill['session']}, costs {cost:,.2f}"
