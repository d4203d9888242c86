"""The commands `steelyard agents`: which agents there are, and whether one keeps its contract."""

import json
from collections.abc import Mapping
from typing import Any

import click

from steelyard.cli.options import AS_JSON, others_code
from steelyard.errors import GateError


@click.group()
def agents() -> None:
    """Look at the agents there are, and test them."""


@agents.command("list")
@AS_JSON
def list_agents(*, as_json: bool) -> None:
    """List the kinds of agents, built in and installed.

    Of each: what it reads, whose it is, what it does. Agents in files beside a scenario are in
    no list: a scenario names them, like my_module:my_agent.
    """
    from steelyard.agents.registry import describe

    with others_code():
        found = describe()
    click.echo(json.dumps(found, indent=2) if as_json else "\n".join(map(_line, found)))


@agents.command("test")
@click.argument("name")
@click.option("--scenario", help="File or name; without it, two years of megacaps.")
@AS_JSON
def test_agent(name: str, scenario: str | None, *, as_json: bool) -> None:
    """Hold agent NAME against the contract that every agent must keep.

    NAME is an agent of the scenario, or a kind: a built-in one, a plug-in's, or an address
    like my_module:my_agent, whose file lies beside the scenario, or without one in this folder.
    Checked are types, abstention, determinism, look-ahead and that its fast path says what its
    slow path says. Exit 6 if it fails.
    """
    from steelyard.testing.candidate import as_text, examine

    with others_code():
        report = examine(name, scenario)
    click.echo(json.dumps(report.document(), indent=2) if as_json else as_text(report))
    if report.failed:
        raise GateError(f"{name} breaks the contract of agents: {', '.join(report.failed)}")


def _line(kind: Mapping[str, Any]) -> str:
    origin = kind["origin"] if kind["is_built_in"] else f"{kind['origin']} {kind['version']}"
    if kind["fault"]:
        return f"{kind['kind']:<10} {'-':<8} {origin:<10} cannot be used: {kind['fault']}"
    reads = "text" if kind["reads_text"] else "numbers"
    return f"{kind['kind']:<10} {reads:<8} {origin:<10} {kind['says']}"
