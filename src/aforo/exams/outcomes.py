"""Reports of passages and examinations, as a port sends them back: CSV or NDJSON.

Columns: `declaration_id` or `crossing_id`; `examined` (0/1); `outcome` (1 a violation was found, 0 none, empty where
the examination ended without either); `carried_out` (which examination it was, default the one that was ordered);
`threat`, `severity`; `at` (ISO 8601 with offset, default now). A row with `examined` 0 reports that the truck passed
and nothing more; every other row says that it was examined, by `examined`, `outcome` or `carried_out`. Other columns
are ignored. A violation without a threat is learnt from as a misdeclaration, and a warning says so. CSV is split as
declarations are, in every dialect and encoding that intake reads, so that damage to one row stays in it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import msgspec

from aforo.domain.decision import CARRIED_OUT, Examination
from aforo.domain.problem import Gravity, Problem
from aforo.domain.text import Text, catalogue
from aforo.domain.threat import THREATS, Threat
from aforo.intake import batch
from aforo.intake import header as headers
from aforo.intake.blocks import Blocks
from aforo.intake.delimited import Split, Splitter, splits
from aforo.intake.limits import STANDARD
from aforo.intake.mapping import fold
from aforo.intake.parquet import MAGIC as PARQUET

#: Flags as people, tables and machines write them; a table with empty cells writes 1 as 1.0.
_FLAGS = {"0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True}
#: What JSON can write in a string and no store of text takes: NUL, and halves of a surrogate pair.
_DAMAGED_TEXT = frozenset({"\0", *map(chr, range(0xD800, 0xE000))})
#: How many rows of a table are in memory at once.
_BATCH_ROWS = 16_384
_THREATS: dict[str, Threat] = {threat: threat for threat in THREATS}
_CARRIED_OUT: dict[str, Examination] = {option: option for option in CARRIED_OUT}
#: How much of a value that is not understood is repeated in the answer.
_QUOTED = 200


class Report(msgspec.Struct, frozen=True):
    """One row: what happened to one crossing. `record` counts from 1; `at` is None where the row gives no time; `line`
    is that of the file which it begins at, 0 where it comes from no file."""

    record: int
    declaration_id: str | None
    crossing_id: str | None
    examined: bool
    violation: bool | None
    threat: Threat | None
    severity: float | None
    at: datetime | None
    line: int = 0
    carried_out: Examination | None = None


class ReportProblem(Problem, frozen=True, omit_defaults=True):
    """What is wrong with a report, with the parts of its place: `line` 0 where it has none, `column` empty likewise."""

    line: int = 0
    column: str = ""


def problem_of(one: Report, column: str, code: str, gravity: Gravity = "refusal", **fields: object) -> ReportProblem:
    """What is wrong with a report that was read, by the code of its sentence and that one's fields."""
    reason = catalogue("aforo.exams").say(code, **fields)
    place = f"line {one.line}" if one.line else f"record {one.record}"
    return ReportProblem(one.record, f"{place}, {column}", code, reason, gravity, one.line, column)


def doubt_of(one: Report) -> ReportProblem | None:
    """What is assumed of a report that says less than it could."""
    if one.violation and one.threat is None:
        return problem_of(one, "threat", "threat_assumed", "warning")
    if one.violation is None and one.threat is not None:
        return problem_of(one, "outcome", "threat_without_outcome", "warning")
    return None


def read(data: bytes, name: str) -> tuple[list[Report], list[ReportProblem]]:
    """The reports of a file, and what is wrong with the rows that are not understood; a bad row stops no other.

    What is wrong with the file as a whole is a problem of record 0.
    """
    reports: list[Report] = []
    problems: list[ReportProblem] = []
    for record, line, row in _rows(data, name):
        if isinstance(row, _Damage):
            place = f"line {line}" if line else "file"
            problems.append(ReportProblem(record, place, row.code, row.reason, line=line))
            continue
        report = _report(record, line, row)
        if isinstance(report, Report):
            reports.append(report)
        else:
            column, code, value = report
            reason = catalogue("aforo.exams").say(code, value=value[:_QUOTED])
            problems.append(ReportProblem(record, f"line {line}, {column}", code, reason, line=line, column=column))
    if not reports and not problems:
        nothing = _damage("no_reports")
        problems.append(ReportProblem(0, "file", nothing.code, nothing.reason))
    return reports, problems


@dataclass(frozen=True)
class _Damage:
    """Why a row, or the whole file, could not be read."""

    code: str
    reason: Text


#: A row's number, the line that it begins at, and its fields by column; 0 and 0 for the file as a whole.
_Row = tuple[int, int, Mapping[str, Any] | _Damage]


