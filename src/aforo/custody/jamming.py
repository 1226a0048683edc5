"""When a device said itself that it was jammed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aforo.custody.case import NEVER, Sealing
from aforo.custody.fact import Fact
from aforo.custody.rests import resting
from aforo.custody.told import Told
from aforo.domain.reading import READING_KINDS

JAMMED = READING_KINDS.index("jammed")


def facts(sealing: Sealing, told: Told) -> Iterator[Fact]:
    """Each time that the seal's device raised the alarm: from the first of readings that follow each other until the
    next of another kind. It began after the reading before (the sealing itself, where there is none)."""
    alarm = told.readings["kind"] == JAMMED
    edges = np.flatnonzero(np.diff(alarm, prepend=False, append=False))
    for first, behind in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        since = int(told.time[first])
        earliest = int(told.time[first - 1]) if first else sealing.since
        until = int(told.time[behind]) if behind < len(told) else NEVER
        yield resting(told, np.arange(first, behind), Fact(since, "jam_alarm", sealing.device, earliest, since, until))
