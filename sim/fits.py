"""Models fitted to what happened."""

from typing import Any

import numpy as np

from steelyard.sim.models import Garch
from steelyard.types.arrays import Floats

PERCENT = 100.0
"""Returns are fitted in percent: near 1, the optimiser sees its steps."""
DIGITS = 6
"""Figures are rounded to so many digits, so that no machine's last bit matters."""


def fit_garch(log_return: Floats) -> Garch:
    """Fit GARCH(1,1) with leverage and t innovations by maximum likelihood.

    Args:
        log_return: Of one series, per step, shape (n_steps,); some hundreds at least.

    Raises:
        ValueError: the likelihood has no maximum at which the variance has a mean.
    """
    from arch import arch_model

    model = arch_model(PERCENT * log_return, mean="Constant", vol="GARCH", p=1, o=1, q=1, dist="t")
    figures: Any = model.fit(disp="off", show_warning=False).params
    drift, omega, reaction, leverage, memory, tail = (
        float(figures[name]) for name in ("mu", "omega", "alpha[1]", "gamma[1]", "beta[1]", "nu")
    )
    left = 1.0 - reaction - leverage / 2.0 - memory
    if left <= 0.0:
        raise ValueError(
            f"the fit's persistence was {1.0 - left:.6g}: the series has no volatility over the "
            "long run that a market could be made with"
        )
    volatility = float(np.sqrt(omega / left))
    return Garch(
        drift=_rounded(drift / PERCENT),
        volatility=_rounded(volatility / PERCENT),
        reaction=_rounded(reaction),
        memory=_rounded(memory),
        leverage=_rounded(leverage),
        tail=_rounded(tail),
    )


def _rounded(value: float) -> float:
    """Keep the leading digits."""
    return float(f"{value:.{DIGITS}g}")
