"""Changed worlds: what stands, who is asked again, and who falls silent."""

from dataclasses import replace

import numpy as np
import pytest

from steelyard.agents.plants import fake_headline
from steelyard.gather import Seat
from steelyard.plan import lay_course, lay_prints, replay
from steelyard.sim.prints import CLOSE
from steelyard.types.opinion import Abstention, Cause
from steelyard.validation.cases import CASES, with_document
from steelyard.validation.staging import asked_again, forget
from tests.validation.stressed import WINDOW, staged, stressed

COLUMNS = ("score", "confidence", "support", "cause")


class Slow:
    """An agent that cannot be asked many steps at once, as one that asks a model."""

    horizon, refit_every, reads_text = 5, 63, True

    def fit(self, past):
        """Learn nothing."""

    def opine(self, now, _fitted):
        """Have nothing to say; nobody asks it here."""
        return (Abstention(each.id, Cause.NO_EDGE) for each in now.instruments)


def test_asked_again_about_the_same_world_the_panel_says_the_same():
    """By the same fits, step by step, to the bit: what the cut left off mattered to nobody."""
    base = stressed().base
    tape = asked_again(base, base.world)

    for column in COLUMNS:
        assert np.array_equal(getattr(tape, column), getattr(base.tape, column))


@pytest.mark.parametrize("name", list(CASES))
def test_no_case_changes_anything_before_its_shock(name):
    """Opinions, prices and all that is known on the eve are the same to the bit."""
    base = stressed().base
    rows = slice(0, base.first)
    before = lay_course(base.scenario, base.world)

    for column in COLUMNS:
        assert np.array_equal(
            getattr(staged(name).tape, column)[rows], getattr(base.tape, column)[rows]
        )
    for column in ("open", "close", "price", "volatility", "adv", "half_spread_bps"):
        was, now = getattr(before, column)[rows], getattr(staged(name).course, column)[rows]
        assert np.array_equal(was, now, equal_nan=True)


@pytest.mark.parametrize("name", list(CASES))
def test_the_run_comes_to_the_eve_of_a_case_as_it_did(name):
    """Decided to the eve of the shock, ledger and verdicts are those of the run."""
    base, record = stressed().base, stressed().record
    again = replay(base.scenario, staged(name).world, staged(name).course, staged(name).tape)

    rows = slice(0, base.first)
    assert np.array_equal(again.position[rows], record.position[rows])
    assert np.array_equal(again.account[rows], record.account[rows])


@pytest.mark.parametrize("name", list(CASES))
def test_every_case_changes_something_after_its_shock(name):
    """A case that changes neither prices, costs nor opinions would test nothing."""
    base = stressed().base
    before = lay_course(base.scenario, base.world)
    seen = ("open", "high", "low", "close", "volume", "half_spread_bps")
    prices = any(
        not np.array_equal(
            getattr(before, each), getattr(staged(name).course, each), equal_nan=True
        )
        for each in (*seen, "price")
    )

    said = any(
        not np.array_equal(getattr(base.tape, each), getattr(staged(name).tape, each))
        for each in COLUMNS
    )
    assert prices or said


def test_where_prices_changed_no_later_document_is_heard():
    """Documents of the eve and before stay; what was silenced says why."""
    base = stressed().base
    world = forget(base.world, base.eve)
    as_of = base.world.timing.as_of[base.eve]
    tape = asked_again(base, world)
    n_stale = (tape.cause == Cause.STALE_WORLD).sum(axis=(0, 2))

    assert {each.known_at <= as_of for each in world.documents} == {True}
    assert len(world.documents) < len(base.world.documents)
    assert n_stale[~base.tape.reads_text].tolist() == [0, 0]
    assert n_stale[base.tape.reads_text].sum() > 0


@pytest.mark.parametrize("name", ["wrong_feed", "missing_bars", "unannounced_split"])
def test_what_a_feed_tells_wrongly_moves_no_fill(name):
    """Orders meet the true market, lost bars too, at its own volatility; marks alone are false."""
    base = stressed().base
    truth = lay_prints(base.scenario, base.world, lay_course(base.scenario, base.world))
    met = staged(name).prints

    assert np.array_equal(met.flow, truth.flow, equal_nan=True)
    assert np.array_equal(met.ticks[..., :CLOSE], truth.ticks[..., :CLOSE])
    assert not np.array_equal(met.ticks[..., CLOSE], truth.ticks[..., CLOSE])


def test_who_cannot_be_asked_again_falls_silent():
    """An agent without a fast path may cost money to ask: it is not, and its cause says so."""
    base = stressed().base
    panel = (Seat("slow", Slow()), *base.panel[1:])
    tape = asked_again(replace(base, panel=panel), base.world)
    spoke = base.tape.cause[base.first :, 0] == Cause.NONE

    assert spoke.any()
    assert (tape.score[base.first :, 0] == 0.0).all()
    assert set(tape.cause[base.first :, 0][spoke]) == {Cause.STALE_WORLD}


def test_a_planted_document_moves_only_who_reads():
    """Numeric agents are not asked again, and nothing is stale: prices are what they were."""
    base = stressed().base
    document = fake_headline("MSFT", int(base.world.timing.as_of[base.first]), 1)
    world = replace(base.world, documents=with_document(base.world.documents, document))
    tape = asked_again(base, world, only=[2, 3])

    assert np.array_equal(tape.score[:, :2], base.tape.score[:, :2])
    assert not np.array_equal(tape.score[:, 2], base.tape.score[:, 2])
    assert not (tape.cause == Cause.STALE_WORLD).any()


def test_the_world_ends_with_the_window():
    """Nothing later is decided or known."""
    base = stressed().base

    assert base.world.n_steps == base.first + WINDOW == len(base.tape.score)
