"""Other people's code: found by name or by address, and never run before it is asked for.

| written | found |
|---|---|
| `dip` | what `register` was told in this process, else an installed entry point |
| `my_agents:dip` | attribute `dip` of module `my_agents`: installed, or beside the scenario |

A plug-in that cannot be used warns, with the name of its distribution, and stops nothing
else; asked for by name it is a fault. What is installed is listed from its metadata; its
module is imported only when it is used or examined.
"""

import hashlib
import importlib
import inspect
import os
import re
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Final, NamedTuple, TypeVar

from steelyard import __version__
from steelyard.errors import ScenarioError, did_you_mean
from steelyard.log import PLUGIN_REFUSED, get_logger

T = TypeVar("T")

AGENTS: Final = "steelyard.agents"
FEEDS: Final = "steelyard.feeds"
BROKERS: Final = "steelyard.brokers"
"""Groups of entry points."""

ADDRESS: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
"""Form of `module:attribute`."""

NAME: Final = re.compile(r"[A-Za-z_][\w.-]*")
"""Form of a plug-in's name."""

UNIDENTIFIED: Final = "unidentified"
"""Origin of code whose text cannot be found, such as what was typed at a prompt."""

_CALLED: Final = MappingProxyType(
    {AGENTS: "kind of agent", FEEDS: "kind of feed", BROKERS: "kind of broker"}
)


class Plugin(NamedTuple):
    """An installed plug-in, as its metadata have it."""

    name: str
    address: str
    """`module:attribute`."""
    distribution: str
    version: str
    fault: str = ""
    """Why it cannot be used; empty where nothing is known against it."""

    @property
    def source(self) -> str:
        """Give distribution and version, as `acme-agents 1.2`."""
        return f"{self.distribution} {self.version}"


FaultOf = Callable[[object], str]
"""Says what is wrong with a plug-in's object; empty where nothing is."""

_registered: Final[dict[tuple[str, str], object]] = {}
_built_in: Final[dict[str, tuple[str, ...]]] = {}
_folders: Final[list[str]] = []
"""Scenarios' folders put on Python's path, the newest first."""
_installed_as: Final[dict[str, str]] = {}
"""Top module of a plug-in that was loaded by its entry point, to `distribution==version`."""


def reserve(group: str, names: Iterable[str]) -> None:
    """Keep names for what is built in; no plug-in may have them."""
    _built_in[group] = tuple(sorted({*_built_in.get(group, ()), *names}))


def register(group: str, name: str, thing: object) -> None:
    """Make a thing known by name in this process; the same module may replace its own.

    Raises:
        ScenarioError: the name has another form, or is taken.
    """
    if NAME.fullmatch(name) is None:
        raise ScenarioError(f"{name!r} is no name of a {_CALLED[group]}", hint="write it as my_dip")
    if name in _built_in.get(group, ()):
        raise ScenarioError(f"{name!r} is a built-in {_CALLED[group]}", hint="choose another name")
    before = _registered.get((group, name))
    if before is not None and _module_of(before) != _module_of(thing):
        raise ScenarioError(
            f"{name!r} is a {_CALLED[group]} of {_module_of(before)}, and {_module_of(thing)} "
            "would take its name",
            hint="choose another name",
        )
    _registered[group, name] = thing


def registered(group: str) -> dict[str, object]:
    """Give what was registered in this process, by name."""
    return {name: thing for (of, name), thing in _registered.items() if of == group}


def names(group: str) -> list[str]:
    """Give the names by which something can be found, the built-in ones first."""
    sound = [plugin.name for plugin in installed(group) if not plugin.fault]
    return list(dict.fromkeys([*_built_in.get(group, ()), *registered(group), *sound]))


def installed(group: str, fault_of: FaultOf | None = None) -> list[Plugin]:
    """Give what is installed, by name; what cannot be used has its fault, and warns once.

    Args:
        group: One of the groups above.
        fault_of: Examines each plug-in's object, which is then imported; without it none is.
    """
    found = [_examined(group, plugin, fault_of) for plugin in _listed(group)]
    for plugin in found:
        if plugin.fault:
            _warn(plugin)
    return found


def find(group: str, name: str, folder: Path | None = None) -> object:
    """Give what a name or an address stands for.

    Args:
        group: One of the groups above.
        name: Name of a plug-in, or `module:attribute`.
        folder: The scenario's; a module beside it is found, after all others.

    Raises:
        ScenarioError: there is no such thing, or it cannot be loaded.
    """
    if ":" in name:
        return _at_address(group, name, folder)
    if (group, name) in _registered:
        return _registered[group, name]
    for plugin in installed(group):
        if plugin.name == name:
            return _loaded(group, plugin)
    known = f"the {_CALLED[group].replace('kind', 'kinds', 1)} are {', '.join(names(group))}"
    raise ScenarioError(f"{_CALLED[group]} was {name!r}, but {known}", hint=hint(group, name))


