"""Faults carry their place, their exit code and their next step, also between processes."""

import pickle

import pytest

from steelyard import errors
from steelyard.errors import EXIT_MEANINGS, Fault, ScenarioError, SteelyardError

KINDS = [
    each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, SteelyardError)
]


def test_a_fault_reads_place_found_allowed_hint():
    """The text starts with `path:line:column`, which editors can jump to."""
    fault = Fault(
        path="crash.yaml",
        line=14,
        column=5,
        found="ensemble.quorum was 5",
        allowed="the panel has 4 agents",
        hint="lower it or add one",
    )

    assert str(fault) == (
        "crash.yaml:14:5: ensemble.quorum was 5, but the panel has 4 agents; lower it or add one"
    )


def test_a_scenario_error_lists_its_faults_in_the_order_of_the_file():
    """One fault a line, sorted by place, whatever order they were found in."""
    later, earlier = Fault("a.yaml", 9, 1, "b was 2"), Fault("a.yaml", 2, 3, "a was 1")

    error = ScenarioError.of([later, earlier])

    assert error.faults == (earlier, later)
    assert str(error) == "a.yaml:2:3: a was 1\na.yaml:9:1: b was 2"


@pytest.mark.parametrize("kind", KINDS)
def test_every_exit_code_has_a_meaning(kind):
    """A command never ends with a code nobody explains."""
    assert kind.exit_code in EXIT_MEANINGS


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_the_way_between_processes(kind):
    """Workers hand errors back by pickle: message, hint and faults arrive."""
    sent = kind("prices end at 2008-09-29", hint="fetch more")

    arrived = pickle.loads(pickle.dumps(sent))  # noqa: S301 - made one line above

    assert (type(arrived), str(arrived)) == (kind, "prices end at 2008-09-29; fetch more")
    assert vars(arrived) == vars(sent)


@pytest.mark.parametrize("kind", KINDS)
def test_the_tree_at_the_top_names_every_error(kind):
    """The drawing shows each class with the exit code it has."""
    drawn = dict(
        line.split()[:2] for line in errors.__doc__.splitlines() if line.startswith("    ")
    )

    assert int(drawn[kind.__name__]) == kind.exit_code
