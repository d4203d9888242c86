"""Steelyard in Python: run a scenario, look at what came of it, decide again.

>>> from steelyard import load
>>> load("megacaps", overrides={"risk.max_position": 0.1}).risk.max_position
0.1
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict, Unpack, get_args

from steelyard import engine
from steelyard.api.decided import Decided, Decision
from steelyard.api.replays import Replay
from steelyard.api.runs import Run, finished, open_run
from steelyard.executor import How, Kind
from steelyard.gather import HERE, Progress, silent
from steelyard.scenario import Scenario, find
from steelyard.scenario import load as load_file
from steelyard.scenario.overrides import NO_OVERRIDES
from steelyard.sim.bootstrap import MEAN_BLOCK
from steelyard.validation import montecarlo
from steelyard.validation.montecarlo import Mode, MonteCarlo, Paths

__all__ = [
    "Decided",
    "Decision",
    "Paths",
    "Replay",
    "Run",
    "load",
    "monte_carlo",
    "open_run",
    "resume",
    "run",
]


class Executor(TypedDict, total=False):
    """Where the agents are asked; it changes no digest."""

    executor: Kind
    """`local`, in this process; `ray`; or `auto`, on Ray where that saves time."""
    workers: int | None
    """Worker processes on Ray; one for each core unless said."""
    address: str | None
    """Of a running Ray cluster; otherwise one is started, and ended."""
    deadline_s: float | None
    """Seconds that a worker may take for one block of steps."""


def load(
    scenario: str | Path, *, seed: int | None = None, overrides: Mapping[str, Any] = NO_OVERRIDES
) -> Scenario:
    """Read a scenario file, or a shipped scenario by its name.

    Args:
        scenario: File, or name.
        seed: Seed of all chance; the file's unless said.
        overrides: Values by path. A text is read as in the file, other values of Python are
            written as the file would: `{"risk.max_position": "10%", "trade.stop": None}`.

    Raises:
        ScenarioError: with every fault found, by line.
    """
    return load_file(find(str(scenario)), overrides=_with_seed(overrides, seed))


def run(
    scenario: Scenario | str | Path,
    *,
    seed: int | None = None,
    overrides: Mapping[str, Any] = NO_OVERRIDES,
    runs_dir: str | Path = "runs",
    progress: Progress = silent,
    **executor: Unpack[Executor],
) -> Run:
    """Run a scenario and fill a run folder.

    Args:
        scenario: A scenario, a file, or the name of a shipped one.
        seed: As in `load`.
        overrides: As in `load`.
        runs_dir: Folder of run folders; made where it is missing.
        progress: Told (what is being done, how much of it is done, how much there is).
        executor: Where the agents are asked; see `Executor`. In this process unless said.

    Raises:
        ScenarioError: the scenario is wrong; nothing was run.
        DataError: the data are faulty, or the folder cannot be written.
        LookaheadError: an agent that is not built in was seen to peek.
        SetupError: Ray does not start.
    """
    source = ""
    if isinstance(scenario, Scenario):
        changes = _with_seed(overrides, seed)
        chosen = scenario.changed(changes) if changes else scenario
    else:
        file = find(str(scenario))
        chosen = load(file, seed=seed, overrides=overrides)
        source = file.read_text(encoding="utf-8-sig")
    place = engine.Place(Path(runs_dir), source, chosen.origins())
    return finished(engine.run(chosen, place, how=_how(executor), progress=progress))


def resume(folder: str | Path, *, progress: Progress = silent, **executor: Unpack[Executor]) -> Run:
    """Go on with a run that was stopped; what was answered is not asked again.

    A run that is finished is opened.

    Args:
        folder: The run folder.
        progress: As in `run`.
        executor: As in `run`.

    Raises:
        TapeError: no run was begun there, or its data or code have changed since.
        DataError: there is no such folder, or another process works on the run.
        SetupError: Ray does not start.
    """
    path = Path(folder)
    if not path.is_dir() or (path / "summary.json").is_file():
        return open_run(path)
    return finished(engine.resume(path, how=_how(executor), progress=progress))


def monte_carlo(
    run: Run | str | Path,
    *,
    n_paths: int = 1000,
    n_steps: int = 252,
    mean_block: float | None = MEAN_BLOCK,
    mode: Mode = "recorded",
    first_path: int = 0,
    **executor: Unpack[Executor],
) -> Paths:
    """Decide bootstrap paths of a run: what it might have come to; see docs/paths.md.

    Args:
        run: A finished run, or its folder.
        n_paths: How many paths.
        n_steps: Steps of each.
        mean_block: Mean sessions in a block of steps drawn together; None: by rule.
        mode: `recorded`, the verdicts of the run at the steps drawn; or `learn`, a pool that
            learns on each path anew.
        first_path: Number of the first path; a path hangs on its number alone.
        executor: As in `run`; `workers` are threads in this process, processes on Ray.

    Raises:
        DataError: there is no such run, or no step that paths can be drawn from.
        TapeError: the run was opened, and its data or code have changed since.
        SetupError: Ray does not start.
        ValueError: a number is none that it can be.
    """
    settings = MonteCarlo(n_paths, n_steps, mean_block, mode, first_path)
    how = _how(executor)
    montecarlo.check(settings)
    done = run if isinstance(run, Run) else open_run(run)
    return montecarlo.monte_carlo(done.scenario, done.world, done.tape, done.record, settings, how)


def _with_seed(overrides: Mapping[str, Any], seed: int | None) -> dict[str, Any]:
    return dict(overrides) | ({} if seed is None else {"seed": seed})


def _how(executor: Executor) -> How:
    """Turn what a caller says into what the engine takes.

    Raises:
        TypeError: a keyword is not known; Python itself cannot tell here.
        ValueError: the executor is not known, or a number is none that it can have.
    """
    unknown = executor.keys() - Executor.__annotations__.keys()
    if unknown:
        raise TypeError(f"unexpected keyword arguments: {', '.join(sorted(unknown))}")
    kind = executor.get("executor", HERE.kind)
    if kind not in get_args(Kind):
        raise ValueError(f"executor was {kind!r}, but it is one of {', '.join(get_args(Kind))}")
    workers: object = executor.get("workers")
    deadline_s: object = executor.get("deadline_s")
    if workers is not None and (not isinstance(workers, int) or workers < 1):
        raise ValueError(f"workers was {workers!r}, but it is a whole number, at least 1")
    if deadline_s is not None and not (isinstance(deadline_s, int | float) and deadline_s > 0.0):
        raise ValueError(f"deadline_s was {deadline_s!r}, but it is a number of seconds above 0")
    return How(
        kind,
        workers or HERE.workers,
        executor.get("address") or HERE.address,
        deadline_s or HERE.deadline_s,
    )
