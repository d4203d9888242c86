"""One decision, explained in a few lines from a run's database."""

from pathlib import Path
from typing import Any

from steelyard.errors import DataError
from steelyard.store import read_rows

Rows = list[dict[str, Any]]
REFUSED_FOR_COST = "cost"


def explain(folder: Path, session: str, instrument: str) -> str:
    """Say what was wanted, said, checked, refused and filled on a session.

    Args:
        folder: A run folder.
        session: ISO date.
        instrument: Id.

    Raises:
        DataError: no such run, or nothing was decided there; says what there is.
    """
    at = _At(folder / "run.sqlite", session, instrument)
    decisions = at.rows("decisions")
    if not decisions:
        raise DataError(_nothing_there(at))
    blocks = []
    for decision in decisions:
        lines = [_headline(decision)]
        lines += _wanted(decision, at.rows("verdicts", decision["step"]))
        lines += _said(at, decision["step"])
        lines += _checked(at.rows("claims", decision["step"]))
        lines += _refused(decision, at.rows("rules", decision["step"]))
        lines += _traded(at, decision)
        blocks.append("\n".join(lines))
    return "\n".join(blocks)


class _At:
    """Rows of one instrument on one session."""

    def __init__(self, path: Path, session: str, instrument: str) -> None:
        self.path, self.session, self.instrument = path, session, instrument

    def rows(self, table: str, step: int | None = None) -> Rows:
        """Give the rows of a table, of one step or of the whole session."""
        query = f"select * from [{table}] where session = ? and instrument = ?"  # noqa: S608
        values: list[object] = [self.session, self.instrument]
        if step is not None:
            query, values = f"{query} and step = ?", [*values, step]
        return read_rows(self.path, query, values)


def _nothing_there(at: _At) -> str:
    query = "select min(session) as first, max(session) as last from decisions"
    span = read_rows(at.path, query)[0]
    query = "select distinct instrument from decisions order by instrument"
    names = ", ".join(row["instrument"] for row in read_rows(at.path, query))
    return (
        f"nothing was decided on {at.session} for {at.instrument!r}; the run decided from "
        f"{span['first']} to {span['last']}, on sessions only, for {names}"
    )


def _headline(decision: dict[str, Any]) -> str:
    lots = decision["order_lots"]
    if lots:
        side = "buys" if lots > 0 else "sells"
        outcome = f"{side} {abs(lots)} ({decision['purpose']}, {decision['verb']})"
    else:
        outcome = "no trade"
    state = "" if decision["state"] == "active" else f", trading state {decision['state']}"
    return f"{decision['session']} {decision['instrument']}  {outcome}{state}"


def _percent(fraction: float | None, digits: int = 2) -> str:
    return "unknown" if fraction is None else f"{100 * fraction:+.{digits}f} %"


def _wanted(decision: dict[str, Any], verdicts: Rows) -> list[str]:
    held, wanted = _percent(decision["held"], 1), _percent(decision["wanted"], 1)
    lines = [
        f"  wanted   {wanted} of equity, held {held}, allowed {_percent(decision['allowed'], 1)}"
    ]
    return lines + [
        f"  verdict  P(up, {verdict['horizon']} steps) {verdict['probability']:.3f} "
        f"(base rate {verdict['base_rate']:.3f}), expected {_percent(verdict['expected'])} "
        f"+- {_percent(verdict['expected_sd']).lstrip('+')}"
        for verdict in verdicts
    ]


def _said(at: _At, step: int) -> list[str]:
    shares = ", ".join(
        f"{row['agent']} {row['log_odds']:+.3f} ({row['horizon']} steps)"
        for row in at.rows("shares", step)
    )
    silent = ", ".join(
        f"{row['agent']} {row['cause'].replace('_', ' ')}" for row in at.rows("abstentions", step)
    )
    lines = [f"  said     {shares} (log-odds)"] if shares else []
    return lines + ([f"  silent   {silent}"] if silent else [])


def _checked(claims: Rows) -> list[str]:
    return [
        f"  checked  {row['agent']}: {row['entity']} {row['metric']} {row['period']} "
        f"{_claimed(row)} {row['result']} by {row['source']}"
        for row in claims
    ]


def _claimed(row: dict[str, Any]) -> str:
    if row["quote"]:
        return repr(row["quote"])
    return f"{row['value']:g} {row['unit']}" + (f" x {row['scale']:g}" if row["scale"] != 1 else "")


def _refused(decision: dict[str, Any], rules: Rows) -> list[str]:
    lines = []
    edge, cost = decision["edge_bps"], decision["cost_bps"]
    if decision["reason"] == REFUSED_FOR_COST and cost:
        lines.append(
            f"  refused  edge over cost {abs(edge) / cost:.2f} is too small "
            f"(edge {abs(edge):.0f} bps, round trip {cost:.0f} bps)"
        )
    elif not decision["order_lots"]:
        lines.append(f"  reason   {decision['reason'].replace('_', ' ')}")
    return lines + [_rule(row) for row in rules]


def _rule(row: dict[str, Any]) -> str:
    change = (
        f"  rule     {row['rule']}: {_percent(row['before'], 1)} to {_percent(row['after'], 1)}"
    )
    return change if row["trigger"] is None else f"{change} (at {row['trigger']:g})"


def _traded(at: _At, decision: dict[str, Any]) -> list[str]:
    orders = at.rows("orders", decision["step"])
    lines = []
    for order in orders:
        fills = read_rows(at.path, "select * from fills where order_id = ?", [order["order_id"]])
        stop = "" if order["stop"] is None else f", stop {order['stop']:.2f}"
        lines.append(f"  order    {order['lots']:+d}{stop}")
        lines += [
            f"  filled   {fill['lots']:+d} at {fill['price']:.2f} on {fill['session']}, costs "
            f"{fill['fee'] + fill['spread'] + fill['slippage']:.2f}"
            for fill in fills
        ]
    return lines
