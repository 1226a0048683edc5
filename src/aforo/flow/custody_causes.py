"""What trips under seal say to the alerts: what is cause to act on them, a trip that is not discharged in time, and
people in a load and theft, as somebody reports them.

Which causes ask somebody is said in `causes_asked`. That something ended settles silence alone: a breach, doubt, or a
truck that left its road is a person's to close, and so is a block that never comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from aforo.custody.cause import ASKS_THOUGH_OVER
from aforo.custody.trip import CAUSES, PREFIX, named_in
from aforo.domain.alert import AlertKind
from aforo.domain.clock import instant
from aforo.domain.response import PeopleSigned, TheftReported
from aforo.domain.trip import CustodyJudged, Discharged, TripCaused, TripOpened
from aforo.flow.alert_found import Found, Settled, Timer
from aforo.flow.alert_rules import AlertRules
from aforo.flow.alerts import Raise
from aforo.flow.causes_asked import Said, asked, name_of
from aforo.flow.root_tractor import truck_of
from aforo.log.stored import StoredEvent

Stream = Callable[[str], list[StoredEvent]]


def of_causes(stored: StoredEvent, caused: TripCaused, rules: AlertRules, stream: Stream, told: Found) -> None:
    """What is cause to act on a trip, and what was and is none any more."""
    event = stored.event
    if (trip := named_in(event.stream)) is None:
        return
    own = stream(PREFIX + trip)
    # What was recorded of the trip before: whatever is recorded of it later, such as its discharge, comes after.
    version = max((each.event.version for each in own if each.position <= stored.position), default=0)
    asking, over = asked(trip, _said(own, stored, trip, stream))
    truck = _truck(own, stream) if asking else None
    for cause, kind, subject, name in asking:
        at = min(instant(max(cause.since, cause.latest)), event.recorded_at)
        told.raises.append(Raise(kind, subject, name.about, at, event.event_id, version, truck, before=name.before))
    for kinds, about, why in over:
        ending: Literal["resolved", "withdrawn"] = "resolved" if why == "heard_again" else "withdrawn"
        told.settles += [
            Settled((kind,), event.event_id, event.version, about=about, ending=ending, why=why) for kind in kinds
        ]


def _said(own: Iterable[StoredEvent], stored: StoredEvent, trip: str, stream: Stream) -> list[Said]:
    """All that was recorded of the causes of a trip until an event: in logs of before on the trip's own stream."""
    return [
        Said(each.event.event_id, each.event.recorded_at, payload)
        for each in sorted((*own, *stream(CAUSES + trip)), key=lambda each: each.position)
        if each.position <= stored.position and isinstance(payload := each.payload, TripCaused)
    ]


def of_judgement(stored: StoredEvent, judged: CustodyJudged, rules: AlertRules, stream: Stream, told: Found) -> None:
    """What was made of a trip's custody. Logs from before causes were recorded have alerts of silence about the
    judgements themselves: these are over with the next that is another."""
    if judged.state == "silent":
        return
    event = stored.event
    for each in stream(event.stream):
        payload = each.payload
        if each.event.version < event.version and isinstance(payload, CustodyJudged) and payload.state == "silent":
            told.settles.append(
                Settled(
                    ("custody_silent",), event.event_id, event.version, about=each.event.event_id, why="heard_again"
                )
            )


def of_trip_opened(stored: StoredEvent, opened: TripOpened, rules: AlertRules, stream: Stream, told: Found) -> None:
    """A trip's deadline, in place of the one that was announced before."""
    event = stored.event
    truck = _truck(stream(event.stream), stream)
    raised = Raise("trip_overdue", event.stream, event.event_id, opened.deadline, event.event_id, event.version, truck)
    told.timers.append(Timer(f"trip_overdue/{event.stream}", opened.deadline, raised))
    told.settles.append(Settled(("trip_overdue",), event.event_id, event.version, subject=event.stream))


def of_discharge(stored: StoredEvent, said: Discharged, rules: AlertRules, stream: Stream, told: Found) -> None:
    """A trip is over: it is not overdue, and its seals owe no report. A block that never came is missing still, until
    it comes or a person has seen to it."""
    event = stored.event
    trip = event.stream.removeprefix(PREFIX)
    every = _said(stream(event.stream), stored, trip, stream)
    missing = {own.id for each in every for own in each.caused.causes if own.kind in ASKS_THOUGH_OVER}
    named = [name_of(trip, each, every) for each in missing]
    but = frozenset(about for each in named for about in (each.about, *(old for old, _ in each.before)))
    kinds: tuple[AlertKind, ...] = ("trip_overdue", "custody_silent")
    told.settles.append(Settled(kinds, event.event_id, event.version, subject=event.stream, but=but, why="discharged"))
    told.timers.append(Timer(f"trip_overdue/{event.stream}", None))


def of_signs(stored: StoredEvent, said: PeopleSigned, rules: AlertRules, stream: Stream, told: Found) -> None:
    """Somebody says that people are in the load of a trip: whoever sees to it says when that is over."""
    event = stored.event
    trip = f"trip/{event.stream.partition('/')[2]}"
    at, truck = event.recorded_at, _truck(stream(trip), stream)
    # Of no version there: whatever happens to the trip comes after it.
    told.raises.append(Raise("people_signs", trip, event.event_id, at, event.event_id, 0, truck))


def of_theft(stored: StoredEvent, said: TheftReported, rules: AlertRules, stream: Stream, told: Found) -> None:
    """Somebody says that a trip's truck or load is stolen: as with signs of people."""
    event = stored.event
    trip = f"trip/{event.stream.partition('/')[2]}"
    at, truck = event.recorded_at, _truck(stream(trip), stream)
    told.raises.append(Raise("theft_reported", trip, event.event_id, at, event.event_id, 0, truck))


def _truck(own: Iterable[StoredEvent], stream: Stream) -> str | None:
    """The tractor of the crossing that a trip, by the events of its stream, is for, where it names one that is
    filed."""
    announced = [payload for each in own if isinstance(payload := each.payload, TripOpened)]
    crossing = announced[-1].crossing if announced else ""
    return truck_of(stream(f"crossing/{crossing}")) if crossing else None
