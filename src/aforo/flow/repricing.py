"""What is up at a bridge changes → trucks that are decided and not yet examined are decided again.

A scanner fails or comes back, posts are manned otherwise, or another document is in force: the price of the bridge's
minutes is another, and so may be what a truck is worth. Those of whom more is asked are told on, as alerts to staff,
as live events, and to their filers as far as these may know; what was ordered is not lowered by it (ADR 0010).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from aforo.domain.bridge import Staffed
from aforo.domain.event import ArtefactPromoted, Decided, Examined, Passed
from aforo.domain.routed import DecisionStage
from aforo.domain.scanner import ScannerReported
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.priced import Moment
from aforo.flow.reassess import Reassessed, reassess
from aforo.flow.scanner_places import bridge_of
from aforo.log.stored import StoredEvent

#: Events after which a bridge has other prices.
TYPES: tuple[str, ...] = (ScannerReported.TYPE, Staffed.TYPE, ArtefactPromoted.TYPE)
#: What is reported of a scanner that changes what is up.
_CHANGES = frozenset({"commissioned", "down", "up", "maintenance_start", "maintenance_end", "moved", "retired"})
_DOCUMENTS = ("artefact/port/", "artefact/prices/")


@dataclass(frozen=True)
class Repriced:
    """Of some crossings: how many were weighed again, and those of which more is asked now."""

    crossings: int = 0
    changed: tuple[Reassessed, ...] = ()

    def __add__(self, other: Repriced) -> Repriced:
        return Repriced(self.crossings + other.crossings, (*self.changed, *other.changed))


def of_documents(events: Iterable[StoredEvent]) -> bool:
    """Whether port documents or prices changed stage."""
    return any(stored.event.stream.startswith(_DOCUMENTS) for stored in events)


def matters(stored: StoredEvent) -> bool:
    """Whether an event of TYPES may change a price."""
    if isinstance(stored.payload, ArtefactPromoted):
        return stored.event.stream.startswith(_DOCUMENTS)
    return not isinstance(stored.payload, ScannerReported) or stored.payload.event in _CHANGES


def touched(events: Iterable[StoredEvent], node: Node) -> set[str]:
    """The bridges that have other prices after events of TYPES; all that have prices, where it cannot be told."""
    if node.bridges is None:
        return set()
    bridges = node.bridges
    every = {each.id for port in bridges.ports.values() for each in port.bridges if bridges.prices.has(each.id)}
    found: set[str] = set()
    for stored in events:
        payload, stream = stored.payload, stored.event.stream
        if isinstance(payload, Staffed):
            found.add(stream.removeprefix("port/"))
        elif isinstance(payload, ScannerReported) and payload.event in _CHANGES:
            bridge = bridge_of(payload.port, node.bridges.ports.values())
            # A report often says that a scanner is down and not where it stands.
            found |= every if bridge is None else {bridge.id}
        elif stream.startswith(_DOCUMENTS):
            found |= every
    return found & every


def reprice(crossings: Sequence[str], bridges: Collection[str], node: Node) -> Repriced:
    """Weigh crossings again that were decided for these bridges and are not examined yet, each at the stage that it has
    reached; durable when this returns. Raises ConcurrencyError."""
    told = Repriced()
    if node.bridges is None:
        return told
    streams = node.log.streams([stream_of(name) for name in crossings])
    at_stage: dict[DecisionStage, list[list[StoredEvent]]] = {}
    for events in streams.values():
        decided = _waiting(events)
        if decided is not None and decided.bridge in bridges and decided.stage is not None:
            at_stage.setdefault(decided.stage, []).append(events)
    for stage, own in at_stage.items():
        there = {
            events[0].event.stream.removeprefix("crossing/"): decided.bridge
            for events in own
            if (decided := _waiting(events)) is not None
        }
        made = reassess(own, node, Moment(stage, there), only_changed=True, alert=True)
        told += Repriced(len(own), tuple(made))
    return told


def _waiting(events: Sequence[StoredEvent]) -> Decided | None:
    """The last decision of a crossing that nobody has examined since, and that did not go on; after a scan the order
    that it led to is carried out where the truck stands, and is not weighed again."""
    decided: Decided | None = None
    for stored in events:
        payload = stored.payload
        if isinstance(payload, Decided):
            decided = payload
        elif isinstance(payload, Examined | Passed):
            decided = None
    return None if decided is None or decided.stage == "scanned" else decided
