"""Reading what ports send back: a bad row stops no other, and says what is wrong with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.exams.outcomes import Report, read
from aforo.intake import rows


def of_csv(text: str) -> tuple[list[Report], list[str]]:
    reports, problems = read(text.encode(), "reports.csv")
    return reports, [problem.code for problem in problems]


def test_a_report_in_full_and_one_with_its_least() -> None:
    reports, problems = of_csv(
        "declaration_id,crossing_id,examined,outcome,carried_out,threat,severity,at,note\n"
        "D1,,1,1,secondary,people,2.5,2026-01-05T13:40:00-06:00,seen\n"
        ",X9,0,,,,,,\n"
        "D2,,1,,,,,,\n"
        "D3,,,,scan,,,,\n"
        "D4,,,0,,,,,\n"
    )
    assert problems == []
    at = datetime(2026, 1, 5, 19, 40, tzinfo=UTC)
    assert reports == [
        Report(1, "D1", None, True, True, "people", 2.5, at, line=2, carried_out="secondary"),
        Report(2, None, "X9", False, None, None, None, None, line=3),
        Report(3, "D2", None, True, None, None, None, None, line=4),
        Report(4, "D3", None, True, None, None, None, None, line=5, carried_out="scan"),
        Report(5, "D4", None, True, False, None, None, None, line=6),
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",,1,1,,,", "which_crossing"),
        ("D,,,,,,", "no_examination_said"),
        ("D,,,,people,3,2026-01-05T13:40:00-06:00", "no_examination_said"),
        ("D,,2,,,,", "not_a_flag"),
        ("D,,1,maybe,,,", "not_a_flag"),
        ("D,,0,1,,,", "outcome_without_examination"),
        ("D,,1,1,smuggling,,", "unknown_threat"),
        ("D,,1,0,people,,", "threat_without_finding"),
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
    assert (problem.record, problem.code, problem.line) == (2, code, 3)
    assert problem.place == f"line 3, {problem.column}"
    assert problem.reason.en
    assert problem.reason.es


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("D,1,0,hold", "unknown_examination"),
        ("D,1,0,release", "unknown_examination"),
        ("D,0,,scan", "carried_out_without_examination"),
    ],
)
def test_only_what_examines_can_have_been_carried_out(row: str, code: str) -> None:
    assert of_csv(f"declaration_id,examined,outcome,carried_out\n{row}\n") == ([], [code])


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


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ('D2,1,"tip from', "quotes_unbalanced"),
        ('D2,1,"a"b', "quotes_unbalanced"),
        ("D2,1," + "x" * 140_000, "field_too_long"),
        ("D2,1," + "x" * 300_000, "record_too_long"),
        ("D2,1", "fields_missing"),
        ("D2,1,a,b", "fields_surplus"),
        ("D2,1,a\0b", "nul_byte"),
    ],
)
def test_damage_to_a_row_stays_in_it(bad: str, code: str) -> None:
    text = f'declaration_id,outcome,note\nD1,0,ok\n{bad}\nD3,1,\nD4,1,"one, ""two""\nthree"\nD5,0,\n,1,\n'
    reports, problems = read(text.encode(), "reports.csv")
    assert [(one.record, one.declaration_id) for one in reports] == [(1, "D1"), (3, "D3"), (4, "D4"), (5, "D5")]
    assert [(each.record, each.code, each.place) for each in problems] == [
        (2, code, "line 3"),
        (6, "which_crossing", "line 8, declaration_id"),
    ]
    assert problems[0].reason.en != problems[0].reason.es


def test_rows_are_counted_over_many_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_BATCH_ROWS", 3)
    lines = [f"D{number},1" if number % 5 else "D" for number in range(1, 21)]
    reports, problems = read("\n".join(["declaration_id,outcome", *lines]).encode(), "r.csv")
    assert [one.record for one in reports] == [number for number in range(1, 21) if number % 5]
    assert [(each.record, each.place) for each in problems] == [(n, f"line {n + 1}") for n in (5, 10, 15, 20)]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_every_dialect_says_the_same(separator: str, encoding: str) -> None:
    text = "\nDeclaration_ID ;Outcome;Notas\r\nÑ1;1;sí\r\n".replace(";", separator)
    (report,), problems = read(text.encode(encoding), "reports.txt")
    assert (report.declaration_id, report.violation, problems) == ("Ñ1", True, [])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "rows_missing"),
        (b"\n \n", "rows_missing"),
        (b"PK\x03\x04....", "rows_missing"),
        (b"PAR1\x15\x04\x15\x10PAR1", "rows_parquet"),
        (b"declaration_id,outcome\n", "no_reports"),
        (b"declaration_id,outcome,outcome\nD,1,0\n", "column_twice"),
        (b"declaration_id," + b"x" * 200_000 + b"\nD,1\n", "header_too_long"),
    ],
)
def test_a_file_that_is_no_table_is_said_once(data: bytes, code: str) -> None:
    reports, problems = read(data, "reports.csv")
    assert reports == []
    assert [(each.record, each.place, each.code) for each in problems] == [(0, "file", code)]
    assert problems[0].reason.en != problems[0].reason.es


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "no_reports"),
        (b"\n\n", "no_reports"),
        (b"PAR1\0\n{}", "rows_parquet"),
        (b"PK\x03\x04", "rows_missing"),
    ],
)
def test_lines_without_one_report_are_said_once(data: bytes, code: str) -> None:
    reports, problems = read(data, "reports.ndjson")
    assert reports == []
    assert [(each.record, each.place, each.code) for each in problems] == [(0, "file", code)]


@pytest.mark.parametrize("written", ['"a\\u0000b"', '"\\ud800"', '"\\udfff x"'])
@pytest.mark.parametrize("column", ["declaration_id", "crossing_id"])
def test_an_identifier_that_no_store_takes_is_named(written: str, column: str) -> None:
    data = f'{{"{column}": {written}, "outcome": 1}}\n{{"{column}": "\\ud83d\\ude00", "outcome": 0}}\n'.encode()
    (report,), (problem,) = read(data, "reports.ndjson")
    assert "😀" in (report.declaration_id, report.crossing_id)
    assert (problem.code, problem.place) == ("identifier_damaged", f"line 1, {column}")
    assert problem.reason.en.encode()


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
