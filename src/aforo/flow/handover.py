"""The handover of a shift: what the next one must know of a bridge, or of all bridges of a port, on one page.

What was shown is signed for: `sign` keeps the very page under its hash and records who handed over to whom, so that the
next shift, and whoever asks later, opens what it was told.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from aforo.answers.alert import Alert
from aforo.answers.road_response import RoadResponse
from aforo.domain.clock import microseconds
from aforo.domain.declaration import identity_text
from aforo.domain.event import Event, new_event
from aforo.domain.handover import HandoverSigned
from aforo.flow.alerts_shown import ShownAlert, Wanted, by_truck
from aforo.flow.bridges_shown import BridgeShown, ScannerShown, refused_of_states, scanners_shown, shown
from aforo.flow.contested import ShownChallenge, shown_challenge
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.person_named import names_person
from aforo.flow.responses_shown import ResponseRow, listed
from aforo.flow.scoreboard_shown import IncidentShown, incident_shown
from aforo.flow.shift_trucks import ShiftTrucks, shift_trucks
from aforo.flow.told_publicly import filings_in
from aforo.flow.truck_left import left_now
from aforo.flow.unusual import Unusual, unusual
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.log.withheld import is_withheld
from aforo.ports.document import PortDocument
from aforo.scoreboard.incidents import overlapping

#: How long a shift lasts: challenges that are due within it are the next one's.
SHIFT = timedelta(hours=12)
#: Where nobody says since when, and nothing was signed lately, the page goes back so far.
USUAL = timedelta(hours=8)
#: The longest time that a page is of.
LONGEST = timedelta(hours=48)
#: Alerts and challenges of one page, the most urgent ones, and incidents, those first that go on, the gravest of them.
MOST_ALERTS, MOST_CHALLENGES, MOST_INCIDENTS, MOST_RESPONSES = 100, 50, 50, 50
LONGEST_REMARKS, LONGEST_NAME = 2_000, 200
PREFIX = "handover/"
_KIND = "handover"
#: The key by which a handover is known again: the hash of the page is in it, so that nobody guesses who signed.
_HASHED = re.compile("handover:[0-9a-f]{64}")
_DOWN = ("down", "maintenance")


class HandoverRefusedError(ValueError):
    """The handover cannot be signed so; `code` names the sentence that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnknownHandoverError(LookupError):
    """The log has no handover of this name, it was erased, or its page is not what it was."""


class Handover(msgspec.Struct, frozen=True):
    """What the next shift must know of a place at `at`, of the time from `since` on. `bridges` are how its bridges
    stand; `alerts` the open ones about its trucks, or about no truck, the most urgent first (null where the log's are
    not to be had); `challenges` those due until `shift_ends`; `incidents` those of the place that went on in this time,
    those first that still do. Each list has its most needful ones, of `alerts_open`,
    `challenges_due` and `incidents_count` (both 0 on pages of before they were counted). `alerts_trucks` is about how
    many trucks of the place alerts ask for somebody (null on pages of before it was counted). `responses` are those on
    the road that go on for trucks of the place, or for trips of which no bridge is known, of `responses_open`.
    `synthetic` says that nothing of it is real.
    """

    place: str
    name: str
    port: str
    zone: str
    since: datetime
    at: datetime
    shift_ends: datetime
    bridges: list[BridgeShown]
    trucks: ShiftTrucks
    alerts: list[ShownAlert]
    alerts_open: int
    scanners_down: list[ScannerShown]
    challenges: list[ShownChallenge]
    unusual: list[Unusual]
    synthetic: bool
    incidents: list[IncidentShown] = []
    challenges_due: int = 0
    incidents_count: int = 0
    alerts_trucks: int | None = None
    responses: list[ResponseRow] = []
    responses_open: int = 0


class ShownHandover(msgspec.Struct, frozen=True):
    """A page, and the SHA-256 by which it is signed for."""

    digest: str
    handover: Handover


class SignedHandover(msgspec.Struct, frozen=True):
    """Who handed a place over to whom, when, and with which remarks; `digest` is that of what was shown."""

    handover_id: str
    place: str
    since: datetime
    shown_at: datetime
    signed_at: datetime
    by: str
    to: str
    remarks: str
    digest: str


class OpenedHandover(msgspec.Struct, frozen=True):
    """A signed handover with the page that was shown."""

    signed: SignedHandover
    handover: Handover


