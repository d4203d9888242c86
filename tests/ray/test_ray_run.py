"""Whole gathers and runs on Ray: the digest does not know where they were asked."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import steelyard
from steelyard import engine
from steelyard.executor import How
from steelyard.gather import HERE, Seat, gather
from steelyard.scenario import find, load
from steelyard.store import unfinished
from steelyard.testing.worlds import Recipe, made_world
from steelyard.types.opinion import Cause
from steelyard.types.tape import tape_digest
from tests.ray.jobs import Broken, Leisurely
from tests.ray.processes import marked, shooting, wait_for, wait_till_gone
from tests.run.stage import EAGER, SPAN, megacaps

pytestmark = pytest.mark.ray
ROOT = __file__.rpartition("/tests/")[0]


@pytest.fixture(scope="module")
def scenario():
    """Ten months of the built-in world."""
    return megacaps(SPAN["market.from"], SPAN["market.to"])


def summary_of(scenario, folder, how=HERE):
    """Run a scenario and give its summary."""
    return engine.run(scenario, engine.Place(folder, "", {}), how=how).summary


def test_the_digest_is_the_same_here_and_on_one_or_two_workers(cluster, scenario, tmp_path, whole):
    """And the summary says how many processes answered."""
    one = summary_of(scenario, tmp_path, How("ray", 1))
    two = summary_of(scenario, tmp_path, How("ray", 2))

    told = [(each["executor"], each["n_workers"]) for each in (whole, one, two)]
    assert told == [("local", 1), ("ray", 1), ("ray", 2)]
    assert whole["metrics"]["n_fills"] > 10
    for name in ("digest", "tape_digest", "metrics"):
        assert whole[name] == one[name] == two[name]


def test_a_block_that_is_lost_or_late_is_an_abstention_of_its_own_kind(cluster):
    """The other blocks, and the other agents, are as they would have been."""
    world = made_world(3, Recipe(n_steps=90))
    sound, late, lost = Leisurely(0.0), Leisurely(0.0, hangs=25), Leisurely(0.0, falls=50)
    expected = gather(world, [Seat("sound", sound)]).tape

    tape = gather(
        world,
        [Seat("sound", sound), Seat("late", late), Seat("lost", lost)],
        How("ray", 2, deadline_s=3.0),
    ).tape

    steps = np.arange(world.n_steps)
    for agent, cause, step in ((1, Cause.LATE, 25), (2, Cause.LOST, 50)):
        block = steps // 21 == step // 21
        listed = world.listed[block]
        assert (tape.cause[block, agent][listed] == cause).all()
        np.testing.assert_array_equal(tape.score[~block, agent], expected.score[~block, 0])
    np.testing.assert_array_equal(tape.score[:, 0], expected.score[:, 0])
    np.testing.assert_array_equal(tape.cause[:, 0], expected.cause[:, 0])


def test_a_worker_shot_every_few_seconds_changes_no_digest(cluster):
    """Its block is asked again elsewhere."""
    world = made_world(3, Recipe(n_steps=400))

    def panel(*seconds):
        slow, slower = (Leisurely(each, horizon=horizon) for horizon, each in enumerate(seconds, 4))
        return [Seat("slow", slow), Seat("slower", slower)]

    with shooting() as shots:
        tape = gather(world, panel(0.3, 0.5), How("ray", 2)).tape

    assert len(shots) >= 2
    assert tape_digest(tape) == tape_digest(gather(world, panel(0.0, 0.0)).tape)


def test_an_agent_that_raises_on_a_worker_is_told_of_here(cluster, capsys):
    """By the name it has in the scenario."""
    world = made_world(3, Recipe(n_steps=60))

    tape = gather(world, [Seat("broken", Broken(0.0))], How("ray", 1)).tape

    assert (tape.cause[:, 0][world.listed] == Cause.FAILED).all()
    assert "broken" in capsys.readouterr().err


@pytest.mark.parametrize("in_loop", [False, True])
def test_python_asks_on_ray_too(cluster, scenario, whole, tmp_path, in_loop):
    """Also from within a running event loop."""

    def asked():
        return steelyard.run(scenario, runs_dir=tmp_path, executor="ray", workers=2)

    async def within():
        return asked()

    run = asyncio.run(within()) if in_loop else asked()

    assert run.summary["digest"] == whole["digest"]
    assert (run.summary["executor"], run.summary["n_workers"]) == ("ray", 2)


OWN_AGENT = """
import numpy as np
import steelyard
from tests.run.stage import SPAN, MEGACAPS

@steelyard.agent(horizon=5)
def falls(known, *, span=5):
    close = known.bars.close
    moved = np.full_like(close, np.nan)
    moved[span:] = close[span:] / close[:-span] - 1.0
    return -np.clip(moved / 0.1, -1.0, 1.0)

agents = [{"name": "own", "kind": "falls", "span": 3}, {"name": "t", "kind": "technical"}]
for how in ({}, {"executor": "ray", "workers": 1}):
    run = steelyard.run(MEGACAPS, overrides=SPAN | {"agents": agents}, runs_dir=FOLDER, **how)
    print(run.summary["digest"], run.summary["agents"]["own"]["n_opinions"], flush=True)
