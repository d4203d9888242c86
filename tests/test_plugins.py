"""Other people's code is found by name or address, and stops nothing where it is broken."""

import hashlib
import sys
from collections import namedtuple

import pytest

import steelyard
from steelyard import plugins
from steelyard.agents.technical import Technical
from steelyard.errors import ScenarioError

METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n"


steelyard.agent  # noqa: B018 - with it the names of built-in kinds are known


class Thing:
    """Something that can be registered."""


@pytest.fixture(autouse=True)
def _as_before(monkeypatch):
    """Begin without what other tests register; leave path and modules as they were."""
    monkeypatch.setattr(plugins, "_registered", {})
    for name in ("_built_in", "_installed_as"):
        monkeypatch.setattr(plugins, name, dict(getattr(plugins, name)))
    monkeypatch.setattr(plugins, "_folders", [])
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for module in set(sys.modules) - before:
        if module.startswith(("acme_", "beside_", "only_")):
            del sys.modules[module]


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Give a folder on Python's path into which distributions are put."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def install(site, name, entries, **modules):
    """Put a distribution with entry points for agents and modules into a folder."""
    info = site / f"{name.replace('-', '_')}-1.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA.format(name=name))
    lines = [f"{key} = {address}" for key, address in entries.items()]
    (info / "entry_points.txt").write_text("\n".join(["[steelyard.agents]", *lines, ""]))
    for module, text in modules.items():
        (site / f"{module}.py").write_text(text)


def test_what_is_registered_is_found_by_its_name():
    """In this process, until the same module gives another thing that name."""
    plugins.register(plugins.FEEDS, "mine.thing", Thing)
    plugins.register(plugins.FEEDS, "mine.thing", Thing)

    assert plugins.find(plugins.FEEDS, "mine.thing") is Thing
    assert "mine.thing" in plugins.names(plugins.FEEDS)
    assert plugins.registered(plugins.FEEDS)["mine.thing"] is Thing


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("technical", "'technical' is a built-in kind of agent; choose another name"),
        ("taken", r"'taken' is a kind of agent of steelyard.agents.technical, and .*test_plugins"),
        ("my agent", "'my agent' is no name of a kind of agent"),
    ],
)
def test_a_name_that_is_taken_or_none_is_refused(name, message):
    """A second module may not take it."""
    plugins.register(plugins.AGENTS, "taken", Technical)

    with pytest.raises(ScenarioError, match=message):
        plugins.register(plugins.AGENTS, name, Thing)


def test_an_installed_plug_in_is_listed_without_being_imported(site):
    """From its metadata; it is imported when it is asked for."""
    install(site, "acme-dips", {"acme.dip": "acme_dips:Dip"}, acme_dips="class Dip: pass\n")

    (listed,) = [each for each in plugins.installed(plugins.AGENTS) if each.name == "acme.dip"]
    before = "acme_dips" in sys.modules
    found = plugins.find(plugins.AGENTS, "acme.dip")

    assert listed == ("acme.dip", "acme_dips:Dip", "acme-dips", "1.5", "")
    assert (before, found.__name__) == (False, "Dip")
    assert plugins.origin(found) == plugins.origin(found()) == "acme-dips==1.5"


def test_a_broken_plug_in_is_a_fault_by_its_name_and_for_others_none(site):
    """Its distribution and what it raised are named; the one beside it works."""
    install(
        site,
        "acme-broken",
        {"acme.bad": "acme_bad:Dip", "acme.exits": "acme_exits:Dip", "acme.good": "acme_good:Dip"},
        acme_bad="1 / 0\n",
        acme_exits="import sys\nsys.exit(3)\n",
        acme_good="class Dip: pass\n",
    )

    with pytest.raises(
        ScenarioError,
        match=r"'acme.bad' of acme-broken 1.5 cannot be used: .*ZeroDivisionError: division",
    ):
        plugins.find(plugins.AGENTS, "acme.bad")
    with pytest.raises(ScenarioError, match="acme_exits:Dip: SystemExit: 3"):
        plugins.find(plugins.AGENTS, "acme.exits")
    faults = {
        each.name: each.fault for each in plugins.installed(plugins.AGENTS, lambda _thing: "")
    }
    assert faults["acme.bad"] == "ZeroDivisionError: division by zero"
    assert faults["acme.good"] == ""


def test_a_broken_plug_in_warns_once(site, capsys):
    """With the name of its distribution, on stderr."""
    install(site, "acme-warns", {"technical": "acme_warns:Dip"})
    for _ in range(3):
        plugins.installed(plugins.AGENTS, lambda _thing: "")

    told = capsys.readouterr().err

    assert told.count("plugin_refused") == told.count("acme-warns 1.5") == 1
    assert "'technical' is a built-in kind of agent" in told


def test_a_name_that_two_distributions_claim_belongs_to_neither(site):
    """Which of them is meant, only an address says."""
    install(site, "acme-one", {"acme.twice": "acme_one:Dip"}, acme_one="class Dip: pass\n")
    install(site, "acme-two", {"acme.twice": "acme_two:Dip"}, acme_two="class Dip: pass\n")

    with pytest.raises(ScenarioError, match=r"acme-two 1.5 has the name 'acme.twice' too"):
        plugins.find(plugins.AGENTS, "acme.twice")
    assert not plugins.is_there(plugins.AGENTS, "acme.twice")
    assert "cannot be used" in plugins.hint(plugins.AGENTS, "acme.twice")
    assert plugins.find(plugins.AGENTS, "acme_one:Dip").__module__ == "acme_one"


