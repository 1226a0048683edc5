"""The custody bundle of a trip, out of the log: what the node states of it, and the file that shows it to anybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from aforo.custody.bundle import Bundle, Leaf, Withheld, made
from aforo.custody.device import PREFIX as DEVICE
from aforo.custody.recorded import case_of, trip_of
from aforo.custody.states import spans
from aforo.custody.trip import PREFIX as TRIP
from aforo.domain.clock import microseconds
from aforo.domain.device import BlockReceived, DeviceKeyRotated, DeviceRegistered, DeviceRetired
from aforo.domain.event import Origin, new_event
from aforo.domain.trip import CustodyStated, Extent, SealRead, StatedSpan
from aforo.flow.custody import UnknownTripError
from aforo.flow.custody_verdict import covered_since
from aforo.log import cosignatures
from aforo.log.cosignature import WitnessKey
from aforo.log.ids import event_id
from aforo.log.proof import NoProofError, prove
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.log.withheld import is_withheld

#: What tells a signer's keys.
_KEYS = (DeviceRegistered.TYPE, DeviceKeyRotated.TYPE, DeviceRetired.TYPE)


class NotStatedError(LookupError):
    """Nothing is stated of the trip's custody, or not yet under a checkpoint (that a witness cosigned)."""


def state_custody(log: Log, trip: str, *, actor: str, origin: Origin = "live") -> StoredEvent:
    """State what follows for a trip from all that is recorded by now, and what it rests on; the event.

    Raises UnknownTripError, and ConcurrencyError where the trip goes on meanwhile: do it again.
    """
    at = log.clock()
    known_by = microseconds(at)
    own = log.stream(TRIP + trip)
    known = trip_of([(each.event, each.payload) for each in own], known_by)
    if known is None:
        raise UnknownTripError(trip)
    rests_on = [*own]
    devices = {}
    for device in sorted({each.device for each in known.seals}):
        bound = min(each.version for each in known.seals if each.device == device)
        # The keys that it had before, and all that it said since it was bound to the trip.
        before = [each for each in log.stream(DEVICE + device, types=_KEYS) if each.event.version <= bound]
        devices[device] = [*before, *log.stream(DEVICE + device, bound)]
        rests_on += devices[device]
    readers = {read.reader for each in own if isinstance(read := each.payload, SealRead) and read.signature}
    for gateway in sorted((_gateways(devices.values()) | readers) - devices.keys()):
        rests_on += log.stream(DEVICE + gateway, types=_KEYS)
    since = min((each.since for each in known.seals), default=known_by)
    roads = covered_since(log, since)
    rests_on += roads
    case = case_of(
        [(each.event, each.payload) for each in own],
        {device: [(each.event, each.payload) for each in said] for device, said in devices.items()},
        [(each.event, each.payload) for each in roads],
        known_by,
    )
    said = tuple(StatedSpan(each.device, each.state, each.since, each.until) for each in spans(case, known_by))
    payload = CustodyStated(known_by, _extents(rests_on), said)
    event = new_event(
        event_id(at), payload, TRIP + trip, own[-1].event.version + 1, occurred_at=at, recorded_at=at, actor=actor,
        origin=origin,
    )  # fmt: skip
    log.append([event])
    return log.stream(TRIP + trip, own[-1].event.version)[0]


def bundle_of(log: Log, trip: str, witnesses: Sequence[WitnessKey] = ()) -> bytes:
    """The bundle of what was last stated of a trip, under the newest checkpoint that one of the witnesses cosigned, or
    the newest of all where none is given. Raises NotStatedError."""
    stated = log.stream(TRIP + trip, types=(CustodyStated.TYPE,))
    signed = cosignatures.newest(log.database, witnesses)
    if not stated or signed is None:
        raise NotStatedError(trip)
    statement, said = stated[-1], stated[-1].payload
    assert isinstance(said, CustodyStated)
    leaves: list[Leaf | Withheld] = []
    try:
        index = prove(log.database, statement.event.event_id, signed.size).leaf
        for each in [statement, *_named(log, said.extents)]:
            proof = prove(log.database, each.event.event_id, signed.size)
            path = tuple(proof.path)
            if is_withheld(each):
                place = each.event.stream, each.event.version
                leaves.append(Withheld(proof.leaf, each.leaf_hash, path, *place, "personal"))
            else:
                leaves.append(Leaf(proof.leaf, proof.body, path))
    except NoProofError as error:
        raise NotStatedError(trip) from error
    return made(Bundle(log.origin, signed.note, trip, index, tuple(leaves)))


def _gateways(devices: Iterable[Sequence[StoredEvent]]) -> set[str]:
    """Those that signed some of what devices said."""
    payloads = (each.payload for said in devices for each in said)
    return {each.gateway for each in payloads if isinstance(each, BlockReceived) and each.gateway}


def _extents(events: Sequence[StoredEvent]) -> tuple[Extent, ...]:
    """The versions of streams that events are, those that follow each other as one."""
    stands = sorted({(each.event.stream, each.event.version) for each in events})
    breaks = [0, *(place for place, (one, other) in enumerate(pairwise(stands), 1)
                   if (one[0], one[1] + 1) != other), len(stands)]  # fmt: skip
    return tuple(
        Extent(stands[first][0], stands[first][1], stands[last - 1][1]) for first, last in pairwise(breaks) if last
    )


def _named(log: Log, extents: Sequence[Extent]) -> Iterable[StoredEvent]:
    """The events of these versions."""
    for each in extents:
        yield from (stored for stored in log.stream(each.stream, each.first - 1) if stored.event.version <= each.last)
