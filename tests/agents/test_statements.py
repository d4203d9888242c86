"""Statements on policy, each against the one before."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.agents.sentences import split_sentences
from steelyard.agents.stance import read_stance
from steelyard.agents.statements import (
    FADE_NS,
    STATEMENT_FEATURES,
    newest_statement,
    statement_features,
    statements_of,
    surprises,
)
from steelyard.types.units import DAY_NS
from tests.agents.callroom import EASY, TIGHT
from tests.agents.newsroom import at, document, walk, world
from tests.shared import shared_path


def flat(when):
    """Give a yield that never moves, of no known level."""
    return np.full(len(when), np.nan)


def spoken(*documents, short_yield=flat):
    """Give the statements among these documents."""
    snapshot = world(list(documents), walk(200, 0)).snapshot(199)
    return statements_of(snapshot, "statement", short_yield)


def said(step, text, *symbols, kind="statement"):
    """Give a document on policy, known after the close of `step`."""
    return document(step, "Policy", *symbols, kind=kind, text=text)


def test_a_hawkish_turn_reads_hawkish():
    """Level, change, surprise and the stance of new sentences all rise."""
    first, second = spoken(said(3, EASY), said(50, TIGHT))

    assert first.level < 0 < second.level
    assert second.change == second.level - first.level
    assert second.surprise == second.change
    assert second.reworded > 0


def test_the_first_statement_changes_nothing():
    """Its change is unknown, not 0; its level counts."""
    (first,) = spoken(said(3, TIGHT))

    assert first.level > 0
    assert all(map(math.isnan, (first.change, first.surprise, first.reworded)))


def test_the_quote_is_of_the_statement():
    """Word for word, one of its sentences."""
    (first,) = spoken(said(3, TIGHT))

    assert first.quote in split_sentences(TIGHT)
    assert first.quote == read_stance(TIGHT).quote


@pytest.mark.parametrize(
    "other", [said(3, TIGHT, "ACME"), said(3, TIGHT, kind="minutes")], ids=["symbol", "kind"]
)
def test_only_statements_on_no_company_count(other):
    """A company's words and the minutes of a meeting are something else."""
    assert spoken(other) == ()


def test_what_is_expected_is_no_surprise():
    """Where changes follow the yield's moves, surprises fade as that is learnt."""
    random = np.random.default_rng(0)
    moved = random.normal(0.0, 0.25, 200)
    change = 0.8 * moved + random.normal(0.0, 0.02, 200)

    left = surprises(change, moved)

    assert left[0] == change[0]
    assert np.std(left[100:]) < 0.2 * np.std(change[100:])


@settings(max_examples=25)
@given(cut=st.integers(1, 29), seed=st.integers(0, 1000))
def test_surprises_do_not_look_ahead(cut, seed):
    """Those of a short past are the first ones of a longer one."""
    change, moved = np.random.default_rng(seed).normal(size=(2, 30))

    np.testing.assert_array_equal(
        surprises(change[:cut], moved[:cut]), surprises(change, moved)[:cut]
    )


def test_the_yield_is_read_before_the_statement():
    """A move at the very instant of the statement may be its effect."""
    asked_at = []

    def short_yield(when):
        asked_at.extend(when.tolist())
        return flat(when)

    spoken(said(3, EASY), said(50, TIGHT), short_yield=short_yield)

    assert asked_at == [at(3) - 1, at(50) - 1]


def test_statements_are_known_only_from_known_at():
    """Nothing before; from then on the level stands, and what changed fades."""
    statements = spoken(said(3, EASY), said(50, TIGHT))
    known_at = at(50)
    as_of = np.array([at(3) - 1, at(3), known_at - 1, known_at, known_at + FADE_NS // 2, at(190)])

    features = dict(zip(STATEMENT_FEATURES, statement_features(statements, as_of), strict=True))

    low, high = (statement.level for statement in statements)
    assert newest_statement(statements, as_of).tolist() == [-1, 0, 0, 1, 1, 1]
    np.testing.assert_array_equal(features["stance_level"], [np.nan, low, low, high, high, high])
    surprise = statements[1].surprise
    np.testing.assert_allclose(
        features["stance_surprise"], [np.nan, np.nan, np.nan, surprise, surprise / 2, 0.0]
    )


def test_without_statements_nothing_is_known():
    """All features are NaN."""
    features = statement_features((), np.array([0, DAY_NS]))

    assert np.isnan(features).all()
    assert statements_of(world([], walk(5, 0)).snapshot(4), None, flat) == ()


@pytest.mark.shared
def test_real_documents_of_a_central_bank_are_read():
    """All are read, nearly all lean; the cuts of 2008 read easier than the rises of 2006."""
    rows = [
        json.loads(line)
        for line in shared_path("data/fomc_documents.jsonl").read_text("utf-8").splitlines()
    ]
    levels = [(row["published_at"][:4], read_stance(row["text"])) for row in rows]
    means = {
        year: np.mean([stance.value for when, stance in levels if when == year])
        for year in ("2006", "2008")
    }

    assert sum(stance.value != 0.0 for _, stance in levels) > 0.9 * len(rows)
    assert all(stance.quote in row["text"] for row, (_, stance) in zip(rows, levels, strict=True))
    assert means["2008"] < means["2006"]
