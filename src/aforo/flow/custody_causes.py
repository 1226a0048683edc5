"""What trips under seal say to the alerts: a breach, doubt, silence, a trip that is not discharged in time; and
people in a load, as somebody reports them.

A breach and doubt are a person's to close: that the seal says afterwards that it is closed settles nothing. Silence is
over when the seal is heard, also when that comes late; what a late reading shows instead has an alert of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from aforo.domain.alert import AlertKind
from aforo.domain.response import PeopleSigned
from aforo.domain.trip import CustodyJudged, Discharged, TripOpened
from aforo.flow.alert_found import Found, Settled, Timer
from aforo.flow.alert_rules import AlertRules
from aforo.flow.alerts import Raise
from aforo.flow.root_tractor import truck_of
from aforo.log.stored import StoredEvent

Stream = Callable[[str], list[StoredEvent]]

_KINDS: dict[str, AlertKind] = {
    "broken": "custody_broken",
    "suspect": "custody_suspect",
    "silent": "custody_silent",
}


def of_judgement(stored: StoredEvent, judged: CustodyJudged, rules: AlertRules, stream: Stream, told: Found) -> None:
    """What was made of a trip's custody."""
    event = stored.event
    if judged.state != "silent":
        told.settles.append(Settled(("custody_silent",), event.event_id, event.version, subject=event.stream))
    if (kind := _KINDS.get(judged.state)) is not None:
        at, truck = event.recorded_at, _truck(event.stream, stream)
        told.raises.append(Raise(kind, event.stream, event.event_id, at, event.event_id, event.version, truck))


def of_trip_opened(stored: StoredEvent, opened: TripOpened, rules: AlertRules, stream: Stream, told: Found) -> None:
    """A trip's deadline, in place of the one that was announced before."""
    event = stored.event
    truck = _truck(event.stream, stream)
    raised = Raise("trip_overdue", event.stream, event.event_id, opened.deadline, event.event_id, event.version, truck)
    told.timers.append(Timer(f"trip_overdue/{event.stream}", opened.deadline, raised))
    told.settles.append(Settled(("trip_overdue",), event.event_id, event.version, subject=event.stream))


def of_discharge(stored: StoredEvent, said: Discharged, rules: AlertRules, stream: Stream, told: Found) -> None:
    """A trip is over: it is not overdue, and its seals owe no report."""
    event = stored.event
    kinds: tuple[AlertKind, ...] = ("trip_overdue", "custody_silent")
    told.settles.append(Settled(kinds, event.event_id, event.version, subject=event.stream))
    told.timers.append(Timer(f"trip_overdue/{event.stream}", None))


def of_signs(stored: StoredEvent, said: PeopleSigned, rules: AlertRules, stream: Stream, told: Found) -> None:
    """Somebody says that people are in the load of a trip: whoever sees to it says when that is over."""
    event = stored.event
    trip = f"trip/{event.stream.partition('/')[2]}"
    at, truck = event.recorded_at, _truck(trip, stream)
    # Of no version there: whatever happens to the trip comes after it.
    told.raises.append(Raise("people_signs", trip, event.event_id, at, event.event_id, 0, truck))


def _truck(trip: str, stream: Stream) -> str | None:
    """The tractor of the crossing that a trip is for, where it names one that is filed."""
    announced = [payload for each in stream(trip) if isinstance(payload := each.payload, TripOpened)]
    crossing = announced[-1].crossing if announced else ""
    return truck_of(stream(f"crossing/{crossing}")) if crossing else None
