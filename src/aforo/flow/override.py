"""An officer orders otherwise: recorded with the reason, the second officer, and the chance that was overridden."""

from __future__ import annotations

from dataclasses import dataclass

from aforo.domain.decision import Examination
from aforo.domain.event import Decided, Overridden, new_event
from aforo.exams.override import OverrideRefusedError, check
from aforo.flow.crossing_events import events_of
from aforo.flow.earlier import filed_before
from aforo.flow.examinations import examinations
from aforo.flow.order import order_of
from aforo.flow.person_named import names_person
from aforo.log.ids import event_id
from aforo.log.store import Log


class NoDecisionError(LookupError):
    """The log has no decision on what was named."""


@dataclass(frozen=True)
class Ordered:
    """What was recorded: the event, the crossing, the decision it is about, and the examination before and after."""

    event_id: str
    crossing: str
    decision: str
    was: Examination
    now: Examination


def override(
    log: Log, which: str, wanted: Examination, officer: str, reason: str, seconded_by: str | None = None
) -> Ordered:
    """Order `wanted` for the crossing of a decision, a crossing or a declaration.

    `reason` is recorded in clear: it must not name a person. Raises NoDecisionError, OverrideRefusedError (also where
    the named decision is not the crossing's last, what was ordered has been carried out, or `reason` names a person
    whom a declaration of the crossing names), ConcurrencyError.
    """
    events = events_of(which, log)
    made = [stored for stored in events if stored.event.type == Decided.TYPE]
    decided, standing = order_of(events)
    if decided is None:
        raise NoDecisionError(which)
    last = made[-1].event
    if any(stored.event.event_id == which for stored in made[:-1]):
        raise OverrideRefusedError("override_superseded")
    made_since = (each for each in examinations(events) if each.first.event.version > last.version)
    if not all(each.last.order_stands for each in made_since):
        raise OverrideRefusedError("override_examined")
    was = standing.examination if standing else decided.examination
    check(was, wanted, officer, seconded_by, reason)
    if names_person(reason, [filed for _, filed in filed_before(events, events[-1].event.version)], log.keys):
        raise OverrideRefusedError("override_names_person")
    payload = Overridden(wanted, reason.strip(), decided.propensity, (seconded_by or "").strip() or None)
    at, latest = log.clock(), events[-1].event
    event = new_event(
        event_id(at), payload, latest.stream, latest.version + 1, occurred_at=at, recorded_at=at, actor=officer.strip(),
        causation_id=last.event_id,
    )  # fmt: skip
    log.append([event])
    return Ordered(event.event_id, latest.stream.removeprefix("crossing/"), last.event_id, was, wanted)
