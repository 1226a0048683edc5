"""Work orders of scanners as maintenance systems export and import them: CSV, one order a row.

Columns are recognised by the names that common systems give them (`wonum`, `assetnum`, `reportdate`, `actstart`,
`actfinish`, …). An order of corrective work is an interruption from when it was reported (`down`) to when it was
finished (`up`), to which somebody came when work started (`responded`); one that was registered after the work had
begun, as of a repair that was put on paper first, is one from when it began. An order of preventive work is planned
maintenance from when work started, and nothing before it did.
The number of an order is its reporter, so that what it began ends with its own finish, whatever other orders of the
scanner say. An order without a finish is open, whatever its status: what it began ends as in a log whose reporter never
says `up`, with the first later finish of corrective work on the same scanner, else not at all. Orders tell of trouble
alone: other rows of the log have to say which scanners were in service, and since when.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from aforo.domain.problem import Problem
from aforo.domain.scanner import CAUSES, Cause, ScannerEvent
from aforo.domain.spreadsheet import cell
from aforo.domain.text import catalogue
from aforo.intake import rows
from aforo.intake.scanner_log import LONGEST, LONGEST_NOTE, ScannerReport
from aforo.intake.scanner_terms import instant_in
from aforo.intake.telemetry import AHEAD, problem_of

#: Orders of one file.
MOST_ORDERS: Final = 1_000_000
Work = Literal["corrective", "preventive"]
#: The columns of an order, with the names that systems give them, folded.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "work_order": ("work_order", "wonum", "work_order_number", "order_number", "orden_de_trabajo"),
    "scanner_id": ("scanner_id", "assetnum", "asset", "asset_id", "equipment", "equipo"),
    "port": ("port", "location", "site", "siteid", "puerto"),
    "work_type": ("work_type", "worktype", "order_type", "type", "tipo"),
    "status": ("status", "estado"),
    "reported_at": ("reported_at", "reportdate", "report_date", "created_at", "notification_date"),
    "started_at": ("started_at", "actstart", "actual_start", "start_date"),
    "finished_at": ("finished_at", "actfinish", "actual_finish", "completed_at", "finish_date"),
    "cause": ("cause", "cause_code", "failurecode", "failure_code", "problemcode", "causa"),
    "description": ("description", "descripcion", "note"),
}
_WORK: Final[dict[str, Work]] = {
    **dict.fromkeys(("cm", "em", "corrective", "emergency", "repair", "correctivo", "breakdown"), "corrective"),
    **dict.fromkeys(("pm", "preventive", "planned", "preventivo", "calibration", "inspection"), "preventive"),
}
_CANCELLED: Final = frozenset({"can", "cancelled", "canceled", "cancelada", "rejected"})
#: Statuses of an order on which nothing more is done.
_CLOSED: Final = frozenset({
    "comp", "complete", "completed", "finished", "close", "closed", "clsd", "teco", "cerrada", "completada",
    "concluida", "terminada",
})  # fmt: skip
_CAUSES: Final[dict[str, Cause]] = {each: each for each in CAUSES}
_TEXTS: Final = dict.fromkeys(_NAMES, LONGEST) | {"description": LONGEST_NOTE}


class WorkOrder(msgspec.Struct, frozen=True):
    """One order. Instants are UTC; what it does not say is None. `closed`: its status says that it is done with."""

    work_order: str
    scanner_id: str
    work_type: Work
    reported_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    port: str | None = None
    cause: Cause | None = None
    description: str | None = None
    closed: bool = False


@dataclass
class WorkOrders:
    """The orders of a file in its order. `cancelled` were left out; `unknown` are codes of causes that nobody said the
    meaning of, with how often: such orders have no cause."""

    orders: list[WorkOrder] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    records: int = 0
    cancelled: int = 0
    unknown: dict[str, int] = field(default_factory=dict)


def read(data: bytes, now: datetime, zone: str | None, causes: Mapping[str, Cause] | None = None) -> WorkOrders:
    """The orders of a file as the clock says `now`. A bad row stops no other.

    Times without an offset are of `zone`, and a problem where it is None. `causes` say what the codes of the system
    mean, whatever the case of their letters.
    """
    result = WorkOrders()
    meaning = _CAUSES | {code.casefold(): cause for code, cause in (causes or {}).items()}
    seen: set[str] = set()
    for record, line, row in rows.read(data, lines=False):
        if record > MOST_ORDERS:
            say = catalogue("aforo.intake").say
            result.problems.append(Problem(0, "file", "rows_too_many", say("rows_too_many", most=f"{MOST_ORDERS:,}")))
            break
        result.records += bool(record)
        if isinstance(row, rows.Damage):
            result.problems.append(Problem(record, f"line {line}" if line else "file", row.code, row.reason))
            continue
        # Systems for people write `Actual Start`, those for machines `actual_start`.
        named = {name.replace(" ", "_"): value for name, value in row.items()}
        one = _order(named, now, zone, meaning, result)
        if isinstance(one, tuple):
            result.problems.append(problem_of(record, line, *one))
        elif one is not None and one.work_order in seen:
            result.problems.append(problem_of(record, line, "order_twice", "work_order"))
        elif one is not None:
            seen.add(one.work_order)
            result.orders.append(one)
    return result


def unstarted(order: WorkOrder) -> bool:
    """Whether an order is of maintenance that was planned and never began: no scanner was out for it."""
    return order.work_type == "preventive" and order.started_at is None


def unfinished(order: WorkOrder) -> bool:
    """Whether an order took a scanner out of service and does not say when that was over."""
    return order.finished_at is None and not unstarted(order)


def reports_of(orders: Iterable[WorkOrder]) -> list[ScannerReport]:
    """What orders say, as rows of the scanner log; nothing of those that are `unstarted`."""
    told: list[ScannerReport] = []
    for each in orders:
        who = f"WO {each.work_order}"
        planned = each.work_type == "preventive"
        if unstarted(each):
            continue
        begins = _begins(each.work_type, each.reported_at, each.started_at)
        told.append(
            ScannerReport(
                each.scanner_id, "maintenance_start" if planned else "down", begins,
                "planned" if planned and each.cause is None else each.cause, who, each.port, note=each.description,
                planned=planned,
            )
        )  # fmt: skip
        if not planned and each.started_at is not None:
            told.append(ScannerReport(each.scanner_id, "responded", each.started_at, reporter=who))
        if each.finished_at is not None:
            ends: ScannerEvent = "maintenance_end" if planned else "up"
            told.append(ScannerReport(each.scanner_id, ends, each.finished_at, reporter=who))
    return told


def _begins(work: Work, reported: datetime, started: datetime | None) -> datetime:
    """When an order took its scanner out of service."""
    if started is None:
        return reported
    return started if work == "preventive" else min(reported, started)


def write(orders: Iterable[WorkOrder]) -> str:
    """Orders as the CSV that maintenance systems import; instants in UTC with their offset."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(list(_NAMES))
    for each in orders:
        status = "COMP" if each.finished_at is not None else "INPRG" if each.started_at is not None else "APPR"
        writer.writerow(
            (
                cell(each.work_order), cell(each.scanner_id), cell(each.port),
                "PM" if each.work_type == "preventive" else "CM", status,
                _written(each.reported_at), _written(each.started_at), _written(each.finished_at),
                cell(each.cause), cell(each.description),
            )
        )  # fmt: skip
    return text.getvalue()


