"""A made market in place of files of bars, and the opinions that are made with it.

The bars come from a model of `sim/models.py` and from the scenario's seed. Who makes a world
knows how it goes on; so this is also where synthetic opinions are drawn. They are laid into the
world as what is known at each step, so that no agent ever sees an outcome.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from steelyard.errors import DataError
from steelyard.feeds.bars import VALUES, BarRows, read_bars
from steelyard.feeds.calendar import Sessions
from steelyard.feeds.source import Given
from steelyard.scenario.agents import SyntheticSettings
from steelyard.scenario.market import Market
from steelyard.scenario.model import Scenario
from steelyard.scenario.synthetic import FittedTo, Regime, SyntheticBars
from steelyard.sim.facts import Sample, check_facts
from steelyard.sim.fits import fit_garch
from steelyard.sim.models import (
    NO_GROUP,
    Brownian,
    Chance,
    Garch,
    Grouping,
    Jumps,
    Model,
    Moves,
    Noise,
    Regimes,
)
from steelyard.sim.opinions import Voice, plant
from steelyard.sim.quotes import Quotes, Quoting, quote
from steelyard.types.arrays import Ints
from steelyard.types.outcome import total_outcomes
from steelyard.types.planted import Planted, Planting
from steelyard.types.units import SESSIONS_PER_YEAR
from steelyard.types.world import World

LEAST_RETURNS = 250
"""Returns that a fit needs: with fewer, its parameters are chance."""


class Origin(NamedTuple):
    """Where a made market comes from."""

    seed: int
    folder: Path
    """The scenario's, from which the path of a series to fit to starts."""


class Made(NamedTuple):
    """Bars that a model made."""

    name: str
    """As messages name it."""
    rows: BarRows
    key: bytes
    """Hash of everything they come from, and of themselves."""
    unlike: tuple[str, ...] = ()
    """In what they differ from the market that their model was fitted to."""


def make_bars(made: SyntheticBars, market: Market, sessions: Sessions, source: Origin) -> Made:
    """Make the bars of a universe.

    Args:
        made: What is to be made.
        market: Its universe.
        sessions: Of the exchange, those that get a bar.
        source: Where chance, and the series that a model is fitted to, come from.

    Raises:
        DataError: The series that the model is fitted to cannot be read, or is too short.
    """
    chance = Chance(source.seed)
    noise = _noise(made, market, chance, len(sessions.day))
    ticks = np.array([each.tick for each in market.universe])
    like = None if made.fitted_to is None else read_sample(made.fitted_to, source.folder)
    moves = _model(made, like).moves(noise)
    quotes = quote(moves, Quoting(made.start_price, ticks, made.volume), noise)
    unlike = _unlike(moves, quotes, like, chance)
    name = f"synthetic bars (model {made.model}, seed {source.seed})"
    rows = _rows(name, market, sessions.day, quotes)
    settings = f"{made.model_dump_json()} {chance}".encode()
    return Made(name, rows, hashlib.sha256(settings + rows.value.tobytes()).digest(), unlike)


def with_opinions(world: World, scenario: Scenario, unlike: Sequence[str] = ()) -> World:
    """Lay the opinions of synthetic agents into a made world, and say what is made.

    Args:
        world: Made from the scenario's bars.
        scenario: Whose agents.
        unlike: In what the bars differ from the market they are to be like.
    """
    if scenario.feeds.bars.synthetic is None:
        return world
    agents = [each for each in scenario.agents if isinstance(each, SyntheticSettings)]
    names = ", ".join(each.name for each in agents)
    told = [f"bars are synthetic (model {scenario.feeds.bars.synthetic.model}): {_NO_EVIDENCE}"]
    if unlike:
        told.append(
            f"made bars are unlike those that their model is fitted to: {', '.join(unlike)}"
        )
    if agents:
        told.append(f"opinions of {names} are synthetic: made from the outcomes, {_AS_STATED}")
    planted = {each.planting: _planted(world, each.planting, scenario.seed) for each in agents}
    return replace(world, planted=planted, warnings=(*told, *world.warnings))


_NO_EVIDENCE = "what is earned here is no evidence"
_AS_STATED = "right as often as stated"


