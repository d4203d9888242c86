"""The kernels of risk say the same whether compiled or not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from steelyard.risk import constructor, supervisor
from tests.risk.desk import a_book, a_market, some_limits, some_verdicts, trade

ROOT = Path(__file__).parents[2]
N = 4


def course(n_steps=30):
    """Run a course in which targets are met at once, and give lots and targets of each step."""
    random = np.random.default_rng(5)
    desk, risk = constructor.start(N), supervisor.start()
    weight, said = np.zeros(N), []
    limits = some_limits(N, max_gross=0.8, max_order=0.2)
    for t in range(n_steps):
        book = a_book(weight, equity=1e6 * (1 + random.normal(0, 0.03)), session=t)
        market = a_market(N, step_return=random.normal(0, 0.02, N))
        verdicts = some_verdicts(random.normal(0, 0.001, N))
        desk, intents = constructor.propose(desk, verdicts, book, market, trade(long_only=False))
        risk, decisions = supervisor.review(risk, intents, book, market, limits)
        weight = decisions.allowed
        said.append([decisions.order_lots.tolist(), intents.target.tolist()])
    return said


def test_compiled_and_plain_kernels_agree():
    """Every target and every lot is the same to the last bit."""
    plain = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import json; from {__name__} import course; print(json.dumps(course()))",
        ],
        cwd=ROOT,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        check=True,
        text=True,
    )

    assert course() == json.loads(plain.stdout)
