"""The timeline of a crossing: everything that the log knows of one truck, in one answer, each with its leaf.

What is in its own stream, and what speaks of it elsewhere: reads at gates, work at resources, alerts and what was done
about them, hits on lists, answers that were delivered, and who has read its persons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec

from aforo.domain.alert import AlertRaised
from aforo.domain.booth import BoothInstructed
from aforo.domain.bridge import GateReads
from aforo.domain.clock import instant
from aforo.domain.decision import Basis, Examination
from aforo.domain.dock import EntryWithdrawn
from aforo.domain.event import AcceptanceUndone, Decided, Examined, Filed, OrderUndone, Origin, Passed, Payload
from aforo.domain.screening import ScreeningConfirmed, ScreeningDismissed, ScreeningHit
from aforo.domain.text import Text
from aforo.flow.board_orders import seen_in
from aforo.flow.crossing_events import followed
from aforo.flow.dossiers import Dossiers
from aforo.flow.earlier import filed_before
from aforo.flow.edge_orders import left_to_do, ordered_by, standing_order
from aforo.flow.filed_day import day_alone
from aforo.flow.held import HeldFor, hold_of
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.order import Whereabouts, found_in, order_of, whereabouts
from aforo.flow.orders_shown import AcceptedBy, OrderGiven, accepted_by, order_given
from aforo.flow.recorded import unpack_identities
from aforo.flow.replay import UNUSABLE
from aforo.flow.shown import ShownLink, links_of
from aforo.flow.stood import stood_at
from aforo.flow.timeline_words import EntryKind, Said, passage_counted, read_at_gate, told
from aforo.flow.told_publicly import Status, turns_of
from aforo.log.places import events_at, leaves_at
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.ports.reads import of_block

#: What is recorded so long after it happened came late.
LATE = timedelta(minutes=5)
#: Entries of one answer, the last ones: a crossing may have many thousand declarations.
MOST_ENTRIES = 1_000


class Changed(msgspec.Struct, frozen=True):
    """A field of a decision that is otherwise than at the decision before."""

    field: str
    was: Any
    now: Any


class ToldFiler(msgspec.Struct, frozen=True):
    """What the filer of a declaration was told from an event on."""

    declaration_id: str
    status: Status


class TimelineEntry(msgspec.Struct, frozen=True):
    """One event. `at` is when it happened, `recorded_at` when it was written, `late_s` by how many seconds it came late
    (null where it did not), `leaf` its place in the tree, by which it is proved (null until it is in it). `said_at` is
    what the clock of the device said that told of it, where that clock is doubted. `day_alone` tells that nobody said
    at what time of that day it happened: whether it came late is then not known.

    `corrects` is the event whose place it takes, `corrected_by` the one that took its own. `changed` is of a decision,
    `told` are the filers whose answer it changed, `data` what it says that names no person. `credential` is the token
    (its identifier) or the account (`account:…`) that caused it; null in older records and of the node's own doing.
    """

    event_id: str
    type: str
    kind: EntryKind
    says: Text
    at: datetime
    recorded_at: datetime
    actor: str
    origin: Origin
    leaf: int | None
    late_s: float | None = None
    corrects: str | None = None
    corrected_by: str | None = None
    changed: list[Changed] = []
    told: list[ToldFiler] = []
    data: dict[str, Any] = {}
    said_at: datetime | None = None
    day_alone: bool = False
    credential: str | None = None


class CrossingStanding(msgspec.Struct, frozen=True):
    """How a crossing stands: what is to be done with the truck (`instruction`), the last decision and its basis, the
    event that the instruction comes from, whether something of it is left to carry out, whether something was found
    that holds it, and where the truck is; `bridge` is where it stood last, of one that stood at none as its papers
    name it; of one that is held, for what and why. `finished` tells that nothing is left to order of it; `order` is
    the officer's that stands, `accepted` who agreed with what stands."""

    instruction: Examination
    decision: str | None
    basis: Basis | None
    ordered_by: str
    left_to_do: bool
    found: bool
    whereabouts: Whereabouts
    port: str | None
    bridge: str | None
    held_for: HeldFor | None = None
    held_why: Text | None = None
    finished: bool = False
    order: OrderGiven | None = None
    accepted: AcceptedBy | None = None


class Timeline(msgspec.Struct, frozen=True):
    """Everything known of a crossing, by when it happened. `origin` is `live` only where every event is; `left_out`
    counts the oldest entries beyond the answer's limit; `beside_known` is false where the crossing is so old that what
    is not in its own stream is no longer followed: then reads, work and alerts may be missing here."""

    crossing_id: str
    as_of: datetime
    origin: Origin
    standing: CrossingStanding
    entries: list[TimelineEntry]
    links: list[ShownLink]
    left_out: int
    beside_known: bool
    zone: str | None = None


