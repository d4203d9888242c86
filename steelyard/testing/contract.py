"""What every agent must keep to, as one check that anybody can run on theirs."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from steelyard.agents.panel import ask, ask_block, ask_slow, refit_blocks
from steelyard.types.agent import Agent
from steelyard.types.arrays import Bools
from steelyard.types.market import Bars, Document, Relation, Series, View
from steelyard.types.opinion import Cause, ClaimRow, OpinionBlock
from steelyard.types.world import World

BROKEN = (Cause.INVALID, Cause.MISSING, Cause.FAILED)

WILD = 0.3
"""Standard deviation of the log changes that are made to figures after a step."""

OFTEN = 0.05
"""Share of later bars that get a split, a dividend or a halt of their own."""


class Effort(NamedTuple):
    """How hard to look."""

    least_opinions: int = 200
    """Fewer opinions in the world prove nothing: a fault. 20 do for an agent that reads."""
    n_cuts: int = 5
    """Steps after which the world is changed, and steps asked again the slow way."""
    seed: int = 0


PLAIN = Effort()


def contract_faults(agent: Agent, world: World, effort: Effort = PLAIN) -> list[str]:
    """Look for breaches of the contract: types, abstention, determinism, look-ahead.

    Args:
        agent: Whom to check. Asked over all of the world, in blocks of its `refit_every`.
        world: Where; without documents, an agent that reads has nothing to say.
        effort: How hard to look.

    Returns:
        One sentence per fault, none where the agent keeps to its contract.
    """
    faults = list(_declared(agent))
    if faults:
        return faults
    blocks = _gather(agent, world)
    faults += _broken(blocks, world)
    n_opinions = sum(int((block.cause == Cause.NONE).sum()) for block in blocks)
    if n_opinions < effort.least_opinions:
        faults.append(f"{n_opinions} opinions were given, {effort.least_opinions} prove something")
    again = _gather(pickle.loads(pickle.dumps(agent)), world)  # noqa: S301 - our own bytes
    for block, other in zip(blocks, again, strict=True):
        faults += _differences(block, other, "determinism: asked again")
    rng = np.random.default_rng(effort.seed)
    for block, step in _cuts(blocks, effort.n_cuts, rng):
        faults += _slow_differences(agent, world, block, step)
        faults += _lookahead(agent, changed_after(world, step, rng), block, step)
    return faults


def changed_after(world: World, step: int, rng: np.random.Generator) -> World:
    """Give the same world with all that was not known at `step` changed.

    Bars, splits, dividends, halts, the benchmark, listings, documents and series; the
    calendar stays. A snapshot of any step up to `step` is the same in both.
    """
    as_of = int(world.timing.as_of[step])
    n_known = max(0, step + 1 - world.timing.known_lag)
    listed = world.listed.copy()
    listed[step + 1 :] ^= rng.random(listed[step + 1 :].shape) < OFTEN
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
    )


def _declared(agent: object) -> Iterator[str]:
    """Find what the agent says wrongly of itself."""
    if not isinstance(agent, Agent):
        yield f"types: {type(agent).__name__} lacks fit, opine or what an agent says of itself"
        return
    for name in ("horizon", "refit_every"):
        value: object = getattr(agent, name)
        if not isinstance(value, int) or value < 1:
            yield f"types: {name} was {value!r}, but it is a whole number of steps, at least 1"
    reads: object = agent.reads_text
    if not isinstance(reads, bool):
        yield f"types: reads_text was {reads!r}, but it is True or False"


def _gather(agent: Agent, world: World) -> list[OpinionBlock]:
    blocks = refit_blocks(world.first_step, world.n_steps - 1, agent.refit_every)
    return [ask_block(agent, world.snapshot, steps) for steps in blocks]


def _broken(blocks: list[OpinionBlock], world: World) -> Iterator[str]:
    """Find the first answer of each kind that was none."""
    for cause in BROKEN:
        cells = [
            (block.first + int(row), world.instruments[int(column)].id)
            for block in blocks
            for row, column in np.argwhere(block.cause == cause)
        ]
        if cells:
            step, name = cells[0]
            yield f"answers: {len(cells)} were {cause.name}, first at step {step} on {name}"


def _cuts(
    blocks: list[OpinionBlock], n_cuts: int, rng: np.random.Generator
) -> Iterator[tuple[OpinionBlock, int]]:
    """Draw steps at which the agent spoke and after which its block goes on."""
    spoken = [
        (index, block.first + int(row))
        for index, block in enumerate(blocks)
        for row in np.flatnonzero((block.cause[:-1] == Cause.NONE).any(axis=1))
    ]
    for drawn in rng.permutation(len(spoken))[:n_cuts].tolist():
        index, step = spoken[drawn]
        yield blocks[index], step


def _slow_differences(agent: Agent, world: World, block: OpinionBlock, step: int) -> list[str]:
    """Compare one step of a block with what `opine` says there, its fit pickled between."""
    fitted = pickle.dumps(agent.fit(world.snapshot(block.first)))
    once = range(step, step + 1)
    slow = ask_slow(agent, world.snapshot, once, pickle.loads(fitted))  # noqa: S301 - our own bytes
    return _differences(_rows(block, step, step), slow, "fast path: asked step by step")


def _lookahead(agent: Agent, changed: World, block: OpinionBlock, step: int) -> list[str]:
    """Compare a block up to `step` with the same block in a world that changes after it."""
    fitted = agent.fit(changed.snapshot(block.first))
    steps = range(block.first, block.first + len(block.score))
    other = ask(agent, changed.snapshot, steps, fitted)
    why = f"look-ahead: with all data after step {step} changed"
    return _differences(_rows(block, block.first, step), _rows(other, block.first, step), why)


def _rows(block: OpinionBlock, first: int, last: int) -> OpinionBlock:
    """Give the rows of steps `first` to `last`."""
    rows = slice(first - block.first, last + 1 - block.first)
    claims: tuple[ClaimRow, ...] = tuple(row for row in block.claims if first <= row.step <= last)
    return OpinionBlock(first, block.score[rows], block.confidence[rows], block.cause[rows], claims)


def _differences(block: OpinionBlock, other: OpinionBlock, why: str) -> list[str]:
    """Give one sentence where two blocks differ in any bit."""
    same: Bools = (
        (block.score == other.score)
        & (block.confidence == other.confidence)
        & (block.cause == other.cause)
    ).all(axis=1)
    if not same.all():
        step = block.first + int(np.flatnonzero(~same)[0])
        return [f"{why}, it said something else at step {step}"]
    return [] if block.claims == other.claims else [f"{why}, it claimed something else"]


def _changed_bars(bars: Bars, n_known: int, rng: np.random.Generator) -> Bars:
    shape = bars.close[n_known:].shape
    factor, busy = np.exp(rng.normal(0.0, WILD, (2, *shape)))
    factor[rng.random(shape) < OFTEN] = np.nan  # a halt
    splits, pays = rng.random((2, *shape)) < OFTEN
    columns = {name: getattr(bars, name).copy() for name in ("open", "high", "low", "close")}
    for column in columns.values():
        column[n_known:] *= factor
    volume, split_new, dividend = bars.volume.copy(), bars.split_new.copy(), bars.dividend.copy()
    volume[n_known:] *= busy
    split_new[n_known:] *= np.where(splits, 2, 1)
    dividend[n_known:] += np.where(pays, 1.0, 0.0)
    return bars._replace(**columns, volume=volume, split_new=split_new, dividend=dividend)


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


def _changed_series(series: Series, as_of: int, rng: np.random.Generator) -> Series:
    factor = np.exp(rng.normal(0.0, WILD, len(series.value)))
    return series._replace(
        value=np.where(series.known_at > as_of, series.value * factor, series.value)
    )
