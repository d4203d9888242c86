"""The agents' contract suite finds what breaks the contract."""

import re
import time
from typing import NamedTuple

import numpy as np
import pytest

from steelyard.agents.technical import Technical
from steelyard.testing.contract import (
    CHECKS,
    Effort,
    changed_after,
    contract_checks,
    contract_faults,
)
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


class Counting(Naive):
    """Counts who is listed at the end of what it is given."""

    def opine_history(self, history, first, fitted):
        """Be the surer the more there are."""
        block = super().opine_history(history, first, fitted)
        more = history.listed[-1].mean() / 10.0
        return block._replace(confidence=np.where(block.score != 0.0, 0.6 + more, 0.0))


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


class Slow:
    """Has no fast path."""

    horizon, refit_every, reads_text = 1, 50, False

    def fit(self, _past):
        """Learn nothing."""

    def opine(self, now, fitted):
        """Say what the other says step by step."""
        return Naive().opine(now, fitted)


class Restless(Naive):
    """Draws on the chance that all code in a process shares, to no effect."""

    def opine_history(self, history, first, fitted):
        """Draw, and say what it would have said anyway."""
        np.random.random()  # noqa: NPY002 - what the contract forbids
        return super().opine_history(history, first, fitted)


class Dicing(Naive):
    """Draws from a generator of its own that has no seed."""

    def opine_history(self, history, first, fitted):
        """Say a drawn confidence."""
        block = super().opine_history(history, first, fitted)
        drawn = np.random.default_rng().uniform(0.5, 0.6, block.score.shape)
        return block._replace(confidence=drawn)


class Timely(Naive):
    """Looks at the clock of the machine."""

    def opine_history(self, history, first, fitted):
        """Say a confidence that rests on the hour."""
        block = super().opine_history(history, first, fitted)
        now = time.perf_counter() % 1e-3
        return block._replace(confidence=np.full(block.score.shape, 0.5 + now))


class Writing(Naive):
    """Writes to what it is handed."""

    def opine_history(self, history, first, fitted):
        """Fill the gaps in place."""
        history.bars.close[np.isnan(history.bars.close)] = 1.0
        return super().opine_history(history, first, fitted)


class Forcing(Naive):
    """Writes to what it is handed, and forces the lock first."""

    def opine_history(self, history, first, fitted):
        """Take the volume away."""
        history.bars.volume.flags.writeable = True
        history.bars.volume[:] = 0.0
        return super().opine_history(history, first, fitted)


class Sticky(Naive):
    """Learns into what fit gave."""

    def fit(self, _past):
        """Give something that can be changed."""
        return []

    def opine_history(self, history, first, fitted):
        """Keep the step."""
        fitted.append(first)
        return super().opine_history(history, first, fitted)


class Minding(Naive):
    """Keeps what it learns in itself."""

    seen = 0

    def fit(self, _past):
        """Count."""
        self.__dict__["seen"] = self.seen + 1


class Unsendable(Naive):
    """Has a fit that cannot be sent to another process."""

    def fit(self, _past):
        """Give a function without a name."""
        return lambda: 0


class Tripping(Naive):
    """Raises now and then."""

    def opine_history(self, _history, _first, _fitted):
        """Fail."""
        raise LookupError("no such row")


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


@pytest.mark.parametrize("seed", range(5))
def test_an_agent_that_knows_who_will_be_listed_is_caught(seed):
    """Whatever the seed, though it looks at nothing but the last listing."""
    faults = contract_faults(Counting(), WORLD, Effort(seed=seed))

    assert any(fault.startswith("look-ahead: with all data after step") for fault in faults)


@pytest.mark.parametrize(
    ("agent", "message"),
    [
        (Standardising(), "look-ahead"),
        (Moody(), "determinism"),
        (Careless(), "answers: .* were INVALID"),
        (Naive(horizon=0), "types: horizon was 0"),
        (Naive(reads_text=1), "types: reads_text was 1"),
        (object(), "types: object lacks"),
        (Restless(), "determinism: it drew from the chance that all code shares; make a"),
        (Dicing(), "determinism: asked again, it said something else"),
        (Timely(), "determinism: asked again, it said something else"),
        (Writing(), "hands off: it wrote to the data that it was handed; make a copy"),
        (Sticky(), "hands off: asking changed what fit gave; keep nothing between calls"),
        (Minding(), "hands off: asking changed the agent itself; what is learnt, fit gives"),
        (Unsendable(), "picklable: its fit cannot be pickled: .*; agents are defined at the top"),
        (Tripping(), r"answers: LookupError\('no such row'\) at \S+:\d+ was raised 306 times"),
    ],
)
def test_each_breach_has_its_sentence(agent, message):
    """One that a person can act on."""
    faults = contract_faults(agent, WORLD, Effort(least_opinions=0))

    assert any(re.match(message, fault) for fault in faults)


def test_an_agent_that_forces_the_lock_of_its_data_is_caught():
    """On a world of its own, for it spoils it."""
    world = made_world(0, Recipe(n_steps=120))

    assert "hands off: it wrote to the data that it was handed; make a copy" in contract_faults(
        Forcing(), world, Effort(least_opinions=0)
    )


def test_an_agent_defined_in_a_function_cannot_be_sent_anywhere():
    """It is said, and the other checks are made all the same."""

    class Local(Naive):
        """Cannot be imported."""

    checks = {check.name: check for check in contract_checks(Local(), WORLD)}

    assert "it cannot be pickled" in checks["picklable"].faults[0]
    assert [name for name, check in checks.items() if check.faults] == ["picklable"]


def test_each_check_says_whether_it_passed_failed_or_was_skipped():
    """In the order in which they are made."""
    passed = contract_checks(Naive(), WORLD)
    mute = {check.name: check for check in contract_checks(Naive(horizon=0), WORLD)}
    slow = {check.name: check for check in contract_checks(Slow(), WORLD)}

    assert tuple(check.name for check in passed) == CHECKS
    assert not any(check.faults or check.skipped for check in passed)
    assert [name for name, check in mute.items() if check.skipped] == list(CHECKS[1:])
    assert slow["fast path"].skipped == "it has none"
    assert not any(check.faults for check in slow.values())


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
