"""The edges of a node: which bridge each stands at, what key it signs with, and which of them gets a bundle.

An edge enrols itself with the token of its port, for a bridge of a port document in force. The token alone gives it
nothing: it is pending until an administrator has compared the fingerprint of its key.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Protocol

from aforo.domain.edge import EdgeConfirmed, EdgeEnrolled, EdgeRetired
from aforo.domain.event import new_event
from aforo.domain.payload import Payload
from aforo.log.ids import event_id
from aforo.log.note import NoteError, Verifier
from aforo.log.store import Log
from aforo.ports.document import Bridge, PortDocument

_TYPES = (EdgeEnrolled.TYPE, EdgeConfirmed.TYPE, EdgeRetired.TYPE)
#: Bits of a fingerprint, and digits of its groups: nobody finds a key with the fingerprint of another's.
_FINGERPRINT_BYTES, _GROUP = 16, 4


class EdgeRefusedError(ValueError):
    """An edge is refused what it asked for; `code` names the sentence that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Bridges(Protocol):
    """The port documents in force."""

    def bridge_called(self, name: str, port: str | None = None) -> tuple[PortDocument, Bridge] | None:
        """The bridge of a name, at the port of a code where one is given."""


@dataclass(frozen=True)
class Edge:
    """An edge: its log's name, its port and bridge, the key that it signs with, whether its key is still to be
    confirmed, and whether it was retired."""

    origin: str
    port: str
    bridge: str
    key: Verifier
    pending: bool = False
    retired: bool = False

    @property
    def fingerprint(self) -> str:
        """The fingerprint of its key, which an administrator compares."""
        return fingerprint(self.key)


def fingerprint(key: Verifier) -> str:
    """The fingerprint of an edge's key and name: the first 16 bytes of their SHA-256, in groups of four digits."""
    digits = hashlib.sha256(key.text.encode()).digest()[:_FINGERPRINT_BYTES].hex()
    return "-".join(digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP))


def key_stream(origin: str) -> str:
    """The stream of an edge's enrolment."""
    return f"edge-key/{origin}"


def bridge_at(edge: Edge, bridges: Bridges) -> str | None:
    """The bridge that an edge stands at, by the documents in force; None where none of its port has it."""
    return _canonical(edge.port, edge.bridge, bridges)


def edges(log: Log) -> dict[str, Edge]:
    """Every edge that was ever enrolled, by its log's name."""
    found: dict[str, Edge] = {}
    after = 0
    while events := log.read(after, types=_TYPES):
        after = events[-1].position
        for stored in events:
            origin = stored.event.stream.removeprefix("edge-key/")
            edge = _after(found.get(origin), origin, stored.payload)
            if edge is not None:
                found[origin] = edge
    return found


def enrolled(log: Log, origin: str) -> Edge | None:
    """One edge; None where it never was enrolled."""
    edge = None
    for stored in log.stream(key_stream(origin)):
        edge = _after(edge, origin, stored.payload)
    return edge


def enrol(log: Log, port: str, bridge: str, key: str, actor: str, bridges: Bridges) -> Edge:
    """Take an edge's key down, durably, unless it is known: it is pending until it is confirmed. The key's name is that
    of the edge's log; the bridge is that of the documents in force, however it is spelled.

    Raises EdgeRefusedError where the key is none or another's, no document of the port has the bridge, the edge was
    retired, or its bridge has another one; ConcurrencyError.
    """
    try:
        verifier = Verifier.parse(key)
    except NoteError:
        raise EdgeRefusedError("edge_key_bad") from None
    if verifier.name == log.origin:
        raise EdgeRefusedError("edge_key_bad")
    known = edges(log)
    own, canonical = known.get(verifier.name), _canonical(port, bridge, bridges)
    if own is not None:
        if own.retired:
            raise EdgeRefusedError("edge_retired")
        # One of before, or whose document was withdrawn, stands at a bridge that no document has.
        same = own.bridge == bridge or (canonical is not None and bridge_at(own, bridges) == canonical)
        if own.key != verifier or own.port != port or not same:
            raise EdgeRefusedError("edge_known_otherwise")
        return own
    if canonical is None:
        raise EdgeRefusedError("edge_bridge_unknown")
    if any(each.port == port and not each.retired and bridge_at(each, bridges) == canonical for each in known.values()):
        raise EdgeRefusedError("edge_bridge_taken")
    _append(log, verifier.name, EdgeEnrolled(port, canonical, verifier.text, pending=True), actor)
    return Edge(verifier.name, port, canonical, verifier, pending=True)


def confirm(log: Log, origin: str, compared: str, actor: str) -> bool:
    """Let an edge have its bundle and hand in, whose fingerprint an administrator `compared` with the one that the edge
    itself shows, in whatever spelling. Whether it was pending.

    Raises LookupError, ConcurrencyError, EdgeRefusedError where the fingerprint is another or the edge was retired.
    """
    edge = enrolled(log, origin)
    if edge is None:
        raise LookupError(origin)
    if edge.retired:
        raise EdgeRefusedError("edge_retired")
    if _digits(compared) != _digits(edge.fingerprint):
        raise EdgeRefusedError("edge_fingerprint_other")
    if not edge.pending:
        return False
    _append(log, origin, EdgeConfirmed(edge.fingerprint), actor)
    return True


def retire(log: Log, origin: str, reason: str, actor: str) -> bool:
    """Give an edge no bundle any more; nothing that it hands in after this lowers anything. Whether it was in use.
    Raises LookupError, ConcurrencyError."""
    edge = enrolled(log, origin)
    if edge is None:
        raise LookupError(origin)
    if edge.retired:
        return False
    _append(log, origin, EdgeRetired(reason), actor)
    return True


def _after(edge: Edge | None, origin: str, payload: Payload | None) -> Edge | None:
    """The edge after the next event of its stream."""
    if isinstance(payload, EdgeEnrolled):
        return Edge(origin, payload.port, payload.bridge, Verifier.parse(payload.key), payload.pending)
    if edge is None:
        return None
    return replace(edge, pending=False) if isinstance(payload, EdgeConfirmed) else replace(edge, retired=True)


def _canonical(port: str, bridge: str, bridges: Bridges) -> str | None:
    found = bridges.bridge_called(bridge, port)
    return None if found is None else found[1].id


def _digits(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())


def _append(log: Log, origin: str, payload: Payload, actor: str) -> None:
    at, stream = log.clock(), key_stream(origin)
    version = log.versions([stream]).get(stream, 0) + 1
    log.append([new_event(event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor=actor)])
