"""Reports of passages and examinations, as a port sends them back: CSV or NDJSON.

Columns: `declaration_id` or `crossing_id`; `examined` (0/1); `outcome` (1 a violation was found, 0 none, empty where
the examination ended without either); `carried_out` (which examination it was, default the one that was ordered);
`image` (what a scan showed: clear, alarm or inconclusive, which is no finding yet); `threat`, `severity`; `at` (ISO
8601 with offset, default now). A row with `examined` 0 reports that the truck passed and nothing more; every other
row says that it was examined, by `examined`, `outcome`, `carried_out` or `image`. Other columns are ignored. A
violation without a threat is learnt from as a misdeclaration, and a warning says so. A mapping gives the names, values
and formats of another table. CSV is split as declarations
are, in every dialect and encoding that intake reads, so that damage to one row stays in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from aforo.domain.clock import is_valid
from aforo.domain.decision import CARRIED_OUT, SCAN_IMAGES, Examination, ScanImage
from aforo.domain.problem import Gravity, Problem
from aforo.domain.text import Text, catalogue
from aforo.domain.threat import THREATS, Threat
from aforo.intake import columns, date_sentences, row_mapping, rows
from aforo.intake.mapping import Mapping as ColumnMapping

_THREATS: dict[str, Threat] = {threat: threat for threat in THREATS}
_CARRIED_OUT: dict[str, Examination] = {option: option for option in CARRIED_OUT}
_IMAGES: dict[str, ScanImage] = {image: image for image in SCAN_IMAGES}
#: Columns of a report that the declaration table and its labels have not: a mapping may name them too.
REPORT_COLUMNS = ("carried_out", "image", "at")
_CROSSING = ("declaration_id", "crossing_id")
_EXAMINATION = ("outcome", "examined", "carried_out", "image")
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
    image: ScanImage | None = None


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


def read(data: bytes, name: str, mapping: ColumnMapping | None = None) -> tuple[list[Report], list[ReportProblem]]:
    """The reports of a file, and what is wrong with the rows that are not understood; a bad row stops no other.

    A `mapping` renames the file's columns. What is wrong with the file as a whole is a problem of record 0.
    """
    reports: list[Report] = []
    problems: list[ReportProblem] = []
    read_rows = list(_rows(data, name))
    if mapping is not None:
        read_rows = row_mapping.renamed(read_rows, mapping, ("at",), ("severity",))
    if (lacking := _lacking(read_rows, data, name)) is not None:
        return [], [ReportProblem(0, "file", "columns_missing", lacking)]
    at_rule = row_mapping.date_rule(mapping, "at")
    for record, line, row in read_rows:
        if isinstance(row, rows.Damage):
            place = f"line {line}" if line else "file"
            problems.append(ReportProblem(record, place, row.code, row.reason, line=line))
            continue
        report = _report(record, line, row)
        if isinstance(report, Report):
            reports.append(report)
        else:
            target, code, value = report
            column = row_mapping.column_of(mapping, target)
            reason = catalogue("aforo.exams").say(code, value=value[:_QUOTED])
            if code == "not_an_instant" and (at_rule.formats or date_sentences.kind(value) == "serial"):
                reason = date_sentences.unreadable(column, at_rule)(value)
            problems.append(ReportProblem(record, f"line {line}, {column}", code, reason, line=line, column=column))
    if not reports and not problems:
        problems.append(ReportProblem(0, "file", "no_reports", catalogue("aforo.exams").say("no_reports")))
    return reports, problems


def _rows(data: bytes, name: str) -> Iterator[rows.Row]:
    return rows.read(data, lines=_in_lines(name))


def _in_lines(name: str) -> bool:
    return name.endswith((".ndjson", ".jsonl", ".json"))


def _lacking(read_rows: list[rows.Row], data: bytes, name: str) -> Text | None:
    """What to say of a table in which no row can name a crossing, or what became of it, for want of a column."""
    given = [row for _, _, row in read_rows if not isinstance(row, rows.Damage)]
    named = {name for row in given for name in row}
    missing = [group for group in (_CROSSING, _EXAMINATION) if named.isdisjoint(group)]
    if not given or not missing:
        return None
    header = sorted(named) if _in_lines(name) else rows.columns(data)
    wanted = [group[0] for group in missing]
    return catalogue("aforo.exams").say(
        "columns_missing",
        missing="; ".join(" | ".join(group) for group in missing),
        found=columns.columns_text(header),
        close=columns.close_text(wanted, header),
    )


def _report(record: int, line: int, row: Mapping[str, Any]) -> Report | tuple[str, str, str]:
    """The report of a row, or (column, code of the problem, value)."""

    cell = partial(rows.cell, row)
    declaration_id, crossing_id = cell("declaration_id"), cell("crossing_id")
    if declaration_id is None and crossing_id is None:
        return "declaration_id", "which_crossing", ""
    for column, value in (("declaration_id", declaration_id), ("crossing_id", crossing_id)):
        if value is not None and not rows.DAMAGED_TEXT.isdisjoint(value):
            return column, "identifier_damaged", value
    flags: dict[str, bool | None] = {}
    for column in ("examined", "outcome"):
        raw = cell(column)
        if raw is not None and raw.lower() not in rows.FLAGS:
            return column, "not_a_flag", raw
        flags[column] = None if raw is None else rows.FLAGS[raw.lower()]
    examined = flags["examined"] is not False
    if not examined and flags["outcome"] is not None:
        return "outcome", "outcome_without_examination", str(row.get("outcome"))
    raw_option = cell("carried_out")
    if raw_option is not None and raw_option not in _CARRIED_OUT:
        return "carried_out", "unknown_examination", raw_option
    if not examined and raw_option is not None:
        return "carried_out", "carried_out_without_examination", raw_option
    raw_image = cell("image")
    if raw_image is not None and raw_image not in _IMAGES:
        return "image", "unknown_image", raw_image
    if not examined and raw_image is not None:
        return "image", "image_without_examination", raw_image
    if flags["examined"] is None and flags["outcome"] is None and raw_option is None and raw_image is None:
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
    if at is not None and not is_valid(at):
        return "at", "instant_range", str(raw_at)
    threat = None if raw_threat is None else _THREATS[raw_threat]
    option = None if raw_option is None else _CARRIED_OUT[raw_option]
    image = None if raw_image is None else _IMAGES[raw_image]
    found = flags["outcome"]
    return Report(record, declaration_id, crossing_id, examined, found, threat, severity, at, line, option, image)
