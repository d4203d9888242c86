"""Tests of what is known of the moves after events."""

import numpy as np
import pytest

from steelyard.agents.impact import PRIOR_EVENTS, Moves, expected_moves, impacts
from steelyard.agents.mentions import EVENTS, Mentions

GOOD, BAD = EVENTS.index("results, good"), EVENTS.index("results, bad")
N_STEPS, HORIZON, OFFSET = 400, 5, 6


def mentions(steps, events):
    """Give stories of weight 1 on the only instrument."""
    n = len(steps)
    return Mentions(
        step=np.array(steps),
        document=np.arange(n),
        column=np.zeros(n, dtype=np.int64),
        group=np.zeros(n, dtype=np.int64),
        event=np.array(events),
        tells=np.ones(n, dtype=np.bool_),
        tone=np.zeros(n),
        weight=np.ones(n),
    )


def moves(after):
    """Give small moves of either side, and `after` at the steps it names."""
    target = np.where(np.arange(N_STEPS) % 2, 0.1, -0.1)[:, None]
    for step, move in after.items():
        target[step] = move
    return Moves(target, HORIZON, OFFSET)


STEPS = list(range(0, 300, 10))


def test_the_mean_move_is_shrunk_and_counted():
    """Thirty moves of 1 beyond the usual, apart from each other, against the prior's twenty."""
    (good,) = impacts(mentions(STEPS, [GOOD] * 30), moves(dict.fromkeys(STEPS, 1.0)))

    assert good.event == "results, good"
    assert good.n == pytest.approx(30.0)
    assert good.mean == pytest.approx(30 * (1 - usual()) / (30 + PRIOR_EVENTS), rel=1e-6)
    assert good.low < good.mean < good.high
    assert good.size > 1.0


def usual():
    """Give the mean of the moves above that had settled at the last step."""
    target = moves(dict.fromkeys(STEPS, 1.0)).target[: N_STEPS - OFFSET, 0]
    weight = 1.0 / np.minimum(np.arange(1, len(target) + 1), HORIZON)
    return float((weight * target).sum() / weight.sum())


def test_events_that_overlap_share_their_weight():
    """Five stories on five days in a row are little more than one event."""
    (good,) = impacts(mentions([50, 51, 52, 53, 54], [GOOD] * 5), moves({}))

    assert good.n == pytest.approx(1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5)


def test_what_is_expected_rests_on_what_had_settled():
    """The first event teaches nothing until its window has closed, later ones all before."""
    steps = [10, 14, 20]
    expected = expected_moves(
        mentions(steps, [GOOD] * 3), moves(dict.fromkeys(steps, 3.0)), half_life=5.0
    )[:, 0]

    assert not expected[: 10 + OFFSET].any()
    assert expected[10 + OFFSET] > 0.0
    assert expected[20] > 0.0


def test_kinds_are_told_apart():
    """Rises after good results, falls after bad ones."""
    after = dict.fromkeys(STEPS[::2], 1.0) | dict.fromkeys(STEPS[1::2], -1.0)
    bad, good = impacts(mentions(STEPS, [GOOD, BAD] * 15), moves(after))

    assert (bad.event, good.event) == ("results, bad", "results, good")
    assert bad.mean < 0.0 < good.mean


def test_nothing_heard_is_nothing_expected():
    """Of no events there is no impact."""
    silent = mentions([], np.array([], dtype=np.int64))

    assert impacts(silent, moves({})) == ()
    assert not expected_moves(silent, moves({}), 5.0).any()
