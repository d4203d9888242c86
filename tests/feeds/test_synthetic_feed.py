"""Made markets as worlds: the same for one seed, sound, and marked as what they are."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from steelyard.errors import DataError
from steelyard.feeds.sources import fingerprint, sources_of
from steelyard.feeds.world import open_world
from steelyard.scenario import Scenario
from steelyard.types.outcome import total_outcomes

DATA = Path(__file__).resolve().parents[2] / "scenarios"
TEXT = """
name: made
market: {universe: {synthetic: 6}, from: 2014-01-02, to: 2014-06-30}
feeds: {bars: {synthetic: {model: garch, correlation: 20%, sector_correlation: 40%}}}
agents:
  - {name: ann, kind: synthetic, skill: 60%}
  - {name: bob, kind: synthetic, skill: 50%, stated: 70%}
ensemble: {horizons: [5]}
seed: 3
"""


def scenario(**overrides):
    """Give a scenario of half a year; keys are paths with `__` for a point."""
    changes = {key.replace("__", "."): value for key, value in overrides.items()}
    return Scenario.from_yaml(TEXT, DATA, overrides=changes)


def bits(world):
    """Give all that is made of a world as bytes."""
    made = [world.bars, *world.planted.values()]
    return b"".join(column.tobytes() for part in made for column in part)


@pytest.mark.parametrize("model", ["brownian", "jumps", "regimes", "garch"])
def test_each_model_makes_a_sound_world(model):
    """A bar for each session and instrument, some of it history, nothing to warn of but itself."""
    world = open_world(scenario(feeds__bars__synthetic__model=model))

    assert world.first_step > 250
    assert world.n_steps - world.first_step == 124
    assert [each.id for each in world.instruments] == [f"S00{number}" for number in range(1, 7)]
    assert {each.sector for each in world.instruments} > {"communication", "energy"}
    assert all(np.isfinite(column).all() for column in world.bars[3:8])
    assert (world.bars.low >= 0.01).all()
    assert world.warnings == (
        f"bars are synthetic (model {model}): what is earned here is no evidence",
        "opinions of ann, bob are synthetic: made from the outcomes, right as often as stated",
    )


def test_one_seed_is_one_world():
    """And its name is one: opened again, or in a process of other threads."""
    chosen = scenario()
    program = (
        "import sys; from tests.feeds.test_synthetic_feed import *; "
        "print(hashlib.sha256(bits(open_world(scenario()))).hexdigest())"
    ).replace("import sys", "import hashlib")
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=DATA.parent, check=True, capture_output=True, text=True,
        env={"OMP_NUM_THREADS": "7", "OPENBLAS_NUM_THREADS": "7", "PYTHONPATH": str(DATA.parent)},
    )  # fmt: skip

    assert bits(open_world(chosen)) == bits(open_world(scenario()))
    assert fingerprint(chosen) == fingerprint(scenario())
    assert done.stdout.strip() == _sha(bits(open_world(chosen)))


def _sha(data):
    import hashlib

    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("seed", 4),
        ("feeds__bars__synthetic__volatility", "26%"),
        ("feeds__bars__synthetic__model", "brownian"),
        ("agents__ann__skill", "61%"),
        ("agents__bob__stated", "71%"),
        ("agents__bob__by", "ann"),
        ("market__universe__synthetic", 7),
    ],
)
def test_the_fingerprint_covers_all_that_is_made(path, value):
    """Settings, seed, and what is planted."""
    assert fingerprint(scenario(**{path: value})) != fingerprint(scenario())


def test_what_is_not_of_the_world_leaves_its_fingerprint():
    """How is traded, for one."""
    assert fingerprint(scenario(risk__max_order="3%")) == fingerprint(scenario())


def test_an_instrument_more_changes_nothing_of_the_others():
    """Neither their bars nor what is said of them."""
    small, large = open_world(scenario()), open_world(scenario(market__universe__synthetic=15))

    for one, other in zip(small.bars[3:8], large.bars[3:8], strict=True):
        assert np.array_equal(one, other[:, :6])
    for planting, planted in small.planted.items():
        assert np.array_equal(planted.score, large.planted[planting].score[:, :6])


@pytest.mark.parametrize("decide_at", ["close", "open", "10:30"])
def test_opinions_are_on_outcomes_that_orders_can_earn(decide_at):
    """From the first price at which an order can be filled, whenever it is decided."""
    world = open_world(scenario(agents__ann__skill="100%", market__decide_at=decide_at))

    (ann,) = [each for each in world.planted if each.by == "ann"]
    outcome = total_outcomes(world.bars, world.timing, 5)
    ends = np.isfinite(outcome)
    assert (np.sign(world.planted[ann].score) == np.sign(outcome))[ends].all()


def test_a_snapshot_holds_what_is_planted_up_to_its_step():
    """And nobody can write to it."""
    world = open_world(scenario())

    for planted in world.snapshot(40).planted.values():
        assert planted.score.shape == planted.confidence.shape == (41, 6)
        with pytest.raises(ValueError, match="read-only"):
            planted.score[0, 0] = 1.0


def test_a_model_is_fitted_to_a_source(tmp_path):
    """Its volatility is that of the source; what it lacks of the source is told."""
    made = {"fitted_to": {"path": "data/index.csv", "symbol": "SPX"}, "correlation": 0.9}
    made["sector_correlation"] = 0.9
    chosen = scenario(feeds__bars__synthetic=made, market__to="2020-01-02")
    sources = sources_of(chosen)

    world = open_world(chosen, sources)

    returns = np.diff(np.log(world.bars.close), axis=0)
    assert 0.006 < returns.std() < 0.03
    assert all("tail_index" not in each for each in sources.bars.unlike)
    told = [each for each in world.warnings if "unlike those that their model is fitted to" in each]
    assert len(told) == bool(sources.bars.unlike)


def test_a_short_source_is_refused(tmp_path):
    """A fit to a few months would be a fit to chance."""
    lines = ["date,symbol,open,high,low,close,volume"]
    lines += [f"2014-01-{day:02},AAA,1,1,1,1,5" for day in range(1, 29)]
    (tmp_path / "short.csv").write_text("\n".join([*lines, ""]))
    text = TEXT.replace("model: garch,", "fitted_to: {path: short.csv, symbol: AAA},")

    with pytest.raises(DataError, match=r"'AAA' has 27 returns, and a fit needs 250"):
        open_world(Scenario.from_yaml(text, tmp_path))