def test_what_a_plug_in_is_told_to_be_wrong_is_its_fault(site):
    """As a listing examines each."""
    install(site, "acme-none", {"acme.none": "acme_none:Dip"}, acme_none="class Dip: pass\n")

    found = plugins.installed(plugins.AGENTS, lambda thing: f"{thing.__name__} is no agent")

    assert [each.fault for each in found if each.name == "acme.none"] == ["Dip is no agent"]


def test_a_module_beside_the_scenario_is_found_and_shadows_nothing(tmp_path):
    """Its folder comes after all of Python's path."""
    (tmp_path / "beside_one.py").write_text("class Dip: pass\n")
    (tmp_path / "colorsys.py").write_text("class Dip: pass\n")

    found = plugins.find(plugins.AGENTS, "beside_one:Dip", tmp_path)

    assert found.__module__ == "beside_one"
    assert sys.path[-1] == str(tmp_path)
    with pytest.raises(ScenarioError, match="colorsys has no 'Dip'"):
        plugins.find(plugins.AGENTS, "colorsys:Dip", tmp_path)


def test_two_scenarios_may_not_mean_two_modules_by_one_name(tmp_path):
    """The second would silently get the code of the first."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "beside_two.py").write_text(f"class Dip: of = {name!r}\n")
    plugins.find(plugins.AGENTS, "beside_two:Dip", tmp_path / "one")

    with pytest.raises(ScenarioError, match=r"one/beside_two.py is loaded under that name"):
        plugins.find(plugins.AGENTS, "beside_two:Dip", tmp_path / "two")


def test_of_two_modules_not_loaded_yet_each_scenario_gets_its_own(tmp_path):
    """The newest folder comes before those of other scenarios."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"only_{name}.py").write_text("class Dip: pass\n")
        (tmp_path / name / "beside_three.py").write_text(f"class Dip: of = {name!r}\n")
    plugins.find(plugins.AGENTS, "only_one:Dip", tmp_path / "one")

    assert plugins.find(plugins.AGENTS, "beside_three:Dip", tmp_path / "two").of == "two"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("beside_four:Dop", "beside_four has no 'Dop'; did you mean 'Dip'?"),
        ("beside_for:Dip", "no module 'beside_for' on Python's path, and no beside_for.py in"),
        ("beside_five:Dip", "cannot be loaded: ModuleNotFoundError: No module named 'no_such'"),
        ("beside_six:Dip", "cannot be loaded: SyntaxError"),
        ("beside four:Dip", "is no address; write it as my_module:my_name"),
        ("four:Dip:Dop", "is no address"),
    ],
)
def test_an_address_that_leads_nowhere_says_why(address, message, tmp_path):
    """A missing module is not taken for a module that lacks another."""
    (tmp_path / "beside_four.py").write_text("class Dip: pass\n")
    (tmp_path / "beside_five.py").write_text("import no_such\n")
    (tmp_path / "beside_six.py").write_text("class\n")

    with pytest.raises(ScenarioError, match=message):
        plugins.find(plugins.AGENTS, address, tmp_path)


def test_a_name_that_is_not_there_says_which_was_meant():
    """Or what to do."""
    with pytest.raises(ScenarioError, match=r"kind of agent was 'tecnical'.*mean 'technical'"):
        plugins.find(plugins.AGENTS, "tecnical")
    with pytest.raises(ScenarioError, match=r"kinds of agent are .*; install what has it, or"):
        plugins.find(plugins.AGENTS, "xyz")


def test_the_origin_of_a_file_is_its_content(tmp_path):
    """So a run is not resumed with other code."""
    text = "class Dip: pass\n"
    (tmp_path / "beside_seven.py").write_text(text)
    found = plugins.find(plugins.AGENTS, "beside_seven:Dip", tmp_path)
    first = plugins.origin(found)
    (tmp_path / "beside_seven.py").write_text(text + "# changed\n")

    assert first == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    assert plugins.origin(found()) != first


def test_the_origin_of_what_is_built_in_is_steelyard():
    """And code whose text is nowhere has none."""
    typed = namedtuple("typed", "horizon", module="__nowhere__")  # noqa: PYI024 - made at a prompt

    assert plugins.origin(Technical()).startswith("steelyard==")
    assert plugins.origin(typed(5)) == plugins.UNIDENTIFIED


def test_files_beside_scenarios_travel_by_value_and_nothing_installed_does(tmp_path):
    """With what they import from there."""
    (tmp_path / "beside_eight.py").write_text("import beside_nine\nclass Dip: pass\n")
    (tmp_path / "beside_nine.py").write_text("")
    plugins.find(plugins.AGENTS, "beside_eight:Dip", tmp_path)

    names = [module.__name__ for module in plugins.by_value_modules()]

    assert names == ["beside_eight", "beside_nine"]
