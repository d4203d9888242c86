"""Made markets: correlated returns by a model that people know, and bars around them.

All of it runs forwards: row t of every result rests on draws of steps 0 to t, so that a longer
market begins as the shorter one. Each instrument draws from generators of its own, so that
another one beside it changes nothing of it.
"""

from typing import NamedTuple, Protocol

import numpy as np

from steelyard.types.arrays import Floats, Ints
from steelyard.types.chance import Stream, generator

PerInstrument = float | Floats
"""One number for all instruments, or one for each, shape (n_instruments,)."""

LEAST_TAIL = 2.0
"""Degrees of freedom at and below which Student's t has no variance."""
SYMMETRY = 1e-12
"""By which a correlation matrix may miss its own transpose, and 1 on its diagonal."""


class Chance(NamedTuple):
    """Where all chance of a made market comes from."""

    seed: int
    path: int = 0


NO_GROUP = -1
"""Group of an instrument that is by itself."""


class Grouping(NamedTuple):
    """Groups of instruments that are correlated more among themselves: sectors."""

    group: Ints
    """Of each instrument, `NO_GROUP` where it has none, shape (n_instruments,)."""
    correlation: float
    """Of two of one group, at least that of any two, below 1."""


class Noise(NamedTuple):
    """Standard normal draws of a market, correlated across its instruments."""

    chance: Chance
    n_steps: int
    n_instruments: int
    correlation: float | Floats = 0.0
    """Of any two instruments, in [0, 1); or a matrix, shape (n_instruments, n_instruments)."""
    grouping: Grouping | None = None
    """Who is correlated more than that; not beside a matrix."""

    def of(self, stream: Stream, key: int = 0) -> np.random.Generator:
        """Give the generator of a stream, for an instrument or for all of them."""
        return generator(self.chance.seed, stream, path=self.chance.path, key=key)

    def own(self, stream: Stream) -> Floats:
        """Give independent draws, shape (n_steps, n_instruments)."""
        columns = [
            self.of(stream, key).standard_normal(self.n_steps) for key in range(self.n_instruments)
        ]
        return np.column_stack(columns)

    def correlated(self) -> Floats:
        """Give draws that are correlated as stated, shape (n_steps, n_instruments).

        Raises:
            ValueError: the correlation is none.
        """
        own = self.own(Stream.OWN)
        if isinstance(self.correlation, np.ndarray):
            # Not a product of matrices: its sums would run in an order of the library's choice.
            mixed: Floats = np.einsum("tj,ij->ti", own, cholesky(self.correlation))
            return mixed
        if not 0.0 <= self.correlation < 1.0:
            raise ValueError(f"a correlation is from 0 to below 1, but was {self.correlation!r}")
        common = self.of(Stream.COMMON).standard_normal(self.n_steps)[:, None]
        factor, shared = self._of_groups()
        rest = 1.0 - self.correlation - shared
        drawn: Floats = np.sqrt(self.correlation) * common + np.sqrt(shared) * factor
        drawn += np.sqrt(rest) * own
        return drawn

    def _of_groups(self) -> tuple[Floats, Floats]:
        """Draw what groups have in common, and give the part of the variance that it makes."""
        shape = self.n_steps, self.n_instruments
        if self.grouping is None:
            return np.zeros(shape), np.zeros(self.n_instruments)
        group, within = self.grouping
        factor = np.zeros(shape)
        for each in np.unique(group[group != NO_GROUP]).tolist():
            drawn = self.of(Stream.GROUP, each).standard_normal(self.n_steps)
            factor[:, group == each] = drawn[:, None]
        return factor, np.where(group == NO_GROUP, 0.0, within - self.correlation)


def cholesky(correlation: Floats) -> Floats:
    """Give the lower triangle whose product with its transpose is a correlation matrix.

    A matrix that is none is refused, not replaced by one near it: put together pair by pair,
    it says of three instruments what cannot be true at once, and only its author knows which.

    Raises:
        ValueError: it is not symmetric, its diagonal is not 1, or it is not positive definite.
    """
    matrix = np.asarray(correlation, dtype=np.float64)
    if matrix.shape != (len(matrix), len(matrix)):
        raise ValueError(f"a correlation matrix is square, but its shape was {matrix.shape}")
    if not np.allclose(matrix, matrix.T, rtol=0.0, atol=SYMMETRY):
        raise ValueError("a correlation matrix is symmetric, but this one is not")
    if not np.allclose(np.diag(matrix), 1.0, rtol=0.0, atol=SYMMETRY):
        raise ValueError("a correlation matrix has 1 on its diagonal, but this one has not")
    try:
        lower: Floats = np.linalg.cholesky(matrix).astype(np.float64)
    except np.linalg.LinAlgError:
        least = float(np.linalg.eigvalsh(matrix)[0])
        raise ValueError(
            f"the correlation matrix is not positive definite: its least eigenvalue is {least:.3g}"
        ) from None
    return lower


class Moves(NamedTuple):
    """Log returns from close to close, and how wide each was drawn."""

    log_return: Floats
    """Shape (n_steps, n_instruments)."""
    volatility: Floats
    """Standard deviation of each before it was drawn, jumps apart, same shape."""
    typical: Floats
    """Volatility over the long run, shape (n_instruments,)."""


class Model(Protocol):
    """How returns come about; all figures are per step, of log returns."""

    def moves(self, noise: Noise) -> Moves:
        """Draw returns of all instruments."""


class Brownian(NamedTuple):
    """Geometric Brownian motion: independent normal log returns."""

    drift: PerInstrument
    """Mean log return."""
    volatility: PerInstrument

    def moves(self, noise: Noise) -> Moves:
        """Draw returns of all instruments."""
        shocks = noise.correlated()
        volatility = np.broadcast_to(self.volatility, shocks.shape).astype(np.float64)
        return Moves(self.drift + volatility * shocks, volatility, volatility[0])


