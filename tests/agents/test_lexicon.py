"""Tests of the word list."""

from steelyard.agents.lexicon import (
    BAD_TARGET,
    EASING,
    FORCE,
    GOOD_TARGET,
    MOVE,
    TURN,
    VALUE,
    word_set,
)
from steelyard.agents.phrases import LONGEST, PHRASE, PHRASE_VALUE


def test_values_are_in_range_and_carry_a_side():
    """A word of the list is never neutral."""
    assert all(0.0 < abs(value) <= 1.0 for value in VALUE.values())
    assert set(MOVE.values()) == {1.0, -1.0}
    assert all(-1.0 <= value <= 0.0 for value in BAD_TARGET.values())
    assert all(value > 0.0 for value in FORCE.values())


def test_no_target_is_both_good_and_bad():
    """More of a thing is one or the other."""
    assert GOOD_TARGET & BAD_TARGET.keys() == set()


def test_easing_words_are_moves_downwards():
    """Only a move that lessens can turn another move around."""
    assert {MOVE[word] for word in EASING} == {-1.0}


def test_verbs_come_in_all_their_regular_forms():
    """Endings follow English spelling."""
    expected = word_set(
        "climb climbs climbed climbing surge surges surged surging drop drops dropped dropping"
    )

    assert expected <= MOVE.keys()
    assert word_set("penalty penalties loss losses") <= BAD_TARGET.keys()
    assert word_set("crash crashes crashed crashing") <= VALUE.keys()


def test_words_are_lower_case_single_tokens():
    """A word with a space or a capital would never be found."""
    words = {
        *VALUE,
        *MOVE,
        *GOOD_TARGET,
        *BAD_TARGET,
        *FORCE,
        *TURN,
        *(w for p in PHRASE for w in p),
    }

    assert all(word == word.lower() and " " not in word for word in words)


def test_groups_are_joined_to_known_words():
    """Every group of words is read as nothing, as a word of the list, or has its own value."""
    known = {"", *VALUE, *MOVE, *GOOD_TARGET, *BAD_TARGET, *PHRASE_VALUE}
    connectors = {"per-share", "no-longer", "versus", "earlier", "ago", "strong-buy", "strong-sell"}

    assert set(PHRASE.values()) <= known | connectors | {"swung", "breakeven"}
    assert max(map(len, PHRASE)) == LONGEST


def test_values_of_groups_are_in_range():
    """A group's tone is a tone."""
    assert all(0.0 < abs(value) <= 1.0 for value in PHRASE_VALUE.values())
