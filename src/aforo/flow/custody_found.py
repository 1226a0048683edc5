"""What is cause to act on a trip now: out of the log, by the documents of the roads that are in force, or were when it
was over."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from aforo.custody.case import NEVER, Case, Sealing
from aforo.custody.cause import Cause
from aforo.custody.caused import cause_of, caused
from aforo.custody.causes import causes_and_next, driven_by
from aforo.custody.convoy import Member, splits
from aforo.custody.trip import KnownTrip
from aforo.domain.clock import instant
from aforo.domain.trip import TripCaused
from aforo.flow.custody import Custody
from aforo.flow.custody_verdict import case_from
from aforo.flow.roads import Ruled


def found_of(custody: Custody, known: KnownTrip, case: Case, now: int) -> tuple[TripCaused | None, int | None]:
    """What is to be recorded of the causes of a trip, None where they are those that were recorded last; and the next
    instant (microseconds since 1970) at which they are others if nothing is heard until then."""
    ruled = custody.roads.ruled(known.opened.corridor, None if known.discharged is None else instant(known.discharged))
    found: list[Cause] = []
    coming: list[int] = []
    for sealing in case.sealings:
        if sealing.since <= now:
            own, due = causes_and_next(case, sealing, ruled.road, ruled.fences, now, ruled.limits)
            found += own
            coming += [] if due is None else [due]
    found += _splits(custody, known, case, ruled, now)
    places = sha256(msgspec.json.encode(known.opened.places)).hexdigest()
    made = caused(known.caused, found, (*ruled.hashes, places), ruled.limits)
    return made, min(coming, default=None)


def _splits(custody: Custody, known: KnownTrip, case: Case, ruled: Ruled, now: int) -> Iterable[Cause]:
    """When the trip was far from those that it set out with, by the first seal of each that stands or stood: of those
    that arrived, until then. Once the room knows them no more, what was found stays."""
    together = custody.set_out_with(known.trip)
    if not together and known.opened.convoy and known.caused is not None:
        return [cause_of(each) for each in known.caused.causes if each.kind == "convoy_split"]
    if len(together) < 2:
        return ()
    members: dict[str, Member] = {}
    for each in together:
        own = case if each.trip == known.trip else case_from(custody, each.trip, now)
        if (sealing := _first(own.sealings, now)) is not None:
            over = NEVER if each.discharged is None else each.discharged
            members[each.trip] = Member(driven_by(own, sealing, ruled.road, now), over)
    convoy = f"{known.opened.carrier}/{known.opened.convoy}"
    return splits(convoy, members, ruled.limits).get(known.trip, ())


def _first(sealings: tuple[Sealing, ...], now: int) -> Sealing | None:
    return min((each for each in sealings if each.since <= now), key=lambda each: each.since, default=None)
