"""What follows in a crossing from what an edge did with its truck: events to be recorded, and what the memory learns.

An examination ends what the edge knew to be ordered, and what was ordered at the node meanwhile, short of a hold. A
hold stands until two officers lower it, and who has let its truck go raises an alert. So does a truck in which the
open record of a dock has a finding, where the edge says that nothing was found or lets it go; no order of an edge
lowers what is ordered of such a truck. An order that lowers carries the proof of both officers' credentials, or it
lowers nothing, whatever an edge says; a supervisor is told of either.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from aforo.domain.alert import AlertKind
from aforo.domain.credential import current_credential, use_credential
from aforo.domain.decision import STRICTNESS
from aforo.domain.edge import EdgeArrived, EdgeExamined, EdgeOrdered, EdgePassed, FactEffect
from aforo.domain.event import Arrived, Event, Examined, Overridden, Passed, Payload, new_event
from aforo.domain.text import catalogue
from aforo.exams.dock_record import open_finding
from aforo.exams.outcomes import Report
from aforo.flow.alerts import Raise
from aforo.flow.crossing_events import followed
from aforo.flow.earlier import filed_before
from aforo.flow.edge_book import Seen
from aforo.flow.edge_marks import unsealed
from aforo.flow.edge_orders import ordered_by, standing_order
from aforo.flow.edge_proof import OrderCheck
from aforo.flow.examinations import (
    ONE_EXAMINATION,
    Examination,
    corrected,
    examination_key,
    examinations,
    said_of,
    taught,
)
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.order import found_in, order_of, ordered
from aforo.flow.person_named import names_person
from aforo.flow.reports import examined_of, passage_of
from aforo.flow.root_tractor import truck_of
from aforo.log.ids import event_id
from aforo.log.sealing import SealingKeyDestroyedError
from aforo.log.stored import StoredEvent, encode

#: How far an edge's clock may be ahead of the node's.
AHEAD = timedelta(minutes=5)


class Merging:
    """The facts of one visit, taken one after the other into its crossing. `cause` is the event that records the last
    of them; `bundle_at` when the bundle in force at the edge was made. Without a `check` of its orders none of them
    lowers anything."""

    def __init__(
        self,
        crossing: str,
        seen: Seen,
        node: Node,
        key: bytes,
        cause: str,
        bundle_at: datetime | None,
        check: OrderCheck | None = None,
    ) -> None:
        self._check = check
        self._node, self._key, self._cause = node, key, cause
        self._seen, self._bundle_at = seen, bundle_at
        self._now = node.clock()
        self._events = followed(node.log.stream(stream_of(crossing)), node.log)
        self.stream = self._events[0].event.stream
        self.made: list[Event] = []
        self.effects: list[FactEffect] = []
        self.raises: list[Raise] = []
        self.learnt: list[tuple[list[StoredEvent], Examined]] = []
        self.passages: list[Passed] = []
        #: The examinations that the visit told of so far; those of a visit that had no crossing yet are taken anew.
        self._examined: list[tuple[EdgeExamined, datetime]] = []
        for fact in seen.facts if seen.crossing is not None else ():
            if isinstance(told := fact.payload, EdgeExamined):
                self._examined.append((told, self._nearest(fact.event.occurred_at)))
        #: The proofs of the orders that the visit told of so far: a proof is of one order.
        self._proofs = {
            told.proof
            for fact in (seen.facts if seen.crossing is not None else ())
            if isinstance(told := fact.payload, EdgeOrdered) and told.proof
        }
        self.outdated = False
        self.left = False
        #: What the clock said by which the last fact happened, where it is doubted.
        self._said: datetime | None = None

    def take(self, fact: StoredEvent) -> None:
        """Take in the next fact of the visit."""
        payload, actor = fact.payload, fact.event.actor
        at = self._believed(fact.event.occurred_at, fact.event.said_at)
        if isinstance(payload, EdgeArrived):
            if not self._has(Arrived):
                self._add(Arrived(), actor, at, f"arrived:{self.stream}")
                self.effects.append("arrived")
            if payload.examination == "release":
                self._let_go(actor, at)
        elif isinstance(payload, EdgePassed):
            self._let_go(actor, at)
        elif isinstance(payload, EdgeExamined):
            self._examine(payload, actor, at)
        elif isinstance(payload, EdgeOrdered):
            self._order(payload, fact.event, at)

    def _believed(self, at: datetime, said: datetime | None) -> datetime:
        """The instant of an edge's clock, or the nearest that it can have been; that is told, also where somebody
        doubted the clock, which `said` another thing, before."""
        believed = self._nearest(at)
        self._said = said if said is not None or believed == at else at
        if self._said is not None:
            self.effects.append("clock_doubted")
        return believed

    def _nearest(self, at: datetime) -> datetime:
        least, most = self._bundle_at or at, self._now + AHEAD
        return min(max(at, least), most)

    def _has(self, kind: type[Payload]) -> bool:
        return any(stored.event.type == kind.TYPE for stored in self._events)

    def _add(self, payload: Payload, actor: str, at: datetime, key: str | None = None) -> None:
        now, last = self._now, self._events[-1].event
        event = new_event(
            event_id(now), payload, self.stream, last.version + 1, occurred_at=at, recorded_at=now, actor=actor,
            reported_at=now, causation_id=self._cause, idempotency_key=key, origin=self._node.origin,
            said_at=self._said,
        )  # fmt: skip
        self.made.append(event)
        self._events.append(StoredEvent(self._events[-1].position + 1, b"", encode(event)))

    def _let_go(self, actor: str, at: datetime) -> None:
        """The edge let the truck go."""
        self._pass(actor, at, let_go=True)
        if standing_order(self._events) == "hold" or open_finding(self._events):
            self.alert(at)

    def _pass(self, actor: str, at: datetime, *, let_go: bool) -> None:
        """The truck passed primary."""
        self.left = True
        if self._has(Passed):
            self.effects.append("repeated")
        else:
            decided, _ = order_of(self._events)
            assert decided is not None, "a visit is of a crossing that is decided"
            passed = msgspec.structs.replace(passage_of(self._events, decided), let_go=let_go)
            self._add(passed, actor, at, f"passed:{self.stream}")
            self.passages.append(passed)
            self.effects.append("passed")

    def alert(self, at: datetime) -> None:
        """Less was asked of the truck than is ordered of it here: somebody must look for it."""
        if not any(each.kind == "missed_hold" for each in self.raises):  # of one visit once
            self._raise("missed_hold", at)

    def contradict(self, at: datetime) -> None:
        """What is told of the truck contradicts what is known: somebody must find out which truck it was."""
        self._raise("contradiction", at)

    def _raise(self, kind: AlertKind, at: datetime, fact: str = "") -> None:
        """An alert about the visit, or about one `fact` of it."""
        seen, last = self._seen, self._events[-1].event
        about = f"{seen.edge}/{seen.visit}{fact and '/'}{fact}"
        self.raises.append(Raise(kind, self.stream, about, at, self._cause, last.version, truck_of(self._events)))

    def _examine(self, said: EdgeExamined, actor: str, at: datetime) -> None:
        crossing = self.stream.removeprefix("crossing/")
        # A severity that no outcome can have is left out, and the finding stays: one leaf must not stop a port's edges.
        severity = said.severity if said.severity is not None and 0 <= said.severity < math.inf else None
        one = Report(
            0,
            None,
            crossing,
            True,
            said.violation,
            said.threat,
            severity,
            at,
            carried_out=said.carried_out,
            image=said.image,
        )
        known = said_of(one, self._may_be(said, at))
        if known == "new" and self._told_otherwise(said, at):
            known = "repeated"
        self._examined.append((said, at))
        held = ordered(self._events) == "hold"
        elsewhere = found_in(_besides(known, self._events)) and not said.violation
        # The record of a dock is not closed by it: as long as it is open, what it found is not set aside by others.
        at_dock = not said.violation and open_finding(self._events)
        stands = held or at_dock or said.order_stands
        if known == "new":
            before = list(self._events)
            examined = msgspec.structs.replace(examined_of(one, self.stream, before, at), order_stands=stands)
            if not self._has(Passed):
                self._pass(actor, at, let_go=False)
            self._add(examined, actor, at, examination_key(self.stream, at))
            self.learnt.append((before, examined))
            self.effects.append("examined")
        elif isinstance(known, Examination) and known.last.outcome.violation and not said.violation:
            self.effects.append("finding_stands")
        elif isinstance(known, Examination):
            examined = msgspec.structs.replace(corrected(one, known), order_stands=stands)
            self._add(examined, actor, at)
            self.outdated |= taught(examined.outcome) != taught(known.last.outcome)
            self.effects.append("examined")
        else:
            self.effects.append("repeated")
        if at_dock:
            self.effects.append("finding_stands")
        self.left = True
        if (held or elsewhere or at_dock) and said.ordered != "hold":
            self.alert(at)  # the edge had no hold to keep it for

    def _may_be(self, said: EdgeExamined, at: datetime) -> list[Examination]:
        """The examinations that the one told of may be. An edge knows its own apart: of what was handed in, it is that
        of its instant, or that which it says it corrects."""
        return [
            each
            for each in examinations(self._events)
            if said.corrects
            or each.first.event.causation_id is None
            or at in (each.first.event.occurred_at, each.last.outcome.found_at)
        ]

    def _told_otherwise(self, said: EdgeExamined, at: datetime) -> bool:
        """Whether somebody else reported this very examination to the node while the port was cut off. An account is of
        one examination: what the visit told before has its own."""
        made = examinations(self._events)
        recorded = {each.first.event.occurred_at for each in made if each.first.event.causation_id is not None}
        accounts = [each for each in made if each.first.event.causation_id is None]
        for before, then in self._examined:
            if then != at and then not in recorded and (own := _account(before, then, accounts)) is not None:
                accounts.remove(own)
        return _account(said, at, accounts) is not None

    def _order(self, said: EdgeOrdered, event: Event, at: datetime) -> None:
        decided, _ = order_of(self._events)
        assert decided is not None, "a visit is of a crossing that is decided"
        now = standing_order(self._events)
        if said.examination == now:
            self.effects.append("repeated")
            return
        lower = STRICTNESS[said.examination] < STRICTNESS[now]
        basis = ordered_by(self._events)
        # An order cannot have been given before what it is over was recorded: no token is judged at an earlier instant.
        earliest = max([at, *(each.event.recorded_at for each in self._events if each.event.event_id == basis)])
        officers = (
            self._check.officers(said, event, earliest) if self._check and said.proof not in self._proofs else None
        )
        self._proofs |= {said.proof} - {""}
        if officers is None:
            self.effects.append("order_unproven")
        unseen = said.was != now or said.over != basis or open_finding(self._events)
        if lower and (officers is None or officers.second is None or unseen):
            # The node had more grounds than these officers saw, or nobody proved to be two of its officers.
            self.effects.append("order_withheld")
            self._raise("edge_withheld", at, event.event_id)
            return
        actor = event.actor if officers is None else officers.first.name
        second = None if officers is None else officers.second
        try:
            reason = unsealed(said, self._seen.edge, self._key, self._node.keys)
        except SealingKeyDestroyedError:
            reason = None
        filings = [filed for _, filed in filed_before(self._events, self._events[-1].event.version)]
        if reason is None or names_person(reason, filings, self._node.keys):
            reason = catalogue("aforo.flow").template("edge_reason_withheld").en
            self.effects.append("reason_withheld")
        named, credential = (None, None) if second is None else (second.name, second.credential)
        order = Overridden(said.examination, reason, decided.propensity, named, second_credential=credential)
        # Whose token handed it in is the edge's: the order rests on the officer's own, where that is proven.
        with use_credential(current_credential() if officers is None else officers.first.credential):
            self._add(order, actor, at)
        self.effects.append("ordered")
        if lower:
            self._raise("edge_lowered", at, event.event_id)


def _account(said: EdgeExamined, at: datetime, accounts: Iterable[Examination]) -> Examination | None:
    """The first of the accounts that may be of the examination that an edge tells of: made about then, with the same
    finding, and by the same means. Who does not name them means what was ordered: that is no account that left it."""
    for each in accounts:
        last = each.last
        finding = (last.outcome.violation, last.outcome.threat) == (said.violation, said.threat)
        means = last.carried_out in (None, said.carried_out) or (said.carried_out is None and not last.order_stands)
        if finding and means and abs(last.outcome.found_at - at) <= ONE_EXAMINATION:
            return each
    return None


def _besides(known: object, events: Iterable[StoredEvent]) -> list[StoredEvent]:
    """The events of a crossing without those of an examination that is known."""
    own = known.first.event.event_id if isinstance(known, Examination) else None
    return [
        stored
        for stored in events
        if own is None
        or not isinstance(examined := stored.payload, Examined)
        or own not in (stored.event.event_id, examined.corrects)
    ]
