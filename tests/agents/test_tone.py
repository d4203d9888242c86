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
    "$ABCD +4.1% premarket",
    "Acme (+3.0% pre) names a new chief",
    "Acme upgraded to outperform from neutral at Brown Brothers",
    "$ABCD: Brown Brothers starts at Buy",
    "Acme stock price target raised to $40 from $35",
    "Acme shares hit a 52-week high",
    "Oil bounces off lows",
    "Buy Acme with a target of Rs 505: A. Broker",
    "Index up over 2% after the vote",
    "Gold climbs as stocks fall",
    "Retail stocks erase losses",
    "$ABCD breakout on volume",
    "300 Jan $37 calls bought in $ABCD",
    "$ABCD gapping up nicely, going long here",
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
    "$ABCD -4.1% after results",
    "Acme downgraded to neutral from buy at Brown Brothers",
    "Acme cut to sell",
    "Brown Brothers starts coverage of Acme at Underperform",
    "Acme shares drop to a three-year low",
    "Sell Acme with target price of Rs 330: A. Broker",
    "Dow ends down 50 points",
    "Gold falls after strong jobs report",
    "The firm lays off 300 people",
    "Stocks give up gains late in the day",
    "Factory halts production on parts shortage",
    "Bought 100 Mar 12 puts",
    "Going short $ABCD here",
]
PLAIN = [
    "The board meets on 12 June 2007 in Chicago.",
    "The company is based in Redmond.",
    "It has offices in three states.",
    "The chief steps down in May.",
    "Read more and get updates on any stock: https://example.com/better-gains",
    "$GAIN $BEST #winning",
    "Acme reiterated at hold.",
    "It raised $40 in a first round.",
    "Ten-year rate at 1.8%.",
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


@pytest.mark.parametrize("sentence", GOOD + BAD)
def test_words_without_tone_change_nothing(sentence):
    """A plain sentence before and behind leaves tone, words and quote alone."""
    padded = f"{PLAIN[0]} {sentence}. {PLAIN[1]}"

    assert read_tone("", padded)[::2] == read_tone("", f"{sentence}.")[::2]


@pytest.mark.parametrize("subject", ["Sales", "Demand", "The outlook", "Its business"])
@pytest.mark.parametrize("quality", ["strong", "weak", "sluggish", "robust", "healthy"])
def test_not_turns_a_quality(subject, quality):
    """Negation turns the side, and never makes it stronger."""
    said = read_tone("", f"{subject} was {quality}.").value
    denied = read_tone("", f"{subject} was not {quality}.").value

    assert said * denied < 0
    assert abs(denied) <= abs(said)


def test_a_question_counts_less_than_a_statement():
    """What is asked is not yet said."""
    told = read_tone("", "Acme shares gain 12%.").value
    asked = read_tone("", "Can Acme shares gain 12%?").value

    assert 0 < asked < told / 2


def test_the_news_outweighs_its_background():
    """A cause of the other side weakens the news, and does not turn it."""
    plain = read_tone("", "Acme shares fall.").value
    caused = read_tone("", "Acme shares fall despite strong sales.").value

    assert plain < caused < 0


def test_an_empty_pair_of_words_is_no_stumbling_block():
    """Groups that are read as nothing may stand anywhere, before a bound too."""
    assert read_tone("", "End of above as well as short term up to").value == 0.0


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
