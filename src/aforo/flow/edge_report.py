"""What a node would have done with the trucks that an edge decided on while it was cut off, beside what it did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from aforo.domain.decision import STRICTNESS, Examination
from aforo.domain.edge import EdgeExamined, EdgeOrdered, EdgePassed
from aforo.domain.event import Decided, Filed, Overridden
from aforo.flow.crossing_events import followed
from aforo.flow.edge_book import EdgeBook, Seen
from aforo.flow.edge_orders import standing_order
from aforo.flow.names import stream_of
from aforo.flow.order import order_of
from aforo.log.instants import position_before
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: What became known at the node between the bundle's making and the truck's arrival.
Meanwhile = Literal["filed", "amended", "listed", "ordered"]
#: What the edge let go: a hold of the node's, or an examination that it had ordered.
Missed = Literal["hold", "order"]

#: A bundle is taken to be as old at most: what an edge says of its age is its word.
_OLDEST_S = 366 * 86_400


class EdgeRow(msgspec.Struct, frozen=True):
    """One visit. `chosen` is what the edge chose and `code` why, by a bundle of `age_s`; `examined` how often it was
    examined there, `found` whether something was found, `passed` whether it left; `ordered` what officers ordered
    there. `would` is what the node had ordered when it arrived (null where it knew of no filing either), `now` what it
    has ordered; `meanwhile` what became known there between the bundle and the arrival."""

    edge: str
    visit: str
    crossing: str | None
    arrived_at: datetime | None
    chosen: Examination | None
    code: str
    control: bool
    age_s: int
    examined: int
    found: bool | None
    passed: bool
    ordered: Examination | None
    would: Examination | None
    now: Examination | None
    meanwhile: list[Meanwhile]
    missed: Missed | None
    effects: list[str]


class EdgeReport(msgspec.Struct, frozen=True):
    """The visits handed in since an instant, those that were missed first; and how many there are of each sort."""

    visits: int
    known: int
    referred: int
    examined: int
    unmatched: int
    missed_holds: int
    missed_orders: int
    orders_withheld: int
    rows: list[EdgeRow]


def edge_report(log: Log, since: datetime, edge: str | None = None, book: EdgeBook | None = None) -> EdgeReport:
    """The report of the visits handed in since an instant, of one edge or of all; `book` tells since when each was
    heard of, and may be brought up by others meanwhile."""
    book = (book or EdgeBook(log)).catch_up()
    before = position_before(log, since)
    rows = [
        _row(seen, log)
        for seen in EdgeBook.behind(log, before).visits.values()
        if (edge is None or seen.edge == edge)
        and seen.recorded_at >= since
        and book.began(seen.edge, seen.visit) in (0, seen.positions[0])
    ]
    rows.sort(
        key=lambda row: (("hold", "order", None).index(row.missed), row.arrived_at is None, row.arrived_at or since)
    )
    return EdgeReport(
        len(rows),
        sum(row.chosen is not None and not row.code.startswith("edge_no") for row in rows),
        sum(row.code.startswith("edge_no") for row in rows),
        sum(row.examined > 0 for row in rows),
        sum(row.crossing is None for row in rows),
        sum(row.missed == "hold" for row in rows),
        sum(row.missed == "order" for row in rows),
        sum("order_withheld" in row.effects for row in rows),
        rows,
    )


def _row(seen: Seen, log: Log) -> EdgeRow:
    payloads = [fact.payload for fact in seen.facts]
    arrived, at = seen.arrived, seen.at
    found = [each for each in payloads if isinstance(each, EdgeExamined)]
    orders = [each.examination for each in payloads if isinstance(each, EdgeOrdered)]
    chosen = arrived.examination if arrived else None
    passed = chosen == "release" or any(isinstance(each, EdgePassed) for each in payloads)
    passed = passed or bool(found and not found[-1].order_stands and not found[-1].violation)
    events = followed(log.stream(stream_of(seen.crossing)), log) if seen.crossing else []
    then = [each for each in events if at is not None and each.event.recorded_at <= at]
    would = standing_order(then) if order_of(then)[0] is not None else None
    now = standing_order(events) if events else None
    hold = bool(seen.crossing) and bool(log.find([missed_key(seen, seen.crossing or "")]))
    less = (
        would is not None and arrived is not None and passed and not found and STRICTNESS[would] > _strictness(chosen)
    )
    return EdgeRow(
        seen.edge, seen.visit, seen.crossing, at, chosen, arrived.reason if arrived else "",
        arrived.control if arrived else False, arrived.age_s if arrived else 0,
        sum(not each.corrects for each in found), found[-1].violation if found else None, passed,
        orders[-1] if orders else None, would, now,
        _meanwhile(then, at - timedelta(seconds=min(arrived.age_s, _OLDEST_S))) if arrived and at else [],
        "hold" if hold else "order" if less else None, list(dict.fromkeys(seen.effects)),
    )  # fmt: skip


def missed_key(seen: Seen, crossing: str) -> str:
    """The key of the alert that tells of a hold which the edge let go."""
    return f"alert:missed_hold:crossing/{crossing}:{seen.edge}/{seen.visit}"


def _strictness(option: Examination | None) -> int:
    return 0 if option is None else STRICTNESS[option]


def _meanwhile(events: Sequence[StoredEvent], since: datetime) -> list[Meanwhile]:
    """What the node recorded of a crossing from an instant on."""
    told: dict[Meanwhile, None] = {}
    listed = 0
    for stored in events:
        payload, fresh = stored.payload, stored.event.recorded_at > since
        if isinstance(payload, Decided):
            more, listed = len(payload.listed) > listed, len(payload.listed)
            if fresh and more:
                told["listed"] = None
        elif fresh and isinstance(payload, Filed):
            told["amended" if payload.declaration.get("amends") else "filed"] = None
        elif fresh and isinstance(payload, Overridden):
            told["ordered"] = None
    return list(told)
