"""Tests of what documents say, to whom and how loudly."""

from dataclasses import replace

import numpy as np
import pytest

from steelyard.agents.mentions import (
    EVENTS,
    LIST_WEIGHT,
    MARKET_WEIGHT,
    faded,
    loudest,
    mentions_of,
    quote_of,
    summed,
    told_of_each,
    tone_level,
)
from steelyard.agents.reading import LONG_AGO
from tests.agents.newsroom import NAMES, at, document, walk, world

GOOD, BAD = "Profit rose sharply", "Profit fell sharply"


def heard(*documents, step=9):
    """Give the mentions that the instruments of a small world hear by a step."""
    return mentions_of(world(list(documents), walk(10, 0)).snapshot(step), NAMES)


def test_weight_splits_over_what_a_document_names():
    """In its list or by a cashtag; a long list in a post counts a tenth of even that."""
    tags = "$CARD $DISC $EPEE $FOIL"
    mentions = heard(
        document(1, GOOD, "ACME"),
        document(2, BAD, "ACME", "BOLT"),
        document(3, f"{GOOD} $CARD", "ACME"),
        document(4, f"{BAD} {tags}", "ACME", channel="social"),
        document(5, f"{GOOD} {tags}", "ACME", channel="press"),
    )

    assert mentions.weight.tolist() == [1.0, 0.5, 0.5, 0.5, LIST_WEIGHT / 5, 1 / 5]


def test_a_document_on_the_market_is_heard_by_all():
    """At its own weight, and by each once."""
    mentions = heard(document(1, GOOD))

    assert mentions.column.tolist() == [0, 1]
    assert mentions.weight.tolist() == [MARKET_WEIGHT] * 2


def test_a_copy_that_names_another_tells_it_of_that_one():
    """The story is new to whom the first telling did not name."""
    mentions = heard(document(1, GOOD, "ACME"), document(2, GOOD, "ACME", "BOLT"))

    assert list(zip(mentions.column.tolist(), mentions.tells.tolist(), strict=True)) == [
        (0, True),
        (0, False),
        (1, True),
    ]


def test_what_names_others_makes_no_story_older():
    """Otherwise a relation known only later, for which it is kept, would reach back."""
    ours = [document(0, GOOD, "ACME"), document(8, GOOD, "ACME")]
    theirs = document(4, GOOD, "ELSEWHERE")

    apart, amid = heard(*ours), heard(ours[0], theirs, ours[1])

    assert amid.tells.tolist() == apart.tells.tolist() == [True, True]


def test_one_text_may_be_good_for_one_and_bad_for_another():
    """Words count for the name they are about."""
    text = "$ACME profit rose sharply while $BOLT profit fell sharply"
    mentions = heard(document(1, text, "ACME", "BOLT"))

    assert mentions.tone[0] > 0.0 > mentions.tone[1]


def test_an_event_is_kept_with_its_side_and_the_part_played():
    """Who is bought, and who buys, where the roles name the instrument."""
    mentions = heard(document(1, "$ACME to buy $BOLT in a cash deal", "ACME", "BOLT"))

    assert [EVENTS[index].partition(",")[0] for index in mentions.event.tolist()] == [
        "merger acquirer",
        "merger target",
    ]


def test_what_is_read_does_not_depend_on_what_was_read_before():
    """Longer, shorter or other documents, in any order of asking."""
    items = [document(step, f"{GOOD} in week {step}", "ACME") for step in range(8)]
    other = [replace(each, title=BAD) for each in items[:3]] + items[3:]
    alone = [heard(*part) for part in (items, items[:4], other)]
    again = [heard(*part) for part in (items[:4], other, items)]

    for one, two in zip((1, 2, 0), range(3), strict=True):
        assert all(map(np.array_equal, alone[one], again[two]))


def test_what_was_old_before_the_first_step_is_heard_of_but_counts_nothing():
    """Its age in steps is not known."""
    mentions = heard(document(0, GOOD, "ACME", known_at=at(-30)))

    assert mentions.step.tolist() == [LONG_AGO]
    assert not summed(mentions, mentions.weight, (10, 2)).any()


def test_amounts_halve_every_half_life_and_end_after_three():
    """A reference by hand."""
    amount = np.zeros((9, 1))
    amount[1] = 4.0

    assert faded(amount, 2.0)[:, 0] == pytest.approx(
        [0.0, 4.0, 4.0 / 2**0.5, 2.0, 2.0 / 2**0.5, 1.0, 1.0 / 2**0.5, 0.0, 0.0]
    )


def test_the_level_is_the_mean_tone_with_one_silent_document():
    """One document is half believed, many of one mind nearly wholly; no document is no tone."""
    one = heard(document(3, GOOD, "ACME"))
    many = heard(*(document(3, f"{GOOD} at plant {place}", "ACME") for place in range(9)))
    levels = [tone_level(mentions, (10, 2), 5.0)[4, 0] for mentions in (one, many)]

    assert levels == pytest.approx([one.tone[0] / 2, many.tone[0] * 9 / 10])
    assert tone_level(one, (10, 2), 5.0)[3, 0] == 0.0


def test_the_loudest_is_the_newest_of_the_side():
    """An older story of the same words has faded; none is found before the first."""
    mentions = heard(
        document(1, f"{GOOD} here", "ACME"), document(3, GOOD, "ACME"), document(4, BAD, "ACME")
    )
    stories = told_of_each(mentions, 2)[0]

    assert loudest(stories, 6, 1.0, 5.0).document == 1
    assert loudest(stories, 6, -1.0, 5.0).document == 2
    assert loudest(stories, 1, 1.0, 5.0).document < 0


def test_a_document_without_tone_is_cited_by_its_first_words():
    """A quote is never empty where there are words."""
    plain = document(1, "The board meets in June", "ACME")

    assert quote_of(plain, "ACME").quote == plain.title
