"""Tests of the reading of events."""

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.agents.events import KINDS, Event, EventKind, read_event

HEADLINES = [
    ("results", "Acme reports third-quarter results"),
    ("results", "Acme beats by $0.05, misses on revs; EPS of $1.10"),
    ("results", "Acme Q2 profit rises 12%"),
    ("results", "Same-store sales fell 3% at Acme"),
    ("guidance", "Acme raises full-year outlook"),
    ("guidance", "Acme cuts its 2016 revenue guidance"),
    ("guidance", "Acme warns of lower profit next year"),
    ("merger", "Acme to acquire Bolt for $3.2 billion"),
    ("merger", "Bolt bought by Acme"),
    ("merger", "Acme in talks to sell unit to Bolt"),
    ("merger", "Crate spins off its paper business"),
    ("product", "Acme unveils new phone"),
    ("product", "Acme recalls 40,000 ovens"),
    ("product", "Acme wins $2 billion contract from the navy"),
    ("product", "Phase 3 trial of Acme's drug meets goal"),
    ("regulation", "FDA approves Acme's insulin pump"),
    ("regulation", "EU opens antitrust probe of Acme"),
    ("regulation", "Regulator fines Acme over its adverts"),
    ("litigation", "Investors sue Acme over its accounts"),
    ("litigation", "Judge throws out patent infringement verdict against Acme"),
    ("litigation", "Acme settles class action for $40 million"),
    ("supply", "Acme halts production at its Ohio plant"),
    ("supply", "Union calls strike at Acme ports"),
    ("supply", "Chip shortage slows Acme deliveries"),
    ("management", "Acme names Jane Poe chief executive"),
    ("management", "Acme CFO resigns"),
    ("management", "Acme to cut 3,000 jobs"),
    ("geopolitical", "China raises tariffs on soy as trade talks stall"),
    ("geopolitical", "New sanctions on Russia agreed"),
    ("other", "Ten stocks to buy now"),
    ("other", "Acme shares climb 3%"),
    ("other", "Acme upgraded to buy from hold at Brown Brothers"),
    ("other", "Acme declares $0.20 dividend"),
    ("other", ""),
]


@pytest.mark.parametrize(("kind", "title"), HEADLINES)
def test_kinds_of_headlines(kind, title):
    """A headline is of the kind it reports, and quotes itself; other quotes nothing."""
    event = read_event(title, "")

    assert (event.kind, event.quote) == (kind, "" if kind == "other" else title)


def test_every_kind_but_other_has_signs():
    """No kind is left out of the list."""
    assert {*KINDS, "other"} == {*get_args(EventKind)}


@pytest.mark.parametrize(
    ("title", "acquirer", "target"),
    [
        ("Acme to acquire Bolt Labs for $3.2 billion", "Acme", "Bolt Labs"),
        ("Bolt bought by Acme", "Acme", "Bolt"),
        ("Acme's $19 billion purchase of Bolt closes", "Acme", "Bolt"),
        ("Acme (XYZ: ACM) agrees to acquire Bolt & Co. for cash", "Acme", "Bolt & Co."),
        ("$ACM to buy $BLT", "$ACM", "$BLT"),
        ("Acme Is Acquired By Bolt", "Bolt", "Acme"),
    ],
)
def test_a_merger_has_its_parties(title, acquirer, target):
    """Who buys and who is bought, in the words of the text."""
    assert read_event(title, "").roles == (("acquirer", acquirer), ("target", target))


def test_a_merger_without_names_has_no_parties():
    """What cannot be read is left out."""
    assert read_event("The takeover was approved by shareholders", "") == Event(
        "merger", "The takeover was approved by shareholders", ()
    )


def test_the_title_outweighs_the_text():
    """What a text repeats from earlier does not change what it reports."""
    event = read_event("Acme CFO resigns", "The company had cut its guidance in May.")

    assert event.kind == "management"


def test_a_text_without_title_is_read_in_full():
    """A tweet has no title, and its first words count as much as a title's."""
    assert read_event("", "Acme CFO resigns").kind == "management"


@settings(max_examples=100)
@given(st.text(max_size=80), st.lists(st.sampled_from([title for _, title in HEADLINES])))
def test_quotes_and_parties_occur_in_the_text(title, sentences):
    """Nothing is said that the text does not say."""
    text = ". ".join(sentences)

    event = read_event(title, text)

    assert event.quote in title or event.quote in text
    assert all(phrase in event.quote for _, phrase in event.roles)
