"""What is hashed of a world: the bytes of files, the values of feeds in whatever form."""

import hashlib
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import polars as pl

from steelyard.feeds.custom import given
from steelyard.feeds.sources import fingerprint, sources_of
from tests.feeds.coded import CODED, scenario_of


def test_files_are_hashed_as_they_are(files):
    """One byte more is another world."""
    paths = {name: {"path": coded["file"]} for name, coded in CODED.items() if "file" in coded}
    scenario = scenario_of(files, paths)
    before = fingerprint(scenario)

    files.change("views.csv", 2, lambda line: line)
    assert fingerprint(scenario) == before
    files.change("relations.csv", 2, lambda line: line.replace("CHIPS", "CHIP"))
    assert fingerprint(scenario) != before


def test_the_hash_of_files_is_of_their_bytes_in_the_order_of_the_section(files):
    """Universe and test dates come first, so that one of the world's parts cannot hide another."""
    names = ("bars", "index", "actions", "observations")
    paths = [f"{name}.csv" for name in names] + ["documents.jsonl", "relations.csv", "views.csv"]
    one, many = [{"path": path} for path in paths], [[{"path": path}] for path in paths]
    feeds = dict(zip(CODED, [*one[:3], *many[3:5], one[5], many[6]], strict=True))

    expected = hashlib.sha256(repr((["AAA", "BBB"], None)).encode())
    for path in paths:
        expected.update(hashlib.sha256((files.folder / path).read_bytes()).digest())

    assert fingerprint(scenario_of(files, feeds)) == expected.hexdigest()


def test_a_row_of_a_feed_more_is_another_world(files):
    """As is a cell that differs, and the order of rows."""
    scenario = scenario_of(files, CODED)
    text = (files.folder / "views.csv").read_text()
    lines = text.splitlines(keepends=True)
    others = [text + lines[1].replace("ann", "cyd"), text.replace("0.55", "0.56")]
    others.append(lines[0] + lines[2] + lines[1])
    prints = [fingerprint(scenario)]

    for other in others:
        files.write("views.csv", other)
        prints.append(fingerprint(scenario))

    assert len(set(prints)) == 4


def test_equal_values_are_equal_whatever_their_type(files):
    """Whole numbers and floats; days as such and as midnights; one instant in two zones."""
    noon = datetime(2004, 3, 1, 12, tzinfo=UTC)
    other = noon.astimezone(timezone(timedelta(hours=-5)))
    forms = [
        {"date": [date(2004, 3, 1)], "n": [1], "at": [noon]},
        {"date": pd.to_datetime(["2004-03-01"]), "n": np.array([1.0]), "at": [other]},
        {"date": np.array(["2004-03-01"], "datetime64[D]"), "n": [np.int8(1)], "at": [noon]},
        pl.DataFrame({"n": [1], "at": [noon], "date": [date(2004, 3, 1)]}),
    ]
    sources = sources_of(scenario_of(files, CODED))

    prints = {
        fingerprint(scenario_of(files, CODED), sources._replace(bars=given(each, "feed 'x'")))
        for each in forms
    }

    assert len(prints) == 1
