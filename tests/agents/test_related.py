"""Tests of the agent that carries documents over."""

import math
from dataclasses import replace

import numpy as np
import pytest

from steelyard.agents.news import News
from steelyard.agents.related import KINDS, Related
from steelyard.testing.contract import Effort, contract_faults
from steelyard.testing.worlds import DAY_NS, FIRST_DAY
from steelyard.types.market import Relation
from steelyard.types.opinion import Abstention, Cause, Opinion
from tests.agents.newsroom import answers, at, document, read_in, walk, world

GOOD, BAD = "Profit rose sharply", "Profit fell sharply"
AGENT = Related()
N_STEPS = 300


def tie(step, kind="supplier", source="FOUNDRY"):
    """Give a relation of a source to ACME, known after the close of `step`."""
    return Relation(at(step), source, "ACME", kind)


def tied(documents, *relations, n_steps=30):
    """Give a world of documents and relations."""
    return replace(world(documents, walk(n_steps, 0)), relations=tuple(relations))


def said(around, step, name="ACME"):
    """Give what the agent, fitted at the step, says there."""
    return answers(AGENT, around, step, AGENT.fit(around.snapshot(step)))[name]


def busy_world():
    """Give a world in which a source outside it and one within it speak of themselves."""
    random = np.random.default_rng(3)
    documents = [
        document(step, (GOOD, BAD)[random.integers(2)], ("FOUNDRY", "BOLT")[random.integers(2)])
        for step in range(0, N_STEPS - 1, 4)
    ]
    relations = (
        tie(10),
        Relation(at(40), "BOLT", "ACME", "peer"),
        Relation(at(60), "FOUNDRY", "CHIP", "customer"),
        tie(150, "none"),
        tie(220, "customer"),
    )
    return tied(documents, *relations, n_steps=N_STEPS)


def test_a_story_on_a_source_is_carried_over():
    """Good news of a supplier is, before anything is learnt, good news."""
    opinion = said(tied([document(3, GOOD, "FOUNDRY")], tie(1)), 4)

    assert isinstance(opinion, Opinion)
    assert opinion.score > 0


def test_it_speaks_only_once_the_relation_is_known():
    """The same story says nothing before, and then speaks while it is young."""
    around = tied([document(3, GOOD, "FOUNDRY")], tie(6))

    before, after = said(around, 6), said(around, 7)

    assert before == Abstention("ACME", Cause.NO_DATA)
    assert isinstance(after, Opinion)


def test_it_falls_silent_where_the_relation_ends():
    """A row of kind `none` ends it, even for a young story."""
    around = tied([document(3, GOOD, "FOUNDRY")], tie(1), tie(6, "none"))

    before, after = said(around, 6), said(around, 7)

    assert isinstance(before, Opinion)
    assert after == Abstention("ACME", Cause.NO_DATA)


def test_an_old_story_is_nothing_new():
    """After three half-lives it no longer speaks; before any, neither."""
    around = tied([document(3, GOOD, "FOUNDRY")], tie(1))

    first, last = said(around, 3), said(around, 4 + 15)

    assert first == last == Abstention("ACME", Cause.NOTHING_NEW)


def test_whom_no_relation_names_has_no_data():
    """The other instrument hears nothing."""
    around = tied([document(3, GOOD, "FOUNDRY")], tie(1))

    assert said(around, 4, "BOLT") == Abstention("BOLT", Cause.NO_DATA)


def test_a_story_that_names_the_instrument_is_left_to_others():
    """So is one on the whole market."""
    around = tied([document(3, GOOD, "FOUNDRY", "ACME"), document(3, GOOD)], tie(1))

    assert said(around, 4) == Abstention("ACME", Cause.NOTHING_NEW)


def test_it_is_weaker_than_direct_news():
    """The same words on the instrument itself weigh more, in score and in confidence."""
    around = tied([document(3, GOOD, "FOUNDRY"), document(3, GOOD, "BOLT")], tie(1))
    news = News()

    carried = said(around, 4)
    direct = answers(news, around, 4, news.fit(around.snapshot(4)))["BOLT"]

    assert 0.0 < carried.score <= direct.score / 2
    assert 0.5 < carried.confidence < direct.confidence


def test_it_cites_the_loudest_document_and_whom_it_is_about():
    """The claim's entity is the source, which marks the opinion as carried over."""
    quiet = document(3, "Sales rose slightly", "MINE", id="quiet")
    loud = document(3, GOOD, "FOUNDRY", id="loud")

    (claim,) = said(tied([quiet, loud], tie(1), tie(1, "customer", "MINE")), 4).claims

    assert (claim.entity, claim.source, claim.quote) == ("FOUNDRY", "document:loud", GOOD)


def test_copies_do_not_add():
    """Ten copies say what one says."""
    pile = [document(3, GOOD, "FOUNDRY", id=str(number)) for number in range(10)]

    assert said(tied(pile, tie(1)), 4) == said(tied(pile[:1], tie(1)), 4)


def rivals(n_steps=900):
    """Give a world in which bad news of a rival lifts the price by 8 % within days."""
    random = np.random.default_rng(5)
    opens, documents = walk(n_steps, 6), []
    for step in range(0, n_steps - 30, 16):
        side = (1, -1)[random.integers(2)]
        documents.append(document(step, GOOD if side > 0 else BAD, "RIVAL"))
        opens[step + 4 :, 0] *= math.exp(-side * 0.08)
    return replace(world(documents, opens), relations=(tie(0, "peer", "RIVAL"),))


def test_it_learns_that_bad_news_of_a_rival_is_good():
    """The sign of a relation is free; the weight of kinds that are not there stays 0."""
    around = rivals()
    learnt = AGENT.fit(around.snapshot(around.n_steps - 1))
    weight = dict(zip(KINDS, learnt.rule.weight.tolist(), strict=True))

    assert weight["peer"] < 0.0
    assert weight["supplier"] == weight["customer"] == weight["sector"] == 0.0
    assert learnt.skill.slope > 0.2


@pytest.mark.parametrize("decide_at", ["close", "open"])
def test_it_keeps_to_the_contract_of_agents_with_relations(decide_at):
    """Blind to the future, relations included, and the same fast as slow."""
    around = busy_world()
    relations = (
        replace(each, known_at=each.known_at + FIRST_DAY * DAY_NS) for each in around.relations
    )
    made = replace(read_in(around, decide_at), relations=tuple(relations))

    assert contract_faults(AGENT, made, Effort(least_opinions=20)) == []


def test_it_reads_text():
    """The supervisor must know that it is no numeric voice."""
    assert AGENT.reads_text
