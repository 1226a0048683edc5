"""What a booth keeps for when it is cut off: the trucks of its port with what is ordered of each, known by marks alone.

A mark is a keyed hash under a salt of one session, cut to 48 bits: enough to tell some thousands of trucks apart, and
no plate lies in clear on the device. It is made from what the log has under seal; what is kept here are marks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from aforo.answers.answer import public_reason
from aforo.domain.bridge import Resource
from aforo.domain.decision import EXAMINATIONS, STRICTNESS, Examination
from aforo.domain.declaration import identity_text
from aforo.domain.event import Filed
from aforo.domain.text import Text
from aforo.flow.booth_words import going_to, reason, who_is_needed
from aforo.flow.dock import RESOURCE_OF
from aforo.flow.earlier import filed_before
from aforo.flow.edge_deciding import REFERRED
from aforo.flow.edge_expected import Expected, Expecting, digest_of
from aforo.flow.edge_marks import values_of
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.slip import SlipWait, telephone_of, waits_at, whom_to_ask

#: How long a list is good: then most of the trucks that come have filed after it was made (assumed: CBP asks for the
#: manifest 60 minutes ahead, 19 CFR 123.92), and no truck is released by it any more.
GOOD_FOR = timedelta(hours=2)
#: Trucks of one list, those of which most is asked first; who is left out is referred.
MOST_LISTED = 5_000
#: Sessions whose salts are kept.
_MOST_SALTS = 256
_SALT_BYTES, _MARK_BYTES = 32, 6
_PAGE = 200


#: A truck: its crossing, what is ordered of it, whether it stood at the booth before, and its marks. A row without the
#: names of its fields: a device fetches a thousand at a time.
ListedTruck = tuple[str, Examination, bool, tuple[str, ...]]


class Told(msgspec.Struct, frozen=True):
    """What is told at the booth of an order: where to go, why, and who must be there."""

    where: Text
    reason: Text
    who: Text | None


class SlipWords(msgspec.Struct, frozen=True):
    """What a slip says that is printed at the booth while it is cut off, besides where to go: the port and whom to ask;
    by order what the public may know of it, with its legal ground, in place of a truck's own reason; and what waits
    where the order sends a truck, as far as it was known when the list was made. `synthetic` says that nothing of it
    is real."""

    port_name: str
    ask: Text
    telephone: str | None
    reasons: dict[Examination, Text]
    waits: dict[Examination, SlipWait]
    synthetic: bool


class BoothList(msgspec.Struct, frozen=True):
    """The list. A mark is the base64 of the first six bytes of HMAC-SHA-256 under `salt` (base64) of the kind (`number`
    or `plate`), a zero byte, and the value as `identity_text` evens it out. `left_out` are trucks beyond the longest
    list. `words` has what is told by order, `unknown` what is told of a truck that is not listed: it is referred.
    `slip` has the rest of what is printed for its driver."""

    bridge: str
    bridge_name: str
    zone: str
    made_at: datetime
    good_until: datetime
    salt: str
    trucks: list[ListedTruck]
    left_out: int
    words: dict[Examination, Told]
    unknown: Told
    slip: SlipWords
    refer_to: Examination = REFERRED


@dataclass
class _Session:
    """The salt of a session, and the marks that were made with it, by the port's marks that they stand for."""

    salt: bytes
    made: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = field(default_factory=dict)


def listed_mark(salt: bytes, kind: str, value: str) -> str:
    """The mark of a value in a list."""
    text = f"{kind}\0{identity_text(value)}".encode()
    return base64.b64encode(hmac.digest(salt, text, "sha256")[:_MARK_BYTES]).decode()


class BoothLists:
    """The salts of sessions, and the marks made with them. Safe to share between threads."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[tuple[str, str], _Session] = OrderedDict()
        self._lock = threading.Lock()

    def tag(self, session: str, bridge: str, expecting: Expecting, node: Node) -> str:
        """What names the list of a session as it is now: it changes with the trucks, what is ordered of them, what the
        slip says besides, and the salt. Not with what waits, which never stands still: that is as old as the list."""
        trucks, _ = expecting.trucks()
        own = self._of(session, bridge).salt + msgspec.json.encode(_slip_words(bridge, node, {}))
        return f"{digest_of(trucks)[:32]}-{hashlib.sha256(own).hexdigest()[:16]}"

    def list(self, session: str, bridge: str, expecting: Expecting, node: Node) -> BoothList:
        """The list of a bridge for a session, by all that the log has."""
        known = expecting.by_crossing()
        wanted = sorted(known.items(), key=lambda each: (-STRICTNESS[each[1].order], -each[1].filed, each[0]))
        kept = wanted[:MOST_LISTED]
        own = self._of(session, bridge)
        marks = self._marks(kept, own, node)
        port, place = node.live().place(bridge)
        now = node.clock()
        trucks: list[ListedTruck] = [(name, truck.order, truck.arrived, marks[name]) for name, truck in kept]
        words = {
            each: Told(going_to(each), reason("booth_from_list", to_do=each), who_is_needed(each))
            for each in EXAMINATIONS
        }
        unknown = Told(going_to(REFERRED), reason("booth_list_unknown"), None)
        return BoothList(
            bridge, place.name, port.zone, now, now + GOOD_FOR, base64.b64encode(own.salt).decode(), trucks,
            len(wanted) - len(kept), words, unknown, _slip_words(bridge, node, waits_at(bridge, node)),
        )  # fmt: skip

    def _of(self, session: str, bridge: str) -> _Session:
        with self._lock:
            own = self._sessions.get((session, bridge))
            if own is None:
                own = self._sessions[session, bridge] = _Session(secrets.token_bytes(_SALT_BYTES))
            self._sessions.move_to_end((session, bridge))
            while len(self._sessions) > _MOST_SALTS:
                self._sessions.popitem(last=False)
            return own

    def _marks(
        self, trucks: Sequence[tuple[str, Expected]], own: _Session, node: Node
    ) -> Mapping[str, tuple[str, ...]]:
        """The marks of trucks; those that were made before are taken as they are, while the port's marks are the same
        (which they are not once a plate's person is erased)."""
        made = {name: done for name, truck in trucks if (done := own.made.get((name, truck.marks))) is not None}
        fresh = [(name, truck) for name, truck in trucks if name not in made]
        for start in range(0, len(fresh), _PAGE):
            part = fresh[start : start + _PAGE]
            streams = node.log.streams([stream_of(name) for name, _ in part])
            for name, _truck in part:
                events = streams.get(stream_of(name), [])
                filings = [filed for _, filed in filed_before(events, events[-1].event.version)] if events else []
                taken = [
                    each.crossing for stored in events if isinstance(filed := stored.payload, Filed)
                    for each in filed.takes
                ]  # fmt: skip
                made[name] = _of_values(own.salt, values_of(name, filings, node.keys, taken))
        own.made = {(name, truck.marks): made[name] for name, truck in trucks}
        return made


def _slip_words(bridge: str, node: Node, known: Mapping[Resource, SlipWait]) -> SlipWords:
    port, place = node.live().place(bridge)
    reasons = {
        each: public_reason("released" if each == "release" else "to_be_examined", node.law) for each in EXAMINATIONS
    }
    waits = {order: known[resource] for order, resource in RESOURCE_OF.items() if resource in known}
    synthetic = node.origin != "live" or node.log.marks != "live"
    return SlipWords(port.name, whom_to_ask(port, place), telephone_of(port, place), reasons, waits, synthetic)


def _of_values(salt: bytes, values: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(listed_mark(salt, kind, value) for kind, value in values))
