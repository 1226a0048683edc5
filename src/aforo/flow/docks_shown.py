"""The docks of a bridge as officers see them: who waits for one, who is in which, and what to look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from aforo.domain.clock import instant
from aforo.domain.decision import Examination
from aforo.domain.event import Arrived
from aforo.domain.text import Text
from aforo.exams import checklist
from aforo.exams.checklist import Item
from aforo.exams.dock_record import Checked, Closing, Finding, PhotoEntry, Record, Seal, Seizure, records
from aforo.flow.board_shown import StationShown
from aforo.flow.booth_book import BoothBooks
from aforo.flow.booth_words import going_to, who_is_needed
from aforo.flow.dock import declared_seals
from aforo.flow.earlier import filed_before
from aforo.flow.edge_expected import Expecting
from aforo.flow.edge_orders import standing_order
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.log.stored import StoredEvent
from aforo.ports.document import Bridge
from aforo.ports.work import Work

#: How long a truck that no filing is known of is listed as referred.
REFERRED_FOR = timedelta(hours=12)
#: Trucks and lines of goods that are shown.
MOST_WAITING, MOST_GOODS = 200, 20
#: Trucks of a port that are looked at for one of its bridges.
_MOST_OF_PORT = 1_000
_GOODS = ("declaration_id", "hs6", "packages", "gross_mass_kg", "declared_empty")


class Goods(msgspec.Struct, frozen=True):
    """One declaration's line, as it was filed; what it does not say is null."""

    declaration_id: str
    hs6: str | None
    packages: float | None
    gross_mass_kg: float | None
    declared_empty: bool | None


class WaitingTruck(msgspec.Struct, frozen=True):
    """A truck that waits to be examined, or is without a record at a dock: what is ordered, where, since when it is at
    the bridge (null where only its passage was told), who must be there, and what is held against it: declared seals
    and goods. `stands` is where it waits or is served by what the bridge was told, null where that is nothing."""

    crossing_id: str
    order: Examination
    where: Text
    who: Text | None
    since: datetime | None
    seals: tuple[str, ...]
    goods: list[Goods]
    stands: StationShown | None = None


class ReferredTruck(msgspec.Struct, frozen=True):
    """A truck that a booth referred since no filing of it is known: it is examined under the number that it is filed
    under, once its papers are."""

    act: str
    at: datetime
    instruction: Examination


class ShownRecord(msgspec.Struct, frozen=True):
    """One examination's record; see `aforo.exams.dock_record`. `outcome` is how it ended, null while it is open;
    `begun_said_at` what the clock of the device said when it began, where that is doubted, `ended_said_at` when it
    ended."""

    crossing_id: str
    name: str
    examination: Examination
    bridge: str
    dock: str
    checklist: str
    present: tuple[str, ...]
    begun_at: datetime
    begun_by: str
    ended_at: datetime | None
    version: int
    checks: list[Checked]
    findings: list[Finding]
    photos: list[PhotoEntry]
    seals: list[Seal]
    outcome: Closing | None
    declared_seals: tuple[str, ...]
    mismatched_seals: list[str]
    goods: list[Goods]
    seizures: list[Seizure]
    begun_said_at: datetime | None = None
    ended_said_at: datetime | None = None


class ShownItem(msgspec.Struct, frozen=True):
    """An item of the checklist, with its source in words."""

    code: str
    part: str
    examinations: tuple[Examination, ...]
    threats: tuple[str, ...]
    look: Text
    source: str


class ShownChecklist(msgspec.Struct, frozen=True):
    """What to look at, by the document of this version and hash."""

    version: str
    hash: str
    items: list[ShownItem]


class Docks(msgspec.Struct, frozen=True):
    """The docks of a bridge at `at`: their names, who waits, what is open where, and who was referred without a
    filing."""

    bridge: str
    bridge_name: str
    zone: str
    at: datetime
    docks: list[str]
    joint_docks: list[str]
    waiting: list[WaitingTruck]
    open: list[ShownRecord]
    referred: list[ReferredTruck]
    checklist: ShownChecklist


