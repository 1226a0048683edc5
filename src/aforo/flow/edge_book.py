"""What a node has of its edges: how far each handed in, and whom its facts are about; a projection of its log.

The state is saved beside the log (`aforo.log.projections`), so that a start reads only what came since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from aforo.domain.edge import EdgeArrived, EdgeBundleTaken, EdgeFact, EdgeMatched
from aforo.domain.event import Event
from aforo.log.merkle import Frontier, leaf_hash
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

_TYPES = (EdgeFact.TYPE, EdgeMatched.TYPE)
_PAGE = 2_000
#: The state is saved when so many events were taken in since it was.
SAVE_AFTER = 2_000


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
    """A visit at an edge: when it was first handed in, what the node took it for, and its facts in their order."""

    edge: str
    visit: str
    recorded_at: datetime
    crossing: str | None = None
    at: datetime | None = None
    facts: list[StoredEvent] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    #: The place of its arrival among the facts.
    came: int | None = None

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


class EdgeBook:
    """See the module, and `aforo.log.projections.Projection`. Not to be shared between threads."""

    name = "edge-book"
    version = 1
    types: Sequence[str] = _TYPES

    def __init__(self, log: Log) -> None:
        self.log = log
        self.visits: dict[tuple[str, str], Seen] = {}
        self.edges: dict[str, Handed] = {}
        #: The visit that a crossing was taken for.
        self.taken: dict[str, tuple[str, str]] = {}
        self.unmatched: dict[tuple[str, str], None] = {}
        self._position = self._since_saved = 0
        self._opened = False

    def catch_up(self) -> EdgeBook:
        """Take in what the log has by now."""
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
                [fact.body.decode() for fact in each.facts], each.effects, each.came,
            )
            for each in self.visits.values()
        ]  # fmt: skip
        edges = {
            name: _SavedEdge(each.cursor, each.tree.size, each.tree.dump(), each.bundle_at)
            for name, each in self.edges.items()
        }
        return msgspec.msgpack.encode(_Saved(visits, edges, self.taken, list(self.unmatched)))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self.visits = {
            (each.edge, each.visit): Seen(
                each.edge, each.visit, each.recorded_at, each.crossing, each.at,
                [StoredEvent(0, b"", body.encode()) for body in each.facts], each.effects, each.came,
            )
            for each in saved.visits
        }  # fmt: skip
        self.edges = {
            name: Handed(each.cursor, Frontier.load(each.size, each.tree), each.bundle_at)
            for name, each in saved.edges.items()
        }
        self.taken, self.unmatched = saved.taken, dict.fromkeys(saved.unmatched)

    def of_edge(self, edge: str) -> Handed:
        """How far an edge handed in."""
        return self.edges.setdefault(edge, Handed())

    def _apply(self, stored: StoredEvent) -> None:
        payload = stored.payload
        if isinstance(payload, EdgeMatched):
            seen = self.visits[payload.edge, payload.visit]
            seen.effects += payload.effects
            self._take(seen, payload.crossing)
            return
        assert isinstance(payload, EdgeFact)
        edge = stored.event.stream.removeprefix("edge/")
        handed = self.of_edge(edge)
        handed.cursor = stored.event.version
        handed.tree.extend([leaf_hash(payload.body.encode())])
        told = said(payload.body)
        # What a retired edge hands in is kept, and of no visit: nothing follows from it later either.
        if told is None or "edge_retired" in payload.effects:
            return
        if isinstance(taken := told.payload, EdgeBundleTaken):
            handed.bundle_at = taken.issued_at
        if not payload.visit:
            return
        key = edge, payload.visit
        seen = self.visits.setdefault(key, Seen(edge, payload.visit, stored.event.recorded_at))
        seen.facts.append(told)
        seen.effects += payload.effects
        if isinstance(told.payload, EdgeArrived):
            seen.came, seen.at = len(seen.facts) - 1, told.event.occurred_at
        if payload.crossing is not None:
            self._take(seen, payload.crossing)
        elif seen.crossing is None:
            self.unmatched[key] = None

    def _take(self, seen: Seen, crossing: str) -> None:
        key = seen.edge, seen.visit
        seen.crossing = crossing
        self.taken.setdefault(crossing, key)
        self.unmatched.pop(key, None)


def visit_of(event: Event) -> str:
    """The visit that an event of an edge is about; empty where it is about none."""
    room, _, ref = event.stream.partition("/")
    return ref if room == "truck" else ""
