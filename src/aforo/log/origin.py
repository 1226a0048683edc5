"""Whether what a log holds is real, and what time it is in it."""

from __future__ import annotations

import msgspec

from aforo.domain.clock import Clock
from aforo.domain.event import Origin
from aforo.log.store import Log


def origin_of(log: Log) -> Origin:
    """What the events of a log are, as its first one is: what is recorded in a sandbox stays marked as synthetic. Live
    where it has none."""
    first = log.read(limit=1)
    try:
        return first[0].event.origin if first else "live"
    except msgspec.DecodeError:
        # It was changed: `aforo log verify` says so, and commands that do not read it go on.
        return "live"


def clock_of(log: Log) -> Clock:
    """The clock by which a log is read: the machine's of a real border. One that is made up has a time of its own, and
    it is then when its last event was recorded."""
    last = [] if origin_of(log) == "live" else log.read(log.position() - 1, limit=1)
    if not last:
        return log.clock
    at = last[0].event.recorded_at
    return lambda: at