def _rows(data: bytes, name: str) -> Iterator[_Row]:
    if data.startswith(PARQUET):
        return iter([(0, 0, _damage("outcomes_parquet"))])
    if data.startswith(headers.BINARY_MARKS):
        return iter([(0, 0, _damage("table_missing"))])
    return _of_lines(data) if name.endswith((".ndjson", ".jsonl", ".json")) else _of_table(data)


def _of_lines(data: bytes) -> Iterator[_Row]:
    """The rows of NDJSON."""
    for line, raw in enumerate(data.decode("utf-8-sig", errors="replace").split("\n"), 1):
        if not raw.strip():
            continue
        try:
            row = json.loads(raw)
        except (ValueError, RecursionError):
            row = None
        yield line, line, row if isinstance(row, dict) else _damage("row_not_an_object")


def _of_table(data: bytes) -> Iterator[_Row]:
    """The rows of delimited text, each with the line that it begins at."""
    blocks = Blocks(BytesIO(data), STANDARD)
    line, number = blocks.first()
    if not line:
        yield 0, 0, _damage("table_missing")
        return
    try:
        header = headers.read(line, None, STANDARD)
    except headers.HeaderError as error:
        yield 0, 0, _Damage(error.code, batch.reason(error.code, error.column))
        return
    columns = [fold(name) for name in header.columns]
    before = 0
    for split in splits(blocks, Splitter(header.separator, columns, STANDARD), number + 1, _BATCH_ROWS):
        yield from sorted(_of_split(split, before), key=lambda row: row[0])
        before += split.count


def _of_split(split: Split, before: int) -> Iterator[_Row]:
    """The rows of a part of a table that has `before` rows before it: those that were split, then the damaged ones."""
    numbers = zip(split.ordinals.tolist(), split.lines.tolist(), strict=True)
    for (ordinal, line), row in zip(numbers, split.frame.iter_rows(named=True), strict=True):
        yield before + ordinal + 1, line, row
    for each in split.damaged:
        yield before + each.ordinal + 1, each.line, _Damage(each.code, batch.reason(each.code))


def _damage(code: str) -> _Damage:
    return _Damage(code, catalogue("aforo.exams").say(code))


def _report(record: int, line: int, row: Mapping[str, Any]) -> Report | tuple[str, str, str]:
    """The report of a row, or (column, code of the problem, value)."""

    def cell(column: str) -> str | None:
        value = row.get(column)
        return None if value is None or str(value).strip() == "" else str(value).strip()

    declaration_id, crossing_id = cell("declaration_id"), cell("crossing_id")
    if declaration_id is None and crossing_id is None:
        return "declaration_id", "which_crossing", ""
    for column, value in (("declaration_id", declaration_id), ("crossing_id", crossing_id)):
        if value is not None and not _DAMAGED_TEXT.isdisjoint(value):
            return column, "identifier_damaged", value
    flags: dict[str, bool | None] = {}
    for column in ("examined", "outcome"):
        raw = cell(column)
        if raw is not None and raw.lower() not in _FLAGS:
            return column, "not_a_flag", raw
        flags[column] = None if raw is None else _FLAGS[raw.lower()]
    examined = flags["examined"] is not False
    if not examined and flags["outcome"] is not None:
        return "outcome", "outcome_without_examination", str(row.get("outcome"))
    raw_option = cell("carried_out")
    if raw_option is not None and raw_option not in _CARRIED_OUT:
        return "carried_out", "unknown_examination", raw_option
    if not examined and raw_option is not None:
        return "carried_out", "carried_out_without_examination", raw_option
    if flags["examined"] is None and flags["outcome"] is None and raw_option is None:
        return "examined", "no_examination_said", ""
    raw_threat, raw_severity, raw_at = cell("threat"), cell("severity"), cell("at")
    if raw_threat is not None and raw_threat not in _THREATS:
        return "threat", "unknown_threat", raw_threat
    if raw_threat is not None and flags["outcome"] is False:
        return "threat", "threat_without_finding", raw_threat
    try:
        severity = None if raw_severity is None else float(raw_severity)
    except ValueError:
        severity = math.nan
    if severity is not None and not math.isfinite(severity):
        return "severity", "not_a_number", str(raw_severity)
    if severity is not None and severity < 0:
        return "severity", "below_zero", str(raw_severity)
    try:
        at = None if raw_at is None else datetime.fromisoformat(raw_at)
    except ValueError:
        return "at", "not_an_instant", str(raw_at)
    if at is not None and at.tzinfo is None:
        return "at", "instant_without_offset", str(raw_at)
    threat = None if raw_threat is None else _THREATS[raw_threat]
    option = None if raw_option is None else _CARRIED_OUT[raw_option]
    return Report(record, declaration_id, crossing_id, examined, flags["outcome"], threat, severity, at, line, option)
