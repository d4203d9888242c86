"""The commands `steelyard runs`: which there are, what came of one, why it decided so."""

import json
from datetime import date
from pathlib import Path

import click

from steelyard.cli.options import AS_JSON, RUNS_DIR, run_folder_of, show_summary


@click.group()
def runs() -> None:
    """List runs, show what came of one, explain its decisions."""


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

    RUN is a run folder or its name; without it, the newest finished run is shown.
    """
    from steelyard.report.explain import as_text as explained
    from steelyard.report.explain import explanations
    from steelyard.report.rows import FolderRows

    if (session is None) != (instrument is None):
        raise click.UsageError("--on and --of go together: --on 2008-09-29 --of IBM")
    folder = run_folder_of(run_folder, runs_dir)
    if run_folder is None:
        click.echo(f"newest run: {folder}", err=True)
    if session is not None and instrument is not None:
        found = explanations(FolderRows(folder), _iso(session), instrument)
        told = [each.document() for each in found]
        click.echo(json.dumps(told, indent=2) if as_json else explained(found))
        return
    show_summary(folder, as_json=as_json)


def _iso(session: str) -> str:
    try:
        return date.fromisoformat(session).isoformat()
    except ValueError:
        raise click.BadParameter(
            f"{session!r} is no date like 2008-09-29", param_hint="--on"
        ) from None
