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
        code, place = _judged(told, rows, places)
        closes = int(told.time[end]) if end < len(told) else NEVER
        # A breach stays one, however often the seal says afterwards that it is closed.
        until = closes if code == "opened_at_place" else NEVER
        yield resting(told, rows, Fact(latest, code, sealing.device, min(earliest, latest), latest, until, place=place))


def _judged(told: Told, rows: Rows, places: Sequence[Place]) -> tuple[FactCode, str]:
    """What an opening is, and the place of it where that is one at which the seal may be opened."""
    kinds = told.readings["kind"][rows]
    if (kinds == _TAMPER).any():
        return "tampered", ""
    place = _where(told, rows, places)
    if place:
        return "opened_at_place", place
    return ("removed" if (kinds == _DROP).any() else "opened"), ""


def _where(told: Told, rows: Rows, places: Sequence[Place]) -> str:
    """The place that holds every fix of these readings, else the last one before them; empty where none does."""
    fixes = rows[told.readings["fix"][rows]]
    if not len(fixes):
        fixes = np.flatnonzero(told.readings["fix"][: rows[0]])[-1:]
        if not len(fixes) or told.time[rows[0]] - told.time[fixes[0]] > FIX_HOLDS:
            return ""
    latitude, longitude = told.readings["latitude"][fixes], told.readings["longitude"][fixes]
    for place in places:
        if place.use == "open" and within(place, latitude, longitude).all():
            return place.name
    return ""