@dataclass(frozen=True)
class Place:
    """A bridge, or a port with all of its bridges."""

    id: str
    name: str
    port: PortDocument
    bridges: tuple[str, ...]
    #: What names of bridges were found to mean, since many trucks give the same.
    meant: dict[str, str | None] = field(default_factory=dict, compare=False)

    def here(self, port: str, bridge: str) -> str | None:
        """Which of its bridges a filing means by a port and a bridge's name; of one that names none of the port's the
        first, so that no truck of the port is nobody's. None for another place's."""
        if port and port != self.port.code:
            return None
        if bridge not in self.meant:
            named = self.port.bridge(bridge) if bridge else None
            self.meant[bridge] = None if named is None else named.id
        meant = self.meant[bridge]
        if meant is None:
            return self.bridges[0] if port else None
        return meant if meant in self.bridges else None


def place_called(name: str, node: Node) -> Place | None:
    """The bridge of this id, name or alias, or the port of this code; None where there is neither."""
    live = node.live()
    if (bridge := live.called(name)) is not None:
        port, own = live.place(bridge)
        return Place(own.id, own.name, port, (own.id,))
    found = next((port for port in live.ports if port.code == name), None)
    return None if found is None else Place(name, found.name, found, tuple(each.id for each in found.bridges))


def hand_over(place: Place, since: datetime | None, node: Node) -> ShownHandover:
    """The page of a place as it is now. Reads, and writes nothing."""
    live, now = node.live(), node.clock()
    begins = _begins(place, since, now, node.log)
    lacking = refused_of_states(node.scoreboards().open_refusals(), place.bridges, now)
    states = [shown(live.state(bridge, now), live, lacking) for bridge in place.bridges]
    trucks = shift_trucks(place.here, place.bridges, begins, node)
    told, count = _alerts(place, now, node)
    due, incidents = _challenges(place, now, node), _incidents(place, begins, now, node)
    answered = _responses(place, node)
    down = [each for each in live.fleet(now) if each.status in _DOWN and each.device == "scanner"]
    fleet = scanners_shown(down, live.ports)
    made = Handover(
        place.id,
        place.name,
        place.port.code,
        place.port.zone,
        begins,
        now,
        now + SHIFT,
        states,
        trucks,
        told,
        count,
        [each for each in fleet if each.bridge in place.bridges or each.port == place.port.code],
        due[:MOST_CHALLENGES],
        [each for state in states for each in unusual(state, node, now)],
        node.log.marks != "live" or node.origin != "live",
        incidents[:MOST_INCIDENTS],
        len(due),
        len(incidents),
        node.alerted.trucks_asking(place.bridges, now),
        listed(node.custody, answered, now, MOST_RESPONSES),
        len(answered),
    )
    return ShownHandover(hashlib.sha256(msgspec.json.encode(made)).hexdigest(), made)


def sign(page: Handover, to: str, remarks: str, by: str, node: Node) -> SignedHandover:
    """Hand a place over with the page that was shown; durable when this returns. Raises HandoverRefusedError,
    ConcurrencyError."""
    to, remarks = to.strip(), remarks.strip()
    if not to or len(to) > LONGEST_NAME or not to.isprintable():
        raise HandoverRefusedError("handover_needs_name")
    if identity_text(to) == identity_text(by):
        raise HandoverRefusedError("handover_to_oneself")
    if len(remarks) > LONGEST_REMARKS:
        raise HandoverRefusedError("handover_remarks_long")
    if remarks and _names(remarks, page, node):
        raise HandoverRefusedError("handover_names_person")
    body = msgspec.json.encode(page)
    hash_ = hashlib.sha256(body).hexdigest()
    known = f"handover:{page.place}:{hash_}:{by}"  # which was the key itself in logs of before
    for before in node.log.find([known, _hashed(known)]).values():
        if is_withheld(before):
            raise HandoverRefusedError("handover_stale")
        return _signed(before)
    node.log.artefacts.put(_KIND, body)
    stream, at = PREFIX + page.place, node.clock()
    version = node.log.versions([stream]).get(stream, 0) + 1
    payload = HandoverSigned(page.place, page.since, page.at, to, hash_, remarks)
    own = event_id(at)
    event = new_event(
        own, payload, stream, version, occurred_at=at, recorded_at=at, actor=by, origin=node.origin,
        idempotency_key=_hashed(known),
    )  # fmt: skip
    (receipt,) = node.log.append([event])
    stored = node.log.event(receipt.event_id)
    assert stored is not None
    return _signed(stored)


def key_once_erased(event: Event) -> str | None:
    """By what a handover is known again once its words are erased, and any other event. In the key of an earlier
    version stands who signed: of that a hash is left, by which the same is known."""
    key = event.idempotency_key
    if event.type != HandoverSigned.TYPE or key is None or _HASHED.fullmatch(key):
        return key
    return _hashed(key)


