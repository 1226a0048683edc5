"""The edges of a node: which bridge each stands at, what key it signs with, and which of them gets a bundle."""

from __future__ import annotations

from dataclasses import dataclass

from aforo.domain.edge import EdgeEnrolled, EdgeRetired
from aforo.domain.event import new_event
from aforo.log.ids import event_id
from aforo.log.note import NoteError, Verifier
from aforo.log.store import Log

_TYPES = (EdgeEnrolled.TYPE, EdgeRetired.TYPE)


class EdgeRefusedError(ValueError):
    """An edge is refused what it asked for; `code` names the sentence that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Edge:
    """An edge: its log's name, its port and bridge, the key that it signs with, and whether it was retired."""

    origin: str
    port: str
    bridge: str
    key: Verifier
    retired: bool = False


def key_stream(origin: str) -> str:
    """The stream of an edge's enrolment."""
    return f"edge-key/{origin}"


def edges(log: Log) -> dict[str, Edge]:
    """Every edge that was ever enrolled, by its log's name."""
    found: dict[str, Edge] = {}
    after = 0
    while events := log.read(after, types=_TYPES):
        after = events[-1].position
        for stored in events:
            payload, origin = stored.payload, stored.event.stream.removeprefix("edge-key/")
            if isinstance(payload, EdgeEnrolled):
                found[origin] = Edge(origin, payload.port, payload.bridge, Verifier.parse(payload.key))
            elif origin in found:
                known = found[origin]
                found[origin] = Edge(origin, known.port, known.bridge, known.key, retired=True)
    return found


def enrolled(log: Log, origin: str) -> Edge | None:
    """One edge; None where it never was enrolled."""
    edge = None
    for stored in log.stream(key_stream(origin)):
        payload = stored.payload
        if isinstance(payload, EdgeEnrolled):
            edge = Edge(origin, payload.port, payload.bridge, Verifier.parse(payload.key))
        elif edge is not None:
            edge = Edge(origin, edge.port, edge.bridge, edge.key, retired=True)
    return edge


def enrol(log: Log, port: str, bridge: str, key: str, actor: str) -> Edge:
    """Take an edge's key down, durably, unless it is known. The key's name is that of the edge's log.

    Raises EdgeRefusedError where the key is none or another's, the edge was retired, or its bridge has another one;
    ConcurrencyError.
    """
    try:
        verifier = Verifier.parse(key)
    except NoteError:
        raise EdgeRefusedError("edge_key_bad") from None
    if verifier.name == log.origin:
        raise EdgeRefusedError("edge_key_bad")
    known = edges(log)
    own = known.get(verifier.name)
    if own is not None:
        if own.retired:
            raise EdgeRefusedError("edge_retired")
        if own.key != verifier or (own.port, own.bridge) != (port, bridge):
            raise EdgeRefusedError("edge_known_otherwise")
        return own
    if any((each.port, each.bridge) == (port, bridge) and not each.retired for each in known.values()):
        raise EdgeRefusedError("edge_bridge_taken")
    _append(log, verifier.name, EdgeEnrolled(port, bridge, verifier.text), actor, 1)
    return Edge(verifier.name, port, bridge, verifier)


def retire(log: Log, origin: str, reason: str, actor: str) -> bool:
    """Give an edge no bundle any more; what it recorded is still taken. Whether it was in use. Raises LookupError,
    ConcurrencyError."""
    edge = enrolled(log, origin)
    if edge is None:
        raise LookupError(origin)
    if edge.retired:
        return False
    _append(log, origin, EdgeRetired(reason), actor, len(log.stream(key_stream(origin))) + 1)
    return True


def _append(log: Log, origin: str, payload: EdgeEnrolled | EdgeRetired, actor: str, version: int) -> None:
    at, stream = log.clock(), key_stream(origin)
    log.append([new_event(event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor=actor)])
