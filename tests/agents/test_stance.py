"""Tests of the reading of monetary policy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.agents.stance import Stance, read_sentence_stance, read_stance

HAWKISH = [
    "Inflation rose further.",
    "The committee decided to raise the target range for the federal funds rate.",
    "Labor markets are tight and wages are rising.",
    "The unemployment rate fell to its lowest in ten years.",
    "Inflation remains elevated.",
    "The committee will remove policy accommodation.",
    "Higher energy prices persist.",
    "The dollar depreciated.",
    "Economic growth was strong.",
    "Policy must be restrictive to bring inflation down.",
    "Price stability is our first duty.",
    "The trade deficit widened.",
    "Productivity growth slowed.",
]
DOVISH = [
    "Inflation slowed.",
    "The committee lowered the target range for the federal funds rate.",
    "The unemployment rate rose.",
    "Economic activity has weakened.",
    "Inflation is running below 2 percent.",
    "The committee will keep policy accommodative.",
    "Asset purchases continue.",
    "Considerable slack remains.",
    "House prices declined.",
    "Productivity gains were strong.",
    "The dollar appreciated.",
    "Downside risks to growth prevail.",
    "We aim for maximum employment and price stability.",
]
PLAIN = [
    "The committee met in Washington.",
    "Voting for the action were all members.",
    "The board approved the minutes.",
]


@pytest.mark.parametrize("sentence", HAWKISH)
def test_hawkish_sentences_read_above_zero(sentence):
    """What asks for tighter money leans up."""
    assert read_sentence_stance(sentence) > 0


@pytest.mark.parametrize("sentence", DOVISH)
def test_dovish_sentences_read_below_zero(sentence):
    """What asks for easier money leans down."""
    assert read_sentence_stance(sentence) < 0


@pytest.mark.parametrize("sentence", PLAIN)
def test_plain_sentences_have_no_stance(sentence):
    """Procedure leans nowhere."""
    assert read_sentence_stance(sentence) == 0.0


@pytest.mark.parametrize("topic", ["Inflation", "Employment", "Unemployment", "Wages", "Spending"])
@pytest.mark.parametrize(("rise", "fall"), [("rose", "fell"), ("increased", "decreased")])
def test_rise_and_fall_are_mirror_images(topic, rise, fall):
    """What a rise gains a fall loses."""
    rose = read_sentence_stance(f"{topic} {rise}.")

    assert rose == -read_sentence_stance(f"{topic} {fall}.") != 0.0


@pytest.mark.parametrize("topic", ["Inflation", "Unemployment", "Output"])
def test_not_turns_a_movement(topic):
    """Negation turns the side, and never makes it stronger."""
    said = read_sentence_stance(f"{topic} has risen.")
    denied = read_sentence_stance(f"{topic} has not risen.")

    assert said * denied < 0
    assert abs(denied) <= abs(said)


def test_a_text_has_the_mean_of_the_sentences_that_lean():
    """Plain sentences neither count nor dilute; the quote is verbatim."""
    text = "The committee met. Inflation rose further. The board approved the minutes."
    telling = "Inflation rose further."

    assert read_stance(text) == Stance(read_sentence_stance(telling), telling)


def test_opposite_sentences_cancel():
    """A text that leans both ways alike has stance 0 and quotes none."""
    assert read_stance("Inflation rose. Inflation fell.") == Stance(0.0, "")


@settings(max_examples=100)
@given(st.lists(st.sampled_from(HAWKISH + DOVISH + PLAIN), max_size=12), st.text(max_size=50))
def test_stance_is_bounded_and_its_quote_occurs(sentences, more):
    """Any text has a stance in [-1, 1] and quotes only itself."""
    text = " ".join([*sentences, more])

    stance = read_stance(text)

    assert -1.0 <= stance.value <= 1.0
    assert stance.quote in text
    assert bool(stance.quote) == (stance.value != 0.0)
