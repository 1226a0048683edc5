"""Reading what ports send back: a bad row stops no other, and says what is wrong with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.exams.outcomes import Report, read


def of_csv(text: str) -> tuple[list[Report], list[str]]:
    reports, problems = read(text.encode(), "reports.csv")
    return reports, [problem.code for problem in problems]


def test_a_report_in_full_and_one_with_its_least() -> None:
    reports, problems = of_csv(
        "declaration_id,crossing_id,examined,outcome,threat,severity,at,note\n"
        "D1,,1,1,people,2.5,2026-01-05T13:40:00-06:00,seen\n"
        ",X9,0,,,,,\n"
        "D2,,,,,,,\n"
    )
    assert problems == []
    at = datetime(2026, 1, 5, 19, 40, tzinfo=UTC)
    assert reports == [
        Report(1, "D1", None, True, True, "people", 2.5, at),
        Report(2, None, "X9", False, None, None, None, None),
        Report(3, "D2", None, True, None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",,1,1,,,", "which_crossing"),
        ("D,,2,,,,", "not_a_flag"),
        ("D,,1,maybe,,,", "not_a_flag"),
        ("D,,0,1,,,", "outcome_without_examination"),
        ("D,,1,1,smuggling,,", "unknown_threat"),
        ("D,,1,1,,much,", "not_a_number"),
        ("D,,1,1,,nan,", "not_a_number"),
        ("D,,1,1,,inf,", "not_a_number"),
        ("D,,1,1,,1e999,", "not_a_number"),
        ("D,,1,1,,-1,", "below_zero"),
        ("D,,1,1,,,yesterday", "not_an_instant"),
        ("D,,1,1,,,2026-01-05T13:40:00", "instant_without_offset"),
    ],
)
def test_a_row_that_is_not_understood_is_named_and_the_others_are_read(row: str, code: str) -> None:
    header = "declaration_id,crossing_id,examined,outcome,threat,severity,at"
    reports, problems = read(f"{header}\nD1,,1,0,,,\n{row}\nD3,,1,1,,,\n".encode(), "r.csv")
    assert [report.declaration_id for report in reports] == ["D1", "D3"]
    (problem,) = problems
    assert (problem.record, problem.code) == (2, code)
    assert "line 3" in problem.place
    assert problem.reason.en
    assert problem.reason.es


@pytest.mark.parametrize(
    ("written", "meant"), [("1", True), ("0", False), ("1.0", True), ("0.0", False), ("TRUE", True)]
)
def test_flags_as_tables_and_machines_write_them(written: str, meant: bool) -> None:
    (report,), problems = of_csv(f"declaration_id,outcome\nD,{written}\n")
    assert problems == []
    assert report.violation is meant


def test_ndjson_says_the_same() -> None:
    lines = [
        {"declaration_id": "D\u2028 1", "outcome": 1, "threat": "theft", "severity": 3},
        {"crossing_id": "X", "examined": False},
        {"declaration_id": "D3", "outcome": None, "examined": True},
        {"declaration_id": 7, "outcome": 0.0},
    ]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n\n[1]\n{not json\n"
    reports, problems = read(text.encode(), "reports.ndjson")
    assert [(r.declaration_id, r.crossing_id, r.examined, r.violation) for r in reports] == [
        ("D\u2028 1", None, True, True),
        (None, "X", False, None),
        ("D3", None, True, None),
        ("7", None, True, False),
    ]
    assert [problem.place for problem in problems] == ["line 6", "line 7"]


def test_a_long_identifier_is_not_cut_to_another() -> None:
    own = "D" * 5000
    (report,), _ = of_csv(f"declaration_id,outcome\n{own},1\n")
    assert report.declaration_id == own


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter() -> None:
    (report,), problems = of_csv("\ufeffdeclaration_id,outcome\r\nD,1\r\n")
    assert (report.declaration_id, report.violation, problems) == ("D", True, [])


@given(st.binary(max_size=300), st.sampled_from(["r.csv", "r.ndjson"]))
def test_no_bytes_crash_the_reader(data: bytes, name: str) -> None:
    for report in read(data, name)[0]:
        assert report.declaration_id or report.crossing_id


@given(st.text(max_size=200))
def test_no_row_crashes_the_reader(row: str) -> None:
    read(f"declaration_id,outcome,severity,at\nD,{row}\n{row},1,{row},{row}\n".encode(), "r.csv")
