"""What trips under seal say to the alerts: what is cause to act on them, a trip that is not discharged in time, and
people in a load and theft, as somebody reports them.

One trip and kind is one alert, and so is one jammed road over all its trips. What is a cause no more settles it, and
says why: what came late explains it, or it is judged by other documents. That something ended settles silence alone: a
breach, doubt, or a truck that left its road is a person's to close, and so is a block that never comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from aforo.custody.cause import ASKS_THOUGH_OVER, Matter
from aforo.custody.caused import asks, matter_of
from aforo.custody.trip import CAUSES, PREFIX, named_in
from aforo.domain.alert import AlertKind, SettledWhy
from aforo.domain.clock import instant
from aforo.domain.response import PeopleSigned, TheftReported
from aforo.domain.trip import CustodyJudged, Discharged, TripCause, TripCaused, TripOpened
from aforo.flow.alert_found import Found, Settled, Timer
from aforo.flow.alert_rules import AlertRules
from aforo.flow.alerts import Raise
from aforo.flow.root_tractor import truck_of
from aforo.log.stored import StoredEvent

Stream = Callable[[str], list[StoredEvent]]

#: The alert of each matter. A truck off its road and one in a forbidden fence are answered alike.
KIND_OF: dict[Matter, AlertKind] = {
    "seal": "custody_broken",
    "record": "custody_suspect",
    "route": "trip_astray",
    "fence": "trip_astray",
    "stop": "trip_stopped",
    "convoy": "convoy_split",
    "silence": "custody_silent",
}
#: The alerts of trips: they say where, since when, and what they rest on.
KINDS: tuple[AlertKind, ...] = (*dict.fromkeys(KIND_OF.values()), "road_jammed")


def alert_of(cause: TripCause, trip: str) -> tuple[AlertKind, str]:
    """The kind of alert that a cause raises, and its subject: the stream of the trip, or of what many share."""
    if cause.kind == "jammed" and cause.road:
        return "road_jammed", f"road/{cause.road}"
    if cause.kind == "convoy_split" and cause.road:
        return "convoy_split", f"convoy/{cause.road}"
    return KIND_OF[matter_of(cause.kind)], f"trip/{trip}"


def of_causes(stored: StoredEvent, caused: TripCaused, rules: AlertRules, stream: Stream, told: Found) -> None:
    """What is cause to act on a trip, and what was and is none any more."""
    event = stored.event
    if (trip := named_in(event.stream)) is None:
        return
    raising = [each for each in caused.causes if asks(each)]
    own = stream(f"trip/{trip}") if raising else []
    truck = _truck(own, stream) if raising else None
    # What was recorded of the trip before: whatever is recorded of it later, such as its discharge, comes after.
    version = max((each.event.version for each in own if each.position <= stored.position), default=0)
    for each in raising:
        kind, subject = alert_of(each, trip)
        about = about_of(trip, each.id)
        at = min(instant(max(each.since, each.latest)), event.recorded_at)
        told.raises.append(Raise(kind, subject, about, at, event.event_id, version, truck))
    for gone in caused.withdrawn:
        about = about_of(trip, gone.id)
        why: SettledWhy = gone.why
        told.settles += [
            Settled((kind,), event.event_id, event.version, about=about, ending="withdrawn", why=why)
            for kind in _kinds_of(gone.kind)
        ]
    for each in caused.causes:
        if matter_of(each.kind) == "silence" and not asks(each):
            about = about_of(trip, each.id)
            told.settles += [
                Settled((kind,), event.event_id, event.version, about=about, why="heard_again")
                for kind in _kinds_of(each.kind)
            ]


def about_of(trip: str, cause: str) -> str:
    """What names a cause of a trip to the alerts."""
    return f"trip/{trip}#{cause}"


def named_by(about: str) -> tuple[str, str] | None:
    """The trip and the cause that an alert is about; None where it is about something else."""
    trip, mark, cause = about.removeprefix("trip/").partition("#")
    return (trip, cause) if mark and about.startswith("trip/") else None


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
    payloads = (each.payload for name in (event.stream, CAUSES + trip) for each in stream(name))
    causes = (cause for each in payloads if isinstance(each, TripCaused) for cause in each.causes)
    missing = frozenset(about_of(trip, each.id) for each in causes if each.kind in ASKS_THOUGH_OVER)
    kinds: tuple[AlertKind, ...] = ("trip_overdue", "custody_silent")
    told.settles.append(
        Settled(kinds, event.event_id, event.version, subject=event.stream, but=missing, why="discharged")
    )
    told.timers.append(Timer(f"trip_overdue/{event.stream}", None))


def _kinds_of(kind: str) -> Iterator[AlertKind]:
    """The kinds of alert that a cause of a kind may have raised."""
    yield "road_jammed" if kind == "jammed" else KIND_OF[matter_of(kind)]
    if kind == "jammed":
        yield KIND_OF["silence"]


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
