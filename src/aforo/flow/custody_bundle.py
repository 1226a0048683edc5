"""The custody bundle of a trip, out of the log: what the node states of it, and the file that shows it to anybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from aforo.custody.bundle import MOST_LEAVES, Bundle, Leaf, Withheld, made
from aforo.custody.device import PREFIX as DEVICE
from aforo.custody.reach import about
from aforo.custody.recorded import covered_of, trip_of
from aforo.custody.silence import Quiet
from aforo.custody.state import ROAD
from aforo.custody.states import silences, spans
from aforo.custody.trip import PREFIX as TRIP
from aforo.custody.trip import first_of
from aforo.domain.clock import microseconds
from aforo.domain.device import BlockReceived, DeviceKeyRotated, DeviceRegistered, DeviceRetired
from aforo.domain.event import Origin, new_event
from aforo.domain.retention import LeafWithheld
from aforo.domain.trip import Covered, CustodyStated, Extent, SealRead, StatedSpan
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.custody_before import sealed_case
from aforo.flow.names import NODE
from aforo.flow.other_loads import Others, nobodys, of_other_loads
from aforo.log import cosignatures
from aforo.log.cosignature import WitnessKey
from aforo.log.ids import event_id
from aforo.log.proof import NoProofError, prove
from aforo.log.store import Log
from aforo.log.stored import StoredEvent, stretches
from aforo.log.withheld import is_withheld

#: What tells a signer's keys.
_KEYS = (DeviceRegistered.TYPE, DeviceKeyRotated.TYPE, DeviceRetired.TYPE)
#: A statement that is younger than this is not made anew where nothing came since.
FRESH = timedelta(minutes=1)


class NotStatedError(LookupError):
    """Nothing is stated of the trip's custody, or not yet under a checkpoint (that a witness cosigned)."""


class TooLargeError(ValueError):
    """A bundle of the trip has more leaves than may be."""


def state_custody(custody: Custody, trip: str, *, origin: Origin = "live") -> StoredEvent:
    """State what follows for a trip from all that is recorded by now, and what it rests on; the event. Of what is said
    of roads it rests on the statements that tell of a silence of the trip's seals, and on no others. It is the node
    that states it, whoever asks: the statement is kept for good, and names no person.

    Raises UnknownTripError, and ConcurrencyError where the trip goes on meanwhile: do it again.
    """
    at = custody.log.clock()
    said, own = _what_follows(custody, trip, microseconds(at))
    return _stated(custody.log, said, own, at, origin)


def state_at_last(custody: Custody, trip: str, *, origin: Origin = "live") -> bool:
    """State a trip before its words are erased, unless it was stated, nothing was recorded of it since, and what came
    of its devices makes the same states of it, and no road tells more of its silences; whether it was. Raises as
    `state_custody`."""
    at = custody.log.clock()
    said, own = _what_follows(custody, trip, microseconds(at))
    last = next((each for each in reversed(own) if isinstance(each.payload, CustodyStated)), None)
    if last is not None and (_erased_behind(custody.log, own, last) or (last is own[-1] and _tells(last, said))):
        return False
    _stated(custody.log, said, own, at, origin)
    return True


def statement_of(custody: Custody, trip: str, *, origin: Origin = "live") -> StoredEvent:
    """What is stated of a trip now: the last statement, where it is younger than FRESH and nothing came of the trip and
    its devices since, or all seals are off and a new one would say the same; else a new one. Of a trip whose words were
    erased the last. Raises as `state_custody`."""
    log = custody.log
    stated = last_statement(log, trip)
    try:
        seals = custody.trip(trip).seals
    except UnknownTripError:
        if stated is None:
            raise
        return stated
    if stated is not None and log.clock() - stated.event.recorded_at < FRESH:
        event, said = stated.event, stated.payload
        assert isinstance(said, CustodyStated)
        # That it was bound is no part of what a device said, and may be the last of its stream.
        last = {DEVICE + each.device: each.version for each in seals} | {event.stream: event.version}
        for each in said.extents:
            if each.stream.startswith(ROAD):
                continue  # of which it names what tells of its silences only
            last[each.stream] = max(each.last, last.get(each.stream, 0))
        if log.versions(list(last)) == last:
            return stated
    at = log.clock()
    following, own = _what_follows(custody, trip, microseconds(at))
    is_over = all(each.until <= microseconds(at) for each in seals)
    if stated is not None and is_over and own[-1].position == stated.position and _rests_alike(stated, following):
        return stated
    return _stated(log, following, own, at, origin)


def last_statement(log: Log, trip: str) -> StoredEvent | None:
    """What was last stated of a trip, whose words may be erased since; None where nothing was."""
    return next(reversed(log.stream(TRIP + trip, types=(CustodyStated.TYPE,))), None)


