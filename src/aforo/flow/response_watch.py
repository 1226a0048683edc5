"""The watch over responses: begins what the log's alerts begin, and sends up the ladder what is late.

It goes over the log in its order, each event once, whoever wrote it. A start is named by the alert's raise, and what is
late is written in one transaction with the alert's step, so a watch that was killed, or two that run side by side, lose
nothing and double nothing.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

import msgspec

from aforo.answers.alert import Alert
from aforo.answers.road_response import RoadResponse
from aforo.custody.trip import named_in
from aforo.domain.alert import AlertEscalated, AlertRaised
from aforo.domain.clock import microseconds
from aforo.domain.event import Event, Origin, Payload, new_event
from aforo.domain.response import RESPONDS_TO, ResponseLate, ResponseOwned, ResponseStarted, Stage
from aforo.domain.trip import Discharged, TripCaused, TripOpened
from aforo.flow.alert_rules import in_force
from aforo.flow.alerts import Alerts
from aforo.flow.alerts import stream_of as alert_stream
from aforo.flow.causes_asked import named_by
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.looking import Looking
from aforo.flow.names import NODE
from aforo.flow.response_acts import alert_of, settle
from aforo.flow.response_aid import known_trip, meant
from aforo.flow.response_documents import plan_in_force
from aforo.flow.response_starts import alone, starts_at
from aforo.flow.responses import PREFIX, Responses
from aforo.log.ids import event_id, event_ids
from aforo.log.store import ConcurrencyError
from aforo.log.stored import StoredEvent

logger = logging.getLogger("aforo.responses")

_TYPES = (AlertRaised.TYPE, TripOpened.TYPE, TripCaused.TYPE)
_PAGE = 500
#: Looks between two savings: what is looked at again, at most, after a restart.
_SAVE_EVERY = 60
#: How often, every hundredth of a second, it is asked whether what was written is settled.
_PATIENCE = 500
_TRIP, _CROSSING = "trip/", "crossing/"


class _State(msgspec.Struct, array_like=True):
    cursor: int


class Responded(msgspec.Struct, frozen=True):
    """What one look did: responses started, given their alert's owner, found late, and alerts settled."""

    started: int = 0
    owned: int = 0
    late: int = 0
    settled: int = 0


