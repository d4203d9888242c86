"""Tests of probabilities from tone and stance."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.sides import STANCE_CURVE, TONE_CURVE, called, sides_of

VALUES = st.floats(-1.0, 1.0)
CURVES = st.sampled_from([TONE_CURVE, STANCE_CURVE])


@given(VALUES, CURVES)
def test_probabilities_add_up_and_mirror(value, curve):
    """They sum to 1, and the other sign swaps the sides."""
    sides = sides_of(value, curve)

    assert math.fsum(sides) == pytest.approx(1.0)
    assert sides_of(-value, curve) == pytest.approx(sides[::-1])


@given(VALUES, VALUES, CURVES)
def test_more_value_means_more_in_favour(one, other, curve):
    """The probability of the side grows with the value."""
    low, high = sorted((one, other))

    assert sides_of(low, curve).in_favour <= sides_of(high, curve).in_favour


def test_without_tone_neither_side_is_called():
    """A text without a word of tone is most likely neither."""
    assert max(sides_of(0.0, TONE_CURVE)) == sides_of(0.0, TONE_CURVE).neither
    assert [called(value, TONE_CURVE) for value in (-0.9, 0.0, 0.9)] == [-1, 0, 1]