def is_there(group: str, name: str) -> bool:
    """Say whether a name is one that is there, or has the form of an address."""
    return ADDRESS.fullmatch(name) is not None or name in names(group)


def attempt(told: str, call: Callable[[], T]) -> T:
    """Call other people's code; whatever it raises becomes a fault of the scenario.

    Raises:
        ScenarioError: it raised; told is said first, then what it raised.
    """
    try:
        return call()
    except (Exception, SystemExit) as error:  # anybody's code
        raise ScenarioError(f"{told}: {_cause(error)}") from error


def hint(group: str, name: str) -> str:
    """Say why an installed plug-in cannot be used, which name was meant, or what else to do."""
    refused = [each for each in installed(group) if each.name == name and each.fault]
    if refused:
        return f"that of {refused[0].source} cannot be used: {refused[0].fault}"
    meant = did_you_mean(name, names(group))
    return meant or "install what has it, or write an address like my_module:my_name"


def origin(thing: object) -> str:
    """Identify the code of a thing, so that a run is only resumed with the same.

    Args:
        thing: A class, a function, or an instance of a class.

    Returns:
        `distribution==version` for what is installed, `sha256:...` of the source file for
        other code, or `UNIDENTIFIED`.
    """
    code = thing if isinstance(thing, type) or inspect.isfunction(thing) else type(thing)
    top = code.__module__.partition(".")[0]
    if top == "steelyard":
        return f"steelyard=={__version__}"
    return _installed_as.get(top) or _distribution_of(top) or _hash_of(code)


def by_value_modules() -> list[ModuleType]:
    """Give the loaded modules that another machine cannot import: they travel by value.

    These are files beside scenarios, and modules of registered things that are not
    installed; `__main__`, which cloudpickle always sends by value, is not among them.
    """
    own = {_module_of(thing).partition(".")[0] for thing in _registered.values()}
    return [
        module
        for name, module in sorted(sys.modules.items())
        if name != "__main__"
        and (_is_beside(module) or (name.partition(".")[0] in own and not _is_installed(module)))
    ]


def _listed(group: str) -> list[Plugin]:
    """Read the metadata; a name that several claim belongs to none of them."""
    entries = metadata.entry_points(group=group)
    found = sorted(Plugin(each.name, each.value, *_distribution(each)) for each in entries)
    return [plugin._replace(fault=_clash(group, plugin, found)) for plugin in found]


def _distribution(entry: metadata.EntryPoint) -> tuple[str, str]:
    return ("unknown", "") if entry.dist is None else (entry.dist.name, entry.dist.version)


def _clash(group: str, plugin: Plugin, found: list[Plugin]) -> str:
    if NAME.fullmatch(plugin.name) is None:
        return f"{plugin.name!r} is no name of a {_CALLED[group]}"
    if plugin.name in _built_in.get(group, ()):
        return f"{plugin.name!r} is a built-in {_CALLED[group]}"
    others = [each.source for each in found if each.name == plugin.name and each != plugin]
    if others:
        return f"{', '.join(others)} has the name {plugin.name!r} too; write an address instead"
    return ""


def _examined(group: str, plugin: Plugin, fault_of: FaultOf | None) -> Plugin:
    if fault_of is None or plugin.fault:
        return plugin
    try:
        return plugin._replace(fault=fault_of(_loaded(group, plugin)))
    except ScenarioError as error:
        cause = error.__cause__
        return plugin._replace(fault=str(error) if cause is None else _cause(cause))


@cache
def _warn(plugin: Plugin) -> None:
    """Warn of a plug-in once in a process."""
    get_logger().warning(
        PLUGIN_REFUSED, plugin=plugin.name, distribution=plugin.source, cause=plugin.fault
    )


def _loaded(group: str, plugin: Plugin) -> object:
    """Import an installed plug-in.

    Raises:
        ScenarioError: naming its distribution and the cause.
    """
    told = f"{_CALLED[group]} {plugin.name!r} of {plugin.source} cannot be used"
    if plugin.fault:
        raise ScenarioError(f"{told}: {plugin.fault}")
    top = re.split(r"[.:]", plugin.address)[0]
    entry = metadata.EntryPoint(plugin.name, plugin.address, group)
    thing: object = attempt(f"{told}: {plugin.address}", entry.load)
    if not _is_editable(plugin.distribution):
        _installed_as[top] = f"{plugin.distribution}=={plugin.version}"
    return thing


