"""The commands: parse, call the parts that do the work, print, and name the exit code.

Nothing heavy is imported before a command needs it, so that `--help` stays quick.
Results go to stdout; progress, warnings and paths go to stderr.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click

from steelyard import __version__
from steelyard.agent_commands import agents
from steelyard.errors import DataError, GateError, ScenarioError, SetupError

RUNS_DIR = click.option(
    "--runs-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs"),
    show_default=True,
    help="Folder of run folders.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
EXECUTOR = (
    click.option(
        "--executor",
        type=click.Choice(["local", "ray", "auto"]),
        default="auto",
        show_default=True,
        help="Ask the agents in this process or on Ray; auto: on Ray where over a minute is left.",
    ),
    click.option(
        "--workers", type=click.IntRange(min=1), help="Ray workers; one a core if left out."
    ),
    click.option(
        "--address", metavar="ADDRESS", help="Running Ray cluster, like auto or ray://host."
    ),
    click.option(
        "--deadline",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="What a worker may take for one block of steps.  [default: 600]",
    ),
)
"""Where agents are asked; see `with_executor`."""
SETTING = "Override a value, like risk.max_position=10%; may be given again."


def with_executor(command: Any) -> Any:
    """Give a command the options of `EXECUTOR`."""
    for option in reversed(EXECUTOR):
        command = option(command)
    return command


@click.group(
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "STEELYARD",
        "max_content_width": 100,
    }
)
@click.version_option(__version__, prog_name="steelyard")
@click.option("-v", "--verbose", count=True, help="Twice, as -vv: show tracebacks.")
def cli(verbose: int) -> None:
    """Weigh the opinions of many agents before trading on them.

    Begin with: steelyard run megacaps

    Exit codes: 0 done, 1 a defect of Steelyard, 2 usage, 3 scenario, 4 environment, 5 data,
    6 a gate failed, 130 and 143 interrupted (steelyard resume goes on with the run).
    """


@cli.command()
@click.argument("scenario")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all chance.")
@click.option("--set", "settings", metavar="PATH=VALUE", multiple=True, help=SETTING)
@click.option("--from", "from_", metavar="DATE", help="First day, like 2008-01-02.")
@click.option("--to", metavar="DATE", help="Last day.")
@with_executor
@RUNS_DIR
@AS_JSON
def run(
    scenario: str, runs_dir: Path, *, as_json: bool, settings: tuple[str, ...], **other: Any
) -> None:
    """Run SCENARIO, a file or the name of a shipped one, and print what came of it.

    Exit 6 if the run is done but one of its gates failed.
    """
    from steelyard import engine
    from steelyard.scenario import find, load

    how = _how(other)
    file = find(scenario)
    loaded = load(file, overrides=_overrides(settings, other))
    source = file.read_text(encoding="utf-8-sig")
    _tell_of_compiling()
    _carry_through(
        lambda progress, begun: engine.run(
            loaded,
            engine.Place(runs_dir, source, loaded.origins(), begun.append),
            how=how,
            progress=progress,
        ),
        as_json=as_json,
    )


@cli.command()
@click.argument("run_folder", metavar="[RUN]", required=False, type=click.Path(path_type=Path))
@with_executor
@RUNS_DIR
@AS_JSON
def resume(run_folder: Path | None, runs_dir: Path, *, as_json: bool, **other: Any) -> None:
    """Go on with a run that was stopped; nothing that was answered is asked again.

    RUN is a run folder or its name; without it, the newest that is not finished. It ends as it
    would have ended: the same digest, the same exit code.
    """
    from steelyard import engine
    from steelyard.store import unfinished

    how = _how(other)
    if run_folder is None:
        found = unfinished(runs_dir)
        if not found:
            raise DataError(f"no run in {runs_dir} waits for its end", hint="name a run folder")
        folder = found[0]
        click.echo(f"resuming {folder}", err=True)
    else:
        folder = _run_folder(run_folder, runs_dir)
    if (folder / "summary.json").is_file():
        click.echo(f"{folder}: this run is finished; nothing was done", err=True)
        _show_summary(folder, as_json=as_json)
        return
    _tell_of_compiling()
    _carry_through(
        lambda progress, begun: engine.resume(
            folder, how=how, progress=progress, announce=begun.append
        ),
        as_json=as_json,
    )


def _how(options: dict[str, Any]) -> Any:
    """Take the options of `EXECUTOR` out of all options, and give what they say."""
    from steelyard.executor import DEADLINE_S, How

    kind, address = options.pop("executor"), options.pop("address")
    workers, deadline_s = options.pop("workers"), options.pop("deadline")
    if kind == "local" and (workers or address or deadline_s):
        raise click.UsageError("--workers, --address and --deadline are for --executor ray or auto")
    return How(kind, workers or 0, address or "", deadline_s or DEADLINE_S)


def _carry_through(work: Callable[[Any, list[Path]], Any], *, as_json: bool) -> None:
    """Run or resume, show how far it is, and print what came of it."""
    from steelyard.report.progress import ProgressLine

    progress = ProgressLine()
    begun: list[Path] = []
    with progress, _telling_how_to_resume(begun):
        done = work(progress, begun)
    _print_summary(done.summary, as_json=as_json)
    _tell_where(done.folder)
    if done.summary["status"] == "gate_failed":
        raise GateError(_failed_gates(done.summary))


@contextmanager
def _telling_how_to_resume(begun: list[Path]) -> Iterator[None]:
    """Where the work is stopped, in whatever way, say how to go on with it."""
    ended = False
    try:
        yield
        ended = True
    finally:
        if begun and not ended:
            click.echo(f"to go on with it: {_own_name()} resume {begun[0]}", err=True)


def _print_summary(summary: Mapping[str, Any], *, as_json: bool) -> None:
    from steelyard.report.summary import as_text

    click.echo(json.dumps(summary, indent=2, allow_nan=False) if as_json else as_text(summary))


def _show_summary(folder: Path, *, as_json: bool) -> None:
    from steelyard.store import read_json

    _print_summary(read_json(folder / "summary.json"), as_json=as_json)


def _tell_where(folder: Path) -> None:
    """Name the run folder, and a command that explains its most telling decision."""
    from steelyard.report.explain import telling_decision

    click.echo(f"run folder: {folder}", err=True)
    example = telling_decision(folder)
    if example is not None:
        session, instrument = example
        command = f"{_own_name()} runs show {folder} --on {session} --of {instrument}"
        click.echo(f"why? try:   {command}", err=True)


def _own_name() -> str:
    """Give the name under which the user can call this command again."""
    return "steelyard" if shutil.which("steelyard") else os.path.relpath(sys.argv[0])


def _tell_of_compiling() -> None:
    from steelyard.kernel import compiled_before

    if not compiled_before():
        click.echo("first run: compiling the kernels, once; about half a minute", err=True)


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


def _failed_gates(summary: Mapping[str, Any]) -> str:
    failed = [
        f"gate {name} {gate['bound']}: it was {gate['value']}"
        for name, gate in summary["gates"].items()
        if not gate["passed"]
    ]
    return "\n".join(failed)


@cli.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="FILE...")
@click.option("--data", is_flag=True, help="Open data and calendar too.")
@click.option("--set", "settings", metavar="PATH=VALUE", multiple=True, help=SETTING)
def check(scenarios: tuple[str, ...], settings: tuple[str, ...], *, data: bool) -> None:
    """Check the form of scenario files, and with --data what they name, without running them."""
    from steelyard.scenario import find, load

    errors: list[ScenarioError | DataError] = []
    for name in scenarios:
        try:
            scenario = load(find(name), overrides=_overrides(settings, {}))
            click.echo(f"{name}: {_opened(name, scenario) if data else 'sound in form'}")
        except (ScenarioError, DataError) as error:
            errors.append(error)
    if errors:
        raise _joined(errors)


def _joined(errors: Sequence[ScenarioError | DataError]) -> ScenarioError | DataError:
    """Make one error of those of several files; a fault of form outranks one of data."""
    message = "\n".join(str(error) for error in errors)
    of_form = [error for error in errors if isinstance(error, ScenarioError)]
    if not of_form:
        return DataError(message)
    return ScenarioError(message, faults=[fault for error in of_form for fault in error.faults])


def _opened(name: str, scenario: Any) -> str:
    """Open what a scenario names, say what was found, and warn on stderr."""
    from steelyard.agents.seating import seated
    from steelyard.feeds.world import open_world

    seated(scenario)
    world = open_world(scenario)
    n_deciding = int(world.timing.decides.sum())
    for warning in world.warnings:
        click.echo(f"{name}: warning: {warning}", err=True)
    return (
        f"sound; {len(world.instruments)} instruments, {world.n_steps} steps "
        f"({n_deciding} decide), {len(world.documents)} documents, {len(world.series)} series"
    )


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
@click.argument("run_folder", metavar="[RUN]", required=False, type=click.Path(path_type=Path))
@click.option("--on", "session", metavar="DATE", help="Explain the decision of this session.")
@click.option("--of", "instrument", metavar="SYMBOL", help="And of this instrument.")
@RUNS_DIR
@AS_JSON
def show_run(
    run_folder: Path | None,
    runs_dir: Path,
    session: str | None,
    instrument: str | None,
    *,
    as_json: bool,
) -> None:
    """Show the summary of a run, or explain one of its decisions.

    RUN is a run folder or its name; without it, the newest run is shown.
    """
    from steelyard.report.explain import as_text as explained
    from steelyard.report.explain import explanations
    from steelyard.report.rows import FolderRows

    if (session is None) != (instrument is None):
        raise click.UsageError("--on and --of go together: --on 2008-09-29 --of IBM")
    folder = _run_folder(run_folder, runs_dir)
    if session is not None and instrument is not None:
        found = explanations(FolderRows(folder), _iso(session), instrument)
        told = [each.document() for each in found]
        click.echo(json.dumps(told, indent=2) if as_json else explained(found))
        return
    _show_summary(folder, as_json=as_json)


def _run_folder(run: Path | None, runs_dir: Path) -> Path:
    """Give the folder of a run: as a path, by its name, or the newest one."""
    from steelyard.store import list_runs as read_index

    if run is not None:
        for folder in (run, runs_dir / run):
            if folder.is_dir():
                return folder
        raise DataError(f"{run}: no such run folder", hint="steelyard runs list names those known")
    found = read_index(runs_dir)
    if not found:
        raise DataError(f"no runs in {runs_dir}", hint="name a run folder")
    finished = [row for row in found if row["status"] != "unfinished"]
    return runs_dir / str((finished or found)[0]["run"])


def _iso(session: str) -> str:
    try:
        return date.fromisoformat(session).isoformat()
    except ValueError:
        raise click.BadParameter(
            f"{session!r} is no date like 2008-09-29", param_hint="--on"
        ) from None


cli.add_command(agents)


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
