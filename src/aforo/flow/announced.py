"""What a live stream says of an event: a few fields of it, named here one by one, and never a person's.

What is not named here is not said. Staff hear events, by what their role may hear (`ANNOUNCED` names the action that a
policy must permit); a carrier hears none of them, but where its own filings stand (`statuses`), in the words of an
answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec

from aforo.domain.alert import AlertAcknowledged, AlertAssigned, AlertClosed, AlertEscalated, AlertRaised, AlertSnoozed
from aforo.domain.bridge import (
    ExaminationEnded,
    ExaminationQueued,
    ExaminationStarted,
    LanesOpen,
    Staffed,
    WaitsPublished,
)
from aforo.domain.event import (
    AcceptanceUndone,
    Arrived,
    ArtefactPromoted,
    ArtefactRegistered,
    AtYard,
    ChallengeAnswered,
    Challenged,
    CrossingOpened,
    Decided,
    Delivered,
    Event,
    Examined,
    Filed,
    LotteryCommitted,
    LotteryRevealed,
    Noted,
    OrderAccepted,
    OrderUndone,
    Overridden,
    Passed,
    PersonErased,
    PersonRead,
    Quarantined,
    SigningKeyRotated,
    Subscribed,
    Unsubscribed,
)
from aforo.domain.handover import HandoverSigned
from aforo.domain.scanner import ScannerReported
from aforo.domain.screening import ScreeningConfirmed, ScreeningDismissed, ScreeningHit, ScreeningListed
from aforo.domain.text import Text
from aforo.domain.trip import BundleGiven
from aforo.flow.recorded import unpack_identities
from aforo.flow.told_publicly import Status, filings_in, turns_of
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

Said = dict[str, Any]


def _names(*fields: str) -> Callable[[Any], Said]:
    """The fields of a payload that are said as they are."""
    return lambda payload: {name: getattr(payload, name) for name in fields}


#: By type: the action that a role needs to hear it, and what is said of the payload.
ANNOUNCED: dict[str, tuple[str, Callable[[Any], Said]]] = {
    Filed.TYPE: (
        "hear_crossings",
        lambda filed: {"declaration_id": filed.declaration.get("declaration_id"), "source": filed.source},
    ),
    Decided.TYPE: ("hear_crossings", _names("examination", "basis", "again", "stage", "bridge")),
    AtYard.TYPE: ("hear_crossings", _names("bridge")),
    Arrived.TYPE: ("hear_crossings", lambda arrived: {}),
    Passed.TYPE: ("hear_crossings", _names("day")),
    Examined.TYPE: (
        "hear_crossings",
        lambda examined: {"violation": examined.outcome.violation, "corrects": examined.corrects},
    ),
    Overridden.TYPE: ("hear_crossings", _names("examination")),
    OrderUndone.TYPE: ("hear_crossings", _names("order", "examination")),
    OrderAccepted.TYPE: ("hear_crossings", _names("decision", "examination")),
    AcceptanceUndone.TYPE: ("hear_crossings", _names("acceptance")),
    Challenged.TYPE: ("hear_challenges", _names("about", "party", "due")),
    ChallengeAnswered.TYPE: ("hear_challenges", _names("challenge", "verdict")),
    Quarantined.TYPE: (
        "hear_refusals",
        lambda kept: {"source": kept.source, "problems": [problem.code for problem in kept.problems]},
    ),
    Noted.TYPE: ("hear_refusals", _names("source", "kind")),
    ScreeningHit.TYPE: ("hear_screening", _names("publisher", "entry", "score", "crossing")),
    ScreeningConfirmed.TYPE: ("hear_screening", _names("publisher", "entry")),
    ScreeningDismissed.TYPE: ("hear_screening", _names("publisher", "entry")),
    ScreeningListed.TYPE: ("hear_documents", _names("publisher", "entries", "fetched_at", "published_at")),
    ArtefactRegistered.TYPE: ("hear_documents", _names("kind", "name", "hash", "version")),
    ArtefactPromoted.TYPE: ("hear_documents", _names("kind", "name", "hash", "stage")),
    LotteryCommitted.TYPE: ("hear_documents", _names("day", "commitment")),
    LotteryRevealed.TYPE: ("hear_documents", _names("day", "key")),
    SigningKeyRotated.TYPE: ("hear_documents", _names("key_id", "public_key")),
    Subscribed.TYPE: ("hear_documents", _names("way")),
    Unsubscribed.TYPE: ("hear_documents", _names("code")),
    Delivered.TYPE: ("hear_documents", _names("result", "attempts", "code")),
    AlertRaised.TYPE: ("hear_alerts", _names("kind", "subject", "truck", "role", "due")),
    AlertAssigned.TYPE: ("hear_alerts", _names("due")),
    AlertAcknowledged.TYPE: ("hear_alerts", _names("due")),
    AlertSnoozed.TYPE: ("hear_alerts", _names("until", "due")),
    AlertEscalated.TYPE: ("hear_alerts", _names("level", "role", "due", "late")),
    AlertClosed.TYPE: ("hear_alerts", _names("ending", "causes")),
    LanesOpen.TYPE: ("hear_bridges", lambda said: {"lanes": sorted(said.lanes.items())}),
    Staffed.TYPE: ("hear_bridges", lambda said: {"posts": sorted(said.posts.items())}),
    WaitsPublished.TYPE: ("hear_bridges", _names("source", "waits")),
    ExaminationQueued.TYPE: ("hear_bridges", _names("crossing", "resource")),
    ExaminationStarted.TYPE: ("hear_bridges", _names("crossing", "resource", "unit")),
    ExaminationEnded.TYPE: ("hear_bridges", _names("crossing", "resource")),
    HandoverSigned.TYPE: ("hear_alerts", _names("place", "since", "shown_at")),
    ScannerReported.TYPE: ("hear_bridges", _names("event", "cause", "port", "planned")),
    PersonRead.TYPE: ("hear_readings", _names("crossing", "fields")),
    CrossingOpened.TYPE: ("hear_readings", _names("crossing", "role")),
    BundleGiven.TYPE: ("hear_readings", _names("trip")),
    PersonErased.TYPE: ("hear_readings", lambda erased: {}),
}
#: What the name in an event's stream is called, by the stream's room, where it is said.
_NAMED = {"crossing": "crossing_id", "alert": "alert_id", "port": "bridge", "scanner": "scanner_id"}
#: Events after which a crossing's filers may stand elsewhere.
_MOVES = (Decided.TYPE, Overridden.TYPE, OrderUndone.TYPE, Arrived.TYPE, Passed.TYPE, Examined.TYPE)
STATUS = "filing.status"


class Announced(msgspec.Struct, frozen=True, gc=False):
    """An event as it is announced: its leaf, the action that a role needs to hear it, and what is said, as a frame of
    the stream. `moves` is the crossing's stream where filers may stand elsewhere after it, at its `version`; `carriers`
    are the keyed hashes of those whose filings are in that."""

    leaf: int
    action: str
    frame: bytes
    moves: str | None
    version: int
    carriers: frozenset[int]


class Stands(msgspec.Struct, frozen=True):
    """Where a declaration stands; `stated` is what rules state for filers."""

    declaration_id: str
    status: Status
    stated: tuple[Text, ...]


class FilingStatus(msgspec.Struct, frozen=True):
    """Where those of a carrier's own declarations of a crossing stand since an instant that stood elsewhere before."""

    crossing_id: str
    filings: list[Stands]
    at: datetime


