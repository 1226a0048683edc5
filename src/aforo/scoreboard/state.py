"""The scoreboard's projection of the log: crossings counted by their marks and times by whole minutes, by bridge and
local day; incidents; responses on the road; what was published.

Crossings: each event gives what is true of its crossing before and after it, and the crossing is taken from one cell
and put into another. So late words and corrections count in the day that they are about, whenever they come, and what
is kept does not grow with the crossings. What a crossing was before is remembered for those of late, and else read
back from its stream.

Times: readings are kept until a day is settled, a day after it ended by the clock that recorded the events; then the
day is counted and what came too late is counted as late. A day that is not settled is counted when it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from aforo.domain.bridge import GateReads, ReadPlace, WaitsPublished
from aforo.domain.clock import microseconds
from aforo.domain.event import Event, Payload, payload_of
from aforo.domain.incident import INCIDENT_PAYLOADS
from aforo.domain.instants import with_readable_instants
from aforo.domain.retention import LeafWithheld
from aforo.domain.scanner import Scanned, ScannerReported
from aforo.domain.scoreboard import ScoreboardPublished
from aforo.fleet.contract import Contract
from aforo.log.stored import StoredEvent
from aforo.ports.reads import LONGEST, Reads, of_block, packed, together, unpacked
from aforo.scoreboard import marks, responses, trips
from aforo.scoreboard.day import Day, Feed, put
from aforo.scoreboard.incidents import MOST, PREFIX, KnownIncident, after
from aforo.scoreboard.marks import Counted, Seen
from aforo.scoreboard.places import DAY_US, QUARTER_HOUR, Places
from aforo.scoreboard.responses import ResponseTimes, TimedResponse
from aforo.scoreboard.scanners import ScannersSoFar
from aforo.scoreboard.times import Readable, Times, readable_of, times_of
from aforo.scoreboard.trips import Streams, Trips, TripSoFar

#: Local days that are kept of each bridge; what was published of earlier ones stays.
DAYS = 120
#: How long after a day has ended it is settled.
SETTLES = DAY_US
#: Publications that are kept: two years of weeks, and their quarters.
MOST_PUBLISHED = 120
_MOST_SEEN = 50_000
_CROSSING, _PORT, _SCANNER = "crossing/", "port/", "scanner/"
#: Events that cannot follow an earlier one of the same crossing.
_FIRST = 1


class Publication(msgspec.Struct, frozen=True, array_like=True):
    """What was published of a period, when (microseconds since 1970), and which revision of it."""

    at: int
    revision: int
    told: ScoreboardPublished


class _Saved(msgspec.Struct, array_like=True):
    days: dict[str, dict[int, list[object]]]
    settled: dict[str, int]
    reads: list[tuple[str, ReadPlace, list[bytes]]]
    readers: list[str]
    incidents: list[KnownIncident]
    published: dict[str, list[Publication]]
    unplaced: int
    heard: int
    since: int
    responses: list[TimedResponse] = []
    trips: list[tuple[str, TripSoFar]] = []
    scanners: tuple[bytes, list[str], list[tuple[str, bytes]]] | None = None


class BoardState:
    """The projection; see `aforo.log.projections.Projection`. `streams` reads the events of crossings back."""

    #: The second knew neither trips under seal, scanners, releases and published waits, nor who examined jointly.
    version = 3
    types: Sequence[str] = (
        *marks.TYPES, GateReads.TYPE, *(each.TYPE for each in INCIDENT_PAYLOADS), ScoreboardPublished.TYPE,
        *responses.TYPES, *trips.TYPES, ScannerReported.TYPE, Scanned.TYPE, WaitsPublished.TYPE, LeafWithheld.TYPE,
    )  # fmt: skip

    def __init__(self, places: Places, streams: Streams) -> None:
        self.name = f"scoreboard/{places.mark}"
        self.places = places
        #: What service is agreed of scanners, as whoever asks for figures knows it; no part of the state.
        self.contracts: Sequence[Contract] = ()
        self.days: dict[str, dict[int, Day]] = {}
        self.incidents: dict[str, KnownIncident] = {}
        self.responses = ResponseTimes()
        self.published: dict[str, list[Publication]] = {}
        self.scanners = ScannersSoFar()
        #: Crossings that came to primary at a bridge which nobody knows.
        self.unplaced = 0
        #: Up to when the record was heard (microseconds since 1970, by the clock that recorded it), and since when.
        self.heard = self.since = 0
        self._settled: dict[str, int] = {}
        self._reads: dict[tuple[str, ReadPlace], list[Reads]] = {}
        self._readers: dict[str, int] = {}
        #: The times of days that are not settled, as they were told since the bridge was read last.
        self._so_far: dict[tuple[str, int], tuple[Times, Times]] = {}
        self._read_so_far: dict[tuple[str, int], dict[ReadPlace, Readable]] = {}
        self._streams = streams
        self._seen: dict[str, Seen] = {}
        self._trips = Trips(places, streams)

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        read = [(stored.position, event, payload_of(event.type, event.schema, event.data))
                for stored in events for event in (stored.event,)]  # fmt: skip
        self._read_back([event for _, event, _ in read if event.stream.startswith(_CROSSING)])
        self._trips.read_back([each for each in read if each[1].stream.startswith(trips.PREFIX)])
        for (position, event, payload), stored in zip(read, events, strict=True):
            self._hear(microseconds(event.recorded_at))
            if event.stream.startswith(_CROSSING):
                self._crossing(position, event, payload)
            elif event.stream.startswith(trips.PREFIX):
                self._trip(position, event, payload)
            elif isinstance(payload, GateReads):
                self._gate(position, payload)
            elif isinstance(payload, ScoreboardPublished):
                self.published.setdefault(payload.period, []).append(
                    Publication(microseconds(event.recorded_at), event.version, payload)
                )
                while len(self.published) > MOST_PUBLISHED:
                    del self.published[next(iter(self.published))]
            elif event.stream.startswith(PREFIX):
                self._incident(event, payload)
            elif event.stream.startswith(responses.PREFIX):
                self.responses.take(event, payload)
            elif isinstance(payload, ScannerReported):
                self.scanners.reported(stored)
            elif isinstance(payload, Scanned):
                self.scanners.scanned(event.stream.removeprefix(_SCANNER), payload)
            elif isinstance(payload, WaitsPublished):
                self._waits(event, payload)
        while len(self._seen) > _MOST_SEEN:
            del self._seen[next(iter(self._seen))]
        self._trips.let_go()

    def times(self, bridge: str, day: int) -> tuple[Times, Times]:
        """Waits and crossing times of a local day, settled or as they are so far."""
        own = self.days.get(bridge, {}).get(day)
        if own is not None and own.waits is not None and own.crossings is not None:
            return own.waits, own.crossings
        if day <= self._settled.get(bridge, -1):
            return Times(missing="no_reads"), Times(missing="no_reads")
        known = self._so_far.get((bridge, day))
        if known is None:
            known = self._so_far[bridge, day] = times_of(self._places_of(bridge), *self.places.bounds(bridge, day))
        return known

    def readable(self, bridge: str, day: int) -> dict[ReadPlace, Readable]:
        """By place of a reader the trucks of a local day that could be read, settled or as they are so far."""
        own = self.days.get(bridge, {}).get(day)
        if own is not None and own.readable is not None:
            return own.readable
        if day <= self._settled.get(bridge, -1):
            return {}
        if (bridge, day) not in self._read_so_far:
            told = readable_of(self._places_of(bridge), *self.places.bounds(bridge, day))
            self._read_so_far[bridge, day] = told
        return self._read_so_far[bridge, day]

    def keeps(self, bridge: str, day: int) -> bool:
        """Whether a local day is none of those that are kept no more."""
        return day > self.places.day(bridge, self.heard) - DAYS

    def settled(self, bridge: str, day: int, now: int) -> bool:
        """Whether a local day is over for good at `now`, but for late words on its crossings."""
        return self.places.bounds(bridge, day)[1] + SETTLES <= now

    def dump(self) -> bytes:
        """The state: hashes, and no person in clear."""
        days = {bridge: {day: each.told() for day, each in own.items()} for bridge, own in self.days.items()}
        reads = [(bridge, place, packed(together(parts))) for (bridge, place), parts in self._reads.items()]
        return msgspec.msgpack.encode(
            _Saved(
                days, self._settled, reads, list(self._readers), list(self.incidents.values()), self.published,
                self.unplaced, self.heard, self.since, list(self.responses.known.values()),
                list(self._trips.known.items()), self.scanners.saved(),
            )
        )  # fmt: skip

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = with_readable_instants(msgspec.msgpack.decode(state, type=_Saved))
        self.days = {
            bridge: {day: Day.of(told) for day, told in own.items()} for bridge, own in saved.days.items()
        }  # fmt: skip
        self._settled, self.published, self.unplaced = saved.settled, saved.published, saved.unplaced
        self.heard, self.since = saved.heard, saved.since
        self._reads = {(bridge, place): [unpacked(columns)] for bridge, place, columns in saved.reads}
        self._readers = {reader: number for number, reader in enumerate(saved.readers)}
        self.incidents = {each.incident: each for each in saved.incidents}
        self.responses = ResponseTimes(saved.responses)
        self._trips = Trips(self.places, self._streams, saved.trips)
        self.scanners = ScannersSoFar() if saved.scanners is None else ScannersSoFar.of(*saved.scanners)
        self._seen, self._so_far, self._read_so_far = {}, {}, {}

    def _read_back(self, events: Sequence[Event]) -> None:
        """Have in mind what crossings were before their next events."""
        first: dict[str, int] = {}
        for event in events:
            if event.stream not in self._seen:
                first.setdefault(event.stream, event.version)
        older = [stream for stream, version in first.items() if version > _FIRST]
        found = self._streams(older) if older else {}
        for stream, version in first.items():
            seen = self._seen[stream] = Seen()
            for stored in found.get(stream, ()):
                event = stored.event
                if event.version >= version:
                    break
                if event.type in marks.TYPES:
                    seen.after(stored.position, event, payload_of(event.type, event.schema, event.data))

    def _trip(self, position: int, event: Event, payload: Payload) -> None:
        before, now = self._trips.take(position, event, payload)
        if before != now:
            for counted, number in ((before, -1), (now, 1)):
                if counted is not None and (day := self._day(counted.bridge, counted.day)) is not None:
                    put(day.trips, counted.cell, number)

    def _waits(self, event: Event, payload: WaitsPublished) -> None:
        bridge, at = event.stream.removeprefix(_PORT), microseconds(event.occurred_at)
        if bridge not in self.places.zones:
            return
        day = self._day(bridge, self.places.day(bridge, at))
        if day is None:
            return
        feed = day.feeds.setdefault(payload.source, Feed())
        feed.last = max(feed.last, at)
        for each in payload.waits:
            if each.minutes is not None:
                put(feed.minutes.setdefault(each.lane, {}), each.minutes, 1)

    def _crossing(self, position: int, event: Event, payload: Payload) -> None:
        seen = self._seen[event.stream]
        before, took, unplaced = seen.before or (seen.counted(self.places), seen.timed(self.places), seen.unplaced)
        seen.after(position, event, payload)
        now, takes = seen.counted(self.places), seen.timed(self.places)
        seen.before = now, takes, seen.unplaced
        if took != takes:
            for each, number in (*((each, -1) for each in took), *((each, 1) for each in takes)):
                if (day := self._day(each.bridge, each.day)) is not None:
                    put(day.held, (each.lane, each.programme, *each.taken), number)
        self.unplaced += (now is None and seen.unplaced) - (before is None and unplaced)
        if before == now:
            return
        if before is not None:
            self._put(before, -1)
        if now is not None:
            self._put(now, 1)
            if before is None or (before.bridge, before.day) != (now.bridge, now.day):
                self._came(now, seen.position)

    def _put(self, counted: Counted, number: int) -> None:
        day = self._day(counted.bridge, counted.day)
        if day is None:
            return
        put(day.cells, counted.cell, number)

    def _came(self, counted: Counted, position: int) -> None:
        day = self._day(counted.bridge, counted.day)
        if day is not None:
            day.first, day.last = min(day.first or position, position), max(day.last, position)

    def _day(self, bridge: str, day: int) -> Day | None:
        """What is kept of a local day; None of one that is kept no more."""
        if not self.keeps(bridge, day):
            return None
        return self.days.setdefault(bridge, {}).setdefault(day, Day())

    def _gate(self, position: int, block: GateReads) -> None:
        if block.bridge not in self.places.zones:
            return
        reads = of_block(block, self._readers.setdefault(block.reader, len(self._readers)))
        if not len(reads):
            return
        parts = self._reads.setdefault((block.bridge, block.place), [])
        parts.append(reads)
        self._forget(block.bridge)
        if len(parts) > 64:
            parts[:] = [together(parts)]
        until = self._settled.get(block.bridge, -1)
        first, last = (self.places.day(block.bridge, int(reads.at[end])) for end in (0, -1))
        for day in range(max(first, last - 2), last + 1):
            own = self._day(block.bridge, day)
            if own is None:
                continue
            own.blocks += 1
            own.first_block = min(own.first_block or position, position)
            own.last_block = max(own.last_block, position)
            if day <= until:
                begins, ends = self.places.bounds(block.bridge, day)
                own.late += int(((reads.at >= begins) & (reads.at < ends)).sum())

    def _incident(self, event: Event, payload: Payload) -> None:
        own = event.stream.removeprefix(PREFIX)
        known = after(self.incidents.get(own), event, payload)
        if known is None:
            return
        self.incidents[own] = known
        if len(self.incidents) > MOST:
            over = [each for each in self.incidents.values() if each.state != "open"] or list(self.incidents.values())
            del self.incidents[min(over, key=lambda each: (each.started, each.incident)).incident]

    def _hear(self, at: int) -> None:
        """Settle the days that have been over for long enough by the clock of the record."""
        before, self.heard = self.heard, max(self.heard, at)
        self.since = self.since or at
        if before // QUARTER_HOUR == self.heard // QUARTER_HOUR:
            return
        for bridge in {bridge for bridge, _ in self._reads}:
            last = self.places.day(bridge, self.heard - SETTLES) - 1
            if last > self._settled.get(bridge, -1):
                self._settle(bridge, last)
        if before // DAY_US != self.heard // DAY_US:
            self.responses.forget(responses.oldest(self.heard, DAYS))
            # Days begin at another instant in every zone: one day more is kept than any asks for.
            self.scanners.forget(responses.oldest(self.heard, DAYS + 1))
            for bridge, own in self.days.items():
                oldest = self.places.day(bridge, self.heard) - DAYS
                for day in [day for day in own if day <= oldest]:
                    del own[day]

    def _settle(self, bridge: str, last: int) -> None:
        """Count the times of all days up to `last`, and forget the readings that no later day needs."""
        self._forget(bridge)
        places = self._places_of(bridge)
        ended = np.concatenate([reads.at for reads in places.values()])
        before = self._settled.get(bridge, -1)
        for day in _days_of(self.places, bridge, ended):
            if before < day <= last and (own := self._day(bridge, day)) is not None:
                bounds = self.places.bounds(bridge, day)
                own.waits, own.crossings = times_of(places, *bounds)
                own.readable = readable_of(places, *bounds)
        self._settled[bridge] = last
        needed = self.places.bounds(bridge, last)[1] - LONGEST
        for place, reads in places.items():
            self._reads[bridge, place] = [reads.where(reads.at >= needed)]

    def _forget(self, bridge: str) -> None:
        """What was told of a bridge's days so far is no more so."""
        for told in (self._so_far, self._read_so_far):
            for key in [key for key in told if key[0] == bridge]:
                del told[key]

    def _places_of(self, bridge: str) -> dict[ReadPlace, Reads]:
        """The readings that are kept of a bridge, put in order."""
        found: dict[ReadPlace, Reads] = {}
        for (name, place), parts in self._reads.items():
            if name == bridge:
                parts[:] = [together(parts)]
                found[place] = parts[0]
        return found


def _days_of(places: Places, bridge: str, at: np.ndarray) -> list[int]:
    """The local days of instants, in order."""
    quarters = np.unique(at // QUARTER_HOUR) * QUARTER_HOUR
    return sorted({places.day(bridge, each) for each in quarters.tolist()})
