"""What every reader of telemetry must do: take its samples, survive damage to them, refuse rows with line and reason in
both languages, quote no value, and let no bad row stop the good ones. A new one is covered by adding it to FAMILY.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aforo.domain.problem import Problem
from aforo.intake import gate_reads, scanner_log

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "telemetry"
NOW = datetime(2026, 1, 6, tzinfo=UTC)
READERS = {"wtb-queue", "wtb-primary", "wtb-exit"}
Taken = tuple[Sequence[object], list[Problem], int, int]


@dataclass(frozen=True)
class Kind:
    """A reader of telemetry; `row` is a good row of its own, `bad` changes to it with the code of what is wrong."""

    name: str
    read: Callable[[bytes], Taken]
    row: dict[str, str]
    bad: list[tuple[dict[str, str], str]]


def gates(data: bytes, most: int = 1000) -> Taken:
    told = gate_reads.read(data, READERS, NOW, most=most)
    return told.reads, told.problems, told.records, told.repeated


def scanners(data: bytes, most: int = 1000) -> Taken:
    told = scanner_log.read(data, NOW, most=most)
    return [*told.reports, *told.scans], told.problems, told.records, told.repeated


ANY_BAD = [
    ({"at": ""}, "row_absent"),
    ({"at": "yesterday"}, "row_instant"),
    ({"at": "2026-01-05T06:00:00"}, "row_instant_offset"),
    ({"at": "1969-06-05T06:00:00Z"}, "row_instant_range"),
    ({"at": "9999-12-31T23:59:59-14:00"}, "row_instant_range"),
    ({"at": "2026-01-06T00:05:01Z"}, "row_ahead"),
]
FAMILY = [
    Kind(
        "gate_reads",
        gates,
        {"reader": "wtb-queue", "at": "2026-01-05T06:00:00Z", "plate": "SECRET77"},
        [
            *ANY_BAD,
            ({"reader": ""}, "row_absent"),
            ({"reader": "elsewhere"}, "reader_unknown"),
            ({"lane_class": "bus"}, "lane_class_unknown"),
            ({"plate": "X" * 65}, "row_too_long"),
        ],
    ),
    Kind(
        "scanner_log",
        scanners,
        {"scanner_id": "SECRET77", "event": "down", "at": "2026-01-05T06:00:00Z", "cause": "parts"},
        [
            *ANY_BAD,
            ({"scanner_id": ""}, "row_absent"),
            ({"event": ""}, "scanner_neither"),
            ({"event": "broken"}, "scanner_event_unknown"),
            ({"event": "moved", "port": ""}, "scanner_moved_nowhere"),
            ({"reporter": "x" * 65}, "row_too_long"),
            ({"event": "", "conveyance": "TAM123A"}, "scan_conveyance"),
        ],
    ),
]
CASES = [(kind, path) for kind in FAMILY for path in sorted((SAMPLES / kind.name).iterdir())]


def lines(*rows: dict[str, str]) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows)


def table(*rows: dict[str, str]) -> bytes:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return "\n".join([",".join(columns), *(",".join(row.get(name, "") for name in columns) for row in rows)]).encode()


@pytest.mark.parametrize(("kind", "path"), CASES, ids=lambda each: getattr(each, "name", each))
def test_it_takes_its_samples(kind: Kind, path: Path) -> None:
    taken, problems, records, repeated = kind.read(path.read_bytes())
    assert len(taken) == records > 0
    assert repeated == 0
    assert {each.gravity for each in problems} <= {"warning"}


@pytest.mark.parametrize("written", [lines, table], ids=["ndjson", "csv"])
@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [(kind, change, code) for kind in FAMILY for change, code in kind.bad],
    ids=lambda each: getattr(each, "name", None) or str(each)[:40],
)
def test_a_bad_row_is_refused_alone(
    kind: Kind, change: dict[str, str], code: str, written: Callable[..., bytes]
) -> None:
    good = [kind.row, kind.row | {"at": "2026-01-05T06:01:00Z"}]
    taken, problems, records, _ = kind.read(written(good[0], kind.row | change, good[1]))
    assert (len(taken), records) == (2, 3)
    (problem,) = [each for each in problems if each.gravity == "refusal"]
    line = 2 if written is lines else 3
    assert (problem.record, problem.code, problem.place.split(",")[0]) == (2, code, f"line {line}")
    assert problem.reason.en != problem.reason.es
    assert "SECRET" not in problem.reason.en + problem.reason.es + problem.place


@pytest.mark.parametrize("kind", FAMILY, ids=lambda kind: kind.name)
def test_what_is_said_twice_is_one(kind: Kind) -> None:
    taken, problems, records, repeated = kind.read(lines(kind.row, kind.row | {"at": "2026-01-05T00:00:00-06:00"}))
    assert (len(taken), problems, records, repeated) == (1, [], 2, 1)


@pytest.mark.parametrize("kind", FAMILY, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "rows_missing"),
        (b"PK\x03\x04", "rows_missing"),
        (b"PAR1xxxxPAR1", "rows_parquet"),
        (b"reader,at\n", "rows_none"),
        (b"a," + b"x" * 200_000 + b"\n1,2\n", "header_too_long"),
    ],
)
def test_a_file_that_is_none_is_said_once(kind: Kind, data: bytes, code: str) -> None:
    taken, problems, _, _ = kind.read(data)
    assert not taken
    assert [(each.record, each.place, each.code) for each in problems] == [(0, "file", code)]


@pytest.mark.parametrize("kind", FAMILY, ids=lambda kind: kind.name)
def test_lines_that_are_no_objects_are_refused_alone(kind: Kind) -> None:
    bad = [b"[1]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"at":"\\ud800"}', b"null"]
    data = b"\n".join([json.dumps(kind.row).encode(), *bad])
    taken, problems, records, _ = kind.read(data)
    assert (len(taken), records, len(problems)) == (1, 7, 6)


@pytest.mark.parametrize("read", [gates, scanners])
def test_more_rows_than_may_be_are_not_read_and_said(read: Callable[..., Taken]) -> None:
    row = FAMILY[0].row if read is gates else FAMILY[1].row
    rows = [row | {"at": f"2026-01-05T06:00:{second:02}Z"} for second in range(5)]
    taken, problems, _, _ = read(lines(*rows), most=3)
    assert len(taken) == 3
    assert [each.code for each in problems] == ["rows_too_many"]


@pytest.mark.parametrize(("kind", "path"), CASES, ids=lambda each: getattr(each, "name", each))
def test_damage_never_raises_and_every_row_is_accounted_for(kind: Kind, path: Path) -> None:
    whole = path.read_bytes()
    chance = random.Random(path.name)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(data))
            data[place : place + chance.randint(0, 3)] = bytes(chance.choices(b'"\n,;{}:\0\xff\xc3 A1', k=2))
        taken, problems, records, repeated = kind.read(bytes(data))
        refused = {each.record for each in problems if each.gravity == "refusal"} - {0}
        assert len(taken) + repeated + len(refused) == records


def test_a_plate_is_the_same_however_it_is_spelled_and_words_for_no_plate_are_none() -> None:
    rows = [
        FAMILY[0].row | {"plate": plate, "at": f"2026-01-05T06:00:{place:02}Z"}
        for place, plate in enumerate(("tam-123 a", "TAM123A", "No Read", "unknown", "---", ""))
    ]
    assert [each.plate for each in gate_reads.read(lines(*rows), READERS, NOW).reads] == [
        "TAM123A", "TAM123A", None, None, None, None,
    ]  # fmt: skip


def test_readings_that_were_held_back_are_taken_and_said_to_be_late() -> None:
    told = gate_reads.read(lines(FAMILY[0].row | {"at": "2025-12-01T06:00:00Z"}), READERS, NOW)
    assert len(told.reads) == 1
    assert [(each.code, each.gravity) for each in told.problems] == [("reads_late", "warning")]
    assert told.problems[0].reason.en.startswith("readings older than a day: 1;")


def test_a_cause_that_is_not_given_stays_missing() -> None:
    row = FAMILY[1].row
    said = [row | {"cause": cause, "note": "parts"} for cause in ("", "missing", "unknown", "n/a")]
    rows = [each | {"at": f"2026-01-05T06:00:{place:02}Z"} for place, each in enumerate(said)]
    assert [each.cause for each in scanner_log.read(lines(*rows), NOW).reports] == [None] * 4


def test_a_column_that_is_not_there_is_not_called_empty() -> None:
    for data, column in ((b"at,plate\n2026-01-05T06:00:00Z,TX1\n", "reader"), (b"reader,plate\na,TX1\n", "at")):
        (problem,) = gate_reads.read(data, {"a"}, NOW).problems
        assert (problem.code, problem.place) == ("row_column_absent", f"line 2, column {column}")
        assert f"`{column}`" in problem.reason.es
    (problem,) = scanner_log.read(b"event,at\nup,2026-01-05T06:00:00Z\n", NOW).problems
    assert problem.code == "row_column_absent"
    (problem,) = gate_reads.read(b"reader,at\n,2026-01-05T06:00:00Z\n", {"a"}, NOW).problems
    assert problem.code == "row_absent"
