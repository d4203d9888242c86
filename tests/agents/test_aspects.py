"""Tests of tone towards one name among several."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.agents.aspects import read_tone_of
from steelyard.agents.tone import read_tone

CASES = [
    ("Gold shines on seasonal demand; silver falls", "Gold", "silver"),
    ("Acme beats estimates, while Bolt misses", "Acme", "Bolt"),
    ("Acme gains 4%, Bolt slips", "Acme", "Bolt"),
    ("Brown Brothers upgrades Acme; cuts Bolt", "Acme", "Bolt"),
    ("Yen climbs as dollar weakens", "Yen", "dollar"),
]


@pytest.mark.parametrize(("title", "good", "bad"), CASES)
def test_one_headline_is_good_for_one_and_bad_for_another(title, good, bad):
    """Each name gets the words that are said of it."""
    assert read_tone_of(title, "", (good,), (bad,)).value > 0
    assert read_tone_of(title, "", (bad,), (good,)).value < 0


def test_names_in_one_list_share_what_is_said():
    """What is said of a list is said of each of its members."""
    title = "Acme, Bolt and Crate surge"
    names = ("Acme", "Bolt", "Crate")

    values = {read_tone_of(title, "", (name,), names).value for name in names}

    assert values == {read_tone(title, "").value}


def test_a_rating_belongs_to_what_is_rated():
    """Who raises a target is not praised by it."""
    title = "Brown Brothers raises Acme target price"

    acme = read_tone_of(title, "", ("Acme",), ("Brown Brothers",)).value
    broker = read_tone_of(title, "", ("Brown Brothers",), ("Acme",)).value

    assert broker < acme / 2


def test_a_name_is_no_word():
    """A company called Best Gains is not praised by its name."""
    assert read_tone_of("Best Gains meets on Friday", "", ("Best Gains",), ()).value == 0.0


def test_a_text_that_does_not_name_it_is_read_as_a_whole():
    """Documents are about their instruments even where they name none."""
    assert read_tone_of("Sales rose", "", ("Acme",), ("Bolt",)) == read_tone("Sales rose", "")


def test_sentences_on_others_are_left_out():
    """Only what is said of it is quoted."""
    tone = read_tone_of("", "Bolt fell. Acme rose.", ("Acme",), ("Bolt",))

    assert tone.quote == "Acme rose."


@settings(max_examples=50)
@given(st.permutations(["Acme", "Bolt", "Crate"]), st.sampled_from([case[0] for case in CASES]))
def test_the_order_of_names_does_not_matter(names, title):
    """Names are told apart by where they stand in the text."""
    others = tuple(name for name in names if name != "Acme")

    assert read_tone_of(title, "", ("Acme",), others) == read_tone_of(
        title, "", ("Acme",), tuple(sorted(others))
    )
