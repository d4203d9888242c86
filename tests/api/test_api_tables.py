"""Tables: the same rows as the database, and taken by any frame library as they are."""

import sqlite3
from contextlib import closing
from datetime import date

import numpy as np
import pytest

import steelyard
from steelyard.report.columns import Columns
from steelyard.store import Table

SMALL = Table(
    "fills",
    {"step": int, "session": str, "instrument": str, "fee": float, "quote": str},
    [
        (1, "2008-09-29", "IBM", 1.5, None),
        (2, "2008-09-30", "<b>ON</b>", None, "a & b"),
        (2, "2008-09-30", "IBM", -0.00012345, "z" * 99),
    ],
)


@pytest.fixture
def small():
    """Give a table with gaps, dates and texts that are no friends of HTML."""
    return Columns.of_table(SMALL)


def test_every_table_of_a_run_is_that_of_its_database(done):
    """Row by row: in memory, opened from the folder, and read by anybody else."""
    opened = steelyard.open_run(done.folder)
    with closing(sqlite3.connect(done.folder / "run.sqlite")) as connection:
        connection.row_factory = sqlite3.Row
        for name in done.tables:
            rows = connection.execute(f"select * from {name} order by rowid")  # noqa: S608
            kept = [dict(row) for row in rows]

            assert done.table(name).rows() == kept
            assert opened.table(name).rows() == kept
    assert opened.tables == done.tables


def test_most_tables_of_the_busy_run_have_rows(done):
    """Or the test above would compare nothing."""
    empty = {name for name in done.tables if not len(done.table(name))}

    assert empty == set()


def test_the_blotter_is_the_fills_as_a_trader_reads_them(done):
    """Side and quantity from signed lots; value is quantity times price."""
    fills, blotter = done.table("fills"), done.blotter
    signs = np.where(blotter["side"] == "buy", 1, -1)

    assert len(blotter) == len(fills) > 0
    assert (blotter["quantity"] * signs == fills["lots"]).all()
    assert blotter["value"] == pytest.approx(blotter["quantity"] * fills["price"])
    assert {"fee", "spread", "slippage", "purpose", "session"} <= set(blotter.columns)


def test_a_lot_of_many_units_is_told_in_units():
    """Quantity is units, whatever a lot is."""
    from steelyard.report.rows import blotter

    names = ["step", "session", "instrument", "order_id", "lots", "price"]
    names += ["fee", "spread", "slippage", "impact", "purpose"]
    kinds = dict(zip(names, (int, str, str, int, int, *(float,) * 5, str), strict=True))
    row = (1, "2008-09-29", "IBM", 7, -3, 2.5, 0.1, 0.2, 0.3, 0.4, "reduce")
    told = blotter(Columns.of_table(Table("fills", kinds, [row])), [{"id": "IBM", "lot": 100}])

    assert told.to_dict() | {"quantity": [300], "value": [750.0], "side": ["sell"]} == (
        told.to_dict()
    )


def test_a_column_is_an_array_that_cannot_be_written_to(small):
    """Whole numbers, floats with NaN, texts with None, days."""
    kinds = [small[name].dtype.kind for name in small.columns]

    assert kinds == ["i", "M", "O", "f", "O"]
    assert np.isnan(small["fee"][1])
    assert small["quote"][0] is None
    with pytest.raises(ValueError, match="read-only"):
        small["fee"][0] = 2.0


def test_plain_python_comes_out(small):
    """Lists by column with dates and None, or rows as the database has them."""
    assert small.to_dict()["session"][0] == date(2008, 9, 29)
    assert small.to_dict()["fee"] == [1.5, None, -0.00012345]
    assert small.rows() == [dict(zip(SMALL.columns, row, strict=True)) for row in SMALL.rows]
    assert list(dict(small)) == list(small.keys()) == list(SMALL.columns)
    assert "fee" in small


def test_rows_are_chosen_by_value_or_mask(small):
    """Sessions as dates or texts."""
    assert small.where(session="2008-09-30", instrument="IBM").rows() == small.rows()[2:]
    assert len(small.where(session=date(2008, 9, 30))) == 2
    assert small.take(small["step"] == 1).rows() == small.rows()[:1]


def test_an_unknown_column_or_table_says_which_there_are(small, done):
    """A typing error costs one line."""
    with pytest.raises(KeyError, match="no column 'fees' in fills: step, session, instrument"):
        small["fees"]
    with pytest.raises(steelyard.DataError, match="no table 'trades'; known: opinions, abst"):
        done.table("trades")


def test_what_knows_no_arrow_is_not_given_names_for_rows(small):
    """Going through a table would give its columns' names: it is refused instead."""
    with pytest.raises(TypeError, match="not iterable"):
        list(small)


def test_a_table_is_shown_short(done, small):
    """Both ends, long texts cut, nothing taken for HTML."""
    assert len(repr(done.opinions).splitlines()) == 9
    assert repr(done.opinions).startswith(f"opinions: {len(done.opinions)} rows\n")
    assert "z" * 30 not in repr(small)
    assert "&lt;b&gt;ON&lt;/b&gt;" in small._repr_html_()
    assert "<b>ON" not in small._repr_html_()


def test_pyarrow_takes_a_table(small):
    """Types are kept, gaps are null."""
    pa = pytest.importorskip("pyarrow")
    table = pa.table(small)

    assert [str(field.type) for field in table.schema] == [
        *("int64", "date32[day]", "string", "double", "string")
    ]
    assert table.column("fee").null_count == table.column("quote").null_count == 1


def test_an_empty_table_keeps_its_types():
    """A run without a fill has a blotter, too."""
    pa = pytest.importorskip("pyarrow")
    empty = Columns.of_table(SMALL._replace(rows=[]))

    assert len(empty) == 0
    assert pa.table(empty).schema == pa.table(Columns.of_table(SMALL)).schema
    assert repr(empty).startswith("fills: 0 rows")


def test_polars_takes_a_table(small):
    """By its constructor alone."""
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(small)

    assert frame.rows() == [tuple(row.values()) for row in _with_dates(small)]


def test_pandas_takes_a_table(small):
    """By `from_arrow`."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame.from_arrow(small)

    assert list(frame.columns) == list(small.columns)
    assert frame["step"].tolist() == [1, 2, 2]
    assert frame["fee"].isna().tolist() == [False, True, False]


def test_duckdb_takes_a_table_by_its_name(small):
    """As a variable in a query."""
    duckdb = pytest.importorskip("duckdb")
    found = duckdb.sql("select sum(step), count(fee), max(session) from small").fetchall()

    assert found == [(5, 2, date(2008, 9, 30))]


def _with_dates(table):
    columns = table.to_dict()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
