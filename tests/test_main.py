"""How a command ends: one exit code, one message, no traceback unless asked for."""

import os
import subprocess
import sys

import pytest

from steelyard.errors import EXIT_MEANINGS

PROGRAM = """
import os, signal, sys
import click
import steelyard.cli
from steelyard.__main__ import main
from steelyard.errors import DataError

@click.command()
def fail():
    {body}

steelyard.cli.cli.add_command(fail)
sys.argv = ["steelyard", *{arguments}]
main()
"""


def ends(body: str = "pass", *, arguments: tuple[str, ...] = ("fail",), **environment: str):
    """Run a command with this body in a fresh process."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(body=body, arguments=list(arguments))],
        env=os.environ | environment,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("pass", 0),
        ("raise ZeroDivisionError('no')", 1),
        ("raise click.UsageError('no')", 2),
        ("raise DataError('no', hint='yes')", 5),
        ("raise KeyboardInterrupt", 130),
        ("raise click.Abort", 130),
        ("os.kill(os.getpid(), signal.SIGINT)", 130),
        ("os.kill(os.getpid(), signal.SIGTERM)", 143),
        ("raise BrokenPipeError", 141),
    ],
)
def test_an_end_has_its_exit_code_and_no_traceback(body, code):
    """Whatever ends a command, stdout stays clean and nobody reads a traceback."""
    ended = ends(body)

    assert (ended.returncode, ended.stdout) == (code, "")
    assert "Traceback" not in ended.stderr


def test_a_fault_prints_message_hint_and_the_meaning_of_its_code():
    """What was wrong, what to do, and what the number says to a script."""
    ended = ends("raise DataError('prices end at 2008-09-29', hint='fetch more')")

    assert ended.stderr == f"prices end at 2008-09-29; fetch more\n(exit 5: {EXIT_MEANINGS[5]})\n"


def test_a_defect_names_the_file_that_holds_its_traceback(tmp_path):
    """One line on the screen, the rest in a file, secrets blanked in both."""
    ended = ends(
        "raise ZeroDivisionError('sent abc-0123456789')",
        TMPDIR=str(tmp_path),
        SOME_API_KEY="abc-0123456789",
    )
    (crash,) = tmp_path.glob("steelyard-crash-*.txt")

    assert ended.stderr.splitlines()[:2] == [
        "steelyard: ZeroDivisionError: sent [redacted]",
        f"trace: {crash}",
    ]
    assert "Traceback" in crash.read_text()
    assert "abc-0123456789" not in crash.read_text()


def test_a_traceback_is_shown_where_it_is_asked_for():
    """STEELYARD_TRACEBACK=1 shows it, with the same exit code."""
    ended = ends("raise DataError('no')", STEELYARD_TRACEBACK="1")

    assert ended.returncode == 5
    assert "Traceback" in ended.stderr


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)])
def test_help_and_version_end_well(arguments):
    """Both answer on stdout with exit code 0."""
    ended = ends(arguments=arguments)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout
