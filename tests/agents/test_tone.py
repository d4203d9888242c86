"""Tests of the reading of tone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.agents.tone import Tone, read_tone, sentence_hits

GOOD = [
    "Revenue rose 12% to $4.1 billion.",
    "Profit more than doubled.",
    "The company raised its forecast for the year.",
    "Costs fell sharply.",
    "The quarterly loss narrowed to $3 million.",
    "Operating costs came in below estimates.",
    "Net profit was $5.9 million, compared with $3.2 million a year earlier.",
    "Net profit was $1 million against a loss of $4 million.",
    "Revenue of 26.8 billion, up from 23.7 billion.",
    "Sales beat estimates.",
    "The regulator approved the merger.",
    "The decline in orders slowed.",
    "Analysts upgraded the shares.",
    "The court overturned the fine.",
    "The firm is no longer in default.",
    "It cut its debt by half.",
    "Demand was not weak.",
    "Unemployment fell to its lowest in ten years.",
    "Strong orders lifted margins.",
    "Worries about credit eased.",
    "The bank cut interest rates.",
    "It won a contract from the navy.",
]
BAD = [
    "Revenue fell 12% to $4.1 billion.",
    "Profit halved.",
    "The company cut its forecast for the year.",
    "Costs rose sharply.",
    "The quarterly loss widened to $3 million.",
    "Operating profit came in below estimates.",
    "Net profit was $3.2 million, compared with $5.9 million a year earlier.",
    "Net loss was $1 million against a profit of $4 million.",
    "Revenue of 23.7 billion, down from 26.8 billion.",
    "Sales missed estimates.",
    "The regulator rejected the merger.",
    "Growth in orders slowed.",
    "Analysts downgraded the shares.",
    "The commission raised its fine.",
    "The firm is in default.",
    "It increased its debt by half.",
    "Demand was not strong.",
    "Unemployment rose to its highest in ten years.",
    "Weak orders pressured margins.",
    "Worries about credit grew.",
    "The bank raised interest rates.",
    "The company was sued over its accounts.",
    "It failed to raise sales.",
]
PLAIN = [
    "The board meets on 12 June 2007 in Chicago.",
    "The company is based in Redmond.",
    "It has offices in three states.",
]


@pytest.mark.parametrize("sentence", GOOD)
def test_good_news_has_a_positive_tone(sentence):
    """A sentence an owner of the shares would like reads above 0."""
    assert read_tone("", sentence).value > 0


@pytest.mark.parametrize("sentence", BAD)
def test_bad_news_has_a_negative_tone(sentence):
    """A sentence an owner of the shares would not like reads below 0."""
    assert read_tone("", sentence).value < 0


@pytest.mark.parametrize("sentence", PLAIN)
def test_plain_facts_have_no_tone(sentence):
    """No word, no tone, no quote."""
    assert read_tone("", sentence) == Tone(0.0, "", ())


def test_an_adverb_strengthens_and_weakens():
    """Sharply counts for more than nothing, slightly for less."""
    slightly, plain, sharply = (
        read_tone("", f"Sales fell{adverb}.").value for adverb in (" slightly", "", " sharply")
    )

    assert sharply < plain < slightly < 0


def test_the_deciding_sentence_is_quoted_word_for_word():
    """The quote is the sentence that weighs most on the side of the whole."""
    tone = read_tone("Acme reports", "It met on Friday.  Sales fell, and profit fell. Debt fell.")

    assert tone.quote == "Sales fell, and profit fell."
    assert tone.words == ("fell", "fell", "fell")


def test_abbreviations_end_no_sentence():
    """A quote is not cut at Inc. or vs."""
    text = "Acme Inc. said profit rose to $5.2 million vs. $4.1 million."

    assert read_tone("", text).quote == text


@pytest.mark.parametrize(
    ("rise", "fall"), [("rose", "fell"), ("increased", "decreased"), ("climbed", "dropped")]
)
@pytest.mark.parametrize("target", ["Sales", "Costs", "Unemployment", "Guidance"])
def test_rise_and_fall_are_mirror_images(rise, fall, target):
    """What a rise gains a fall loses."""
    assert read_tone("", f"{target} {rise}.").value == -read_tone("", f"{target} {fall}.").value


@settings(max_examples=100)
@given(st.text(max_size=200), st.lists(st.sampled_from(GOOD + BAD + PLAIN), max_size=12))
def test_tone_is_bounded_and_its_quote_occurs(title, sentences):
    """Any text has a tone in [-1, 1] and quotes only itself."""
    text = " ".join(sentences)

    tone = read_tone(title, text)

    assert -1.0 <= tone.value <= 1.0
    assert tone.quote in title or tone.quote in text
    assert bool(tone.quote) == (tone.value != 0.0)


def test_figures_alone_decide_only_where_no_word_does():
    """A movement word outranks the two figures beside it."""
    (hit,) = sentence_hits("Profit fell to 4 million from 5 million")

    assert hit.word == "fell"


def test_dates_are_no_figures():
    """A year and a day are not set against each other."""
    assert read_tone("", "Profit of 5 million on 3 March 2004, versus none.").value == 0.0


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("easing of concerns", 1),
        ("easing of pressures", 1),
        ("slowing in activity", -1),
        ("a slowing of growth", -1),
        ("a slowing rise in costs", 1),
    ],
)
def test_what_eases_is_not_itself_eased(text, side):
    """The words before "of" and "in" are what moves, unless they are the movement judged."""
    assert np.sign(read_tone("", text).value) == side