"""


def test_an_agent_of_a_script_is_asked_on_ray(tmp_path):
    """What was typed into the program itself travels with the work."""
    script = tmp_path / "script.py"
    script.write_text(OWN_AGENT.replace("FOLDER", repr(str(tmp_path / "runs"))))
    ended = subprocess.run(
        [sys.executable, script],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": ROOT},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    here, on_ray = ended.stdout.split("\n")[:2]
    assert here == on_ray
    assert int(here.split()[1]) > 100


TWO_NODES = """
import sys, threading, time, os
os.environ["RAY_DEDUP_LOGS_SKIP_REGEX"] = ".*"
import ray
from ray.cluster_utils import Cluster
from steelyard.executor import How, execute
from tests.ray.jobs import Slow

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
second = cluster.add_node(num_cpus=1)
cluster.wait_for_nodes()
nodes = {}
outcomes = []
for outcome in execute(Slow(0.2), [list(range(40))], How("ray", 2, cluster.address)):
    outcomes.append(outcome)
    if len({each.worker for each in outcomes}) == 2 and second is not None:
        cluster.remove_node(second, allow_graceful=False)
        second = None
assert second is None, "both nodes answered"
assert {each.task: each.answer for each in outcomes} == {task: task * task for task in range(40)}
assert not any(each.failure for each in outcomes)
print("done", len({each.worker for each in outcomes}))
cluster.shutdown()
"""


def test_a_node_that_is_lost_costs_retries_only():
    """Two nodes on this machine, one taken away while its worker is at work."""
    ended = subprocess.run(
        [sys.executable, "-c", TWO_NODES],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": ROOT},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1].startswith("done ")


@pytest.fixture(scope="module")
def whole(scenario, tmp_path_factory):
    """What comes of the run if nothing stops it."""
    return summary_of(scenario, tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("shot", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_on_ray_that_is_stopped_leaves_no_process_and_is_resumed(tmp_path, whole, shot):
    """Whatever stopped it; the digest is that of a run that was not."""
    settings = EAGER | SPAN
    chosen = [part for pair in settings.items() for part in ("--set", "=".join(pair))]
    mark = {"STEELYARD_TEST": str(tmp_path)}
    running = subprocess.Popen(
        [*COMMAND, *chosen, "--runs-dir", tmp_path, "--executor", "ray", "--workers", "2"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": ROOT} | mark,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: _n_kept(tmp_path) >= 1, 120)
    running.send_signal(shot)
    stdout, stderr = running.communicate(timeout=60)

    assert stdout == ""
    assert running.returncode == {2: 130, 9: -9, 15: 143}[shot]
    if shot != signal.SIGKILL:
        assert "to go on with it: " in stderr
    wait_till_gone(lambda: marked(f"STEELYARD_TEST={tmp_path}"), 90)
    (folder,) = unfinished(tmp_path)
    resumed = engine.resume(folder).summary
    assert resumed["digest"] == whole["digest"]
    assert resumed["n_blocks_kept"] >= 1


COMMAND = (sys.executable, "-m", "steelyard", "run", "megacaps")


def _n_kept(runs_dir):
    """Count the blocks that the one run in a folder has kept."""
    from contextlib import closing
    from sqlite3 import OperationalError, connect

    for path in runs_dir.glob("*/tape.sqlite"):
        try:
            with closing(connect(f"file:{path}?mode=ro", uri=True)) as connection:
                return connection.execute("select count(*) from answers").fetchone()[0]
        except OperationalError:  # not made yet
            pass
    return 0


def test_the_recipe_for_a_cloud_is_one_that_ray_takes():
    """By Ray's own check; no cloud is asked."""
    import yaml
    from ray.autoscaler._private.util import prepare_config, validate_config

    validate_config(prepare_config(yaml.safe_load(block_of_guide("yaml"))))


def test_the_program_of_the_guide_runs(cluster, tmp_path, monkeypatch, capsys):
    """On the cluster that is there."""
    monkeypatch.chdir(tmp_path)
    exec(compile(block_of_guide("python"), "cluster.md", "exec"), {})  # noqa: S102 - our lines

    assert capsys.readouterr().out.split()[1] == "2"


def block_of_guide(language):
    """Give the fenced block of a language in the guide to clusters."""
    text = (Path(ROOT) / "docs" / "cluster.md").read_text()
    return text.partition(f"```{language}\n")[2].partition("```")[0]


def test_a_made_world_is_gathered_on_ray_as_here(cluster, tmp_path):
    """Its opinions travel with it: workers draw nothing."""
    small = {"market.universe.synthetic": 40, "market.to": "2014-03-31"}
    scenario = load(find("synthetic500"), overrides=small)

    here, there = (summary_of(scenario, tmp_path, how) for how in (HERE, How("ray", 2)))

    assert there["executor"] == "ray"
    assert (there["digest"], there["world_hash"]) == (here["digest"], here["world_hash"])
