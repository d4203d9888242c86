"""Every kind of bad data is refused with file, line and value; nothing is mended."""

import re

import pytest

from steelyard.errors import DataError


def swap(old, new):
    """Give the edit that puts `new` in the place of `old`, which must be there."""

    def edit(line):
        assert old in line
        return line.replace(old, new, 1)

    return edit


def drop(_):
    """Leave the line out."""
    return ""


# Line 2 of the bars is `2004-03-01,AAA,100,103,99,102,1000`, line 4 the day after.
BARS = [
    (2, swap(",100,", ",nan,"), "2: open was 'nan', but a price is above 0"),
    (2, swap(",100,", ",,"), "2: open was '', but a price is above 0"),
    (2, swap(",100,", ",1_00,"), "2: open was '1_00'"),
    (2, swap(",100,", ",-5,"), "2: open was '-5', but a price is above 0"),
    (2, swap(",99,", ",0,"), "2: low was '0', but a price is above 0"),
    (2, swap(",103,", ",inf,"), "2: high was 'inf'"),
    (2, swap(",103,", ",1e300,"), "2: high was '1e300', but a price is above 0 and at most 1e+08"),
    (2, swap(",103,", ",98,"), "2: high was 98.0 and low 99.0, but high is never below low"),
    (2, swap(",100,", ",98,"), "2: open was 98.0, but it lies from low 99.0 to high 103.0"),
    (2, swap(",102,", ",104,"), "2: close was 104.0, but it lies from low 99.0 to high 103.0"),
    (2, swap("1000\n", "-1\n"), "2: volume was '-1', but a volume is from 0"),
    (2, swap("1000\n", "1e20\n"), "2: volume was '1e20'"),
    (2, swap("2004-03-01", "2004-02-30"), "2: date was '2004-02-30', which no calendar has"),
    (2, swap("2004-03-01", "3/1/2004"), "2: date was '3/1/2004', but a day is written YYYY-MM-DD"),
    (2, swap("2004-03-01", "20040301"), "2: date was '20040301'"),
    (2, swap("2004-03-01", "0204-03-01"), "2: date was '0204-03-01'"),
    (4, swap("2004-03-02", "2004-03-01"), "4: 'AAA' on 2004-03-01 stands twice, first in line 2"),
    (6, swap("2004-03-03", "2004-03-01"), "6: 'AAA' on 2004-03-01 stands twice, first in line 2"),
    (
        2,
        swap("2004-03-01", "2004-03-02"),
        "4: 'AAA' on 2004-03-02 stands twice, first in line 2",
    ),
    (2, swap("2004-03-01", "2004-03-15"), "4: 'AAA' on 2004-03-02 stands behind a later row"),
    (
        2,
        swap("2004-03-01", "2004-02-29"),
        "2: 'AAA' on 2004-02-29 is not a session of XNYS; leave it out, or name in market.calendar",
    ),
    (6, drop, "7: 'AAA' has no bar on 2004-03-03, but no session may be missing"),
    (20, drop, "18: 'AAA' has no bar on 2004-03-12, but no session may be missing"),
    (2, swap(",AAA", ""), "2: 6 fields stood where the header has 7; the line starts with"),
    (21, lambda line: line[:-3], "21: the file stops at '2004-03-12,BBB,59,62,58,61,10', but a"),
    (21, lambda line: line[:20], "21: 4 fields stood where the header has 7"),
    (2, swap("AAA", '"AAA'), "the line is no CSV (unexpected end of data)"),
    (1, swap("close", "Close"), "1: column 'close' is missing; did you mean 'Close'?"),
    (1, swap("date", "when"), "1: column 'date' is missing; the file has ['when', 'symbol'"),
    (1, swap("close", "open"), "1: column 'open' stands twice"),
]  # fmt: skip

ACTIONS = [
    (2, swap("split", "splitt"), "2: kind was 'splitt', but it is 'rename', 'split', 'dividend',"),
    (2, swap("2,1", "2,0"), "2: new was '2', old '0', cash '', but a split has two whole numbers"),
    (2, swap("2,1", "2.5,1"), "2: new was '2.5', old '1', cash ''"),
    (2, swap("2,1,", "2,1,3"), "2: new was '2', old '1', cash '3'"),
    (3, swap("0.5", "-0.5"), "3: cash was '-0.5', new '', old '', but a dividend has cash above 0"),
    (3, swap("0.5", "nan"), "3: cash was 'nan'"),
    (3, swap("2004-03-09", "soon"), "3: ex_date was 'soon', but a day is written YYYY-MM-DD"),
    (3, swap("BBB", "BBX"), "3: symbol was 'BBX', but bars.csv has no bar of it; did you"),
    (3, lambda line: line + line, "4: the dividend of 'BBB' on 2004-03-09 stands twice, first in"),
]  # fmt: skip

