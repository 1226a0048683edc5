"""Interruptions as work orders, so that a maintenance system can be given what the log knows."""

from __future__ import annotations

from aforo.domain.clock import instant
from aforo.domain.scanner import CAUSES
from aforo.fleet.ledger import NEVER, Ledger
from aforo.fleet.places import Places
from aforo.fleet.record import ABSENT
from aforo.intake.work_orders import WorkOrder


def orders_of(ledger: Ledger, where: Places, start: int, end: int) -> list[WorkOrder]:
    """One order for each interruption that began from `start` until before `end`, in microseconds since 1970.

    An order's number is made of the scanner and the row of the log that the interruption began with. What was planned
    is preventive; the start of work is when somebody came, which of planned work is its beginning.
    """
    found, names = ledger.interruptions, ledger.record.names
    made: list[WorkOrder] = []
    ports = where.at(found.scanner, found.start)
    for number in range(len(found)):
        began = int(found.start[number])
        if not start <= began < end:
            continue
        scanner, port, cause = names.scanners[int(found.scanner[number])], int(ports[number]), int(found.cause[number])
        planned, came = bool(found.planned[number]), int(found.responded[number])
        made.append(
            WorkOrder(
                f"{scanner}-{int(found.row[number])}",
                scanner,
                "preventive" if planned else "corrective",
                instant(began),
                instant(began) if planned else None if came == NEVER else instant(came),
                None if found.lasts[number] else instant(int(found.end[number])),
                None if port == ABSENT else names.ports[port],
                None if cause == ABSENT else CAUSES[cause],
            )
        )
    return made
