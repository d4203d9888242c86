"""The shipped made world: marked as made, and the pool finds out who is worth believing."""

import sqlite3

import pytest

from steelyard import engine
from steelyard.scenario import find, load

SMALL = {"market.universe.synthetic": 20, "market.to": "2014-06-30"}
STATED = {"skilled": 0.55, "loud": 0.5, "first_twin": 0.53, "second_twin": 0.53}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Half a year of twenty of the instruments."""
    scenario = load(find("synthetic500"), overrides=SMALL)
    folder = tmp_path_factory.mktemp("synthetic")
    return engine.run(scenario, engine.Place(folder, "", scenario.origins()))


def shares(folder, since):
    """Give the mean size of each agent's share of the log-odds, by its name."""
    query = "select agent, avg(abs(log_odds)) from shares where session like ? group by agent"
    with sqlite3.connect(folder / "run.sqlite") as store:
        return dict(store.execute(query, (since,)).fetchall())


def test_the_summary_begins_with_what_is_made(finished):
    """Bars and opinions, by name."""
    told = finished.summary["warnings"]

    assert "nothing of it is evidence about markets" in told[0]
    assert told[1].startswith("bars are synthetic (model garch)")
    assert told[2].startswith("opinions of skilled, loud, first_twin, second_twin are synthetic")


def test_skill_comes_back_as_stated(finished):
    """Within what so few independent opinions tell: three standard errors."""
    for name, skill in STATED.items():
        found = finished.summary["agents"][name]
        error = 0.5 / found["n_effective"] ** 0.5
        assert found["hit_rate"] == pytest.approx(skill, abs=3.0 * error)
        assert found["n_abstentions"] == 0


def test_the_loud_lose_what_their_words_gave_them(finished):
    """It begins with the largest say, as it states the most, and ends with less."""
    first, last = (shares(finished.folder, f"2014-{month}%") for month in ("01", "06"))

    assert max(first, key=first.get) == "loud"
    assert last["loud"] < 0.6 * first["loud"]


def test_a_made_run_is_the_same_when_it_is_resumed(finished):
    """From its folder alone: the world is made again, bit by bit."""
    (finished.folder / "summary.json").rename(finished.folder / "kept.json")

    again = engine.resume(finished.folder)

    assert again.summary["digest"] == finished.summary["digest"]
    assert again.summary["world_hash"] == finished.summary["world_hash"]
