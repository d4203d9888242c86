"""Paths decided on Ray: their digests do not know where."""

import pytest

from steelyard.executor import How
from steelyard.validation.montecarlo import MonteCarlo, monte_carlo
from tests.validation.played import busy

pytestmark = pytest.mark.ray


def test_a_path_is_the_same_here_and_on_one_or_two_workers(cluster):
    """More than a block for each, so that none has all paths."""
    run = busy()
    few = MonteCarlo(n_paths=510, n_steps=30)

    here, one, two = (monte_carlo(*run, few, how) for how in (How(), How("ray", 1), How("ray", 2)))

    assert here.n_fills.min() > 0
    assert one.digest.tolist() == two.digest.tolist() == here.digest.tolist()
    assert one.hexdigest() == here.hexdigest()
