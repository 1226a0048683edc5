"""The live state of bridges, a projection of the log: readings, lanes, posts, published waits, and work at resources.

It keeps what was said, and when; what that comes to at an instant is `standing`'s. A statement that comes late changes
nothing that a later one has said (of trucks at resources see `work`). Readings are kept for a day before the last one
of their place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
from aforo.log.stored import StoredEvent
from aforo.ports.reads import LONGEST, Reads, of_block, packed, together, unpacked
from aforo.ports.waits import Published
from aforo.ports.work import TYPES, Saved, Whereabouts, Work

#: Readings that are kept of one place: several days of the busiest bridge.
MOST_READS = 200_000
#: Readings that wait, at most, to be put among the others.
_MOST_WAITING = 4_096
#: Bridges that are followed. The border has fifty.
MOST_BRIDGES = 1_000


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
    work: Saved
    readers: list[str]
    reads: list[tuple[str, ReadPlace, list[bytes]]]


class BridgesState:
    """The projection; see `aforo.log.projections.Projection`."""

    name = "bridges"
    version = 5
    types: Sequence[str] = (*(each.TYPE for each in (GateReads, LanesOpen, Staffed, WaitsPublished)), *TYPES)

    def __init__(self) -> None:
        self.bridges: dict[str, Kept] = {}
        self._where = Whereabouts()
        self._readers: dict[str, int] = {}
        self._reads: dict[tuple[str, ReadPlace], list[Reads]] = {}

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            event, payload = stored.event, stored.payload
            room, _, name = event.stream.partition("/")
            if isinstance(payload, GateReads):
                if self._bridge(payload.bridge) is not None:
                    self._read(payload)
            elif room == "crossing":
                self._where.take(stored.position, event, payload)
            elif (kept := self._bridge(name)) is not None:
                self._where.take(stored.position, event, payload)
                self._stated(kept, payload, microseconds(event.occurred_at))

    @property
    def work(self) -> Mapping[str, Work]:
        """The crossings that wait or are served anywhere, by name."""
        return self._where.standing

    def reads_of(self, bridge: str) -> dict[ReadPlace, Reads]:
        """The readings of a bridge by place."""
        return {place: self._settled(bridge, place) for name, place in list(self._reads) if name == bridge}

    def work_of(self, bridge: str) -> dict[str, Work]:
        """The crossings that wait or are served at the bridge, by name."""
        return {crossing: each for crossing, each in self.work.items() if each.bridge == bridge}

    def dump(self) -> bytes:
        """The state: hashes, and no person in clear."""
        reads = [(bridge, place, packed(_in_order(parts))) for (bridge, place), parts in self._reads.items()]
        return msgspec.msgpack.encode(_Saved(self.bridges, self._where.save(), list(self._readers), reads))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self.bridges = saved.bridges
        self._where.take_over(saved.work)
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

    def _stated(self, kept: Kept, payload: object, at: int) -> None:
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


def _in_order(parts: Sequence[Reads]) -> Reads:
    """Readings in order, those of the day before the last one."""
    if len(parts) == 1:
        return parts[0]
    joined = together(parts)
    recent = joined.where(joined.at > joined.at[-1] - LONGEST) if len(joined) else joined
    return recent.where(np.arange(len(recent)) >= len(recent) - MOST_READS)


def _newer(known: Stated | Published | None, at: int) -> bool:
    return known is None or at >= known.at
