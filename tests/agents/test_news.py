"""Tests of the agent that reads tone."""

import math
from dataclasses import replace

import numpy as np
import pytest

from steelyard.agents import news
from steelyard.agents.news import FEATURES, News
from steelyard.testing.contract import Effort, contract_faults
from steelyard.types.market import Timing
from steelyard.types.opinion import Abstention, Cause, Opinion
from tests.agents.newsroom import answers, at, document, read_in, walk, world

GOOD, BAD = "Profit rose sharply", "Profit fell sharply"
AGENT = News()
N_STEPS = 400


def busy_world(n_steps=N_STEPS, seed=1):
    """Give a world in which every fifth step brings a document, one of three on the market."""
    random = np.random.default_rng(seed)
    documents = [
        document(
            step,
            (GOOD, BAD)[random.integers(2)],
            *[("ACME",), ("BOLT",), ()][random.integers(3)],
            kind=("product", "deal")[random.integers(2)],
        )
        for step in range(0, n_steps - 1, 5)
    ]
    return world(documents, walk(n_steps, seed))


def said(around, step):
    """Give what the agent, fitted at the step, says on ACME there."""
    return answers(AGENT, around, step, AGENT.fit(around.snapshot(step)))["ACME"]


def heard(around, step):
    """Give the features of ACME at a step, by name."""
    last = news._hear(around.snapshot(step), AGENT.horizon, AGENT.half_life).features[:, -1, 0]
    return dict(zip(FEATURES, last.tolist(), strict=True))


def test_a_good_document_gives_a_long_opinion_near_even_odds():
    """Untaught, the side is the tone's and the confidence about 0.5."""
    opinion = said(world([document(3, GOOD, "ACME")], walk(10, 0)), 4)

    assert isinstance(opinion, Opinion)
    assert opinion.score > 0
    assert 0.5 < opinion.confidence <= 0.53


def test_a_bad_document_gives_a_short_opinion():
    """The mirror image of good news."""
    assert said(world([document(3, BAD, "ACME")], walk(10, 0)), 4).score < 0


def test_opposite_tones_give_opposite_scores():
    """Strength is symmetric in the tone."""
    scores = [
        said(world([document(3, title, "ACME")], walk(10, 0)), 4).score for title in (GOOD, BAD)
    ]

    assert scores[0] == -scores[1]


def test_nothing_known_is_no_data():
    """Before the first document there is nothing to read."""
    assert said(world([document(3, GOOD, "ACME")], walk(10, 0)), 3) == Abstention(
        "ACME", Cause.NO_DATA
    )


def test_a_document_on_another_company_is_no_data():
    """Others' news says nothing of this one."""
    around = world([document(3, GOOD, "BOLT")], walk(10, 0))

    assert said(around, 5) == Abstention("ACME", Cause.NO_DATA)


def test_an_old_document_is_nothing_new():
    """After three half-lives a document no longer speaks."""
    around = world([document(3, GOOD, "ACME")], walk(30, 0))

    last, after = said(around, 4 + 14), said(around, 4 + 15)

    assert isinstance(last, Opinion)
    assert after == Abstention("ACME", Cause.NOTHING_NEW)


def test_a_plain_document_gives_no_edge():
    """A fresh document without tone is read, and says nothing either way."""
    around = world([document(3, "The board meets in June", "ACME")], walk(10, 0))

    assert said(around, 4) == Abstention("ACME", Cause.NO_EDGE)


def test_a_document_older_than_the_world_does_not_speak():
    """Its age in steps is unknown, and large."""
    around = world([document(0, GOOD, "ACME", known_at=at(-30))], walk(10, 0))

    assert said(around, 0) == Abstention("ACME", Cause.NOTHING_NEW)


def test_what_is_said_fades():
    """Five steps later the same document says less, on the same side."""
    around = world([document(3, GOOD, "ACME")], walk(20, 0))
    fitted = AGENT.fit(around.snapshot(0))

    fresh, later = (answers(AGENT, around, step, fitted)["ACME"].score for step in (4, 9))

    assert 0.0 < later < fresh


def test_a_document_on_the_market_speaks_less_loudly_for_all():
    """Empty symbols reach every instrument, at the market's weight."""
    around = world([document(3, GOOD)], walk(10, 0))
    direct = said(world([document(3, GOOD, "ACME")], walk(10, 0)), 4)

    spoken = answers(AGENT, around, 4, AGENT.fit(around.snapshot(4)))

    assert 0.0 < spoken["ACME"].score == spoken["BOLT"].score < direct.score


def test_every_opinion_quotes_a_document_word_for_word():
    """Each opinion has one quote, found in the document it names."""
    around = busy_world()
    last = around.snapshot(N_STEPS - 1)
    block = AGENT.opine_history(last, 0, AGENT.fit(last))
    texts = {f"document:{item.id}": f"{item.title}\n{item.text}" for item in around.documents}
    cells = {(row.step, row.instrument_index) for row in block.claims}

    assert cells == {tuple(cell) for cell in np.argwhere(block.score != 0.0).tolist()}
    assert all(row.claim.quote in texts[row.claim.source] for row in block.claims)
    assert all(row.claim.quote and row.claim.metric == "quote" for row in block.claims)


def test_the_quote_is_of_a_document_on_the_side_of_the_sum():
    """Where two documents disagree the louder one is cited."""
    around = world(
        [document(3, "Sales fell slightly", "ACME"), document(3, GOOD, "ACME")], walk(10, 0)
    )

    assert said(around, 4).claims[0].quote == GOOD


def test_copies_do_not_add():
    """Twenty copies of a document say what the document says, in the same words."""
    pile = [document(3, GOOD, "ACME", id=str(number)) for number in range(20)]

    assert said(world(pile, walk(10, 0)), 4) == said(world(pile[:1], walk(10, 0)), 4)


