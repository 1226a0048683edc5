"""What a node can tell of trucks and parties beside their own streams: a bounded projection of the log.

Of a crossing: where the events are that speak of it and are not in its stream (reads at gates, work at resources,
alerts, answers that were delivered, hits on lists), and how far it has come. Of a party: its last crossings, and with
whom it came, how often, since when. Persons are keyed hashes. It only finds: what is shown is read from the log, so
nothing that is forgotten here is lost.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from aforo.domain.alert import AlertRaised
from aforo.domain.booth import BoothInstructed
from aforo.domain.bridge import ExaminationEnded, ExaminationQueued, ExaminationStarted, GateReads
from aforo.domain.clock import microseconds
from aforo.domain.declaration import PERSONAL_FIELDS
from aforo.domain.dock import ExaminationBegun
from aforo.domain.event import (
    Arrived,
    AtYard,
    Decided,
    Delivered,
    Event,
    Examined,
    Filed,
    Moved,
    OrderUndone,
    Overridden,
    Passed,
    Payload,
    payload_of,
)
from aforo.domain.screening import ScreeningHit
from aforo.flow.companions import Companions, Party, parties_of
from aforo.flow.stood import stood_in
from aforo.log.projections import Follower
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.ports.reads import of_block
from aforo.risk.features import ENTITIES

#: Crossings that are followed, those that were heard of last: several days of the busiest port.
MOST_CROSSINGS = 30_000
#: Events beside its stream that are kept of one crossing, the last ones.
MOST_BESIDE = 200
_TRACTOR = ENTITIES.index("tractor")

T = TypeVar("T")


class Followed(msgspec.Struct, array_like=True):
    """How far a crossing has come: its port, and the bridge where it stood last (`stood`), of one that stood at none as
    it was named last; what was ordered, whether it stands at the yard or the booth (`at`), when something was found in
    it, when it was examined last and when it passed (microseconds since 1970, 0 for never); its parties; and the
    positions of the events beside its stream.

    `ordered` is until it was carried out; `held` tells of a truck that may be held: its own stream says whether it is;
    `gone` of one that went on, and was not examined since.
    """

    heard: int
    port: str = ""
    bridge: str = ""
    ordered: bool = False
    at: str = ""
    found: int = 0
    examined: int = 0
    passed: int = 0
    tractor: int = 0
    parties: list[Party] = []
    beside: list[int] = []
    held: bool = False
    gone: bool = False
    stood: bool = False


class _Saved(msgspec.Struct, array_like=True):
    crossings: dict[str, Followed]
    parties: bytes


class Dossiers:
    """The projection; see the module, and `aforo.log.projections.Projection`. `crossing_of` tells which crossing's
    stream an event is in, if it is in one's."""

    name = "dossiers"
    version = 4
    types: Sequence[str] = tuple(
        each.TYPE
        for each in (
            Filed, Decided, Overridden, Arrived, AtYard, Passed, Examined, Moved, ExaminationQueued,
            ExaminationStarted, ExaminationEnded, GateReads, AlertRaised, Delivered, ScreeningHit, OrderUndone,
            BoothInstructed, ExaminationBegun,
        )
    )  # fmt: skip

    def __init__(self, crossing_of: Callable[[str], str | None] = lambda event: None) -> None:
        self.crossings: dict[str, Followed] = {}
        self.companions = Companions()
        self._of_tractor: dict[int, str] = {}
        self._crossing_of = crossing_of

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            event = stored.event
            payload = payload_of(event.type, event.schema, event.data)  # read once: most of the time goes there
            at = microseconds(event.occurred_at)
            room, _, name = event.stream.partition("/")
            if isinstance(payload, GateReads):
                self._read(payload, stored.position)
            elif room == "crossing":
                self._own(name, payload, at)
                self._stood(name, event, payload)
            for about in self._about(payload) if room != "crossing" else ():
                if about not in self.crossings:
                    continue
                self._beside(about, stored.position)
                self._stood(about, event, payload)
                if isinstance(payload, ScreeningHit):
                    kind = PERSONAL_FIELDS.get(payload.column, "")
                    self.companions.resembled(self.crossings[about].parties, kind, stored.position)

    def dump(self) -> bytes:
        """The state: hashes, and no person in clear."""
        return msgspec.msgpack.encode(_Saved(self.crossings, self.companions.dump()))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self.crossings = saved.crossings
        self.companions.load(saved.parties)
        self._of_tractor = {each.tractor: name for name, each in self.crossings.items() if each.tractor}

    def _about(self, payload: Payload) -> tuple[str, ...]:
        """The crossings that an event of another stream is about; a driver may have been sent by what is ordered of
        another truck that theirs may be, which that is about as well."""
        about: str | None = None
        if isinstance(payload, ExaminationQueued | ExaminationStarted | ExaminationEnded | ScreeningHit):
            about = payload.crossing
        elif isinstance(payload, BoothInstructed):
            others = payload.candidates if payload.reason == "booth_mistakable" else ()
            return tuple(dict.fromkeys(each for each in (payload.crossing, *others) if each is not None))
        elif isinstance(payload, AlertRaised) and payload.subject.startswith("crossing/"):
            about = payload.subject.removeprefix("crossing/")
        elif isinstance(payload, Delivered):
            about = self._crossing_of(payload.about)
        return () if about is None else (about,)

    def _own(self, name: str, payload: Payload, at: int) -> None:
        if isinstance(payload, Moved):
            self._move(name, payload.into)
            return
        known = self._heard(name, at)
        if isinstance(payload, Filed):
            self._filed(name, known, payload, at)
        elif isinstance(payload, Decided):
            known.ordered = payload.examination != "release"
            known.held = known.held or payload.examination == "hold"
            if not known.stood:
                known.bridge = payload.bridge or known.bridge
        elif isinstance(payload, Overridden | OrderUndone):
            known.ordered = payload.examination != "release"
            known.held = payload.examination == "hold" or (known.held and known.ordered)
        elif isinstance(payload, AtYard | Arrived):
            known.at = "primary" if isinstance(payload, Arrived) else known.at or "yard"
        elif isinstance(payload, Passed):
            known.passed, known.gone = at, True
        elif isinstance(payload, Examined):
            known.at, known.examined, known.gone = "primary", at, False
            known.found = at if payload.outcome.violation else 0 if payload.corrects else known.found
            known.ordered = payload.order_stands
            stays = payload.order_stands or known.found > 0 or payload.corrects is not None
            known.held = bool(payload.outcome.violation) or (known.held and stays)

    def _stood(self, name: str, event: Event, payload: Payload) -> None:
        """Where a truck was seen goes before what its papers name, then and later."""
        if (bridge := stood_in(event, payload)) and (known := self.crossings.get(name)) is not None:
            known.bridge, known.stood = bridge, True

    def _filed(self, name: str, known: Followed, filed: Filed, at: int) -> None:
        fields = filed.declaration
        known.port, known.bridge = fields.get("port") or known.port, known.bridge or fields.get("bridge") or ""
        for each in (filed, *(one.filed for taken in filed.takes for one in taken.filings)):
            own = parties_of(each)
            fresh = [party for party in own if party not in known.parties]
            self.companions.came(name, known.parties, fresh, at)
            known.parties += fresh
            tractor = next((party[1] for party in own if party[0] == _TRACTOR), 0)
            if tractor:
                known.tractor = tractor
                self._of_tractor[tractor] = name

    def _read(self, block: GateReads, position: int) -> None:
        """Every truck that a block of readings names by its plate."""
        for plate in set(of_block(block, 0).plate.tolist()):
            name = self._of_tractor.get(plate) if plate else None
            if name is not None:
                self._beside(name, position)

    def _beside(self, name: str, position: int) -> None:
        beside = self.crossings[name].beside
        beside.append(position)
        if len(beside) > MOST_BESIDE:
            del beside[0]

    def _heard(self, name: str, at: int) -> Followed:
        known = self.crossings.pop(name, None) or Followed(at)
        known.heard = max(known.heard, at)
        self.crossings[name] = known
        if len(self.crossings) > MOST_CROSSINGS:
            oldest = next(iter(self.crossings))
            self._forget(oldest, self.crossings.pop(oldest))
        return known

    def _move(self, name: str, into: str) -> None:
        """All of a crossing is part of another from here on."""
        taken = self.crossings.pop(name, None)
        if taken is None:
            return
        self._forget(name, taken)
        other = self._heard(into, taken.heard)
        other.held = other.held or taken.held
        other.beside = sorted({*taken.beside, *other.beside})[-MOST_BESIDE:]

    def _forget(self, name: str, gone: Followed) -> None:
        if self._of_tractor.get(gone.tractor) == name:
            del self._of_tractor[gone.tractor]


