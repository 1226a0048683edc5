"""The case of a trip, out of what the log recorded: by what had come by an instant."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np

from aforo.custody.case import Block, Case, Heard, Sealing, Seen
from aforo.custody.trip import PREFIX, Bound, KnownTrip, first_of
from aforo.custody.trip import after as trip_after
from aforo.domain.clock import microseconds
from aforo.domain.device import BlockReceived, DeviceRegistered
from aforo.domain.event import Event, Payload
from aforo.domain.reading import READING
from aforo.domain.trip import Covered, SealRead
from aforo.intake import seal_block

#: Seconds, as instants are counted.
_S = 1_000_000
Recorded = tuple[Event, Payload]


def trip_of(events: Iterable[Recorded], known_by: int) -> KnownTrip | None:
    """A trip as it was recorded by an instant, from the events of its stream; None where nothing was."""
    found: KnownTrip | None = None
    for event, payload in events:
        if event.stream.startswith(PREFIX) and microseconds(event.recorded_at) <= known_by:
            found = trip_after(found, event, payload)
    return found


def case_of(
    trip: Sequence[Recorded], devices: Mapping[str, Sequence[Recorded]], roads: Iterable[Recorded], known_by: int
) -> Case:
    """The case of a trip by what was recorded by `known_by` (microseconds since 1970).

    `trip` are the events of its stream, `devices` those of each device that sealed it, its registrations since the one
    that was in force then among them, `roads` statements of coverage. A block that cannot be decoded says nothing: it
    is in no case. Of one of before the device sealed the load the place in the chain is.
    """
    known = trip_of(trip, known_by)
    if known is None:
        return Case((), {})
    then = {
        device: [each for each in events if microseconds(each[0].recorded_at) <= known_by]
        for device, events in devices.items()
    }
    firsts = first_of(known.seals)
    heard, before = {}, {}
    for device, events in then.items():
        parts: tuple[list[Recorded], list[Recorded]] = [], []
        for each in events:
            parts[device in firsts and _precedes(firsts[device], *each)].append(each)
        heard[device] = heard_of(parts[False])
        if parts[True]:
            before[device] = heard_of(parts[True]).blocks
    sealings = tuple(
        Sealing(each.device, each.seal_id, each.since, each.until, own.promise_s * _S, own.tolerance_s * _S)
        for each in known.seals
        # One that ends when it begins was none.
        if (own := promised(then.get(each.device, ()), each.version)) is not None and each.since < each.until
    )
    seen = tuple(
        Seen(
            microseconds(event.occurred_at), microseconds(event.recorded_at), payload.seal_id,
            "gateway" if payload.signature else "unsigned", payload.where,
        )
        for event, payload in trip
        if isinstance(payload, SealRead)
    )  # fmt: skip
    return Case(sealings, heard, seen, known.opened.places, covered_of(roads), before)


def _precedes(first: Bound, event: Event, payload: Payload) -> bool:
    """Whether an event is a block of before the first sealing by its device."""
    return isinstance(payload, BlockReceived) and first.precedes(event.version, payload.last)


def covered_of(roads: Iterable[Recorded]) -> tuple[tuple[int, Covered], ...]:
    """Statements of coverage, each with the instant at which it was recorded."""
    return tuple((microseconds(event.recorded_at), payload) for event, payload in roads if isinstance(payload, Covered))


def heard_of(events: Iterable[Recorded]) -> Heard:
    """What a device said, from the blocks among the events of its stream."""
    blocks, readings = [], []
    for event, payload in events:
        if not isinstance(payload, BlockReceived):
            continue
        raw = base64.b64decode(payload.block)
        try:
            block = seal_block.decode(raw) if payload.form == "block" else seal_block.decode_unsigned(raw)
        except seal_block.BlockError:
            continue
        signer, previous = ("", b"") if payload.grade == "unsigned" else (block.signer, block.previous)
        arrived, hash_ = microseconds(event.recorded_at), bytes.fromhex(payload.hash)
        own = Block(hash_, payload.grade, arrived, payload.first, payload.last, signer, payload.boot, payload.sequence)
        blocks.append(msgspec.structs.replace(own, previous=previous))
        readings.append(block.readings)
    if not blocks:
        return Heard()
    counts = [len(each) for each in readings]
    return Heard(
        tuple(blocks), np.concatenate(readings).astype(READING, copy=False), np.repeat(np.arange(len(counts)), counts)
    )


def promised(events: Iterable[Recorded], bound: int) -> DeviceRegistered | None:
    """What a device owes of a sealing that the version `bound` of its stream began: by its last registration before
    that, or by its first where none is. What is promised later is of later sealings, so that nobody explains a silence
    away by a longer promise, or makes one by a shorter. None where it is not registered at all."""
    found: DeviceRegistered | None = None
    for event, payload in events:
        if isinstance(payload, DeviceRegistered) and (found is None or event.version < bound):
            found = payload
    return found
