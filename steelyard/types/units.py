"""How many of one unit make another; every part of the program counts with these."""

MICROS = 1_000_000
"""Money is counted in millionths of the currency."""
BPS = 1e-4
"""A basis point, as a fraction."""
BPS_IN_ONE = 10_000.0
"""Dividing by it rounds once; multiplying by `BPS`, which no float holds exactly, twice."""
SESSIONS_PER_YEAR = 252
"""Of an exchange; what is told by the year counts with these."""
DAY_NS = 86_400 * 10**9
"""Nanoseconds of a day."""
