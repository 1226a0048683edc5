"""On what ground what is found of a trip is evidence about the crossing that it says it is for.

Whoever announces a trip may name any crossing, since who hauls may be another than who filed. So the name alone makes
no evidence: what is found of a trip counts on a crossing whose filings name the trip's carrier, or for which an
authority announced the trip or read the number on its seal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from aforo.custody.trip import KnownTrip
from aforo.domain.event import Filed
from aforo.flow.earlier import as_decided
from aforo.flow.names import stream_of
from aforo.flow.recorded import unpack_identities
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.risk.features import FEATURES

Ground = Literal["carrier", "authority"]
_CARRIER = "carrier"


def ground_of(trip: KnownTrip, carriers: Collection[int], keys: KeyStore) -> Ground | None:
    """On what ground a trip is evidence of a crossing whose filings name these carriers (keyed hashes); None where it
    is none."""
    if not trip.opened.crossing:
        return None
    if trip.vouched_for == trip.opened.crossing:
        return "authority"
    own = int(keys.identity_hashes(_CARRIER, [trip.opened.carrier])[0])
    return "carrier" if own in carriers else None


def carriers_of(filings: Sequence[Filed]) -> frozenset[int]:
    """The carriers that filings name, as keyed hashes."""
    named = unpack_identities(filings)[_CARRIER].tolist() if filings else []
    return frozenset(each for each in named if each)


def carriers_in(events: Sequence[StoredEvent]) -> frozenset[int]:
    """The carriers of a crossing, by the events of its stream: those that the filings name which stood at its last
    decision."""
    known = as_decided(events, len(FEATURES))
    return frozenset() if known is None else carriers_of(known.filed)


def grounds(trips: Iterable[KnownTrip], log: Log) -> dict[str, Ground]:
    """On what ground each of these trips is evidence of its crossing, by the trip; those that are none are left out."""
    every = list(trips)
    streams = log.streams([stream_of(each) for each in dict.fromkeys(own.opened.crossing for own in every) if each])
    carriers = {stream: carriers_in(events) for stream, events in streams.items()}
    found = {
        each.trip: ground_of(each, carriers.get(stream_of(each.opened.crossing), frozenset()), log.keys)
        for each in every
    }
    return {trip: ground for trip, ground in found.items() if ground is not None}
