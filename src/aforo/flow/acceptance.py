"""An officer has seen what is ordered of a truck, and agrees: recorded, and nothing else follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aforo.domain.decision import Examination
from aforo.domain.event import Decided, OrderAccepted, new_event
from aforo.exams.override import OverrideRefusedError
from aforo.flow.agreed import agreed
from aforo.flow.crossing_events import events_of
from aforo.flow.edge_orders import standing_order
from aforo.flow.order import whereabouts
from aforo.flow.override import NoDecisionError
from aforo.log.ids import event_id
from aforo.log.store import Log


@dataclass(frozen=True)
class Accepted:
    """What was recorded, now or before: the event, the crossing, what was accepted, by whom and when."""

    event_id: str
    crossing_id: str
    examination: Examination
    by: str
    at: datetime


def accept(log: Log, which: str, decision: str, examination: Examination, officer: str) -> Accepted:
    """Record that an officer agrees with `examination` as it is ordered since `decision`; durable when this returns.

    Raises NoDecisionError; OverrideRefusedError where something else is ordered by now, or the truck was examined or
    let go; ConcurrencyError.
    """
    events = events_of(which, log)
    made = [stored for stored in events if isinstance(stored.payload, Decided)]
    if not made:
        raise NoDecisionError(which)
    if made[-1].event.event_id != decision or standing_order(events) != examination:
        raise OverrideRefusedError("accept_superseded")
    if whereabouts(events) != "waiting":
        raise OverrideRefusedError("accept_done")
    crossing = events[-1].event.stream.removeprefix("crossing/")
    if (before := next((each for each in agreed(events) if each.event.actor == officer), None)) is not None:
        return Accepted(before.event.event_id, crossing, examination, before.event.actor, before.event.recorded_at)
    at, latest = log.clock(), events[-1].event
    own = event_id(at)
    log.append(
        [
            new_event(
                own, OrderAccepted(decision, examination), latest.stream, latest.version + 1, occurred_at=at,
                recorded_at=at, actor=officer, causation_id=decision, origin=latest.origin,
            )
        ]
    )  # fmt: skip
    return Accepted(own, crossing, examination, officer, at)
