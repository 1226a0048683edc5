"""The room's projection of the log: devices, trips that are not over, which device seals which of them, the trips of a
crossing, and where in the log it is said what was heard on the roads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from aforo.custody import device, trip
from aforo.custody.borne import Borne
from aforo.custody.columns import Dump, Rest, at_once, joined_of, parts_of
from aforo.custody.device import KnownDevice
from aforo.custody.live import CHAIN, LATER, Ground, Live
from aforo.custody.live_blocks import YEAR, Came, came_of, earliest_before
from aforo.custody.stated_roads import StatedRoads
from aforo.custody.together import Together
from aforo.custody.told_late import ToldLate
from aforo.custody.trip import KnownTrip
from aforo.domain.clock import microseconds
from aforo.domain.device import DEVICE_PAYLOADS, BlockReceived, DeviceBound, DeviceRegistered
from aforo.domain.event import Event, Payload, payload_of
from aforo.domain.retention import LeavesErased
from aforo.domain.trip import Covered, CustodyJudged, Discharged, Sealed, SealRead, TripCaused, TripOpened, Unsealed
from aforo.log.stored import StoredEvent

_S = 1_000_000
#: States that hold whatever is heard of a seal from now on, if that is as expected; without any a trip is intact.
_SETTLED = ("intact", "unsealed", "broken", "suspect")
#: Discharged trips that are kept, the last ones; all are in the log.
MOST_OVER = 10_000
ROAD = "road/"


class _Saved(msgspec.Struct, array_like=True):
    """Devices and trips in parts, since the interpreter stands still while one is encoded."""

    devices: list[bytes]
    trips: list[bytes]
    over: list[bytes]
    roads: StatedRoads
    touched: list[str]
    documents: str
    live: bytes
    later: list[str] = []
    late: dict[str, int] = {}
    together: list[list[str]] = []
    late_by_day: dict[int, dict[str, int]] | None = None


class _Head(msgspec.Struct):
    """What is read of every event, before it is known what it says."""

    type: str
    schema: int
    stream: str
    version: int
    recorded_at: datetime
    data: msgspec.Raw


class _Block(msgspec.Struct):
    """What is read of a block, where only its times are asked for."""

    first: int
    last: int


_HEAD, _BLOCK = msgspec.json.Decoder(_Head), msgspec.json.Decoder(_Block)
_BLOCK_RECEIVED = msgspec.json.Decoder(BlockReceived)


class CustodyState:
    """The projection; see `aforo.log.projections.Projection`.

    With `live` it also looks at what blocks say: then a trip is touched by what is not as expected. Without, by each.
    """

    name = "custody"
    #: The first four did not know for which crossing an authority vouched for a trip; the fifth was not compressed; the
    #: sixth did not know until when a key is believed; the seventh forgot who of a convoy had arrived, and did not know
    #: what a seal was put on for, the grade of a fix, and until when a device was on a load before.
    version = 8
    types: Sequence[str] = (
        *(each.TYPE for each in DEVICE_PAYLOADS),
        *(
            each.TYPE
            for each in (TripOpened, Sealed, Unsealed, SealRead, Discharged, CustodyJudged, TripCaused, Covered)
        ),
        LeavesErased.TYPE,
    )

    def __init__(self, live: Live | None = None) -> None:
        self._live = live
        self.devices: dict[str, KnownDevice] = {}
        #: Trips that are not discharged.
        self.trips: dict[str, KnownTrip] = {}
        #: The last that were.
        self.over: dict[str, KnownTrip] = {}
        #: Trips of which something was heard since `touched` was emptied, in the order in which it was.
        self.touched: dict[str, None] = {}
        #: Trips of which nobody waits to hear: a seal was heard first, and as expected; other documents are in force.
        self.later: dict[str, None] = {}
        #: Devices that told more of loads which they are on no more.
        self.late = ToldLate.unasked()
        #: Trips that somebody took up to look at them, and did not settle: whoever loads this looks at them again.
        self.taken_up: dict[str, None] = {}
        self._documents = ""
        self._sealing: dict[str, str] = {}
        self._of_crossing: dict[str, dict[str, None]] = {}
        #: Trips that are not over: by the corridors that they name or named, and those that are silent.
        self._of_corridor: dict[str, dict[str, None]] = {}
        self._silent: dict[str, None] = {}
        self.together = Together()
        self.roads = StatedRoads()
        #: Trips by what a gate reads of their seals: those that are not over, and the last that were.
        self.borne = Borne()

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        came: list[Came] = []
        for stored in events:
            head = _HEAD.decode(stored.body)
            if (head.type, head.schema) == (BlockReceived.TYPE, BlockReceived.SCHEMA):
                if (block := self._heard(head)) is not None:
                    came.append(block)
                continue
            # Blocks are held against what was sealed and promised when they came.
            self._look_at(came)
            came = []
            event = stored.event
            self._take(event, payload_of(event.type, event.schema, event.data))
        self._look_at(came)
        if events:
            self.late.passed(microseconds(head.recorded_at))

    def put(self, ground: Ground) -> None:
        """Hold positions against this from now on. Where it is of other documents than what was known until now, which
        may have been saved long ago, all trips that are not over are to be looked at, in time: what comes from now on
        is held against the new ones at once."""
        if self._live is not None:
            for corridor in self._live.put(ground):
                sealing = [each.device for known in self.on_corridor(corridor) for each in known.standing]
                self._live.goes_along(sealing, corridor)
        if ground.documents != self._documents:
            if self._live is not None:
                self._live.look_anew()
            self._documents = ground.documents
            self.later |= dict.fromkeys(self.trips)

    def touch(self, trips: Iterable[str]) -> None:
        """These trips are to be looked at."""
        self.touched |= dict.fromkeys(trips)

    def trip_of(self, device: str) -> KnownTrip | None:
        """The trip that a device seals; None where it seals none."""
        return self.trips.get(self._sealing.get(device, ""))

    def trip(self, trip: str) -> KnownTrip | None:
        """A trip that is not over, or was lately; None where there is none."""
        return self.trips.get(trip) or self.over.get(trip)

    def of_crossing(self, crossing: str) -> list[KnownTrip]:
        """Trips that are for a crossing, and not over, or only lately."""
        return [found for each in self._of_crossing.get(crossing, ()) if (found := self.trip(each)) is not None]

    def on_corridor(self, corridor: str) -> list[KnownTrip]:
        """Trips that are not over and name a corridor."""
        named = (self.trips.get(each) for each in self._of_corridor.get(corridor, ()))
        return [each for each in named if each is not None and each.opened.corridor == corridor]

    def in_convoy(self, carrier: str, convoy: str) -> list[KnownTrip]:
        """Trips of a carrier that set out together, those that are over too; none without a convoy."""
        named = (self.trip(each) for each in self.together.of(carrier, convoy))
        return [each for each in named if each is not None]

    def every_trip(self) -> Iterator[KnownTrip]:
        """Trips that are not over, then those that were lately; of each the last first."""
        yield from reversed(self.trips.values())
        yield from reversed(self.over.values())

    def _take(self, event: Event, payload: Payload) -> None:
        if event.stream.startswith(device.PREFIX):
            own = event.stream.removeprefix(device.PREFIX)
            if (found := device.after(self.devices.get(own), event, payload)) is not None:
                self.devices[own] = found
            sealed = self.trip_of(own)
            # A seal is held to what was promised when it was bound.
            if isinstance(payload, DeviceBound) or (isinstance(payload, DeviceRegistered) and sealed is None):
                self._promised(self.devices.get(own))
            if sealed is not None:
                self.touched[sealed.trip] = None
            return
        if isinstance(payload, LeavesErased):
            for erased in payload.versions:
                if (gone := trip.named_in(erased.stream)) is not None:
                    self._forget(gone)
                elif erased.stream.startswith(device.PREFIX):
                    self._forget_place(erased.stream.removeprefix(device.PREFIX), microseconds(event.occurred_at))
            return
        if isinstance(payload, Covered):
            self.roads.keep(event.stream, event.version, payload)
            # What a silence is may be another thing now.
            self.touched |= dict.fromkeys(each.trip for each in self.on_corridor(event.stream.removeprefix(ROAD)))
            self.touched |= self._silent
            return
        if (named := trip.named_in(event.stream)) is None:
            return
        own = named
        before = self.trips.get(own) or self.over.pop(own, None)
        now = trip.after(before, event, payload)
        if now is None:
            return
        if not isinstance(payload, CustodyJudged | TripCaused):
            self.touched[own] = None
        if before is not None and before.opened.crossing != now.opened.crossing:
            self._of_crossing.get(before.opened.crossing, {}).pop(own, None)
        if before is not None and before.opened.corridor != now.opened.corridor:
            self._of_corridor.get(before.opened.corridor, {}).pop(own, None)
        self._bind(now)
        if isinstance(payload, Sealed):
            self.borne.add(now)
        if now.discharged is None:
            self.trips[own] = now
            return
        self.trips.pop(own, None)
        self.over[own] = now
        self._let_go()

    def _let_go(self) -> None:
        """Keep no more than the last trips that are over, and those that set out with one that is not."""
        for _ in range(2):  # what is kept beyond the bound is less with each trip that is over
            if len(self.over) <= MOST_OVER:
                return
            oldest = self.over.pop(next(iter(self.over)))
            if self.together.goes_on(oldest.trip):
                self.over[oldest.trip] = oldest
                continue
            self.together.forget(oldest.trip)
            # Who reads the log from its beginning is not told of every trip that ever was.
            if oldest.trip not in self.taken_up:
                self.touched.pop(oldest.trip, None)
            self._of_crossing.get(oldest.opened.crossing, {}).pop(oldest.trip, None)
            self.borne.drop(oldest)

    def _forget(self, own: str) -> None:
        """A trip whose words were erased is none any more."""
        for each in (self.touched, self.later, self.taken_up):
            each.pop(own, None)
        gone = self.trips.pop(own, None) or self.over.pop(own, None)
        if gone is None:
            return
        self._of_crossing.get(gone.opened.crossing, {}).pop(own, None)
        self._of_corridor.get(gone.opened.corridor, {}).pop(own, None)
        self.together.drop(own)
        self._silent.pop(own, None)
        self.borne.drop(gone)
        for seal in gone.standing:
            if self._sealing.get(seal.device) == own:
                del self._sealing[seal.device]

    def _forget_place(self, own: str, at: int) -> None:
        """Where a device was heard last is not known any more, as what it said is erased: of one that was heard within
        a year that was not the last, since no policy erases sooner."""
        known = self.devices.get(own)
        if self._live is not None and known is not None and known.heard < at - YEAR:
            self._live.forget(own)

    def _promised(self, known: KnownDevice | None) -> None:
        if self._live is not None and known is not None:
            tolerance = known.tolerance_s * _S
            owed = known.owed if known.device in self._sealing else 0
            self._live.registered(known.device, (owed or known.promise_s * _S + tolerance) - tolerance, tolerance)

    def _heard(self, head: _Head) -> Came | None:
        """Take in a block; what is to be looked at of it, if that is asked for."""
        own = head.stream.removeprefix(device.PREFIX)
        known, arrived = self.devices.get(own), microseconds(head.recorded_at)
        if known is None:
            return None
        said: _Block | BlockReceived
        if self._live is None:
            said, block = _BLOCK.decode(head.data), None
        else:
            said = _BLOCK_RECEIVED.decode(head.data)
            block = came_of(own, said, arrived)
        self.devices[own] = device.heard(known, said.last, arrived, head.version)
        if said.first < known.off or arrived < known.off:
            told = block or came_of(own, _BLOCK_RECEIVED.decode(head.data), arrived)
            if told is not None and (earliest := earliest_before(told, known.off)) is not None:
                self.late.spoke(own, earliest, arrived)
        if block is None and (sealed := self.trip_of(own)) is not None:
            self.touched[sealed.trip] = None
        return block

    def _look_at(self, came: Sequence[Came]) -> None:
        if self._live is None or not came:
            return
        unexpected = self._live.take(came)
        for each in came:
            why = unexpected.get(each.device, 0)
            # A block that contradicts one of a load before, or shows that its end never came, may be of later itself.
            # What two gateways sign in turn never goes on from the one before, and says nothing of that.
            if why & CHAIN and each.signer == each.device and (off := self.devices[each.device].off):
                self.late.spoke(each.device, off, each.arrived)
            sealed = self.trip_of(each.device)
            if sealed is None:
                continue
            # Silence is over when the seal is heard, and an opening when it is closed.
            # How far trucks of a convoy are apart shows in the readings of both.
            if why & ~LATER or not _holds(sealed) or sealed.opened.convoy:
                self.touched[sealed.trip] = None
            elif why:
                self.later[sealed.trip] = None

    def _bind(self, now: KnownTrip) -> None:
        """What seals the trip, what sealed it and does so no more, the crossing that it is for, and its corridor."""
        if now.opened.crossing:
            self._of_crossing.setdefault(now.opened.crossing, {})[now.trip] = None
        goes_on = now.discharged is None
        if goes_on and now.opened.corridor:
            self._of_corridor.setdefault(now.opened.corridor, {})[now.trip] = None
        elif not goes_on:
            self._of_corridor.get(now.opened.corridor, {}).pop(now.trip, None)
        self.together.keep(now)
        if goes_on and now.judged is not None and now.judged.state == "silent":
            self._silent[now.trip] = None
        else:
            self._silent.pop(now.trip, None)
        standing = {each.device: each for each in now.standing}
        for each in now.seals:
            if each.device in standing:
                self._sealing[each.device] = now.trip
                if self._live is not None:
                    self._live.sealed(each.device, standing[each.device].since, now.opened.corridor)
            elif self._sealing.get(each.device) == now.trip:
                del self._sealing[each.device]
                if (known := self.devices.get(each.device)) is not None:
                    self.devices[each.device] = msgspec.structs.replace(known, off=max(known.off, each.until))
                if self._live is not None:
                    self._live.unsealed(each.device)

    def dump(self) -> bytes:
        """The state; persons are in it under their keys alone."""
        return self.snapshot()(at_once)

    def snapshot(self) -> Dump:
        """What dumps the state as it is now, whatever becomes of it meanwhile: to be called once, by any thread."""
        kept = [list(each.values()) for each in (self.devices, self.trips, self.over)]
        roads = self.roads.copied()
        touched, later = list(self.taken_up | self.touched), list(self.later)
        late, late_by_day = self.late.every()
        documents, together = self._documents, self.together.every()
        live = None if self._live is None else self._live.snapshot()

        def dumped(rest: Rest) -> bytes:
            devices, trips, over = (parts_of(each, rest) for each in kept)
            said = b"" if live is None else live(rest)
            return msgspec.msgpack.encode(
                _Saved(devices, trips, over, roads, touched, documents, said, later, late, together, late_by_day)
            )

        return dumped

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self.devices = {each.device: each for each in joined_of(saved.devices, KnownDevice)}
        self.trips = {each.trip: each for each in joined_of(saved.trips, KnownTrip)}
        self.over = {each.trip: each for each in joined_of(saved.over, KnownTrip)}
        self._sealing, self._of_crossing, self.roads = {}, {}, saved.roads
        self._of_corridor, self._silent, self.together = {}, {}, Together()
        self._documents, self.taken_up = saved.documents, dict.fromkeys(saved.touched)
        # Who is not live asks for none of these, and the watch beside it does.
        late_by_day = saved.late_by_day if self._live is not None else saved.late_by_day or {}
        self.later, self.late = dict.fromkeys(saved.later), ToldLate(saved.late, late_by_day)
        if self._live is not None and saved.live:
            self._live.load(saved.live)
        elif self._live is not None:
            for known in self.devices.values():
                self._promised(known)
                if known.heard:
                    self._live.heard(known.device, known.last, known.heard)
        self.together.load(saved.together, self.trip)
        for each in (*self.trips.values(), *self.over.values()):
            self._bind(each)
        self.borne = Borne((*self.trips.values(), *self.over.values()))
        # Without what is expected of each device, all that stands is to be looked at; and always what time may change.
        waiting = (each.trip for each in self.trips.values() if not _holds(each))
        self.touched = dict.fromkeys((*saved.touched, *waiting) if saved.live else self.trips)


def _holds(trip: KnownTrip) -> bool:
    """Whether what was made of a trip last holds as long as only what is expected is heard, and none of it is due."""
    return trip.judged is None or trip.judged.state in _SETTLED
