"""The scanner log: what a fleet's history is read from, CSV or NDJSON, whatever system kept it.

Columns of a report: `scanner_id, event, at` (ISO 8601 with an offset), `cause, reporter, port, kind, contract_id,
note`, `reported_at, planned` (0/1), `blocker`. A row without `event` is a scan: `scanner_id, at, conveyance,
operator_minutes`; both may stand in one file. Other columns are ignored.

Rows come late, twice, overlapping and with causes missing: all of them are taken as they are, and what follows from
them is said in `fleet`. A cause that is not given stays missing; no note is searched for one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from aforo.domain.clock import microseconds
from aforo.domain.scanner import CAUSES, SCANNER_EVENTS, Cause, ScannerEvent
from aforo.intake import rows
from aforo.intake.telemetry import AHEAD, Telemetry, Wrong, absent, texts_of, understood

#: Rows of one file: several hundred scanners for some years, with their scans.
MOST_ROWS = 1_000_000
#: How long the text of a column may be, and how long a note.
LONGEST, LONGEST_NOTE = 64, 2_000
#: No operator is a day at one scan.
MOST_OPERATOR_MINUTES = 1_440.0
_EVENTS: dict[str, ScannerEvent] = {each: each for each in SCANNER_EVENTS}
_CAUSES: dict[str, Cause] = {each: each for each in CAUSES}
#: As others write that they know no cause.
_NO_CAUSE = frozenset({"missing", "unknown", "none", "n/a", "na", "-"})


class ScannerReport(msgspec.Struct, frozen=True, gc=False):
    """One report of a scanner. What it does not say is None."""

    scanner_id: str
    event: ScannerEvent
    at: datetime
    cause: Cause | None = None
    reporter: str | None = None
    port: str | None = None
    kind: str | None = None
    contract_id: str | None = None
    note: str | None = None
    reported_at: datetime | None = None
    planned: bool | None = None
    blocker: str | None = None


class ScanMade(msgspec.Struct, frozen=True, gc=False):
    """One scan; `at` in microseconds since 1970, `operator_ms` None where it is not known."""

    scanner_id: str
    at: int
    conveyance: str
    operator_ms: int | None = None


@dataclass
class ScannerLog(Telemetry):
    """The reports and scans of a file in its order."""

    reports: list[ScannerReport] = field(default_factory=list)
    scans: list[ScanMade] = field(default_factory=list)


def read(data: bytes, now: datetime, *, most: int = MOST_ROWS) -> ScannerLog:
    """The scanner log of a file, as the clock says `now`. A bad row stops no other."""
    result = ScannerLog()
    said: Iterator[ScannerReport | ScanMade] = understood(data, most, lambda row: understand(row, now), result)
    for one in said:
        if isinstance(one, ScanMade):
            result.scans.append(one)
        else:
            result.reports.append(one)
    return result


#: Columns of text, and how long it may be.
_TEXTS = {
    "scanner_id": LONGEST,
    "event": LONGEST,
    "at": LONGEST,
    "cause": LONGEST,
    "reporter": LONGEST,
    "port": LONGEST,
    "kind": LONGEST,
    "contract_id": LONGEST,
    "note": LONGEST_NOTE,
    "reported_at": LONGEST,
    "planned": LONGEST,
    "blocker": LONGEST,
    "conveyance": LONGEST,
    "operator_minutes": LONGEST,
}


def understand(row: Mapping[str, Any], now: datetime) -> ScannerReport | ScanMade | Wrong:
    """What a row says as the clock says `now`, or the code of what is wrong with it and the column."""
    said = texts_of(row, _TEXTS)
    if isinstance(said, tuple):
        return said
    scanner = said["scanner_id"]
    if scanner is None:
        return absent(row, "scanner_id")
    instants: dict[str, datetime | None] = {}
    for column in ("at", "reported_at"):
        at = rows.instant(said[column])
        if isinstance(at, str):
            return at, column
        if at is not None and at - now > AHEAD:
            return "row_ahead", column
        instants[column] = at
    happened = instants["at"]
    if happened is None:
        return absent(row, "at")
    if said["event"] is None and said["conveyance"] is not None:
        return _scan(scanner, happened, said)
    return _report(scanner, happened, instants["reported_at"], said)


def _report(
    scanner: str, at: datetime, reported_at: datetime | None, said: Mapping[str, str | None]
) -> ScannerReport | Wrong:
    written = said["event"]
    if written is None:
        return "scanner_neither", "event"
    event = _EVENTS.get(written.lower())
    if event is None:
        return "scanner_event_unknown", "event"
    cause = (said["cause"] or "").lower()
    if cause in _NO_CAUSE:
        cause = ""
    if cause and cause not in _CAUSES:
        return "scanner_cause_unknown", "cause"
    if event == "moved" and said["port"] is None:
        return "scanner_moved_nowhere", "port"
    planned = said["planned"]
    if planned is not None and planned.lower() not in rows.FLAGS:
        return "row_flag", "planned"
    return ScannerReport(
        scanner,
        event,
        at,
        _CAUSES[cause] if cause else None,
        said["reporter"],
        said["port"],
        said["kind"],
        said["contract_id"],
        said["note"],
        reported_at,
        None if planned is None else rows.FLAGS[planned.lower()],
        said["blocker"],
    )


def _scan(scanner: str, at: datetime, said: Mapping[str, str | None]) -> ScanMade | Wrong:
    conveyance = (said["conveyance"] or "").lower()
    # A class may be a numbered one (`class 8`); a plate, which names somebody's vehicle, has more digits than two.
    word = conveyance.rstrip("0123456789")
    if not word or len(conveyance) - len(word) > 2 or not all(each.isalpha() or each in " -_/" for each in word):
        return "scan_conveyance", "conveyance"
    written = said["operator_minutes"]
    minutes = None
    if written is not None:
        try:
            minutes = float(written)
        except ValueError:
            minutes = math.nan
        if not 0 <= minutes <= MOST_OPERATOR_MINUTES:
            return "scan_minutes", "operator_minutes"
    return ScanMade(scanner, microseconds(at), conveyance, None if minutes is None else round(minutes * 60_000))
