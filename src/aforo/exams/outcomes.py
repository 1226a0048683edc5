"""Reports of passages and examinations, as a port sends them back: CSV or NDJSON.

Columns: `declaration_id` or `crossing_id`; `examined` (0/1, default 1); `outcome` (1 a violation was found, 0 none,
empty where the examination ended without either); `threat`, `severity`; `at` (ISO 8601 with offset, default now). A row
with `examined` 0 reports that the truck passed and nothing more. Other columns are ignored.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.domain.threat import THREATS, Threat

#: Flags as people, tables and machines write them; a table with empty cells writes 1 as 1.0.
_FLAGS = {"0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True}
_THREATS: dict[str, Threat] = {threat: threat for threat in THREATS}
#: How much of a value that is not understood is repeated in the answer.
_QUOTED = 200


class Report(msgspec.Struct, frozen=True):
    """One row: what happened to one crossing. `record` counts from 1; `at` is None where the row gives no time."""

    record: int
    declaration_id: str | None
    crossing_id: str | None
    examined: bool
    violation: bool | None
    threat: Threat | None
    severity: float | None
    at: datetime | None


def read(data: bytes, name: str) -> tuple[list[Report], list[Problem]]:
    """The reports of a file, and what is wrong with the rows that are not understood; a bad row stops no other."""
    reports: list[Report] = []
    problems: list[Problem] = []
    for record, place, row in _rows(data, name):
        if isinstance(row, str):
            problems.append(_problem(record, place, row))
            continue
        report = _report(record, row)
        if isinstance(report, Report):
            reports.append(report)
        else:
            problems.append(_problem(record, f"{place}, {report[0]}", report[1], value=report[2][:_QUOTED]))
    return reports, problems


def _problem(record: int, place: str, code: str, **fields: Any) -> Problem:
    return Problem(record, place, code, catalogue("aforo.exams").say(code, **fields))


def _rows(data: bytes, name: str) -> Iterator[tuple[int, str, Mapping[str, Any] | str]]:
    text = data.decode("utf-8-sig", errors="replace")
    if name.endswith((".ndjson", ".jsonl", ".json")):
        for line, raw in enumerate(text.split("\n"), 1):
            if not raw.strip():
                continue
            try:
                row = json.loads(raw)
            except (ValueError, RecursionError):
                row = None
            yield line, f"line {line}", row if isinstance(row, dict) else "row_not_an_object"
        return
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        for record, row in enumerate(reader, 1):
            yield record, f"line {reader.line_num}", row
    except csv.Error:
        yield 0, f"line {reader.line_num}", "row_not_readable"


def _report(record: int, row: Mapping[str, Any]) -> Report | tuple[str, str, str]:
    """The report of a row, or (column, code of the problem, value)."""

    def cell(column: str) -> str | None:
        value = row.get(column)
        return None if value is None or str(value).strip() == "" else str(value).strip()

    declaration_id, crossing_id = cell("declaration_id"), cell("crossing_id")
    if declaration_id is None and crossing_id is None:
        return "declaration_id", "which_crossing", ""
    flags: dict[str, bool | None] = {}
    for column in ("examined", "outcome"):
        raw = cell(column)
        if raw is not None and raw.lower() not in _FLAGS:
            return column, "not_a_flag", raw
        flags[column] = None if raw is None else _FLAGS[raw.lower()]
    examined = flags["examined"] is not False
    if not examined and flags["outcome"] is not None:
        return "outcome", "outcome_without_examination", str(row.get("outcome"))
    raw_threat, raw_severity, raw_at = cell("threat"), cell("severity"), cell("at")
    if raw_threat is not None and raw_threat not in _THREATS:
        return "threat", "unknown_threat", raw_threat
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
    return Report(record, declaration_id, crossing_id, examined, flags["outcome"], threat, severity, at)
