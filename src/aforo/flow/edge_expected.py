"""The trucks that a port is to expect, as its node's log has them: what a bundle is made of, and whom facts are about.

An index in memory, made of the last days of the log and kept up with it. A crossing is expected from its first decision
until it passed or was examined; longer where it is held, or what was ordered is still to be carried out.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from aforo.domain.decision import Basis, Examination
from aforo.domain.event import Arrived, Decided, Examined, Filed, Moved, Overridden, Passed
from aforo.domain.routed import Routed
from aforo.domain.text import Text
from aforo.flow.arrival import lot_place
from aforo.flow.earlier import filed_before
from aforo.flow.edge_marks import marks_of, port_key
from aforo.flow.open_trucks import FORGOTTEN_S
from aforo.flow.order import order_of, ordered
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: Events after which a crossing is looked at again.
TYPES = (Filed.TYPE, Decided.TYPE, Overridden.TYPE, Arrived.TYPE, Passed.TYPE, Examined.TYPE, Moved.TYPE)
#: Crossings that are remembered after they were expected, so that a late fact finds them; and gone ones of a delta.
MOST_KNOWN = 200_000
_PAGE = 2_000

#: What rules state for filers, by the code of the rule.
Stated = Callable[[], dict[str, Text]]


class Expected(msgspec.Struct, frozen=True, omit_defaults=True):
    """A truck: the mark of its crossing's name, the event of its last decision, what is ordered, on what basis and
    grounds, what its filers may be told of these, all its marks, and when it was filed (seconds since 1970). Of one
    that the price of a bridge released, `routed` are the numbers of that choice, with its lot."""

    ref: str
    decision: str
    order: Examination
    marks: tuple[str, ...]
    filed: int
    basis: Basis | None = None
    grounds: tuple[str, ...] = ()
    stated: tuple[Text, ...] = ()
    arrived: bool = False
    bridge: str = ""
    lot: int = 0
    routed: Routed | None = None


def expected_of(events: Sequence[StoredEvent], marks: tuple[str, ...], stated: dict[str, Text]) -> Expected | None:
    """What a port has to know of a crossing; None of one that it need not expect."""
    decided, over = order_of(events)
    if decided is None or isinstance(events[-1].payload, Moved):
        return None
    order: Examination = ordered(events)
    if over is None and not decided.features:
        # Cancelled: a hold stands all the same, and so does what is still to be done with a truck that is there.
        there = any(isinstance(stored.payload, Arrived) for stored in events)
        if order != "hold" and (not there or order == "release"):
            return None
    passed = arrived = False
    found: bool | None = None
    stands = False
    decision, filed = "", 0
    for stored in events:
        payload = stored.payload
        if isinstance(payload, Decided):
            decision = stored.event.event_id
        elif isinstance(payload, Filed):
            filed = filed or int(stored.event.occurred_at.timestamp())
        elif isinstance(payload, Arrived):
            arrived = True
        elif isinstance(payload, Passed):
            passed = True
        elif isinstance(payload, Examined):
            passed, stands = True, payload.order_stands
            found = payload.outcome.violation
        elif isinstance(payload, Overridden) and payload.examination == "release":
            found = None
    if found:
        order = "hold"
    elif passed and not stands and order != "hold":
        return None
    grounds = decided.mandatory if order != "release" else ()
    told = tuple(stated[code] for code in grounds if code in stated)
    by_price = order == "release" and over is None and decided.routing is not None
    basis: Basis | None = "override" if over is not None else decided.basis
    return Expected(
        marks[0], decision, order, marks, filed, basis if order != "release" else None, grounds, told,
        arrived or passed, *((decided.bridge, decided.lot, decided.routing) if by_price else ()),
    )  # fmt: skip


def digest_of(trucks: Iterable[Expected]) -> str:
    """What names a set of expected trucks, in whatever order they are."""
    encode = msgspec.json.encode
    whole = hashlib.sha256()
    for each in sorted(trucks, key=lambda truck: truck.ref):
        whole.update(hashlib.sha256(encode(each)).digest())
    return whole.hexdigest()


class Expecting:
    """The index of one port. Safe to share between threads."""

    def __init__(self, log: Log, port: str, stated: Stated = dict) -> None:
        self.log = log
        self.port = port
        self.key = port_key(log.keys, port)
        self._stated = stated
        self._lock = threading.Lock()
        #: By crossing; and the position at which each changed last, by the mark of its name.
        self._trucks: dict[str, Expected] = {}
        self._changed: dict[str, int] = {}
        self._gone: dict[str, int] = {}
        self._by_mark: dict[str, dict[str, None]] = {}
        self._known: dict[str, tuple[str, ...]] = {}
        self._cursor = _since(log, log.clock() - timedelta(seconds=FORGOTTEN_S))
        #: A delta can be made from here on.
        self._first: int | None = None

    def trucks(self) -> tuple[list[Expected], int]:
        """All that are expected, and the position up to which that is so."""
        with self._lock:
            self._catch_up()
            return list(self._trucks.values()), self._cursor

    def delta(self, since: int) -> tuple[list[Expected], list[str]] | None:
        """What changed since a position, as of the last look: trucks, and the marks of those that are gone. None where
        that is not known any more."""
        with self._lock:
            if self._first is None or not self._first <= since <= self._cursor:
                return None
            changed = [each for each in self._trucks.values() if self._changed[each.ref] > since]
            return changed, [ref for ref, position in self._gone.items() if position > since]

    def crossings(self, mark: str) -> list[str]:
        """The crossings that are known by a mark, the first heard of first."""
        with self._lock:
            self._catch_up()
            return list(self._by_mark.get(mark, ()))

    def heard(self, marks: Iterable[str]) -> bool:
        """Whether any crossing is known by one of these, as of the last look: it asks the log nothing."""
        with self._lock:
            return not self._by_mark.keys().isdisjoint(marks)

    def _catch_up(self) -> None:
        settled = self.log.position()
        names: dict[str, int] = {}
        while events := self.log.read(self._cursor, types=TYPES, limit=_PAGE):
            for stored in events:
                names[stored.event.stream] = stored.position
            self._cursor = events[-1].position
        self._cursor = max(self._cursor, settled)
        stated = self._stated() if names else {}
        streams = list(names)
        for start in range(0, len(streams), 200):
            part = streams[start : start + 200]
            for stream, found in self.log.streams(part).items():
                self._look(stream.removeprefix("crossing/"), found, names[stream], stated)
        if self._first is None:
            self._first = self._cursor
        self._forget()

    def _look(self, crossing: str, events: list[StoredEvent], position: int, stated: dict[str, Text]) -> None:
        filings = [filed for _, filed in filed_before(events, events[-1].event.version)]
        root = next((each for stored in events if isinstance(each := stored.payload, Filed)), None)
        if root is None or lot_place(root.declaration.get("port")) != self.port:
            return
        marks = marks_of(crossing, filings or [root], self.key, self.log.keys)
        self._known.pop(crossing, None)
        self._known[crossing] = marks
        for own in marks:
            self._by_mark.setdefault(own, {})[crossing] = None
        truck = expected_of(events, marks, stated)
        ref = marks[0]
        if truck is None:
            if self._trucks.pop(crossing, None) is not None:
                self._gone[ref] = position
                self._changed.pop(ref, None)
        else:
            self._gone.pop(ref, None)
            self._trucks[crossing], self._changed[ref] = truck, position

    def _forget(self) -> None:
        """Leave what is old: of what nothing is heard any more a port is not told, but of holds."""
        oldest = int((self.log.clock() - timedelta(seconds=FORGOTTEN_S)).timestamp())
        for crossing, truck in list(self._trucks.items()):
            if truck.filed < oldest and truck.order != "hold":
                del self._trucks[crossing]
                self._gone[truck.ref] = self._cursor
        while len(self._known) > MOST_KNOWN:
            crossing = next(iter(self._known))
            for each in self._known.pop(crossing):
                known = self._by_mark[each]
                known.pop(crossing, None)
                if not known:
                    del self._by_mark[each]
        while len(self._gone) > MOST_KNOWN:
            ref = next(iter(self._gone))
            self._first = max(self._first or 0, self._gone.pop(ref))


def _since(log: Log, instant: datetime) -> int:
    """A position behind which all that was recorded from an instant on lies: positions are in the order of time."""
    low, high = 0, log.position()
    while low < high:
        middle = (low + high) // 2
        found = log.read(middle, limit=1)
        if not found or found[0].position > high or found[0].event.recorded_at >= instant:
            high = middle
        else:
            low = max(middle + 1, found[0].position)
    return low
