"""Logs for people, on stderr; the store and the journal are the record.

An event is named noun_verb by one of the constants here; facts are keys:
`get_logger().warning(AGENT_FAILED, agent="News", error="ValueError()")`.
"""

import logging
import os
import re
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger, Processor

AGENT_FAILED = "agent_failed"
BLOCK_GIVEN_UP = "block_given_up"
PLUGIN_REFUSED = "plugin_refused"

_ONE_AT_A_TIME = threading.RLock()
REDACTED = "[redacted]"
_SECRET_NAME = re.compile(r"key|token|secret|password", re.IGNORECASE)
# Shorter values are no credentials, and would blank out ordinary words.
_MIN_SECRET_LENGTH = 8


def set_up(*, level: int = logging.WARNING) -> None:
    """Send log lines from `level` up to stderr: coloured on a terminal, else plain."""
    import structlog

    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
        structlog.dev.ConsoleRenderer(colors=_is_terminal(), pad_event_to=0),
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # The stream of the moment: a test or a notebook may have put another in place.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_logger(**facts: object) -> "FilteringBoundLogger":
    """Give a logger that adds `facts` (run, step) to each of its events."""
    import structlog

    if not structlog.is_configured():
        set_up()
    logger: FilteringBoundLogger = structlog.get_logger(**facts)
    return logger


@contextmanager
def without_warnings(kind: type[Warning] = Warning) -> Iterator[None]:
    """Let no warning of a library through; one thread at a time, as the filters are everybody's."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore", kind)
        yield


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Blank out what may be a secret, at any depth of an event."""
    return {name: _redacted(name, value) for name, value in event.items()}


def redact_text(text: str) -> str:
    """Blank out each value of an environment variable that is named like a secret."""
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and len(value) >= _MIN_SECRET_LENGTH:
            text = text.replace(value, REDACTED)
    return text


def _redacted(name: str, value: object) -> object:
    if isinstance(value, Mapping):
        return {inner: _redacted(str(inner), found) for inner, found in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redacted(name, found) for found in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value  # n_tokens is a count; no credential is a number
    if _SECRET_NAME.search(name):
        return REDACTED
    return redact_text(value) if isinstance(value, str) else value


def _is_terminal() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")
