"""Bridges and their scanners as they are now: port documents, and two projections of the log that are kept up."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime

from aforo.domain.bridge import LANE_CLASSES, LaneClass
from aforo.domain.clock import microseconds
from aforo.fleet.standing import Standing
from aforo.fleet.state import FleetState
from aforo.flow.documents import in_force
from aforo.flow.scanner_places import capacities, only_at_port
from aforo.flow.telemetry import ReaderAt
from aforo.log.projections import Projection
from aforo.log.store import Log
from aforo.measures.waits import Waits
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.reading import parse
from aforo.ports.shipped import ports as shipped
from aforo.ports.standing import BridgeLoad, BridgeState, bridge_load, bridge_state
from aforo.ports.state import BridgesState
from aforo.ports.waits import Gates, gates, hourly

_PAGE = 10_000


def ports_in_use(log: Log) -> dict[str, PortDocument]:
    """The port documents by code: those in force in the log, and those shipped for all other ports. Raises PortError,
    ArtefactMissingError, ArtefactChangedError."""
    own = (parse(log.artefacts.get(hash_)) for hash_ in in_force(log, "port").values())
    return {port.code: port for port in shipped()} | {port.code: port for port in own}


class LiveBridges:
    """The bridges of some port documents. May be asked from several threads."""

    def __init__(self, log: Log, ports: Iterable[PortDocument]) -> None:
        """The states are taken up where they were saved, and brought up when they are first asked for."""
        self._log = log
        self.ports = tuple(ports)
        self._of: dict[str, tuple[PortDocument, Bridge]] = {
            bridge.id: (port, bridge) for port in self.ports for bridge in port.bridges
        }
        self._bridges, self._fleet = BridgesState(), FleetState()
        self._lock = threading.RLock()
        self._cursor = {each.name: _taken_up(log, each) for each in (self._bridges, self._fleet)}
        #: How many events were taken in since it was opened.
        self.heard = 0

    @property
    def readers(self) -> dict[str, ReaderAt]:
        """Every reader of the documents, by its identifier."""
        return {
            each.id: ReaderAt(each.id, bridge.id, each.place, each.lane)
            for _, bridge in self._of.values()
            for each in bridge.readers
        }

    def has(self, bridge: str) -> bool:
        """Whether a document has the bridge."""
        return bridge in self._of

    def names(self) -> list[str]:
        """The identifiers of all bridges, in the order of the documents."""
        return list(self._of)

    def called(self, name: str) -> str | None:
        """The bridge of this id, name or alias, whatever the case."""
        found = (bridge for port in self.ports if (bridge := port.bridge(name)) is not None)
        return next((bridge.id for bridge in found), None)

    def place(self, bridge: str) -> tuple[PortDocument, Bridge]:
        """The port document and the bridge in it. Raises KeyError."""
        return self._of[bridge]

    def states(self, now: datetime) -> list[BridgeState]:
        """The state of every bridge at `now`, by all that the log has."""
        with self._lock:
            self._look()
            return [bridge_state(self._bridges, self.expected(bridge, now)) for bridge in self._of]

    def state(self, bridge: str, now: datetime) -> BridgeState:
        """The state of a bridge at `now`, by all that the log has. Raises KeyError for one that no document has."""
        with self._lock:
            self._look()
            return bridge_state(self._bridges, self.expected(bridge, now))

    def look(self) -> int:
        """Take in what is new in the log; how many events have been, so that it is known whether any was."""
        with self._lock:
            self._look()
            return self.heard

    def expected(self, bridge: str, at: datetime) -> BridgeLoad:
        """What a bridge has to do at an instant, or will have at a later one if nothing else is heard: rosters go on,
        and who is being served leaves. By what was taken in; raises KeyError."""
        port, own = self._of[bridge]
        with self._lock:
            then = microseconds(at)
            scanners = capacities(self._fleet.standings(then), self.ports).get(bridge, {})
            return bridge_load(self._bridges, port, own, scanners, then)

    def fleet(self, now: datetime) -> list[Standing]:
        """How every scanner is at `now`, by all that the log has."""
        with self._lock:
            self._look()
            return self._fleet.standings(microseconds(now))

    def unplaced(self, port: str, now: datetime) -> int:
        """How many scanners in service were reported at a port of several bridges, and at none of these. By what was
        taken in."""
        with self._lock:
            fleet = self._fleet.standings(microseconds(now))
        return sum(each.in_service and only_at_port(each.port, self.ports) == port for each in fleet)

    def passed(self, bridge: str, now: datetime) -> Gates:
        """What passed the gates of a bridge within the day before `now`, by all that the log has."""
        with self._lock:
            self._look()
            return gates(self._bridges.reads_of(bridge), microseconds(now))

    def hours(self, bridge: str, now: datetime) -> list[tuple[LaneClass | None, list[tuple[int, Waits | None]]]]:
        """The waits of a bridge by whole hours of the day before `now`, at all its lanes and by class; see
        `ports.waits.hourly`. Empty where readings may not be used."""
        passed = self.passed(bridge, now)
        if passed.trucks.refused is not None:
            return []
        lanes = (None, *(lane for lane in LANE_CLASSES if lane in passed.classes))
        return [(lane, hourly(passed.trucks, lane, microseconds(now))) for lane in lanes]

    def save(self) -> None:
        """Keep the states, so that they are quickly there the next time."""
        with self._lock:
            for each in (self._bridges, self._fleet):
                self._log.projections.save(f"{each.name}/{each.version}", self._cursor[each.name], each.dump())

    def _look(self) -> None:
        """Take in what is new in the log."""
        for each in (self._bridges, self._fleet):
            end = self._log.position()
            while events := self._log.read(self._cursor[each.name], types=each.types, limit=_PAGE):
                each.apply(events)
                self.heard += len(events)
                self._cursor[each.name] = events[-1].position
            self._cursor[each.name] = max(self._cursor[each.name], end)


class Live:
    """The bridges of a log, opened when they are first asked for: most that a node does needs none."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = threading.Lock()
        self.opened: LiveBridges | None = None

    def __call__(self) -> LiveBridges:
        """The bridges. Raises PortError, ArtefactMissingError, ArtefactChangedError."""
        with self._lock:
            if self.opened is None:
                self.opened = LiveBridges(self._log, ports_in_use(self._log).values())
            return self.opened

    def renew(self) -> None:
        """Take up the port documents that are in force by now."""
        with self._lock:
            if self.opened is not None:
                self.opened.save()
            self.opened = None


def _taken_up(log: Log, projection: Projection) -> int:
    """The position up to which a projection's saved state has the log; 0 where none was saved."""
    saved = log.projections.load(f"{projection.name}/{projection.version}")
    if saved is None:
        return 0
    projection.load(saved[1])
    return saved[0]
