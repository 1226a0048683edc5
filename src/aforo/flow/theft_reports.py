"""Theft as somebody reports it of a trip that is under way: an officer is telephoned about a hijack."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256

import msgspec

from aforo.domain.event import Origin, new_event
from aforo.domain.response import TheftReported, TheftTeller
from aforo.flow.custody import CustodyRefusedError
from aforo.flow.response_acts import LONGEST_NAME, under_way
from aforo.log.contention import retried
from aforo.log.ids import event_id
from aforo.log.store import Log

#: The stream of reports of the theft of a trip's truck or load.
THEFTS = "theft-reports/"
#: Characters of what whoever told it said.
LONGEST_WORDS = 500
#: Reports of one trip that are recorded: the first starts a response already.
MOST_REPORTS = 200


class TheftSaid(msgspec.Struct, frozen=True):
    """A report of theft: what whoever told it is to the load, where that was, what they said, who recorded it, when."""

    told_by: TheftTeller
    where: str
    words: str
    by: str
    at: datetime


def report(
    log: Log, trip: str, told_by: TheftTeller, where: str, words: str, *, actor: str, origin: Origin, key: str = ""
) -> None:
    """Record a report of theft on a trip that is not over; an alert and a response follow. One of this actor and trip
    with this `key` (its own name, empty where it has none) is recorded once.

    Raises UnknownTripError, CustodyRefusedError, ConcurrencyError.
    """
    payload = TheftReported(told_by, _line(where, LONGEST_NAME), _line(words, LONGEST_WORDS))
    # A key outlasts the words of what it names: nobody is to learn from it who reported.
    once = f"theft:{sha256(chr(0).join((trip, actor, key)).encode()).hexdigest()}" if key else None

    def write() -> None:
        known = None if once is None else log.find([once]).get(once)
        if known is not None:
            if known.payload != payload:
                raise CustodyRefusedError("theft_key_reused", "key")
            return
        under_way(log, trip)
        stream, at = THEFTS + trip, log.clock()
        version = log.versions([stream]).get(stream, 0) + 1
        if version > MOST_REPORTS:
            raise CustodyRefusedError("theft_reports_many", "told_by")
        event = new_event(
            event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor=actor, origin=origin,
            idempotency_key=once,
        )  # fmt: skip
        log.append([event])

    retried(write)


def reports(log: Log, trip: str, wanted: Collection[str]) -> list[TheftSaid]:
    """Those of the reports of a trip that are asked for by their events' identifiers and were not erased, in the order
    in which they were made."""
    return [
        TheftSaid(said.told_by, said.where, said.words, stored.event.actor, stored.event.recorded_at)
        for stored in log.stream(THEFTS + trip)
        if isinstance(said := stored.payload, TheftReported) and stored.event.event_id in wanted
    ]


def _line(said: str, longest: int) -> str:
    """What somebody said, in one line."""
    return " ".join(said.split())[:longest]