OBSERVATIONS = [
    (2, swap("T14:00:00Z", "T14:00:00"), "2: known_at was '2004-02-27T14:00:00', which has no"),
    (2, swap("T14:00:00Z", ""), "2: known_at was '2004-02-27', which has no zone (zone missing)"),
    (2, swap("14:00", "25:00"), "2: known_at was '2004-02-27T25:00:00Z', which no calendar has"),
    (2, swap("first", "revised"), "2: vintage was 'revised', but nobody knew this figure at its"),
    (2, swap("first", "last"), "2: vintage was 'last', but it is 'first' or 'revised'"),
    (2, swap("1.0", "n/a"), "2: value was 'n/a', but a value is a number"),
    (2, swap("1.0", "1e400"), "2: value was '1e400'"),
    (2, swap("RATE", ""), "2: series was '', period '2004-01', but both are texts"),
    (2, lambda line: line + line, "3: 'RATE' of period '2004-01' stands twice for one known_at"),
]  # fmt: skip

DOCUMENTS = [
    (1, swap('"2004-03-03T15:00:00Z"', "null"), "1: published_at was None, but input should be"),
    (1, swap("15:00:00Z", "15:00:00"), "1: published_at was '2004-03-03T15:00:00', which has no"),
    (1, swap('"2004-03-03T15:00:00Z"', "1078326000"), "1: published_at was 1078326000"),
    (1, swap('"2004-03-03T15:00:00Z"', '"1078326000"'), "1: published_at was '1078326000'"),
    (1, swap('"second"', '"hour"'), "1: time_precision was 'hour', but input should be 'second'"),
    (1, swap('"kind"', '"channel": "radio", "kind"'), "1: channel was 'radio', but input should"),
    (1, swap('"kind"', '"kin"'), "1: 'kind' is missing; did you mean 'kin'?"),
    (1, swap('["AAA"]', '"AAA"'), "1: symbols was 'AAA', but input should be a valid array"),
    (1, swap("[]", '[{"entity": "AAA"}]'), "1: 'figures.0.metric' is missing"),
    (
        1,
        swap(
            "[]",
            '[{"entity": "AAA", "metric": "eps", "value": NaN, "unit": "USD", "scale": 1, '
            '"period": "2003Q4"}]',
        ),
        "1: figures.0.value was nan, but input should be a finite number",
    ),
    (
        1,
        swap(
            "[]",
            '[{"entity": "AAA", "metric": "eps", "value": 5, "unit": "USD", "scale": 0, '
            '"period": "2003Q4"}]',
        ),
        "but value times scale is at most 1e+18, and scale not 0",
    ),
    (2, swap('"b"', '"a"'), "2: id 'a' stands twice, first in"),
    (2, lambda line: line[:50], "2: the line is no JSON (EOF while parsing"),
    (2, lambda line: line.rstrip("\n"), "2: the file stops at"),
    (2, lambda _: "[1]\n", "2: the line was [1], but a document is a JSON object"),
]  # fmt: skip

RELATIONS = [
    (2, swap("supplier", "suplier"), "2: kind was 'suplier', but it is sector, peer, supplier, "),
    (2, swap("2004-03-02", "2004-03-02T10:00"), "2: known_at was '2004-03-02T10:00', which has no"),
    (2, swap("2004-03-02", "2004-02-30"), "2: known_at was '2004-02-30', which no calendar has"),
    (2, swap("2004-03-02", "soon"), "2: known_at was 'soon', but an instant is written"),
    (2, swap("CHIPS", ""), "2: source was '', target 'AAA', but both are texts"),
    (2, swap("CHIPS", "AAA"), "2: source and target were 'AAA', but two are needed"),
    (2, swap(",AAA", ""), "2: 3 fields stood where the header has 4"),
    (3, lambda line: line + line, "4: 'BBB' to 'AAA' stands twice for one known_at, first in line"),
    (1, swap("target", "Target"), "1: column 'target' is missing; did you mean 'Target'?"),
]  # fmt: skip

VIEWS = [
    (2, swap("0.5", "1.5"), "2: score was '1.5', but a score is from -1 to 1, and not 0"),
    (2, swap("0.5", "0"), "2: score was '0', but a score is from -1 to 1, and not 0"),
    (2, swap("0.5", "1e-9"), "2: score was '1e-9', but a score is from -1 to 1, and not 0"),
    (2, swap("0.5", "up"), "2: score was 'up', but a score is from -1 to 1"),
    (2, swap("0.6", "0.4"), "2: confidence was '0.4', but a confidence is from 0.5 to 1"),
    (2, swap("0.6", "60%"), "2: confidence was '60%', but a confidence is from 0.5 to 1"),
    (2, swap("0.6", "nan"), "2: confidence was 'nan'"),
    (2, swap("ann", ""), "2: by was '', symbol 'AAA', but both are texts"),
    (3, swap("22:00:00Z", "22:00:00"), "3: known_at was '2004-03-08T22:00:00', which has no zone"),
    (3, lambda line: line + line, "4: the view of 'bob' on 'BBB' stands twice for one known_at"),
]  # fmt: skip

TABLE = [
    (name, *case)
    for name, cases in (
        ("bars.csv", BARS),
        ("actions.csv", ACTIONS),
        ("observations.csv", OBSERVATIONS),
        ("documents.jsonl", DOCUMENTS),
        ("relations.csv", RELATIONS),
        ("views.csv", VIEWS),
    )
    for case in cases
]


