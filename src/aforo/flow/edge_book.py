"""What a node has of its edges: how far each handed in, and whom its facts are about; a projection of its log.

The state is saved beside the log (`aforo.log.projections`), so that a start reads only what came since. It has the
visits of which something may still come; of the others it has where in the log they lie (`VisitIndex`), and reads
them again when something comes after all.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from aforo.domain.edge import EdgeArrived, EdgeBundleTaken, EdgeFact, EdgeMatched
from aforo.domain.event import Event
from aforo.flow.open_trucks import FORGOTTEN_S
from aforo.flow.visit_index import IndexedMonth, VisitIndex
from aforo.log.merkle import Frontier, leaf_hash
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

_TYPES = (EdgeFact.TYPE, EdgeMatched.TYPE)
_PAGE = 2_000
#: Visits are looked through for those of which nothing is expected when so many events were taken in since they were.
SWEEP_AFTER = 2_000
#: The state is saved when so many events were taken in since it was.
SAVE_AFTER = 20_000
#: A visit is expected to be heard of for so long after what was heard of it last; one whose crossing is not known, for
#: as long as a crossing is expected.
EXPECTED = timedelta(days=1)
UNMATCHED = timedelta(seconds=FORGOTTEN_S)


def fact_stream(edge: str) -> str:
    """The stream of an edge's facts, by the name of its log."""
    return f"edge/{edge}"


def visit_stream(edge: str, visit: str) -> str:
    """The stream of a visit at an edge, by the name of that one's log."""
    return f"edge-visit/{edge}/{visit}"


def said(body: str) -> StoredEvent | None:
    """The event in a fact's body; None where it is none that this version can read."""
    stored = StoredEvent(0, b"", body.encode())
    try:
        if stored.payload is None or not stored.event.stream:
            return None
    except (msgspec.MsgspecError, ValueError):
        return None
    return stored


@dataclass
class Seen:
    """A visit at an edge: when it was first handed in, what the node took it for, and its facts in their order.

    `positions` are those of the events that it is made of, and `heard_at` is when the last of them was recorded."""

    edge: str
    visit: str
    recorded_at: datetime
    crossing: str | None = None
    at: datetime | None = None
    facts: list[StoredEvent] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    #: The place of its arrival among the facts.
    came: int | None = None
    positions: list[int] = field(default_factory=list)
    heard_at: datetime | None = None

    @property
    def arrived(self) -> EdgeArrived | None:
        """Its arrival, as the edge told it."""
        payload = None if self.came is None else self.facts[self.came].payload
        return payload if isinstance(payload, EdgeArrived) else None


@dataclass
class Handed:
    """How far an edge handed in: its leaves and their tree, and when the bundle in force there was made."""

    cursor: int = 0
    tree: Frontier = field(default_factory=Frontier)
    bundle_at: datetime | None = None


class _SavedVisit(msgspec.Struct, array_like=True):
    edge: str
    visit: str
    recorded_at: datetime
    crossing: str | None
    at: datetime | None
    facts: list[str]
    effects: list[str]
    came: int | None
    positions: list[int]
    heard_at: datetime | None


class _SavedEdge(msgspec.Struct, array_like=True):
    cursor: int
    size: int
    tree: bytes
    bundle_at: datetime | None


class _Saved(msgspec.Struct, array_like=True):
    visits: list[_SavedVisit]
    edges: dict[str, _SavedEdge]
    taken: dict[str, tuple[str, str]]
    unmatched: list[tuple[str, str]]
    index: list[IndexedMonth]


