"""The scanner log: what a fleet's history is read from, CSV or NDJSON, whatever system kept it.

Columns of a report: `scanner_id, event, at` (ISO 8601 with an offset), `cause, reporter, port, kind, contract_id,
note`, `reported_at, planned` (0/1), `blocker`. A row without `event` is a scan: `scanner_id, at, conveyance,
operator_minutes`; both may stand in one file. Other columns are ignored.

Rows come late, twice, overlapping and with causes missing: all of them are taken as they are, and what follows from
them is said in `fleet`. A cause that is not given stays missing; no note is searched for one. A cause in free text
whose meaning nobody said is missing too: the report is kept, and the text is reported (`scanner_terms`).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from aforo.domain.clock import microseconds
from aforo.domain.scanner import SCANNER_EVENTS, Cause, ScannerEvent
from aforo.intake import rows
from aforo.intake.scanner_terms import NO_CAUSE, PLAIN_TERMS, ScannerTally, ScannerTerms, instant_in
from aforo.intake.telemetry import AHEAD, Telemetry, Wrong, absent, texts_of, understood

#: Rows of one file: several hundred scanners for some years, with their scans.
MOST_ROWS = 1_000_000
#: How long the text of a column may be, and how long a note.
LONGEST, LONGEST_NOTE = 64, 2_000
#: No operator is a day at one scan.
MOST_OPERATOR_MINUTES = 1_440.0
_EVENTS: dict[str, ScannerEvent] = {each: each for each in SCANNER_EVENTS}
#: What `planned` may be, as tables and as people write it.
_YES_NO = {**rows.FLAGS, "yes": True, "sí": True, "si": True, "no": False}
#: What stands for a cell of `planned` that is no text: nobody can read it either.
_UNREAD = "\ufffd"
#: Columns that say more of a report and are not needed to know of it: what cannot be read there counts as not said.
_BESIDE = ("cause", "note", "reported_at", "planned", "blocker", "operator_minutes")


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


#: What a row says, or the code of what is wrong with it and the column.
Understood = ScannerReport | ScanMade | Wrong


@dataclass
class ScannerLog(Telemetry):
    """The reports and scans of a file in its order, and what its rows lacked. `problems` has the warnings of that at
    its end."""

    reports: list[ScannerReport] = field(default_factory=list)
    scans: list[ScanMade] = field(default_factory=list)
    tally: ScannerTally = field(default_factory=ScannerTally)


def read(data: bytes, now: datetime, *, most: int = MOST_ROWS, terms: ScannerTerms = PLAIN_TERMS) -> ScannerLog:
    """The scanner log of a file, as the clock says `now`, by some terms. A bad row stops no other."""
    result = _read(data, now, most, terms)
    if result.tally.unplaced:
        # Other rows of a scanner may say where it stands, and so in which zone its times are.
        known = zones_of_scanners(_places(data), terms) | dict(terms.zones_of_scanners)
        if known:
            result = _read(data, now, most, dataclasses.replace(terms, zones_of_scanners=known))
    result.problems += result.tally.warnings()
    return result


def _places(data: bytes) -> Iterator[tuple[str, str]]:
    """Each scanner of a file with each place that a row of it names."""
    for _, _, row in rows.read(data):
        if not isinstance(row, rows.Damage):
            scanner, place = rows.cell(row, "scanner_id"), rows.cell(row, "port")
            if scanner is not None and place is not None:
                yield scanner, place


def zones_of_scanners(places: Iterable[tuple[str, str]], terms: ScannerTerms) -> dict[str, str]:
    """The zone of each scanner whose places are of one zone alone."""
    zones: dict[str, set[str]] = {}
    for scanner, place in places:
        if (zone := terms.zone_of_place(place)) is not None:
            zones.setdefault(scanner, set()).add(zone)
    return {scanner: next(iter(own)) for scanner, own in zones.items() if len(own) == 1}


def _read(data: bytes, now: datetime, most: int, terms: ScannerTerms) -> ScannerLog:
    result = ScannerLog()
    tally = result.tally
    said: Iterator[ScannerReport | ScanMade] = understood(
        data, most, lambda row: understand(row, now, terms, tally), result, tally.lose
    )
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
    # Where a system has no list of causes people write sentences.
    "cause": LONGEST_NOTE,
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
_NEEDED = {column: most for column, most in _TEXTS.items() if column not in _BESIDE}


def understand(row: Mapping[str, Any], now: datetime, terms: ScannerTerms, tally: ScannerTally) -> Understood:
    """What a row says as the clock says `now`, or the code of what is wrong with it and the column; what it says
    wrongly beside that goes into `tally`."""
    said = texts_of(row, _NEEDED)
    if isinstance(said, tuple):
        return said
    scanner = said["scanner_id"]
    if scanner is None:
        return absent(row, "scanner_id")
    zone = terms.zone_of(scanner, said["port"])
    happened = _instant(said["at"], zone)
    if happened is None:
        return absent(row, "at")
    if isinstance(happened, str):
        tally.unplaced |= happened == "row_instant_offset"
        return happened, "at"
    if happened - now > AHEAD:
        return "row_ahead", "at"
    told = said | _beside(row, tally)
    if told["event"] is None and told["conveyance"] is not None:
        one: Understood = _scan(scanner, happened, told, tally)
    else:
        reported = _instant(told["reported_at"], zone)
        if isinstance(reported, str) or (reported is not None and reported - now > AHEAD):
            tally.unsaid["reported_at"] += 1
            reported = None
        one = _report(scanner, happened, reported, told, terms, tally)
    if terms.zone is None and zone is not None and rows.instant(said["at"]) == "row_instant_offset":
        tally.zones[zone] += 1
    return one


def _beside(row: Mapping[str, Any], tally: ScannerTally) -> dict[str, str | None]:
    """What a row says beside what is needed to know of it."""
    said: dict[str, str | None] = {}
    for column in _BESIDE:
        one = texts_of(row, {column: _TEXTS[column]})
        if not isinstance(one, tuple):
            said[column] = one[column]
        elif column == "planned":
            said[column] = _UNREAD
        else:
            tally.unsaid[column] += 1
            said[column] = None
    return said


def _instant(text: str | None, zone: str | None) -> datetime | str | None:
    """An instant; of a text without an offset in a zone, where one is known; else the code of what is wrong."""
    at = rows.instant(text)
    return instant_in(text, zone) if at == "row_instant_offset" and zone is not None and text is not None else at


def _report(
    scanner: str,
    at: datetime,
    reported_at: datetime | None,
    said: Mapping[str, str | None],
    terms: ScannerTerms,
    tally: ScannerTally,
) -> ScannerReport | Wrong:
    written = said["event"]
    if written is None:
        return "scanner_neither", "event"
    event = _EVENTS.get(written.lower())
    if event is None:
        return "scanner_event_unknown", "event"
    if event == "moved" and said["port"] is None:
        return "scanner_moved_nowhere", "port"
    cause = None
    text = said["cause"]
    if text is not None and text.lower() not in NO_CAUSE:
        cause = terms.cause(text)
        if cause is None:
            tally.lacks_cause(text)
    flag = said["planned"]
    planned = None if flag is None else _YES_NO.get(flag.lower())
    if flag is not None and planned is None:
        # Nothing is excluded on the word of a cell that nobody can read; the figures say that it may have been planned.
        tally.unsaid["planned"] += 1
        planned = False
    return ScannerReport(
        scanner,
        event,
        at,
        cause,
        said["reporter"],
        said["port"],
        said["kind"],
        said["contract_id"],
        said["note"],
        reported_at,
        planned,
        said["blocker"],
    )


def _scan(scanner: str, at: datetime, said: Mapping[str, str | None], tally: ScannerTally) -> ScanMade | Wrong:
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
            tally.unsaid["operator_minutes"] += 1
            minutes = None
    return ScanMade(scanner, microseconds(at), conveyance, None if minutes is None else round(minutes * 60_000))
