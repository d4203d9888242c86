"""What several tests of whole runs look at."""

import json

import pytest

from tests.run.stage import EAGER, MEGACAPS, SPAN, steelyard


@pytest.fixture(scope="session")
def printed(tmp_path_factory):
    """What the command prints of the short span, in a process and a folder of its own."""
    chosen = [part for pair in (EAGER | SPAN).items() for part in ("--set", "=".join(pair))]
    folder = tmp_path_factory.mktemp("printed")
    done = steelyard("run", MEGACAPS, "--json", *chosen, runs_dir=folder)

    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
