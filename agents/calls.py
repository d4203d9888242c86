"""Split the transcript of an earnings call into who said what, before and after questions."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from steelyard.agents.lexicon import word_set
from steelyard.agents.sentences import split_sentences

Layout = Literal["verbatim", "brief", "plain"]
"""Word for word with speakers; remarks summed up by an editor; no speakers marked."""
Role = Literal["company", "caller", "operator", "unknown"]

_CACHED_TEXTS = 512

_TAG = re.compile(r"<\w+\s[^>]*/>")
"""Marks of time that some transcripts carry between sentences."""
_RULE = re.compile(r"[=-]{20,}")
_NUMBERED = re.compile(r"(.+?)\s*\[\d+\]")
"""A heading of a turn between rules: speaker, and the number of the turn."""
_DASHED = re.compile(
    r"([A-Z][\w.'\u2019-]+(?: [A-Z][\w.'\u2019-]*){1,3}) (?:--|\u2013|\u2014) (.{2,80})"
)
"""A line that heads a turn: a name of two to four words, two hyphens or a dash, a role."""
_LISTED = re.compile(r"\s*\*\s+(.+)")

_SECTIONS = {
    "presentation": "prepared",
    "presentation summary": "prepared",
    "prepared remarks": "prepared",
    "overview": "prepared",
    "questions and answers": "questions",
    "question and answer session": "questions",
    "corporate participants": "company",
    "company participants": "company",
    "conference call participants": "callers",
    "conference call participiants": "callers",
    "financial data": "aside",
    "definitions": "aside",
    "disclaimer": "aside",
}
"""Headings, in lower case without hyphens and colons; `Participiants` is how one vendor spells."""
_BRIEF_HEADING = "presentation summary"
_CALLER_ROLES = word_set("analyst analysts participant shareholder")


class Turn(NamedTuple):
    """What one speaker said before the next one spoke."""

    speaker: str
    """As marked; empty where nobody is."""
    role: Role
    part: Literal["prepared", "questions"]
    """Before questions were taken, or after."""
    text: str


class Call(NamedTuple):
    """A call or a report, sentence by sentence; each sentence word for word."""

    layout: Layout
    prepared: tuple[str, ...]
    """All that was said, or written, before questions."""
    questions: tuple[str, ...]
    """What callers asked."""
    answers: tuple[tuple[str, ...], ...]
    """What the company answered, by turn."""


@lru_cache(maxsize=_CACHED_TEXTS)
def read_call(text: str) -> Call:
    """Read a transcript, or any report: all of that counts as prepared.

    Known are texts with headings between rules (speakers numbered), and plain ones with a
    line for each heading and speaker (`Jane Doe -- Chief Financial Officer`). Questions and
    answers of nobody who is named cannot be told apart, and are left out.
    """
    turns = turns_of(text)
    spoken = [(turn, split_sentences(turn.text)) for turn in turns if turn.role != "operator"]
    prepared = [all_of for turn, all_of in spoken if turn.part == "prepared"]
    asked = [(turn, all_of) for turn, all_of in spoken if turn.part == "questions"]
    return Call(
        layout=_layout(text, turns),
        prepared=tuple(each for all_of in prepared for each in all_of),
        questions=tuple(each for turn, all_of in asked if turn.role == "caller" for each in all_of),
        answers=tuple(all_of for turn, all_of in asked if turn.role == "company" and all_of),
    )


def turns_of(text: str) -> tuple[Turn, ...]:
    """Cut a text into turns; one without speakers is a single turn of an unknown one."""
    sections = [_SECTIONS.get(_plain(heading)) for heading, _ in _lines(text)]
    # What stands before the first section is a title page, unless that section is questions.
    titled = next(filter(None, sections), "questions") != "questions"
    state = _State("aside" if titled else "prepared", {"company": [], "callers": []})
    turns: list[Turn] = []
    speaker, lines = "", [""]
    for heading, line in _lines(text):
        if not heading:
            state.note(line)
            lines.append(line)
            continue
        turns += state.turn(speaker, lines)
        section = _SECTIONS.get(_plain(heading))
        speaker, lines = (heading, []) if section is None else ("", [])
        if section is not None:
            state = _State(section, state.people)
    turns += state.turn(speaker, lines)
    return tuple(turns)


class _State(NamedTuple):
    """Where in a transcript one reads, and who was named in it."""

    section: str
    people: dict[str, list[str]]

    def note(self, line: str) -> None:
        """Take down a name of a list of participants."""
        listed = _LISTED.fullmatch(line.rstrip())
        if self.section in self.people and listed is not None:
            self.people[self.section].append(_name(listed[1]))

    def turn(self, heading: str, lines: list[str]) -> Iterator[Turn]:
        """Give what was said since the last heading, if anything was."""
        text = "\n".join(lines)
        if text.strip() and self.section in {"prepared", "questions"}:
            part: Literal["prepared", "questions"] = (
                "questions" if self.section == "questions" else "prepared"
            )
            yield Turn(_name(heading), self._role(heading), part, text)

    def _role(self, heading: str) -> Role:
        name = _name(heading)
        if not name:
            return "unknown"
        if name.casefold() == "operator":
            return "operator"
        if name in self.people["company"]:
            return "company"
        called = _CALLER_ROLES.intersection(re.findall(r"[a-z]+", heading.lower()))
        return "caller" if called or name in self.people["callers"] else "company"


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Give each line as heading or as what is said; the other is empty."""
    lines = _TAG.sub("\n", text).split("\n")
    ruled = [_RULE.fullmatch(line.strip()) is not None for line in lines]
    for index, line in enumerate(lines):
        if ruled[index]:
            continue
        between = 0 < index < len(lines) - 1 and ruled[index - 1] and ruled[index + 1]
        heading = _heading(line.strip(), between=between)
        yield (heading, "") if heading else ("", line)


def _heading(line: str, *, between: bool) -> str:
    """Give the heading that a line is, empty where it is none."""
    numbered = _NUMBERED.fullmatch(line) if between else None
    if numbered is not None:
        return numbered[1]
    known = _plain(line) in _SECTIONS or line == "Operator" or _DASHED.fullmatch(line) is not None
    return line if known else ""


def _plain(heading: str) -> str:
    return heading.casefold().replace("-", " ").rstrip(": ")


def _name(heading: str) -> str:
    """Give the name that a heading starts with."""
    return re.split(r",|\s{2,}|\s(?:-+|\u2013|\u2014)\s", heading, maxsplit=1)[0].strip()


def _layout(text: str, turns: tuple[Turn, ...]) -> Layout:
    if _BRIEF_HEADING in text.casefold():
        return "brief"
    return "verbatim" if any(turn.speaker for turn in turns) else "plain"
