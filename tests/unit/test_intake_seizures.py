"""Drug seizures: fiscal years made calendar months, pounds kept exactly, damage that costs a month and no more."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.intake.seizures import SCHEMA, Seizures, read, together

HEADER = "FY,Month (abbv),Component,Region,Land Filter,Area of Responsibility,Drug Type,Count of Event,Sum Qty (lbs)\n"
OF = "Office of Field Operations,Southwest Border,Land Only,TUCSON FIELD OFFICE,Fentanyl"


def table(*rows: str) -> Seizures:
    return read((HEADER + "\n".join(rows) + "\n").encode())


@pytest.mark.parametrize(
    ("fiscal_year", "month", "first"),
    [
        ("2025", "OCT", date(2024, 10, 1)),
        ("2025", "NOV", date(2024, 11, 1)),
        ("2025", "DEC", date(2024, 12, 1)),
        ("2025", "JAN", date(2025, 1, 1)),
        ("2025", "Sep", date(2025, 9, 1)),
        ("2026 (FYTD)", "APR", date(2026, 4, 1)),
    ],
)
def test_a_fiscal_year_begins_in_october(fiscal_year: str, month: str, first: date) -> None:
    assert table(f"{fiscal_year},{month},{OF},3,8.25").frame["month"].to_list() == [first]


def test_names_are_kept_in_lower_case_and_pounds_exactly() -> None:
    seized = table(
        f"2025,NOV,{OF},3,8.3799469484296",
        "2025,NOV,U.S. Border Patrol,Northern Border,Land Only,SWANTON SECTOR,Other Drugs**,1,4.40924524e-05",
        "2025,NOV,U.S. Border Patrol,Northern Border,Land Only,BLAINE SECTOR,Marijuana,1,0.0",
    )
    assert seized.problems == ()
    month = date(2024, 11, 1)
    assert seized.frame.rows() == [
        (
            month,
            "office of field operations",
            "southwest border",
            "land only",
            "tucson field office",
            "fentanyl",
            3,
            8_379_947,
        ),
        (month, "u.s. border patrol", "northern border", "land only", "swanton sector", "other drugs", 1, 44),
        (month, "u.s. border patrol", "northern border", "land only", "blaine sector", "marijuana", 1, 0),
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (f"2025,NOV,{OF},-3,8.2", "seizures_figure"),
        (f"2025,NOV,{OF},,8.2", "seizures_figure"),
        (f"2025,NOV,{OF},3,nan", "seizures_figure"),
        (f"2025,NOV,{OF},3,-1", "seizures_figure"),
        (f"2025,NOV,{OF},3,", "seizures_figure"),
        (f"2025,NOV,{OF},3,1e99", "seizures_figure"),
        (f"2025,NOV,{OF},3,٣", "seizures_figure"),
        ("2025,NOV,Office of Field Operations,,Land Only,TUCSON FIELD OFFICE,Heroin,3,1", "seizures_of"),
        (f"2025,NOV,{OF},3,8.2", "seizures_twice"),
    ],
)
def test_a_bad_row_costs_its_month_and_no_other(row: str, code: str) -> None:
    seized = table(f"2025,NOV,{OF},3,8.2", row, f"2025,DEC,{OF},3,8.2")
    assert seized.frame["month"].to_list() == [date(2024, 12, 1)]
    assert seized.found == {code: 1, "months_damaged": 1}
    assert seized.problems[0].place == "line 3"
    assert all(each.reason.en != each.reason.es for each in seized.problems)


@pytest.mark.parametrize("row", [f"2025,NVO,{OF},3,1", f"FY25,NOV,{OF},3,1", f"0001,NOV,{OF},3,1", "2025,NOV"])
def test_a_row_of_no_known_month_costs_all_of_its_file(row: str) -> None:
    assert table(f"2025,NOV,{OF},3,8.2", row).frame.is_empty()


def test_a_month_of_two_editions_is_counted_once_or_not_at_all() -> None:
    old, new = table(f"2025,NOV,{OF},3,8.2", f"2025,DEC,{OF},1,1"), table(f"2025,NOV,{OF},4,8.9", f"2025,DEC,{OF},1,1")
    both = together([old, new])
    assert both.frame["month"].to_list() == [date(2024, 12, 1)]
    assert both.found == {"months_contradict": 1, "months_twice": 1}


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"PK\x03\x04", b"FY,Month\n1,2\n", b"\xff\xfe\xff", b'"' * 5000])
def test_what_is_no_table_is_refused_in_words(data: bytes) -> None:
    seized = read(data)
    assert seized.frame.schema == SCHEMA
    assert seized.frame.is_empty()
    assert seized.problems


@given(st.binary(max_size=300), st.integers(0, 200))
def test_no_bytes_make_it_raise(noise: bytes, at: int) -> None:
    whole = (HEADER + f"2025,NOV,{OF},3,8.2\n").encode()
    for data in (noise, HEADER.encode() + noise, whole[:at] + noise + whole[at:]):
        seized = read(data)
        assert seized.frame.schema == SCHEMA
        assert seized.frame.height or seized.problems


def test_the_real_files_are_read_whole(shared_data: Path) -> None:
    files = [read(each.read_bytes()) for each in sorted((shared_data / "seizures").glob("*.csv"))]
    assert [each.problems for each in files] == [(), ()]
    frame = together(files).frame
    assert frame.height == 10_092 + 8_673
    november = frame.filter(pl.col("month") == date(2024, 11, 1), pl.col("drug") == "fentanyl")
    assert round(november["micropounds"].sum() / 1e6) == 1363
    assert frame["month"].min() == date(2018, 10, 1)
    assert frame["month"].max() == date(2026, 4, 1)
    assert frame["month"].n_unique() == 91
