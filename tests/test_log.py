"""Logs go to stderr and keep secrets to themselves; what they say is not tested."""

import re

import pytest

from steelyard import log
from steelyard.log import REDACTED, redact, redact_text


@pytest.mark.parametrize("name", ["api_key", "ALPACA_SECRET", "Password", "access_token"])
def test_a_fact_named_like_a_secret_is_blanked_at_any_depth(name):
    """The name decides, whatever holds it."""
    event = {name: "abc", "call": {name: "abc", "models": [{name: ["abc"]}]}}

    redacted = redact(None, "info", event)

    assert "abc" not in str(redacted)
    assert redacted[name] == REDACTED


def test_counts_and_other_facts_are_left_as_they_are():
    """`n_tokens` is a number of tokens, no token."""
    event = {"n_tokens": 7, "instrument": "IBM", "key": None}

    assert redact(None, "info", event) == event


def test_the_value_of_a_secret_variable_is_blanked_inside_a_text(monkeypatch):
    """A provider that quotes the key it refused does not bring it into a log."""
    monkeypatch.setenv("SOME_API_KEY", "abc-0123456789")

    assert redact_text("refused abc-0123456789") == f"refused {REDACTED}"


def test_log_lines_go_to_stderr_only(capsys):
    """What a command answers stays alone on stdout."""
    log.set_up()
    log.get_logger(step=3).warning(log.AGENT_FAILED, agent="News")

    written = capsys.readouterr()
    assert (written.out, bool(written.err)) == ("", True)


def test_event_names_are_noun_verb_and_named_like_their_constant():
    """One spelling for each event."""
    names = {
        name: value
        for name, value in vars(log).items()
        if re.fullmatch("[A-Z]+_[A-Z]+", name) and isinstance(value, str)
    }

    assert names
    assert {name.lower() for name in names} == set(names.values())
