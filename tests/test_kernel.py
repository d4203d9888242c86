"""The kernel decorator: what the cache folder is named by, and what kernels may be."""

import ast
import enum
import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

import numpy as np
import pytest

from steelyard import kernel as kernel_module
from steelyard.kernel import cache_key, kernel

PACKAGE = Path(kernel_module.__file__).parent

PROGRAM = """
from typing import NamedTuple
import numpy as np
from numba.core import config
from steelyard.kernel import CACHE_DIR, compiled_before, kernel

class State(NamedTuple):
    total: np.ndarray
    n_steps: int

@kernel
def advance(state: State, values: np.ndarray) -> tuple[State, float]:
    total = state.total + np.sqrt(values) / 3.0
    return State(total, state.n_steps + 1), total.sum() / 0.7

before = compiled_before()
state, result = advance(State(np.arange(4.0), 7), np.linspace(0.1, 2.0, 4))
print(state.total.tobytes().hex(), state.n_steps, float(result).hex(), type(state).__name__)
print(CACHE_DIR, before, compiled_before(), repr(config.CACHE_DIR))
"""


def run_program(folder: Path, **environment: str) -> list[str]:
    """Run the program above in a fresh process, from a file, and give its lines."""
    outer = {name: value for name, value in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    source = folder / "program.py"
    source.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(source)],
        env=outer | environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()


@pytest.fixture
def package(tmp_path):
    """A package whose folder `ensemble` is a link, as in the project."""
    (tmp_path / "ensemble").mkdir()
    (tmp_path / "ensemble" / "pool.py").write_text("LIMIT = 1\n")
    package = tmp_path / "steelyard"
    package.mkdir()
    (package / "ensemble").symlink_to("../ensemble")
    (package / "engine.py").write_text("import os\n")
    return package


@pytest.mark.parametrize(
    ("name", "text", "changes"),
    [
        ("ensemble/pool.py", "LIMIT = 2\n", True),
        ("ensemble/more.py", "", True),
        ("types.py", "", False),
        ("engine.py", "import sys\n", False),
        ("engine.py", "@kernel\ndef f(): ...\n", True),
    ],
    ids=["core edited", "core file added", "not the core", "no kernel", "kernel elsewhere"],
)
def test_the_cache_key_follows_what_kernels_are_compiled_from(package, name, text, changes):
    """An edit of a core file or of a file with a kernel changes the key; no other does."""
    before = cache_key(package)

    (package / name).write_text(text)

    assert (cache_key(package) != before) is changes


def test_the_cache_key_does_not_depend_on_where_the_package_lies(package, tmp_path):
    """A moved checkout finds its compiled kernels again."""
    before = cache_key(package)

    moved = package.rename(tmp_path / "elsewhere")

    assert cache_key(moved) == before


def test_the_second_process_finds_compiled_kernels(tmp_path):
    """Machine code is kept in the folder asked for, and the caller's own setting stays.

    NamedTuples of arrays go in and out, bit for bit equal with NUMBA_DISABLE_JIT=1.
    """
    cache = str(tmp_path / "cache")
    compiled, first = run_program(tmp_path, STEELYARD_CACHE_DIR=cache, NUMBA_CACHE_DIR="mine")
    again, second = run_program(tmp_path, STEELYARD_CACHE_DIR=cache, NUMBA_CACHE_DIR="mine")
    interpreted, _ = run_program(tmp_path, NUMBA_DISABLE_JIT="1")

    folder = first.split()[0]
    assert folder.startswith(cache)
    assert first.split()[1:] == ["False", "True", "'mine'"]
    assert second.split() == [folder, "True", "True", "'mine'"]
    assert compiled == again == interpreted


def test_a_cache_folder_that_cannot_be_written_is_no_fault(tmp_path):
    """Kernels are then kept in a private folder that ends with the process."""
    (tmp_path / "file").touch()
    facts = run_program(tmp_path, STEELYARD_CACHE_DIR=str(tmp_path / "file" / "below"))[1]

    folder, before, after, _ = facts.split()
    assert [before, after] == ["False", "True"]
    assert not Path(folder).exists()


def test_a_kernel_typed_into_a_prompt_is_compiled_but_not_kept():
    """A function without a source file has no place in the cache."""
    scope = {}
    exec("def twice(x):\n    return 2 * x\n", scope)  # noqa: S102 - what a prompt does

    assert kernel(scope["twice"])(21) == 42


def test_the_mark_that_finds_kernels_is_the_decorators_name():
    """The scan for kernels outside the core looks for what authors write."""
    names = (kernel.__name__, kernel_module.leaf.__name__, kernel_module.inlined.__name__)
    assert tuple(f"@{name}".encode() for name in names) == kernel_module._MARKS


MARKS = {"kernel", "leaf", "inlined"}
LEAVES = {"leaf", "inlined"}
SCALARS = {None, type(None), bool, int, float, np.uint64}


def sources():
    """Give each module of the package that has a kernel, with its syntax tree."""
    for path in sorted(kernel_module._sources(PACKAGE)):
        text = (PACKAGE / path).read_text()
        if any(mark.decode() in text for mark in kernel_module._MARKS):
            parts = [part for part in path.with_suffix("").parts if part != "__init__"]
            yield importlib.import_module(".".join(("steelyard", *parts))), ast.parse(text)


def functions():
    """Give the functions beside kernels, and these: how each is marked, itself and its calls."""
    found = {}
    for module, tree in sources():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                marks = {getattr(each, "id", "") for each in node.decorator_list} & MARKS
                function = inspect.unwrap(getattr(module, node.name))
                calls = {called(each, module) for each in ast.walk(node)} - {None}
                found[module.__name__, node.name] = "".join(marks), function, calls
    return found


def called(node, module):
    """Give module and name of what a call calls, None where it is no call of ours."""
    if not isinstance(node, ast.Call):
        return None
    names = ast.unparse(node.func).split(".")
    found = module
    for name in names:
        found = getattr(found, name, None)
    return getattr(found, "__module__", None), getattr(found, "__name__", None)


def holds_an_array(hint):
    """Say whether a value of a type is an array, or a tuple with one in it."""
    if hint in SCALARS or (isinstance(hint, type) and issubclass(hint, enum.IntEnum)):
        return False
    if hasattr(hint, "_fields"):
        return any(map(holds_an_array, get_type_hints(hint).values()))
    return get_origin(hint) is not tuple or any(map(holds_an_array, get_args(hint)))


def test_leaves_call_leaves_and_give_arrays_to_them_alone():
    """Who counts references would drop one that no leaf took: memory freed while in use."""
    known = functions()
    leaves = {name for name, (mark, _, _) in known.items() if mark in LEAVES}
    givers = {name for name in leaves if holds_an_array(get_type_hints(known[name][1])["return"])}
    wrong = [
        f"{caller} calls {each}"
        for caller, (_, _, calls) in known.items()
        for each in calls & set(known)
        if (caller in leaves and each not in leaves) or (caller not in leaves and each in givers)
    ]

    assert wrong == []
    assert {name for _, name in givers} >= {"_said", "_market"}
