"""Worlds and settings in which whole runs are looked at."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from steelyard.agents.earnings import Earnings
from steelyard.agents.macro import Macro
from steelyard.agents.news import News
from steelyard.agents.technical import Technical
from steelyard.scenario import find, load
from steelyard.testing.agents import Manner, no_skill
from steelyard.testing.worlds import DAY_NS, FIRST_DAY, Recipe, made_world
from tests.agents.newsroom import document, report

MEGACAPS = str(find("megacaps"))
EAGER = {
    "trade.edge_over_cost": "0",
    "risk.min_probability": "50%",
    "risk.text_alone": "allow",
}
"""Overrides with which a short span trades often: what costs and gates hold back is let go."""
SPAN = {"market.from": "2008-06-02", "market.to": "2009-03-31"}
"""Ten months of the built-in world, in which all four agents speak."""
BUSY = {
    "trade": {"edge_over_cost": 0.0, "mandate": "long_short"},
    "risk": {"min_probability": 0.5, "text_alone": "allow"},
}
"""Sections with which a made world trades at nearly every step."""
HOUR_NS = 3600 * 10**9
STEPS_A_SESSION = 3
WORDS = ("Record profit and strong growth", "Heavy loss and fraud", "A new product is out")


def a_busy_world(seed, *, n_steps=300, decide_at="close"):
    """Give a world with splits, halts, a late listing, macro series and documents.

    `decide_at` is `close`, `open`, `clock` (an hour after the open, on session bars), `early`
    (an hour before it) or `intraday` (a time of day on bars that are three to a session).
    """
    edge = "open" if decide_at == "open" else "close"
    made = made_world(seed, Recipe(n_steps=n_steps, decide_at=edge))
    made = replace(made, documents=_documents(seed, made))
    if decide_at in {"clock", "early"}:
        return at_a_time_of_day(made, before_open=decide_at == "early")
    return within_sessions(made) if decide_at == "intraday" else made


def _documents(seed, world):
    """Give news and quarterly reports on every instrument, known after the close."""
    rng = np.random.default_rng(seed)
    texts = []
    for instrument in world.instruments:
        steps = rng.choice(world.n_steps, world.n_steps // 4, replace=False).tolist()
        texts += [document(step, WORDS[int(rng.integers(3))], instrument.id) for step in steps]
        for quarter, step in enumerate(range(5, world.n_steps, 21)):
            period = f"{2000 + quarter // 4}Q{quarter % 4 + 1}"
            revenue = ("revenue", period, round(float(rng.uniform(50, 150)), 1))
            texts.append(report(step, instrument.id, revenue))
    shifted = (replace(item, known_at=item.known_at + FIRST_DAY * DAY_NS) for item in texts)
    return tuple(sorted(shifted, key=lambda item: (item.known_at, item.id)))


def at_a_time_of_day(world, *, before_open=False):
    """Let a made world of session bars decide an hour after, or before, the open of each."""
    timing = world.timing._replace(
        as_of=world.bars.start + (-HOUR_NS if before_open else HOUR_NS),
        known_lag=1,
        exec_offset=0 if before_open else 1,
        exec_at_close=False,
    )
    return replace(world, timing=timing)


def within_sessions(world):
    """Let three steps of a made world be one session, which decides after its second bar."""
    step = np.arange(world.n_steps)
    bars = world.bars._replace(session=FIRST_DAY + step // STEPS_A_SESSION)
    decides = step % STEPS_A_SESSION == 1
    return replace(world, bars=bars, timing=world.timing._replace(decides=decides))


def a_panel(world):
    """Give all built-in agents, and one that speaks at random so that much is traded."""
    loud = no_skill(world, 3, Manner(1, 1, (0.55, 0.6)))
    return [Technical(), Macro(), News(), Earnings(), loud]


def megacaps(first, last, **overrides):
    """Give the shipped scenario on a short span, trading eagerly."""
    span = {"market.from": first, "market.to": last}
    return load(Path(MEGACAPS), overrides=EAGER | span | overrides)


def steelyard(*arguments, runs_dir):
    """Run the command in a process of its own and give what came of it."""
    environment = {name: value for name, value in os.environ.items() if name != "STEELYARD_SEED"}
    return subprocess.run(
        [sys.executable, "-m", "steelyard", *arguments, "--runs-dir", str(runs_dir)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