def _hashed(known: str) -> str:
    return f"handover:{hashlib.sha256(known.encode()).hexdigest()}"


def signed_handovers(place: str, log: Log, limit: int = 50) -> list[SignedHandover]:
    """The handovers of a place that were not erased, the last first."""
    return [_signed(stored) for stored in reversed(log.stream(PREFIX + place, types=(HandoverSigned.TYPE,)))][:limit]


def open_handover(handover: str, log: Log) -> OpenedHandover:
    """What was handed over: the event, and the page under its hash. Raises UnknownHandoverError."""
    stored = log.event(handover)
    if stored is None or stored.event.type != HandoverSigned.TYPE:
        raise UnknownHandoverError(handover)
    made = _signed(stored)
    try:
        body = log.artefacts.get(made.digest)
        return OpenedHandover(made, msgspec.json.decode(body, type=Handover))
    except (ArtefactMissingError, ArtefactChangedError, msgspec.MsgspecError) as damaged:
        raise UnknownHandoverError(handover) from damaged


def _signed(stored: StoredEvent) -> SignedHandover:
    event, said = stored.event, stored.payload
    assert isinstance(said, HandoverSigned)
    return SignedHandover(
        event.event_id, said.place, said.since, said.shown_at, event.recorded_at, event.actor, said.to, said.remarks,
        said.shown,
    )  # fmt: skip


def _begins(place: Place, since: datetime | None, now: datetime, log: Log) -> datetime:
    """Since when the page is: as asked, else since what was handed over last, else as long as a shift usually is."""
    if since is None:
        last = next(iter(signed_handovers(place.id, log, 1)), None)
        since = now - USUAL if last is None else last.shown_at
    return min(max(since, now - LONGEST), now)


def _alerts(place: Place, now: datetime, node: Node) -> tuple[list[ShownAlert], int]:
    """The open alerts about trucks of a place, or about no truck, the most urgent first; and how many there are."""
    every = node.alerted.alerts.open()
    bridge_of = node.alerted.of(every)
    own = [each for each in every if _is_of(each, bridge_of(each), place)]
    groups, count = by_truck(own, now, Wanted(), MOST_ALERTS, left_now=lambda each: left_now(each, node.log))
    return [alert for group in groups for alert in group.alerts], count


def _is_of(alert: Alert, bridge: str, place: Place) -> bool:
    return bridge in place.bridges if bridge else alert.crossing is None


def _responses(place: Place, node: Node) -> list[RoadResponse]:
    """The responses that go on for trucks of a place, or for trips of which no bridge is known: those are all's."""
    every = node.responses.open()
    at = node.alerted.of_crossings({each.crossing for each in every if each.crossing})
    return [each for each in every if (at.get(each.crossing or "") or None) in (None, *place.bridges)]


def _incidents(place: Place, since: datetime, now: datetime, node: Node) -> list[IncidentShown]:
    """The incidents at a place, or at its port, that went on between two instants: those first that still do, the
    gravest of them first, and of equals the last to begin."""
    board, places = node.scoreboards(), {*place.bridges, place.port.code}
    found = overlapping(board.incidents(), places, microseconds(since), microseconds(now) + 1)
    told = [incident_shown(board, each) for each in found]
    return sorted(told, key=lambda each: (each.ended_at is not None, -each.severity))


def _challenges(place: Place, now: datetime, node: Node) -> list[ShownChallenge]:
    """The challenges of a place that are due within the shift, or are late, the most urgent first."""
    due = sorted((each for each in node.asking.challenges() if each.due <= now + SHIFT), key=lambda each: each.due)
    at = node.alerted.of_crossings({each.crossing for each in due})
    return [shown_challenge(each, now) for each in due if at[each.crossing] in place.bridges]


def _names(text: str, page: Handover, node: Node) -> bool:
    """Whether remarks name a person of one of the crossings that the page shows."""
    trucks = page.trucks
    crossings = {each.crossing_id for each in trucks.held} | {each.crossing_id for each in trucks.ordered}
    crossings |= {each.crossing_id for each in trucks.working} | {each.crossing_id for each in trucks.found}
    crossings |= {each.crossing_id for each in trucks.seized} | {each.crossing_id for each in page.challenges}
    crossings |= {each.crossing_id for each in page.alerts if each.crossing_id is not None}
    streams = node.log.streams([stream_of(each) for each in sorted(crossings)])
    return any(names_person(text, list(filings_in(events)), node.keys) for events in streams.values())
