"""What moves before the next executable price earns nothing and teaches nothing."""

import numpy as np
import pytest

from steelyard.agents.news import News
from steelyard.agents.technical import Technical
from steelyard.evaluation.loss import log_losses
from steelyard.testing.agents import Scripted
from steelyard.testing.runs import a_scenario, play
from tests.run.nights import earned_overnight, jumpy, nightly

WAYS = ["close", "open", "clock"]
FREELY = {
    "trade": {"mandate": "long_short"},
    "risk": {"text_alone": "allow", "price_collar": 0.5},
}
SEEDS = range(5)
A_JUMP = 0.08


def captured(played):
    """Give by how much the pool's log loss is below the base rate's, nats."""
    record, outcome = played.record, played.course.outcome
    rows = np.isfinite(outcome) & record.stands & np.isfinite(record.probability)
    up = (outcome[rows] > 0).astype(np.float64)
    base = np.broadcast_to(record.base_rate[:, None, :], outcome.shape)[rows]
    return float((log_losses(base, up) - log_losses(record.probability[rows], up)).mean())


def net_return(played):
    """Give the return after costs over the run, of the cash at the start."""
    return float(played.record.equity[-1] / played.record.cash[0] - 1.0)


def read_jumps(seed, decide_at, delay):
    """Let the news agent read a jumpy world."""
    world = jumpy(seed, decide_at, delay=delay)
    agents = [News(horizon=1)]
    return world, play(world, agents, a_scenario(world, agents, FREELY))


def watch_nights(seed, decide_at, delay):
    """Let one agent say what it knows of a night, and another read the prices."""
    world, sign = nightly(seed, decide_at, delay=delay)
    knowing = Scripted(0.5 * sign, np.full(sign.shape, 0.65), horizon=1)
    agents = [knowing, Technical(horizon=1)]
    return play(world, agents, a_scenario(world, agents, FREELY))


@pytest.mark.parametrize("decide_at", WAYS)
def test_a_jump_at_the_open_after_a_document_earns_nothing(decide_at):
    """Each document comes after the close and is followed by 10 % its way at the open."""
    runs = [read_jumps(seed, decide_at, delay=1) for seed in SEEDS]

    gains = [earned_overnight(world, played.record, A_JUMP) for world, played in runs]
    assert sum(played.record.n_fills for _, played in runs) > 50
    assert np.mean(gains) < 0.04
    assert np.mean([net_return(played) for _, played in runs]) < 0.04
    # A jump that can be traded gives .01; what is left here is chance, of either sign.
    gained = [captured(played) for _, played in runs]
    assert np.mean(gained) < 0.0005
    assert max(gained) < 0.002


@pytest.mark.parametrize("decide_at", WAYS)
def test_the_news_agent_does_not_learn_from_such_a_jump(decide_at):
    """Its confidence stays what chance alone teaches; with time to trade it grows."""
    _, jumped = read_jumps(1, decide_at, delay=1)
    _, slow = read_jumps(1, decide_at, delay=3)

    confidence, earned = (
        float(played.tape.confidence[played.tape.cause == 0].mean()) for played in (jumped, slow)
    )
    assert confidence < 0.52
    assert earned > 0.53


@pytest.mark.parametrize("decide_at", WAYS)
def test_a_jump_that_can_be_traded_earns_much(decide_at):
    """The same look sees the gain where the jump comes two nights later."""
    world, played = read_jumps(0, decide_at, delay=3)

    assert earned_overnight(world, played.record, A_JUMP) > 0.3
    assert net_return(played) > 0.3
    assert captured(played) > 0.003


@pytest.mark.parametrize("decide_at", WAYS)
def test_a_world_foretold_only_overnight_gives_nothing(decide_at):
    """Its closes tell every next open; no order can be faster, so nothing is captured."""
    runs = [watch_nights(seed, decide_at, delay=1) for seed in SEEDS]

    assert abs(np.mean([captured(played) for played in runs])) < 0.0005
    assert max(captured(played) for played in runs) < 0.0015
    assert np.mean([net_return(played) for played in runs]) < 0.01


@pytest.mark.parametrize("decide_at", WAYS)
def test_a_world_foretold_one_night_longer_gives_much(decide_at):
    """The same look finds information and money where an order comes in time."""
    played = watch_nights(0, decide_at, delay=3 if decide_at == "clock" else 2)

    assert captured(played) > 0.02
    assert net_return(played) > 0.5
