"""The scanner log in columns says what the same log says row by row."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.clock import microseconds
from aforo.domain.scanner import CAUSES, SCANNER_EVENTS
from aforo.intake import scanner_columns, scanner_log
from aforo.intake.scanner_columns import ABSENT, ScannerColumns
from aforo.intake.scanner_terms import PLAIN_TERMS, ScannerTerms

NOW = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = (
    "scanner_id", "event", "at", "cause", "reporter", "port", "kind", "contract_id", "note", "reported_at", "planned",
    "blocker", "conveyance", "operator_minutes",
)  # fmt: skip
INSTANTS = (
    "2024-03-10T12:00:00+00:00", "2024-03-10T12:00:00Z", "2024-03-10T06:00:00-06:00", "2024-03-10T12:00:00.25+00:00",
    "2024-03-10 12:00:00+00:00", "2024-03-10T12:00:00", "2024-03-10T02:30:00", "2024-11-03 01:30", "2024-03-10",
    "2024-13-10T12:00:00Z", "2024-02-30T12:00:00Z", "noon", "2026-06-01T00:00:00Z", "1969-12-31T00:00:00Z",
    "2024-03-10T12:00:00+25:00", "20240310T120000Z", "2024-03-10T12:00:00+23:59", "2024-03-10T24:00:00Z",
)  # fmt: skip
CELLS = {
    "scanner_id": st.sampled_from(["S-1", "S-2", " S-2 ", "", "x" * 65, "é", "S\u00a0"]),
    "event": st.sampled_from([*SCANNER_EVENTS, "Down", "UP", "", "", "exploded"]),
    "at": st.sampled_from(INSTANTS) | st.just("2024-03-10T12:00:00Z"),
    "cause": st.sampled_from(["", *CAUSES, "Parts", "unknown", "n/a", "rats", "hydraulic leak, " * 9, "r\u0085"]),
    "reporter": st.sampled_from(["", "port", "PORT", "Supplier"]),
    "port": st.sampled_from(["", "2304", "Laredo"]),
    "kind": st.sampled_from(["", "LEP", "lep"]),
    "contract_id": st.sampled_from(["", "C-1"]),
    "note": st.sampled_from(["", "broken, again", "y" * 2_001]),
    "reported_at": st.sampled_from(["", "", *INSTANTS]),
    "planned": st.sampled_from(["", "0", "1", "1.0", "true", "maybe"]),
    "blocker": st.sampled_from(["", "funding"]),
    "conveyance": st.sampled_from(["", "", "truck", "Truck", "rail car", "tr@ck", "bus-2"]),
    "operator_minutes": st.sampled_from(["", "3", "3.5", "0.0001", "0.00001", "1440", "1441", "nan", "-1", "1e2", "x"]),
}
ROWS = st.lists(st.fixed_dictionaries(CELLS), max_size=30)


def in_words(columns: ScannerColumns) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The reports and scans of columns, as text; reporters, ports and kinds whatever the case of their letters."""

    def word(name: str, code: int) -> str | None:
        if code == ABSENT:
            return None
        said = columns.words[name].names[code]
        return said.casefold() if name in ("reporter", "port", "kind") else said

    said, made = columns.reports, columns.scans
    reports = [
        (
            word("scanner_id", said["scanner"][row]), SCANNER_EVENTS[said["event"][row]], int(said["at"][row]),
            None if said["cause"][row] == ABSENT else CAUSES[said["cause"][row]],
            None if said["planned"][row] == ABSENT else bool(said["planned"][row]),
            *(word(name, said[short][row]) for name, short in (("reporter", "reporter"), ("port", "port"),
              ("kind", "kind"), ("contract_id", "contract"), ("blocker", "blocker"))),
        )
        for row in range(len(said["at"]))
    ]  # fmt: skip
    scans = [
        (word("scanner_id", made["scanner"][row]), int(made["at"][row]), word("conveyance", made["conveyance"][row]),
         None if made["operator"][row] == ABSENT else int(made["operator"][row]))
        for row in range(len(made["at"]))
    ]  # fmt: skip
    return reports, scans


