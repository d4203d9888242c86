"""Conduct: each breach planted in a sound record is found, and a sound record has none."""

import numpy as np
import pytest

from steelyard.plan import replay
from steelyard.types.decision import Purpose, TradingState
from steelyard.types.record import FILL_COLUMNS
from steelyard.validation.conduct import (
    Breaches,
    at_reopening,
    breaches_of,
    in_halt,
    past_limit,
    resting_stop,
    stops_of_book,
)
from tests.validation.stressed import staged, stressed, with_scenario

NONE = Breaches(0, 0, 0, 0)
NO_STOPS = np.full(4, np.nan)
PURPOSE = FILL_COLUMNS.index("purpose")


def decided(name):
    """Give the record of a case, of one's own to spoil."""
    case = staged(name)
    return replay(stressed().base.scenario, case.world, case.course, case.tape)


def an_addition(record, eve):
    """Give step and instrument of an addition of risk behind the eve."""
    adds = (record.purpose == Purpose.OPEN) & (record.order_lots != 0)
    adds[: eve + 1] = False
    return tuple(int(each) for each in np.argwhere(adds)[0])


@pytest.mark.parametrize("name", ["gap", "spread", "agent_overconfident"])
def test_a_sound_course_has_no_breach(name):
    """What the supervisor lets through keeps every limit."""
    assert breaches_of(stressed().base, staged(name), decided(name)) == NONE


@pytest.mark.parametrize(
    ("column", "value"), [("allowed", 0.21), ("weight", -0.2), ("state", TradingState.REDUCING)]
)
def test_an_addition_past_a_limit_is_found(column, value):
    """Past the largest position, past the largest order, or in a state that adds nothing."""
    base, record = stressed().base, decided("spread")
    step, i = an_addition(record, base.eve)
    getattr(record, column)[(step,) if column == "state" else (step, i)] = value

    assert breaches_of(base, staged("spread"), record).past_limit == 1


@pytest.mark.parametrize(
    "limit",
    ["max_position", "max_gross", "max_net", "max_order", "max_participation", "price_collar"],
)
def test_each_limit_is_watched_by_itself(limit):
    """What was sound is past any one limit that had been next to nothing."""
    base, case, record = stressed().base, staged("spread"), decided("spread")
    tight = with_scenario(base, **{f"risk__{limit}": "0.001%"})

    assert not past_limit(base.scenario, case, record)[base.first :].any()
    assert past_limit(tight.scenario, case, record)[base.first :].any()


def test_an_order_or_a_fill_in_a_halt_is_found():
    """One of each: two breaches."""
    base, case, record = stressed().base, staged("halt"), decided("halt")
    record.order_lots[case.traded.halted] = 0
    assert in_halt(case, record, base.eve) == 0

    record.order_lots[base.first + 1, 0] = 100
    a_fill(record, base.first + 1, 0, Purpose.REDUCE)

    assert in_halt(case, record, base.eve) == 2


def a_fill(record, step, instrument, purpose, ticks=1):
    """Put one more fill into a record."""
    row = dict.fromkeys(FILL_COLUMNS, 0)
    row |= {"step": step, "instrument": instrument, "purpose": int(purpose), "price_ticks": ticks}
    record.fill[record.n_fills] = [row[name] for name in FILL_COLUMNS]
    record.counter[0] += 1


def reopening(case):
    """Give the step at which the halt has ended."""
    return int(np.flatnonzero(case.traded.halted[:, 0])[-1]) + 1


def unmet(case, record, stops=NO_STOPS):
    """Give where a reopening was not met as it must be."""
    return set(at_reopening(case, record, stressed().base.eve, stops))


def test_an_addition_at_a_reopening_is_found():
    """The first print after a halt is for who must leave."""
    case, record = staged("halt"), decided("halt")
    place = reopening(case), 1
    assert unmet(case, record) == set()

    a_fill(record, *place, Purpose.OPEN)

    assert unmet(case, record) == {place}


def test_a_stop_that_misses_the_reopening_is_found_and_one_that_meets_it_is_not():
    """It executes at the first print, if that has passed it."""
    base, case, record = stressed().base, staged("halt"), decided("halt")
    step = reopening(case)
    print_ticks = round(case.traded.open[step, 0] * 100)
    stops = np.array([print_ticks / 100 + 1.0, np.nan, np.nan, np.nan])
    record.counter[0] = 0
    record.lots[base.eve :, 0] = 10
    record.purpose[base.eve :, 0] = Purpose.NONE

    assert unmet(case, record, stops - 2.0) == set()
    assert unmet(case, record, stops) == {(step, 0)}
    a_fill(record, step, 0, Purpose.PROTECT, print_ticks - 50)
    assert unmet(case, record, stops) == {(step, 0)}
    a_fill(record, step, 0, Purpose.PROTECT, print_ticks)
    assert unmet(case, record, stops) == set()


def test_additions_draw_a_stop_nearer_and_a_position_takes_its_own_away():
    """Never further away; where nothing is held there is none."""
    case, record = staged("gap"), decided("gap")
    record.lots[100:110, 0] = 10
    record.purpose[100:110, 0] = Purpose.NONE
    record.purpose[[102, 104], 0], record.order_lots[[102, 104], 0] = Purpose.OPEN, 5
    record.stop[[102, 104], 0] = 50.0, 40.0

    assert resting_stop(case, record, range(100, 102), 0, 30.0) == 30.0
    assert resting_stop(case, record, range(100, 106), 0, 30.0) == 50.0
    record.lots[108, 0] = 0
    assert np.isnan(resting_stop(case, record, range(100, 110), 0, 30.0))


def test_a_book_is_put_with_stops_on_its_own_side():
    """Three volatilities of a month below who is long, above who is short."""
    base, case = stressed().base, staged("gap")
    price, volatility = case.course.price[base.eve], case.course.volatility[base.eve]
    put = np.array([0.2, -0.2, 0.0, 0.2])
    stops = stops_of_book(base.scenario, case, put, base.eve)

    away = 3.0 * np.sqrt(21) * volatility
    assert stops[[0, 1]] == pytest.approx(price[[0, 1]] * (1 - np.array([1, -1]) * away[[0, 1]]))
    assert np.isnan(stops[2])


def test_an_agent_that_says_more_than_it_may_is_found():
    """One share of the log-odds beyond ensemble.max_log_odds."""
    base, record = stressed().base, decided("spread")
    record.share[base.first, 0, 0, 0] = 1.01

    assert breaches_of(base, staged("spread"), record).past_say == 1
