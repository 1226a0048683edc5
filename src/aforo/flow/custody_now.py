"""Where the trips that are not over are now: the last fix of the seal of each, and what was last recorded of it."""

from __future__ import annotations

import base64
import threading
from datetime import datetime

import msgspec
import numpy as np

from aforo.custody.device import PREFIX, KnownDevice
from aforo.custody.fact import STATES
from aforo.custody.track import Mark
from aforo.custody.trip import KnownTrip
from aforo.domain.clock import microseconds
from aforo.domain.device import BlockReceived
from aforo.domain.reading import PER_DEGREE
from aforo.flow.custody import Custody
from aforo.flow.custody_shown import JudgedShown, trip_shown
from aforo.flow.custody_track import MarkShown, mark_shown
from aforo.intake import seal_block
from aforo.log.store import Log

#: Events of a device that are looked through for its last fix when it is asked for first.
_LOOKED_AT = 32
#: Devices whose last fix is kept.
_KEPT = 20_000


class Whereabout(msgspec.Struct, frozen=True):
    """A trip that is not over. `last` is the latest fix of its seals that can be right, None where none is known."""

    trip: str
    carrier: str
    overdue: bool
    judged: JudgedShown | None
    last: MarkShown | None


class Whereabouts:
    """Last fixes of devices. Each block is read once: what was seen of a device is kept. Safe to share."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, Mark | None]] = {}
        self._lock = threading.Lock()

    def of(self, custody: Custody, trips: list[KnownTrip], now: datetime) -> list[Whereabout]:
        """Where these trips are."""
        at = microseconds(now)
        devices = custody.known(each.device for trip in trips for each in trip.standing)
        with self._lock:
            lasts = {device: self._last(custody.log, known) for device, known in devices.items()}
        made = []
        for trip in trips:
            shown = trip_shown(trip, at)
            marks = [mark for each in trip.standing if (mark := lasts.get(each.device)) and mark.at >= each.since]
            last = max(marks, default=None, key=lambda mark: mark.at)
            made.append(
                Whereabout(
                    trip.trip, shown.carrier, shown.overdue, shown.judged, None if last is None else mark_shown(last)
                )
            )
        return made

    def _last(self, log: Log, device: KnownDevice) -> Mark | None:
        version, found = self._seen.get(device.device, (max(0, device.version - _LOOKED_AT), None))
        if device.version > version:
            for stored in log.stream(PREFIX + device.device, version, types=(BlockReceived.TYPE,)):
                if isinstance(said := stored.payload, BlockReceived):
                    mark = _fix(said, microseconds(stored.event.recorded_at) + device.tolerance_s * 1_000_000)
                    found = max((each for each in (found, mark) if each), default=None, key=lambda each: each.at)
            if len(self._seen) >= _KEPT:
                self._seen.clear()
            self._seen[device.device] = device.version, found
        return found


def gravest_first(trips: list[KnownTrip]) -> list[KnownTrip]:
    """Trips by the gravity of what was last recorded of each; those of which nothing was come last."""
    order: dict[str, int] = {state: place for place, state in enumerate((*STATES[1:], STATES[0]))}
    return sorted(trips, key=lambda each: order[each.judged.state] if each.judged else len(order))


def _fix(said: BlockReceived, latest: int) -> Mark | None:
    """The last fix of a block that is on Earth and not later than `latest`, microseconds since 1970."""
    raw = base64.b64decode(said.block)
    try:
        block = seal_block.decode(raw) if said.form == "block" else seal_block.decode_unsigned(raw)
    except seal_block.BlockError:
        return None
    told = block.readings
    north, east = np.abs(told["latitude"].astype(np.int64)), np.abs(told["longitude"].astype(np.int64))
    rows = np.flatnonzero(
        told["fix"] & (told["at"] <= latest) & (north <= 90 * PER_DEGREE) & (east <= 180 * PER_DEGREE)
    )
    if not len(rows):
        return None
    row = rows[int(np.argmax(told["at"][rows]))]
    return Mark(int(told["at"][row]), int(told["latitude"][row]), int(told["longitude"][row]))