def expected(told: scanner_log.ScannerLog) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The same of what `scanner_log` read; a scan that is told twice counts once, as it was told first."""

    def folded(text: str | None) -> str | None:
        return None if text is None else text.casefold()

    reports = [
        (e.scanner_id, e.event, microseconds(e.at), e.cause, e.planned, folded(e.reporter), folded(e.port),
         folded(e.kind), e.contract_id, e.blocker)
        for e in told.reports
    ]  # fmt: skip
    scans: dict[tuple[Any, ...], int | None] = {}
    for each in told.scans:
        scans.setdefault((each.scanner_id, each.at, each.conveyance), each.operator_ms)
    return reports, [(*key, operator) for key, operator in scans.items()]


MEANT = ScannerTerms({"rats": "site"}, zones_of_places={"laredo": "America/Chicago"})


def compare(data: bytes) -> None:
    for terms in (PLAIN_TERMS, MEANT, ScannerTerms(zone="America/Tijuana")):
        compare_by(data, terms)


def compare_by(data: bytes, terms: ScannerTerms) -> None:
    row_by_row = scanner_log.read(data, NOW, terms=terms)
    columns = scanner_columns.read(io.BytesIO(data), NOW, terms=terms)
    reports, scans = in_words(columns)
    their_reports, their_scans = expected(row_by_row)
    # `scanner_log` leaves a report out that says all that an earlier one does; here it is counted.
    assert set(reports) == set(their_reports)
    assert sorted(scans, key=str) == sorted(their_scans, key=str)
    assert columns.records == row_by_row.records
    refused = [each for each in row_by_row.problems if each.gravity == "refusal"]
    ours = [(each.record, each.place, each.code) for each in columns.problems]
    assert sorted(ours) == sorted((each.record, each.place, each.code) for each in refused)
    assert columns.counts.total() == len(refused) or refused[-1].record == 0
    mine, theirs = columns.tally, row_by_row.tally
    assert (mine.causes, mine.zones, mine.unsaid) == (theirs.causes, theirs.zones, theirs.unsaid)
    assert mine.not_counted == theirs.not_counted


def as_csv(rows: list[dict[str, str]], columns: tuple[str, ...] = COLUMNS) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@given(ROWS)
def test_a_table_says_the_same(rows: list[dict[str, str]]) -> None:
    compare(as_csv(rows))


@given(ROWS)
def test_lines_say_the_same(rows: list[dict[str, str]]) -> None:
    compare("".join(json.dumps({k: v for k, v in row.items() if v}) + "\n" for row in rows).encode())


@given(ROWS, st.sets(st.sampled_from(COLUMNS), min_size=2))
def test_a_table_without_some_columns_says_the_same(rows: list[dict[str, str]], columns: set[str]) -> None:
    compare(as_csv(rows, tuple(sorted(columns))))


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    scanner_columns.read(io.BytesIO(data), NOW)
    scanner_columns.read(io.BytesIO(b"scanner_id,event,at\n" + data), NOW)
    scanner_columns.read(io.BytesIO(b'{"scanner_id": "S-1"}\n' + data), NOW)


@pytest.mark.parametrize("value", [3, 3.5, True, None, ["a"], {"b": 1}, "\ud800", "a\0b"])
def test_lines_with_values_that_are_no_text_say_the_same(value: Any) -> None:
    row = {"scanner_id": "S-1", "event": "down", "at": "2024-03-10T12:00:00Z", "planned": "1"}
    for column in COLUMNS:
        compare((json.dumps(row | {column: value}) + "\n").encode())


def test_words_are_one_over_two_files_and_what_is_late_is_counted() -> None:
    log = as_csv(
        [
            {"scanner_id": "S-1", "event": "down", "at": "2024-03-10T12:00:00Z", "reported_at": "2024-03-12T12:00:00Z"},
            {"scanner_id": "S-2", "event": "up", "at": "2024-03-10T12:00:00Z", "reported_at": "2024-03-10T13:00:00Z"},
            {"scanner_id": "S-2", "event": "up", "at": "2024-03-10T12:00:00Z"},
        ]
    )
    read = scanner_columns.read(io.BytesIO(log), NOW)
    assert (read.late, read.undated) == (1, 1)
    scan = as_csv([{"scanner_id": "S-2", "at": "2024-03-10T12:00:00Z", "conveyance": "truck"}] * 2)
    more = scanner_columns.read(io.BytesIO(scan), NOW, read.words)
    assert more.scans["scanner"].tolist() == [1]
    assert more.repeated == 1
