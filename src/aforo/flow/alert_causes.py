"""What raises an alert, and what settles one: a line for each type of event that does.

A hold raises its alert in the transaction of the decision (`of_holds`); everything else is found in the log (`found`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from aforo.domain.alert import FOUND, AlertKind
from aforo.domain.decision import STRICTNESS
from aforo.domain.dock import EntryWithdrawn, FindingNoted
from aforo.domain.edge import EdgeConfirmed, EdgeEnrolled, EdgeExamined, EdgeFact, EdgeMatched, EdgeRetired
from aforo.domain.event import (
    ChallengeAnswered,
    Challenged,
    Event,
    Examined,
    Moved,
    OrderUndone,
    Overridden,
    Quarantined,
)
from aforo.domain.payload import Payload
from aforo.domain.response import PeopleSigned, TheftReported
from aforo.domain.screening import ScreeningConfirmed, ScreeningDismissed, ScreeningHit, ScreeningListed
from aforo.domain.trip import CustodyJudged, Discharged, TripCaused, TripOpened
from aforo.domain.units import MICRO
from aforo.flow.alert_found import Found, Settled, Timer
from aforo.flow.alert_rules import AlertRules
from aforo.flow.alerts import Raise
from aforo.flow.custody_causes import of_causes, of_discharge, of_judgement, of_signs, of_theft, of_trip_opened
from aforo.flow.edge_book import said as said_at_edge
from aforo.flow.edge_book import visit_stream
from aforo.flow.edge_orders import standing_order
from aforo.flow.findings import claims, kind_of
from aforo.flow.order import order_of
from aforo.flow.root_tractor import hexadecimal, truck_of
from aforo.flow.truck_left import left_in
from aforo.log.stored import StoredEvent
from aforo.risk.screening.dispositions import stream_of as stream_of_party

#: The ground of a decision that holds a truck for the lives in it (`flow/verdicts.py`).
PEOPLE = "people"
#: What alerts on a crossing are over when the truck was examined, or is another crossing's.
_AT_THE_CROSSING: tuple[AlertKind, ...] = ("life_safety_hold", "mandatory_hold", "order_raised")
#: An examination that ended so long before it is first reported is history, which is learnt from: nobody is sent for
#: it. A port may have been cut off for days.
_HISTORY = timedelta(days=7)
#: What the body of a fact has in it that tells of an examination: most facts tell of none, and are not read.
_EXAMINED = f'"{EdgeExamined.TYPE}"'
#: The code with which a declaration is refused that was filed before with other content.
_CONTRADICTS = "filed_before_otherwise"

Stream = Callable[[str], list[StoredEvent]]


def of_holds(
    crossings: Sequence[str],
    held: Mapping[int, tuple[str, ...]],
    decisions: Sequence[str],
    versions: Sequence[int],
    trucks: Mapping[int, int],
    at: datetime,
) -> list[Raise]:
    """The alerts of decided holds: `held` gives the grounds of the crossings that are held, by their places in the
    others; `versions` are those of the decisions, `trucks` the tractors' hashes."""
    return [
        Raise(
            "life_safety_hold" if PEOPLE in grounds else "mandatory_hold",
            f"crossing/{crossings[place]}",
            decisions[place],
            at,
            decisions[place],
            versions[place],
            hexadecimal(trucks.get(place, 0)),
        )
        for place, grounds in held.items()
    ]


def raise_of(kind: AlertKind, subject: str, cause: str, version: int, at: datetime, tractor: int) -> Raise:
    """An alert that an event `cause` raises as it is made; `tractor` is the keyed hash, 0 where there is none."""
    return Raise(kind, subject, cause, at, cause, version, hexadecimal(tractor))


def found(stored: StoredEvent, rules: AlertRules, stream: Stream) -> Found:
    """What an event says; `stream` reads a crossing's events where it must be known what stood before."""
    payload = stored.payload
    reader = _READERS.get(type(payload))
    told = Found()
    if reader is not None:
        reader(stored, payload, rules, stream, told)
    return told


def _examined(stored: StoredEvent, examined: Examined, rules: AlertRules, stream: Stream, told: Found) -> None:
    # Nobody looks for what was found; else what was ordered is still to be carried out, or to be lowered.
    if examined.corrects is None and (examined.outcome.violation or not examined.order_stands):
        event = stored.event
        told.settles.append(_at_the_crossing(event))
    if examined.outcome.violation or examined.corrects is not None:
        _found_or_not(stored, examined, rules, stream, told)