def bundle_of(
    log: Log,
    trip: str,
    witnesses: Sequence[WitnessKey] = (),
    *,
    statement: str | None = None,
    others: Others = nobodys,
    most: int = MOST_LEAVES,
) -> bytes:
    """The bundle of what was last stated of a trip, under the newest checkpoint that one of the witnesses cosigned, or
    the newest of all where none is given; of one `statement`, where its event is named.

    What devices said of trips that are `others` is withheld. Raises NotStatedError, and TooLargeError
    for more than `most` leaves.
    """
    stated = log.stream(TRIP + trip, types=(CustodyStated.TYPE,))
    signed = cosignatures.newest(log.database, witnesses)
    wanted = [each for each in stated if statement in (None, each.event.event_id)]
    if signed is None:
        raise NotStatedError(trip)
    for each in reversed(wanted):
        try:
            index = prove(log.database, each.event.event_id, signed.size).leaf
        except NoProofError:
            continue
        said = each.payload
        assert isinstance(said, CustodyStated)
        if sum(extent.last - extent.first + 1 for extent in said.extents) >= most:
            raise TooLargeError(trip)
        named = [each, *_named(log, said.extents)]
        hidden = of_other_loads(log, named, trip, others)
        leaves: list[Leaf | Withheld] = []
        for stored in named:
            proof = prove(log.database, stored.event.event_id, signed.size)
            path, place = tuple(proof.path), (stored.event.stream, stored.event.version)
            if is_withheld(stored):
                leaves.append(Withheld(proof.leaf, stored.leaf_hash, path, *place, "personal"))
            elif place in hidden:
                leaves.append(Withheld(proof.leaf, stored.leaf_hash, path, *place, "other_load"))
            else:
                leaves.append(Leaf(proof.leaf, proof.body, path))
        return made(Bundle(log.origin, signed.note, trip, index, tuple(leaves)))
    raise NotStatedError(trip)


def _what_follows(custody: Custody, trip: str, known_by: int) -> tuple[CustodyStated, list[StoredEvent]]:
    """What is to be stated of a trip by what had come by an instant, and the events of its stream."""
    log = custody.log
    own = log.stream(TRIP + trip)
    recorded = [(each.event, each.payload) for each in own]
    known = trip_of(recorded, known_by)
    if known is None:
        raise UnknownTripError(trip)
    case, devices = sealed_case(log, recorded, known_by)
    rests_on = [*own, *(each for said in devices.values() for each in said)]
    # The keys that they had before.
    for device, first in first_of(known.seals).items():
        rests_on += log.stream(DEVICE + device, types=_KEYS, last=first.version)
    readers = {read.reader for each in own if isinstance(read := each.payload, SealRead) and read.signature}
    for gateway in sorted((_gateways(devices.values()) | readers) - devices.keys()):
        rests_on += log.stream(DEVICE + gateway, types=_KEYS)
    roads = _told_of(custody, silences(case, known_by), known_by)
    rests_on += roads
    case = replace(case, covered=covered_of((each.event, each.payload) for each in roads))
    said = tuple(StatedSpan(each.device, each.state, each.since, each.until) for each in spans(case, known_by))
    return CustodyStated(known_by, tuple(Extent(*each) for each in stretches(rests_on)), said), own


def _stated(log: Log, said: CustodyStated, own: Sequence[StoredEvent], at: datetime, origin: Origin) -> StoredEvent:
    stream, last = own[-1].event.stream, own[-1].event.version
    event = new_event(event_id(at), said, stream, last + 1, occurred_at=at, recorded_at=at, actor=NODE, origin=origin)
    log.append([event])
    return log.stream(stream, last)[0]


def _rests_alike(stated: StoredEvent, anew: CustodyStated) -> bool:
    """Whether a statement is what a new one would be: the same states, by the same events beside those of the trip."""
    said, own = stated.payload, stated.event.stream
    assert isinstance(said, CustodyStated)
    extents = [[each for each in one.extents if each.stream != own] for one in (said, anew)]
    return said.spans == anew.spans and extents[0] == extents[1]


def _tells(stated: StoredEvent, anew: CustodyStated) -> bool:
    """Whether a statement tells what a new one would: the same states, by the same of roads. What else a device said
    since is mostly of later trips."""
    said = stated.payload
    assert isinstance(said, CustodyStated)
    roads = [[each for each in one.extents if each.stream.startswith(ROAD)] for one in (said, anew)]
    return said.spans == anew.spans and roads[0] == roads[1]


def _erased_behind(log: Log, own: Sequence[StoredEvent], stated: StoredEvent) -> bool:
    """Whether words of a trip were erased since it was stated, by a run that was stopped: what is left tells less."""
    records = {said.erased for each in own if isinstance(said := each.payload, LeafWithheld)}
    return any((record := log.event(each)) is not None and record.position > stated.position for each in records)


def _told_of(custody: Custody, quiets: Sequence[Quiet], known_by: int) -> list[StoredEvent]:
    """The statements of coverage that tell of any of these silences, by what had come by an instant."""
    placed = [each for each in quiets if len(each.latitude)]
    if not placed:
        return []
    latitude, longitude = [each.latitude for each in placed], [each.longitude for each in placed]
    near = about(np.concatenate(latitude), np.concatenate(longitude))
    found = []
    since, until = min(each.since for each in placed), max(each.until for each in placed)
    for each in custody.covered_between(since, until, near):
        said, recorded = each.payload, microseconds(each.event.recorded_at)
        if isinstance(said, Covered) and recorded <= known_by and any(one.is_told_of(said) for one in placed):
            found.append(each)
    return found


def _gateways(devices: Iterable[Sequence[StoredEvent]]) -> set[str]:
    """Those that signed some of what devices said."""
    payloads = (each.payload for said in devices for each in said)
    return {each.gateway for each in payloads if isinstance(each, BlockReceived) and each.gateway}


def _named(log: Log, extents: Sequence[Extent]) -> Iterable[StoredEvent]:
    """The events of these versions."""
    for each in extents:
        yield from (stored for stored in log.stream(each.stream, each.first - 1) if stored.event.version <= each.last)
