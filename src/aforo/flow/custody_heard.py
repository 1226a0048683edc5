"""What a device said for a trip: since the log has it sealed there, and before, from the instant on at which it was put
on. A seal reports as soon as it is on; that it was put on is often recorded later."""

from __future__ import annotations

from aforo.custody.case import NEVER
from aforo.custody.device import PREFIX as DEVICE
from aforo.custody.recorded import trip_of
from aforo.custody.trip import PREFIX as TRIP
from aforo.custody.trip import Bound
from aforo.domain.clock import microseconds
from aforo.domain.device import BlockReceived, DeviceBound
from aforo.flow.custody_behind import last_told
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: Events that are read at once, going back in a device's stream.
_PAGE = 500
#: Later than whatever was recorded (microseconds since 1970).
_ALL = 2**62


def heard_for(log: Log, sealed: Bound, until: int) -> list[StoredEvent]:
    """What a device said for a trip that it sealed first with `sealed`, last until before `until` (microseconds since
    1970, NEVER while it does), and what else is of its stream behind that, in the order of versions. Of before there
    are blocks alone: those that speak of any time since it was put on, also where they begin on the load before, as it
    is with a block that comes later."""
    before, stream = heard_before(log, sealed), DEVICE + sealed.device
    last = None if until == NEVER else last_told(log, sealed, before, until)
    return [*before, *log.stream(stream, sealed.version, last=last)]


def load_before(log: Log, device: str, trip: str) -> int:
    """Until when a device was on another load than this trip's, by its stream: microseconds since 1970, 0 where it was
    on none. What was erased of that load tells nothing."""
    bound = log.stream(DEVICE + device, types=(DeviceBound.TYPE,))
    others = [said.trip for each in bound if isinstance(said := each.payload, DeviceBound) and said.trip != trip]
    if not others:
        return 0
    known = trip_of([(each.event, each.payload) for each in log.stream(TRIP + others[-1])], _ALL)
    return 0 if known is None else max((each.until for each in known.seals if each.device == device), default=0)


def heard_before(log: Log, sealed: Bound) -> list[StoredEvent]:
    """The blocks that were recorded since a seal was put on, and before that was recorded, and speak of that time."""
    stream, last = DEVICE + sealed.device, sealed.version - 1
    recorded = log.stream(stream, last, last=sealed.version)
    if last <= 0 or not recorded or microseconds(recorded[0].event.recorded_at) <= sealed.since:
        return []
    since = sealed.since
    found: list[StoredEvent] = []
    while last > 0:
        page = log.stream(stream, max(0, last - _PAGE), (BlockReceived.TYPE,), last=last)
        # Nothing that was recorded before it was put on speaks of later.
        found = [each for each in page if microseconds(each.event.recorded_at) >= since] + found
        if page and microseconds(page[0].event.recorded_at) < since:
            break
        last -= _PAGE
    return [each for each in found if isinstance(said := each.payload, BlockReceived) and said.last >= since]
