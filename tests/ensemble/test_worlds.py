"""The pool captures the information that it is meant to, on five synthetic worlds."""

import importlib.util
from types import ModuleType

import numpy as np
import pytest

from tests.ensemble.panels import course_of, settings_for, weigh_all
from tests.shared import shared_path

pytestmark = [pytest.mark.shared, pytest.mark.slow]

N_STEPS = 5000
N_SEEDS = 10


@pytest.fixture(scope="module")
def worlds() -> ModuleType:
    """The generator of the worlds."""
    spec = importlib.util.spec_from_file_location("worlds", shared_path("bench/pool/worlds.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("stationary", 0.95),
        ("partial", 0.95),
        ("weak", 0.80),
        ("flip", 0.82),
        ("switch", 0.60),
    ],
)
def test_the_pool_captures_what_can_be_known(worlds, kind, least):
    """Share of the base rate's loss beyond the optimum's that is saved, mean over ten seeds."""
    settings = settings_for([0] * 8, [1], max_log_odds=20.0)
    captured = []
    for seed in range(N_SEEDS):
        stated, up, _, _, optimum = worlds.synth(kind, N_STEPS, seed)
        log_odds = np.log(stated / (1 - stated)).transpose(0, 2, 1)
        outcome = np.where(up > 0, 0.01, -0.01)[:, :, None]
        weighed = weigh_all(course_of(np.ascontiguousarray(log_odds), outcome), settings)
        losses = [
            worlds.log_loss(said, up[:, 0])[N_STEPS // 5 :].mean()
            for said in (weighed.base_rate[:, 0], weighed.probability[:, 0, 0], optimum)
        ]
        captured.append((losses[0] - losses[1]) / (losses[0] - losses[2]))

    assert np.mean(captured) >= least
