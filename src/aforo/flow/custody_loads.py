"""Which trips a device was on, by its own stream: those that what it says late may be of."""

from __future__ import annotations

from aforo.custody.device import PREFIX as DEVICE
from aforo.domain.clock import microseconds
from aforo.domain.device import DeviceBound
from aforo.log.store import Log

#: Versions of a device's stream that are gone through at once: most of what comes late is of the load before.
_PAGE = 2_000
#: Loads that are gone back: what one block says is of few, and to judge each takes milliseconds.
MOST_LOADS = 10


def loads_since(log: Log, device: str, at: int) -> list[str]:
    """The trips that a device was bound to, the last first, back to the one that it was on at an instant (microseconds
    since 1970), or was on last before; MOST_LOADS at most."""
    stream = DEVICE + device
    last, found = log.versions([stream]).get(stream, 0), dict[str, None]()
    while last > 0:
        for stored in reversed(log.stream(stream, max(0, last - _PAGE), (DeviceBound.TYPE,), last=last)):
            if isinstance(said := stored.payload, DeviceBound):
                found[said.trip] = None
                # A binding occurred when the seal was put on, and no load was put on before the one before it was over.
                if microseconds(stored.event.occurred_at) <= at or len(found) == MOST_LOADS:
                    return list(found)
        last -= _PAGE
    return list(found)
