"""The trucks of a place that the next shift must know: held, under examination, ordered and undone, and what was found.

Which trucks to look at the dossiers tell; how each stands is read from its own stream.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from aforo.domain.bridge import Resource
from aforo.domain.clock import instant, microseconds
from aforo.domain.decision import EXAMINATIONS, Basis, Examination
from aforo.domain.dock import Authority, SeizedKind, SeizedUnit
from aforo.domain.event import Arrived, AtYard, Decided, Examined, Overridden, Payload
from aforo.domain.order import RaiseGround
from aforo.domain.text import Text
from aforo.domain.threat import Threat
from aforo.exams.dock_record import records
from aforo.flow.dossiers import Dossiers
from aforo.flow.edge_orders import left_to_do, standing_order
from aforo.flow.held import HeldFor, hold_of
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.order import but_undone, order_of, whereabouts
from aforo.log.stored import StoredEvent

#: Trucks of which nothing was heard for so long are no shift's any more; one that is held is, however long it stands.
FORGOTTEN = timedelta(hours=48)
#: Trucks that are looked at: those that may be held, then those heard of last.
MOST_TRUCKS = 400
#: Trucks of one list on the screen; on paper are the first ones, as many as fit on one page.
MOST_LISTED = 60

#: Which bridge of a place a port and a bridge's name mean; None for none of its bridges.
Here = Callable[[str, str], str | None]


class HeldTruck(msgspec.Struct, frozen=True):
    """A truck that is held: since when, why, and on whose word; `here` tells that it has come."""

    crossing_id: str
    bridge: str
    held_for: HeldFor
    why: Text
    since: datetime
    by: str
    here: bool


class OrderedTruck(msgspec.Struct, frozen=True):
    """An examination that is ordered and not carried out; `by` is the officer who ordered it, null where it was
    decided, `ground` the one that they chose where they wrote no `reason`."""

    crossing_id: str
    bridge: str
    examination: Examination
    basis: Basis | None
    since: datetime
    by: str | None
    reason: str
    here: bool
    ground: RaiseGround | None = None


class WorkedTruck(msgspec.Struct, frozen=True):
    """A truck that is served at a resource; `predicted_minutes` null where nobody predicted it."""

    crossing_id: str
    bridge: str
    resource: Resource
    unit: str
    since: datetime
    predicted_minutes: float | None


class WaitingTrucks(msgspec.Struct, frozen=True):
    """How many trucks wait for a resource of a bridge."""

    bridge: str
    resource: Resource
    count: int


class ExpectedTrucks(msgspec.Struct, frozen=True):
    """How many trucks that have not come yet are to be examined so, by decision."""

    examination: Examination
    count: int


class FoundTruck(msgspec.Struct, frozen=True):
    """What an examination found."""

    crossing_id: str
    bridge: str
    at: datetime
    threat: Threat | None
    severity: float | None
    carried_out: Examination | None
    by: str


class SeizedGoods(msgspec.Struct, frozen=True):
    """What was seized, by whom and for which country, under which number; `case` is the authority's own."""

    crossing_id: str
    bridge: str
    at: datetime
    seizure: str
    kind: SeizedKind
    threat: Threat
    what: str
    amount: float
    unit: SeizedUnit
    authority: Authority
    case: str
    by: str


class ShiftTrucks(msgspec.Struct, frozen=True):
    """The trucks of a place. What is `ordered` is of trucks that have come, but for those that are being examined, and
    what officers ordered of others; of the rest, who are on their way, `expected` counts them. `working` are those that
    are served, `waiting` counts those that wait. Each list has the first MOST_LISTED, the most needful first (of what
    was found and seized the last), of `held_count`, `ordered_count`, `working_count`, `found_count` and `seized_count`.
    `examined` and `passed` count those of the shift, `left_out` those that were not looked at since there are too many.
    """

    held: list[HeldTruck]
    held_count: int
    ordered: list[OrderedTruck]
    ordered_count: int
    expected: list[ExpectedTrucks]
    working: list[WorkedTruck]
    working_count: int
    waiting: list[WaitingTrucks]
    found: list[FoundTruck]
    found_count: int
    examined: int
    passed: int
    left_out: int
    seized: list[SeizedGoods] = []
    seized_count: int = 0


class _Near(msgspec.Struct, frozen=True):
    """A truck to be looked at, and the bridge where it is or is expected."""

    crossing: str
    bridge: str
    heard: int
    held: bool