def timeline(crossing: str, node: Node) -> Timeline | None:
    """The timeline of a crossing, or of the one that took it in; None where it was never filed. Writes nothing."""
    log = node.log
    events = followed(log.stream(stream_of(crossing)), log)
    filed = filed_before(events, events[-1].event.version) if events else []
    if not filed:
        return None
    name = events[0].event.stream.removeprefix("crossing/")

    def positions(dossiers: Dossiers) -> list[int] | None:
        known = dossiers.crossings.get(name)
        return None if known is None else list(known.beside)

    beside = node.dossiers.ask(positions)
    tractors = {int(each) for each in unpack_identities([own for _, own in filed])["tractor"].tolist() if each}
    elsewhere = list(_elsewhere(events_at(log.database, beside or ()), name, log))
    own = [each for each in elsewhere if not _of_another(each.payload, name)]
    every = [*events, *own, *log.stream(f"read/{name}")]
    leaves = leaves_at(log.database, [each.position for each in every])
    told_filers = _told(events, [own for _, own in filed], log)
    context = _Context(leaves, _corrections(events), told_filers, tractors, _counted(events))
    stood = stood_at([*events, *own])
    made = [(stored.position, entry) for stored in every if (entry := _entry(stored, context)) is not None]
    in_order = sorted(made, key=lambda each: (each[1].recorded_at if each[1].day_alone else each[1].at, each[0]))
    entries = _with_changes([entry for _, entry in in_order], events)
    origins = {entry.origin for entry in entries}
    return Timeline(
        name,
        node.clock(),
        next((each for each in ("twin", "synthetic") if each in origins), "live"),
        _standing(events, elsewhere, filed[-1][1], node.live().called(stood) or stood),
        entries[-MOST_ENTRIES:],
        links_of(name, events, node),
        max(0, len(entries) - MOST_ENTRIES),
        beside is not None,
        node.zone_of(filed[-1][1].declaration.get("port")),
    )


class _Context(msgspec.Struct, frozen=True):
    """What an entry is made with: leaves by position, corrections, what filers were told, the truck's tractors,
    and the passages that are counted by an examination."""

    leaves: Mapping[int, int]
    corrections: Mapping[str, str]
    told: Mapping[str, list[ToldFiler]]
    tractors: set[int]
    counted: set[str]

    def corrected(self, event_id: str) -> tuple[str | None, str | None]:
        """What an event corrects, and what corrects it."""
        by = next((own for own, old in self.corrections.items() if old == event_id), None)
        return self.corrections.get(event_id), by


def _elsewhere(beside: Sequence[StoredEvent], name: str, log: Log) -> Iterator[StoredEvent]:
    """The events beside a crossing's stream, with what followed from them in their own streams."""
    seen: set[int] = set()
    for stored in beside:
        payload, stream = stored.payload, stored.event.stream
        follows: Iterable[StoredEvent] = (stored,)
        if isinstance(payload, AlertRaised):
            follows = log.stream(stream)
        elif isinstance(payload, ScreeningHit):
            follows = (stored, *_answers(log.stream(stream), payload))
        for each in follows:
            if each.position not in seen:
                seen.add(each.position)
                yield each


def _of_another(payload: Payload, name: str) -> bool:
    """Whether a driver of another truck was told, which may have been this one."""
    if not isinstance(payload, BoothInstructed) or payload.reason != "booth_mistakable":
        return False
    return payload.crossing != name and name in payload.candidates


def _answers(events: Iterable[StoredEvent], hit: ScreeningHit) -> Iterator[StoredEvent]:
    about = hit.publisher, hit.entry, hit.entry_digest
    for stored in events:
        said = stored.payload
        if not isinstance(said, ScreeningConfirmed | ScreeningDismissed):
            continue
        if (said.publisher, said.entry, said.entry_digest) == about:
            yield stored


def _corrections(events: Iterable[StoredEvent]) -> dict[str, str]:
    """Of each event that takes another's place, that one: a correction, an amendment, what takes an order back."""
    found: dict[str, str] = {}
    filed: dict[str, str] = {}
    for stored in events:
        payload, own = stored.payload, stored.event.event_id
        if isinstance(payload, Examined) and payload.corrects is not None:
            found[own] = payload.corrects
        elif isinstance(payload, OrderUndone):
            found[own] = payload.order
        elif isinstance(payload, AcceptanceUndone):
            found[own] = payload.acceptance
        elif isinstance(payload, EntryWithdrawn):
            found[own] = payload.entry
        elif isinstance(payload, Filed):
            amends = payload.declaration.get("amends")
            if amends in filed:
                found[own] = filed[amends]
            filed[payload.declaration["declaration_id"]] = own
    return found