def _order(
    row: Mapping[str, Any], now: datetime, zone: str | None, meaning: Mapping[str, Cause], result: WorkOrders
) -> WorkOrder | tuple[str, str] | None:
    """The order of a row, None where it was cancelled, or the code of what is wrong and the column."""
    said: dict[str, str | None] = {}
    for column, most in _TEXTS.items():
        value = next((own for name in _NAMES[column] if (own := rows.cell(row, name)) is not None), None)
        if value is not None and (len(value) > most or not rows.DAMAGED_TEXT.isdisjoint(value)):
            return "row_too_long" if len(value) > most else "row_damaged", column
        said[column] = value
    if (said["status"] or "").casefold() in _CANCELLED:
        result.cancelled += 1
        return None
    for column in ("work_order", "scanner_id", "work_type", "reported_at"):
        if said[column] is None:
            known = any(name in row for name in _NAMES[column])
            return "row_absent" if known else "row_column_absent", column
    work = _WORK.get((said["work_type"] or "").casefold())
    if work is None:
        return "order_type", "work_type"
    instants: dict[str, datetime | None] = {}
    for column in ("reported_at", "started_at", "finished_at"):
        at = _instant(said[column], zone)
        if isinstance(at, str):
            return at, column
        if at is not None and at - now > AHEAD:
            return "row_ahead", column
        instants[column] = at
    reported, finished = instants["reported_at"], instants["finished_at"]
    assert reported is not None, "a time that is there and not wrong is an instant"
    if finished is not None and finished < _begins(work, reported, instants["started_at"]):
        return "order_backwards", "finished_at"
    code = (said["cause"] or "").casefold()
    if code and code not in meaning:
        shown = said["cause"] or ""
        result.unknown[shown] = result.unknown.get(shown, 0) + 1
    return WorkOrder(
        said["work_order"] or "", said["scanner_id"] or "", work, reported, instants["started_at"], finished,
        said["port"], meaning.get(code), said["description"], (said["status"] or "").casefold() in _CLOSED,
    )  # fmt: skip


def _instant(text: str | None, zone: str | None) -> datetime | str | None:
    """An instant in UTC, of the zone where the text has no offset; else the code of what is wrong with it."""
    at = rows.instant(text)
    if at == "row_instant_offset" and zone is not None and text is not None:
        at = instant_in(text, zone)
    return at.astimezone(UTC) if isinstance(at, datetime) else at


def _written(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()
