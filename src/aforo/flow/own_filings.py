"""A carrier's own filings: what it filed last, where each of these declarations stands, and what was refused and why.

An index of the log by the keyed hash of the carrier, kept up by a thread of its own and saved beside the log. It has
the places of the last filings of each carrier and no word of them: what is shown is read from the log when it is asked.
"""

from __future__ import annotations

import logging
import threading
from array import array
from bisect import bisect_left
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from aforo.answers import Answer, Mend
from aforo.answers.grounds import Status
from aforo.domain.codes import port_named
from aforo.domain.event import Filed, Quarantined
from aforo.domain.text import Text, catalogue
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.looking import Looking
from aforo.flow.names import own_name
from aforo.flow.node import Node
from aforo.flow.recorded import unpack_identities
from aforo.flow.standing_answer import answer_now
from aforo.intake.batch import printable
from aforo.log.projections import Follower
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

logger = logging.getLogger("aforo.api")
#: Filings of one carrier that are remembered: the last ones.
MOST = 2_000
#: Problems of one refused record that are told; the others are counted.
MOST_PROBLEMS = 20
#: Seconds between two looks, looks between two savings, and seconds that who asks waits for a look that is under way.
EVERY_S, SAVE_EVERY, PATIENCE_S = 1.0, 60, 2.0


class OwnFiling(msgspec.Struct, frozen=True):
    """A declaration of the asker's: what it is called, when it was filed and for where, how it stands since when, and
    how many things there are to mend. `amends` is the declaration whose place it takes.

    `place` is the bridge and the port by name, with the port's code.

    A record that was refused is no declaration: it has no name, and `problems` say what to mend in it; `source` is the
    format that it came in.
    """

    id: str
    declaration_id: str | None
    crossing_id: str | None
    filed_at: datetime
    port: str | None
    bridge: str | None
    amends: str | None
    status: Status | None
    at: datetime | None
    says: Text | None
    mend: int
    source: str
    problems: tuple[Mend, ...] = ()
    place: str | None = None


def place_named(port: str | None, bridge: str | None, live: LiveBridges) -> str | None:
    """Where a filing is for, as people say it: `World Trade Bridge, Laredo, TX (2304)`; what is not known by a name as
    it was filed, None where nothing was."""
    known = live.called(bridge) if bridge else None
    called = bridge if known is None else live.place(known)[1].name
    return ", ".join(printable(each) for each in (called, port_named(port) if port else None) if each) or None


class OwnFilingsPage(msgspec.Struct, frozen=True):
    """Filings, the newest first. `before` is the `id` of the last of them where there are more; `complete` is false
    while the record is still being read."""

    filings: list[OwnFiling]
    before: str | None
    complete: bool


class FilingPlaces:
    """The projection; see `aforo.log.projections.Projection`: by carrier, the positions of its last filings."""

    name = "own-filings"
    version = 2
    types: Sequence[str] = (Filed.TYPE, Quarantined.TYPE)

    def __init__(self) -> None:
        self.of: dict[int, array[int]] = {}

    def apply(self, events: Sequence[StoredEvent]) -> None:
        for stored in events:
            payload = stored.payload
            whose: list[int] = []
            if isinstance(payload, Filed):
                whose = [_carrier(payload)]
            elif isinstance(payload, Quarantined):
                whose = [int(each, 16) for each in payload.senders]
            for carrier in whose:
                if carrier:
                    own = self.of.setdefault(carrier, array("q"))
                    own.append(stored.position)
                    if len(own) > 2 * MOST:
                        del own[:-MOST]

    def dump(self) -> bytes:
        return msgspec.msgpack.encode({carrier: own.tobytes() for carrier, own in self.of.items()})

    def load(self, state: bytes) -> None:
        self.of = {}
        for carrier, kept in msgspec.msgpack.decode(state, type=dict[int, bytes]).items():
            self.of[carrier] = array("q", kept)


