"""The agents' contract suite finds what breaks the contract."""

import re
from typing import NamedTuple

import numpy as np
import pytest

from steelyard.agents.technical import Technical
from steelyard.testing.contract import Effort, changed_after, contract_faults
from steelyard.testing.worlds import Recipe, made_world
from steelyard.types.opinion import Cause, Opinion, OpinionBlock

WORLD = made_world(0, Recipe(n_steps=300))
COUNTER = iter(range(10**9))


class Naive(NamedTuple):
    """Says that the newest move goes on; how, its kinds below get wrong."""

    horizon: int = 1
    refit_every: int = 50
    reads_text: bool = False

    def fit(self, _past):
        """Learn nothing."""

    def opine(self, now, fitted):
        """Say the last row of the fast path."""
        block = self.opine_history(now, now.step, fitted)
        for column in np.flatnonzero(now.listed[-1]):
            name = now.instruments[column].id
            yield Opinion(name, float(block.score[-1, column]), float(block.confidence[-1, column]))

    def opine_history(self, history, first, _fitted):
        """Say which way the close went."""
        return self._block(history, first, np.roll(history.bars.close, 1, axis=0))

    def _block(self, history, first, before):
        up = history.bars.close > before
        score = np.where(up, 0.5, -0.5)[first:]
        listed = history.listed[first:]
        cause = np.where(listed, Cause.NONE, Cause.NOT_LISTED)
        return OpinionBlock(first, score, np.full(score.shape, 0.6), cause, ())


class Peeking(Naive):
    """Looks one bar ahead where it can."""

    def opine_history(self, history, first, _fitted):
        """Say which way the next close goes."""
        close = history.bars.close
        return self._block(history, first, 2.0 * close - np.vstack([close[1:], close[-1:] - 1.0]))


class Standardising(Naive):
    """Scales by all it is given: the usual leak."""

    def opine_history(self, history, first, _fitted):
        """Say on which side of its mean the close is."""
        mean = np.nanmean(history.bars.close, axis=0)
        return self._block(history, first, np.broadcast_to(mean, history.bars.close.shape))


class Moody(Naive):
    """Says something else whenever it is asked."""

    def opine_history(self, history, first, fitted):
        """Say what the counter says."""
        block = super().opine_history(history, first, fitted)
        return block._replace(confidence=np.full(block.score.shape, 0.5 + next(COUNTER) / 1e4))


class Careless(Naive):
    """Is sure of more than can be."""

    def opine_history(self, history, first, fitted):
        """Say confidence 2."""
        block = super().opine_history(history, first, fitted)
        return block._replace(confidence=block.confidence + 1.4)


def test_an_agent_that_keeps_to_the_contract_has_no_fault():
    """Neither a scripted nor a real one."""
    assert contract_faults(Naive(), WORLD) == []
    assert contract_faults(Technical(), WORLD) == []


@pytest.mark.parametrize("seed", range(5))
def test_an_agent_that_peeks_one_bar_is_caught(seed):
    """Whatever the seed, on both counts: look-ahead, and a fast path unlike the slow one."""
    faults = contract_faults(Peeking(), WORLD, Effort(seed=seed))

    assert any(fault.startswith("look-ahead: with all data after step") for fault in faults)
    assert any(fault.startswith("fast path") for fault in faults)


@pytest.mark.parametrize(
    ("agent", "message"),
    [
        (Standardising(), "look-ahead"),
        (Moody(), "determinism"),
        (Careless(), "answers: .* were INVALID"),
        (Naive(horizon=0), "types: horizon was 0"),
        (Naive(reads_text=1), "types: reads_text was 1"),
        (object(), "types: object lacks"),
    ],
)
def test_each_breach_has_its_sentence(agent, message):
    """One that a person can act on."""
    faults = contract_faults(agent, WORLD, Effort(least_opinions=0))

    assert any(re.match(message, fault) for fault in faults)


def test_too_few_opinions_prove_nothing():
    """An agent that hardly speaks is not waved through."""
    faults = contract_faults(Naive(), WORLD, Effort(least_opinions=10_000))

    assert len(faults) == 1
    assert "10000 prove something" in faults[0]


@pytest.mark.parametrize("decide_at", ["close", "open"])
def test_a_world_is_changed_only_where_nothing_was_known(decide_at):
    """Snapshots up to the step are the same; every figure after it is not."""
    world = made_world(4, Recipe(n_steps=120, decide_at=decide_at))

    changed = changed_after(world, 60, np.random.default_rng(0))

    before, after = world.snapshot(60), changed.snapshot(60)
    for column, other in zip(before.bars, after.bars, strict=True):
        np.testing.assert_array_equal(column, other)
    np.testing.assert_array_equal(before.listed, after.listed)
    for name in before.series:
        np.testing.assert_array_equal(before.series[name].value, after.series[name].value)
    n_known = 61 - world.timing.known_lag
    assert (world.bars.close[n_known:] != changed.bars.close[n_known:]).all()
    assert (world.benchmark.volume[n_known:] != changed.benchmark.volume[n_known:]).all()
