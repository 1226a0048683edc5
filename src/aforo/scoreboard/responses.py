"""Responses on the road, as the scoreboard times them: from the alert until somebody owned the response, reached
somebody, stood at the truck.

A response belongs to the local day on which its alert was raised, of the first bridge of the node by name: it lies on a
road, and at no bridge. What joins a response that goes on is no response of its own (see `aforo.domain.response`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from aforo.domain.clock import microseconds
from aforo.domain.event import Event, Payload
from aforo.domain.response import (
    ResponseArrived,
    ResponseContacted,
    ResponseEnded,
    ResponseOwned,
    ResponseStarted,
    Stage,
)
from aforo.domain.units import Float64Array
from aforo.measures.definition import Span
from aforo.measures.estimates import Quantity
from aforo.scoreboard.places import DAY_US, Places

PREFIX = "response/"
TYPES: tuple[str, ...] = tuple(
    each.TYPE for each in (ResponseStarted, ResponseOwned, ResponseContacted, ResponseArrived, ResponseEnded)
)
#: Which stage ends which time.
STAGE_OF: dict[Span, Stage] = {"response_own": "own", "response_contact": "contact", "response_scene": "scene"}
#: What is told of such times: how far they spread is the 95th percentile alone.
SHOWN: frozenset[Quantity] = frozenset({"mean", "p50", "p95"})
#: Responses that are kept, the last ones.
MOST = 20_000


class TimedResponse(msgspec.Struct, frozen=True, array_like=True):
    """A response: when its alert was raised and each stage was reached first, in microseconds since 1970, 0 where it
    was not; its causes, by when they were raised."""

    response: str
    of: str
    causes: tuple[tuple[str, int], ...]
    own: int = 0
    contact: int = 0
    scene: int = 0
    ended: int = 0

    @property
    def raised(self) -> int:
        return self.causes[0][1]

    def took(self, stage: Stage) -> float | None:
        """The minutes until a stage; None where it was not reached."""
        reached = {"own": self.own, "contact": self.contact, "scene": self.scene}[stage]
        return max(0, reached - self.raised) / 60_000_000 if reached else None


class ResponseTimes:
    """The responses that the scoreboard keeps, by their identifiers."""

    def __init__(self, known: Iterable[TimedResponse] = ()) -> None:
        self.known: dict[str, TimedResponse] = {each.response: each for each in known}
        self._of: dict[str, str] = {each.of: each.response for each in self.known.values() if not each.ended}

    def take(self, event: Event, payload: Payload) -> None:
        """Take in the next event of a response."""
        own = event.stream.removeprefix(PREFIX)
        if isinstance(payload, ResponseStarted):
            of, cause = f"{payload.kind} {payload.trip}", (own, microseconds(payload.raised_at))
            going = self.known.get(self._of.get(of, ""))
            if going is not None:
                self._keep(msgspec.structs.replace(going, causes=(*going.causes, cause)))
            else:
                self._keep(TimedResponse(own, of, (cause,)))
            return
        each = self.known.get(own)
        if each is None or each.ended:
            return
        change = msgspec.structs.replace
        if isinstance(payload, ResponseOwned):
            self._keep(change(each, own=each.own or microseconds(event.occurred_at)))
        elif isinstance(payload, ResponseContacted) and payload.outcome == "reached":
            self._keep(change(each, contact=each.contact or microseconds(event.recorded_at)))
        elif isinstance(payload, ResponseArrived):
            self._keep(change(each, scene=each.scene or microseconds(event.occurred_at)))
        elif isinstance(payload, ResponseEnded):
            self._end(each, payload.causes, microseconds(event.recorded_at))

    def on(self, places: Places, days: Sequence[int]) -> list[TimedResponse]:
        """Those whose alert was raised on some local days."""
        bridge = min(places.zones)
        since, until = places.bounds(bridge, days[0])[0], places.bounds(bridge, days[-1])[1]
        return [each for each in self.known.values() if since <= each.raised < until]

    def forget(self, before: int) -> None:
        """Keep no more those that were raised before an instant."""
        for each in [each for each in self.known.values() if each.raised < before]:
            self._drop(each)

    def _end(self, each: TimedResponse, seen: int, at: int) -> None:
        if not seen:
            return
        unseen = each.causes[seen:]
        self.known[each.response] = msgspec.structs.replace(each, causes=each.causes[:seen], ended=at)
        self._of.pop(each.of, None)
        if unseen:
            self._keep(TimedResponse(unseen[0][0], each.of, unseen))

    def _keep(self, each: TimedResponse) -> None:
        self.known[each.response] = each
        self._of[each.of] = each.response
        if len(self.known) > MOST:
            self._drop(next(iter(self.known.values())))

    def _drop(self, each: TimedResponse) -> None:
        del self.known[each.response]
        if self._of.get(each.of) == each.response:
            del self._of[each.of]


def reached_in(responses: Iterable[TimedResponse], stage: Stage) -> tuple[Float64Array, int]:
    """The whole minutes until a stage, in ascending order, as the times of trucks are counted; and of how many there
    are none."""
    took = [each.took(stage) for each in responses]
    reached = np.sort(np.floor(np.array([each for each in took if each is not None], np.float64) + 0.5))
    return reached, len(took) - len(reached)


def oldest(heard: int, days: int) -> int:
    """The instant before which nothing is kept, where so many days are."""
    return heard - days * DAY_US
