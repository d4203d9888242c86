"""A small world of two instruments with documents, for tests of agents that read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from steelyard.testing.worlds import DAY_NS, FIRST_DAY, Recipe, made_world
from steelyard.types.market import Bars, Document, Figure, Instrument, Timing
from steelyard.types.world import World

OPEN_NS, CLOSE_NS = 14 * 3600 * 10**9, 21 * 3600 * 10**9
AFTER_HOURS_NS = 22 * 3600 * 10**9
NAMES = ("ACME", "BOLT")


def at(step: int, time_ns: int = AFTER_HOURS_NS) -> int:
    """Give an instant of the day of a step, UTC nanoseconds."""
    return step * DAY_NS + time_ns


def document(step: int, title: str, *symbols: str, **changes) -> Document:
    """Give a document that is known after the close of `step`, so from `step + 1` on."""
    known_at = changes.pop("known_at", at(step))
    published_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=known_at // 1000)
    return Document(
        id=changes.pop("id", f"{step}-{title}-{'-'.join(symbols)}"),
        known_at=known_at,
        published_at=published_at,
        time_precision="second",
        kind=changes.pop("kind", "product"),
        symbols=symbols,
        title=title,
        text=changes.pop("text", ""),
        source="made for a test",
        **changes,
    )


def report(step: int, symbol: str, *figures: tuple[str, str, float], kind: str = "results"):
    """Give a report of (metric, period, value), known after the close of `step`."""
    stated = tuple(
        Figure(symbol, metric, value, "USD", 1.0, period) for metric, period, value in figures
    )
    return document(step, "Report", symbol, kind=kind, figures=stated)


def world(documents: list[Document], opens: np.ndarray) -> World:
    """Give a world of daily bars that open and close at `opens`, shape (n_steps, 2)."""
    n_steps = len(opens)
    day = np.arange(n_steps, dtype=np.int64)
    start, end = day * DAY_NS + OPEN_NS, day * DAY_NS + CLOSE_NS
    nothing = np.ones(opens.shape, dtype=np.int64)
    return World(
        instruments=tuple(Instrument(name) for name in NAMES),
        bars=Bars(
            start, end, day, opens, opens, opens, opens, opens * 0.0 + 1e6,
            nothing, nothing.copy(), opens * 0.0,
            np.zeros(opens.shape, np.bool_), opens * np.nan,
        ),
        listed=np.ones(opens.shape, dtype=np.bool_),
        benchmark=None,
        documents=tuple(sorted(documents, key=lambda item: (item.known_at, item.id))),
        series={},
        timing=Timing(end, np.ones(n_steps, dtype=np.bool_), 0, 1, exec_at_close=False),
    )  # fmt: skip


def walk(n_steps: int, seed: int) -> np.ndarray:
    """Give a random walk of prices, shape (n_steps, 2)."""
    moves = np.random.default_rng(seed).normal(0.0, 0.01, (n_steps, len(NAMES)))
    return 100.0 * np.exp(np.cumsum(moves, axis=0))


def answers(agent, around: World, step: int, fitted) -> dict:
    """Give what an agent says at one step, by instrument."""
    return {said.instrument: said for said in agent.opine(around.snapshot(step), fitted)}


def read_in(around: World, decide_at: str) -> World:
    """Give a made world of as many steps, with its splits and halts, and these documents."""
    recipe = Recipe(names=(*NAMES, "CHIP"), n_steps=around.n_steps, decide_at=decide_at)
    documents = (
        replace(item, known_at=item.known_at + FIRST_DAY * DAY_NS) for item in around.documents
    )
    return replace(made_world(1, recipe), documents=tuple(documents))
