"""Sentences are split word for word, and compared by their words."""

from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.agents.sentences import compare, split_sentences
from tests.agents.callroom import GLOOM, REMARKS


def test_sentences_end_where_they_end():
    """Not at a title, a company's form or a point within a number."""
    text = "Mr. Coyote of Acme Inc. sold 1.5 million anvils. Was it enough? It was!"

    assert split_sentences(text) == (
        "Mr. Coyote of Acme Inc. sold 1.5 million anvils.",
        "Was it enough?",
        "It was!",
    )


def test_blank_lines_and_headings_end_sentences_and_line_breaks_do_not():
    """Filings break their lines anywhere."""
    text = "Risks:\n  Anvils may\nfall from heights.\n\nNo further text"

    assert split_sentences(text) == ("Risks:", "Anvils may\nfall from heights.", "No further text")


@settings(max_examples=50)
@given(text=st.text(alphabet="ab .!?:\n", max_size=80))
def test_every_sentence_stands_in_the_text(text):
    """Nothing is lost but blanks."""
    sentences = split_sentences(text)

    assert all(each in text for each in sentences)
    assert "".join("".join(sentences).split()) == "".join(text.split())


def test_a_text_has_not_changed_against_itself():
    """Nothing is fresh, nothing dropped."""
    assert compare(REMARKS, REMARKS) == ((), (), 0.0)


def test_another_figure_or_quarter_is_no_new_statement():
    """Numbers and the calendar are left out of the comparison."""
    older = ("Revenue of the first quarter rose 4% to 20 million dollars in March.",)
    newer = ("Revenue of the second quarter rose 12% to 23 million dollars in June.",)

    assert compare(older, newer) == ((), (), 0.0)


def test_changed_statements_are_found():
    """What came and what went, in the order of the texts."""
    older, newer = REMARKS, (GLOOM[0], *REMARKS[2:], GLOOM[1])

    changes = compare(older, newer)

    assert changes.fresh == (GLOOM[0], GLOOM[1])
    assert changes.dropped == REMARKS[:2]
    assert changes.share == 2 / 8


def test_courtesies_cannot_be_compared():
    """Too few words say anything."""
    assert compare(REMARKS, ("Thank you, Ada.", "Good day.")) is None
