"""The commands: parse, call the parts that do the work, print, and name the exit code.

Nothing heavy is imported before a command needs it, so that `--help` stays quick.
Results go to stdout; progress, warnings and paths go to stderr.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from steelyard import __version__
from steelyard.cli.agents import agents
from steelyard.cli.looking import runs
from steelyard.cli.options import AS_JSON, SETTING, others_code, overrides_of
from steelyard.cli.running import resume, run
from steelyard.cli.stress import stress
from steelyard.errors import DataError, ScenarioError, SetupError

if TYPE_CHECKING:  # what is loaded late
    from steelyard.scenario import Scenario

SOUND_IN_FORM = "sound in form; add --data to open what it names"


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
@click.argument("scenarios", nargs=-1, required=True, metavar="FILE...")
@click.option("--data", is_flag=True, help="Open data and calendar too.")
@click.option("--set", "settings", metavar="PATH=VALUE", multiple=True, help=SETTING)
def check(scenarios: tuple[str, ...], settings: tuple[str, ...], *, data: bool) -> None:
    """Check scenario files; with --data also what they name.

    Without --data only their form is looked at, and no other file is opened. Nothing is run.
    """
    from steelyard.scenario import find, load

    errors: list[ScenarioError | DataError] = []
    for name in scenarios:
        try:
            scenario = load(find(name), overrides=overrides_of(settings, {}))
            click.echo(f"{name}: {_opened(name, scenario) if data else SOUND_IN_FORM}")
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


def _opened(name: str, scenario: "Scenario") -> str:
    """Open what a scenario names, say what was found, and warn on stderr."""
    from steelyard.agents.seating import seated
    from steelyard.feeds.world import open_world

    with others_code():
        seated(scenario)
        world = open_world(scenario)
    n_steps = world.n_steps - world.first_step
    n_deciding = int(world.timing.decides[world.first_step :].sum())
    deciding = "" if n_deciding == n_steps else f", {n_deciding} of them to decide in"
    for warning in world.warnings:
        click.echo(f"{name}: warning: {warning}", err=True)
    return (
        f"sound; {len(world.instruments)} instruments, {n_steps} steps{deciding}, behind "
        f"{world.first_step} of history, {len(world.documents)} documents, "
        f"{len(world.series)} series"
    )


@cli.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from steelyard.scenario import json_schema

    click.echo(json.dumps(json_schema(), indent=2))


@cli.command()
@AS_JSON
def doctor(*, as_json: bool) -> None:
    """Say what this installation has, and what it lacks.

    Versions, a calendar, compiled kernels, write access, keys in the environment.
    """
    from steelyard.report.doctor import examine, passed

    findings = examine()
    if as_json:
        click.echo(json.dumps(findings, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding['state']:<8} {finding['what']}: {finding['found']}")
    if not passed(findings):
        raise SetupError("something is missing, see above")


for _command in (run, resume, stress, runs, agents):
    cli.add_command(_command)
