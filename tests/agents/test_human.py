"""The human agent: what somebody said is stated once, as it was said, and never early."""

from dataclasses import replace

import numpy as np
import pytest

from steelyard.agents.human import Human
from steelyard.agents.panel import ask_block
from steelyard.testing.contract import Effort, contract_faults
from steelyard.testing.worlds import FIRST_DAY, Recipe, made_world
from steelyard.types.market import View
from steelyard.types.opinion import Cause
from steelyard.types.units import DAY_NS

AFTER_CLOSE = 22 * DAY_NS // 24
RECIPE = Recipe(names=("AAA", "BBB", "CCC"), n_steps=60, halts=0.0)
LATE = 15
"""Step from which the last instrument of a made world of 60 steps is listed."""


def view(step, instrument="AAA", score=0.5, by="ann", confidence=0.6):
    """Give a view stated after the close of a step, so known from the next one on."""
    return View((FIRST_DAY + step) * DAY_NS + AFTER_CLOSE, by, instrument, score, confidence)


def world_of(*views, recipe=RECIPE):
    """Give a made world with these views."""
    ordered = sorted(views, key=lambda each: (each.known_at, each.by, each.instrument))
    return replace(made_world(1, recipe), views=tuple(ordered))


def said(agent, world):
    """Give the block of a whole world, and where it spoke as (step, column) pairs."""
    block = ask_block(agent, world.snapshot, range(world.n_steps))
    return block, np.argwhere(block.cause == Cause.NONE).tolist()


def test_a_view_is_stated_once_as_it_was_said():
    """Score and confidence are the person's own; before it no data, after it nothing new."""
    block, spoken = said(Human(horizon=5), world_of(view(9)))

    assert spoken == [[10, 0]]
    assert (block.score[10, 0], block.confidence[10, 0]) == pytest.approx((0.5, 0.6))
    assert (block.cause[:10, 0] == Cause.NO_DATA).all()
    assert (block.cause[11:, 0] == Cause.NOTHING_NEW).all()
    assert (block.cause[:, 1] == Cause.NO_DATA).all()
    assert block.claims == ()


def test_a_newer_view_takes_the_place_of_an_older_one():
    """Even on the other side, and before the first one's horizon has ended."""
    block, spoken = said(Human(horizon=5), world_of(view(9), view(11, score=-0.2)))

    assert spoken == [[10, 0], [12, 0]]
    assert block.score[[10, 12], 0].tolist() == pytest.approx([0.5, -0.2])


def test_of_two_views_known_at_one_step_the_newer_counts():
    """Two of a weekend: the second one is meant."""
    early = view(9)
    late = replace(early, known_at=early.known_at + 1, score=-0.7)

    block, spoken = said(Human(), world_of(early, late))

    assert spoken == [[10, 0]]
    assert block.score[10, 0] == pytest.approx(-0.7)


def test_a_view_that_stands_longer_is_stated_anew_each_horizon():
    """So that one opinion always stands, and no two of them settle on the same days."""
    _, spoken = said(Human(horizon=5, stands=12), world_of(view(9)))

    assert [step for step, _ in spoken] == [10, 15, 20]


def test_a_view_that_stands_shorter_than_a_step_is_asked_about_is_lost():
    """Steps that decide nothing are passed over as long as the view stands."""
    world = world_of(view(9))
    decides = np.ones(world.n_steps, dtype=np.bool_)
    decides[10:13] = False
    world = replace(world, timing=world.timing._replace(decides=decides))

    waits = said(Human(horizon=5), world)[1]
    lost = said(Human(horizon=5, stands=3), world)[1]

    assert waits == [[13, 0]]
    assert lost == []


def test_a_view_waits_until_its_instrument_is_listed():
    """It is stated at the first step that is asked, if it still stands."""
    world = world_of(view(LATE - 4, instrument="CCC"))

    assert said(Human(horizon=5), world)[1] == [[LATE, 2]]
    assert said(Human(horizon=2), world)[1] == []


def test_a_view_from_long_before_the_run_is_old():
    """It does not become news on the first day."""
    block, spoken = said(Human(), world_of(view(-30)))

    assert spoken == []
    assert block.cause[0].tolist() == [Cause.NOTHING_NEW, Cause.NO_DATA, Cause.NOT_LISTED]


def test_one_person_is_heard_alone_where_named():
    """Everybody speaks where nobody is named: the newest view counts."""
    world = world_of(view(9), view(11, by="bob", score=-1.0))

    assert said(Human(by="ann"), world)[1] == [[10, 0]]
    assert said(Human(by="bob"), world)[1] == [[12, 0]]
    assert said(Human(), world)[1] == [[10, 0], [12, 0]]
    assert said(Human(by="cyd"), world)[1] == []


def test_a_view_alone_opens_no_risk():
    """A person's word counts as text, beside which a numeric voice must stand."""
    assert Human().reads_text


def test_views_on_what_is_not_in_the_universe_are_passed_over():
    """A person may speak of anything."""
    assert said(Human(), world_of(view(9, instrument="ZZZ")))[1] == []


@pytest.mark.parametrize("decide_at", ["close", "open"])
def test_the_contract_is_kept(decide_at):
    """Types, determinism, fast path as slow path, and blind to views not yet known."""
    rng = np.random.default_rng(4)
    recipe = RECIPE._replace(n_steps=200, decide_at=decide_at)
    views = [
        view(int(step), recipe.names[rng.integers(3)], score=float(rng.uniform(0.1, 1)))
        for step in rng.integers(0, 200, 120)
    ]
    world = world_of(*views, recipe=recipe)

    faults = contract_faults(Human(horizon=5, stands=8), world, Effort(20, n_cuts=20))

    assert faults == []
