"""Opinions that were planted in a made world together with its prices."""

from typing import NamedTuple

from steelyard.types.arrays import Floats

EVEN = 0.5
"""Confidence of who has nothing to say."""


class Planting(NamedTuple):
    """What is to be planted: whose opinions, over which horizon, and how good they are."""

    by: str
    """Whose noise it is; two of one noise and one skill say the same."""
    horizon: int
    """Steps that the opinions are about."""
    skill: float
    """Probability that an opinion has the side of its outcome, in [0, 1]."""
    stated: float
    """What the opinions say that it is, in [0.5, 1]."""
    shared: float
    """Part of the noise that all share who share any, in [0, 1]."""

    @classmethod
    def stating(
        cls, by: str, horizon: int, skill: float, stated: float | None, shared: float
    ) -> "Planting":
        """Make one whose opinions state their skill where nothing else is stated."""
        return cls(by, horizon, skill, max(EVEN, skill if stated is None else stated), shared)


class Planted(NamedTuple):
    """Planted opinions; row t is known when step t decides.

    The outcome that row t was made from lies behind it, as whoever made the world could know;
    whoever reads the row sees the opinion alone.
    """

    score: Floats
    """In [-1, 1], 0 where nothing is said; shape (n_steps, n_instruments)."""
    confidence: Floats
    """In [0.5, 1], 0 where nothing is said; same shape."""

    def head(self, n_known: int) -> "Planted":
        """Give the first `n_known` rows, as views that cannot be written to."""
        cut = Planted(self.score[:n_known], self.confidence[:n_known])
        for matrix in cut:
            matrix.flags.writeable = False
        return cut