class DossiersOf:
    """The dossiers of a log, opened when they are first asked for and brought up by each look. May be asked from
    several threads."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = threading.RLock()
        self._follower: Follower | None = None
        self._made: Dossiers | None = None

    def look(self) -> None:
        """Take in what is new in the log."""
        self.ask(lambda dossiers: None)

    def ask(self, run: Callable[[Dossiers], T]) -> T:
        """Something asked of them, by all that the log has. What is given back must not be part of the state."""
        with self._lock:
            if self._made is None or self._follower is None:
                self._made = Dossiers(self._crossing_of)
                self._follower = Follower(self._log, self._made)
            try:
                self._follower.look()
            except BaseException:
                self._made = self._follower = None  # part of a page may be in it: it begins again where it was saved
                raise
            return run(self._made)

    @property
    def busy(self) -> bool:
        """Whether another thread is at them, which may take long where much of the log is new: who asks would wait."""
        if self._lock.acquire(blocking=False):
            self._lock.release()
            return False
        return True

    def save(self) -> None:
        """Keep the state, so that it is quickly there the next time."""
        with self._lock:
            if self._follower is not None:
                self._follower.save()

    def _crossing_of(self, event_id: str) -> str | None:
        stored = self._log.event(event_id)
        if stored is None or not stored.event.stream.startswith("crossing/"):
            return None
        return stored.event.stream.removeprefix("crossing/")
