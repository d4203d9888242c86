"""The same world with another future, to see whether anybody knew it."""

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from steelyard.feeds.bars import PRICES, VALUES
from steelyard.types.market import Bars, Document, Relation, Series, View
from steelyard.types.planted import Planted
from steelyard.types.world import World

WILD = 0.3
"""Standard deviation of the log changes that are made to figures after a step."""

OFTEN = 0.05
"""Share of later bars that get a split, a dividend or a halt of their own."""

ENDED = 0.25
"""Share of instruments that are delisted at some later bar."""

HALF = 0.5
"""Share of later listings that are turned: few agents look at them, and mostly at the last."""


def changed_after(world: World, step: int, rng: np.random.Generator) -> World:
    """Give the same world with all that was not known at `step` changed.

    Bars, splits, dividends, halts, delistings, the benchmark, listings, documents and series; the
    calendar stays. A snapshot of any step up to `step` is the same in both.
    """
    as_of = int(world.timing.as_of[step])
    n_known = max(0, step + 1 - world.timing.known_lag)
    listed = world.listed.copy()
    listed[step + 1 :] ^= rng.random(listed[step + 1 :].shape) < HALF
    return replace(
        world,
        bars=_changed_bars(world.bars, n_known, rng),
        listed=listed,
        benchmark=None if world.benchmark is None else _changed_bars(world.benchmark, n_known, rng),
        documents=tuple(_changed_documents(world.documents, as_of, rng)),
        series=MappingProxyType(
            {name: _changed_series(series, as_of, rng) for name, series in world.series.items()}
        ),
        relations=tuple(_changed_relations(world.relations, as_of)),
        views=tuple(_changed_views(world.views, as_of)),
        planted={
            name: _changed_opinions(planted, step + 1) for name, planted in world.planted.items()
        },
    )


def _changed_bars(bars: Bars, n_known: int, rng: np.random.Generator) -> Bars:
    shape = bars.close[n_known:].shape
    factor, busy = np.exp(rng.normal(0.0, WILD, (2, *shape)))
    factor[rng.random(shape) < OFTEN] = np.nan  # a halt
    splits, pays = rng.random((2, *shape)) < OFTEN
    columns = {name: getattr(bars, name).copy() for name in PRICES}
    for column in columns.values():
        column[n_known:] *= factor
    volume, split_new, dividend = bars.volume.copy(), bars.split_new.copy(), bars.dividend.copy()
    volume[n_known:] *= busy
    split_new[n_known:] *= np.where(splits, 2, 1)
    dividend[n_known:] += np.where(pays, 1.0, 0.0)
    halted = bars.halted.copy()
    halted[n_known:] |= np.isnan(factor)
    changed = bars._replace(
        **columns, volume=volume, split_new=split_new, dividend=dividend, halted=halted
    )
    return _delisted(changed, n_known, rng)


def _delisted(bars: Bars, n_known: int, rng: np.random.Generator) -> Bars:
    """Pay some instruments out at a later step, from which on they have no bar."""
    cash_out, gone = bars.cash_out.copy(), np.zeros(bars.close.shape, dtype=np.bool_)
    n_steps, n_instruments = bars.close.shape
    for column in np.flatnonzero(rng.random(n_instruments) < ENDED):
        step = n_known + int(rng.random() * (n_steps - n_known))
        cash_out[step : step + 1, column] = 1.0
        cash_out[step + 1 :, column] = np.nan
        gone[step:, column] = True
    columns = {name: np.where(gone, np.nan, getattr(bars, name)) for name in VALUES}
    return bars._replace(**columns, halted=bars.halted & ~gone, cash_out=cash_out)


def _changed_documents(
    documents: tuple[Document, ...], as_of: int, rng: np.random.Generator
) -> Iterator[Document]:
    """Reword and refigure what is not known yet; every third document is gone."""
    for document in documents:
        chance = rng.random()
        if document.known_at <= as_of:
            yield document
        elif chance > 1 / 3:
            words = "record profit, strong growth" if chance > 2 / 3 else "heavy loss, fraud"
            factor = float(np.exp(rng.normal(0.0, WILD)))
            figures = (replace(each, value=each.value * factor) for each in document.figures)
            yield replace(document, title=words, text=words, figures=tuple(figures))


def _changed_relations(relations: tuple[Relation, ...], as_of: int) -> Iterator[Relation]:
    """End every relation that is not known yet."""
    for relation in relations:
        ended = relation.known_at > as_of
        yield replace(relation, kind="none") if ended else relation


def _changed_views(views: tuple[View, ...], as_of: int) -> Iterator[View]:
    """Turn every view that is not known yet."""
    for view in views:
        yield replace(view, score=-view.score) if view.known_at > as_of else view


def _changed_opinions(planted: Planted, n_known: int) -> Planted:
    """Turn every planted opinion that is not known yet."""
    score = planted.score.copy()
    score[n_known:] *= -1.0
    return planted._replace(score=score)


def _changed_series(series: Series, as_of: int, rng: np.random.Generator) -> Series:
    factor = np.exp(rng.normal(0.0, WILD, len(series.value)))
    return series._replace(
        value=np.where(series.known_at > as_of, series.value * factor, series.value)
    )