def shift_trucks(here: Here, bridges: Sequence[str], since: datetime, node: Node) -> ShiftTrucks:
    """The trucks of some bridges, of the time from `since` on."""
    now, begins = node.clock(), microseconds(since)
    oldest = microseconds(now - FORGOTTEN)

    def near(dossiers: Dossiers) -> tuple[list[_Near], int, int]:
        found: list[_Near] = []
        examined = passed = 0
        for name, each in dossiers.crossings.items():
            bridge = here(each.port, each.bridge)
            if bridge is None:
                continue
            examined += each.examined >= begins
            passed += each.passed >= begins
            held = each.held and not each.gone
            waits = each.ordered and not each.gone and each.heard >= oldest
            if held or waits or each.found >= begins:
                found.append(_Near(name, bridge, each.heard, held))
        return found, examined, passed

    trucks, examined, passed = node.dossiers.ask(near)
    trucks.sort(key=lambda each: (not each.held, -each.heard))
    looked = trucks[:MOST_TRUCKS]
    streams = node.log.streams([stream_of(each.crossing) for each in looked])
    own = [(each, streams[stream_of(each.crossing)]) for each in looked if stream_of(each.crossing) in streams]
    held = [truck for each, events in own if (truck := _held(each, events)) is not None]
    undone = [order for each, events in own if (order := _ordered(each, events)) is not None]
    found = [truck for each, events in own for truck in _found(each, events, since)]
    seized = [goods for each, events in own for goods in _seized(each, events, since)]
    working, waiting = _work(bridges, node, now)
    examined_now = {each.crossing_id for each in working if each.resource not in ("booth", "yard")}
    undone = [each for each in undone if each.crossing_id not in examined_now]
    here_or_by_officers = [each for each in undone if each.here or each.by is not None]
    expected = Counter(each.examination for each in undone if not each.here and each.by is None)
    return ShiftTrucks(
        sorted(held, key=lambda each: (_turn(each.held_for), not each.here, each.since))[:MOST_LISTED],
        len(held),
        sorted(here_or_by_officers, key=lambda each: (each.by is None, not each.here, each.since))[:MOST_LISTED],
        len(here_or_by_officers),
        [ExpectedTrucks(each, expected[each]) for each in EXAMINATIONS if expected[each]],
        working[:MOST_LISTED],
        len(working),
        waiting,
        sorted(found, key=lambda each: each.at, reverse=True)[:MOST_LISTED],
        len(found),
        examined,
        passed,
        len(trucks) - len(looked),
        sorted(seized, key=lambda each: each.at, reverse=True)[:MOST_LISTED],
        len(seized),
    )


def _turn(held_for: HeldFor) -> int:
    """The place of a held truck: those with people found in them first, then those that may have people aboard."""
    return ("people_found", "people").index(held_for) if held_for in ("people_found", "people") else 2


def _held(near: _Near, events: Sequence[StoredEvent]) -> HeldTruck | None:
    hold = hold_of(events)
    if hold is None or whereabouts(events) == "gone":
        return None
    event = hold.by.event
    return HeldTruck(near.crossing, near.bridge, hold.reason, hold.why, event.occurred_at, event.actor, _came(events))


def _ordered(near: _Near, events: Sequence[StoredEvent]) -> OrderedTruck | None:
    """What is to be carried out: for a truck that waits for it, or that an examination left it to do for."""
    order = standing_order(events)
    if order in ("release", "hold") or whereabouts(events) == "gone":
        return None
    if whereabouts(events) == "served" and not left_to_do(events):
        return None
    decided, over = order_of(events)
    if over is not None and over.examination == order:
        last = _last(but_undone(events), Overridden)
        return OrderedTruck(
            near.crossing, near.bridge, order, "override", last.event.occurred_at, last.event.actor, over.reason,
            _came(events), over.ground,
        )  # fmt: skip
    last = _last(events, Decided)
    basis = None if decided is None else decided.basis
    return OrderedTruck(near.crossing, near.bridge, order, basis, last.event.occurred_at, None, "", _came(events))


def _found(near: _Near, events: Sequence[StoredEvent], since: datetime) -> Iterable[FoundTruck]:
    """The findings since then that no correction took back."""
    last: dict[str, StoredEvent] = {}
    for stored in events:
        if isinstance(payload := stored.payload, Examined):
            last[payload.corrects or stored.event.event_id] = stored
    for stored in last.values():
        payload, event = stored.payload, stored.event
        if isinstance(payload, Examined) and payload.outcome.violation and event.occurred_at >= since:
            outcome = payload.outcome
            yield FoundTruck(
                near.crossing, near.bridge, outcome.found_at, outcome.threat, outcome.severity, payload.carried_out,
                event.actor,
            )  # fmt: skip


def _seized(near: _Near, events: Sequence[StoredEvent], since: datetime) -> Iterable[SeizedGoods]:
    """What was seized since then and not withdrawn."""
    for record in records(events).values():
        for each in record.seized():
            if each.at >= since:
                yield SeizedGoods(
                    near.crossing, near.bridge, each.at, each.seizure, each.kind, each.threat, each.what, each.amount,
                    each.unit, each.authority, each.case, each.actor,
                )  # fmt: skip


def _work(bridges: Sequence[str], node: Node, now: datetime) -> tuple[list[WorkedTruck], list[WaitingTrucks]]:
    """The trucks that are served, who has been the longest first, and how many wait."""
    served: list[WorkedTruck] = []
    waiting: Counter[tuple[str, Resource]] = Counter()
    for bridge in bridges:
        for crossing, work in node.live().work_of(bridge, now).items():
            if work.step == "queued":
                waiting[bridge, work.resource] += 1
            elif work.step == "started":
                predicted = None if work.predicted_ms is None else work.predicted_ms / 60_000
                served.append(WorkedTruck(crossing, bridge, work.resource, work.unit, instant(work.at), predicted))
    told = [WaitingTrucks(bridge, resource, count) for (bridge, resource), count in sorted(waiting.items())]
    return sorted(served, key=lambda each: each.since), told


def _came(events: Iterable[StoredEvent]) -> bool:
    return any(isinstance(stored.payload, AtYard | Arrived | Examined) for stored in events)


def _last(events: Sequence[StoredEvent], kind: type[Payload]) -> StoredEvent:
    """The last event of a kind."""
    return next(stored for stored in reversed(events) if isinstance(stored.payload, kind))
