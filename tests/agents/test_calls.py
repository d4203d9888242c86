"""Transcripts are split into who said what, before and after questions."""

import json

import pytest

from steelyard.agents.calls import read_call, turns_of
from tests.agents.callroom import ANSWER, DODGE, OPENING, QUESTION, REMARKS, dashed, ruled
from tests.shared import shared_path


def test_a_ruled_call_is_split_into_its_parts():
    """Title page, lists, operator and disclaimer belong to none of them."""
    call = read_call(ruled(answers=(ANSWER, DODGE)))

    assert call.layout == "verbatim"
    assert call.prepared == OPENING + REMARKS
    assert call.questions == (QUESTION, QUESTION)
    assert call.answers == ((ANSWER,), (DODGE,))


def test_a_dashed_call_is_split_into_its_parts():
    """A line with two hyphens heads a turn; a role says who calls."""
    call = read_call(dashed())

    assert call.layout == "verbatim"
    assert (call.prepared, call.questions, call.answers) == (REMARKS, (QUESTION,), ((ANSWER,),))


def test_turns_tell_speaker_and_role():
    """Names are those of the headings, roles those of the lists of participants."""
    turns = turns_of(ruled())

    assert [(turn.speaker, turn.role, turn.part) for turn in turns] == [
        ("Operator", "operator", "prepared"),
        ("Wile Coyote", "company", "prepared"),
        ("Ada Byron", "caller", "questions"),
        ("Wile Coyote", "company", "questions"),
    ]


def test_a_text_without_speakers_is_all_prepared():
    """So is a filing, or a call of which only sentences are left."""
    call = read_call("\n".join(REMARKS))

    assert call == ("plain", REMARKS, (), ())


def test_remarks_may_stand_before_questions_without_a_heading():
    """Questions and answers of nobody who is named are neither."""
    call = read_call("\n".join((*REMARKS, "Question-and-Answer Session", QUESTION, ANSWER)))

    assert call == ("plain", REMARKS, (), ())


def test_a_brief_is_known_by_its_heading():
    """Its sentences are an editor's, and are not held against those of a speaker."""
    brief = ruled().replace("Presentation", "PRESENTATION SUMMARY")

    assert read_call(brief).layout == "brief"
    assert read_call(brief).prepared == OPENING + REMARKS


def test_marks_of_time_are_no_words():
    """Sentences between them stand word for word in the text."""
    marked = ruled(tuple(f'<Sync id="L{n}"/>{each}' for n, each in enumerate(REMARKS)))

    assert read_call(marked).prepared == OPENING + REMARKS


@pytest.mark.parametrize("text", ["", "\n\n", "=" * 40, f"{'=' * 40}\nPresentation\n{'=' * 40}"])
def test_an_empty_call_has_no_parts(text):
    """It is no fault."""
    assert read_call(text)[1:] == ((), (), ())


def documents(name):
    """Give the rows of a shared file of documents."""
    lines = shared_path(f"data/{name}").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.shared
def test_real_transcripts_are_split():
    """Each has remarks, questions and answers; every sentence stands in its text."""
    rows = documents("transcripts_full_2016_2020.jsonl")

    calls = [read_call(row["text"]) for row in rows]

    layouts = {"transcript": "verbatim", "brief": "brief"}
    assert [call.layout for call in calls] == [layouts[row["doc_type"]] for row in rows]
    assert min(len(call.prepared) for call in calls) >= 10
    assert min(len(call.questions) for call in calls) >= 30
    assert min(len(call.answers) for call in calls) >= 10
    for row, call in zip(rows, calls, strict=True):
        answers = [each for answer in call.answers for each in answer]
        assert all(each in row["text"] for each in (*call.prepared, *call.questions, *answers))


@pytest.mark.shared
def test_real_partial_transcripts_are_all_prepared():
    """They name no speakers."""
    calls = [
        read_call(row["text"]) for row in documents("transcripts_partial_maec_2015_2018.jsonl")
    ]

    assert {call.layout for call in calls} == {"plain"}
    assert all(call.prepared and not call.answers for call in calls)
