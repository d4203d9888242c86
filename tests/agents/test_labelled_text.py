"""Tests that hold the quality of the text readers on labelled sentences held out from them."""

import csv
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from bench.sides import STANCE_CURVE, TONE_CURVE, called
from steelyard.agents.aspects import read_tone_of
from steelyard.agents.stance import read_sentence_stance
from steelyard.agents.tone import read_tone
from tests.shared import shared_path

pytestmark = pytest.mark.shared

SIDES = {
    "negative": -1,
    "bearish": -1,
    "dovish": -1,
    "neutral": 0,
    "positive": 1,
    "bullish": 1,
    "hawkish": 1,
}


def rows(path: Path) -> list[dict]:
    """Read a table, or lines of JSON."""
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            return list(csv.DictReader(file))
        return [json.loads(line) for line in file]


def held_out(text: str) -> bool:
    """Choose two fifths by a hash of the text, the same as bench/text.py."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % 5 < 2


def macro_f1(pairs: Iterable[tuple[int, int]]) -> float:
    """Give the mean F1 of the three classes over pairs of label and call."""
    known = list(pairs)
    scores = []
    for side in (-1, 0, 1):
        right = sum(label == call == side for label, call in known)
        either = sum(label == side for label, _ in known) + sum(call == side for _, call in known)
        scores.append(2 * right / either)
    return sum(scores) / len(scores)


@pytest.mark.parametrize(
    ("name", "text", "label", "floor"),
    [
        ("labels_phrasebank.csv", "sentence", "label", 0.72),
        ("labels_twitter_financial_news.csv", "text", "label_name", 0.71),
    ],
)
def test_tone_of_sentences_holds_its_quality(name, text, label, floor):
    """Macro-F1 on the held-out part does not fall below what was measured, less .03."""
    found = macro_f1(
        (SIDES[row[label]], called(read_tone("", row[text]).value, TONE_CURVE))
        for row in rows(shared_path(f"data/{name}"))
        if held_out(row[text])
    )

    assert found > floor


def test_tone_towards_one_name_holds_its_quality():
    """Headlines that speak of several are read for each."""
    found = macro_f1(
        (
            SIDES[side],
            called(read_tone_of("", row["text"], (name,), others).value, TONE_CURVE),
        )
        for row in rows(shared_path("data/labels_sentfin_entity_sentiment.jsonl"))
        if held_out(row["text"])
        for name, side in row["entities"].items()
        for others in [tuple(other for other in row["entities"] if other != name)]
    )

    assert found > 0.72


def test_stance_holds_its_quality_in_later_years():
    """Sentences after the years that the rules were made with."""
    found = macro_f1(
        (SIDES[row["label_name"]], called(read_sentence_stance(row["sentence"]), STANCE_CURVE))
        for row in rows(shared_path("data/labels_fomc_stance.csv"))
        if int(row["year"]) > 2012
    )

    assert found > 0.55
