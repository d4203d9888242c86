"""The first kernel of decide: opinions of a step in, verdicts out.

A step first learns from the outcomes that settled by it, then takes in what was said,
then foretells, and lays the rows aside until their own outcomes settle.
"""

from steelyard.ensemble.calibration import TRAILING, believe, learn_agents, learn_base
from steelyard.ensemble.pool import foretell, learn_pool
from steelyard.ensemble.state import PoolMode, WeighSettings, WeighState, start
from steelyard.ensemble.verdict import (
    capped,
    count_voices,
    disagreement_of,
    expect,
    lean_on,
    learn_returns,
    simplify,
)
from steelyard.ensemble.waiting import (
    gather,
    hear,
    lay_inputs,
    lay_market,
    lay_opinions,
    lay_rows,
    reach_of,
)
from steelyard.kernel import kernel
from steelyard.types.decision import Said, Verdicts

__all__ = ["PoolMode", "WeighSettings", "WeighState", "start", "weigh"]


@kernel
def weigh(state: WeighState, said: Said, settings: WeighSettings) -> tuple[WeighState, Verdicts]:
    """Weigh the opinions of one step.

    Args:
        state: From `start` or the step before; its arrays are reused.
        said: The step's opinions, and the outcomes that may be learnt from by now.
        settings: The same at every step.

    Returns:
        The next state, and fresh verdicts. `expected` and `expected_sd` are NaN where the
        volatility is unknown; an instrument that is not listed has the base rate and no
        voices. The shares of a row and the log-odds of the base rate add up to the
        log-odds of its probability.
    """
    step, standing, base, calibration, pool, returns, opinions, rows, market = state
    horizon, bucket_of_agent = settings.horizon, settings.bucket_of_agent
    n_slots = len(rows.base)
    alike = believe(base).alike
    for agent in range(len(bucket_of_agent)):
        calibration.excess[agent] *= TRAILING
        calibration.weight[agent] *= TRAILING
    for bucket in range(len(horizon)):
        slot = (step - settings.settle_offset[bucket]) % n_slots
        settled = gather(said.settled, market.listed[slot], slot, bucket)
        if len(settled.up) > 0:
            row_base, temper = rows.base[slot, bucket], rows.temper[slot, bucket]
            learn_base(base, settled, horizon[bucket], alike[bucket])
            learn_agents(calibration, opinions, row_base, settled, bucket_of_agent)
            learn_pool(pool, rows, settled)
            learn_returns(returns, market, temper, settled)
    beliefs, slot = believe(base), step % n_slots
    hear(standing, said, settings)
    reach = reach_of(standing, settings)
    inputs, lean = rows.inputs[slot], market.lean[slot]
    lay_inputs(inputs, standing.log_odds, beliefs.log_odds, calibration.mean, reach)
    lay_opinions(opinions, step, standing, beliefs, settings)
    lay_rows(rows, step, standing, beliefs, settings)
    share, variance = foretell(pool, inputs, beliefs.log_odds, reach, rows.member[slot])
    simplify(settings.pool, calibration, inputs, reach, share, variance)
    probability, log_odds_sd = capped(share, variance, beliefs, settings.max_log_odds)
    lean_on(lean, probability, standing.score, reach)
    lay_market(market, slot, said, horizon)
    expected, expected_sd = expect(returns, lean, probability, log_odds_sd, market.sigma[slot])
    n_voices, numeric, quorate, stands = count_voices(reach, settings.reads_text, settings.quorum)
    verdicts = Verdicts(
        probability,
        log_odds_sd,
        beliefs.rate,
        expected,
        expected_sd,
        disagreement_of(inputs, reach),
        stands,
        share,
        n_voices,
        numeric,
        quorate,
    )
    after = WeighState(step + 1, standing, base, calibration, pool, returns, opinions, rows, market)
    return after, verdicts
