"""Chance: numbers that depend on what they are for, not on when they are drawn.

In kernels a draw is a hash of (seed, stream, path, step, key): no generator state travels, and
no order of instruments, orders or threads can change what an instrument draws. What draws whole
courses of numbers takes a generator of its own for each stream, path and key.
"""

from enum import IntEnum

import numpy as np

from steelyard.kernel import inlined, leaf


class Stream(IntEnum):
    """What a draw is for; draws of two streams are independent."""

    LOT_RANK = 1
    """Who gets the lots that rounding leaves over."""
    SLIPPAGE = 2
    PATH = 3
    """Which steps of the source a path consists of."""
    SHOCK = 7
    COMMON = 10
    """What moves all instruments of a made market at once."""
    GROUP = 11
    """What moves a group of them, as a sector."""
    OWN = 12
    """What moves one of them."""
    TAIL = 13
    """How wild a step of a made market is for all of them."""
    REGIME = 14
    JUMP = 15
    JUMP_SIZE = 16
    OVERNIGHT = 17
    """Where between two closes a made open lies."""
    RANGE = 18
    """High and low of made bars."""
    VOLUME = 19
    COIN = 20
    """The side of a synthetic opinion on what never comes true."""
    OPINION = 21
    """Noise of one agent's synthetic opinions."""
    SHARED_OPINION = 22
    """Noise that agents with synthetic opinions share."""
    RESAMPLE = 23
    """Blocks of a source, drawn again to see how far its figures stray."""
    FAULT = 7_100
    """Of agents, in a stress test."""


# Multipliers and shifts of SplitMix64: Steele, Lea and Flood (2014), OOPSLA, in the
# variant 13 of Stafford; the start is its golden-ratio increment.
_START = np.uint64(0x9E3779B97F4A7C15)
_FIRST_MULTIPLIER = np.uint64(0xBF58476D1CE4E5B9)
_SECOND_MULTIPLIER = np.uint64(0x94D049BB133111EB)
_FIRST_SHIFT = np.uint64(30)
_SECOND_SHIFT = np.uint64(27)
_THIRD_SHIFT = np.uint64(31)

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_MOST = 0x7FFFFFFFFFFFFFFF
_UNUSED_BITS = np.uint64(11)  # a float64 holds 53 of 64 bits
_UNIT = 2.0**-53


@leaf
def counter_hash(seed: int, stream: int, path: int, step: int, key: int) -> np.uint64:
    """Hash five counters to 64 bits; a negative one counts by its low 63 bits.

    Args:
        seed: Seed of the run, as are the others an int64.
        stream: A `Stream`.
        path: Number of the path, 0 for the recorded one.
        step: Step.
        key: Position of the instrument in the scenario's universe (not in the array at
            hand), or the id of what draws.

    Returns:
        The same 64 bits on every machine, compiled or not.
    """
    word = _mix(_START ^ np.uint64(seed & _MOST))
    word = _mix(word ^ np.uint64(stream & _MOST))
    word = _mix(word ^ np.uint64(path & _MOST))
    word = _mix(word ^ np.uint64(step & _MOST))
    return _mix(word ^ np.uint64(key & _MOST))


@inlined
def uniform(seed: int, stream: int, path: int, step: int, key: int) -> float:
    """Draw from [0, 1), uniform; the counters as in `counter_hash`."""
    return float(counter_hash(seed, stream, path, step, key) >> _UNUSED_BITS) * _UNIT


def generator(
    seed: int, stream: int, *, path: int = 0, key: int = 0, voice: int = 0
) -> np.random.Generator:
    """Give the generator of one stream; those of other counters are independent of it.

    Args:
        seed: Seed of the run, as are the others from 0 to 2**63 - 1.
        stream: A `Stream`.
        path: Number of the path, 0 for the recorded one.
        key: Position of the instrument in the scenario's universe; 0 for what concerns all.
        voice: What draws beside others of the stream, as one agent of several.

    Returns:
        A Philox generator. Its first n draws are the same however many follow.
    """
    # Philox counts by its lowest word, so that each stream has 2**64 blocks for itself.
    return np.random.Generator(np.random.Philox(key=[seed, stream], counter=[0, voice, key, path]))


@leaf
def fold(word: np.uint64, number: int) -> np.uint64:
    """Hash one more number, an int64, into a word that stands for those before it."""
    return _mix(word ^ np.uint64(number & _MOST))


@inlined
def _mix(word: np.uint64) -> np.uint64:
    """Spread every bit over all bits."""
    word = _times(word ^ (word >> _FIRST_SHIFT), _FIRST_MULTIPLIER)
    word = _times(word ^ (word >> _SECOND_SHIFT), _SECOND_MULTIPLIER)
    return word ^ (word >> _THIRD_SHIFT)


@inlined
def _times(first: np.uint64, second: np.uint64) -> np.uint64:
    """Multiply modulo 2**64 by halves: NumPy warns where a scalar wraps around."""
    low = (first & _LOW) * (second & _LOW)
    cross = ((first >> _HALF) * (second & _LOW)) & _LOW
    cross += ((first & _LOW) * (second >> _HALF)) & _LOW
    cross += low >> _HALF
    return ((cross & _LOW) << _HALF) | (low & _LOW)
