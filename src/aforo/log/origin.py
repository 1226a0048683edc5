"""Whether what a log holds is real."""

from __future__ import annotations

import msgspec

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
