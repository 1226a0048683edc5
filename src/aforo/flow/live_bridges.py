"""Bridges and their scanners as they are now: port documents, and two projections of the log that are kept up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from aforo.domain.bridge import LANE_CLASSES, LaneClass, ReadPlace, Resource
from aforo.domain.clock import microseconds
from aforo.fleet.standing import FORGOTTEN_DAYS, Standing
from aforo.fleet.state import FleetState
from aforo.flow.documents import in_force
from aforo.flow.scanner_places import bridge_of, capacities, only_at_port
from aforo.flow.telemetry import ReaderAt
from aforo.log.projections import Follower
from aforo.log.store import Log
from aforo.measures.waits import Waits
from aforo.ports.directory import Directory
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.heard import counted
from aforo.ports.reads import LONGEST
from aforo.ports.shipped import documents as shipped
from aforo.ports.standing import BridgeLoad, BridgeState, bridge_load, bridge_state
from aforo.ports.state import BridgesState
from aforo.ports.waits import HOUR, STARTS, Gates, gates, hourly
from aforo.ports.work import Work


def directory_in_use(log: Log) -> Directory:
    """The port documents in force in the log, and those shipped for all other ports. Raises PortError,
    ArtefactMissingError, ArtefactChangedError."""
    own = (log.artefacts.get(hash_) for hash_ in in_force(log, "port").values())
    return Directory.of((*shipped().values(), *own))


#: Words for bridges that are remembered.
MOST_WORDS = 10_000


class LiveBridges:
    """The bridges of some port documents. May be asked from several threads."""

    def __init__(self, log: Log, directory: Directory) -> None:
        """The states are taken up where they were saved, and brought up when they are first asked for."""
        self.directory = directory
        self.ports = directory.ports
        self._of: dict[str, tuple[PortDocument, Bridge]] = {
            bridge.id: (port, bridge) for port in self.ports for bridge in port.bridges
        }
        self._bridges, self._fleet = BridgesState(), FleetState()
        self._lock = threading.RLock()
        self._followers = [Follower(log, each) for each in (self._bridges, self._fleet)]
        self._meant: dict[tuple[str, str], str] = {}
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

    def meant(self, port: str, bridge: str) -> str:
        """The bridge that a port's code and a bridge's name mean: of a port without a bridge of that name, nor another
        port's, its first one, so that no truck of the port is nobody's; empty where they mean none. Few words are used,
        and each truck has some: what they mean is remembered."""
        if (port, bridge) not in self._meant:
            if len(self._meant) >= MOST_WORDS:
                self._meant.clear()
            at = next((each for each in self.ports if each.code == port), None)
            own = at.bridge(bridge) if at is not None and bridge else None
            found = own.id if own is not None else self.called(bridge) if bridge else None
            self._meant[port, bridge] = found or (at.bridges[0].id if at is not None and at.bridges else "")
        return self._meant[port, bridge]

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

    def look(self, told: Callable[[int], object] = int) -> int:
        """Take in what is new in the log; how many events have been, so that it is known whether any was. `told` hears
        of each page how many it had, so that a long read can be shown."""
        with self._lock:
            self._look(told)
            return self.heard

    def expected(self, bridge: str, at: datetime) -> BridgeLoad:
        """What a bridge has to do at an instant, or will have at a later one if nothing else is heard: rosters go on,
        and who is being served leaves. By what was taken in; raises KeyError."""
        port, own = self._of[bridge]
        with self._lock:
            then = microseconds(at)
            scanners = capacities(self._fleet.standings(then), self.ports).get(bridge, {})
            return bridge_load(self._bridges, port, own, scanners, then)

    def scanners(self, bridge: str, now: datetime) -> dict[Resource, int]:
        """How many scanners are in service at a bridge by the scanner log, by what they are used as there."""
        with self._lock:
            self._look()
            placed = capacities(self._fleet.standings(microseconds(now)), self.ports).get(bridge, {})
        return {resource: each.stands for resource, each in placed.items()}

    def fleet(self, now: datetime, forgotten_days: int = FORGOTTEN_DAYS) -> list[Standing]:
        """How every scanner is at `now`, and every other device of the scanner log, by all that the log has. An order
        of which nothing more is heard for `forgotten_days`, as the targets in force have them, is unaccounted for."""
        with self._lock:
            self._look()
            return self._fleet.standings(microseconds(now), forgotten_days)

    def out_of_service(self, bridge: str, now: datetime) -> list[Standing]:
        """The scanners of a bridge that are down or in maintenance. By what was taken in; raises KeyError."""
        _, own = self._of[bridge]
        with self._lock:
            fleet = self._fleet.standings(microseconds(now))
        lost = [each for each in fleet if each.status in ("down", "maintenance") and each.device == "scanner"]
        return [each for each in lost if bridge_of(each.port, self.ports) is own]

    def unplaced(self, port: str, now: datetime) -> int:
        """How many scanners in service were reported at a port of several bridges, and at none of these. By what was
        taken in."""
        with self._lock:
            fleet = self._fleet.standings(microseconds(now))
        mine = [each for each in fleet if each.in_service and each.device == "scanner"]
        return sum(only_at_port(each.port, self.ports) == port for each in mine)

    def passed(self, bridge: str, now: datetime) -> Gates:
        """What passed the gates of a bridge within the day before `now`, by all that the log has."""
        with self._lock:
            self._look()
            return gates(self._bridges.reads_of(bridge), microseconds(now))

    def last_read(self, bridge: str, now: datetime) -> dict[ReadPlace, int]:
        """When each place of a bridge was read last before `now` (microseconds since 1970), by all that the log has; a
        place that was never read is left out."""
        with self._lock:
            self._look()
            places = self._bridges.reads_of(bridge)
        until = microseconds(now)
        return {place: int(before[-1]) for place, each in places.items() if len(before := each.at[each.at <= until])}

    def work_of(self, bridge: str, now: datetime) -> dict[str, Work]:
        """The crossings that wait or are served at a bridge, by name, of what was heard within the day before `now`."""
        with self._lock:
            self._look()
            until = microseconds(now)
            return {
                name: each for name, each in self._bridges.work_of(bridge).items() if until - LONGEST < each.at <= until
            }

    def counted(self, bridge: str, now: datetime) -> dict[int, int]:
        """The trucks that passed the gate farthest out in each whole hour of the day before `now` of which its readers
        were heard throughout, by the instant at which it began (microseconds); by all that the log has."""
        with self._lock:
            self._look()
            return counted(self._bridges.reads_of(bridge), STARTS, HOUR, microseconds(now))

    def hours(self, bridge: str, now: datetime) -> list[tuple[LaneClass | None, list[tuple[int, Waits | None]]]]:
        """The waits of a bridge by whole hours of the day before `now`, at all its lanes and by class; see
        `ports.waits.hourly`. Empty where readings may not be used."""
        passed = self.passed(bridge, now)
        if passed.trucks.refused is not None:
            return []
        lanes = (None, *(lane for lane in LANE_CLASSES if lane in passed.classes))
        return [(lane, hourly(passed, lane, microseconds(now))) for lane in lanes]

    def save(self) -> None:
        """Keep the states, so that they are quickly there the next time."""
        with self._lock:
            for each in self._followers:
                each.save()

    def _look(self, told: Callable[[int], object] = int) -> None:
        """Take in what is new in the log."""
        self.heard += sum(each.look(told=told) for each in self._followers)


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
                self.opened = LiveBridges(self._log, directory_in_use(self._log))
            return self.opened

    def renew(self) -> None:
        """Take up the port documents that are in force by now."""
        with self._lock:
            if self.opened is not None:
                self.opened.save()
            self.opened = None
