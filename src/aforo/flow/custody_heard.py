"""What a device said for a trip: since the log has it sealed there, and before, from the instant on at which it was put
on. A seal reports as soon as it is on; that it was put on is often recorded later."""

from __future__ import annotations

from collections.abc import Iterable

from aforo.custody.device import PREFIX as DEVICE
from aforo.custody.recorded import trip_of
from aforo.custody.trip import PREFIX as TRIP
from aforo.custody.trip import Bound
from aforo.domain.clock import microseconds
from aforo.domain.device import BlockReceived, DeviceBound
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: Events that are read at once, going back in a device's stream.
_PAGE = 500
#: Later than whatever was recorded (microseconds since 1970).
_ALL = 2**62


def first_of(seals: Iterable[Bound]) -> dict[str, Bound]:
    """The first sealing by each device of a trip."""
    found: dict[str, Bound] = {}
    for each in seals:
        if each.device not in found or each.version < found[each.device].version:
            found[each.device] = each
    return found


def heard_for(log: Log, trip: str, sealed: Bound) -> list[StoredEvent]:
    """What a device said for a trip that it sealed first with `sealed`, and what else is of its stream behind that, in
    the order of versions. Of before there are blocks alone, that speak of no time before it was put on, or of none at
    which the device was on the load before."""
    return [*_before(log, trip, sealed), *log.stream(DEVICE + sealed.device, sealed.version)]


def load_before(log: Log, device: str, trip: str, version: int | None = None) -> int:
    """Until when a device was on another load than this trip's, by its stream, or what it has before a version:
    microseconds since 1970, 0 where it was on none. What was erased of that load tells nothing."""
    last = None if version is None else version - 1
    bound = log.stream(DEVICE + device, types=(DeviceBound.TYPE,), last=last)
    others = [said.trip for each in bound if isinstance(said := each.payload, DeviceBound) and said.trip != trip]
    if not others:
        return 0
    known = trip_of([(each.event, each.payload) for each in log.stream(TRIP + others[-1])], _ALL)
    return 0 if known is None else max((each.until for each in known.seals if each.device == device), default=0)


def _before(log: Log, trip: str, sealed: Bound) -> list[StoredEvent]:
    """The blocks that were recorded since a seal was put on, and before that was recorded."""
    stream, last = DEVICE + sealed.device, sealed.version - 1
    recorded = log.stream(stream, last, last=sealed.version)
    if last <= 0 or not recorded or microseconds(recorded[0].event.recorded_at) <= sealed.since:
        return []
    since, ended = sealed.since, load_before(log, sealed.device, trip, sealed.version)
    found: list[StoredEvent] = []
    while last > 0:
        page = log.stream(stream, max(0, last - _PAGE), (BlockReceived.TYPE,), last=last)
        # Nothing that was recorded before it was put on speaks of later.
        found = [each for each in page if microseconds(each.event.recorded_at) >= since] + found
        if page and microseconds(page[0].event.recorded_at) < since:
            break
        last -= _PAGE
    return [each for each in found if _is_of(each, since, ended)]


def _is_of(stored: StoredEvent, since: int, ended: int) -> bool:
    """Whether a block speaks of a time at which the seal was on, and of none at which it was on the load before."""
    said = stored.payload
    return isinstance(said, BlockReceived) and said.last >= since and said.first >= ended