@pytest.mark.parametrize(
    ("name", "line", "edit", "message"), TABLE, ids=[each[3][:40] for each in TABLE]
)
def test_bad_data_is_refused_where_it_stands(files, name, line, edit, message):
    """The message names file and line, the value found and what is allowed."""
    files.change(name, line, edit)

    with pytest.raises(
        DataError, match=re.escape(f"{name}:{message}" if message[0].isdigit() else message)
    ):
        files.open()


@pytest.mark.parametrize(
    "name",
    [
        "bars.csv", "index.csv", "actions.csv", "observations.csv", "documents.jsonl",
        "relations.csv", "views.csv",
    ],
)  # fmt: skip
class TestAnyFile:
    """What holds for every file that a scenario names."""

    def test_a_missing_file_is_named_with_its_neighbour(self, files, name):
        """A typing error in a path is a fault of the data, with a hint."""
        (files.folder / name).rename(files.folder / f"{name}.gz")

        with pytest.raises(
            DataError, match=rf"{name}: there is no such file; did you mean '{name}.gz'"
        ):
            files.open()

    def test_an_empty_file_is_refused(self, files, name):
        """No bytes, or blanks alone."""
        files.write(name, "\n")

        with pytest.raises(DataError, match=f"{name}: the file is empty"):
            files.open()

    def test_another_encoding_is_refused_at_its_line(self, files, name):
        """Latin-1 letters are no UTF-8; the line is that of the first wrong byte."""
        path = files.folder / name
        path.write_bytes(path.read_bytes().rstrip(b"\n") + b"\n\xe9\n")
        line = path.read_bytes().count(b"\n")

        with pytest.raises(DataError, match=f"{name}:{line}: byte 0xe9 is wrong, but the encoding"):
            files.open()

    def test_a_file_cut_anywhere_is_refused(self, files, name):
        """Whatever byte it ends with; only a cut between lines cannot be seen in every file."""
        path = files.folder / name
        whole = path.read_bytes()
        cuts = [end for end in range(1, len(whole), 7) if whole[end - 1 : end] != b"\n"]

        for end in cuts:
            path.write_bytes(whole[:end])
            with pytest.raises(DataError, match=name):
                files.open()


def test_all_faults_of_a_file_are_told_at_once(files):
    """Three faults, three lines, in the order of the file."""
    files.change("bars.csv", 2, swap(",100,", ",0,"))
    files.change("bars.csv", 5, swap("1000\n", "-1\n"))
    files.change("bars.csv", 9, swap(",BBB", ""))

    with pytest.raises(DataError) as caught:
        files.open()

    places = [line.split(": ")[0].rsplit("/", 1)[-1] for line in str(caught.value).splitlines()]
    assert places == ["bars.csv:2", "bars.csv:5", "bars.csv:9"]


def test_of_many_faults_twenty_are_told(files):
    """A wholly wrong file does not fill the screen."""
    text = (files.folder / "bars.csv").read_text().replace(",1000\n", ",-1\n")
    files.write("bars.csv", text + text.partition("\n")[2].replace("2004", "2005"))

    with pytest.raises(DataError) as caught:
        files.open()

    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[-1].endswith("bars.csv: and 20 more faults")


def test_an_unknown_symbol_is_told_with_its_neighbour(files):
    """An instrument of the universe without any bar is no gap, even where gaps are held."""
    with pytest.raises(
        DataError,
        match=r"bars.csv: symbol 'AAB' is asked for, but no row has it; did you mean 'AAA'",
    ):
        files.open(universe=["AAB", "BBB"], gaps="hold")


def test_an_action_before_the_first_bar_is_refused(files):
    """What was not there cannot have split."""
    for line in (3, 4):
        files.change("bars.csv", line, drop)

    files.change("actions.csv", 3, swap("2004-03-09", "2004-03-02"))

    with pytest.raises(
        DataError,
        match=r"actions.csv:3: ex_date was '2004-03-02', but 'BBB' has no bar before 2004-03-03",
    ):
        files.open()


def test_an_unknown_calendar_is_told_with_its_neighbour(files):
    """The calendar belongs to the data: it is only known once it is opened."""
    with pytest.raises(
        DataError, match=r"market.calendar was 'XNYSE': .* does not exist; did you mean 'XNYS'"
    ):
        files.open(calendar="XNYSE")


def test_bars_that_start_after_the_end_are_refused(files):
    """There is nothing to run on."""
    with pytest.raises(
        DataError, match=r"bars.csv: there is no session of XNYS from market.from 2003-01-02"
    ):
        files.open(**{"from": "2003-01-02", "to": "2003-02-03"})


def test_split_adjusted_bars_without_splits_are_refused(files):
    """Prices of another day look ahead."""
    with pytest.raises(
        DataError, match=r"price_basis was 'split_adjusted', but without feeds.actions"
    ):
        files.open(
            feeds={"bars": {"path": "bars.csv", "price_basis": "split_adjusted"}, "actions": None}
        )
