"""An edge: it decides at its booth from the last bundle, takes what its officers and devices report, and keeps it all.

What it answered is durable in its own log. Safe to share between threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime
from hashlib import blake2b, sha256
from math import inf
from zoneinfo import ZoneInfo

import msgspec

from aforo.domain.codes import port_zone
from aforo.domain.decision import STRICTNESS, Basis, Examination
from aforo.domain.edge import EdgeArrived, EdgeBundleTaken, EdgeOrdered, EdgePassed
from aforo.domain.event import Event, Payload, new_event
from aforo.domain.text import catalogue
from aforo.exams.override import OverrideRefusedError, check
from aforo.flow.edge_bundle import KEPT, BundleRefusedError, InForce, Signed, Wanted, dump, load, take, without
from aforo.flow.edge_deciding import Chosen, Lot, choose, draw, reason_of, strictest
from aforo.flow.edge_enrolled import fingerprint
from aforo.flow.edge_expected import Expected
from aforo.flow.edge_finding import Finder
from aforo.flow.edge_marks import NUMBER, PLATE, mark, sealed
from aforo.flow.edge_pricing import EdgePrices, Sent
from aforo.flow.edge_proof import Signers, signed
from aforo.flow.edge_said import AtEdge as AtEdge
from aforo.flow.edge_said import Named as Named
from aforo.flow.edge_said import NoBundleError as NoBundleError
from aforo.flow.edge_said import Place as Place
from aforo.flow.edge_taken import Expectation
from aforo.flow.edge_visits import TYPES, Visit, Visits
from aforo.flow.override import NoDecisionError
from aforo.flow.priced import Choice
from aforo.flow.prices import BookError
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.ids import event_ids
from aforo.log.kept_file import KeptFile
from aforo.log.sealing import seal
from aforo.log.store import Log


class EdgeNode:
    """See the module."""

    def __init__(self, log: Log, place: Place, kept: KeptFile) -> None:
        """Open what the log and the kept bundle say. Raises BundleRefusedError where the kept one is damaged."""
        self.log = log
        self.place = place
        self._kept = kept
        self.lock = threading.RLock()
        self.visits = Visits()
        after = 0
        while events := log.read(after, types=TYPES):
            self.visits.apply(events)
            after = events[-1].position
        self.force: InForce | None = None
        if (saved := kept.read()) is not None:
            try:
                self.force = load(saved)
            except msgspec.MsgspecError:
                raise BundleRefusedError("bundle_kept_damaged", file=kept.path) from None
            if self.force.bundle.edge != log.origin or self.force.bundle.port != place.port:
                raise BundleRefusedError("bundle_kept_foreign", file=kept.path)
        self._expectation = Expectation({} if self.force is None else self.force.all())
        self._prices = self._prices_of(None)

    @property
    def fingerprint(self) -> str:
        """The fingerprint of its key, which an administrator compares before its node lets it in."""
        return fingerprint(self.log.keys.signing.current(self.log.origin).verifier)

    # The bundle

    def wanted(self, nonce: str = "") -> Wanted:
        """What it asks its node for."""
        return Wanted(self.log.origin, self.place.port, self.place.pinned, nonce)

    def take(self, signed: Signed, nonce: str = "") -> InForce:
        """Put a bundle in force, durably. Raises BundleRefusedError: the one before stays."""
        with self.lock:
            force = take(signed, self.wanted(nonce), self.force, self.log.clock(), self._to_do())
            force = without(force, self.visits.ended(force.kept, force.bundle.done))
            before, bundle = self.force, force.bundle
            self._kept.write(dump(force))
            self.force, self._expectation = force, Expectation(force.all())
            self._prices = self._prices_of(self._prices)
            # One that says nothing new is not recorded: there is one a minute.
            if before is None or force.went_back or before.bundle.digest != bundle.digest:
                said = EdgeBundleTaken(bundle.origin, force.digest, bundle.position, bundle.issued_at, force.went_back)
                self._record("bundle", self.log.versions(["bundle"]).get("bundle", 0), [said], "edge")
            return force

    def _to_do(self) -> dict[str, float]:
        """The expected trucks that something is to be done with here, and until when that is kept at the least."""
        found: dict[str, float] = {}
        for visit in self.visits.staying():
            truck = self._truck_of(visit)
            standing = visit.standing(truck)
            if truck is None or standing == "release":
                continue
            since = max(truck.filed, visit.arrived_at.timestamp() if visit.arrived_at else 0)
            found[truck.ref] = inf if standing == "hold" else since + KEPT.total_seconds()
        return found

    def _prices_of(self, before: EdgePrices | None) -> EdgePrices | None:
        priced = None if self.force is None else self.force.bundle.priced
        return None if priced is None else EdgePrices(priced, self.log.artefacts.get, before)

    def age_s(self) -> int | None:
        """Seconds since the bundle in force was taken, by this machine's clock; None without one."""
        if self.force is None:
            return None
        return max(0, int((self.log.clock() - self.force.taken_at).total_seconds()))

    # Trucks

    def _finder(self) -> Finder:
        return Finder(self._expectation, self.visits, self._key(), self.log.clock())

    def _truck_of(self, visit: Visit) -> Expected | None:
        """What the bundle in force says of a visit's truck, though it was not known when it came."""
        return self._expectation.of(visit, self.visits)

    def _key(self) -> bytes:
        """The key of the port's marks; until its node gave one, a key of the edge's own serves."""
        return self.log.keys.secret("edge") if self.force is None else bytes.fromhex(self.force.bundle.key)

    def arrive(self, named: Named, actor: str, refresh: Callable[[], object] | None = None) -> AtEdge:
        """A truck stands at the booth: what is to be done with it; durable when this returns, and recorded once.

        `refresh` asks the node once more, where that is in reach, before a truck is referred or released. Raises
        ValueError where `named` names nothing.
        """
        if not named.values():
            raise ValueError("a truck is named by its trip, plate or tag")
        if refresh is not None and self._asks(named):
            refresh()
        with self.lock:
            marks, found, visit = self._finder().find(named)
            if visit is not None and visit.arrived is not None:
                return self._said(visit, repeated=True)
            lot = None if found else self._lot(named, marks)
            chosen = choose(found, lot, self.force is not None)
            truck, choice = chosen.truck, None
            # Officers may have ordered something of one that no bundle names any more, and that comes by its own name.
            ref = truck.ref if truck else visit.ref if visit else self.visits.fresh_name(marks[0])
            visit = self.visits.by_ref.get(ref) or Visit(ref)
            if truck is not None and visit.ordered is not None:
                standing = visit.standing(truck)
                chosen = Chosen(standing, reason_of(standing), "override", truck)
            if chosen.reason == "edge_released" and truck is not None:
                choice = self._priced(truck)
            if choice is not None and choice.examines:
                chosen = Chosen(choice.option, "edge_priced", "priced", truck)
            other = None if truck is None else self._finder().mistakable(named, truck)
            if other is not None and STRICTNESS[other.order] > STRICTNESS[chosen.examination]:
                # It is examined as the other one would be, which does not end what is ordered of that one.
                chosen, choice = Chosen(other.order, "edge_mistakable", other.basis, truck), None
            numbered = mark(self._key(), NUMBER, named.trip) if named.trip else ""
            payload = self._arrived(chosen, marks, lot, numbered if numbered in marks else "", choice)
            self._append(visit, [payload], actor)
            return self._said(self.visits.by_ref[ref], repeated=False)

    def _asks(self, named: Named) -> bool:
        """Whether the node is to be asked of a truck first: it would go, or nothing is known of it."""
        with self.lock:
            _, found, visit = self._finder().find(named)
            if visit is not None:
                return self.standing(visit) == "release"
            truck = strictest(found)
            return truck is None or truck.order == "release"

    def _arrived(
        self, chosen: Chosen, marks: tuple[str, ...], lot: Lot | None, number: str, choice: Choice | None
    ) -> EdgeArrived:
        truck, force = chosen.truck, self.force
        every = tuple(dict.fromkeys((*marks, *(truck.marks if truck else ()))))
        made = EdgeArrived(
            every, chosen.examination, chosen.reason, chosen.basis, truck.decision if truck else None,
            force.digest if force else "", self.age_s() or 0, number=number,
        )  # fmt: skip
        if choice is not None:
            made = msgspec.structs.replace(
                made, bridge=choice.bridge, value=choice.value, price=choice.price, routing=choice.routed
            )
        if lot is None:
            return made
        return msgspec.structs.replace(
            made, lot=lot.lot, control_propensity=lot.control_propensity, control=lot.control, day=lot.day,
            subject=lot.subject, passages=lot.passages,
        )  # fmt: skip

    def _priced(self, truck: Expected) -> Choice | None:
        """The choice by the price of this bridge; None where it has none, or its documents have not come."""
        if self._prices is None:
            return None
        # Nothing that happened before the bundle was made counts a second time.
        since, now = self._prices.bridge.at, self.log.clock()
        sent = [self._sent(each, at) for each, at in self.visits.since(since)]
        try:
            return self._prices.choose(truck, sent, now, self._key())
        except (ArtefactMissingError, ArtefactChangedError, BookError):
            return None

    def _sent(self, visit: Visit, at: datetime) -> Sent:
        arrived, truck = visit.arrived, self._truck_of(visit)
        assert arrived is not None, "these are of trucks that arrived"
        minutes = truck.routed.minutes if truck is not None and truck.routed is not None else None
        return Sent(at, arrived.examination, minutes, arrived.decision is None and not arrived.control)

    def missing(self) -> list[str]:
        """The documents that the bundle in force names and that have not come yet."""
        priced = None if self.force is None else self.force.bundle.priced
        return [] if priced is None else [each for each in priced.hashes() if not self._has(each)]

    def _has(self, hash_: str) -> bool:
        try:
            self.log.artefacts.get(hash_)
        except (ArtefactMissingError, ArtefactChangedError):
            return False
        return True

    def keep(self, hash_: str, body: bytes) -> bool:
        """Keep a document that was fetched; whether it is the one of that hash."""
        return sha256(body).hexdigest() == hash_ and self.log.artefacts.put("prices", body) == hash_

    def _lot(self, named: Named, marks: tuple[str, ...]) -> Lot | None:
        """The lot of a truck that no filing is known of; None without a key for the day."""
        if self.force is None:
            return None
        bundle = self.force.bundle
        day = self._today()
        key = bundle.lottery.get(day)
        if key is None:
            return None
        # The plate is the truck; a trip's number is written as its filer likes.
        subject = mark(bytes.fromhex(bundle.key), PLATE, named.plate) if named.plate else marks[0]
        passages = self.visits.passages(subject, day.isoformat())
        return draw(bytes.fromhex(key), bundle.control_propensity, day.isoformat(), subject, bundle.port, passages)

    def _today(self) -> date:
        """The local day; never one before the bundle was made, whatever this machine's clock says."""
        now = self.log.clock()
        if self.force is not None:
            now = max(now, self.force.bundle.issued_at)
        return self._local(now).date()

    def _local(self, at: datetime) -> datetime:
        """An instant by the clock of the port; as it is where nobody knows the port's zone."""
        zone = port_zone(self.place.port)
        return at.astimezone(ZoneInfo(zone)) if zone else at

    def look(self, name: str) -> AtEdge | None:
        """What is to be done with a truck, without recording anything; None where nothing is known of it."""
        with self.lock:
            visit = self.visit_of(name)
            return None if visit is None else self._said(visit, repeated=visit.arrived is not None)

    def visit_of(self, name: str) -> Visit | None:
        """The visit that an officer names: by its own name, or by a number of the filers'; of a truck that has not
        arrived, one without events."""
        if (visit := self.visits.by_ref.get(name)) is not None:
            return visit
        _, found, visit = self._finder().find(Named(trip=name))
        if visit is not None:
            return visit
        truck = strictest(found)
        return None if truck is None else Visit(truck.ref, decision=truck.decision)

    def standing(self, visit: Visit) -> Examination:
        """What is to be carried out on a truck now."""
        return visit.standing(self._truck_of(visit))

    def _said(self, visit: Visit, *, repeated: bool) -> AtEdge:
        truck, force = self._truck_of(visit), self.force
        examination = self.standing(visit)
        arrived = visit.arrived
        code: str = arrived.reason if arrived is not None else choose([truck] if truck else [], None, True).reason
        status = "released" if examination == "release" else "held" if examination == "hold" else "to_be_examined"
        sentence = code
        if examination != (arrived.examination if arrived is not None else examination):
            code, sentence = "edge_changed", f"edge_changed_{status}"
        at = None if force is None else force.bundle.issued_at
        basis: Basis | None = truck.basis if truck else None
        if arrived is not None and (truck is None or truck.order != examination):
            basis = arrived.basis
        if visit.ordered:
            basis = "override"
        said = catalogue("aforo.flow")
        to_do = said.template(f"option_{examination}")
        when = "—" if at is None else f"{self._local(at):%Y-%m-%d %H:%M %Z}"
        return AtEdge(
            visit.ref, visit.decision is not None, examination, basis if examination != "release" else None, code,
            said.say(sentence, at=when, to_do=to_do), arrived.control if arrived is not None else False, status,
            list(truck.stated) if truck and examination != "release" else [], repeated, at, self.age_s(),
        )  # fmt: skip

    # Officers

    def order(
        self,
        name: str,
        wanted: Examination,
        officer: str,
        reason: str,
        seconded_by: str | None,
        signers: Signers | None = None,
    ) -> tuple[str, str, Examination]:
        """An officer orders otherwise: the event, the visit, and what was ordered before; durable. Raises
        NoDecisionError, OverrideRefusedError: lowering takes a second officer here as at the node. What no officers
        signed as `signers` the node takes where it raises, and lowers nothing by it."""
        with self.lock:
            visit = self.visit_of(name)
            if visit is None:
                raise NoDecisionError(name)
            if visit.carried_out and self.standing(visit) != "hold":
                raise OverrideRefusedError("override_examined")
            if visit.found and STRICTNESS["release"] < STRICTNESS.get(wanted, 0) < STRICTNESS["hold"]:
                raise OverrideRefusedError("override_found")
            was = self.standing(visit)
            check(was, wanted, officer, seconded_by, reason)
            truck = self._truck_of(visit)
            over = truck.decision if truck else visit.decision
            second, at = (seconded_by or "").strip() or None, self.log.clock()
            text, key = self._sealed(reason.strip())
            ordered = EdgeOrdered(was, wanted, text, second, over, sealing_key=key)
            if signers is not None:
                ordered = signed(ordered, self.log.origin, visit.stream, at, signers)
            payloads: list[Payload] = [ordered]
            if wanted == "release" and visit.arrived is not None:
                payloads.append(EdgePassed())
            event = self._append(visit, payloads, officer.strip(), at)
            return event, visit.ref, was

    def keep_once(
        self, stream: str, kind: str, text: str, said: Callable[[str, str], Payload], actor: str, at: datetime
    ) -> bool:
        """Keep what devices told, as the payload `said` of its text under the node's seal and of the key of that,
        unless the same text of the kind is kept in the stream; durable. Whether it was new. Raises NoBundleError: the
        bundle has the key."""
        with self.lock:
            if self.force is None:
                raise NoBundleError
            # Of the text as it is: no spelling. Under a secret of the edge's: the port's key tries out no plates.
            digest = blake2b(text.encode(), digest_size=16, key=self.log.keys.secret("edge")).hexdigest()
            once = f"{kind}:{stream.rpartition('/')[2]}:{digest}"
            if self.log.find([once]):
                return False
            version = self.log.versions([stream]).get(stream, 0)
            self._record(stream, version, [said(*self._sealed(text))], actor, at, once)
            return True

    def _sealed(self, text: str) -> tuple[str, str]:
        """A text that the node alone reads, and its key for that; under the key of the port where the node is one of
        before, or was not heard yet."""
        keys = {} if self.force is None else self.force.bundle.sealing
        today = self._today()
        day = today if today in keys else max(keys, default=None)
        return (sealed(self._key(), text), "") if day is None else (seal(keys[day], text), keys[day])

    # The log

    def append(self, visit: Visit, payload: Payload, actor: str, at: datetime | None = None) -> None:
        """Record something of a truck, durably; `at` is when it happened."""
        self._append(visit, [payload], actor, at)

    def _append(self, visit: Visit, payloads: Sequence[Payload], actor: str, at: datetime | None = None) -> str:
        events = self._record(visit.stream, visit.version, payloads, actor, at)
        stored = self.log.find([each.idempotency_key or "" for each in events])
        self.visits.apply(sorted(stored.values(), key=lambda each: each.position))
        return events[0].event_id

    def _record(
        self,
        stream: str,
        version: int,
        payloads: Sequence[Payload],
        actor: str,
        at: datetime | None = None,
        key: str | None = None,
    ) -> list[Event]:
        now = self.log.clock()
        events = [
            new_event(
                own, payload, stream, version + place, occurred_at=at or now, recorded_at=now, actor=actor,
                reported_at=now if at is not None and at != now else None,
                idempotency_key=key or f"{stream}:{version + place}",
            )
            for place, (own, payload) in enumerate(zip(event_ids(len(payloads), now), payloads, strict=True), 1)
        ]  # fmt: skip
        self.log.append(events)
        return events
