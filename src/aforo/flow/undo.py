"""An officer takes back what they ordered or agreed with, before anything was done by it: the truck is as it was.

It is no order over the order, which would mark the label that follows as an officer's choice: all that looks at orders
(`order.but_undone`) sees the crossing without it. A truck that joined a queue by the order leaves it, and the other way
round, in the same transaction. What ends it is no clock, but what was done (`acted_on`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from aforo.domain.declaration import identity_text
from aforo.domain.event import AcceptanceUndone, OrderAccepted, OrderUndone, Overridden, new_event
from aforo.exams.override import OverrideRefusedError
from aforo.flow.acted_on import WORK, acted_on
from aforo.flow.agreed import agreed
from aforo.flow.crossing_events import events_of
from aforo.flow.dossiers import MOST_BESIDE, Dossiers
from aforo.flow.edge_orders import standing_order
from aforo.flow.node import Node
from aforo.flow.order import but_undone, order_of, whereabouts
from aforo.flow.override import NoDecisionError, Ordered
from aforo.flow.queueing import Change, as_ordered, change_of
from aforo.log.ids import event_id, event_ids
from aforo.log.places import events_at
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

_PAGE = 1_000


@dataclass(frozen=True)
class Beside:
    """Where the log speaks of a crossing beside its stream, as far as it was looked through: positions, of which the
    oldest are missing where there are `MOST_BESIDE`; None where the crossing is not followed any more."""

    positions: tuple[int, ...] | None
    until: int


def beside_of(which: str, node: Node) -> Beside:
    """What is known of a crossing's truck beside its stream, by a crossing's or a declaration's name. It may be asked
    beside the desk: what comes after it is little, and is looked at when the order is taken back."""
    until, events = node.log.position(), events_of(which, node.log)
    name = events[0].event.stream.removeprefix("crossing/") if events else which

    def positions(dossiers: Dossiers) -> tuple[int, ...] | None:
        known = dossiers.crossings.get(name)
        return None if known is None else tuple(known.beside)

    return Beside(node.dossiers.ask(positions), until)


def undo(node: Node, which: str, order: str, officer: str, known: Beside | None = None) -> Ordered:
    """Take back what the event `order` recorded, an officer's order or that they agree with one, for the crossing of a
    crossing's or a declaration's name. `known` is what was looked up before (`beside_of`); else it is looked up now.

    Needs no second officer: what stands again is what stood before. A hold is not taken back: two officers lower it.
    Raises NoDecisionError, OverrideRefusedError (it is not the officer's own, a hold, taken back or superseded already,
    or something was done by it), ConcurrencyError.
    """
    log, known = node.log, known or beside_of(which, node)
    events = events_of(which, log)
    decided, standing = order_of(events)
    if decided is None:
        raise NoDecisionError(which)
    given = next((each for each in events if each.event.event_id == order), None)
    if given is None or not isinstance(payload := given.payload, Overridden | OrderAccepted):
        raise OverrideRefusedError("undo_unknown")
    # What an edge handed in was ordered there: it is undone by an order, not from here.
    if given.event.reported_at is not None or identity_text(given.event.actor) != identity_text(officer):
        raise OverrideRefusedError("undo_not_own")
    if isinstance(payload, Overridden) and payload.examination == "hold":
        raise OverrideRefusedError("undo_hold")
    taken = (said for each in events if isinstance(said := each.payload, OrderUndone | AcceptanceUndone))
    if order in {each.order if isinstance(each, OrderUndone) else each.acceptance for each in taken}:
        raise OverrideRefusedError("undo_again")
    if _may_be_missing(known, given) or acted_on(events, given, _work(log, given, known)):
        raise OverrideRefusedError("undo_acted_on")
    if isinstance(payload, OrderAccepted):
        return _disagree(log, events, given, officer)
    # By identity: the same order may have been given twice.
    if standing is None or _last_order(events).event.event_id != order:
        raise OverrideRefusedError("undo_superseded")
    return _take_back(log, events, given, officer)


def _last_order(events: Sequence[StoredEvent]) -> StoredEvent:
    return next(each for each in reversed(but_undone(events)) if isinstance(each.payload, Overridden))


def _disagree(log: Log, events: Sequence[StoredEvent], given: StoredEvent, officer: str) -> Ordered:
    if given.event.event_id not in {each.event.event_id for each in agreed(events)}:
        raise OverrideRefusedError("undo_superseded")
    at, latest, now = log.clock(), events[-1].event, standing_order(events)
    own = event_id(at)
    log.append(
        [
            new_event(
                own, AcceptanceUndone(given.event.event_id), latest.stream, latest.version + 1, occurred_at=at,
                recorded_at=at, actor=officer, causation_id=given.event.event_id, origin=latest.origin,
            )
        ]
    )  # fmt: skip
    return Ordered(own, latest.stream.removeprefix("crossing/"), given.event.causation_id or "", now, now)


def _take_back(log: Log, events: Sequence[StoredEvent], given: StoredEvent, officer: str) -> Ordered:
    at, order = log.clock(), given.event.event_id
    without = [each for each in events if each.event.event_id != order]
    was, now = standing_order(events), standing_order(without)
    latest, crossing = events[-1].event, events[-1].event.stream.removeprefix("crossing/")
    own, of_queue = event_ids(2, at)
    made = [
        new_event(
            own, OrderUndone(order, now), latest.stream, latest.version + 1, occurred_at=at, recorded_at=at,
            actor=officer, causation_id=order, origin=latest.origin,
        )
    ]  # fmt: skip
    if (change := _queue_again(crossing, events, without)) is not None:
        bridge, queue = change
        stream = f"port/{bridge}"
        version = log.versions([stream]).get(stream, 0) + 1
        made.append(
            new_event(
                of_queue, queue, stream, version, occurred_at=at, recorded_at=at, actor=officer, causation_id=own,
                origin=latest.origin,
            )
        )  # fmt: skip
    log.append(made)
    return Ordered(own, crossing, given.event.causation_id or "", was, now)


def _may_be_missing(known: Beside, since: StoredEvent) -> bool:
    """Whether something that was done since may not be known any more: then it is not told that nothing was."""
    if known.positions is None:
        return True
    return len(known.positions) >= MOST_BESIDE and known.positions[0] > since.position


def _work(log: Log, since: StoredEvent, known: Beside) -> Iterator[StoredEvent]:
    """What was done at bridges since an event of a crossing that may be about its truck: what is known, and of what was
    recorded after that was looked up, which may be much of others, no more than the bytes."""
    yield from events_at(log.database, [each for each in known.positions or () if each > since.position])
    crossing, after = since.event.stream.removeprefix("crossing/"), max(since.position, known.until)
    named = msgspec.json.encode(crossing)
    while events := log.read(after, types=[each.TYPE for each in WORK], limit=_PAGE):
        after = events[-1].position
        yield from (stored for stored in events if named in stored.body)


def _queue_again(crossing: str, events: Sequence[StoredEvent], without: Sequence[StoredEvent]) -> Change | None:
    """How the queues change when the order that `without` lacks is taken back."""
    if whereabouts(without) == "gone":
        return None
    decided, standing = order_of(events)
    _, before = order_of(but_undone(without))
    if decided is None:
        return None
    ordered = as_ordered(decided, standing) if whereabouts(events) == "waiting" else None
    again = as_ordered(decided, before)
    if whereabouts(without) != "waiting":  # it was examined, or let go, before the order: it waits for nothing
        again = msgspec.structs.replace(again, examination="release")
    return change_of(crossing, ordered, again)
