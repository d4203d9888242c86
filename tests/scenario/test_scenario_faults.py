"""Faults of scenario files: each is found, in its place, with words that help."""

import re
from typing import NamedTuple

import pytest

from steelyard.errors import ScenarioError
from steelyard.scenario import Scenario, load


class Mutation(NamedTuple):
    """One edit of the sound scenario, and the fault it must give."""

    old: str
    new: str
    line: int
    column: int
    message: str
    """A part of the message."""


MUTATIONS = {
    "unknown section": Mutation(
        "seed: 7", "sead: 7", 68, 1, "sead is not a known key; did you mean 'seed'?"
    ),
    "unknown key of a section": Mutation(
        "  max_position:",
        "  max_positon:",
        45,
        3,
        "risk.max_positon is not a known key; did you mean 'max_position'?",
    ),
    "unknown key, nothing like it": Mutation(
        "exit: {max_probability: 0%}",
        "exit: {zzz: 0%}",
        37,
        10,
        "trade.exit.zzz is not a known key; known: max_probability",
    ),
    "unknown key of an agent": Mutation(
        "horizon: 5}\n  - {name: macro",
        "lokback: 60}\n  - {name: macro",
        21,
        40,
        "agents[0].lokback is not a known key; did you mean 'lookback'?",
    ),
    "key of another kind of agent": Mutation(
        "name: news, kind: news",
        "memory: 5, name: news, kind: news",
        23,
        6,
        "agents[2].memory is not a known key",
    ),
    "unknown kind of agent": Mutation(
        "kind: earnings",
        "kind: earning",
        24,
        28,
        "agents[3].kind was 'earning', but the kinds are earnings, human, macro, news, related, "
        "synthetic, technical; did you mean 'earnings'?",
    ),
    "kind missing": Mutation(
        "name: news, kind: news", "name: news", 23, 5, "agents[2].kind is missing"
    ),
    "name of an agent missing": Mutation(
        "name: news, kind: news", "kind: news", 23, 5, "agents[2].name is missing"
    ),
    "name of an agent with capitals": Mutation(
        "name: news,", "name: News,", 23, 12, "agents[2].name was 'News', but a name starts with"
    ),
    "two agents of one name": Mutation(
        "name: news,", "name: macro,", 23, 12, "but agents[1] has the same name; give each its own"
    ),
    "a horizon that is no bucket": Mutation(
        "kind: news, horizon: 5",
        "kind: news, horizon: 10",
        23,
        39,
        "agents[2].horizon was 10, but ensemble.horizons are 5, 21; choose one of them",
    ),
    "a horizon of zero": Mutation(
        "kind: news, horizon: 5",
        "kind: news, horizon: 0",
        23,
        39,
        "agents[2].horizon was '0', but it must be at least 1",
    ),
    "an unknown key of an item": Mutation(
        "revised: refuse",
        "revized: refuse",
        18,
        48,
        "feeds.observations[0].revized is not a known key; did you mean 'revised'?",
    ),
    "a spread of three": Mutation(
        "[BAA, AAA]", "[BAA, AAA, AA]", 22, 72, "was a list of 3, but it must have at most 2"
    ),
    "name missing": Mutation("name: megacaps\n", "", 1, 1, "name is missing"),
    "section missing": Mutation(
        "market:\n", "markets:\n", 4, 1, "markets is not a known key; did you mean 'market'?"
    ),
    "key of a section missing": Mutation(
        "  to: 2013-03-01\n", "", 4, 1, "market.to is missing; add it"
    ),
    "another version": Mutation(
        "version: 1", "version: 2", 1, 10, "version was '2', but it must be 1"
    ),
    "the wrong word": Mutation(
        "gaps: fail", "gaps: fial", 13, 9, "but it must be fail or hold; did you mean 'fail'?"
    ),
    "a key twice": Mutation(
        "seed: 7", "seed: 7\nseed: 8", 69, 1, "'seed' stands twice, first on line 68; keep one"
    ),
    "a value missing": Mutation(
        "  quorum: 1",
        "  quorum:",
        29,
        10,
        "ensemble.quorum was empty, but it must be a whole number",
    ),
    "a section empty": Mutation(
        'account: {cash: "$10_000_000"}',
        "account:",
        66,
        9,
        "account was empty, but it must be a mapping of keys; fill it, or leave the key out",
    ),
    "a section that is a list": Mutation(
        '{max_drawdown_frac: "<= 50%"}',
        "[a]",
        67,
        8,
        "gates was a list of 1, but it must be a mapping of keys",
    ),
    "a list that is a word": Mutation(
        "universe: [AAPL, GOOG, IBM, MSFT]",
        "universe: AAPL",
        6,
        13,
        "market.universe was 'AAPL', but it must be a list, written [a, b]",
    ),
    "a word that is a mapping": Mutation(
        "seed: 7", "seed: {a: 1}", 68, 7, "seed was a mapping, but it must be a whole number"
    ),
    "an empty universe": Mutation(
        "[AAPL, GOOG, IBM, MSFT]",
        "[]",
        6,
        13,
        "market.universe was an empty list, but it must have at least 1",
    ),
    "a symbol twice": Mutation(
        "IBM, MSFT]",
        "IBM, AAPL]",
        6,
        31,
        "market.universe[3] was 'AAPL', but market.universe[0] is the same symbol",
    ),
    "a whole number with a leading zero": Mutation(
        "seed: 7", "seed: 007", 68, 7, "seed was '007', but it must be a whole number"
    ),
    "a whole number with a point": Mutation(
        "adv_window: 21",
        "adv_window: 21.5",
        64,
        15,
        "but it must be a whole number like 63 or 20_000",
    ),
    "a truth value for a number": Mutation("seed: 7", "seed: true", 68, 7, "seed was 'true'"),
    "a fraction without its percent sign": Mutation(
        "max_order: 10%",
        "max_order: 11",
        48,
        14,
        "risk.max_order was '11', but it must be above 0% and at most 1000%; write 11%",
    ),
    "a position larger than all of them": Mutation(
        "max_position: 35%",
        "max_position: 10",
        45,
        17,
        "risk.max_position was 1000%, but risk.max_gross is 100%; write 10% if that was meant",
    ),
    "an order larger than any turn": Mutation(
        "max_order: 10%",
        "max_order: 5",
        48,
        14,
        "risk.max_order was 500%, but risk.max_gross is 100%; write 5% if that was meant",
    ),
    "a key cut short": Mutation(
        "  max_position:",
        "  max_pos:",
        45,
        3,
        "risk.max_pos is not a known key; did you mean 'max_position'?",
    ),
    "a fraction that is none": Mutation(
        "max_order: 10%", "max_order: ten", 48, 14, "but it must be a fraction, written 15% or 0.15"
    ),
    "a limit of zero": Mutation(
        "daily_loss: 4%", "daily_loss: 0%", 52, 15, "but it must be above 0% and at most 100%"
    ),
    "a limit switched off": Mutation(
        "daily_loss: 4%", "daily_loss: none", 52, 15, "risk.daily_loss was 'none'"
    ),
    "a probability below one half": Mutation(
        "  min_probability: 50.5%",
        "  min_probability: 49%",
        55,
        20,
        "but it must be at least 50% and below 100%",
    ),
    "basis points without unit": Mutation(
        "fee: 1 bps",
        "fee: 1",
        60,
        8,
        "it must be in basis points, written 5 bps or 0.05%; write 1 bps",
    ),
    "a cost below zero": Mutation("fee: 1 bps", "fee: -1 bps", 60, 8, "it must be at least 0 bps"),
    "money in words": Mutation(
        '"$10_000_000"',
        "ten million",
        66,
        17,
        "it must be an amount, written $100_000 or 100_000.50",
    ),
    "money finer than millionths": Mutation(
        '"$10_000_000"', "0.0000001", 66, 17, "money is counted in millionths of the currency"
    ),
    "no cash": Mutation(
        '"$10_000_000"', "0", 66, 17, "account.cash was '0', but it must be above 0"
    ),
    "a day that is none": Mutation(
        "to: 2013-03-01",
        "to: 2013-02-30",
        8,
        7,
        "market.to was '2013-02-30', but the calendar has no such day",
    ),
    "a date in another form": Mutation(
        "to: 2013-03-01", "to: 01.03.2013", 8, 7, "but it must be a date, written 2008-09-15"
    ),
    "an end before the beginning": Mutation(
        "to: 2013-03-01",
        "to: 1999-03-01",
        8,
        7,
        "market.to was 1999-03-01, but market.from is 2000-03-01; end later than you begin",
    ),
    "a time that is none": Mutation(
        "decide_at: close", "decide_at: 24:00", 10, 14, "market.decide_at was '24:00'"
    ),
    "an interval without unit": Mutation(
        "interval: session",
        "interval: 30",
        9,
        13,
        "market.interval was '30', but it must be session, or a duration like 30m",
    ),
    "a benchmark without bars": Mutation(
        "  benchmark: {path: data/index.csv, price_basis: quoted}\n",
        "",
        11,
        14,
        "market.benchmark was 'SPX', but feeds.benchmark is missing; add its file there",
    ),
    "more voices than agents": Mutation(
        "quorum: 1",
        "quorum: 5",
        29,
        11,
        "ensemble.quorum was 5, but the panel has 4 agents; lower it or add one",
    ),
    "horizons that do not ascend": Mutation(
        "horizons: [5, 21]",
        "horizons: [5, 21, 21]",
        27,
        21,
        "ensemble.horizons[2] was 21 after 21, but horizons ascend",
    ),
    "holding times that cross": Mutation(
        "min_holding: 1", "min_holding: 300", 38, 16, "but trade.max_holding is 252"
    ),
    "an exit above the entry": Mutation(
        "max_probability: 0%", "max_probability: 60%", 37, 27, "trade.entry.min_probability is 0.5"
    ),
    "a restricted symbol that is not held": Mutation(
        "restricted: []",
        "restricted: [IMB]",
        58,
        16,
        "risk.restricted[0] was 'IMB', but market.universe does not hold it; did you mean 'IBM'?",
    ),
    "another currency": Mutation(
        'cash: "$10_000_000"',
        "currency: EUR",
        66,
        21,
        "mixed currencies are refused until there is a feed of rates",
    ),
    "interest without a rate": Mutation(
        'cash: "$10_000_000"',
        "cash_spread: 50 bps",
        66,
        24,
        "account.cash_spread was 50 bps, but market.risk_free is missing",
    ),
    "a spread that begins late": Mutation(
        "{from: 2000-03-01", "{from: 2000-04-01", 61, 24, "but market.from is 2000-03-01"
    ),
    "spreads that do not ascend": Mutation(
        "{from: 2001-04-09", "{from: 2000-03-01", 61, 58, "but the days ascend"
    ),
    "a test outside the run": Mutation(
        "seed: 7",
        "split: {test_from: 2020-01-02}\nseed: 7",
        68,
        20,
        "split.test_from was 2020-01-02, but the run goes from 2000-03-01 to 2013-03-01",
    ),
    "a split without its day": Mutation(
        "seed: 7", "split: {}\nseed: 7", 68, 1, "split.test_from is missing"
    ),
    "a gate on an unknown figure": Mutation(
        "max_drawdown_frac:", "max_drawdown:", 67, 9, "did you mean 'max_drawdown_frac'?"
    ),
    "a gate without comparison": Mutation(
        '"<= 50%"', "50%", 67, 28, 'it must be a comparison, written "<= 15%" or "> 0.9"'
    ),
    "delisted before it is listed": Mutation(
        "[AAPL, GOOG,",
        "[{id: AAPL, listed_from: 2004-01-02, listed_until: 2003-01-02},",
        6,
        64,
        "market.universe[0].listed_until was 2003-01-02, but listed_from is 2004-01-02",
    ),
    "more cash than the ledger can count gains of": Mutation(
        'cash: "$10_000_000"',
        'cash: "$1_000_000_000_000"',
        66,
        17,
        "it must be above 0 and at most 10_000_000_000",
    ),
    "a tick below a millionth": Mutation(
        "[AAPL, GOOG,",
        "[{id: AAPL, tick: 0.0000001},",
        6,
        31,
        "market.universe[0].tick was 1e-07, but money is kept in millionths",
    ),
    "a tick that is no whole number of millionths": Mutation(
        "[AAPL, GOOG,",
        "[{id: AAPL, tick: 0.0000015},",
        6,
        31,
        "market.universe[0].tick was 1.5e-06, but money is kept in millionths",
    ),
    "an anchor": Mutation("seed: 7", "seed: &s 7", 68, 7, "&s is an anchor; write the value out"),
    "an alias": Mutation("seed: 7", "seed: *s", 68, 7, "*s is an alias; write the value out"),
    "a tag": Mutation("seed: 7", "seed: !!python/name:os.system 7", 68, 7, "is a tag; remove it"),
    "a merge key": Mutation(
        "  gaps: fail", "  <<: {gaps: fail}", 13, 3, "market.<< is not a known"
    ),
    "a tab": Mutation("  gaps: fail", "\tgaps: fail", 13, 1, "a tab stands here; indent with spac"),
    "an open bracket": Mutation("IBM, MSFT]", "IBM, MSFT", 7, 7, "it began on line 6"),
    "a wrong indentation": Mutation("  gaps: fail", " gaps: fail", 13, 2, "check the indentation"),
    "a second document": Mutation(
        "seed: 7", "seed: 7\n---\nseed: 8", 69, 1, "a scenario is one document"
    ),
    "a key that is a list": Mutation("seed: 7", "[a]: 7", 68, 1, "a key was a list of 1"),
    "a character that is none": Mutation("seed: 7", "seed: \x077", 68, 7, "'\\x07' stands here"),
    "an escape too large": Mutation("seed: 7", 'seed: "\\U00110000"', 68, 10, "cannot be read"),
    "half a code point": Mutation("seed: 7", 'about: "\\ud800"\nseed: 7', 68, 8, "is escaped here"),
    "nested too deep": Mutation("seed: 7", f"seed: {'[' * 99}{']' * 99}", 68, 26, "nested deeper"),
}


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
def test_a_fault_is_found_in_its_place(mutation, base_text, tmp_path):
    """The first fault names file, line and column, says what helps, and ends with exit 3."""
    assert base_text.count(mutation.old) == 1
    path = tmp_path / "mutated.yaml"
    path.write_text(base_text.replace(mutation.old, mutation.new), encoding="utf-8")

    with pytest.raises(ScenarioError, match=re.escape(mutation.message)) as raised:
        load(path)

    fault = next(fault for fault in raised.value.faults if mutation.message in fault.message)
    assert (str(path), mutation.line, mutation.column) == (fault.path, fault.line, fault.column)
    assert raised.value.exit_code == 3


def test_there_is_no_fault_in_the_sound_scenario(base_text):
    """What the mutations start from reads without fault."""
    assert Scenario.from_yaml(base_text).name == "megacaps"
