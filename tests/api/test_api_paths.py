"""Paths from Python: of a run at hand or of its folder, the same."""

import pytest

import steelyard

FEW = {"n_paths": 6, "n_steps": 30, "mean_block": 10}


def test_a_run_and_its_folder_give_the_same_paths(done):
    """Whatever the number of threads."""
    here = steelyard.monte_carlo(done, **FEW, workers=1)
    there = steelyard.monte_carlo(str(done.folder), **FEW, workers=2)

    assert there.digest.tolist() == here.digest.tolist()
    assert here.n_fills.sum() > 0
    assert here.figures(drawdown_limit=0.5)["n_paths"] == 6.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_paths": 0}, "n_paths was 0, but it is a number from 1 to 1,000,000,000$"),
        ({"n_steps": 2.5}, "n_steps was 2.5"),
        ({"mean_block": 0.5}, "mean_block was 0.5"),
        ({"n_paths": 10**12}, "n_paths was 1000000000000, but it is a number from 1 to"),
        ({"n_paths": True}, "n_paths was True, but it is a number from 1 to"),
        ({"first_path": -1}, "first_path was -1, but it is a number from 0 to"),
        ({"workers": 0}, "workers was 0"),
    ],
)
def test_numbers_that_make_no_paths_are_refused(done, changes, message):
    """The message says which, and what it can be."""
    with pytest.raises(ValueError, match=message):
        steelyard.monte_carlo(done, **(FEW | changes))
