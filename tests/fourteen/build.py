"""Lay the fourteen-name world into a folder: its scenario, and the files that it reads.

    python -m tests.fourteen.build FOLDER

The data are those of the shared folder, and stay there; nothing of them is kept here.
"""

import shutil
import sys
from pathlib import Path

from tests.fourteen.person import write_views
from tests.fourteen.prices import write_actions, write_bars, write_benchmark, write_observations
from tests.fourteen.texts import write_documents

HERE = Path(__file__).parent


def build(folder: Path) -> Path:
    """Write the world into `folder` and give the path of its scenario."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    for write in (
        write_bars,
        write_benchmark,
        write_actions,
        write_observations,
        write_documents,
        write_views,
    ):
        write(data)
    shutil.copy(HERE / "relations.csv", data)
    return Path(shutil.copy(HERE / "fourteen.yaml", folder))


if __name__ == "__main__":
    sys.stdout.write(f"{build(Path(sys.argv[1]))}\n")
