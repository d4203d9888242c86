"""Tests of telling copies from their first telling."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.agents.stories import LEAD, PASSED_ON_DAYS, Teller, lead
from tests.agents.newsroom import document

TEXT = "Acme raises its outlook for the year after strong sales of pumps in Europe and Asia"
WORDS = ("acme", "raises", "outlook", "after", "sales", "of", "pumps", "in", "Asia", "falls")


def told(*titles, days=None):
    """Give the places of the first tellings of some titles, one a day."""
    steps = days or range(len(titles))
    teller = Teller()
    return [
        teller.first(document(step, title, "ACME", id=str(place)))
        for place, (step, title) in enumerate(zip(steps, titles, strict=True))
    ]


@pytest.mark.parametrize(
    "copy",
    [
        TEXT,
        f"RT @someone: {TEXT}",
        f"{TEXT.upper()}!!! https://t.co/abc123",
        f"RT @a_long_name: {TEXT[:-14]}\u2026",
        f"Just in: {TEXT} via @somebody",
        TEXT.replace("for the year ", ""),
    ],
)
def test_a_copy_is_known_by_its_words(copy):
    """Retweets, capitals, addresses, cuts and small changes make no new story."""
    assert told(TEXT, copy) == [0, 0]


@pytest.mark.parametrize(
    "other",
    [
        "Bolt opens a plant in Ohio",
        "Acme names a new head of finance from outside the company, the first in ten years",
        TEXT.replace("raises", "slashes").replace("strong", "weak"),
    ],
)
def test_other_words_are_another_story(other):
    """So are nearly the same words that lean the other way."""
    assert told(TEXT, other) == [0, 1]


def test_short_texts_are_copies_only_word_for_word():
    """Of few words each one matters."""
    assert told("Buy Acme now", "buy ACME now!", "Sell Acme now") == [0, 0, 2]


def test_the_same_words_long_after_are_new():
    """A quarter later the same headline is news; a daily repetition never is."""
    late = PASSED_ON_DAYS + 1

    assert told(TEXT, TEXT, days=(0, late)) == [0, 1]
    assert told(*[TEXT] * 20) == [0] * 20


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), max_size=12))
def test_later_documents_do_not_reach_back(texts):
    """The first tellings of a part are the part of the first tellings."""
    titles = [" ".join(words) for words in texts]
    whole = told(*titles)

    assert all(told(*titles[:n]) == whole[:n] for n in range(len(titles)))
    assert all(first <= place and whole[first] == first for place, first in enumerate(whole))


def test_the_lead_is_verbatim_and_ends_with_a_word():
    """What is quoted from it stands in the document."""
    text = "word " * LEAD
    read = lead(document(0, "Title", "ACME", text=text))

    assert text.startswith(read)
    assert read.endswith("word")
    assert len(read) <= LEAD