class OwnFilings(Looking):
    """A context manager: inside, the index follows the log. Safe to share between threads."""

    def __init__(self, log: Log) -> None:
        fails = "the carriers' filings could not be read"
        super().__init__("own filings", EVERY_S, fails, logger, at_once=True, at_last=True)
        self._places = FilingPlaces()
        self._follower = Follower(log, self._places)
        self._lock = threading.Lock()
        self._looks = 0

    def look(self) -> None:
        """Take in what the log has by now."""
        with self._lock:
            self._follower.look(self.stop.is_set)
            self._looks += 1
            if self._looks % SAVE_EVERY == 0 or self.stop.is_set():
                self._follower.save()

    def page(self, carriers: Collection[int], before: str | None, limit: int, node: Node) -> OwnFilingsPage:
        """Filings of carriers (their keyed hashes), before the one of an `id` where it is given: another's is none."""
        complete = self._lock.acquire(timeout=PATIENCE_S)
        if complete:
            try:
                self._follower.look(self.stop.is_set)
            finally:
                self._lock.release()
        places = sorted({place for carrier in carriers for place in self._places.of.get(carrier, ())[-MOST:]})
        end = len(places) if before is None else _index(places, before, node)
        chosen = places[max(0, end - limit) : end]
        shown = [_shown(stored, node) for stored in _read(node.log, chosen)]
        shown.reverse()
        more = end > limit
        return OwnFilingsPage(shown, shown[-1].id if more and shown else None, complete)


def _index(places: Sequence[int], event_id: str, node: Node) -> int:
    """Which of the places an event is at; 0, before everything, where it is at none of them."""
    stored = node.log.event(event_id)
    at = 0 if stored is None else bisect_left(places, stored.position)
    return at if stored is not None and at < len(places) and places[at] == stored.position else 0


def _read(log: Log, places: Sequence[int]) -> list[StoredEvent]:
    """The events at positions. Each is read by itself: between two filings of a carrier lie many of others."""
    return [stored for place in places for stored in log.read(place - 1, types=FilingPlaces.types, limit=1)]


def _shown(stored: StoredEvent, node: Node) -> OwnFiling:
    filed = stored.payload
    if isinstance(filed, Quarantined):
        return _refused(stored, filed)
    assert isinstance(filed, Filed)
    said = filed.declaration
    name = str(said["declaration_id"])
    answer: Answer | None = answer_now(name, stored.event.stream, node.log, node.law)
    # What the carrier itself called it, where another filed under the name before.
    called = name.removesuffix(own_name("", _carrier(filed)))
    reference = None if answer is None else answer.reference.crossing
    amended = said.get("amends")
    return OwnFiling(
        stored.event.event_id,
        called,
        reference or str(said.get("crossing_id") or called),
        stored.event.recorded_at,
        said.get("port"),
        said.get("bridge"),
        None if amended is None else str(amended).removesuffix(own_name("", _carrier(filed))),
        None if answer is None else answer.status,
        None if answer is None else answer.at,
        None if answer is None else answer.says,
        0 if answer is None else len(answer.mend) + answer.unlisted,
        filed.source,
        place=place_named(said.get("port"), said.get("bridge"), node.live()),
    )


def _refused(stored: StoredEvent, kept: Quarantined) -> OwnFiling:
    """A record that was refused, with what its sender was told of it."""
    at = stored.event.recorded_at
    problems = tuple(
        Mend(each.record, each.place, each.code, each.gravity, each.reason) for each in kept.problems[:MOST_PROBLEMS]
    )
    says = catalogue("aforo.answers").template("status_refused")
    return OwnFiling(
        stored.event.event_id, None, None, at, None, None, None, "refused", at, says, len(kept.problems), kept.source,
        problems,
    )  # fmt: skip


def _carrier(filed: Filed) -> int:
    return int(unpack_identities([filed])["carrier"][0])