def test_a_storm_of_retweets_does_not_move_the_level():
    """It raises attention alone: the tone is what one good and one bad post make it."""
    posts = [
        document(3, text, "ACME", channel="social")
        for text in (f"$ACME {GOOD} today, says everyone on the floor", f"$ACME {BAD} here")
    ]
    storm = [
        document(4, f"RT @who{number}: {posts[0].title}", "ACME", channel="social")
        for number in range(30)
    ]
    calm, wild = (heard(world([*posts, *more], walk(10, 0)), 6) for more in ([], storm))

    assert wild["attention"] > calm["attention"]
    assert wild | {"attention": 0.0} == pytest.approx(calm | {"attention": 0.0}, nan_ok=True)


def test_momentum_has_the_sign_of_the_change_of_tone():
    """Old bad news and new good news is a change for the better; the other way for the worse."""
    better, worse = (
        world([document(3, old, "ACME"), document(16, new, "ACME")], walk(30, 0))
        for old, new in ((BAD, GOOD), (GOOD, BAD))
    )

    assert heard(better, 17)["momentum"] > 0.0 > heard(worse, 17)["momentum"]


def test_divergence_is_above_zero_where_posts_are_kinder_than_the_press():
    """Good words in posts beside bad ones in the press; unknown while one side is silent."""
    around = world(
        [document(3, GOOD, "ACME", channel="social"), document(5, BAD, "ACME", channel="press")],
        walk(30, 0),
    )

    assert math.isnan(heard(around, 4)["divergence"])
    assert heard(around, 6)["divergence"] > 0.0


def test_a_list_of_many_names_counts_little():
    """A post that names five says far less of each than one that names none but it."""
    tags = "$ACME $BOLT $CARD $DISC $EPEE"
    alone, listed = (
        heard(world([document(3, text, "ACME", channel="social")], walk(10, 0)), 4)["social"]
        for text in (f"$ACME {GOOD}", f"{GOOD} {tags}")
    )

    assert 0.0 < listed < alone / 20


def noisy_world(n_steps=200, seed=2):
    """Give a world of posts, press and reports, half of them copies of something before."""
    random = np.random.default_rng(seed)
    titles, documents = [], []
    for step in np.repeat(np.arange(n_steps - 1), 2).tolist():
        fresh = not titles or random.random() < 0.5
        if fresh:
            titles.append(f"{(GOOD, BAD)[random.integers(2)]} at plant {step}, its owners say")
        title = titles[-1] if fresh else f"RT @who: {titles[random.integers(len(titles))]}"
        name = [("ACME",), ("BOLT",), ("ACME", "BOLT"), ()][random.integers(4)]
        channel = ("social", "press", "company")[random.integers(3)]
        documents.append(document(step, title, *name, channel=channel, id=f"{len(documents)}"))
    return world(documents, walk(n_steps, seed))


@pytest.mark.parametrize("decide_at", ["close", "open"])
def test_later_copies_never_reach_back(decide_at):
    """The contract holds where every second document passes on another, in any channel."""
    around = read_in(noisy_world(), decide_at)

    assert contract_faults(AGENT, around, Effort(least_opinions=20, n_cuts=8)) == []


@pytest.mark.parametrize("decide_at", ["close", "open"])
def test_it_keeps_to_the_contract_of_agents(decide_at):
    """Blind to the future, the same fast as slow, in a world of splits, halts and late listings."""
    around = read_in(busy_world(), decide_at)

    assert contract_faults(AGENT, around, Effort(least_opinions=20)) == []


def moved_world(first_move, n_steps=1200):
    """Give a world that moves 10 % the way of each document, `first_move` opens after it."""
    random = np.random.default_rng(5)
    opens = walk(n_steps, 6)
    documents = []
    for number, step in enumerate(range(0, n_steps - 30, 16)):
        side = (1, -1)[random.integers(2)]
        name = number % 2
        documents.append(document(step, GOOD if side > 0 else BAD, ("ACME", "BOLT")[name]))
        opens[step + first_move :, name] *= math.exp(side * 0.1)
    return world(documents, opens)


def slope(around):
    """Give what the agent learnt to make of its strengths."""
    return AGENT.fit(around.snapshot(around.n_steps - 1)).learnt.skill.slope


def test_the_jump_at_the_next_open_teaches_nothing():
    """After-close news of day D is known at the close of D + 1: the open of D + 1 is missed."""
    assert abs(slope(moved_world(first_move=1))) < 0.15


def test_a_move_that_could_be_traded_teaches():
    """The same jump three opens later, within the horizon, is learnt."""
    assert slope(moved_world(first_move=4)) > 0.3


def test_what_came_after_a_kind_of_event_is_kept_with_its_interval():
    """Mergers that were followed by rises have an impact above 0, more so than the shrunk prior."""
    around = moved_world(first_move=4)
    impacts = {each.event: each for each in AGENT.fit(around.snapshot(around.n_steps - 1)).impacts}
    good, bad = impacts["results, good"], impacts["results, bad"]

    assert bad.high < 0.0 < good.low < good.mean < good.high
    assert good.n > 20
    assert good.size > 1.0


def test_it_says_that_it_reads_text():
    """The supervisor must know that it is no numeric voice."""
    assert AGENT.reads_text


def test_before_the_first_bar_is_known_it_may_be_asked():
    """Deciding at the first open no bar is over yet; a document may be there."""
    around = world([document(0, GOOD, "ACME", known_at=at(0, 0))], walk(10, 0))
    opening = Timing(around.bars.start, around.timing.decides, 1, 0, exec_at_close=True)

    opinion = said(replace(around, timing=opening), 0)

    assert isinstance(opinion, Opinion)