def _planted(world: World, planting: Planting, seed: int) -> Planted:
    outcome = total_outcomes(world.bars, world.timing, planting.horizon)
    number = int.from_bytes(hashlib.sha256(planting.by.encode()).digest()[:_VOICE_BYTES])
    return plant(outcome, planting, Voice(seed, number))


_VOICE_BYTES = 7
"""Of the hash of a name: whoever is added changes nobody else's noise."""


def _noise(made: SyntheticBars, market: Market, chance: Chance, n_steps: int) -> Noise:
    """Give the noise of a universe; an instrument without a sector is one by itself."""
    names = [each.sector for each in market.universe]
    order = {name: index for index, name in enumerate(dict.fromkeys(names))}
    group = np.array([order[name] if name else NO_GROUP for name in names], dtype=np.int64)
    grouping = Grouping(group, made.sector_correlation)
    return Noise(chance, n_steps, len(names), made.correlation, grouping)


def _unlike(moves: Moves, quotes: Quotes, like: Sample | None, chance: Chance) -> tuple[str, ...]:
    """Say which stylised facts of a source made bars have not."""
    if like is None:
        return ()
    volume = None if like.volume is None else quotes.volume
    report = check_facts(Sample(moves.log_return, volume), like, chance)
    return tuple(map(str, report.missed))


def _model(made: SyntheticBars, like: Sample | None) -> Model:
    """Give the model with its figures per step."""
    drift, volatility = made.drift / SESSIONS_PER_YEAR, made.volatility * _STEP
    match made.model:
        case "brownian":
            return Brownian(drift, volatility)
        case "jumps":
            rate = made.jumps_a_year / SESSIONS_PER_YEAR
            return Jumps(drift, volatility, rate, made.jump_mean, made.jump_volatility)
        case "regimes":
            return _regimes(made.regimes)
        case "garch":
            if like is not None:
                return fit_garch(like.log_return[:, 0])
            own = made.reaction, made.memory, made.leverage, made.tail
            return Garch(drift, volatility, *own)


_STEP = float(np.sqrt(1.0 / SESSIONS_PER_YEAR))


def _regimes(regimes: Sequence[Regime]) -> Regimes:
    """Give the chain in which each regime is followed by each other one as often."""
    leave = np.array([1.0 / each.lasts for each in regimes])
    n_others = len(regimes) - 1
    passage = np.repeat(leave[:, None] / n_others, len(regimes), axis=1)
    np.fill_diagonal(passage, 1.0 - leave)
    return Regimes(
        np.array([each.drift for each in regimes]) / SESSIONS_PER_YEAR,
        np.array([each.volatility for each in regimes]) * _STEP,
        passage,
    )


def read_sample(source: FittedTo, folder: Path) -> Sample:
    """Read the returns from close to close of a series, and its volumes if it has any.

    Raises:
        DataError: It cannot be read, or has too few.
    """
    path = folder / source.path
    rows = read_bars(path, [source.symbol], None)
    returns = np.diff(np.log(rows.value[:, [_CLOSE]]), axis=0)
    volume = rows.value[1:, [_VOLUME]]
    if len(returns) < LEAST_RETURNS:
        raise DataError(
            f"{path}: {source.symbol!r} has {len(returns)} returns, and a fit needs "
            f"{LEAST_RETURNS}",
            hint="take a longer series in feeds.bars.synthetic.fitted_to",
        )
    return Sample(returns, volume if (volume > 0.0).all() else None)


_CLOSE, _VOLUME = VALUES.index("close"), VALUES.index("volume")


def _rows(name: str, market: Market, day: Ints, quotes: Quotes) -> BarRows:
    """Lay quotes out as rows, step by step."""
    n_steps, n_instruments = quotes.close.shape
    count = n_steps * n_instruments
    start = np.repeat(day, n_instruments)
    return BarRows(
        source=Given(name, {}, count),
        symbols=tuple(each.id for each in market.universe),
        strangers=frozenset(),
        line=range(1, count + 1),
        column=np.tile(np.arange(n_instruments), n_steps),
        start=start,
        end=start,
        value=np.stack([getattr(quotes, each).ravel() for each in VALUES], axis=1),
        daily=True,
    )
