"""A real kernel runs a notebook: its loop is running, cells show what a run is."""

import json
import os
import sys

import pytest

from tests.api.stage import BRIEF
from tests.command import ROOT

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

CELLS = (
    "import asyncio, os, steelyard\nloop = asyncio.get_running_loop()",
    f'run = steelyard.run("megacaps", overrides={BRIEF!r})\nrun',
    "run.blotter",
    'run.decision("2008-09-22", "IBM")',
    'print(run.decision("2008-09-22", "IBM").explain())',
    "print((await asyncio.to_thread(run.replay)).digest == run.digest, loop.is_running())",
    """\
@steelyard.agent
def notebook_dip(known, *, span=3):
    close = known.bars.close
    fall = 0 * close
    fall[span:] = 1 - close[span:] / close[:-span]
    return 10 * fall

panel = [{"name": "dip", "kind": "notebook_dip", "span": 2}]
own = steelyard.run(run.scenario, overrides={"agents": panel})
print(own.summary["agents"]["dip"]["n_opinions"] > 0, steelyard.open_run(run.folder).digest)""",
)


@pytest.fixture
def kernels(tmp_path, monkeypatch):
    """Give a kernel of this interpreter, and a folder to work in."""
    spec = tmp_path / "jupyter" / "kernels" / "here"
    spec.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    told = {"argv": argv, "display_name": "here", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(told), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return tmp_path


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Jupyter's own
def test_a_notebook_runs_and_shows_what_came_of_it(kernels):
    """Figures as HTML, explanations as text, replays awaited, an agent of the notebook's own."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = nbclient.NotebookClient(
        notebook,
        timeout=200,
        kernel_name="here",
        resources={"metadata": {"path": str(kernels)}},
    )
    client.execute()
    shown = [[dict(output) for output in cell.outputs] for cell in notebook.cells]

    assert "<svg" in shown[1][0]["data"]["text/html"]
    assert shown[1][0]["data"]["text/plain"].startswith("<Run megacaps, 2008-09-15 to")
    assert "<table>" in shown[2][0]["data"]["text/html"]
    assert shown[3][0]["data"]["text/html"].startswith("<pre>2008-09-22 IBM  ")
    assert shown[4][0]["text"].startswith("2008-09-22 IBM  ")
    assert shown[5][0]["text"] == "True True\n"
    assert shown[6][0]["text"].startswith("True ")
    assert [
        output for outputs in shown for output in outputs if output.get("name") == "stderr"
    ] == []
