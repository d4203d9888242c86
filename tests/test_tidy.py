"""The numbers of the style, held over every tracked file: no debt from the start."""

import ast
import re
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ("agents/", "ensemble/", "risk/", "sim/", "steelyard/")
MAX_FILE_LINES = 400
MAX_BODY_LINES = 50
MEDIAN_BODY_LINES = 10
P90_BODY_LINES = 25
MAX_PARAMETERS = 6

# Where a failure of unknown kind is turned into a value, a message or an exit code.
MAY_CATCH_ALL = {
    "agents/panel.py",
    "steelyard/__main__.py",
    "steelyard/plugins.py",
}

VAGUE_NAMES = {"base_utils", "common", "helper", "helpers", "manager", "misc", "util", "utils"}
LEFTOVER = re.compile(
    r"(\.(orig|rej|bak|swp|tmp|log)|~|_(old|new|copy|backup|v\d+)\.\w+)$|^(scratch|untitled|tmp)",
    re.IGNORECASE,
)
UNFINISHED = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b")
REGISTRY = re.compile(
    r"\b(p[y]pi|python[h]osted|npm[j]s|crates|docker|ghcr|quay|jfrog)\.(org|com|io)\b"
)
MACHINE_PATH = re.compile(r"(?<![\w.~\])}>*])/(home|root|Users|work|opt|mnt|tmp)/\w")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tracked() -> tuple[str, ...]:
    """Every tracked path that is there; links to folders are not entered."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listing = subprocess.run(
        [git, "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return tuple(name for name in listing.stdout.split("\0") if (ROOT / name).is_file())


@cache
def texts() -> dict[str, str]:
    """Every tracked file that is text, by its path."""
    found = {}
    for name in tracked():
        try:
            found[name] = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


@cache
def trees() -> dict[str, ast.Module]:
    """Every tracked Python file as a syntax tree, by its path."""
    return {name: ast.parse(text) for name, text in texts().items() if name.endswith(".py")}


def nodes(*kinds: type[ast.AST], within: str | tuple[str, ...] = "") -> Iterator[tuple]:
    """Every node of these kinds with `path:line`, in files whose path starts with `within`."""
    for name, tree in trees().items():
        if name.startswith(within):
            for node in ast.walk(tree):
                if isinstance(node, kinds):
                    yield f"{name}:{node.lineno}", node


def functions(within: str | tuple[str, ...] = "") -> Iterator[tuple[str, Function]]:
    """Every function and method, with its place."""
    yield from nodes(ast.FunctionDef, ast.AsyncFunctionDef, within=within)


def body_lines(function: Function) -> int:
    """Lines from the first statement behind the docstring to the last."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def lines_matching(pattern: re.Pattern) -> list[str]:
    """Every `path:line: match` in a tracked text file."""
    return [
        f"{name}:{number}: {match.group()}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), start=1)
        if (match := pattern.search(line))
    ]


def test_no_file_is_long():
    """A Python file longer than the limit holds more than one thought."""
    long = {name: text.count("\n") for name, text in texts().items() if name.endswith(".py")}

    assert {name: lines for name, lines in long.items() if lines > MAX_FILE_LINES} == {}


def test_no_function_body_is_long():
    """A body has at most 50 lines, its docstring not counted."""
    lengths = {f"{place} {each.name}": body_lines(each) for place, each in functions()}

    assert {place: lines for place, lines in lengths.items() if lines > MAX_BODY_LINES} == {}


def test_most_function_bodies_are_short():
    """Half the package's bodies have fewer than 10 lines, 9 in 10 fewer than 25."""
    lengths = [body_lines(each) for _, each in functions(PACKAGE)]

    assert statistics.median(lengths) < MEDIAN_BODY_LINES
    assert statistics.quantiles(lengths, n=10)[-1] < P90_BODY_LINES


def test_no_function_takes_many_parameters():
    """A function takes at most 6 parameters, `self` and `cls` not counted."""
    counts = {}
    for place, each in functions():
        signature = each.args
        names = [arg.arg for arg in signature.posonlyargs + signature.args + signature.kwonlyargs]
        counts[f"{place} {each.name}"] = len([n for n in names if n not in {"self", "cls"}])

    assert {place: count for place, count in counts.items() if count > MAX_PARAMETERS} == {}


def test_everything_public_says_what_it_gives():
    """Modules, public classes, public functions and tests have a docstring."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    mute = [name for name, tree in trees().items() if tree.body and not ast.get_docstring(tree)]
    for name, tree in trees().items():
        classes = [each for each in ast.walk(tree) if isinstance(each, ast.ClassDef)]
        for owner in [tree, *(each for each in classes if not each.name.startswith("_"))]:
            mute += [
                f"{name}:{each.lineno} {each.name}"
                for each in owner.body
                if isinstance(each, kinds)
                and not each.name.startswith("_")
                and not ast.get_docstring(each)
                and "overload" not in map(ast.unparse, each.decorator_list)
            ]

    assert mute == []


def test_no_exception_is_caught_that_cannot_be_named():
    """`except Exception` stands in a named list of files only, a bare `except` nowhere."""
    broad = []
    for place, handler in nodes(ast.ExceptHandler):
        caught = "" if handler.type is None else ast.unparse(handler.type)
        is_broad = re.search(r"\b(Base)?Exception\b", caught) and place.split(":")[0]
        if not caught or (is_broad and is_broad not in MAY_CATCH_ALL):
            broad.append(place)

    assert broad == []


def test_package_code_asserts_nothing():
    """Python drops `assert` under -O; a broken invariant is raised by an `if`."""
    assert [place for place, _ in nodes(ast.Assert, within=PACKAGE)] == []


def test_dataclasses_are_frozen():
    """A value cannot be changed behind the back of whoever holds it."""
    loose = [
        f"{place} {each.name}"
        for place, each in nodes(ast.ClassDef, within=PACKAGE)
        for mark in map(ast.unparse, each.decorator_list)
        if re.match(r"(dataclasses\.)?dataclass\b", mark) and "frozen=True" not in mark
    ]

    assert loose == []


def test_border_models_are_frozen():
    """A class built directly on pydantic's BaseModel states `frozen=True`."""
    loose = [
        f"{place} {each.name}"
        for place, each in nodes(ast.ClassDef, within=PACKAGE)
        if any(ast.unparse(base).endswith("BaseModel") for base in each.bases)
        and "frozen=True" not in ast.unparse(each)
    ]

    assert loose == []


def test_no_module_has_a_vague_name():
    """A name that fits everything gathers everything."""
    parts = {name: {part.removesuffix(".py") for part in Path(name).parts} for name in trees()}

    assert [name for name, found in parts.items() if found & VAGUE_NAMES] == []


def test_no_leftovers_are_tracked():
    """No backup, no second version, no scratch file."""
    assert [name for name in tracked() if LEFTOVER.search(Path(name).name)] == []


@pytest.mark.parametrize(
    "pattern", [UNFINISHED, REGISTRY, MACHINE_PATH], ids=["unfinished", "registry", "machine path"]
)
def test_no_text_names_what_does_not_belong(pattern):
    """No unfinished work, no package registry, no absolute path of one machine."""
    assert lines_matching(pattern) == []