def shown_record(record: Record, crossing: str, events: Sequence[StoredEvent]) -> ShownRecord:
    """A record of a crossing, which the events are of."""
    declared = declared_seals(events)
    wrong = [each.number for each in record.seals if each.matches is False and not each.withdrawn]
    return ShownRecord(
        crossing, record.name, record.examination, record.bridge, record.dock, record.checklist, record.present,
        record.begun_at, record.begun_by, record.ended_at, record.version, list(record.checks.values()),
        record.findings, record.photos, record.seals, record.closings[-1] if record.closings else None, declared, wrong,
        goods_of(events), record.seizures, record.begun_said_at,
        record.closings[0].said_at if record.closings else None,
    )  # fmt: skip


def shown_checklist() -> ShownChecklist:
    """The checklist that new examinations are made by."""
    hash_, made = checklist.latest()
    return ShownChecklist(made.version, hash_, [_item(each, made.sources) for each in made.item])


def _item(item: Item, sources: dict[str, str]) -> ShownItem:
    return ShownItem(
        item.code, item.part, item.examinations, item.threats, item.look, sources.get(item.source, item.source)
    )


def docks_of(bridge: str, expecting: Expecting, books: BoothBooks, node: Node) -> Docks:
    """The docks of a bridge now."""
    port, place = node.live().place(bridge)
    now = node.clock()
    open_ = books.open_at(bridge)
    busy = {each.crossing for each in open_}
    # Who is in a dock by somebody's word, as an automatic one's, is in it, though nobody began a record here.
    work = node.live().work_of(bridge, now)
    served = [name for name, each in work.items() if _is_in_dock(each) and name not in busy]
    wanted = [
        name
        for name, truck in expecting.by_crossing().items()
        if truck.arrived and truck.order != "release" and name not in busy and name not in served
    ][:_MOST_OF_PORT]
    names = [*served, *wanted, *(name for name in busy if name not in wanted)]
    streams = node.log.streams([stream_of(name) for name in names]) if names else {}
    waiting = []
    for name in [*served, *wanted]:
        events = streams.get(stream_of(name), [])
        if not events:
            continue
        stands = work.get(name)
        came = next((each for each in reversed(events) if isinstance(each.payload, Arrived)), None)
        at = came.payload.bridge if came is not None and isinstance(came.payload, Arrived) else ""
        if stands is None and at and node.live().called(at) not in (None, bridge):
            continue
        waiting.append(_waiting(name, events, None if came is None else came.event.occurred_at, stands))
    waiting.sort(key=lambda each: (each.crossing_id not in served, each.order != "hold", each.since or now))
    del waiting[MOST_WAITING:]
    made = []
    for each in open_:
        events = streams.get(stream_of(each.crossing), [])
        record = records(events).get(each.name)
        if record is not None:
            made.append(shown_record(record, each.crossing, events))
    referred = [
        ReferredTruck(each.act, each.at, each.instruction)
        for each in books.acts(bridge)
        if each.crossing is None and not each.mistaken and now - each.at <= REFERRED_FOR
        and each.instruction != "release"
    ]  # fmt: skip
    return Docks(bridge, place.name, port.zone, now, *_docks(place), waiting, made, referred, shown_checklist())


def _waiting(crossing: str, events: Sequence[StoredEvent], since: datetime | None, work: Work | None) -> WaitingTruck:
    order, seals, goods = standing_order(events), declared_seals(events), goods_of(events)
    stands = None if work is None else StationShown(work.resource, work.step, work.unit, instant(work.at))
    return WaitingTruck(crossing, order, going_to(order), who_is_needed(order), since, seals, goods, stands)


def _is_in_dock(work: Work) -> bool:
    return work.step == "started" and work.resource in ("dock", "joint")


def goods_of(events: Sequence[StoredEvent]) -> list[Goods]:
    """What the filings of a crossing that stand say is in the truck, the first lines of it."""
    filings = [filed for _, filed in filed_before(events, events[-1].event.version)] if events else []
    return [_goods(each.declaration) for each in filings[:MOST_GOODS]]


def _goods(declaration: dict[str, Any]) -> Goods:
    own = [declaration.get(each) for each in _GOODS]
    empty = None if own[4] is None else bool(own[4])
    return Goods(str(own[0]), own[1], own[2], own[3], empty)


def _docks(bridge: Bridge) -> tuple[list[str], list[str]]:
    """The docks of a bridge by number, and its joint ones; where the document has none, one of each name."""
    own = bridge.docks.units.count if bridge.docks is not None else 1
    joint = bridge.joint.units.count if bridge.joint is not None else 1
    return [f"{n}" for n in range(1, int(own) + 1)], [f"J{n}" for n in range(1, int(joint) + 1)]
