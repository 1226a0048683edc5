"""The board of a bridge: the trucks that have filed for it and are not done, each with where it stands.

A projection of the log that is kept up while somebody looks. It takes in events one by one, since a border makes many;
only of a crossing over which something was ordered, or in which something was found, are all events read again
(`board_orders`), so that orders count here as everywhere. Which trucks wait or are served is told by `ports.work`, as
everywhere. It holds open trucks of the last day or so: what is done leaves some minutes after, what is not heard of any
more by its age, and the oldest where there are more than `MOST`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from aforo.domain.booth import BoothInstructed
from aforo.domain.clock import microseconds
from aforo.domain.event import (
    AcceptanceUndone,
    Arrived,
    Assessed,
    AtYard,
    Decided,
    Event,
    Examined,
    Filed,
    Moved,
    OrderAccepted,
    OrderUndone,
    Overridden,
    Passed,
    Payload,
    payload_of,
)
from aforo.flow.acted_on import acts
from aforo.flow.board_truck import Agreed, At, Seen, Truck, done
from aforo.flow.on_the_way import expected_of
from aforo.log.stored import StoredEvent
from aforo.ports.work import TYPES as WORK
from aforo.ports.work import Said, Saved, Whereabouts

_MINUTE = 60_000_000
#: How long a truck stays on the board when it is done; and after the last that was heard of it.
DONE_US, SILENT_US = 3 * _MINUTE, 24 * 60 * _MINUTE
#: For how many minutes a bridge must be open until a truck that was due before, and did not come, is not looked for any
#: more: at one that is closed trucks wait in line until it opens.
LATE = 6 * 60
#: How many trucks are kept at most, of all bridges.
MOST = 50_000
_PEOPLE = "people"
_WORK = frozenset(WORK)

#: The bridge that a filing's words for port and bridge mean; empty where they mean none.
BridgeOf = Callable[[str, str], str]
#: The instant since which a bridge was open for `LATE` minutes in all until another; microseconds since 1970.
OpenedBefore = Callable[[str, int], int]
#: What all events of a crossing say of its orders.
Orders = Callable[[str], Seen]


class Board:
    """The projection; see `aforo.log.projections.Projection`. `bridge_of` names bridges, `orders` reads a crossing,
    `lead` is how many minutes after it filed a truck is expected by its lane (`fast`, or any other)."""

    name = "board"
    version = 5
    types: Sequence[str] = (
        *WORK,
        *(
            each.TYPE
            for each in (
                Filed, Assessed, Decided, AtYard, Arrived, OrderUndone, OrderAccepted, AcceptanceUndone,
                BoothInstructed,
            )
        ),
    )  # fmt: skip

    def __init__(self, bridge_of: BridgeOf, orders: Orders, lead: Callable[[str], float]) -> None:
        self.trucks: dict[str, Truck] = {}
        #: What changed since this was last cleared: crossings, each with the bridge on whose board it was before.
        self.changed: dict[str, str] = {}
        self._where = Whereabouts()
        self._bridge_of, self._orders, self._lead = bridge_of, orders, lead
        self._readers: dict[type[Payload], Callable[[str, Truck, Event, object, int], None]] = {
            Filed: self._filed, Assessed: self._assessed, Decided: self._decided, AtYard: self._came,
            Arrived: self._came, Passed: self._passed, Examined: self._ordered, Overridden: self._ordered,
            OrderUndone: self._ordered, OrderAccepted: self._accepted, AcceptanceUndone: self._ordered,
        }  # fmt: skip

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        look: dict[str, None] = {}
        back: set[str] = set()
        for stored in events:
            event = stored.event
            payload = payload_of(event.type, event.schema, event.data)
            at = microseconds(event.recorded_at)
            room, _, name = event.stream.partition("/")
            about = self._where.take(stored.position, event, payload) if event.type in _WORK else None
            if isinstance(payload, Filed):
                about = name
                self._take_in(name, payload, event, at, look)
            elif isinstance(payload, Moved):
                self._leave(name)
            elif isinstance(payload, Said):
                self._work(about or payload.crossing, payload, event, at)
            elif isinstance(payload, BoothInstructed):
                for told in (payload.crossing, *payload.candidates):
                    self._acted(told or "", event, payload)
            elif room == "crossing" and (truck := self.trucks.get(name)) is not None:
                self._touch(name)
                truck.heard = at
                self._readers[type(payload)](name, truck, event, payload, at)
                taken_back = isinstance(payload, OrderUndone | AcceptanceUndone)
                if taken_back:
                    back.add(name)
                if taken_back or isinstance(payload, Overridden | Examined) or truck.seen is not None:
                    look[name] = None
            if about is not None:
                self._stand(about, at)
        for name in look:
            if (truck := self.trucks.get(name)) is not None:
                self._look(name, truck, back=name in back)

    def forget(self, now: datetime, opened: OpenedBefore) -> None:
        """Leave what is done or old by an instant."""
        at = microseconds(now)
        since: dict[str, int] = {}
        for name, truck in list(self.trucks.items()):
            if done(truck):
                over = truck.since + DONE_US < at
            else:
                if truck.bridge not in since:
                    since[truck.bridge] = opened(truck.bridge, at)
                open_since = since[truck.bridge]
                due = truck.due if truck.state == "expected" else 0
                over = due < open_since if due else truck.heard < min(open_since, at - SILENT_US)
            if over:
                self._leave(name)
        while len(self.trucks) > MOST:
            self._leave(next(iter(self.trucks)))

    def dump(self) -> bytes:
        """The state: filers' own numbers, and names of officers as events have them."""
        return msgspec.msgpack.encode((self.trucks, self._where.save()))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        kept = tuple[dict[str, Truck], Saved]
        self.trucks, where = msgspec.msgpack.decode(state, type=kept)
        self._where.take_over(where)

    def _look(self, name: str, truck: Truck, *, back: bool) -> None:
        """Read all events of a crossing again; after something was taken back, who agreed before counts again."""
        known, seen = truck.seen, self._orders(name)
        if known is not None and known.order is not None and seen.order is not None:
            # What was done at the bridge is not in the crossing's events, and stays done.
            same = known.order.event_id == seen.order.event_id
            seen.order.undoable = seen.order.undoable and (known.order.undoable or not same)
        truck.seen = seen
        if back:
            truck.accepted = seen.accepted

    def _acted(self, name: str, event: Event, payload: Payload) -> None:
        """What was done with a truck by what officers said of it is not taken back any more."""
        truck = self.trucks.get(name)
        if truck is None or not acts(event, payload, name):
            return
        self._touch(name)
        if truck.accepted is not None:
            truck.accepted.undoable = False
        if truck.seen is not None and truck.seen.order is not None:
            truck.seen.order.undoable = False

    def _touch(self, name: str) -> None:
        truck = self.trucks.get(name)
        self.changed.setdefault(name, "" if truck is None else truck.bridge)

    def _leave(self, name: str) -> None:
        self._touch(name)
        self.trucks.pop(name, None)

    def _take_in(self, name: str, filed: Filed, event: Event, at: int, look: dict[str, None]) -> None:
        for taken in filed.takes:
            self._leave(taken.crossing)
            look[name] = None
        self._touch(name)
        truck = self.trucks.get(name)
        if truck is None:
            truck = self.trucks[name] = Truck("", microseconds(event.occurred_at), at, at)
            truck.synthetic = event.origin != "live"
        truck.heard = at
        self._filed(name, truck, event, filed, at)

    def _filed(self, name: str, truck: Truck, event: Event, payload: object, at: int) -> None:
        assert isinstance(payload, Filed)
        said = payload.declaration
        action = said.get("action")
        truck.declarations += {None: 1, "cancel": -1}.get(action, 0)
        if action == "cancel":
            return
        truck.lane = said.get("lane") or truck.lane
        truck.empty = bool(said.get("declared_empty"))
        programme = said.get("trade_programme")
        truck.programme = programme if programme and programme != "none" else truck.programme
        if truck.state == "expected":
            truck.bridge = self._bridge_of(said.get("port") or "", said.get("bridge") or "") or truck.bridge
            truck.due = truck.due or truck.filed + round(self._lead(truck.lane) * _MINUTE)

    def _assessed(self, name: str, truck: Truck, event: Event, payload: object, at: int) -> None:
        assert isinstance(payload, Assessed)
        truck.log_odds = payload.log_odds

    def _decided(self, name: str, truck: Truck, event: Event, payload: object, at: int) -> None:
        assert isinstance(payload, Decided)
        if not payload.features:
            self._leave(name)  # nothing of it stands any more
            return
        truck.decision, truck.decided, truck.stage = event.event_id, at, payload.stage
        truck.examination, truck.basis, truck.kept = payload.examination, payload.basis, payload.kept
        truck.value, truck.price, truck.control = payload.value, payload.price, payload.control
        truck.people = _PEOPLE in payload.mandatory
        truck.accepted = None
        truck.served = False
        if payload.bridge and (truck.state == "expected" or not truck.bridge):
            truck.bridge = payload.bridge
        if payload.stage == "filed" and payload.routing is not None:
            expected = expected_of(payload.bridge, payload.routing, payload.zone, event.recorded_at)
            truck.due = truck.due if expected is None else expected.at * 1_000_000

    def _came(self, name: str, truck: Truck, event: Event, payload: object, at: int) -> None:
        assert isinstance(payload, AtYard | Arrived)
        truck.came = "primary" if isinstance(payload, Arrived) else truck.came or "yard"
        truck.bridge = self._bridge_of("", payload.bridge) or truck.bridge
        truck.since = at
        if truck.accepted is not None:
            truck.accepted.undoable = False

    def _passed(self, name: str, truck: Truck, event: Event, payload: object, at: int) -> None:
        truck.passed, truck.came, truck.since = True, "primary", at
        if truck.accepted is not None:
            truck.accepted.undoable = False

    def _ordered(self, name: str, truck: Truck, event: Event, payload: object, at: int) -> None:
        truck.accepted = None
        truck.came = "primary" if isinstance(payload, Examined) else truck.came
        if isinstance(payload, Examined):
            truck.served, truck.since = True, at
        elif isinstance(payload, Overridden):
            released = payload.examination == "release"
            truck.served = truck.served and released
            if released and truck.came:
                truck.since = at  # what was held goes on from here

    def _accepted(self, name: str, truck: Truck, event: Event, payload: object, at: int) -> None:
        truck.accepted = Agreed(event.actor, at, event.event_id)

    def _work(self, name: str, payload: Said, event: Event, at: int) -> None:
        truck = self.trucks.get(name)
        if truck is None:
            return
        self._touch(name)
        truck.heard = at
        truck.came = truck.came or ("yard" if payload.resource == "yard" else "primary")
        self._acted(name, event, payload)

    def _stand(self, name: str, at: int) -> None:
        """Put a truck where all that was said of it has it."""
        truck, work = self.trucks.get(name), self._where.standing.get(name)
        if truck is None:
            return
        before, was = truck.at, truck.bridge
        truck.at = None if work is None else At(work.resource, work.step, work.unit, work.at)
        if work is not None:
            truck.bridge, truck.since = work.bridge, work.at
        if (truck.at, truck.bridge) == (before, was):
            return
        self.changed.setdefault(name, was)
        if work is None:
            truck.since = at
        else:
            truck.served = False
