"""Where the trips that are not over are now: the last fix of the seal of each, and what was last recorded of it."""

from __future__ import annotations

import base64
import threading
from datetime import datetime

import msgspec
import numpy as np

from aforo.custody.device import PREFIX, KnownDevice
from aforo.custody.fact import STATES
from aforo.custody.trip import KnownTrip
from aforo.domain.clock import instant, microseconds
from aforo.domain.device import BlockReceived
from aforo.domain.reading import GRADES, PER_DEGREE, Grade
from aforo.domain.response import FixAt
from aforo.flow.custody import Custody
from aforo.flow.custody_shown import JudgedShown, trip_shown
from aforo.intake import seal_block
from aforo.log.store import Log

#: Events of a device that are looked through for its last fix when it is asked for first.
_LOOKED_AT = 32
#: Devices whose last fix is kept.
_KEPT = 20_000


class LastFix(msgspec.Struct, frozen=True):
    """Where a device of a trip was last, in degrees, when, and who vouches for that."""

    at: datetime
    latitude: float
    longitude: float
    grade: Grade


class Whereabout(msgspec.Struct, frozen=True):
    """A trip that is not over. `last` is the latest fix of its seals that can be right, None where none is known."""

    trip: str
    carrier: str
    overdue: bool
    judged: JudgedShown | None
    last: LastFix | None


class Whereabouts:
    """Last fixes of devices. Each block is read once: what was seen of a device is kept. Safe to share."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, FixAt | None]] = {}
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
            fixes = [fix for each in trip.standing if (fix := lasts.get(each.device)) and fix.at >= each.since]
            last = max(fixes, default=None, key=_newest)
            made.append(
                Whereabout(trip.trip, shown.carrier, shown.overdue, shown.judged, None if last is None else _told(last))
            )
        return made

    def _last(self, log: Log, device: KnownDevice) -> FixAt | None:
        version, found = self._seen.get(device.device, (max(0, device.version - _LOOKED_AT), None))
        if device.version > version:
            for stored in log.stream(PREFIX + device.device, version, types=(BlockReceived.TYPE,)):
                if isinstance(said := stored.payload, BlockReceived):
                    latest = microseconds(stored.event.recorded_at) + device.tolerance_s * 1_000_000
                    fix = _fix(device.device, said, latest)
                    found = max((each for each in (found, fix) if each), default=None, key=_newest)
            if len(self._seen) >= _KEPT:
                self._seen.clear()
            self._seen[device.device] = device.version, found
        return found


def gravest_first(trips: list[KnownTrip]) -> list[KnownTrip]:
    """Trips by the gravity of what was last recorded of each; those of which nothing was come last."""
    order: dict[str, int] = {state: place for place, state in enumerate((*STATES[1:], STATES[0]))}
    return sorted(trips, key=lambda each: order[each.judged.state] if each.judged else len(order))


def _newest(fix: FixAt) -> tuple[int, int]:
    """Orders fixes: of one instant the one that is vouched for best is last."""
    return fix.at, -GRADES.index(fix.grade)


def _told(fix: FixAt) -> LastFix:
    return LastFix(instant(fix.at), fix.latitude / PER_DEGREE, fix.longitude / PER_DEGREE, fix.grade)


def _fix(device: str, said: BlockReceived, latest: int) -> FixAt | None:
    """The last fix of a device's block that is on Earth and not later than `latest`, microseconds since 1970."""
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
    return FixAt(int(told["latitude"][row]), int(told["longitude"][row]), int(told["at"][row]), device, said.grade)
