"""The watch over custody: what is made of each trip, and what is cause to act on it, is recorded as soon as it is
another thing.

A trip is judged anew when something other than what is expected of it was heard, or something of its road, when other
documents of the roads are in force, and when a seal of it has been silent for longer than it promised: `custody.live`
tells these, of a million devices. One that is over, or has another seal now, is judged anew when the seal tells more of
it, and when a gap in what it told can be filled no more. What is recorded follows from the log and the clock, so a
watch that was killed, or two that run side by side, lose nothing and say nothing twice. What somebody has to see to is
then an alert (`custody_causes`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from hashlib import sha256
from threading import Thread
from types import TracebackType

import msgspec

from aforo.custody.fences import Fences
from aforo.custody.limits import shipped
from aforo.custody.live import Ground, Live
from aforo.custody.states import Span, spans
from aforo.custody.trip import CAUSES, PREFIX, KnownTrip
from aforo.custody.verdict import before, judged
from aforo.domain.clock import microseconds
from aforo.domain.event import Origin, Payload, new_event
from aforo.domain.trip import CustodyJudged
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.custody_coverage import Stating
from aforo.flow.custody_found import found_of
from aforo.flow.custody_verdict import case_from
from aforo.flow.looking import Looking
from aforo.flow.names import NODE
from aforo.flow.roads import InForce
from aforo.log.contention import retried
from aforo.log.ids import event_ids
from aforo.log.store import ConcurrencyError, Log

logger = logging.getLogger("aforo.custody")

#: Looks between two savings of what is known, and how many times as long as one takes there is none.
_SAVE_EVERY, _SAVE_SHARE = 60, 5
#: How many times as long as a part of it took a saving rests behind that part.
_REST = 9.0
#: Trips that nobody waits to hear of that are judged in one look.
LATER_AT_ONCE = 50
#: Devices that told more of loads which they are on no more, whose trips are judged in one look.
LATE_AT_ONCE = 50
#: Seconds after which a look ends, and leaves the rest to the next.
_LONGEST_S = 2.0


class CustodyWatch(Looking):
    """See the module; use it as a context manager."""

    def __init__(self, log: Log, *, origin: Origin = "live", interval: float = 1.0) -> None:
        """`interval`: seconds between two looks."""
        super().__init__(
            "custody", interval, "custody could not be looked after", logger, at_once=True, at_last=True,
            patient=(ConcurrencyError,),
        )  # fmt: skip
        self._log = log
        self._origin = origin
        #: What the log has, kept up: for whoever works with the same log in this process too.
        self.custody = Custody(log, Live(Ground(Fences(), {}, shipped())))
        self._stating = Stating(self.custody, NODE, origin)
        #: The documents of the roads that positions are held against.
        self._held: list[InForce] | None = None
        #: When another thing is to be said of a trip, if nothing is heard of it: microseconds since 1970.
        self._due: dict[str, int] = {}
        #: Trips that are over, and are to be judged behind what is unexpected: what is left of a device's.
        self._behind: dict[str, KnownTrip] = {}
        self._looks, self._save_after = 0, 0.0
        #: Saves what is known: of a million devices that takes seconds, in which others fall silent.
        self._saving: Thread | None = None
        #: Trips that were judged whole.
        self.judged = 0
        # Whoever works with it reads the log on: what comes is held against the documents from the first block on.
        self._hold()

    def look(self) -> int:
        """Judge what has to be judged by now; of how many trips another thing was recorded."""
        now = microseconds(self._log.clock())
        self._hold()
        recorded = self._judge_all(now)
        # What takes long, or fails, comes behind what somebody has to be told of; what it explains is judged at once.
        if self._stating.look(now):
            recorded += self._judge_all(now)
        recorded += self._judge_late(now)
        recorded += self._judge_later(now)
        self._looks += 1
        if self.stop.is_set():
            self._saved()
            self._save()
        elif self._looks >= _SAVE_EVERY and time.monotonic() >= self._save_after and self._no_longer_saving():
            self._looks = 0
            self._saving = Thread(target=self._save, name="custody saving")
            self._saving.start()
        return recorded

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, raised, trace)
        self._saved()  # where the last look failed before it came to that

    def _judge_all(self, now: int) -> int:
        """Judge all trips that are to be judged by now, as far as time allows."""
        waiting: dict[str, KnownTrip] = {}
        recorded, until = 0, time.monotonic() + _LONGEST_S
        try:
            self._gather(waiting, now)
            # Where there is more than can be judged, the next look begins with those that have fallen silent since.
            while waiting and time.monotonic() < until:
                trip = next(iter(waiting))
                # One that cannot be judged is the last of the next look, and keeps no other waiting.
                waiting[trip] = waiting.pop(trip)
                recorded += self._see_to(waiting[trip], now)
                del waiting[trip]
        finally:
            self.custody.touch(waiting)
        return recorded

    def _judge_late(self, now: int) -> int:
        """Judge trips that are over, and of which more was told since: nothing on the road waits for that. One that has
        another seal now is still on it, and the first of the next look."""
        waiting: dict[str, KnownTrip] = {}
        recorded, devices, until = 0, 0, time.monotonic() + _LONGEST_S
        try:
            # A device brings several loads, and each of them may take long.
            while time.monotonic() < until:
                if self._behind:
                    trip = next(iter(self._behind))
                    waiting[trip] = self._behind.pop(trip)
                    recorded += self._see_to(waiting[trip], now)
                    del waiting[trip]
                elif devices < LATE_AT_ONCE and (found := self.custody.late()) is not None:
                    devices += 1
                    self._behind = {each.trip: each for each in found if each.discharged is not None}
                    self.custody.touch(each.trip for each in found if each.discharged is None)
                else:
                    break
        finally:
            self.custody.touch(waiting)
        return recorded

    def _judge_later(self, now: int) -> int:
        """Judge some of the trips that nobody waits to hear of: to judge each takes milliseconds, and where a whole
        fleet is sealed in one hour, or a document of the roads changes for it, nothing else is to wait for that."""
        waiting: dict[str, KnownTrip] = {}
        recorded, until = 0, time.monotonic() + _LONGEST_S
        try:
            for _ in range(LATER_AT_ONCE):
                if time.monotonic() >= until or (known := self.custody.later()) is None:
                    break
                waiting[known.trip] = known
                recorded += self._see_to(known, now)
                del waiting[known.trip]
        finally:
            self.custody.touch(waiting)
        return recorded

    def _hold(self) -> None:
        """Hold positions against the documents that are in force now."""
        roads = self.custody.roads
        if (held := roads.in_force()) != self._held:
            prepared = {name: road for name in roads.corridors() if (road := roads.road(name)) is not None}
            limits = roads.limits()
            # Where no document of limits is in force those that ship are, which change with the product.
            named = [(each.kind, each.name, each.hash) for each in held], limits
            documents = sha256(msgspec.json.encode(named)).hexdigest()
            self.custody.put(Ground(roads.fences(), prepared, limits, documents))
            self._held = held

    def _gather(self, waiting: dict[str, KnownTrip], now: int) -> None:
        """Add the trips that are to be judged by now. What was found before something failed is in `waiting` then."""
        waiting |= {each.trip: each for each in self.custody.silent(now)}
        waiting |= {each.trip: each for each in self.custody.touched()}
        for trip in [trip for trip, at in self._due.items() if at <= now]:
            try:
                waiting[trip] = self.custody.trip(trip)
            except UnknownTripError:  # its words were erased
                del self._due[trip]
        # Who is far from the others of a convoy follows from what any of them says.
        beside: dict[str, KnownTrip] = {}
        for known in waiting.values():
            if known.opened.convoy and known.trip not in beside:
                beside |= {each.trip: each for each in self.custody.set_out_with(known.trip)}
        waiting |= beside

    def _see_to(self, known: KnownTrip, now: int) -> bool:
        """Judge a trip, and keep when that is to be done again; whether another thing was recorded of it."""
        made, due = False, None
        with suppress(UnknownTripError):  # its words were erased meanwhile
            made, due = retried(partial(self._judge, known.trip, now))
        self.judged += 1
        # A gap of a trip that is over may be filled for a while as well.
        if due is not None:
            self._due[known.trip] = due
        else:
            self._due.pop(known.trip, None)
            self.custody.settled(known.trip)
        return made

    def _judge(self, trip: str, now: int) -> tuple[bool, int | None]:
        """Record what is made of a trip where that is another thing; whether it is, and when it may be next."""
        own, beside = PREFIX + trip, CAUSES + trip
        versions = self._log.versions([own, beside])
        case, known = case_from(self.custody, trip, now), self.custody.trip(trip)
        said: list[tuple[str, Payload]] = []
        made, last = _judged(spans(case, now), now), known.judged
        if last is None:
            said += [(own, made)] if made.state != "unsealed" or made.before else []
        elif _told(last) != _told(made):
            said.append((own, made))
        found, due = found_of(self.custody, known, case, now)
        # In one transaction: neither stands without the other, and of two watches the slower says nothing of both.
        said += [] if found is None else [(beside, found)]
        at = self._log.clock()
        self._log.append(
            [
                new_event(
                    event, each, stream, versions.get(stream, 0) + 1, occurred_at=at, recorded_at=at, actor=NODE,
                    origin=self._origin,
                )
                for event, (stream, each) in zip(event_ids(len(said), at), said, strict=True)
            ]
        )  # fmt: skip
        return bool(said), due

    def _save(self) -> None:
        begun = time.monotonic()
        try:
            self.custody.save(self._rest)
        except Exception as failure:  # noqa: BLE001 (the database may come back; what is not saved is read again)
            logger.error("what is known of custody could not be saved: %s", type(failure).__name__)
        # One that fails has cost as much.
        self._save_after = time.monotonic() + _SAVE_SHARE * (time.monotonic() - begun)

    def _rest(self, took: float) -> None:
        """Rest for some times as long as a part of the saving took: who records needs the processors meanwhile."""
        self.stop.wait(_REST * took)

    def _no_longer_saving(self) -> bool:
        return self._saving is None or not self._saving.is_alive()

    def _saved(self) -> None:
        """Wait until what is being saved is: nothing older is to come after what is saved last."""
        if self._saving is not None:
            self._saving.join()


def _told(said: CustodyJudged) -> tuple[object, ...]:
    """What is another thing where it differs: not since when it is."""
    return said.state, said.grade, said.codes, said.before


def _judged(every: Collection[Span], now: int) -> CustodyJudged:
    found = judged(every, now, now)
    return CustodyJudged(
        found.state, found.grade, found.since or 0, found.earliest or 0, found.latest or 0,
        tuple(sorted({each.code for each in found.facts})), before(found, every) or "",
    )  # fmt: skip
