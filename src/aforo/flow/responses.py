"""The responses of a node, as a projection of its log: those that go on, and the last that ended.

Which response a start joins, and what an end leaves going on, follows from the order of the log alone, as with alerts.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import msgspec

from aforo.answers.road_response import RoadResponse, after, began, ended, joined
from aforo.domain.event import Event, Payload
from aforo.domain.instants import with_readable_instants
from aforo.domain.response import (
    RESPONSE_PAYLOADS,
    PeopleSigned,
    ResponseEnded,
    ResponseKind,
    ResponseStarted,
    TheftReported,
)
from aforo.domain.retention import LeafWithheld
from aforo.flow.custody import Custody
from aforo.log.projections import Follower
from aforo.log.stored import StoredEvent

PREFIX = "response/"
#: Ended responses that are kept for lists; all are in the log.
MOST_ENDED = 5_000


class UnknownResponseError(LookupError):
    """The log has no response of this identifier."""


class _Saved(msgspec.Struct, array_like=True):
    open: list[RoadResponse]
    ended: list[RoadResponse]


class ResponseState:
    """The projection; see `aforo.log.projections.Projection`."""

    name = "responses"
    #: The first kept where trucks were.
    version = 2
    types: Sequence[str] = (
        *(each.TYPE for each in RESPONSE_PAYLOADS if each not in (PeopleSigned, TheftReported)),
        LeafWithheld.TYPE,
    )

    def __init__(self) -> None:
        self.open: dict[str, RoadResponse] = {}
        self.ended: dict[str, RoadResponse] = {}
        self._of: dict[tuple[str, ResponseKind], str] = {}

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            self._take(stored.event, stored.payload)

    def find(self, response: str) -> RoadResponse | None:
        """One response; one that joined another is that other."""
        known = self.open.get(response) or self.ended.get(response)
        if known is not None:
            return known
        every = (*self.open.values(), *self.ended.values())
        return next((each for each in every if any(cause.alert == response for cause in each.causes)), None)

    def dump(self) -> bytes:
        """The state: names of staff and services, and no person who was found."""
        return msgspec.msgpack.encode(_Saved(list(self.open.values()), list(self.ended.values())))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = with_readable_instants(msgspec.msgpack.decode(state, type=_Saved))
        self.open, self._of = {}, {}
        for each in saved.open:
            self._keep(each)
        self.ended = {each.response: each for each in saved.ended}

    def _take(self, event: Event, payload: Payload) -> None:
        own = event.stream.removeprefix(PREFIX)
        if isinstance(payload, ResponseStarted):
            known = self._of.get((payload.trip, payload.kind))
            self._keep(began(own, payload) if known is None else joined(self.open[known], payload))
            return
        response = self.open.get(own)
        if response is None:
            return
        if isinstance(payload, ResponseEnded):
            done, left = ended(response, payload, event.actor, event.recorded_at)
            if done is not None:
                self._file(msgspec.structs.replace(done, version=event.version))
            if left is not None:
                self._keep(left if done is not None else msgspec.structs.replace(left, version=event.version))
            return
        changed = after(response, payload, event.actor, event.occurred_at, event.recorded_at)
        self._keep(msgspec.structs.replace(changed, version=event.version))

    def _keep(self, response: RoadResponse) -> None:
        self.open[response.response] = response
        self._of[response.trip, response.kind] = response.response

    def _file(self, response: RoadResponse) -> None:
        del self.open[response.response]
        del self._of[response.trip, response.kind]
        self.ended[response.response] = response
        if len(self.ended) > MOST_ENDED:
            del self.ended[next(iter(self.ended))]


class Responses:
    """The responses of a log, brought up to date whenever they are looked at. Safe to share between threads."""

    def __init__(self, custody: Custody) -> None:
        """`custody` is that of the same log: what responses are about."""
        self.custody, self.log = custody, custody.log
        self._state = ResponseState()
        self._follower = Follower(self.log, self._state)
        self._lock = threading.RLock()

    def open(self) -> list[RoadResponse]:
        """Every response that goes on."""
        with self._lock:
            self._follower.look()
            return list(self._state.open.values())

    def all(self) -> list[RoadResponse]:
        """Every response that goes on, and the last that ended."""
        with self._lock:
            self._follower.look()
            return [*self._state.open.values(), *self._state.ended.values()]

    def find(self, response: str) -> RoadResponse:
        """One response, with what is done about it and not settled yet in the order of the log. Raises
        UnknownResponseError."""
        with self._lock:
            self._follower.look()
            found = self._state.find(response)
        if found is None:
            raise UnknownResponseError(response)
        if found.ended_at is not None:
            return found
        for stored in self.log.stream(PREFIX + found.response):
            event, payload = stored.event, stored.payload
            if event.version <= found.version:
                continue
            if isinstance(payload, ResponseEnded):
                done, left = ended(found, payload, event.actor, event.recorded_at)
                found = done or left or found
            else:
                found = after(found, payload, event.actor, event.occurred_at, event.recorded_at)
            found = msgspec.structs.replace(found, version=event.version)
            if found.ended_at is not None:
                break
        return found

    def save(self) -> None:
        """Keep what is known, so that the next start need not read the log from its beginning."""
        with self._lock:
            self._follower.save()
