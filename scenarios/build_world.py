"""Build the built-in data world from installed packages and check it.

The bars, the index, the corporate actions and the observations are written
from three packages (`bokeh_sampledata`, `arch`, `statsmodels`), which are
needed to build and never to run. The documents are kept by hand in
`documents.jsonl` and only checked here. Two runs give identical bytes.

    python scenarios/build_world.py          # build, then check
    python scenarios/build_world.py --check  # check the files as they are
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import exchange_calendars

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DATA_DIR = Path(__file__).parent / "data"
NEW_YORK = ZoneInfo("America/New_York")
FIRST_DAY = "2000-03-01"
LAST_DAY = "2013-03-01"
FIRST_OBSERVATION = "1999-01-01"
SYMBOLS = ("AAPL", "GOOG", "IBM", "MSFT")
FIRST_LISTED = {"GOOG": "2004-08-19"}
BAR_COLUMNS = ("date", "symbol", "open", "high", "low", "close", "volume")
ACTION_COLUMNS = ("ex_date", "symbol", "kind", "new", "old", "cash")
OBSERVATION_COLUMNS = ("series", "period", "value", "known_at", "vintage")

# Smaller steps of close/adj_close are float noise; the smallest action is 1.1e-3.
ACTION_STEP_FRAC = 2e-4
SPLIT_STEP_FRAC = 0.4
ADJUSTED_TOLERANCE_FRAC = 1e-5

# Raw rows whose high or low contradicts open or close, as {(date, symbol):
# {column: value}}. The source has none; a new one fails the check until listed.
CORRECTIONS: dict[tuple[str, str], dict[str, float]] = {}

EVENT_TIME = time(14, 15)
PRESS_CONFERENCE_TIME = time(12, 30)
PRESS_CONFERENCE_DAYS = frozenset(
    "2011-04-27 2011-06-22 2011-11-02 2012-01-25 2012-04-25 2012-06-20 "
    "2012-09-13 2012-12-12".split()
)
# Moves between meetings. No source at hand tells their minute, so they are known only
# once the day is over.
UNSCHEDULED_DAYS = frozenset("2001-01-03 2001-04-18 2001-09-17 2008-01-22 2008-10-08".split())

# Target rate in percent after each change, first the level at the start; from
# 2008-12-16 the middle of the 0 to 0.25 range.
RATE_DECISIONS = (
    ("1998-11-17", 4.75), ("1999-06-30", 5.0), ("1999-08-24", 5.25), ("1999-11-16", 5.5),
    ("2000-02-02", 5.75), ("2000-03-21", 6.0), ("2000-05-16", 6.5), ("2001-01-03", 6.0),
    ("2001-01-31", 5.5), ("2001-03-20", 5.0), ("2001-04-18", 4.5), ("2001-05-15", 4.0),
    ("2001-06-27", 3.75), ("2001-08-21", 3.5), ("2001-09-17", 3.0), ("2001-10-02", 2.5),
    ("2001-11-06", 2.0), ("2001-12-11", 1.75), ("2002-11-06", 1.25), ("2003-06-25", 1.0),
    ("2004-06-30", 1.25), ("2004-08-10", 1.5), ("2004-09-21", 1.75), ("2004-11-10", 2.0),
    ("2004-12-14", 2.25), ("2005-02-02", 2.5), ("2005-03-22", 2.75), ("2005-05-03", 3.0),
    ("2005-06-30", 3.25), ("2005-08-09", 3.5), ("2005-09-20", 3.75), ("2005-11-01", 4.0),
    ("2005-12-13", 4.25), ("2006-01-31", 4.5), ("2006-03-28", 4.75), ("2006-05-10", 5.0),
    ("2006-06-29", 5.25), ("2007-09-18", 4.75), ("2007-10-31", 4.5), ("2007-12-11", 4.25),
    ("2008-01-22", 3.5), ("2008-01-30", 3.0), ("2008-03-18", 2.25), ("2008-04-30", 2.0),
    ("2008-10-08", 1.5), ("2008-10-29", 1.0), ("2008-12-16", 0.125),
)  # fmt: skip

DOCUMENT_FIELDS = frozenset(
    "id published_at time_precision kind symbols title text source written_after figures".split()
)
DOCUMENT_KINDS = frozenset(
    "results guidance product ruling deal policy management listing split "
    "dividend buyback restructuring".split()
)
TIME_PRECISIONS = frozenset({"second", "minute", "date"})
FIGURE_FIELDS = frozenset("entity metric value unit scale period".split())
FIGURE_UNITS = frozenset({"USD", "USD/share", "percent", "units"})


class CheckError(ValueError):
    """A file breaks a promise the data world makes to its readers."""


class Action(NamedTuple):
    """A split (new for old) or a cash dividend, on its ex-date."""

    ex_date: str
    symbol: str
    kind: str
    new: int | None
    old: int | None
    cash: float | None

    def row(self) -> list[str]:
        """Give the row as written, empty where a field does not apply."""
        cash = "" if self.cash is None else f"{self.cash:.2f}"
        new, old = ("" if n is None else str(n) for n in (self.new, self.old))
        return [self.ex_date, self.symbol, self.kind, new, old, cash]


@dataclass(frozen=True, slots=True)
class Bar:
    """One unadjusted daily bar, with the source's adjusted close."""

    day: str
    symbol: str
    open: float
    high: float
    low: float
    close: float
    volume: int
    adj_close: float

    def row(self) -> list[str]:
        """Give the row as written, prices at the source's own precision."""
        prices = (self.open, self.high, self.low, self.close)
        return [self.day, self.symbol, *map(_number, prices), str(self.volume)]


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _package_rows(package: str, path: str) -> list[dict[str, str]]:
    raw = files(package).joinpath(path).read_bytes()
    raw = gzip.decompress(raw) if path.endswith(".gz") else raw
    return list(csv.DictReader(io.StringIO(raw.decode())))


