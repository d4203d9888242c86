"""The command `steelyard stress`: what a run is worth when the world turns on it."""

import json
from typing import Any

import click

from steelyard.cli.options import (
    AS_JSON,
    SETTING,
    how_of,
    others_code,
    overrides_of,
    with_executor,
)
from steelyard.cli.running import tell_of_compiling
from steelyard.errors import GateError


@click.command()
@click.argument("scenario")
@click.option("--case", "cases", metavar="NAME", multiple=True, help="Only this; may be repeated.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all chance.")
@click.option("--set", "settings", metavar="PATH=VALUE", multiple=True, help=SETTING)
@click.option("--from", "from_", metavar="DATE", help="First day, like 2008-01-02.")
@click.option("--to", metavar="DATE", help="Last day.")
@with_executor
@AS_JSON
def stress(
    scenario: str,
    cases: tuple[str, ...],
    *,
    as_json: bool,
    settings: tuple[str, ...],
    **other: Any,
) -> None:
    """Put a scenario's run under stress: crashes, halts, broken feeds, failing agents.

    SCENARIO is a file, or the name of a shipped one. Each case starts on the run's day of
    largest gross exposure, on its own book and on books at full limits, long and short, and
    runs with halts and without. No run folder is made.

    Exit 6 if a gate fails, of the run or of a case, or if no book of a case held enough to be
    hurt.
    """
    from steelyard.report.progress import ProgressLine
    from steelyard.report.stress import as_text, failures
    from steelyard.scenario import find, load
    from steelyard.validation.stress import stress as put_under_stress

    _refuse_unknown(cases)
    how = how_of(other)
    loaded = load(find(scenario), overrides=overrides_of(settings, other))
    tell_of_compiling()
    progress = ProgressLine()
    with others_code(), progress:
        found = put_under_stress(loaded, cases, how=how, progress=progress)
    click.echo(json.dumps(found, indent=2, allow_nan=False) if as_json else as_text(found))
    failed = failures(found)
    if failed:
        raise GateError("\n".join(failed))


def _refuse_unknown(cases: tuple[str, ...]) -> None:
    from steelyard.errors import did_you_mean
    from steelyard.scenario.stress import CASE_NAMES

    for name in cases:
        if name not in CASE_NAMES:
            hint = did_you_mean(name, CASE_NAMES) or "it must be one of them"
            message = f"{name!r} is no case; {hint} The cases: {', '.join(CASE_NAMES)}"
            raise click.BadParameter(message, param_hint="--case")