class Carriers:
    """Which carriers' filings are in a crossing, remembered of the last crossings. Not to be shared between threads."""

    MOST = 20_000

    def __init__(self, log: Log) -> None:
        self._log = log
        self._known: dict[str, frozenset[int]] = {}

    def after(self, event: Event, payload: object) -> frozenset[int]:
        """The carriers of a crossing after one of its events. The events are given in their order."""
        known = self._known.pop(event.stream, None)
        if known is None and event.version > 1:
            before = self._log.stream(event.stream)
            known = _carriers([each for each in before if each.event.version < event.version])
        known = known or frozenset()
        if isinstance(payload, Filed):
            taken = (each.filed for taken in payload.takes for each in taken.filings)
            known = known.union(_carriers_of(payload), *map(_carriers_of, taken))
        self._known[event.stream] = known
        if len(self._known) > self.MOST:
            del self._known[next(iter(self._known))]
        return known


def announced(leaf: int, stored: StoredEvent, carriers: Carriers) -> Announced | None:
    """What is said of an event; None of one of which nothing is."""
    event = stored.event
    rule = ANNOUNCED.get(event.type)
    if rule is None:
        return None
    action, say = rule
    payload = stored.payload
    said: Said = {"event_id": event.event_id, "at": event.recorded_at}
    room, _, name = event.stream.partition("/")
    if room in _NAMED:
        said[_NAMED[room]] = name
    said |= say(payload)
    about = event.type in (*_MOVES, Filed.TYPE)
    own = carriers.after(event, payload) if about else frozenset()
    moves = event.stream if event.type in _MOVES else None
    return Announced(leaf, action, frame(leaf, event.type, said), moves, event.version, own)


def frame(leaf: int, type_: str, said: object) -> bytes:
    """A message of a stream of server-sent events. JSON has no line break in it."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (leaf, type_.encode(), msgspec.json.encode(said))


def status_frame(announced: Announced, own: Collection[int], log: Log) -> bytes | None:
    """What the carriers `own` hear of an event: where their declarations stand, if it moved them; else None."""
    if announced.moves is None or announced.carriers.isdisjoint(own):
        return None
    events = [each for each in log.stream(announced.moves) if each.event.version <= announced.version]
    last = events[-1].event
    stand = []
    for declaration, told in turns_of(events, _declarations(events, own), log).items():
        if told and told[-1].event.event.event_id == last.event_id:
            public = told[-1].public
            stand.append(Stands(declaration, public.status, public.stated))
    if not stand:
        return None
    crossing = announced.moves.removeprefix("crossing/")
    return frame(announced.leaf, STATUS, FilingStatus(crossing, stand, last.recorded_at))


def _declarations(events: Sequence[StoredEvent], own: Collection[int]) -> list[str]:
    """The declarations that these carriers filed, in it or in what it took in."""
    return [each.declaration["declaration_id"] for each in filings_in(events) if not _carriers_of(each).isdisjoint(own)]


def _carriers(events: Sequence[StoredEvent]) -> frozenset[int]:
    return frozenset().union(*(_carriers_of(filed) for filed in filings_in(events)))


def _carriers_of(filed: Filed) -> frozenset[int]:
    carrier = int(unpack_identities([filed])["carrier"][0])
    return frozenset((carrier,)) if carrier else frozenset()
