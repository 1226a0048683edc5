"""TransBorder freight: three tables of one trade, damage that costs a month and no more, the totals of the agency."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.intake import transborder
from aforo.intake.transborder import SCHEMA, Freight, read, together

DOT1 = "TRDTYPE,USASTATE,DEPE,DISAGMOT,MEXSTATE,CANPROV,COUNTRY,VALUE,SHIPWT,FREIGHT_CHARGES,DF,CONTCODE,MONTH,YEAR\n"
DOT2 = DOT1.replace("DEPE", "COMMODITY2")
DOT3 = "TRDTYPE,DEPE,COMMODITY2,DISAGMOT,COUNTRY,VALUE,SHIPWT,FREIGHT_CHARGES,DF,CONTCODE,MONTH,YEAR\n"
ROW = "2,TX,2304,5,XX,,2010,1000,20,3,,X,05,2024"


def table(*rows: str, header: str = DOT1) -> Freight:
    return read((header + "\n".join(rows) + "\n").encode())


def test_the_three_tables_are_told_apart_by_their_columns() -> None:
    month = date(2024, 5, 1)
    assert table(ROW).frame.rows() == [("dot1", month, "import", "mexico", "truck", "TX", "2304", None, 1000)]
    two = table("1,TX,84,6,,XA,1220,7,0,3,1,0,5,2024", header=DOT2)
    assert two.frame.rows() == [("dot2", month, "export", "canada", "rail", "TX", None, "84", 7)]
    three = table("1,23XX,84,9,2010,7,0,3,1,0,05,2024", header=DOT3)
    assert three.frame.rows() == [("dot3", month, "export", "mexico", "trade zones", None, "23XX", "84", 7)]
    assert one_problem(table("x", header="TRDTYPE,DISAGMOT,COUNTRY,VALUE,MONTH,YEAR\n")) == "fields_missing"
    assert (
        one_problem(table("1,5,2010,7,05,2024", header="TRDTYPE,DISAGMOT,COUNTRY,VALUE,MONTH,YEAR\n"))
        == "transborder_table"
    )


def one_problem(freight: Freight) -> str:
    assert freight.frame.is_empty()
    return next(each.code for each in freight.problems if each.code != "months_damaged")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("3,TX,2304,5,XX,,2010,1000,20,3,,X,05,2024", "transborder_code"),
        ("2,TX,2304,2,XX,,2010,1000,20,3,,X,05,2024", "transborder_code"),
        ("2,TX,2304,5,XX,,5700,1000,20,3,,X,05,2024", "transborder_code"),
        ("2,TX,LRD,5,XX,,2010,1000,20,3,,X,05,2024", "transborder_code"),
        ("2,,2304,5,XX,,2010,1000,20,3,,X,05,2024", "transborder_code"),
        ("2,TX,2304,5,XX,,2010,1e3,20,3,,X,05,2024", "transborder_value"),
        ("2,TX,2304,5,XX,,2010,-5,20,3,,X,05,2024", "transborder_value"),
        ("2,TX,2304,5,XX,,2010,,20,3,,X,05,2024", "transborder_value"),
        ("2,TX,2304,5,XX,,2010,1000000000000000,20,3,,X,05,2024", "transborder_value"),
        (ROW.replace("1000", "1001"), "transborder_twice"),
        (ROW, "transborder_twice"),
    ],
)
def test_a_bad_row_costs_its_month_and_no_other(row: str, code: str) -> None:
    other = "2,TX,2304,5,XX,,2010,1000,20,3,,X,06,2024"
    freight = table(ROW, row, other)
    assert freight.frame["month"].to_list() == [date(2024, 6, 1)]
    assert freight.found == {code: 1, "months_damaged": 1}
    first = freight.problems[0]
    assert (first.place, first.code) == ("line 3", code)
    assert first.reason.en != first.reason.es
    assert "2024-05" in freight.problems[-1].reason.es


@pytest.mark.parametrize(
    "row", ["2,TX,2304,5,XX,,2010,1000,20,3,,X,13,2024", "2,TX,2304,5,XX,,2010,1,2,3,,X,05,", "2,TX"]
)
def test_a_row_of_no_known_month_costs_all_of_its_file(row: str) -> None:
    freight = table(ROW, row)
    assert freight.frame.is_empty()
    assert freight.found["months_damaged"] == 1


def test_a_month_of_two_files_is_counted_once_or_not_at_all() -> None:
    one, other = table(ROW), table(ROW.replace("1000", "1001"))
    june = table(ROW.replace("05,2024", "06,2024"))
    assert together([one, one, june]).frame["dollars"].sum() == 2000
    assert together([one, one]).found == {"months_twice": 1}
    both = together([one, other, june])
    assert both.frame["month"].to_list() == [date(2024, 6, 1)]
    assert both.found == {"months_contradict": 1}
    # Another table of the same month is no other edition of it.
    assert together([one, table("1,2304,84,5,2010,7,0,3,1,0,05,2024", header=DOT3)]).found == {}


def test_editions_do_not_depend_on_their_order() -> None:
    files = [table(ROW), table(ROW.replace("1000", "1001")), table(ROW.replace("1000", "1002"))]
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        assert together([files[each] for each in order]).frame.is_empty()


@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 100, b"%PDF-1.5\n", b"PK\x03\x04", b"a,b\n1,2\n", b"\xff\xfe\xff", b'"' * 5000]
)
def test_what_is_no_table_is_refused_in_words(data: bytes) -> None:
    freight = read(data)
    assert freight.frame.schema == SCHEMA
    assert freight.frame.is_empty()
    assert freight.problems


@given(st.binary(max_size=300), st.integers(0, 200))
def test_no_bytes_make_it_raise(noise: bytes, at: int) -> None:
    whole = (DOT1 + ROW + "\n").encode()
    for data in (noise, DOT1.encode() + noise, whole[:at] + noise + whole[at:]):
        freight = read(data)
        assert freight.frame.schema == SCHEMA
        assert freight.frame.height or freight.problems


@pytest.fixture(scope="module")
def real(shared_data: Path) -> pl.DataFrame:
    files = [read(each.read_bytes()) for each in sorted((shared_data / "transborder").glob("*.csv"))]
    assert [each.problems for each in files] == [()] * 6
    return together(files).frame


def test_the_tables_of_a_month_are_one_trade(real: pl.DataFrame) -> None:
    sums = real.group_by("month", "country", "mode", "trade").agg(
        *(pl.col("dollars").filter(pl.col("table") == table).sum().alias(table) for table in transborder.TABLES)
    )
    assert sums.filter((pl.col("dot1") != pl.col("dot2")) | (pl.col("dot2") != pl.col("dot3"))).is_empty()


def test_the_totals_are_those_that_the_agency_published(real: pl.DataFrame) -> None:
    """North American Transborder Freight, October 2023 (BTS 01-24), in tenths of a billion dollars."""
    own = real.filter(pl.col("table") == "dot1", pl.col("month") == date(2023, 10, 1))
    sums = {
        (country, mode): round(total / 1e8)
        for country, mode, total in own.group_by("country", "mode").agg(pl.sum("dollars")).rows()
    }
    assert round(own["dollars"].sum() / 1e8) == 1385
    assert [sums["mexico", mode] for mode in ("truck", "rail", "vessel", "air", "pipeline")] == [512, 84, 86, 18, 7]
    assert [sums["canada", mode] for mode in ("truck", "rail", "pipeline", "air", "vessel")] == [371, 98, 93, 31, 25]
