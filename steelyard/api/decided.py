"""What a run and a replay have in common: figures, tables, and the why of each decision."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from html import escape
from typing import Any

from steelyard.errors import DataError
from steelyard.report.columns import Columns
from steelyard.report.explain import Explanation, as_text, explanations
from steelyard.report.notebook import as_html
from steelyard.report.rows import RunRows, blotter
from steelyard.report.summary import as_text as summary_text


class Decision:
    """What was decided on an instrument in a session, and why.

    With bars shorter than a session there may be several steps; all of them are told.
    """

    def __init__(self, steps: Sequence[Explanation]) -> None:
        self.steps = tuple(steps)
        """What was decided, step by step; nearly always one."""

    @property
    def row(self) -> Mapping[str, Any]:
        """Values of the session's last decision: `verb`, `reason`, `wanted`, `edge_bps`..."""
        return self.steps[-1].decision

    def explain(self) -> str:
        """Say in lines what was wanted, said, checked, refused and filled, or why nothing was."""
        return as_text(self.steps)

    def document(self) -> list[dict[str, Any]]:
        """Give the same as rows by table, one mapping for each step, ready for JSON."""
        return [step.document() for step in self.steps]

    def __repr__(self) -> str:
        """Show the explanation."""
        return self.explain()

    def _repr_html_(self) -> str:
        """Show the explanation in a notebook."""
        return f"<pre>{escape(self.explain())}</pre>"


class Decided(ABC):
    """A course that was decided: by a run, or again by a replay."""

    @property
    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """Every figure: the document of `summary.json`, see docs/summary.md."""

    @property
    @abstractmethod
    def _rows(self) -> RunRows:
        """Every table."""

    @property
    def digest(self) -> str:
        """SHA-256 of tape, verdicts, decisions, orders, fills and ledger."""
        return str(self.summary["digest"])

    @property
    def equity(self) -> Columns:
        """By session: `equity` and `cash` in the currency, and the trading `state`."""
        return self.table("equity")

    @property
    def opinions(self) -> Columns:
        """By step, instrument and agent: what it said, and the outcome once it settled."""
        return self.table("opinions")

    @property
    def decisions(self) -> Columns:
        """By step and instrument: what was wanted, allowed and ordered, and the reason."""
        return self.table("decisions")

    @cached_property
    def blotter(self) -> Columns:
        """By fill: side, quantity in units, price, value and costs in the currency."""
        return blotter(self.table("fills"), self._rows.scenario["market"]["universe"])

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of all tables; those of `run.sqlite`."""
        return self._rows.names

    def table(self, name: str) -> Columns:
        """Give a table by its name.

        Raises:
            DataError: there is none of that name; says which there are.
        """
        if name not in self.tables:
            raise DataError(f"there is no table {name!r}", hint=f"known: {', '.join(self.tables)}")
        return self._rows.columns(name)

    def decision(self, session: str | date, instrument: str) -> Decision:
        """Give what was decided on an instrument in a session, also where nothing was traded.

        Args:
            session: A date, or a text like 2008-09-29.
            instrument: Symbol.

        Raises:
            DataError: nothing was decided there; says which sessions and symbols there are.
        """
        return Decision(explanations(self._rows, _iso(session), str(instrument)))

    def __str__(self) -> str:
        """Give the summary as the command line prints it."""
        return summary_text(self.summary)

    def __repr__(self) -> str:
        """Name the course, its span, net return and digest."""
        summary = self.summary
        return (
            f"<{type(self).__name__} {summary['name']}, {summary['from']} to {summary['to']}, "
            f"net return {100 * summary['metrics']['net_return_frac']:.1f} %, "
            f"digest {self.digest[:16]}>"
        )

    def _repr_html_(self) -> str:
        """Show warnings, headline figures and the equity in a notebook."""
        return as_html(self.summary, self.equity)


def _iso(session: str | date) -> str:
    try:
        # An instant names its day, too: what pandas makes of a date is one.
        return datetime.fromisoformat(str(session)).date().isoformat()
    except ValueError:
        raise DataError(f"{session!r} is no date", hint="write it as 2008-09-29") from None