class Responding:
    """The watch of a log. Not to be shared between threads."""

    NAME = "response-watch/1"

    def __init__(self, custody: Custody, *, origin: Origin = "live") -> None:
        """`custody` is that of the log, as whoever works with it in this process keeps it up."""
        self.log = log = custody.log
        self.alerts = Alerts(log)
        self.responses = Responses(custody)
        self._origin = origin
        self._cursor = 0
        if (saved := log.projections.load(self.NAME)) is not None:
            self._cursor = msgspec.msgpack.decode(saved[1], type=_State).cursor

    def look(self) -> Responded:
        """Go over what is new in the log and over what is due by the clock now."""
        started = 0
        end = self.log.position()
        while events := self.log.read(self._cursor, types=_TYPES, limit=_PAGE):
            for stored in events:
                started += self._take(stored)
            self._cursor = events[-1].position
        self._cursor = max(self._cursor, end)
        owned = late = 0
        for response in self.responses.open():
            owned += self._own(response)
            late += sum(self._late(response, stage) for stage in response.overdue(self.log.clock()))
        return Responded(started, owned, late, settle(self.alerts, self.responses))

    def save(self) -> None:
        """Keep where it is, so that the next watch need not begin with the first event."""
        self.responses.save()
        self.log.projections.save(self.NAME, self._cursor, msgspec.msgpack.encode(_State(self._cursor)))

    def _take(self, stored: StoredEvent) -> int:
        said = stored.payload
        if isinstance(said, TripOpened):
            if not said.crossing:
                return 0
            # Who is feared to be in it was feared before the trip was announced.
            open_ = [each for each in self.alerts.open() if each.crossing == said.crossing]
            raised = [cause.event_id for each in open_ if each.kind in RESPONDS_TO for cause in each.causes]
            return sum(self._begin(found) for each in raised if (found := self.log.event(each)) is not None)
        if isinstance(said, TripCaused):
            return self._found_alone(stored, said)
        return self._begin(stored)

    def _found_alone(self, stored: StoredEvent, said: TripCaused) -> int:
        """Start what an alert of silence starts once it is found that the silence is the truck's own: what is stated of
        its road comes after the alert."""
        trip, limits = named_in(stored.event.stream), self.responses.custody.roads.limits()
        own = {(trip, each.id) for each in said.causes if alone(each, limits)}
        if not own:
            return 0
        raised = [
            cause.event_id for each in self.alerts.open() if each.kind == "custody_silent"
            for cause in each.causes if named_by(cause.about) in own
        ]  # fmt: skip
        return sum(self._begin(found) for each in raised if (found := self.log.event(each)) is not None)

    def _begin(self, stored: StoredEvent) -> int:
        """Start the response that a raise starts, once; whether it was started now."""
        raised = stored.payload
        assert isinstance(raised, AlertRaised)
        kind, trip = RESPONDS_TO.get(raised.kind), self._trip(raised.subject, stored.event.recorded_at)
        stream = PREFIX + stored.event.event_id
        if kind is None or trip is None or self.log.versions([stream]):
            return 0
        if raised.kind == "custody_silent" and not self._stands(stored.event.event_id):
            return 0  # it was heard again, or its trip is over
        if kind == "theft" and self._was_over(trip, stored):
            return 0
        plan, document = plan_in_force(self.log)
        raised_at = stored.event.recorded_at
        since = starts_at(raised, raised_at, plan, self.responses.custody)
        if since is None:
            return 0
        at, answer = self.log.clock(), plan.of(kind)
        try:
            known = known_trip(self.log, trip, microseconds(at))
        except UnknownTripError:
            return 0
        payload = ResponseStarted(
            kind, trip, stored.event.event_id, raised.kind, since, since + (raised.due - raised_at),
            since + timedelta(minutes=answer.contact.minutes), since + timedelta(minutes=answer.scene.minutes),
            document, known.opened.crossing or None, answer.owner or "",
        )  # fmt: skip
        own = event_id(at)
        event = new_event(
            own, payload, stream, 1, occurred_at=stored.event.occurred_at, recorded_at=at,
            actor=NODE, origin=self._origin, causation_id=stored.event.event_id,
            idempotency_key=f"response:{stored.event.event_id}",
        )  # fmt: skip
        receipts = self.log.append([event])
        self._await(receipts[-1].event_id)
        return 1 - len(receipts.duplicates)

    def _stands(self, raised: str) -> bool:
        """Whether what an event raised is open."""
        return any(cause.event_id == raised for each in self.alerts.open() for cause in each.causes)

    def _trip(self, subject: str, raised_at: datetime) -> str | None:
        """The trip that an alert is about; of a crossing the first of those that it may be about, since whoever names
        a crossing later is not the one for that. Whoever is called is called for all of them (`response_aid`)."""
        if subject.startswith(_TRIP):
            return subject.removeprefix(_TRIP)
        if not subject.startswith(_CROSSING):
            return None
        found = meant(self.responses.custody, subject.removeprefix(_CROSSING), raised_at)
        return found[0].trip if found else None

    def _was_over(self, trip: str, raised: StoredEvent) -> bool:
        """Whether a trip had been discharged when an alert was raised: no load of it is saved on the road any more. The
        order of the log says so, and every watch the same."""
        discharged = self.log.stream(_TRIP + trip, types=(Discharged.TYPE,))
        return any(each.position < raised.position for each in discharged)

    def _await(self, event: str) -> None:
        """Wait until an event that was written is settled, so that what is late or owned finds it."""
        stored = self.log.event(event)
        for _ in range(_PATIENCE):
            if stored is None or self.log.position() >= stored.position:
                return
            time.sleep(0.01)

    def _own(self, response: RoadResponse) -> int:
        """Whoever acknowledged its alert owns it, where nobody took it over."""
        if response.owned_at is not None:
            return 0
        alert = alert_of(self.alerts, response)
        if alert is None or alert.owner is None or alert.acknowledged_at is None:
            return 0
        return self._write(response, ResponseOwned(alert.owner), max(alert.acknowledged_at, response.started_at))

    def _late(self, response: RoadResponse, stage: Stage) -> int:
        """Say that a stage is late, and send its alert up; that of an owner's goes up by itself."""
        alert = None if stage == "own" else alert_of(self.alerts, response)
        return self._write(response, ResponseLate(stage, response.due(stage)), None, alert)

    def _write(self, response: RoadResponse, said: Payload, occurred: datetime | None, up: Alert | None = None) -> int:
        """Write what is said of a response, and the step of its alert; nothing where another was faster: the next look
        sees what is left."""
        known = self.responses.find(response.response)
        late = isinstance(said, ResponseLate) and (said.stage in known.late or known.reached(said.stage) is not None)
        if known.ended_at is not None or late or (isinstance(said, ResponseOwned) and known.owned_at is not None):
            return 0
        at = self.log.clock()
        ids = iter(event_ids(2, at))
        events: list[Event] = [
            new_event(
                next(ids), said, PREFIX + known.response, known.version + 1, occurred_at=occurred or at, recorded_at=at,
                actor=NODE, origin=self._origin,
            )
        ]  # fmt: skip
        step = None if up is None else in_force(self.log).response.step(up.kind, up.level + 1)
        if up is not None and step is not None:
            escalated = AlertEscalated(up.level + 1, step.role, at + step.acknowledge.span, "respond")
            events.append(
                new_event(
                    next(ids), escalated, alert_stream(up.alert_id), up.version + 1, occurred_at=at, recorded_at=at,
                    actor=NODE, origin=self._origin, causation_id=events[0].event_id,
                )
            )  # fmt: skip
        try:
            self.log.append(events)
        except ConcurrencyError:
            return 0
        self._await(events[-1].event_id)
        return 1


class ResponseWatch(Looking):
    """A thread that looks again and again. A look that fails is made again."""

    def __init__(self, custody: Custody, *, origin: Origin = "live", interval: float = 1.0) -> None:
        """`custody` as in `Responding`; `interval`: seconds between two looks."""
        super().__init__(
            "responses", interval, "the responses could not be looked after", logger, at_once=True, at_last=True,
            patient=(ConcurrencyError,),
        )  # fmt: skip
        self._custody = custody
        self._origin = origin
        self._responding: Responding | None = None
        self._looks = 0

    def look(self) -> Responded:
        """Look after the responses, and keep from time to time, and at last, where it is."""
        self._looks += 1
        self._responding = self._responding or Responding(self._custody, origin=self._origin)
        done = self._responding.look()
        if self.stop.is_set() or self._looks % _SAVE_EVERY == 0:
            self._responding.save()
        return done
