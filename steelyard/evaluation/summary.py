"""All figures of a run, as `summary.json` holds them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from steelyard.evaluation.agents import agent_figures
from steelyard.evaluation.attribution import attribute
from steelyard.evaluation.baselines import buy_and_hold, exposure_matched_basket
from steelyard.evaluation.finished import Finished
from steelyard.evaluation.portfolio import (
    Curve,
    cap_figures,
    curve_figures,
    curve_of,
    difference,
    exposure_figures,
    state_figures,
)
from steelyard.evaluation.trades import trade_figures, vetoes
from steelyard.evaluation.verdicts import verdict_figures
from steelyard.types.record import Record
from steelyard.types.units import MICROS


def summarise(finished: Finished, others: Mapping[str, Record]) -> dict[str, Any]:
    """Give every figure of a run, ready for JSON: what cannot be told is None, never NaN.

    Args:
        finished: The run.
        others: Records of the same course decided otherwise, by the baseline's name.

    Returns:
        `metrics`, `agents` by name, `baselines` by name (each with the `difference` of the
        run's mean annual return to its own, and that difference's 95 % interval), `vetoes`
        by rule and `abstentions` by cause.
    """
    agents = agent_figures(finished)
    figures = {
        "metrics": _metrics(finished, agents),
        "agents": agents,
        "baselines": _baselines(finished, others),
        "vetoes": vetoes(finished.record),
        "abstentions": _causes(agents),
    }
    return {part: _plain(figure) for part, figure in figures.items()}


def _metrics(finished: Finished, agents: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    parts = attribute(finished)._asdict()
    return {
        **curve_figures(curve_of(finished.record, finished), finished),
        **verdict_figures(finished),
        "n_opinions": sum(agent["n_opinions"] for agent in agents.values()),
        "n_abstentions": sum(agent["n_abstentions"] for agent in agents.values()),
        **trade_figures(finished),
        **state_figures(finished),
        **cap_figures(finished),
        **exposure_figures(finished),
        "pnl": {part: micros / MICROS for part, micros in parts.items()},
    }


def _baselines(finished: Finished, others: Mapping[str, Record]) -> dict[str, Any]:
    ours = curve_of(finished.record, finished)
    curves: dict[str, Curve] = {name: curve_of(each, finished) for name, each in others.items()}
    curves["exposure_matched_basket"] = exposure_matched_basket(finished)
    curves["buy_and_hold"] = buy_and_hold(finished)
    return {
        name: curve_figures(curve, finished)
        | {"difference": difference(ours, curve, finished)._asdict()}
        for name, curve in curves.items()
    }


def _causes(agents: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Sum the abstentions of all agents by cause, the most frequent first."""
    total: dict[str, int] = {}
    for agent in agents.values():
        for cause, n in agent["abstentions"].items():
            total[cause] = total.get(cause, 0) + n
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def _plain(value: Any) -> Any:
    """Turn NumPy's numbers into Python's, and what is not finite into None."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
