"""The boards of a log's bridges, opened when they are first asked for, and kept up by each look."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from aforo.domain.clock import Clock
from aforo.flow.board import LATE, Board
from aforo.flow.board_first import BoardCounts, by_need, counts_of
from aforo.flow.board_known import Known
from aforo.flow.board_orders import seen_in
from aforo.flow.board_shown import BoardRow, BridgeSummary, row_of, summary_of
from aforo.flow.board_truck import Seen, Truck
from aforo.flow.bridges_shown import BridgeShown
from aforo.flow.live_bridges import Live
from aforo.flow.names import stream_of
from aforo.flow.scanner_places import bridge_of
from aforo.log.instants import position_before
from aforo.log.store import Log
from aforo.ports.document import PortDocument
from aforo.ports.hours import hours_of
from aforo.ports.reads import MINUTE

#: How far back a log is read where nothing newer was saved: what filed before that has come, or will not.
BEGIN = timedelta(hours=24)
#: Seconds between two savings of the state, which bound what is read again after the server was killed; and between
#: two looks for trucks that are done or old.
SAVE_EVERY_S, FORGET_EVERY_S = 120.0, 1.0
_PAGE = 5_000
#: Words for bridges that are remembered.
MOST_WORDS = 10_000


@dataclass(frozen=True)
class Changes:
    """What changed on a board: rows in whole, and crossings that left it."""

    rows: list[BoardRow]
    gone: list[str]


class Boards:
    """See the module. May be asked from several threads."""

    def __init__(self, log: Log, live: Live, clock: Clock, lead: Callable[[str], float]) -> None:
        """`lead` is how many minutes after it filed a truck is expected, by its lane."""
        self._log, self._live, self._clock = log, live, clock
        self._board = Board(self._bridge_of, self._orders, lead)
        self._lock = threading.RLock()
        self._cursor = self._saved = -1
        self._saved_at = self._forgot_at = 0.0
        self._by_bridge: dict[str, dict[str, None]] = {}
        self._ports: tuple[PortDocument, ...] = ()
        self._means: dict[tuple[str, str], str] = {}
        #: Whether somebody takes what changes; else it need not be remembered.
        self.followed = False
        self.reasons = Known()

    def look(self) -> None:
        """Take in what is new in the log."""
        with self._lock:
            if self._cursor < 0:
                self._open()
            end = self._log.position()
            while self._cursor < end:
                events = self._log.read(self._cursor, types=self._board.types, limit=_PAGE)
                if not events:
                    self._cursor = end
                    break
                self._board.apply(events)
                self._cursor = events[-1].position
            now = time.monotonic()
            if now - self._forgot_at > FORGET_EVERY_S:
                self._forgot_at = now
                self.forget()
            if not self.followed:
                self._put_in_place()
                self._board.changed.clear()
            if now - self._saved_at > SAVE_EVERY_S and self._cursor - self._saved > 0:
                self._save(now)

    def forget(self) -> None:
        """Leave what is done or old by the node's clock."""
        with self._lock:
            self._board.forget(self._clock(), self._opened)

    def changes(self) -> dict[str, Changes]:
        """What changed since this was asked last, by bridge."""
        with self._lock:
            before = self._put_in_place()
            told: dict[str, Changes] = {}
            for name, was in before.items():
                truck = self._board.trucks.get(name)
                if was and (truck is None or truck.bridge != was or not truck.decision):
                    told.setdefault(was, Changes([], [])).gone.append(name)
                if truck is not None and truck.bridge and truck.decision:
                    told.setdefault(truck.bridge, Changes([], [])).rows.append(self._row(name, truck))
            self._board.changed.clear()
            return told

    def rows(self, bridge: str) -> list[BoardRow]:
        """The rows of a bridge, as of the last look."""
        with self._lock:
            return [self._row(name, truck) for name, truck in self._of(bridge)]

    def has(self, crossing: str) -> bool:
        """Whether a crossing is on the board of a bridge, as of the last look."""
        with self._lock:
            truck = self._board.trucks.get(crossing)
            return truck is not None and bool(truck.bridge and truck.decision)

    def first(self, bridge: str) -> tuple[list[str], BoardCounts]:
        """The crossings of a bridge in the order in which they are told, and what they come to, as of the last look."""
        with self._lock:
            own = self._of(bridge)
            return by_need(own), counts_of(own)

    def some(self, bridge: str, crossings: Iterable[str]) -> list[BoardRow]:
        """The rows of those crossings that are on the board of a bridge, as of the last look."""
        with self._lock:
            self._put_in_place()
            trucks, own = self._board.trucks, self._by_bridge.get(bridge, {})
            return [self._row(name, trucks[name]) for name in crossings if name in own and trucks[name].decision]

    def summary(self, bridge: str, state: BridgeShown, zone: str, alerts: int | None) -> BridgeSummary:
        """A bridge in a few figures, as of the last look; `alerts` is about how many of its trucks alerts ask for
        somebody, None for who may not know."""
        with self._lock:
            return summary_of(state, zone, (truck for _, truck in self._of(bridge)), alerts)

    def unreasoned(self, bridges: Iterable[str], most: int) -> list[str]:
        """Crossings at some bridges that something is asked of and whose reason was not worked out, those that need a
        person first. Of what is released the figures say why, and its sentence is for who opens it."""
        with self._lock:
            asked = [
                (truck.attention, truck.decided, name)
                for bridge in bridges
                for name, truck in self._of(bridge)
                if truck.attention and not self.reasons.tried(truck.decision)
            ]
        return [name for _, _, name in sorted(asked, reverse=True)[:most]]

    def touch(self, crossings: Iterable[str]) -> None:
        """Rows are to be shown again, since more is known of them."""
        with self._lock:
            for name in crossings:
                if (truck := self._board.trucks.get(name)) is not None:
                    self._board.changed.setdefault(name, truck.bridge)

    def save(self) -> None:
        """Keep the state, if anything was looked at since it was kept."""
        with self._lock:
            if self._cursor > self._saved:
                self._save(time.monotonic())

    def _open(self) -> None:
        begin = position_before(self._log, self._clock() - BEGIN)
        kept = self._log.projections.load(f"{self._board.name}/{self._board.version}")
        if kept is not None and kept[0] >= begin:
            self._cursor = self._saved = kept[0]
            self._board.load(kept[1])
            for name, truck in self._board.trucks.items():
                self._by_bridge.setdefault(truck.bridge, {})[name] = None
        else:
            self._cursor = self._saved = begin
        self._saved_at = time.monotonic()

    def _save(self, now: float) -> None:
        self._log.projections.save(f"{self._board.name}/{self._board.version}", self._cursor, self._board.dump())
        self._saved, self._saved_at = self._cursor, now

    def _put_in_place(self) -> dict[str, str]:
        """Put what changed on the board of its bridge; where each was before."""
        for name, was in self._board.changed.items():
            truck = self._board.trucks.get(name)
            if was and (truck is None or truck.bridge != was):
                self._by_bridge.get(was, {}).pop(name, None)
            if truck is not None:
                self._by_bridge.setdefault(truck.bridge, {})[name] = None
        return self._board.changed

    def _of(self, bridge: str) -> list[tuple[str, Truck]]:
        self._put_in_place()
        trucks = self._board.trucks
        return [(name, truck) for name in self._by_bridge.get(bridge, ()) if (truck := trucks[name]).decision]

    def _row(self, name: str, truck: Truck) -> BoardRow:
        return row_of(name, truck, self.reasons.of(truck.decision))

    def _bridge_of(self, port: str, called: str) -> str:
        """The bridge that words mean. Few words are used, and each truck has some: what they mean is remembered for as
        long as the port documents stay the same."""
        ports = self._live().ports
        if ports is not self._ports or len(self._means) > MOST_WORDS:
            self._ports, self._means = ports, {}
        if (port, called) not in self._means:
            found = bridge_of(called, ports) or bridge_of(port, ports)
            self._means[port, called] = "" if found is None else found.id
        return self._means[port, called]

    def _opened(self, bridge: str, at: int) -> int:
        """Since when a bridge was open as long as one looks for trucks that were due; one that no document has is."""
        live = self._live()
        if not live.has(bridge):
            return at - LATE * MINUTE
        port, own = live.place(bridge)
        return hours_of(own.open, port.zone).since(at, LATE)

    def _orders(self, crossing: str) -> Seen:
        return seen_in(self._log.stream(stream_of(crossing)))