def _cause(error: BaseException) -> str:
    first = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _at_address(group: str, address: str, folder: Path | None) -> object:
    if ADDRESS.fullmatch(address) is None:
        raise ScenarioError(
            f"{_CALLED[group]} was {address!r}, which is no address",
            hint="write it as my_module:my_name",
        )
    name, _, attribute = address.partition(":")
    module = _module(group, address, name, folder)
    thing: object = module
    for part in attribute.split("."):
        if not hasattr(thing, part):
            public = [each for each in vars(module) if not each.startswith("_")]
            raise ScenarioError(
                f"{_CALLED[group]} was {address!r}, but {name} has no {attribute!r}",
                hint=did_you_mean(attribute, public),
            )
        thing = getattr(thing, part)
    return thing


def _module(group: str, address: str, name: str, folder: Path | None) -> ModuleType:
    told = f"{_CALLED[group]} was {address!r}"
    if folder is not None:
        _reach(folder.resolve(), name.partition(".")[0], told)
    try:
        return attempt(f"{told}, but it cannot be loaded", partial(importlib.import_module, name))
    except ScenarioError as error:
        cause = error.__cause__
        missing = isinstance(cause, ModuleNotFoundError) and f"{name}.".startswith(f"{cause.name}.")
        if not missing:
            raise
    where = "" if folder is None else f", and no {name.partition('.')[0]}.py in {folder.resolve()}"
    raise ScenarioError(f"{told}, but there is no module {name!r} on Python's path{where}")


def _reach(folder: Path, top: str, told: str) -> None:
    """Put a scenario's folder on Python's path, behind all that is not ours.

    Raises:
        ScenarioError: another scenario's module of that name is loaded already; one process
            can hold only one of them.
    """
    loaded = getattr(sys.modules.get(top), "__file__", None)
    beside = [folder / f"{top}.py", folder / top / "__init__.py"]
    if loaded is not None and Path(loaded) not in beside and _is_beside(sys.modules[top]):
        for file in beside:
            if file.is_file():
                raise ScenarioError(
                    f"{told}, which means {file}, but {loaded} is loaded under that name",
                    hint="give one of them another name",
                )
    own = [str(folder)] if str(folder) not in sys.path or str(folder) in _folders else []
    rest = [each for each in _folders if each not in own]
    sys.path[:] = [each for each in sys.path if each not in _folders]
    _folders[:] = own + rest
    sys.path.extend(_folders)


def _is_beside(module: ModuleType) -> bool:
    """Say whether a module lies in a scenario's folder."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or _is_installed(module):
        return False
    return any(file.startswith(os.path.join(folder, "")) for folder in _folders)  # noqa: PTH118 - thousands of modules are asked


def _is_installed(module: ModuleType) -> bool:
    """Say whether a module comes with Python, with Steelyard or from a distribution."""
    top = module.__name__.partition(".")[0]
    file = getattr(module, "__file__", None)
    if top in {"steelyard", *_installed_as} or not isinstance(file, str):
        return True
    return file.startswith(_installed_folders())


@cache
def _installed_folders() -> tuple[str, ...]:
    kinds = ("stdlib", "platstdlib", "purelib", "platlib")
    return tuple(sysconfig.get_path(kind) + os.sep for kind in kinds)


def _module_of(thing: object) -> str:
    return str(getattr(thing, "__module__", type(thing).__module__))


@cache
def _distribution_of(top: str) -> str:
    """Give `distribution==version` of an importable package; empty where it has none."""
    owners = metadata.packages_distributions().get(top, [])
    if not owners or _is_editable(owners[0]):
        return ""
    return f"{owners[0]}=={metadata.version(owners[0])}"


def _is_editable(distribution: str) -> bool:
    """Say whether a distribution is installed as a link to its source, which may change."""
    try:
        text = metadata.distribution(distribution).read_text("direct_url.json") or ""
    except metadata.PackageNotFoundError:
        return False
    return re.search(r'"editable":\s*true', text) is not None


def _hash_of(code: type | Callable[..., object]) -> str:
    return next(_hashes(code), UNIDENTIFIED)


def _hashes(code: type | Callable[..., object]) -> Iterator[str]:
    """Hash the file of a thing's module, or the thing's own lines where it has none."""
    file = getattr(sys.modules.get(code.__module__), "__file__", None)
    if isinstance(file, str) and Path(file).is_file():
        yield f"sha256:{hashlib.sha256(Path(file).read_bytes()).hexdigest()}"
    try:
        yield f"sha256:{hashlib.sha256(inspect.getsource(code).encode()).hexdigest()}"
    except (OSError, TypeError):
        return
