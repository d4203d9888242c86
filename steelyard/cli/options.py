"""Options that several commands have, and what they say."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from steelyard.errors import DataError

if TYPE_CHECKING:  # what is loaded late
    from steelyard.executor import How

Command = TypeVar("Command", bound=Callable[..., object])

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
        "--address",
        metavar="ADDRESS",
        help="Running Ray cluster that this machine is in: auto, or HOST:6379.",
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


def others_code() -> AbstractContextManager[object]:
    """Let what agents, feeds and plug-ins print go to stderr: stdout is for results."""
    return redirect_stdout(sys.stderr)


def with_executor(command: Command) -> Command:
    """Give a command the options of `EXECUTOR`."""
    for option in reversed(EXECUTOR):
        command = option(command)
    return command


def how_of(options: dict[str, Any]) -> "How":
    """Take the options of `EXECUTOR` out of all options, and give what they say."""
    from steelyard.executor import DEADLINE_S, How

    kind, address = options.pop("executor"), options.pop("address")
    workers, deadline_s = options.pop("workers"), options.pop("deadline")
    if kind == "local" and (workers or address or deadline_s):
        raise click.UsageError("--workers, --address and --deadline are for --executor ray or auto")
    return How(kind, workers or 0, address or "", deadline_s or DEADLINE_S)


def overrides_of(settings: Sequence[str], flags: dict[str, Any]) -> dict[str, str]:
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


def run_folder_of(run: Path | None, runs_dir: Path) -> Path:
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
    finished = [row for row in found if row["status"] not in {"running", "stopped"}]
    return runs_dir / str((finished or found)[0]["run"])


def print_summary(summary: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the summary of a run, for a person or as JSON."""
    from steelyard.report.summary import as_text

    click.echo(json.dumps(summary, indent=2, allow_nan=False) if as_json else as_text(summary))


def show_summary(folder: Path, *, as_json: bool) -> None:
    """Print the summary that a run folder holds."""
    from steelyard.store import read_json

    print_summary(read_json(folder / "summary.json"), as_json=as_json)
