"""An officer orders otherwise: recorded with the reason, the second officer, and the chance that was overridden.

A truck that stands at its bridge joins the live queue of what it is sent to, or leaves it, in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from aforo.domain.decision import STRICTNESS, Examination
from aforo.domain.event import Decided, Overridden, new_event
from aforo.domain.order import RaiseGround
from aforo.exams.override import OverrideRefusedError, check
from aforo.flow.crossing_events import events_of
from aforo.flow.earlier import filed_before
from aforo.flow.examinations import examinations
from aforo.flow.order import found_in, order_of, ordered
from aforo.flow.person_named import names_person
from aforo.flow.queueing import after_order
from aforo.log.ids import event_ids
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
    log: Log,
    which: str,
    wanted: Examination,
    officer: str,
    reason: str,
    seconded_by: str | None = None,
    ground: RaiseGround | None = None,
    second_credential: str | None = None,
) -> Ordered:
    """Order `wanted` for the crossing of a decision, a crossing or a declaration.

    `reason` is recorded in clear: it must not name a person; an examination may be raised for a `ground` instead.
    `second_credential` is what the second officer signed by.
    Raises NoDecisionError, OverrideRefusedError (also where the named decision is not the crossing's last, what was
    ordered has been carried out, something was found and what is wanted is neither a hold nor a release, or `reason`
    names a person whom a declaration of the crossing names),
    ConcurrencyError.
    """
    events = events_of(which, log)
    made = [stored for stored in events if stored.event.type == Decided.TYPE]
    decided, _ = order_of(events)
    if decided is None:
        raise NoDecisionError(which)
    last = made[-1].event
    if any(stored.event.event_id == which for stored in made[:-1]):
        raise OverrideRefusedError("override_superseded")
    made_since = (each for each in examinations(events) if each.first.event.version > last.version)
    # A truck in which something was found is held, whatever was ordered: to ask less of it takes two officers.
    held = found_in(events) and wanted != "hold"
    if held and STRICTNESS["release"] < STRICTNESS.get(wanted, 0):
        raise OverrideRefusedError("override_found")  # it would be held on, whatever was ordered
    if not held and not all(each.last.order_stands for each in made_since):
        raise OverrideRefusedError("override_examined")
    # What an earlier decision orders still stands where the crossing was cancelled: to lower that takes two as well.
    was: Examination = "hold" if held else ordered(events)
    check(was, wanted, officer, seconded_by, reason, grounded=ground is not None)
    if names_person(reason, [filed for _, filed in filed_before(events, events[-1].event.version)], log.keys):
        raise OverrideRefusedError("override_names_person")
    second = (seconded_by or "").strip() or None
    payload = Overridden(wanted, reason.strip(), decided.propensity, second, ground, second and second_credential)
    at, latest = log.clock(), events[-1].event
    crossing = latest.stream.removeprefix("crossing/")
    own, of_queue = event_ids(2, at)
    made_now = [
        new_event(
            own, payload, latest.stream, latest.version + 1, occurred_at=at, recorded_at=at, actor=officer.strip(),
            causation_id=last.event_id,
        )
    ]  # fmt: skip
    if (change := after_order(crossing, events, payload)) is not None:
        bridge, queue = change
        stream = f"port/{bridge}"
        version = log.versions([stream]).get(stream, 0) + 1
        made_now.append(
            new_event(
                of_queue, queue, stream, version, occurred_at=at, recorded_at=at, actor=officer.strip(),
                causation_id=own,
            )
        )  # fmt: skip
    log.append(made_now)
    return Ordered(own, crossing, last.event_id, was, wanted)
