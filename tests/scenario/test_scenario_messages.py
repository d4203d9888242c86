"""What a user reads of a scenario's faults: all of them, in order, each with its line."""

import pytest

from steelyard.errors import ScenarioError
from steelyard.scenario import Scenario


def test_all_faults_come_at_once_by_line(base_text):
    """Unknown keys, bad values and disagreements of sections are told together."""
    text = (
        base_text.replace("gaps: fail", "gap: fail")
        .replace("horizon: 5}\n  - {name: macro", "horizon: 7}\n  - {name: macro")
        .replace("name: news,", "name: macro,")
        .replace("max_order: 10%", "max_order: ten")
        .replace("fee: 1 bps", "fee: 1")
    )

    with pytest.raises(ScenarioError, match="5 faults; nothing was run") as raised:
        Scenario.from_yaml(text)

    assert [fault.line for fault in raised.value.faults] == [13, 21, 23, 48, 60]


def test_a_fault_shows_its_line_and_a_caret(base_text):
    """The message is what a user sees: place, line, caret, count."""
    with pytest.raises(ScenarioError, match="not a known key") as raised:
        Scenario.from_yaml(base_text.replace("  max_position:", "  max_positon:"))

    assert str(raised.value) == (
        "<text>:45:3: risk.max_positon is not a known key; did you mean 'max_position'?\n"
        "  45 |   max_positon: 35%\n"
        "     |   ^^^^^^^^^^^\n"
        "1 fault; nothing was run"
    )


def test_a_flood_of_faults_is_cut(base_text):
    """Twenty faults are shown, all are counted and handed over."""
    with pytest.raises(ScenarioError, match="and 10 more\n30 faults") as raised:
        Scenario.from_yaml(base_text + "".join(f"key{number}: 1\n" for number in range(30)))

    assert len(raised.value.faults) == 30


def test_an_excess_needs_a_benchmark(base_text):
    """An outcome over the benchmark is refused without one."""
    text = base_text.replace("benchmark: SPX", "benchmark: none").replace("total", "excess")

    with pytest.raises(ScenarioError, match=r"market\.benchmark is missing") as raised:
        Scenario.from_yaml(text)

    assert [(fault.line, fault.column) for fault in raised.value.faults] == [(28, 12)]
