"""The command `steelyard`, also reached by `python -m steelyard`.

Everything a command raises ends here, as one exit code and a message on stderr.
"""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from steelyard.errors import EXIT_MEANINGS, SteelyardError

_BROKEN_PIPE = 128 + signal.SIGPIPE
_INTERRUPTED = 128 + signal.SIGINT
_TERMINATED = 128 + signal.SIGTERM


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(_exit_code(sys.argv[1:]))


class _Terminated(BaseException):
    """The machine asked for an end; like KeyboardInterrupt, nothing on the way catches it."""


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated


def _exit_code(arguments: list[str]) -> int:
    try:
        return _run(arguments)
    except SteelyardError as error:
        if _wants_traceback(arguments):
            _print_traceback(error)
        return _say(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _say("steelyard: stopped", _INTERRUPTED)
    except _Terminated:
        return _say("steelyard: stopped", _TERMINATED)
    except BrokenPipeError:
        # The reader left; nothing more may be flushed to it while Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except Exception as error:
        if _wants_traceback(arguments):
            _print_traceback(error)
        return _say(_crash(error, arguments), 1)


def _run(arguments: list[str]) -> int:
    import click

    from steelyard.cli import cli

    if "_STEELYARD_COMPLETE" in os.environ:  # the shell asks for completions
        cli.main(arguments, prog_name="steelyard")
    try:
        # Not cli.main(), which would turn an interrupt and a broken pipe into exit 1.
        with cli.make_context("steelyard", arguments) as context:
            cli.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as leaving:
        sys.stdout.flush()
        return leaving.exit_code
    except click.Abort:  # a prompt was interrupted, or its input ended
        raise KeyboardInterrupt from None
    except click.ClickException as wrong:
        wrong.show()
        return 2
    return 0


def _say(message: str, code: int) -> int:
    print(f"{message}\n(exit {code}: {EXIT_MEANINGS[code]})", file=sys.stderr)
    return code


def _wants_traceback(arguments: list[str]) -> bool:
    return "-vv" in arguments or os.environ.get("STEELYARD_TRACEBACK") == "1"


def _print_traceback(error: Exception) -> None:
    import traceback

    traceback.print_exception(error)


def _crash(error: Exception, arguments: list[str]) -> str:
    """Write the crash file; give the line that names it."""
    import platform
    import shlex
    import tempfile
    import traceback

    from steelyard import __version__
    from steelyard.log import redact_text

    versions = f"steelyard {__version__}, Python {platform.python_version()}, {sys.platform}"
    trace = "".join(traceback.format_exception(error))
    report = redact_text(f"{versions}\nsteelyard {shlex.join(arguments)}\n\n{trace}")
    with tempfile.NamedTemporaryFile(
        "w", prefix="steelyard-crash-", suffix=".txt", delete=False
    ) as file:
        file.write(report)
    first_line = redact_text(str(error)).partition("\n")[0]
    return f"steelyard: {type(error).__name__}: {first_line}\ntrace: {file.name}"


if __name__ == "__main__":
    main()
