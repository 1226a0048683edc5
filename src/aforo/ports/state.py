"""The live state of bridges, a projection of the log: readings, lanes, posts, published waits, and work at resources.

It keeps what was said, and when; what that comes to at an instant is `standing`'s. A statement that comes late changes
nothing that a later one has said, but for the next step of a truck at its place: clocks differ, and a decision is later
than what it is about, so that one may be `APART` before the one that it follows. Readings are kept for a day before the
last one of their place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from aforo.domain.bridge import (
    ExaminationEnded,
    ExaminationQueued,
    ExaminationStarted,
    GateReads,
    LaneClass,
    LanesOpen,
    ReadPlace,
    Resource,
    Staffed,
    WaitsPublished,
)
from aforo.domain.clock import microseconds
from aforo.domain.event import Examined, Moved, Overridden, Passed
from aforo.log.stored import StoredEvent
from aforo.ports.reads import LONGEST, Reads, of_block, packed, together, unpacked
from aforo.ports.waits import Published

#: Readings that are kept of one place: several days of the busiest bridge.
MOST_READS = 200_000
#: Readings that wait, at most, to be put among the others.
_MOST_WAITING = 4_096
#: Microseconds.
_HOUR = 3_600_000_000
#: How long before a step the clock of who reports the next one may put that, in microseconds.
APART = 120_000_000
#: Bridges, and crossings at a resource, that are followed. The border has fifty bridges.
MOST_BRIDGES, MOST_WORK = 1_000, 100_000

Step = Literal["queued", "started", "ended"]
_STEPS: tuple[Step, ...] = ("queued", "started", "ended")
_STEP: Mapping[type[object], Step] = {
    ExaminationQueued: "queued", ExaminationStarted: "started", ExaminationEnded: "ended",
}  # fmt: skip


class Work(msgspec.Struct, frozen=True, array_like=True):
    """The last that is known of a crossing at a resource; `at` in microseconds since 1970."""

    bridge: str
    resource: Resource
    step: Step
    at: int
    predicted_ms: int | None = None
    unit: str = ""


class Stated(msgspec.Struct, frozen=True, array_like=True):
    """A number that somebody stated, and since when it holds."""

    at: int
    count: int


class Kept(msgspec.Struct, array_like=True):
    """What is kept of one bridge; `worked` says when a resource was last heard of."""

    lanes: dict[LaneClass, Stated] = {}
    posts: dict[Resource, Stated] = {}
    published: dict[LaneClass, Published] = {}
    worked: dict[Resource, int] = {}


class _Saved(msgspec.Struct, array_like=True):
    bridges: dict[str, Kept]
    work: dict[str, Work]
    readers: list[str]
    reads: list[tuple[str, ReadPlace, list[bytes]]]
    latest: int


class BridgesState:
    """The projection; see `aforo.log.projections.Projection`."""

    name = "bridges"
    version = 4
    types: Sequence[str] = tuple(
        each.TYPE
        for each in (
            GateReads, LanesOpen, Staffed, WaitsPublished, ExaminationQueued, ExaminationStarted, ExaminationEnded,
            Examined, Moved, Overridden, Passed,
        )
    )  # fmt: skip

    def __init__(self) -> None:
        self.bridges: dict[str, Kept] = {}
        self.work: dict[str, Work] = {}
        #: The last instant at which anything was heard of any work.
        self._latest = 0
        self._readers: dict[str, int] = {}
        self._reads: dict[tuple[str, ReadPlace], list[Reads]] = {}

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            payload, at = stored.payload, microseconds(stored.event.occurred_at)
            if isinstance(payload, GateReads):
                if self._bridge(payload.bridge) is not None:
                    self._read(payload)
            elif isinstance(payload, Moved):
                self._moved(stored.event.stream.removeprefix("crossing/"), payload.into)
            elif isinstance(payload, Examined | Overridden | Passed):
                if isinstance(payload, Overridden) and payload.examination != "release":
                    continue
                carried_out = isinstance(payload, Examined) and not payload.order_stands
                self._ended(stored.event.stream.removeprefix("crossing/"), at, APART if carried_out else 0)
            elif (kept := self._bridge(stored.event.stream.removeprefix("port/"))) is not None:
                self._stated(stored.event.stream.removeprefix("port/"), kept, payload, at)

    def reads_of(self, bridge: str) -> dict[ReadPlace, Reads]:
        """The readings of a bridge by place."""
        return {place: self._settled(bridge, place) for name, place in list(self._reads) if name == bridge}

    def work_of(self, bridge: str) -> dict[str, Work]:
        """The crossings that wait or are served at the bridge, by name."""
        return {
            crossing: each for crossing, each in self.work.items() if each.bridge == bridge and each.step != "ended"
        }

    def dump(self) -> bytes:
        """The state: hashes, and no person in clear."""
        reads = [(bridge, place, packed(_in_order(parts))) for (bridge, place), parts in self._reads.items()]
        return msgspec.msgpack.encode(_Saved(self.bridges, self.work, list(self._readers), reads, self._latest))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self.bridges, self.work, self._latest = saved.bridges, saved.work, saved.latest
        self._readers = {reader: number for number, reader in enumerate(saved.readers)}
        self._reads = {(bridge, place): [unpacked(columns)] for bridge, place, columns in saved.reads}

    def _bridge(self, name: str) -> Kept | None:
        """What is kept of a bridge; None where there are more bridges than can be."""
        if name not in self.bridges and len(self.bridges) >= MOST_BRIDGES:
            return None
        return self.bridges.setdefault(name, Kept())

    def _read(self, block: GateReads) -> None:
        parts = self._reads.setdefault((block.bridge, block.place), [])
        parts.append(of_block(block, self._readers.setdefault(block.reader, len(self._readers))))
        if sum(map(len, parts[1:])) > _MOST_WAITING:
            self._settled(block.bridge, block.place)

    def _settled(self, bridge: str, place: ReadPlace) -> Reads:
        """The readings of a place, put in order."""
        parts = self._reads[bridge, place]
        parts[:] = [_in_order(parts)]
        return parts[0]

    def _stated(self, name: str, kept: Kept, payload: object, at: int) -> None:
        if isinstance(payload, LanesOpen):
            kept.lanes |= {
                lane: Stated(at, count) for lane, count in payload.lanes.items() if _newer(kept.lanes.get(lane), at)
            }
        elif isinstance(payload, Staffed):
            kept.posts |= {
                post: Stated(at, count) for post, count in payload.posts.items() if _newer(kept.posts.get(post), at)
            }
        elif isinstance(payload, WaitsPublished):
            kept.published |= {
                each.lane: Published(at, payload.source, each.minutes, each.lanes_open)
                for each in payload.waits
                if _newer(kept.published.get(each.lane), at)
            }
        elif isinstance(payload, ExaminationQueued | ExaminationStarted | ExaminationEnded):
            kept.worked[payload.resource] = max(kept.worked.get(payload.resource, at), at)
            self._work(name, payload, at)

    def _work(self, bridge: str, payload: ExaminationQueued | ExaminationStarted | ExaminationEnded, at: int) -> None:
        known = self.work.get(payload.crossing)
        here = known is not None and (known.bridge, known.resource) == (bridge, payload.resource)
        if known is not None and at < known.at:
            follows = _STEPS.index(_STEP[type(payload)]) > _STEPS.index(known.step)
            if not (here and follows and known.at - at <= APART):
                return
            at = known.at
        if isinstance(payload, ExaminationEnded):
            if known is not None and not here:
                return  # it is elsewhere by now
            work = Work(bridge, payload.resource, "ended", at)
        elif isinstance(payload, ExaminationQueued):
            work = Work(bridge, payload.resource, "queued", at, payload.predicted_ms)
        else:
            predicted = payload.predicted_ms
            if predicted is None and known is not None and here:
                predicted = known.predicted_ms
            work = Work(bridge, payload.resource, "started", at, predicted, payload.unit)
        self._keep(payload.crossing, work)

    def _ended(self, crossing: str, at: int, apart: int) -> None:
        """What is examined, went on, or is released by an officer waits and is served nowhere any more; `apart` is how
        long before the last word of it that may be said to have been."""
        known = self.work.get(crossing)
        if known is not None and at >= known.at - apart:
            self._keep(crossing, msgspec.structs.replace(known, step="ended", at=max(at, known.at)))

    def _moved(self, crossing: str, into: str) -> None:
        """A crossing is part of another from here on: the truck is where the last word of either has it."""
        taken, known = self.work.pop(crossing, None), self.work.get(into)
        if taken is not None and (known is None or taken.at > known.at):
            self._keep(into, taken)

    def _keep(self, crossing: str, work: Work) -> None:
        self.work.pop(crossing, None)
        before, self._latest = self._oldest(), max(self._latest, work.at)
        if self._oldest() > before:
            self.work = {name: each for name, each in self.work.items() if each.at > self._oldest()}
        if work.at <= self._oldest():
            return
        self.work[crossing] = work
        if len(self.work) > MOST_WORK:
            del self.work[next(iter(self.work))]

    def _oldest(self) -> int:
        """The instant after which work is kept; in steps of hours, since what is older is then looked for."""
        return self._latest // _HOUR * _HOUR - LONGEST


def _in_order(parts: Sequence[Reads]) -> Reads:
    """Readings in order, those of the day before the last one."""
    if len(parts) == 1:
        return parts[0]
    joined = together(parts)
    recent = joined.where(joined.at > joined.at[-1] - LONGEST) if len(joined) else joined
    return recent.where(np.arange(len(recent)) >= len(recent) - MOST_READS)


def _newer(known: Stated | Published | None, at: int) -> bool:
    return known is None or at >= known.at