def _counted(events: Sequence[StoredEvent]) -> set[str]:
    """The passages that were recorded with an examination, which counts one where none was told of: it is of that
    instant, and the truck passed primary before."""
    return {
        passed.event.event_id
        for passed, examined in pairwise(events)
        if isinstance(said := passed.payload, Passed)
        and not said.let_go
        and isinstance(examined.payload, Examined)
        and passed.event.recorded_at == examined.event.recorded_at
    }


def _told(events: Sequence[StoredEvent], filed: Sequence[Filed], log: Log) -> dict[str, list[ToldFiler]]:
    """By event, what it changed in what filers are told; nothing where a document that says so is missing."""
    try:
        turns = turns_of(events, [each.declaration["declaration_id"] for each in filed[-MOST_ENTRIES:]], log)
    except UNUSABLE:
        return {}
    found: dict[str, list[ToldFiler]] = {}
    for own, made in turns.items():
        for turn in made:
            found.setdefault(turn.event.event.event_id, []).append(ToldFiler(own, turn.public.status))
    return found


def _entry(stored: StoredEvent, context: _Context) -> TimelineEntry | None:
    event, payload = stored.event, stored.payload
    at, late = event.occurred_at, event.recorded_at - event.occurred_at
    day = isinstance(payload, Filed) and day_alone(payload, at)
    if isinstance(payload, GateReads):
        reads = of_block(payload, 0)
        own = [int(at) for at, plate in zip(reads.at, reads.plate, strict=True) if int(plate) in context.tractors]
        if not own:
            return None
        at = instant(own[0])
        late = event.recorded_at - at
        said: tuple[EntryKind, Text, Said] = (
            "read",
            read_at_gate(),
            {"bridge": payload.bridge, "place": payload.place, "reader": payload.reader},
        )
    else:
        told_of = told(payload)
        if told_of is None:
            return None
        said = ("outcome", passage_counted(), told_of[2]) if event.event_id in context.counted else told_of
    if event.stream.startswith("port/"):
        said[2]["bridge"] = event.stream.removeprefix("port/")
    corrects, corrected_by = context.corrected(event.event_id)
    return TimelineEntry(
        event.event_id, event.type, said[0], said[1], at, event.recorded_at, event.actor, event.origin,
        context.leaves.get(stored.position), late.total_seconds() if late > LATE and not day else None, corrects,
        corrected_by, [], context.told.get(event.event_id, []), said[2], event.said_at, day,
        event.credential,
    )  # fmt: skip


def _with_changes(entries: list[TimelineEntry], events: Sequence[StoredEvent]) -> list[TimelineEntry]:
    """The entries, each decision but the first with what is otherwise than at the one before."""
    changes: dict[str, list[Changed]] = {}
    before: Decided | None = None
    for stored in events:
        if isinstance(payload := stored.payload, Decided):
            if before is not None:
                changes[stored.event.event_id] = [
                    Changed(field, was, now)
                    for field in ("examination", "basis", "stage", "bridge")
                    if (was := getattr(before, field)) != (now := getattr(payload, field))
                ]
            before = payload
    return [
        msgspec.structs.replace(each, changed=made) if (made := changes.get(each.event_id)) else each
        for each in entries
    ]


def _standing(
    events: Sequence[StoredEvent], beside: Sequence[StoredEvent], last: Filed, bridge: str
) -> CrossingStanding:
    """How a crossing stands; `bridge` is where its truck stood last, empty where it stood at none."""
    decided, _ = order_of(events)
    hold, seen = hold_of(events), seen_in(events, beside)
    decision = next((each.event.event_id for each in reversed(events) if isinstance(each.payload, Decided)), None)
    return CrossingStanding(
        standing_order(events),
        decision,
        None if decided is None else decided.basis,
        ordered_by(events),
        left_to_do(events),
        found_in(events),
        whereabouts(events),
        last.declaration.get("port"),
        bridge or (decided.bridge if decided is not None else "") or last.declaration.get("bridge"),
        None if hold is None else hold.reason,
        None if hold is None else hold.why,
        seen.finished,
        None if seen.order is None else order_given(seen.order),
        None if seen.accepted is None else accepted_by(seen.accepted),
    )
