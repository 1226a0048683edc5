"""What the seal of a journey reads, in the parts that it sends, and when each of these is heard.

The way and the readings are those of `aforo.trials.seals`. A part is late by seconds, one in some by minutes; one in
some is sent twice; in a dead zone, and where somebody jams the road, a seal keeps what it has to say until it is heard
again. All of it is drawn by the name of the journey, so that it is the same again after a restart.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from aforo.custody.corridor import zone_of
from aforo.custody.road import Road
from aforo.demo.outside.journeys import MINUTE, Journey
from aforo.demo.outside.traders import BEGINS
from aforo.domain.clock import microseconds
from aforo.domain.reading import CLOSED, OPEN, READING_KINDS, Readings
from aforo.trials.seals import gaps, readings, ways
from aforo.trials.seals.ways import Way

#: What seals promise: a report within so many of their intervals; and by how much their clocks may be off, in seconds.
PROMISE, TOLERANCE_S = 15, 60
#: How long a truck stands at the bridge at most: no more is drawn of what its seal reads there.
STANDS: Final = 6 * 60 * MINUTE
#: Readings of one part, at least and at most; of one that was kept where nobody hears, at most. A part costs the node a
#: judgement of its trip.
_TOGETHER, _KEPT = (3, 8), 60
#: Shares of parts that come minutes late, and of those that are sent twice.
_LATE, _TWICE = 0.02, 0.03
#: The road is jammed for so long, again and again after so long, first so long after the demonstration begins; between
#: these kilometres.
JAM_LASTS, JAM_EVERY, _JAM_FIRST, JAM_KM = 75 * MINUTE, 240 * MINUTE, 45 * MINUTE, (110.0, 170.0)
#: How far on a way it is opened, or its battery dies; and for how long it is open.
_OPENED, _DIES, _OPEN_FOR = 0.45, 0.5, 8 * MINUTE
#: Millivolts when it is sealed, and of a battery that dies.
_FULL, _EMPTY = 3_900, 3_300


class Part(NamedTuple):
    """Readings that are sent as one, `heard` at an instant, microseconds since 1970; `twice` where they are sent
    again."""

    heard: int
    twice: bool
    readings: Readings


def parts_of(journey: Journey, road: Road) -> list[Part]:
    """The parts of a journey, in the order in which its seal makes them, until long after it came to the bridge."""
    rng = np.random.default_rng(list(blake2b(journey.trip.encode(), digest_size=16).digest()))
    way = way_of(rng, journey, road)
    read = readings.taken(
        rng, road, way, journey.begins, journey.interval, TOLERANCE_S * 1_000_000 // 10, gaps.drawn
    )  # fmt: skip
    unheard = readings.deaf(rng, road, way, read, journey.begins) | _jammed(way, read, journey.begins)
    read["battery"] = _FULL - np.rint((read["at"] - journey.begins) / (60 * MINUTE) * 8)
    _mark(journey, read)
    return list(_sent(rng, journey, read, unheard))


def way_of(rng: np.random.Generator, journey: Journey, road: Road) -> Way:
    """The way of a truck, from its sealing on: the last of a way along the corridor, and then it stands."""
    hour = datetime.fromtimestamp(journey.begins / 1e6, UTC).astimezone(zone_of(road.corridor)).hour
    way = ways.honest(rng, road, hour)
    # It is at the bridge when it is due there, and not when it would have been.
    way = Way(way.minute[:-1], way.along[:-1], way.east[:-1]).last((journey.arrives - journey.begins) / MINUTE)
    lasts = (journey.arrives - journey.begins) / MINUTE
    if way.minute[-1] < lasts:
        way.halt(0.0, lasts - way.minute[-1])
    way.minute.append(lasts + STANDS / MINUTE)
    way.along.append(way.along[-1])
    way.east.append(0.0)
    return way


def jam_of(at: int) -> tuple[int, int]:
    """When the road was jammed last before an instant, or will be first."""
    first = microseconds(BEGINS) + _JAM_FIRST
    begins = first + max(0, (at - first) // JAM_EVERY) * JAM_EVERY
    return begins, begins + JAM_LASTS


def _jammed(way: Way, read: Readings, start: int) -> npt.NDArray[np.bool_]:
    """Which readings are taken where somebody jams the road."""
    km = np.interp((read["at"] - start) / MINUTE, way.minute, way.along) / 1_000
    begins = np.array([jam_of(at)[0] for at in read["at"].tolist()])
    within: npt.NDArray[np.bool_] = (km >= JAM_KM[0]) & (km < JAM_KM[1])
    return within & (read["at"] >= begins) & (read["at"] < begins + JAM_LASTS)


def _mark(journey: Journey, read: Readings) -> None:
    """What happens to the seal, in what it reads."""
    lasts = journey.arrives - journey.begins
    if journey.mishap == "opened":
        _open(read, journey.begins + round(_OPENED * lasts))
    elif journey.mishap == "reopened":
        _open(read, journey.begins + MINUTE)
    elif journey.mishap == "battery":
        over = (read["at"] - journey.begins) / (_DIES * lasts)
        read["battery"] = np.clip(_FULL - (_FULL - _EMPTY) * over, _EMPTY, _FULL)


def _open(read: Readings, at: int) -> None:
    """The door opens at the first reading from an instant on, and is closed again some minutes later."""
    rows = np.flatnonzero((read["at"] >= at) & (read["at"] < at + _OPEN_FOR))
    if not len(rows):
        rows = np.flatnonzero(read["at"] >= at)[:1]
    read["door"][rows] = OPEN
    changes = [each for each in (rows[0], rows[-1] + 1) if each < len(read)]
    read["kind"][changes] = READING_KINDS.index("door")


def _sent(rng: np.random.Generator, journey: Journey, read: Readings, unheard: npt.NDArray[np.bool_]) -> list[Part]:
    made, row = [], 0
    last = journey.begins + round(_DIES * (journey.arrives - journey.begins)) if journey.mishap == "battery" else None
    while row < len(read):
        size = int(rng.integers(_TOGETHER[0], _TOGETHER[1] + 1))
        # What opens the door, or closes it, is said at once.
        told = np.flatnonzero(np.diff(read["door"][row : row + size], prepend=_before(read, row)))
        size = int(told[0]) + 1 if len(told) else size
        while row + size < len(read) and unheard[row + size - 1] and size < _KEPT:
            size += 1
        own = read[row : row + size]
        row += size
        at = int(own["at"].max())
        if last is not None and at > last:
            break
        delay = rng.lognormal(0.7, 0.8) + (rng.uniform(120, 600) if rng.random() < _LATE else 0.0)
        made.append(Part(at + round(delay * 1e6), bool(rng.random() < _TWICE), own))
    return made


def _before(read: Readings, row: int) -> int:
    return int(read["door"][row - 1]) if row else CLOSED
