"""What one device may report, whichever way it comes in: how much, and by which clock.

Over HTTP, a broker or a line of its own, what is understood is asked about here before it is recorded. A device that
floods is refused for a while and nobody else is: what it sent may be sent again later, and what a broker handed on is
put aside until then. A clock that cannot be right is
told, and what it dated is recorded all the same, since the record is of what was said. How large one block may be is
the form's own rule (`intake.seal_block.MOST_BYTES`).
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable

from aforo.custody.device import KnownDevice
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow.allowance import Allowances, Pace

#: Readings of one device a second over time, and at once: a position a second of eight days that it was out of reach.
#: A broker is asked to keep for seven what it sends (`gateways.broker`): all of that is taken as it comes.
PACE = Pace(20.0, 8 * 86_400.0)
#: Of whoever acts at the node himself, and brings the files of a year.
ANY_PACE = Pace(1e12, 1e12)
_S = 1_000_000


class Admission:
    """See the module. One for all ways in of a process; safe to share between threads."""

    def __init__(self, pace: Pace = PACE, seconds: Callable[[], float] = time.monotonic) -> None:
        self._devices, self._seconds = Allowances(pace), seconds
        self._lock = threading.Lock()
        #: Readings that were taken, and what was refused or told of, by code.
        self.readings, self.counted = 0, Counter[str]()

    def refuses(self, device: str) -> bool:
        """Whether nothing of a device is taken now: what is refused need not be verified first."""
        with self._lock:
            return self._devices.spent(device, self._seconds())

    def takes(self, device: str, readings: int) -> bool:
        """Whether so many readings of a device are taken now; they are then counted."""
        with self._lock:
            return self._devices.take(device, self._seconds(), readings)

    def gives_back(self, device: str, readings: int) -> None:
        """What was counted of a device was not recorded after all: when it is sent again it counts once."""
        with self._lock:
            self._devices.give_back(device, self._seconds(), readings)

    def count(self, readings: int, problems: Iterable[Problem]) -> None:
        """So many readings were taken, and this was wrong with the rest."""
        with self._lock:
            self.readings += readings
            self.counted.update(each.code for each in problems)


def too_often(record: int) -> Problem:
    """That a device sent more than it may: nothing of it is taken for a while."""
    return Problem(record, "device", "device_too_often", catalogue("aforo.flow").say("device_too_often"))


def clock_of(record: int, device: KnownDevice, last: int, now: int) -> list[Problem]:
    """What is odd about the clock that dated readings, the `last` of them so, which came `now` (both in microseconds
    since 1970)."""
    ahead = last - now - device.tolerance_s * _S
    if ahead <= 0:
        return []
    said = catalogue("aforo.flow").say("device_clock_ahead", seconds=-(-ahead // _S))
    return [Problem(record, "at", "device_clock_ahead", said, "warning")]
