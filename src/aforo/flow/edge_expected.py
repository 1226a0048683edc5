"""The trucks that a port is to expect, as its node's log has them: what a bundle is made of, and whom facts are about.

An index in memory, made of the last days of the log and kept up with it. A crossing is expected from its first decision
until it passed or was examined; longer where it is held, or what was ordered, be it since, is to be carried out. It is
expected at every port that its filings name; what is ordered of one that names none that can be read, at all of them.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from aforo.domain.decision import Basis, Examination
from aforo.domain.event import Arrived, AtYard, Decided, Examined, Filed, Moved, OrderUndone, Overridden, Passed
from aforo.domain.routed import Routed
from aforo.domain.text import Text
from aforo.flow.arrival import lot_place
from aforo.flow.earlier import filed_before
from aforo.flow.edge_marks import marks_of, name_mark, port_key
from aforo.flow.edge_open import ORDER_KEPT, OpenOrders
from aforo.flow.edge_orders import carried_out, left_to_do, ordered_by, standing_order
from aforo.flow.names import stream_of
from aforo.flow.open_trucks import FORGOTTEN_S
from aforo.flow.order import but_undone, order_of
from aforo.log.instants import position_before
from aforo.log.store import Log
from aforo.log.stored import DecodedEvent, StoredEvent

#: Events after which a crossing is looked at again.
TYPES = (
    Filed.TYPE, Decided.TYPE, Overridden.TYPE, OrderUndone.TYPE, Arrived.TYPE, Passed.TYPE, Examined.TYPE, Moved.TYPE,
)  # fmt: skip
#: Crossings that are remembered after they were expected, so that a late fact finds them; and gone ones of a delta.
MOST_KNOWN = 200_000
_PAGE = 2_000

#: What rules state for filers, by the code of the rule.
Stated = Callable[[], dict[str, Text]]


class Expected(msgspec.Struct, frozen=True, omit_defaults=True):
    """A truck: the mark of its crossing's name as it is spelled, the event that the order comes from, what is ordered,
    on what basis and grounds, what its filers may be told of these, all its marks, and when it was filed (seconds since
    1970). Of one that the price of a bridge released, `routed` are the numbers of that choice, with its lot."""

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


def expected_of(
    events: Sequence[StoredEvent], ref: str, marks: tuple[str, ...], stated: dict[str, Text]
) -> Expected | None:
    """What a port has to know of a crossing, by the mark of its name; None of one that it need not expect."""
    events = but_undone(events)
    decided, over = order_of(events)
    if decided is None or isinstance(events[-1].payload, Moved):
        return None
    order: Examination = standing_order(events)
    passed = arrived = there = False
    filed = 0
    for stored in events:
        payload = stored.payload
        if isinstance(payload, Filed):
            filed = filed or int(stored.event.occurred_at.timestamp())
        elif isinstance(payload, AtYard):
            there = True
        elif isinstance(payload, Arrived):
            arrived = there = True
        elif isinstance(payload, Passed | Examined):
            passed = there = True
    if order != "hold":
        # Cancelled: a hold stands all the same, and so does what is still to be done with a truck that is there.
        if over is None and not decided.features and (not there or order == "release"):
            return None
        if passed and not left_to_do(events) and (order == "release" or over is None or not _ordered_since(events)):
            return None
    grounds = decided.mandatory if order != "release" else ()
    told = tuple(stated[code] for code in grounds if code in stated)
    routed = decided.routing
    by_price = order == "release" and over is None and routed is not None
    basis: Basis | None = "override" if over is not None else decided.basis
    return Expected(
        ref, ordered_by(events), order, marks, filed, basis if order != "release" else None, grounds, told,
        arrived or passed, *((decided.bridge, decided.lot, routed and routed.nameless()) if by_price else ()),
    )  # fmt: skip


def _ordered_since(events: Sequence[StoredEvent]) -> bool:
    """Whether officers ordered something after the truck was let go: before this was told, or after it was. An edge
    hands in later what it let go earlier, and the truck may come to the booth again. An examination since ends that."""
    order = next(stored.event for stored in reversed(events) if isinstance(stored.payload, Overridden))
    here = order.reported_at is None

    def newer(stored: StoredEvent) -> bool:
        event = stored.event
        told, happened = order.version > event.version, order.occurred_at > event.occurred_at
        if isinstance(stored.payload, Examined):
            return told and (here or happened)
        # Of what an edge let go in that very instant nobody knows which came first.
        return happened or (
            here and (told or (event.causation_id is not None and order.occurred_at == event.occurred_at))
        )

    return all(newer(stored) for stored in events if isinstance(stored.payload, Passed | Examined))


def may_name(port: str, events: Sequence[StoredEvent]) -> bool:
    """Whether the bundle of a port may name a crossing: a filing of it names the port, or none names one."""
    root = next((each for stored in events if isinstance(each := stored.payload, Filed)), None)
    if root is None:
        return False
    named = _ports(root, [filed for _, filed in filed_before(events, events[-1].event.version)])
    return not named or port in named


def _ports(root: Filed, filings: Iterable[Filed]) -> set[str]:
    return {lot_place(filed.declaration.get("port")) for filed in (root, *filings)} - {""}


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
        #: Those of the gone that an examination here carried everything out of.
        self._done: set[str] = set()
        #: Crossings by mark, the first heard of first. Nearly every mark has one: a tuple takes a fifth of a dict.
        self._by_mark: dict[str, tuple[str, ...]] = {}
        self._known: dict[str, tuple[str, ...]] = {}
        #: When something was recorded last of those that are expected.
        self._heard: dict[str, datetime] = {}
        self._open: OpenOrders | None = None
        self._cursor = position_before(log, log.clock() - timedelta(seconds=FORGOTTEN_S))
        #: A delta can be made from here on.
        self._first: int | None = None

    def trucks(self) -> tuple[list[Expected], int]:
        """All that are expected, and the position up to which that is so."""
        with self._lock:
            self._catch_up()
            return list(self._trucks.values()), self._cursor

    def delta(self, since: int) -> tuple[list[Expected], list[str], list[str]] | None:
        """What changed since a position, as of the last look: trucks, the marks of those that are gone, and of these
        those that were seen to. None where that is not known any more."""
        with self._lock:
            if self._first is None or not self._first <= since <= self._cursor:
                return None
            changed = [each for each in self._trucks.values() if self._changed[each.ref] > since]
            gone = [ref for ref, position in self._gone.items() if position > since]
            return changed, gone, [ref for ref in gone if ref in self._done]

    def crossings(self, mark: str) -> list[str]:
        """The crossings that are known by a mark, the first heard of first."""
        with self._lock:
            self._catch_up()
            return list(self._by_mark.get(mark, ()))

    def under(self, marks: Iterable[str]) -> dict[str, Expected]:
        """The trucks that are expected under any of these marks, by their crossings."""
        with self._lock:
            self._catch_up()
            names = dict.fromkeys(name for own in marks for name in self._by_mark.get(own, ()))
            return {name: self._trucks[name] for name in names if name in self._trucks}

    def by_crossing(self) -> dict[str, Expected]:
        """All that are expected, by their crossings."""
        with self._lock:
            self._catch_up()
            return dict(self._trucks)

    def heard(self, marks: Iterable[str]) -> bool:
        """Whether any crossing is known by one of these, as of the last look: it asks the log nothing."""
        with self._lock:
            return not self._by_mark.keys().isdisjoint(marks)

    def _refresh_key(self) -> None:
        """Begin anew where an erasure gave the port another key: every mark is another then."""
        self.log.keys.forget_erased()
        key = port_key(self.log.keys, self.port)
        if key == self.key:
            return
        self.key, self._open, self._first = key, None, None
        for known in (self._trucks, self._changed, self._gone, self._by_mark, self._known, self._heard):
            known.clear()
        self._done.clear()
        self._cursor = position_before(self.log, self.log.clock() - timedelta(seconds=FORGOTTEN_S))

    def _catch_up(self) -> None:
        self._refresh_key()
        settled = self.log.position()
        names: dict[str, int] = {}
        if self._open is None:
            # What is ordered is told of however long ago that was; of all else, what the last days have.
            self._open = OpenOrders(self.log).catch_up()
            names = dict.fromkeys((stream_of(crossing) for crossing in self._open.crossings), self._cursor)
        while events := self.log.read(self._cursor, types=TYPES, limit=_PAGE):
            for stored in events:
                names[stored.event.stream] = stored.position
            self._open.apply(events)
            self._cursor = events[-1].position
        self._cursor = max(self._cursor, settled)
        stated = self._stated() if names else {}
        streams = list(names)
        for start in range(0, len(streams), 200):
            part = streams[start : start + 200]
            for stream, found in self.log.streams(part).items():
                events = [DecodedEvent.of(each) for each in found]
                self._look(stream.removeprefix("crossing/"), events, names[stream], stated)
        if self._first is None:
            self._first = self._cursor
        self._forget()

    def _look(self, crossing: str, events: Sequence[StoredEvent], position: int, stated: dict[str, Text]) -> None:
        filings = [filed for _, filed in filed_before(events, events[-1].event.version)]
        root = next((each for stored in events if isinstance(each := stored.payload, Filed)), None)
        if root is None:
            return
        named = _ports(root, filings)
        if named and self.port not in named:
            return
        taken = [
            each.crossing for stored in events if isinstance(filed := stored.payload, Filed) for each in filed.takes
        ]
        marks = marks_of(crossing, filings or [root], self.key, self.log.keys, taken)
        # Two crossings may have one name but for its spelling: each is a truck, and neither hides the other.
        ref = name_mark(self.key, crossing)
        truck = expected_of(events, ref, marks, stated)
        if not named and (truck is None or truck.order == "release"):
            truck = None  # no port is to know of a truck that is nobody's, unless it must do something with it
            if crossing not in self._known:
                return
        before = self._known.pop(crossing, ())
        self._known[crossing] = marks = tuple(dict.fromkeys((*before, *marks, ref)))
        for own in marks[len(before) :]:
            self._by_mark[own] = (*self._by_mark.get(own, ()), crossing)
        if truck is None:
            self._leave(crossing, position, done=carried_out(events))
        else:
            self._enter(crossing, truck, position, events[-1].event.recorded_at)

    def _enter(self, crossing: str, truck: Expected, position: int, heard: datetime) -> None:
        self._gone.pop(truck.ref, None)
        self._done.discard(truck.ref)
        self._trucks[crossing], self._changed[truck.ref] = truck, position
        self._heard[crossing] = heard

    def _leave(self, crossing: str, position: int, *, done: bool = False) -> None:
        if (truck := self._trucks.pop(crossing, None)) is not None:
            self._gone[truck.ref] = position
            if done:
                self._done.add(truck.ref)
            self._changed.pop(truck.ref, None)
            self._heard.pop(crossing, None)

    def _forget(self) -> None:
        """Leave what is old by the node's own clock: of what nothing is heard any more a port is not told, of what is
        ordered much later, and of holds always."""
        now = self.log.clock()
        released, ordered_ = now - timedelta(seconds=FORGOTTEN_S), now - ORDER_KEPT
        for crossing, truck in list(self._trucks.items()):
            oldest = released if truck.order == "release" else ordered_
            if truck.order != "hold" and self._heard[crossing] < oldest:
                self._leave(crossing, self._cursor)
        while len(self._known) > MOST_KNOWN:
            crossing = next(iter(self._known))
            for each in self._known.pop(crossing):
                known = self._by_mark.pop(each)
                if len(known) > 1:
                    place = known.index(crossing)
                    self._by_mark[each] = known[:place] + known[place + 1 :]
        while len(self._gone) > MOST_KNOWN:
            ref = next(iter(self._gone))
            self._first = max(self._first or 0, self._gone.pop(ref))
            self._done.discard(ref)
