"""How a quarter is told, held against the last time."""

import json
import math

import numpy as np
import pytest

from steelyard.agents.manner import MANNER_FEATURES, hold, manner_of, tellings_of
from steelyard.agents.surprises import KINDS
from tests.agents.callroom import ANSWER, DODGE, GLOOM, long_call, ruled
from tests.agents.newsroom import document, walk, world
from tests.shared import shared_path

CHEER, DOOM = long_call(np.random.default_rng(0)), long_call(np.random.default_rng(1), gloomy=True)
MANY = tuple(f"Anvil number {number} left the works on time." for number in range(40))


def moved(newer, older):
    """Give the features of a text held against an older one, by name."""
    return dict(zip(MANNER_FEATURES, hold(newer, older).features.tolist(), strict=True))


def tellings(*documents):
    """Give what can be held against something, of ACME."""
    return tellings_of(world(list(documents), walk(200, 0)).snapshot(199), KINDS)[0]


def call(step, text, **changes):
    """Give a transcript of ACME."""
    return document(step, "Call", "ACME", kind="transcript", text=text, **changes)


def test_hedging_is_counted():
    """Per thousand words of what the company said."""
    plain, hedged = (ruled(MANY, (ANSWER,), ()), ruled(MANY, ("Perhaps it might, possibly.",), ()))

    assert manner_of(plain).hedging == 0.0
    assert manner_of(hedged).hedging == pytest.approx(1000 * 3 / (40 * 7 + 4))


def test_marks_of_adjusted_figures_are_counted():
    """Words such as adjusted, excluding, pro forma and non-GAAP."""
    marked = ruled(MANY, ("Adjusted profit, excluding items, and pro forma non-GAAP sales.",), ())

    assert manner_of(marked).adjusted == pytest.approx(1000 * 4 / (40 * 7 + 9))


def test_figures_are_counted():
    """Dollars and decimals are one each."""
    told = manner_of(ruled(("No number here.",) * 40, ("It was $1,234.5 million or 3.2%.",), ()))

    assert told.figures == pytest.approx(1000 * 2 / (40 * 3 + 4))


@pytest.mark.parametrize(
    ("answer", "evasion"),
    [
        (ANSWER, 0.0),
        (DODGE, 0.5),
        ("We do not disclose that.", 0.5),
        ("I'm not going to comment on rumours.", 0.5),
        ("I don't have a usage number for you.", 0.5),
        ("We'd rather not go there.", 0.5),
        ("We decline to comment.", 0.5),
        ("We shared that number in April.", 0.0),
        ("Sales declined to five million.", 0.0),
        ("It did not disappoint anybody.", 0.0),
    ],
)
def test_answers_that_answer_nothing_are_counted(answer, evasion):
    """As a share of all answers."""
    assert manner_of(ruled(answers=(answer, ANSWER))).evasion == evasion


def test_prepared_remarks_and_answers_have_tones_of_their_own():
    """Gloomy remarks and a cheerful answer are told apart."""
    manner = manner_of(ruled(GLOOM * 8, (ANSWER,)))

    assert manner.tone_prepared < 0 < manner.tone_answers


def test_a_text_without_questions_has_no_tone_of_answers():
    """Nor any evasion: they are unknown, not 0."""
    manner = manner_of("\n".join(MANY))

    assert math.isnan(manner.tone_answers)
    assert math.isnan(manner.evasion)


def test_a_darker_call_is_found_darker():
    """Tone falls in all its forms, evasion rises; the quote is a new and gloomy sentence."""
    found = moved(DOOM, CHEER)

    assert found["tone_prepared"] < 0
    assert found["tone_fresh"] < 0
    assert found["evasion"] == 0.5
    assert hold(DOOM, CHEER).quote in GLOOM


def test_the_same_call_again_has_not_changed():
    """All changes are 0, and all sentences were there before."""
    found = moved(CHEER, CHEER)

    assert found.pop("share_fresh") == -0.5
    assert set(found.values()) == {0.0}


def test_the_first_call_teaches_nothing():
    """There is nothing it could be held against."""
    assert tellings(call(3, CHEER)) == []


def test_the_second_call_is_held_against_the_first():
    """It speaks from the step that knows it."""
    (telling,) = tellings(call(3, CHEER), call(90, DOOM, id="doom"))

    assert (telling.step, telling.document) == (91, "doom")
    np.testing.assert_array_equal(telling.held.features, hold(DOOM, CHEER).features)


@pytest.mark.parametrize(
    "second",
    [
        document(90, "Call", "BOLT", kind="transcript", text=DOOM),
        document(90, "Report", "ACME", kind="filing", text=DOOM),
        document(90, "Call", "ACME", kind="product", text=DOOM),
        document(90, "Call", "ACME", kind="transcript", text=DOOM[:1500]),
        document(20, "Call", "ACME", kind="transcript", text=DOOM),
        document(90, "Call", "ACME", kind="transcript", text="\n".join(GLOOM * 20)),
    ],
    ids=["company", "kind", "unread kind", "summary", "same call, edited", "layout"],
)
def test_only_like_is_held_against_like(second):
    """A text of another company, kind or layout, a short one or a second version is not."""
    assert tellings(call(3, CHEER), second) == []


def test_a_report_soon_after_a_call_does_not_speak_over_it():
    """The filing of the day after says the same with fewer words."""
    filings = [
        document(step, "Report", "ACME", kind="filing", text=text)
        for step, text in ((4, "\n".join(MANY * 2)), (91, "\n".join(GLOOM * 20)))
    ]

    (telling,) = tellings(call(3, CHEER), call(90, DOOM, id="doom"), *filings)

    assert telling.document == "doom"


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["transcripts_full_2016_2020.jsonl", "transcripts_partial_maec_2015_2018.jsonl"]
)
def test_real_transcripts_are_measured(name):
    """The first forty, each against the one before of its company; quotes are verbatim."""
    lines = shared_path(f"data/{name}").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines[:40]]
    last = {}
    for row in rows:
        manner = manner_of(row["text"])
        older = last.get(row["symbols"][0])
        last[row["symbols"][0]] = row["text"]

        assert manner.hedging >= 0
        assert older is None or hold(row["text"], older).quote in row["text"]