def _found_or_not(
    stored: StoredEvent,
    said: Examined | FindingNoted | EntryWithdrawn,
    rules: AlertRules,
    stream: Stream,
    told: Found,
) -> None:
    """What an event adds to what was found in a truck, and what it takes back of it."""
    event, events = stored.event, stream(stored.event.stream)
    before = [each for each in events if each.event.version < event.version]
    was, now = claims(before), claims([*before, stored])
    # A new examination has the truck before it; what is said of an earlier one may come when that has gone.
    left = None if isinstance(said, Examined) and said.corrects is None else left_in(before)
    for about, claim in now.items():
        if about in was or (claim.record is None and event.recorded_at - claim.found_at > _HISTORY):
            continue
        told.raises.append(
            Raise(
                claim.kind,
                event.stream,
                about,
                event.occurred_at,
                event.event_id,
                event.version,
                truck_of(events),
                left,
            )
        )
    told.settles += [
        Settled((claim.kind,), event.event_id, event.version, about=about, ending="withdrawn")
        for about, claim in was.items()
        if about not in now
    ]


def _found_at_edge(stored: StoredEvent, fact: EdgeFact, rules: AlertRules, stream: Stream, told: Found) -> None:
    """What a port that was cut off found in a truck that no filing is known of: nobody else tells of it here, until a
    fact of the visit finds its crossing, which has an alert of its own."""
    if not fact.visit:
        return
    event = stored.event
    if fact.crossing is not None and "edge_retired" not in fact.effects:
        subject = visit_stream(event.stream.removeprefix("edge/"), fact.visit)
        told.settles.append(Settled(FOUND, event.event_id, event.version, subject=subject))
        return
    if _EXAMINED not in fact.body:
        return
    said = said_at_edge(fact.body)
    if said is not None and isinstance(examined := said.payload, EdgeExamined) and examined.violation:
        subject = visit_stream(event.stream.removeprefix("edge/"), fact.visit)
        # Of no version there: whatever happens to the visit comes after it.
        told.raises.append(
            Raise(kind_of(examined.threat), subject, event.event_id, event.occurred_at, event.event_id, 0)
        )


def _matched(stored: StoredEvent, matched: EdgeMatched, rules: AlertRules, stream: Stream, told: Found) -> None:
    # The crossing has an alert of its own for what was found in it.
    event = stored.event
    told.settles.append(Settled(FOUND, event.event_id, event.version, subject=event.stream))


def _edge_enrolled(stored: StoredEvent, said: EdgeEnrolled, rules: AlertRules, stream: Stream, told: Found) -> None:
    event = stored.event
    if said.pending:  # one of before there was a confirmation was told of in its time, or never will be
        told.raises.append(_raise("edge_enrolled", event, event.stream, event.event_id, event.recorded_at))


def _edge_confirmed(stored: StoredEvent, said: EdgeConfirmed, rules: AlertRules, stream: Stream, told: Found) -> None:
    event = stored.event
    told.settles.append(Settled(("edge_enrolled",), event.event_id, event.version, subject=event.stream))
    told.raises.append(_raise("edge_confirmed", event, event.stream, event.event_id, event.recorded_at))


def _edge_retired(stored: StoredEvent, said: EdgeRetired, rules: AlertRules, stream: Stream, told: Found) -> None:
    event = stored.event
    kinds: tuple[AlertKind, ...] = ("edge_enrolled", "edge_confirmed")
    told.settles.append(Settled(kinds, event.event_id, event.version, subject=event.stream))


def _moved(stored: StoredEvent, moved: Moved, rules: AlertRules, stream: Stream, told: Found) -> None:
    # The truck is another crossing's from here on, which has an alert of its own for a hold that stands.
    told.settles.append(_at_the_crossing(stored.event))


def _overridden(stored: StoredEvent, order: Overridden, rules: AlertRules, stream: Stream, told: Found) -> None:
    event = stored.event
    events = stream(event.stream)
    # What was found holds a truck, whatever was ordered.
    was = standing_order([each for each in events if each.event.version < event.version])
    if STRICTNESS[order.examination] > STRICTNESS[was]:
        told.raises.append(
            _raise("order_raised", event, event.stream, event.event_id, event.recorded_at, truck_of(events))
        )
    else:
        told.settles.append(_at_the_crossing(event))


def _undone(stored: StoredEvent, undone: OrderUndone, rules: AlertRules, stream: Stream, told: Found) -> None:
    event, events = stored.event, stream(stored.event.stream)
    order = next(each.payload for each in events if each.event.event_id == undone.order)
    assert isinstance(order, Overridden)
    if STRICTNESS[undone.examination] < STRICTNESS[order.examination]:
        told.settles.append(Settled(("order_raised",), event.event_id, event.version, about=undone.order))
        return
    # What stands again is to be seen to again: the lowering had settled it.
    decided, _ = order_of(events)
    kind: AlertKind = "order_raised"
    if undone.examination == "hold" and decided is not None and decided.mandatory:
        kind = "life_safety_hold" if PEOPLE in decided.mandatory else "mandatory_hold"
    told.raises.append(_raise(kind, event, event.stream, event.event_id, event.recorded_at, truck_of(events)))


