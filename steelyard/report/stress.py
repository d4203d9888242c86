"""A stress test as text: the worst case first; what failed, and what only a halt saved."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from steelyard.report.summary import WIDTH, percent, words

Found = Mapping[str, Any]

TITLES = ("drawdown", "no halts", "loss", "predicted", "exposure", "fills", "vetoes")
NAME = 20
NARROWEST, GAP = 6, 2
RULES = {
    "past_limit": "risk was added past a limit",
    "in_halt": "an order was sent, or filled, in a halted instrument",
    "at_reopening": "a reopening was added into, or a stop missed its print",
    "past_say": "one agent moved the odds further than it may",
}
"""What a breach of conduct is, in words."""


def as_text(found: Found) -> str:
    """Give a stress test as lines of at most 100 characters."""
    blocks = [_head(found), _table(found), "\n".join(_notes(found)), "\n".join(_verdict(found))]
    return "\n\n".join(block for block in blocks if block)


def _head(found: Found) -> str:
    return textwrap.fill(
        f"{found['name']}: {len(found['cases'])} shocks from the day after {found['eve']}, when "
        f"the run held most; {found['window']} steps each, on its own book and on books at full "
        f"limits ({percent(found['most_gross_frac'], 0)} of equity), long and short; the worst "
        "of the three is shown",
        WIDTH,
    )


def _table(found: Found) -> str:
    lines = [f"{'':<{NAME}}{_row(TITLES)}"]
    cases = sorted(found["cases"].items(), key=lambda item: -item[1]["drawdown_frac"])
    for name, case in cases:
        cells = (
            percent(case["drawdown_frac"]),
            percent(case["without_halts"]["drawdown_frac"]),
            percent(case["loss_frac"]),
            percent(case["predicted_loss_frac"]),
            percent(case["exposure_frac"], 0),
            str(case["n_fills"]),
            str(case["n_vetoes"]),
        )
        mark = "" if case["status"] == "passed" else f"  {case['status'].upper()}"
        lines.append(f"{words(name):<{NAME}}{_row(cells)}{mark}")
    return "\n".join(lines)


def _row(cells: tuple[str, ...]) -> str:
    """Give cells under their titles."""
    pairs = zip(cells, TITLES, strict=True)
    return "".join(f"{cell:>{max(len(title), NARROWEST) + GAP}}" for cell, title in pairs)


def _notes(found: Found) -> Iterator[str]:
    """Say what the figures alone do not."""
    saved = [name for name, case in found["cases"].items() if saved_by_halt(case)]
    if saved:
        yield textwrap.fill(
            f"saved by a halt alone (they fail with halts that never bind): "
            f"{', '.join(map(words, saved))}",
            WIDTH,
        )


def saved_by_halt(case: Found) -> bool:
    """Say whether a case passes, and would not without halts."""
    return case["status"] == "passed" and bool(case["without_halts"]["failed"])


def _verdict(found: Found) -> Iterator[str]:
    n = dict.fromkeys(("passed", "failed", "not exercised"), 0)
    for case in found["cases"].values():
        n[case["status"]] += 1
    yield ", ".join(f"{count} {status}" for status, count in n.items() if count)
    for name, bound in found["stress_gates"].items():
        yield f"gate {words(name)} {bound}"


def failures(found: Found) -> list[str]:
    """Name every gate that failed, in the run and in its cases; empty where all held."""
    lines = [
        f"gate {name} {gate['bound']}: it was {gate['value']}"
        for name, gate in found["gates"].items()
        if not gate["passed"]
    ]
    for name, case in found["cases"].items():
        if case["status"] == "not exercised":
            lines.append(f"case {name}: not exercised, no book held enough to be hurt")
        for book, figures in case["books"].items():
            lines += [_failure(found, name, book, gate, figures) for gate in figures["failed"]]
    return lines


def _failure(found: Found, name: str, book: str, gate: str, figures: Found) -> str:
    where = f"case {name}, {book} book"
    if gate in RULES:
        return f"{where}: {RULES[gate]} ({figures['breaches'][gate]} times)"
    bound = found["stress_gates"][gate]
    if gate == "loss_over_predicted":
        loss, predicted = figures["loss_frac"], figures["predicted_loss_frac"]
        return f"{where}: gate {gate} {bound}: it lost {percent(loss)} of {percent(predicted)}"
    return f"{where}: gate {gate} {bound}: it was {figures[gate]:.4f}"
