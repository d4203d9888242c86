"""Tests of the kernels' chance."""

import numpy as np

from steelyard.types.chance import Stream, counter_hash, uniform

MODULUS = 2**64


def spread(word):
    """Give variant 13 of the SplitMix64 finaliser, in Python's unbounded integers."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) % MODULUS
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) % MODULUS
    return word ^ (word >> 31)


def test_the_hash_is_splitmix_over_the_five_counters():
    """Equal to exact integer arithmetic, for large and negative counters too."""
    for counters in [
        (0, 0, 0, 0, 0),
        (7, 1, 2, 3, 4),
        (2**63 - 1, 2, 9, 10**9, 3),
        (1, 1, 1, 1, -1),
    ]:
        expected = 0x9E3779B97F4A7C15
        for counter in counters:
            expected = spread(expected ^ (counter % 2**63))

        assert int(counter_hash(*counters)) == expected


def test_draws_are_uniform_and_uncorrelated_between_neighbours():
    """Ten bins of 10,000 draws each hold 1,000 within five standard deviations."""
    draws = np.array(
        [[uniform(7, int(Stream.SLIPPAGE), 0, t, k) for k in range(100)] for t in range(100)]
    )

    counts = np.histogram(draws, bins=10, range=(0, 1))[0]
    assert np.abs(counts - 1000).max() < 5 * 30
    assert abs(np.corrcoef(draws[:, :-1].ravel(), draws[:, 1:].ravel())[0, 1]) < 0.05
    assert abs(np.corrcoef(draws[:-1].ravel(), draws[1:].ravel())[0, 1]) < 0.05


def test_each_counter_changes_the_draw():
    """No counter is left out."""
    base = (7, 1, 0, 3, 2)
    changed = {uniform(*base)} | {
        uniform(*(value + (place == k) for k, value in enumerate(base))) for place in range(5)
    }

    assert len(changed) == 6