def _challenged(stored: StoredEvent, challenge: Challenged, rules: AlertRules, stream: Stream, told: Found) -> None:
    event = stored.event
    truck = truck_of(stream(event.stream))
    before = rules.response.kind["challenge_due"].before
    assert before is not None, "the document was checked when it was read"
    kinds: tuple[tuple[AlertKind, datetime], ...] = (
        ("challenge_due", challenge.due - before.span),
        ("challenge_overdue", challenge.due),
    )
    for kind, due in kinds:
        raised = _raise(kind, event, event.stream, event.event_id, due, truck)
        told.timers.append(Timer(f"{kind}/{event.event_id}", due, raised))


def _answered(stored: StoredEvent, answer: ChallengeAnswered, rules: AlertRules, stream: Stream, told: Found) -> None:
    kinds: tuple[AlertKind, ...] = ("challenge_due", "challenge_overdue")
    event = stored.event
    told.settles.append(Settled(kinds, event.event_id, event.version, about=answer.challenge))
    told.timers += [Timer(f"{kind}/{answer.challenge}", None) for kind in kinds]


def _hit(stored: StoredEvent, hit: ScreeningHit, rules: AlertRules, stream: Stream, told: Found) -> None:
    least = rules.response.kind["screening_hit"].from_
    assert least is not None, "the document was checked when it was read"
    if hit.score < least.score * MICRO and not hit.identifier:
        return
    event = stored.event
    subject = stream_of_party(hit.party) if hit.crossing is None else f"crossing/{hit.crossing}"
    truck = None if hit.crossing is None else truck_of(stream(subject))
    # The same pair may be asked about again when its entry changed: each question is a cause of its own.
    about = f"{_pair(hit)}/{hit.entry_digest}"
    told.raises.append(_raise("screening_hit", event, subject, about, event.recorded_at, truck))


def _disposed(
    stored: StoredEvent,
    said: ScreeningConfirmed | ScreeningDismissed,
    rules: AlertRules,
    stream: Stream,
    told: Found,
) -> None:
    event = stored.event
    about = f"{_pair(said)}/{said.entry_digest}"
    told.settles.append(Settled(("screening_hit",), event.event_id, event.version, about=about))


def _listed(stored: StoredEvent, listed: ScreeningListed, rules: AlertRules, stream: Stream, told: Found) -> None:
    event, after = stored.event, rules.response.kind["stale_list"].after
    assert after is not None, "the document was checked when it was read"
    published = listed.published_at
    as_of = published if published is not None and published <= event.recorded_at else listed.fetched_at
    subject, due = f"list/{listed.publisher}", as_of + after.span
    told.settles.append(Settled(("stale_list",), event.event_id, event.version, subject=subject))
    told.timers.append(Timer(subject, due, _raise("stale_list", event, subject, event.event_id, due)))


def _quarantined(stored: StoredEvent, kept: Quarantined, rules: AlertRules, stream: Stream, told: Found) -> None:
    event = stored.event
    if any(problem.code == _CONTRADICTS for problem in kept.problems):
        # One for all that a sender contradicts: a message can have a thousand such records.
        subject = f"filer/{kept.senders[0]}" if kept.senders else event.stream
        told.raises.append(_raise("contradiction", event, subject, event.event_id, event.recorded_at))


def _raise(kind: AlertKind, event: Event, subject: str, about: str, at: datetime, truck: str | None = None) -> Raise:
    """The alert that an event raises."""
    return Raise(kind, subject, about, at, event.event_id, event.version, truck)


def _at_the_crossing(event: Event) -> Settled:
    return Settled(_AT_THE_CROSSING, event.event_id, event.version, subject=event.stream)


def _pair(said: ScreeningHit | ScreeningConfirmed | ScreeningDismissed) -> str:
    return f"{said.party}/{said.publisher}/{said.entry}"


_READERS: dict[type[Payload], Callable[..., None]] = {
    Examined: _examined,
    FindingNoted: _found_or_not,
    EntryWithdrawn: _found_or_not,
    EdgeFact: _found_at_edge,
    EdgeMatched: _matched,
    EdgeEnrolled: _edge_enrolled,
    EdgeConfirmed: _edge_confirmed,
    EdgeRetired: _edge_retired,
    Moved: _moved,
    Overridden: _overridden,
    OrderUndone: _undone,
    Challenged: _challenged,
    ChallengeAnswered: _answered,
    ScreeningHit: _hit,
    ScreeningConfirmed: _disposed,
    ScreeningDismissed: _disposed,
    ScreeningListed: _listed,
    Quarantined: _quarantined,
    TripOpened: of_trip_opened,
    Discharged: of_discharge,
    CustodyJudged: of_judgement,
    TripCaused: of_causes,
    PeopleSigned: of_signs,
    TheftReported: of_theft,
}
#: The types of events that say something to the alerts. Decisions are not among them: there are too many.
TYPES: tuple[str, ...] = tuple(payload.TYPE for payload in _READERS)
