"""Where in the log an instant lies."""

from __future__ import annotations

from datetime import datetime

from aforo.log.store import Log


def position_before(log: Log, instant: datetime) -> int:
    """A position behind which all that was recorded from an instant on lies: positions are in the order of time."""
    low, high = 0, log.position()
    while low < high:
        middle = (low + high) // 2
        found = log.read(middle, limit=1)
        if not found or found[0].position > high or found[0].event.recorded_at >= instant:
            high = middle
        else:
            low = max(middle + 1, found[0].position)
    return low
