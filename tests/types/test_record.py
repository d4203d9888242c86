"""The record of a course: names for its columns, room for its fills."""

import numpy as np
import pytest

from steelyard.decide import N_SLOTS
from steelyard.types.record import (
    ACCOUNT_COLUMNS,
    CODE_COLUMNS,
    INTENT_COLUMNS,
    MOST_FILLS,
    POSITION_COLUMNS,
    VOICE_COLUMNS,
    empty_record,
)

FILLS_A_BAR = 4
"""Of an order: at its open, inside, inside at the worst price, at its close."""


@pytest.mark.parametrize(
    ("field", "columns"),
    [
        ("voice", VOICE_COLUMNS),
        ("intent", INTENT_COLUMNS),
        ("code", CODE_COLUMNS),
        ("position", POSITION_COLUMNS),
        ("account", ACCOUNT_COLUMNS),
    ],
)
def test_a_property_gives_the_column_of_its_name(field, columns):
    """What decide writes by place is read by name."""
    record = empty_record(3, 2, 2, 1)
    wide = getattr(record, field)
    wide[:] = np.arange(wide.size).reshape(wide.shape)

    assert wide.shape[-1] == len(columns)
    for place, name in enumerate(columns):
        expected = wide[..., place] > 0 if name == "stands" else wide[..., place]
        np.testing.assert_array_equal(getattr(record, name), expected)


def test_there_is_room_for_every_fill_a_step_can_bring():
    """A fill that finds no room is a fault."""
    assert MOST_FILLS == N_SLOTS * FILLS_A_BAR
    assert len(empty_record(3, 2, 2, 1).fill) == 3 * 2 * MOST_FILLS
