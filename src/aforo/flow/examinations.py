"""The examinations of a crossing, each with its last word: what was found, and what was corrected since.

An examination is known by its crossing and its instant. Where a report named no instant, it is the crossing's one
examination that has none, until a report names it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from aforo.domain.event import Examined
from aforo.domain.outcome import Outcome
from aforo.exams.outcomes import Report
from aforo.log.stored import StoredEvent

#: How far two accounts of one examination may lie apart where one of them is by the clock of a port that was cut off.
ONE_EXAMINATION = timedelta(minutes=30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Examination:
    """One examination: the event that recorded it first, its last word and that one's position in the log, and whether
    a report has named its instant. `relearn` tells that a correction changed what the memory learns from it."""

    first: StoredEvent
    last: Examined
    position: int
    dated: bool
    relearn: bool = False

    def accounts_for(self, one: Report, at: datetime) -> bool:
        """Whether a report may be another account of one that an edge handed in, by whose clock it was made about then.
        What found nothing is no account of one that found something: it would take the finding back."""
        own, outcome = self.first.event, self.last.outcome
        near = own.causation_id is not None and abs(outcome.found_at - at) <= ONE_EXAMINATION
        return near and (bool(one.violation) or not outcome.violation)


def examination_key(stream: str, at: datetime | None) -> str:
    """The idempotency key of an examination's first report: one instant is one examination, however it is written."""
    # Counted, since an instant at either end of the calendar has no form in UTC.
    return f"examined:{stream}" if at is None else f"examined:{stream}:{(at - _EPOCH) // timedelta(microseconds=1)}"


def examinations(events: Iterable[StoredEvent]) -> list[Examination]:
    """The examinations among a crossing's events, in the order in which they were first recorded."""
    found: dict[str, Examination] = {}
    for stored in events:
        payload = stored.payload
        if not isinstance(payload, Examined):
            continue
        if payload.corrects is None:
            own = stored.event
            named = own.reported_at is not None or own.idempotency_key == examination_key(own.stream, own.occurred_at)
            found[own.event_id] = Examination(stored, payload, stored.position, named)
        elif (known := found.get(payload.corrects)) is not None:
            found[payload.corrects] = replace(
                known,
                last=payload,
                position=stored.position,
                dated=known.dated or payload.outcome.found_at != known.last.outcome.found_at,
                relearn=known.relearn or taught(payload.outcome) != taught(known.last.outcome),
            )
    return list(found.values())


def taught(outcome: Outcome) -> tuple[bool | None, str | None]:
    """What the memory learns of an outcome: without a finding the threat says nothing."""
    return outcome.violation, outcome.threat if outcome.violation else None


#: What a report is of a crossing's examinations: a new one, a repetition, or one that does not say which it corrects.
Novelty = Literal["new", "repeated", "which_examination"]


def said_of(one: Report, known: list[Examination]) -> Novelty | Examination:
    """What a report of an examination is to those known of its crossing: see `Novelty`; else the one it corrects."""
    meant = known
    if one.at is not None:
        meant = [each for each in known if each.dated and each.last.outcome.found_at == one.at]
        meant = meant or [each for each in known if not each.dated or each.accounts_for(one, one.at)]
    if not meant:
        return "new"
    if any(_says_nothing_new(one, each) for each in meant):
        return "repeated"
    return "which_examination" if one.at is None and len(meant) > 1 else meant[-1]


def takes_back(one: Report, known: list[Examination]) -> bool:
    """Whether a report says of an examination that found something that it did not: its truck would be held no more."""
    said = said_of(one, known)
    return isinstance(said, Examination) and bool(said.last.outcome.violation) and not one.violation


def _says_nothing_new(one: Report, known: Examination) -> bool:
    said, last = corrected(one, known), known.last
    return (said.outcome, said.carried_out, said.image) == (last.outcome, last.carried_out, last.image)


def corrected(one: Report, known: Examination) -> Examined:
    """The finding of a known examination with a report's content. Whether an officer had chosen the truck is a fact of
    the examination, and stays; so does which one it was, where the report does not say."""
    last = known.last.outcome
    outcome = msgspec.structs.replace(
        last,
        found_at=last.found_at if one.at is None else one.at,
        violation=one.violation,
        threat=one.threat,
        severity=one.severity,
    )
    carried_out, image = one.carried_out or known.last.carried_out, one.image or known.last.image
    return Examined(outcome, known.first.event.event_id, carried_out, image=image)
