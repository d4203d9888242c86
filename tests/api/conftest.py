"""One run that most tests of this folder look at."""

import pytest

import steelyard
from tests.api.stage import BUSY


@pytest.fixture(scope="session")
def done(tmp_path_factory):
    """Give a short busy run, made in Python."""
    return steelyard.run(
        "megacaps", overrides=BUSY, runs_dir=tmp_path_factory.mktemp("runs-of-python")
    )
