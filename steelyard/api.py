"""Steelyard in Python: run a scenario and look at what came of it."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from steelyard import engine
from steelyard.gather import Progress, silent
from steelyard.scenario import Scenario, find, load

__all__ = ["run"]

NOTHING: Mapping[str, str] = MappingProxyType({})


def run(
    scenario: Scenario | str | Path,
    *,
    overrides: Mapping[str, str] = NOTHING,
    runs_dir: str | Path = "runs",
    progress: Progress = silent,
) -> engine.Run:
    """Run a scenario and fill a run folder.

    Args:
        scenario: A scenario, a file, or the name of a shipped one.
        overrides: Values by path, as `--set` gives them: `{"risk.max_position": "10%"}`;
            only for a file.
        runs_dir: Folder of run folders; made where it is missing.
        progress: Told what is being done; silent by default.

    Raises:
        ScenarioError: the scenario is wrong; nothing was run.
        DataError: the data are faulty, or the folder cannot be written.
    """
    if isinstance(scenario, Scenario):
        place = engine.Place(Path(runs_dir), "", scenario.origins())
        return engine.run(scenario, place, progress=progress)
    file = find(str(scenario))
    loaded = load(file, overrides=overrides)
    source = file.read_text(encoding="utf-8-sig")
    place = engine.Place(Path(runs_dir), source, loaded.origins())
    return engine.run(loaded, place, progress=progress)
