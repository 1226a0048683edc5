"""When a seal was open, and whether where it stood it may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from aforo.custody.case import NEVER, Sealing
from aforo.custody.fact import Fact, FactCode
from aforo.custody.ground import within
from aforo.custody.rests import resting
from aforo.custody.told import Told
from aforo.domain.reading import READING_KINDS
from aforo.domain.trip import Place

#: Under a roof a seal sees no satellites: its last fix tells where it is for so long, in microseconds.
FIX_HOLDS = 15 * 60 * 1_000_000
Rows = npt.NDArray[np.intp]
_TAMPER, _DROP = READING_KINDS.index("tamper"), READING_KINDS.index("drop")


def facts(sealing: Sealing, told: Told, places: Sequence[Place]) -> Iterator[Fact]:
    """Each time that the seal was open: from the first reading that says so until the next that says closed.

    It happened after the last reading before it that says closed (the sealing itself, where there is none). Where the
    seal then stood must be a place at which it may be opened, by every fix of that time; where it had none, by the last
    one before it, while that holds; else it is not known to be one. Tampering is allowed nowhere.
    """
    opened, closed = told.opened, told.closed
    if not opened.any():
        return
    shown = np.flatnonzero(closed)
    row = 0
    starts = np.flatnonzero(opened)
    while row < len(starts):
        start = int(starts[row])
        before, after = shown[shown < start], shown[shown > start]
        end = int(after[0]) if len(after) else len(told)
        row = int(np.searchsorted(starts, end))
        rows = np.arange(start, end)
        earliest = int(told.time[before[-1]]) if len(before) else sealing.since
        latest = int(told.time[start])
        place = _where(told, rows, places)
        code = _judged(told, rows, place)
        closes = int(told.time[end]) if end < len(told) else NEVER
        # A breach stays one, however often the seal says afterwards that it is closed.
        until, name = (closes, place.name) if place is not None and code == "opened_at_place" else (NEVER, "")
        yield resting(told, rows, Fact(latest, code, sealing.device, min(earliest, latest), latest, until, place=name))


def _judged(told: Told, rows: Rows, place: Place | None) -> FactCode:
    """What an opening is, at a place at which the seal may be opened or at none."""
    kinds = told.readings["kind"][rows]
    if (kinds == _TAMPER).any():
        return "tampered"
    if place is not None:
        return "opened_at_place"
    return "removed" if (kinds == _DROP).any() else "opened"


def _where(told: Told, rows: Rows, places: Sequence[Place]) -> Place | None:
    """The place that holds every fix of these readings, else the last one before them; None where none does. A place
    is one whatever it is called: logs of before have some without a name."""
    fixes = rows[told.readings["fix"][rows]]
    if not len(fixes):
        fixes = np.flatnonzero(told.readings["fix"][: rows[0]])[-1:]
        if not len(fixes) or told.time[rows[0]] - told.time[fixes[0]] > FIX_HOLDS:
            return None
    latitude, longitude = told.readings["latitude"][fixes], told.readings["longitude"][fixes]
    for place in places:
        if place.use == "open" and within(place, latitude, longitude).all():
            return place
    return None
