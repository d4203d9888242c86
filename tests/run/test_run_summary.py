"""What the command prints is one document with every key that was promised."""

import json
from pathlib import Path

import pytest

from steelyard.store import read_rows
from tests.run.stage import MEGACAPS, steelyard

KEYS = {
    "digest",
    "tape_digest",
    "status",
    "run_dir",
    "executor",
    "n_workers",
    "metrics",
    "agents",
    "baselines",
    "warnings",
}
METRICS = {
    "net_return_frac",
    "sharpe",
    "max_drawdown_frac",
    "log_loss",
    "base_rate_log_loss",
    "ece",
    "ece_floor",
    "n_opinions",
    "n_abstentions",
    "n_vetoes",
    "n_orders",
    "n_fills",
    "halted_frac",
    "capped_frac",
}
AGENT = {
    "n_opinions",
    "n_abstentions",
    "n_settled",
    "n_effective",
    "score_sd",
    "confidence_sd",
    "log_loss",
    "base_rate_log_loss",
}
NAMES = {"technical", "macro", "news", "earnings"}
BASELINES = {
    "base_rate",
    "numeric_only",
    "equal_weight",
    "best_agent",
    "exposure_matched_basket",
    "buy_and_hold",
}
CAVEATS = ("universe chosen in hindsight", "return is not evidence", "written after the fact")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The document of the whole built-in world."""
    folder = tmp_path_factory.mktemp("whole")
    done = steelyard("run", MEGACAPS, "--json", runs_dir=folder)

    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_promised_key_is_there(printed):
    """In the document, its metrics, and each agent's figures; nothing is NaN."""
    assert printed.keys() >= KEYS
    assert printed["metrics"].keys() >= METRICS
    assert printed["agents"].keys() == NAMES
    assert all(agent.keys() >= AGENT for agent in printed["agents"].values())
    assert printed["baselines"].keys() >= BASELINES
    first = "; ".join(printed["warnings"][:3])
    assert [caveat for caveat in CAVEATS if caveat not in first] == []
    assert printed["status"] == "done"


def test_the_folder_holds_what_was_printed(printed):
    """And the database of every decision."""
    folder = Path(printed["run_dir"])

    assert json.loads((folder / "summary.json").read_text(encoding="utf-8")) == printed
    assert (folder / "run.sqlite").is_file()


@pytest.mark.slow
def test_the_built_in_world_gives_the_promised_figures(whole):
    """Many opinions, some vetoes and fills, and losses near the base rate's."""
    metrics = whole["metrics"]

    assert metrics["n_opinions"] > 1000
    assert metrics["n_abstentions"] > 0
    assert metrics["n_vetoes"] > 0
    assert metrics["n_fills"] > 10
    assert metrics["halted_frac"] < 0.5
    assert metrics["log_loss"] < metrics["base_rate_log_loss"] + 0.001
    assert len(whole["baselines"].keys() - {"ensemble"}) >= 6


@pytest.mark.slow
def test_the_built_in_world_is_calibrated_but_for_chance(whole):
    """The calibration error exceeds what chance alone shows by at most .01."""
    metrics = whole["metrics"]

    assert metrics["ece"] - metrics["ece_floor"] <= 0.01


@pytest.mark.slow
def test_confidences_vary(whole):
    """No agent says the same again and again."""
    spread = {name: agent["confidence_sd"] for name, agent in whole["agents"].items()}

    assert {name: sd for name, sd in spread.items() if sd <= 0.005} == {}


@pytest.mark.slow
def test_confidences_are_earned(whole):
    """On a run from the first bar, nobody's first fifty opinions state more than .53."""
    database = Path(whole["run_dir"]) / "run.sqlite"
    query = "select confidence from opinions where agent = ? order by step limit 50"
    first = {
        name: [row["confidence"] for row in read_rows(database, query, [name])] for name in NAMES
    }

    assert {name: len(stated) for name, stated in first.items()} == dict.fromkeys(NAMES, 50)
    assert {name: max(stated) for name, stated in first.items() if max(stated) > 0.53} == {}
