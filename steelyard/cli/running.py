"""The commands that run: `steelyard run` and `steelyard resume`."""

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from steelyard.cli.options import (
    AS_JSON,
    RUNS_DIR,
    SETTING,
    how_of,
    others_code,
    overrides_of,
    print_summary,
    run_folder_of,
    show_summary,
    with_executor,
)
from steelyard.errors import DataError, GateError, LookaheadError, TapeError

if TYPE_CHECKING:  # what is loaded late
    from steelyard.engine import Run
    from steelyard.report.progress import ProgressLine


@click.command()
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
    """Run a scenario and print what came of it.

    SCENARIO is a file, or the name of a shipped one: megacaps. All that is kept goes to a new
    folder in --runs-dir.

    Exit 6 if the run is done but one of its gates failed.
    """
    from steelyard import engine
    from steelyard.scenario import find, load

    how = how_of(other)
    file = find(scenario)
    loaded = load(file, overrides=overrides_of(settings, other))
    source = file.read_text(encoding="utf-8-sig")
    tell_of_compiling()
    _carry_through(
        lambda progress, begun: engine.run(
            loaded,
            engine.Place(runs_dir, source, loaded.origins(), begun.append),
            how=how,
            progress=progress,
        ),
        as_json=as_json,
    )


@click.command()
@click.argument("run_folder", metavar="[RUN]", required=False, type=click.Path(path_type=Path))
@with_executor
@RUNS_DIR
@AS_JSON
def resume(run_folder: Path | None, runs_dir: Path, *, as_json: bool, **other: Any) -> None:
    """Go on with a run that was stopped.

    RUN is a run folder or its name; without it, the newest that is not finished. Nothing that
    was answered is asked again, and it ends as it would have ended: the same digest, the same
    exit code.
    """
    from steelyard import engine
    from steelyard.store import unfinished

    how = how_of(other)
    if run_folder is None:
        found = [folder for folder, is_running in unfinished(runs_dir).items() if not is_running]
        if not found:
            raise DataError(f"no run in {runs_dir} waits for its end", hint="name a run folder")
        folder = found[0]
        click.echo(f"resuming {folder}", err=True)
    else:
        folder = run_folder_of(run_folder, runs_dir)
    if (folder / "summary.json").is_file():
        click.echo(f"{folder}: this run is finished; nothing was done", err=True)
        show_summary(folder, as_json=as_json)
        return
    tell_of_compiling()
    _carry_through(
        lambda progress, begun: engine.resume(
            folder, how=how, progress=progress, announce=begun.append
        ),
        as_json=as_json,
    )


def _carry_through(work: "Callable[[ProgressLine, list[Path]], Run]", *, as_json: bool) -> None:
    """Run or resume, show how far it is, and print what came of it."""
    from steelyard.report.progress import ProgressLine

    progress = ProgressLine()
    begun: list[Path] = []
    with others_code(), progress, _telling_how_to_resume(begun):
        done = work(progress, begun)
    print_summary(done.summary, as_json=as_json)
    _tell_where(done.folder)
    if done.summary["status"] == "gate_failed":
        raise GateError(_failed_gates(done.summary))


@contextmanager
def _telling_how_to_resume(begun: list[Path]) -> Iterator[None]:
    """Where the work is stopped, in whatever way that another try may mend, say how."""
    ended = False
    try:
        yield
        ended = True
    except (LookaheadError, TapeError):  # it would end so again
        ended = True
        raise
    finally:
        if begun and not ended:
            click.echo(
                f"to go on with it: {_own_name()} resume {shlex.quote(str(begun[0]))}", err=True
            )


def _tell_where(folder: Path) -> None:
    """Name the run folder, and a command that explains its most telling decision."""
    from steelyard.report.explain import telling_decision

    click.echo(f"run folder: {folder}", err=True)
    example = telling_decision(folder)
    if example is not None:
        session, instrument = example
        command = (
            f"{_own_name()} runs show {shlex.quote(str(folder))} --on {session} --of {instrument}"
        )
        click.echo(f"why? try:   {command}", err=True)


def _own_name() -> str:
    """Give the name under which the user can call this command again."""
    return "steelyard" if shutil.which("steelyard") else os.path.relpath(sys.argv[0])


def tell_of_compiling() -> None:
    """Say so where kernels must be compiled first."""
    from steelyard.kernel import compiled_before

    if not compiled_before():
        click.echo("first run: compiling the kernels, once; about a minute", err=True)


def _failed_gates(summary: Mapping[str, Any]) -> str:
    failed = [
        f"gate {name} {gate['bound']}: it was {gate['value']}"
        for name, gate in summary["gates"].items()
        if not gate["passed"]
    ]
    return "\n".join(failed)