def _iso(us_date: str) -> str:
    month, day, year = (int(part) for part in us_date.split("/"))
    return date(year, month, day).isoformat()


def _stamp(day: str, at: time, zone: ZoneInfo | None = None) -> str:
    moment = datetime.combine(date.fromisoformat(day), at, zone or UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def sessions() -> tuple[str, ...]:
    """Give the New York sessions around the span."""
    calendar = exchange_calendars.get_calendar("XNYS", start="1998-12-01", end="2013-04-30")
    return tuple(f"{day:%Y-%m-%d}" for day in calendar.sessions)


def read_bars() -> list[Bar]:
    """Read the four symbols, corrected, sorted by date and symbol."""
    bars = []
    for raw in _package_rows("bokeh_sampledata", "_data/stocks.csv.gz"):
        day, symbol = raw["Date"], raw["Ticker"]
        if symbol not in SYMBOLS or not FIRST_DAY <= day <= LAST_DAY:
            continue
        fields = {name: float(raw[name.title()]) for name in BAR_COLUMNS[2:6]}
        fields |= CORRECTIONS.get((day, symbol), {})
        volume, adj_close = int(raw["Volume"]), float(raw["Adj Close"])
        bars.append(Bar(day, symbol, **fields, volume=volume, adj_close=adj_close))
    return sorted(bars, key=lambda bar: (bar.day, bar.symbol))


def read_index() -> list[Bar]:
    """Read the S&P 500, rounded to the two decimals it is quoted with."""
    bars = []
    for raw in _package_rows("arch.data", "sp500/sp500.csv.gz"):
        day = _iso(raw["Date"])
        if FIRST_DAY <= day <= LAST_DAY:
            fields = {name: round(float(raw[name.title()]), 2) for name in BAR_COLUMNS[2:6]}
            volume, adj_close = int(raw["Volume"]), float(raw["Adj Close"])
            bars.append(Bar(day, "SPX", **fields, volume=volume, adj_close=adj_close))
    return bars


def derive_actions(bars: Sequence[Bar]) -> list[Action]:
    """Read the actions off the steps of close/adj_close, cash to the cent.

    The source divides by (1 + cash / close on the ex-date), so the cash is
    close * (1 / step - 1). A step of a half is a 2:1 split.
    """
    actions = []
    for before, after in pairwise(bars):
        factor_before = before.close / before.adj_close
        step = after.close / after.adj_close / factor_before
        if 1 - step > SPLIT_STEP_FRAC:
            new = round(1 / step)
            actions.append(Action(after.day, after.symbol, "split", new, 1, None))
        elif abs(1 - step) > ACTION_STEP_FRAC:
            cash = round(after.close * (1 / step - 1), 2)
            actions.append(Action(after.day, after.symbol, "dividend", None, None, cash))
    return actions


def adjusted_error_frac(bars: Sequence[Bar], actions: Iterable[Action]) -> float:
    """Give the largest relative error of adj_close rebuilt from raw + actions.

    Anchored on the last day, because the source also holds later actions.
    """
    by_day = {action.ex_date: action for action in actions}
    factor = bars[-1].adj_close / bars[-1].close
    worst = 0.0
    for bar in reversed(bars):
        worst = max(worst, abs(bar.close * factor / bar.adj_close - 1))
        action = by_day.get(bar.day)
        if action is not None and action.new is not None and action.old is not None:
            factor *= action.old / action.new
        elif action is not None and action.cash is not None:
            factor /= 1 + action.cash / bar.close
    return worst


def rate_observations() -> list[list[str]]:
    """Give the target rate: the level at the start, then each change."""
    return [
        ["FOMC_TARGET", day, _number(rate), decision_stamp(day), "first"]
        for day, rate in RATE_DECISIONS
    ]


def decision_stamp(day: str) -> str:
    """Give the UTC time at which a rate decision of `day` was public."""
    if day in UNSCHEDULED_DAYS:
        return _stamp((date.fromisoformat(day) + timedelta(days=1)).isoformat(), time(5))
    usual = PRESS_CONFERENCE_TIME if day in PRESS_CONFERENCE_DAYS else EVENT_TIME
    return _stamp(day, usual, NEW_YORK)


def oil_observations(session_days: Sequence[str]) -> list[list[str]]:
    """Give WTI spot, known at 13:00 UTC on the next session."""
    rows = []
    for raw in _package_rows("arch.data", "wti/wti.csv.gz"):
        day, value = _iso(raw["Date"]), raw["DCOILWTICO"]
        if value in {"", "."} or not FIRST_OBSERVATION <= day < LAST_DAY:
            continue
        known_on = next(session for session in session_days if session > day)
        known_at = _stamp(known_on, time(13))
        rows.append(["WTI", day, _number(float(value)), known_at, "first"])
    return rows


def yield_observations() -> list[list[str]]:
    """Give AAA and BAA monthly means, known on the 5th of the next month."""
    rows = []
    for raw in _package_rows("arch.data", "default/default.csv.gz"):
        month = date.fromisoformat(_iso(raw["Date"]))
        known_on = (month + timedelta(days=31)).replace(day=5).isoformat()
        if month.isoformat() < FIRST_OBSERVATION or known_on > LAST_DAY:
            continue
        known_at, period = _stamp(known_on, time(14)), f"{month:%Y-%m}"
        for series in ("AAA", "BAA"):
            value = _number(float(raw[series]))
            rows.append([series, period, value, known_at, "first"])
    return rows


def revised_observations() -> list[list[str]]:
    """Give three quarterly macro series in their vintage of 2009-12-15.

    `known_at` is 90 days after the quarter's end: by then a figure was out,
    but not this one. That is what `revised` warns of.
    """
    rows = []
    for raw in _package_rows("statsmodels.datasets.macrodata", "macrodata.csv"):
        year, quarter = int(float(raw["year"])), int(float(raw["quarter"]))
        end = date(year, 3 * quarter, 1) + timedelta(days=30)
        known_at = _stamp((end + timedelta(days=90)).isoformat(), time(14))
        for series in ("realgdp", "cpi", "unemp"):
            period, value = f"{year}Q{quarter}", _number(float(raw[series]))
            rows.append([series.upper(), period, value, known_at, "revised"])
    return sorted(row for row in rows if row[1] >= "1999Q1")


def write_csv(name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a file with Unix line ends, whatever the machine."""
    with (DATA_DIR / name).open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def build() -> None:
    """Write the four built files and the revised observations."""
    bars, days = read_bars(), sessions()
    actions = []
    for symbol in SYMBOLS:
        own = [bar for bar in bars if bar.symbol == symbol]
        found = derive_actions(own)
        error = adjusted_error_frac(own, found)
        sys.stdout.write(f"{symbol}: {len(found)} actions, error {error:.1e}\n")
        _require(error < ADJUSTED_TOLERANCE_FRAC, f"{symbol} actions miss {error}")
        actions += found
    observations = rate_observations() + oil_observations(days) + yield_observations()
    write_csv("bars.csv", BAR_COLUMNS, (bar.row() for bar in bars))
    write_csv("index.csv", BAR_COLUMNS, (bar.row() for bar in read_index()))
    write_csv("actions.csv", ACTION_COLUMNS, (a.row() for a in sorted(actions)))
    write_csv("observations.csv", OBSERVATION_COLUMNS, sorted(observations))
    revised = revised_observations()
    write_csv("observations_revised.csv", OBSERVATION_COLUMNS, revised)


def _require(condition: bool, message: str) -> None:  # noqa: FBT001
    if not condition:
        raise CheckError(message)


def check_bars(name: str, symbols: Sequence[str]) -> None:
    """Check each bar's own order and each symbol's sessions."""
    text = (DATA_DIR / name).read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    keys = [(row["date"], row["symbol"]) for row in rows]
    _require(keys == sorted(set(keys)), f"{name}: unsorted or repeated rows")
    for row in rows:
        low, high = float(row["low"]), float(row["high"])
        inside = all(low <= float(row[name]) <= high for name in ("open", "close"))
        _require(inside and low > 0 and int(row["volume"]) > 0, f"{name}: {row}")
    for symbol in symbols:
        start = FIRST_LISTED.get(symbol, FIRST_DAY)
        expected = [day for day in sessions() if start <= day <= LAST_DAY]
        found = [day for day, owner in keys if owner == symbol]
        _require(found == expected, f"{name}: {symbol} misses or adds sessions")


def check_document(document: dict[str, Any]) -> None:
    """Check one document's fields, its time, and its figures in its text."""
    name = document.get("id", "?")
    _require(set(document) == DOCUMENT_FIELDS, f"{name}: fields {sorted(document)}")
    _require(document["kind"] in DOCUMENT_KINDS, f"{name}: kind {document['kind']!r}")
    _require(document["written_after"] is True, f"{name}: written_after")
    _require(set(document["symbols"]) <= set(SYMBOLS), f"{name}: symbols")
    precision, stamp = document["time_precision"], document["published_at"]
    _require(precision in TIME_PRECISIONS, f"{name}: precision {precision!r}")
    published = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    inside = FIRST_DAY <= stamp[:10] <= "2013-03-02"
    _require(inside, f"{name}: published_at {stamp} is outside the span")
    rounded = precision != "date" or stamp.endswith("T05:00:00Z")
    _require(rounded, f"{name}: a day is stamped 05:00 UTC of the next one")
    if document["kind"] == "results" and precision == "date":
        told_on = (published.date() - timedelta(days=1)).isoformat()
        _require(told_on in sessions(), f"{name}: no session on {told_on}")
    for figure in document["figures"]:
        check_figure(name, document["text"], figure)


def check_figure(name: str, text: str, figure: dict[str, Any]) -> None:
    """Check one figure's fields and that the text holds its value."""
    _require(set(figure) == FIGURE_FIELDS, f"{name}: figure fields")
    _require(figure["unit"] in FIGURE_UNITS, f"{name}: unit {figure['unit']!r}")
    shown = re.escape(f"{abs(figure['value'])}".removesuffix(".0"))
    pattern = rf"(?<![\d.,]){shown}(?:\.?0+)?(?![\d]|[.,]\d)"
    _require(re.search(pattern, text) is not None, f"{name}: {shown} not in text")


def check_decisions(documents: Iterable[dict[str, Any]]) -> None:
    """Check that each change of the target rate has its note, at its time."""
    noted = {doc["id"]: doc["published_at"] for doc in documents if doc["kind"] == "policy"}
    for day, _ in RATE_DECISIONS:
        told = noted.get(f"fomc-{day}")
        _require(day < FIRST_DAY or told == decision_stamp(day), f"fomc-{day}: {told}")


def check_documents() -> int:
    """Check every document; give how many there are."""
    lines = (DATA_DIR / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    documents = [json.loads(line) for line in lines]
    keys = [(document["published_at"], document["id"]) for document in documents]
    _require(keys == sorted(keys), "documents.jsonl: not sorted by time and id")
    _require(len({key for _, key in keys}) == len(keys), "documents.jsonl: ids repeat")
    for document in documents:
        check_document(document)
    check_decisions(documents)
    return len(documents)


def main(arguments: Sequence[str]) -> int:
    """Build unless told to check only, then check."""
    if "--check" not in arguments:
        build()
    check_bars("bars.csv", SYMBOLS)
    check_bars("index.csv", ("SPX",))
    sys.stdout.write(f"{check_documents()} documents hold\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
