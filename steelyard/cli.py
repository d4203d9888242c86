"""The commands: parse, call the parts that do the work, print, and name the exit code.

Nothing heavy is imported before a command needs it, so that `--help` stays quick.
Results go to stdout; progress, warnings and paths go to stderr.
"""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from steelyard import __version__
from steelyard.errors import GateError, ScenarioError, SetupError

RUNS_DIR = click.option(
    "--runs-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs"),
    show_default=True,
    help="Folder of run folders.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group(
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "STEELYARD",
        "max_content_width": 100,
    }
)
@click.version_option(__version__, prog_name="steelyard")
@click.option("-v", "--verbose", count=True, help="Say more; -vv shows tracebacks.")
def cli(verbose: int) -> None:
    """Weigh the opinions of many agents before trading on them.

    Exit codes: 0 done, 1 a defect of Steelyard, 2 usage, 3 scenario, 4 environment, 5 data,
    6 a gate failed, 7 budget reached, 8 safety halt, 130 and 143 interrupted.
    """


@cli.command()
@click.argument("scenario")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all chance.")
@click.option("--set", "settings", metavar="PATH=VALUE", multiple=True, help="Override a value.")
@click.option("--from", "from_", metavar="DATE", help="First session, like 2005-01-03.")
@click.option("--to", metavar="DATE", help="Last session.")
@RUNS_DIR
@AS_JSON
def run(
    scenario: str, runs_dir: Path, *, as_json: bool, settings: tuple[str, ...], **other: Any
) -> None:
    """Run SCENARIO, a file or the name of a shipped one, and print what came of it.

    Exit 6 if the run is done but one of its gates failed.
    """
    from steelyard.api import run as run_scenario
    from steelyard.report.progress import ProgressLine
    from steelyard.report.summary import as_text

    _tell_of_compiling()
    progress = ProgressLine()
    try:
        done = run_scenario(
            scenario, overrides=_overrides(settings, other), runs_dir=runs_dir, progress=progress
        )
    finally:
        progress.close()
    summary = done.summary
    click.echo(json.dumps(summary, indent=2, allow_nan=False) if as_json else as_text(summary))
    click.echo(f"run folder: {done.folder}", err=True)
    click.echo(f"explain:    steelyard runs show {done.folder} --on DATE --of SYMBOL", err=True)
    if summary["status"] == "gate_failed":
        raise GateError(_failed_gates(summary))


def _tell_of_compiling() -> None:
    from steelyard.kernel import compiled_before

    if not compiled_before():
        click.echo("first run: compiling the kernels once, about half a minute", err=True)


def _overrides(settings: Sequence[str], flags: dict[str, Any]) -> dict[str, str]:
    """Give what --set and the flags that stand for a setting override, flags last."""
    overrides = {}
    for setting in settings:
        path, sign, value = setting.partition("=")
        if not sign or not path.strip():
            raise click.BadParameter(
                f"{setting!r} is not PATH=VALUE, like risk.max_position=10%", param_hint="--set"
            )
        overrides[path.strip()] = value.strip()
    places = {"seed": "seed", "from_": "market.from", "to": "market.to"}
    return overrides | {
        places[flag]: str(value) for flag, value in flags.items() if value is not None
    }


def _failed_gates(summary: dict[str, Any]) -> str:
    failed = [
        f"gate {name} {gate['bound']}: it was {gate['value']}"
        for name, gate in summary["gates"].items()
        if not gate["passed"]
    ]
    return "\n".join(failed)


@cli.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="FILE...")
@click.option("--data", is_flag=True, help="Open data and calendar too.")
@click.option("--set", "settings", metavar="PATH=VALUE", multiple=True, help="Override a value.")
def check(scenarios: tuple[str, ...], settings: tuple[str, ...], *, data: bool) -> None:
    """Check the form of scenario files, and with --data what they name, without running them."""
    from steelyard.scenario import find, load

    faults: list[ScenarioError] = []
    for name in scenarios:
        try:
            scenario = load(find(name), overrides=_overrides(settings, {}))
        except ScenarioError as error:
            faults.append(error)
            continue
        if data:
            _check_data(name, scenario)
        else:
            click.echo(f"{name}: sound in form")
    if faults:
        raise ScenarioError(
            "\n".join(str(error) for error in faults),
            faults=[fault for error in faults for fault in error.faults],
        )


def _check_data(name: str, scenario: Any) -> None:
    from steelyard.feeds.world import open_world

    world = open_world(scenario)
    n_deciding = int(world.timing.decides.sum())
    click.echo(
        f"{name}: sound; {len(world.instruments)} instruments, {world.n_steps} steps "
        f"({n_deciding} decide), {len(world.documents)} documents, {len(world.series)} series"
    )
    for warning in world.warnings:
        click.echo(f"{name}: warning: {warning}", err=True)


@cli.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from steelyard.scenario import json_schema

    click.echo(json.dumps(json_schema(), indent=2))


@cli.group()
def runs() -> None:
    """Look at finished runs."""


@runs.command("list")
@RUNS_DIR
@AS_JSON
def list_runs(runs_dir: Path, *, as_json: bool) -> None:
    """List the runs of a folder, newest first."""
    from steelyard.report.summary import runs_as_text
    from steelyard.store import list_runs as read_index

    found = read_index(runs_dir)
    click.echo(json.dumps(found, indent=2) if as_json else runs_as_text(found, runs_dir))


@runs.command("show")
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--on", "session", metavar="DATE", help="Explain the decision of this session.")
@click.option("--of", "instrument", metavar="SYMBOL", help="And of this instrument.")
@RUNS_DIR
@AS_JSON
def show_run(
    run_folder: Path, runs_dir: Path, session: str | None, instrument: str | None, *, as_json: bool
) -> None:
    """Show the summary of RUN, a run folder or its name, or explain one of its decisions."""
    from steelyard.report.explain import explain
    from steelyard.report.summary import as_text
    from steelyard.store import read_summary

    folder = run_folder if run_folder.is_dir() else runs_dir / run_folder
    if (session is None) != (instrument is None):
        raise click.UsageError("--on and --of go together: --on 2008-09-29 --of IBM")
    if session is not None and instrument is not None:
        click.echo(explain(folder, _iso(session), instrument))
        return
    summary = read_summary(folder)
    click.echo(json.dumps(summary, indent=2) if as_json else as_text(summary))


def _iso(session: str) -> str:
    try:
        return date.fromisoformat(session).isoformat()
    except ValueError:
        raise click.BadParameter(
            f"{session!r} is no date like 2008-09-29", param_hint="--on"
        ) from None


@cli.group()
def agents() -> None:
    """Look at the agents there are."""


@agents.command("list")
@AS_JSON
def list_agents(*, as_json: bool) -> None:
    """List the kinds of agents, what they read and say."""
    from steelyard.agents.registry import describe

    found = describe()
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for kind in found:
        reads = "text" if kind["reads_text"] else "numbers"
        click.echo(f"{kind['kind']:<10} {reads:<8} {kind['says']}")


@cli.command()
@AS_JSON
def doctor(*, as_json: bool) -> None:
    """Say what this installation has: versions, calendar, compiled kernels, write access."""
    from steelyard.report.doctor import examine, passed

    findings = examine()
    if as_json:
        click.echo(json.dumps(findings, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding['state']:<8} {finding['what']}: {finding['found']}")
    if not passed(findings):
        raise SetupError("something is missing, see above")