class Jumps(NamedTuple):
    """Brownian motion with jumps, which come to each instrument on its own.

    References:
        Merton (1976), Journal of Financial Economics 3: jumps are news of one company, and so
        the part of returns that is not correlated.
    """

    drift: PerInstrument
    """Mean log return, jumps included."""
    volatility: PerInstrument
    """Of the returns between jumps."""
    rate: float
    """Mean number of jumps."""
    jump_mean: float
    """Of the log of a jump."""
    jump_volatility: float

    def moves(self, noise: Noise) -> Moves:
        """Draw returns of all instruments."""
        smooth = Brownian(self.drift, self.volatility).moves(noise)
        jump = np.column_stack([self._jumps(noise, key) for key in range(noise.n_instruments)])
        of_jumps = self.rate * (self.jump_mean**2 + self.jump_volatility**2)
        return Moves(
            smooth.log_return + jump - self.rate * self.jump_mean,
            smooth.volatility,
            np.sqrt(smooth.typical**2 + of_jumps),
        )

    def _jumps(self, noise: Noise, key: int) -> Floats:
        """Draw one instrument's sum of jumps in each step."""
        # Numbers and sizes from generators of their own: else a longer course began otherwise.
        count = noise.of(Stream.JUMP, key).poisson(self.rate, noise.n_steps)
        size = noise.of(Stream.JUMP_SIZE, key).standard_normal(noise.n_steps)
        return self.jump_mean * count + self.jump_volatility * np.sqrt(count) * size


class Regimes(NamedTuple):
    """Two or three regimes of the whole market, each with a drift and a volatility of its own.

    References:
        Hamilton (1989), Econometrica 57(2): the regime is a Markov chain.
    """

    drift: Floats
    """Mean log return in each regime, shape (n_regimes,), as is `volatility`."""
    volatility: Floats
    passage: Floats
    """Probability of each next regime (column) after each (row), rows adding up to 1."""

    def moves(self, noise: Noise) -> Moves:
        """Draw returns of all instruments; the first step is in the first regime."""
        shocks = noise.correlated()
        regime = self._course(noise)
        volatility = np.repeat(self.volatility[regime][:, None], noise.n_instruments, axis=1)
        typical = np.sqrt(self._share() @ self.volatility**2)
        return Moves(
            self.drift[regime][:, None] + volatility * shocks,
            volatility,
            np.full(noise.n_instruments, typical),
        )

    def _course(self, noise: Noise) -> Ints:
        """Draw the regime of each step."""
        chance = noise.of(Stream.REGIME).random(noise.n_steps)
        until = np.cumsum(self.passage, axis=1)[:, :-1]
        regime = np.zeros(noise.n_steps, dtype=np.int64)
        for step in range(1, noise.n_steps):
            regime[step] = np.searchsorted(until[regime[step - 1]], chance[step], side="right")
        return regime

    def _share(self) -> Floats:
        """Give the share of time that each regime has in the long run, shape (n_regimes,)."""
        n_regimes = len(self.drift)
        rows = np.vstack([self.passage.T - np.eye(n_regimes), np.ones(n_regimes)])
        share: Floats = np.linalg.lstsq(rows, np.append(np.zeros(n_regimes), 1.0), rcond=None)[0]
        return share


class Garch(NamedTuple):
    """GARCH(1,1) with Student t innovations, and more volatility after falls where asked.

    The variance is `w + (reaction + leverage x [fell]) x (last shock)^2 + memory x last`, with w
    such that `volatility` is that of the long run. A wild step is wild for all instruments.

    References:
        Bollerslev (1987), Review of Economics and Statistics 69(3): t innovations.
        Glosten, Jagannathan and Runkle (1993), Journal of Finance 48(5): leverage.
    """

    drift: PerInstrument
    """Mean log return."""
    volatility: PerInstrument
    """Over the long run."""
    reaction: float
    memory: float
    leverage: float = 0.0
    tail: float = np.inf
    """Degrees of freedom, above 2; infinite: normal innovations."""

    @property
    def persistence(self) -> float:
        """Give the part of a rise of variance that is left a step later; below 1."""
        return self.reaction + self.leverage / 2.0 + self.memory

    def moves(self, noise: Noise) -> Moves:
        """Draw returns of all instruments; the first step has the volatility of the long run.

        Raises:
            ValueError: the variance would grow for ever, or has no mean.
        """
        if not (self.persistence < 1.0 and self.tail > LEAST_TAIL):
            raise ValueError(
                f"persistence was {self.persistence:.6g} and tail {self.tail!r}, but the first is "
                "below 1, the second above 2"
            )
        innovation = noise.correlated() * self._wildness(noise)
        long_run = np.broadcast_to(np.square(self.volatility), innovation.shape[1:]).copy()
        variance = np.empty_like(innovation)
        now = long_run.copy()
        for step, drawn in enumerate(innovation):
            variance[step] = now
            reaction = self.reaction + self.leverage * (drawn < 0.0)
            now = long_run * (1.0 - self.persistence) + now * (reaction * drawn**2 + self.memory)
        volatility = np.sqrt(variance)
        return Moves(self.drift + volatility * innovation, volatility, np.sqrt(long_run))

    def _wildness(self, noise: Noise) -> Floats:
        """Draw what turns normal into t innovations of variance 1, shape (n_steps, 1)."""
        if np.isinf(self.tail):
            return np.ones((noise.n_steps, 1))
        spread = noise.of(Stream.TAIL).chisquare(self.tail, noise.n_steps)[:, None]
        return np.sqrt((self.tail - 2.0) / spread)