class EdgeBook:
    """See the module, and `aforo.log.projections.Projection`. It may be brought up, and asked how far edges handed in,
    by any thread; the visits are for one thread at a time."""

    name = "edge-book"
    version = 2
    types: Sequence[str] = _TYPES

    def __init__(self, log: Log) -> None:
        self.log = log
        self.visits: dict[tuple[str, str], Seen] = {}
        self.edges: dict[str, Handed] = {}
        #: The visit that a crossing was taken for.
        self.taken: dict[str, tuple[str, str]] = {}
        self.unmatched: dict[tuple[str, str], None] = {}
        self.index = VisitIndex()
        self._position = self._since_saved = self._since_swept = 0
        self._opened = False
        self._lock = threading.RLock()

    @classmethod
    def behind(cls, log: Log, position: int) -> EdgeBook:
        """What was handed in behind a position of the log alone: of nothing that is saved, and not saved itself."""
        made = cls(log)
        made._opened = True
        while events := log.read(position, types=_TYPES, limit=_PAGE):
            made.apply(events)
            position = events[-1].position
        return made

    def catch_up(self) -> EdgeBook:
        """Take in what the log has by now."""
        with self._lock:
            name = f"{self.name}/{self.version}"
            if not self._opened:
                if (saved := self.log.projections.load(name)) is not None:
                    self._position = saved[0]
                    self.load(saved[1])
                self._opened = True
            while events := self.log.read(self._position, types=_TYPES, limit=_PAGE):
                self.apply(events)
                self._position = events[-1].position
                self._since_saved += len(events)
                self._since_swept += len(events)
                if self._since_swept >= SWEEP_AFTER:
                    self._sweep(events[-1].event.recorded_at)
            if self._since_saved >= SAVE_AFTER:
                self.log.projections.save(name, self._position, self.dump())
                self._since_saved = 0
            return self

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            self._apply(stored)

    def dump(self) -> bytes:
        """The state: what edges handed in, as the log has it."""
        visits = [
            _SavedVisit(
                each.edge, each.visit, each.recorded_at, each.crossing, each.at,
                [fact.body.decode() for fact in each.facts], each.effects, each.came, each.positions, each.heard_at,
            )
            for each in self.visits.values()
        ]  # fmt: skip
        edges = {
            name: _SavedEdge(each.cursor, each.tree.size, each.tree.dump(), each.bundle_at)
            for name, each in self.edges.items()
        }
        saved = _Saved(visits, edges, self.taken, list(self.unmatched), self.index.dump())
        return msgspec.msgpack.encode(saved)

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self.visits = {
            (each.edge, each.visit): Seen(
                each.edge, each.visit, each.recorded_at, each.crossing, each.at,
                [StoredEvent(0, b"", body.encode()) for body in each.facts], each.effects, each.came, each.positions,
                each.heard_at,
            )
            for each in saved.visits
        }  # fmt: skip
        self.edges = {
            name: Handed(each.cursor, Frontier.load(each.size, each.tree), each.bundle_at)
            for name, each in saved.edges.items()
        }
        self.taken, self.unmatched = saved.taken, dict.fromkeys(saved.unmatched)
        self.index = VisitIndex(saved.index)

    def visit(self, edge: str, visit: str) -> Seen | None:
        """A visit that was heard of, however long ago."""
        with self._lock:
            key = edge, visit
            if key not in self.visits and (positions := self.index.positions(edge, visit)):
                for position in positions:
                    for stored in self.log.read(position - 1, types=_TYPES, limit=1):
                        if stored.position == position and _key_of(stored) == key:
                            self._take_in(stored)
            return self.visits.get(key)

    def began(self, edge: str, visit: str) -> int:
        """The position of the first that was heard of a visit; 0 where nothing was."""
        with self._lock:
            seen = self.visits.get((edge, visit))
            positions = self.index.positions(edge, visit) if seen is None else seen.positions
            return positions[0] if positions else 0

    def is_taken(self, crossing: str) -> bool:
        """Whether a visit was taken for a crossing."""
        return crossing in self.taken or self.index.has_crossing(crossing)

    def of_edge(self, edge: str) -> Handed:
        """How far an edge handed in."""
        return self.edges.setdefault(edge, Handed())

    def _apply(self, stored: StoredEvent) -> None:
        payload = stored.payload
        if isinstance(payload, EdgeFact):
            handed = self.of_edge(stored.event.stream.removeprefix("edge/"))
            handed.cursor = stored.event.version
            handed.tree.extend([leaf_hash(payload.body.encode())])
            told = said(payload.body)
            # Of what a retired edge hands in no bundle is in force.
            if told is not None and "edge_retired" not in payload.effects and isinstance(told.payload, EdgeBundleTaken):
                handed.bundle_at = told.payload.issued_at
        if (key := _key_of(stored)) is not None:
            self.visit(*key)
            self._take_in(stored)

    def _take_in(self, stored: StoredEvent) -> None:
        """Take in what is of a visit."""
        payload, key = stored.payload, _key_of(stored)
        assert key is not None, "it is of a visit"
        if isinstance(payload, EdgeMatched):
            seen = self.visits.get(key)
            if seen is None:  # the facts that were matched lie before what this book is of
                return
            seen.effects += payload.effects
            self._heard(seen, stored)
            self._take(seen, payload.crossing)
            return
        assert isinstance(payload, EdgeFact)
        told = said(payload.body)
        # What a retired edge hands in is kept, and of no visit: nothing follows from it later either.
        if told is None or "edge_retired" in payload.effects:
            return
        seen = self.visits.setdefault(key, Seen(*key, stored.event.recorded_at))
        seen.facts.append(told)
        seen.effects += payload.effects
        self._heard(seen, stored)
        if isinstance(told.payload, EdgeArrived):
            seen.came, seen.at = len(seen.facts) - 1, told.event.occurred_at
        if payload.crossing is not None:
            self._take(seen, payload.crossing)
        elif seen.crossing is None:
            self.unmatched[key] = None

    def _heard(self, seen: Seen, stored: StoredEvent) -> None:
        seen.positions.append(stored.position)
        seen.heard_at = stored.event.recorded_at

    def _sweep(self, now: datetime) -> None:
        """Put the visits away of which nothing is expected any more."""
        self._since_swept = 0
        ended = {
            key: seen
            for key, seen in self.visits.items()
            if now - (seen.heard_at or now) > (UNMATCHED if key in self.unmatched else EXPECTED)
        }
        if not ended:
            return
        self.index.put({key: (seen.positions, seen.crossing) for key, seen in ended.items()}, now)
        for key, seen in ended.items():
            del self.visits[key]
            self.unmatched.pop(key, None)
            if seen.crossing is not None and self.taken.get(seen.crossing) == key:
                del self.taken[seen.crossing]

    def _take(self, seen: Seen, crossing: str) -> None:
        key = seen.edge, seen.visit
        seen.crossing = crossing
        self.taken.setdefault(crossing, key)
        self.unmatched.pop(key, None)


def _key_of(stored: StoredEvent) -> tuple[str, str] | None:
    """The edge and the visit that an event of this log is about; None where it is about none."""
    payload = stored.payload
    if isinstance(payload, EdgeMatched):
        return payload.edge, payload.visit
    if isinstance(payload, EdgeFact) and payload.visit:
        return stored.event.stream.removeprefix("edge/"), payload.visit
    return None


def visit_of(event: Event) -> str:
    """The visit that an event of an edge is about; empty where it is about none."""
    room, _, ref = event.stream.partition("/")
    return ref if room == "truck" else ""
