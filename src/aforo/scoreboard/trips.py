"""Trips under seal, as the scoreboard counts them: on the local day on which they were discharged, at the bridge of the
crossing that they are for, in its lane and programme, by what is known of it when they are discharged.

What is made of a trip's custody is what the node recorded last (`trip.judged`): its state, and the gravest that a seal
of it was before. A trip is unbroken where both are known and neither is a breach, a doubt or a silence: what is not
known is not counted as continuous. A judgement that comes later counts in the day of the discharge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from aforo.domain.clock import microseconds
from aforo.domain.event import Event, Payload, payload_of
from aforo.domain.trip import CustodyJudged, Discharged, Sealed, TripOpened
from aforo.log.stored import StoredEvent
from aforo.measures.tallies import BIT, Cell
from aforo.scoreboard import marks
from aforo.scoreboard.marks import Counted, Seen
from aforo.scoreboard.places import Places

PREFIX = "trip/"
TYPES: tuple[str, ...] = (TripOpened.TYPE, Sealed.TYPE, CustodyJudged.TYPE, Discharged.TYPE)
#: States of a seal that break nothing: it is closed, was opened where it may be, or was taken off by who may.
SOUND = frozenset({"intact", "open", "unsealed"})
#: Trips that are kept; what is told of others is read back.
MOST = 20_000
_CROSSING = "crossing/"

#: Reads the events of streams back.
Streams = Callable[[Sequence[str]], Mapping[str, Sequence[StoredEvent]]]
#: An event with its position in the log and what it says.
Told = tuple[int, Event, Payload]


class TripSoFar(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """A trip so far. `state` and `before` are those of the last judgement, empty where there is none; `bridge` is empty
    of one that is not discharged, or whose bridge nobody knows."""

    crossing: str = ""
    sealed: bool = False
    state: str = ""
    before: str = ""
    discharged: int = 0
    bridge: str = ""
    lane: str = ""
    programme: str = ""

    def counted(self, places: Places) -> Counted | None:
        """Where it is counted; None of one that is not over, or of no bridge that is known."""
        if not self.discharged or not self.bridge:
            return None
        judged = bool(self.state)
        unbroken = judged and self.state in SOUND and (not self.before or self.before in SOUND)
        true = (("sealed", self.sealed), ("judged", judged), ("unbroken", unbroken))
        marks = sum(BIT[mark] for mark, holds in true if holds)
        day = places.day(self.bridge, self.discharged)
        return Counted(self.bridge, day, Cell(self.lane, self.programme, "", 0, marks))


def after(
    known: TripSoFar, event: Event, payload: Payload, crossing: Callable[[str], Seen], places: Places
) -> TripSoFar:
    """A trip after its next event; `crossing` gives what was known of a crossing just before it."""
    change = msgspec.structs.replace
    if isinstance(payload, TripOpened):
        # What a trip is for is settled when it is over.
        return known if known.discharged else change(known, crossing=payload.crossing)
    if isinstance(payload, Sealed):
        return change(known, sealed=True)
    if isinstance(payload, CustodyJudged):
        return change(known, state=payload.state, before=payload.before)
    if isinstance(payload, Discharged) and not known.discharged:
        at = microseconds(event.occurred_at)
        seen = crossing(known.crossing) if known.crossing else Seen()
        lane, programme = seen.terms
        bridge = seen.placed(places) or ""
        return change(known, discharged=at, bridge=bridge, lane=lane, programme=programme)
    return known


class Trips:
    """The trips that the scoreboard keeps, the last that anything was told of. `streams` reads others back, and the
    crossings that trips are for."""

    def __init__(self, places: Places, streams: Streams, known: Iterable[tuple[str, TripSoFar]] = ()) -> None:
        self.known: dict[str, TripSoFar] = dict(known)
        self._places, self._streams = places, streams
        #: The events of crossings whose trips are over in what is taken in now.
        self._crossings: Mapping[str, Sequence[StoredEvent]] = {}

    def read_back(self, events: Sequence[Told]) -> None:
        """Have in mind what trips were before their next events, and the crossings of those that end in them."""
        first: dict[str, int] = {}
        for _, event, _ in events:
            if event.stream.removeprefix(PREFIX) not in self.known:
                first.setdefault(event.stream, event.version)
        older = [stream for stream, version in first.items() if version > 1]
        found = self._streams(older) if older else {}
        before: list[Told] = [
            (stored.position, event, stored.payload)
            for stream in older
            for stored in found.get(stream, ())
            for event in (stored.event,)
            if event.version < first[stream] and event.type in TYPES
        ]
        self._crossings = self._crossings_of([*before, *events])
        for told in before:
            self.take(*told)

    def take(self, position: int, event: Event, payload: Payload) -> tuple[Counted | None, Counted | None]:
        """Take in the next event; where its trip was counted before it, and where it is now."""
        trip = event.stream.removeprefix(PREFIX)
        # What was told of last is kept longest.
        known = self.known.pop(trip, None) or TripSoFar()

        def crossing(name: str) -> Seen:
            return self._just_before(name, position)

        now = self.known[trip] = after(known, event, payload, crossing, self._places)
        return known.counted(self._places), now.counted(self._places)

    def let_go(self) -> None:
        """Keep no more than MOST."""
        self._crossings = {}
        while len(self.known) > MOST:
            del self.known[next(iter(self.known))]

    def _crossings_of(self, events: Sequence[Told]) -> Mapping[str, Sequence[StoredEvent]]:
        """The streams of the crossings that trips are for which are discharged in these events."""
        named: dict[str, set[str]] = {}
        wanted: set[str] = set()
        for _, event, payload in events:
            trip = event.stream.removeprefix(PREFIX)
            own = named.setdefault(trip, {self.known[trip].crossing} if trip in self.known else set())
            if isinstance(payload, TripOpened):
                own.add(payload.crossing)
            elif isinstance(payload, Discharged):
                wanted |= own
        streams = [_CROSSING + crossing for crossing in sorted(wanted) if crossing]
        return self._streams(streams) if streams else {}

    def _just_before(self, crossing: str, position: int) -> Seen:
        """A crossing by its events before a position of the log."""
        seen = Seen()
        for stored in self._crossings.get(_CROSSING + crossing, ()):
            if stored.position >= position:
                break
            if (event := stored.event).type in marks.TYPES:
                seen.after(stored.position, event, payload_of(event.type, event.schema, event.data))
        return seen
