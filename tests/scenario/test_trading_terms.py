"""Terms of trade: schedules, shorthands, accounts, and what contradicts itself."""

import pytest
from pydantic import ValidationError

from steelyard.errors import ScenarioError
from steelyard.scenario import Scenario
from steelyard.scenario.account import Account
from steelyard.scenario.execution import Execution, Fee, Impact


def test_basis_points_alone_are_a_fee_of_that_rate():
    """The other parts of the schedule are 0."""
    assert Execution(fee="5 bps").fee == Fee(rate=5.0, per_share=0, per_order=0, minimum=0)


def test_a_schedule_has_only_the_parts_it_states():
    """A broker's schedule per share charges no rate beside; amounts are in millionths."""
    fee = Execution(fee={"per_share": "$0.005", "minimum": "$1"}).fee

    assert fee == Fee(rate=0.0, per_share="0.005", per_order=0, minimum=1)
    assert (fee.per_share, fee.minimum) == (5_000, 1_000_000)


@pytest.mark.parametrize(
    ("written", "impact"),
    [
        ("none", Impact(coefficient=0.0, permanent=0.0)),
        ("0.4", Impact(coefficient=0.4, permanent=0.3)),
        (0.4, Impact(coefficient=0.4, permanent=0.3)),
        ({"permanent": "0"}, Impact(coefficient=0.6, permanent=0.0)),
    ],
)
def test_impact_is_a_number_two_or_none(written, impact):
    """One number is the coefficient; none is none at all."""
    assert Execution(impact=written).impact == impact


def test_a_spread_may_be_estimated_from_a_day_on():
    """A word in place of a value; what is written comes back."""
    dated = [{"from": "2000-03-01", "value": "6 bps"}, {"from": "2001-04-09", "value": "estimated"}]
    execution = Execution(half_spread=dated)

    assert [each.value for each in execution.half_spread] == [6.0, "estimated"]
    assert Execution(half_spread="estimated").half_spread[0].value == "estimated"
    assert Execution(**execution.model_dump(mode="json")) == execution


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"half_spread": "guessed"}, "written 5 bps or 0.05%, or estimated"),
        ({"half_spread": "-1 bps"}, "at least 0 bps"),
        ({"fee": {"per_share": "$-1"}}, "at least 0"),
        ({"impact": "much"}, "it must be a number"),
        ({"latency": -1}, "at least 0"),
        ({"bar_share": 0.0}, "above 0%"),
        ({"price_limit": "120%"}, "at most 100%"),
        ({"intrabar": "optimistic"}, "'pessimistic' or 'nearest'"),
    ],
)
def test_terms_that_no_market_has_are_refused(values, message):
    """Each with what is allowed."""
    with pytest.raises(ValidationError, match=message):
        Execution(**values)


def test_a_wrong_half_spread_is_one_fault(base_text):
    """A lone value stands for a list of one: it is wrong, the list is not short."""
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_yaml(base_text, overrides={"execution.half_spread": "guessed"})

    assert len(caught.value.faults) == 1


def test_every_term_reads_back_from_a_file(base_text):
    """Schedules and the word for an estimate among them."""
    terms = {
        "execution.fee": "{rate: 1 bps, per_share: $0.005, per_order: $1, minimum: $1}",
        "execution.half_spread": "estimated",
        "execution.impact": "none",
        "execution.remainder": "worse",
        "execution.latency": "1",
        "execution.intrabar": "nearest",
        "execution.price_limit": "10%",
        "execution.opposite_stop": "refuse",
        "account.kind": "cash",
    }
    scenario = Scenario.from_yaml(base_text, overrides=terms)

    assert Scenario.from_yaml(scenario.to_yaml()) == scenario
    assert scenario.execution.fee == Fee(rate=1.0, per_share="0.005", per_order=1, minimum=1)
    assert scenario.execution.price_limit == 0.1
    assert scenario.account == Account(cash=10_000_000, kind="cash")


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (
            {"account.kind": "cash", "trade.mandate": "long_short"},
            r"account\.kind was 'cash', but trade\.mandate is long_short",
        ),
        (
            {"risk.max_gross": "250%"},
            r"risk\.max_gross was 250%, but account\.initial_margin is 0\.5, which carries",
        ),
        (
            {"account.kind": "cash", "risk.max_gross": "101%"},
            r"risk\.max_gross was 101%, but account\.kind is cash, which carries at most 100%",
        ),
        (
            {"account.maintenance_margin": "60%"},
            r"account\.maintenance_margin was 0\.6, but account\.initial_margin is 0\.5",
        ),
    ],
)
def test_an_account_carries_what_it_is_asked_to(base_text, terms, message):
    """Shorts and gross exposure that it cannot carry are found before a run."""
    with pytest.raises(ScenarioError, match=message):
        Scenario.from_yaml(base_text, overrides=terms)


def test_a_limit_at_what_margin_carries_stands(base_text):
    """Half the value in equity carries twice the equity."""
    scenario = Scenario.from_yaml(base_text, overrides={"risk.max_gross": "200%"})

    assert scenario.risk.max_gross == 2.0
