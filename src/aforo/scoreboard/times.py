"""Times of trucks between gates on one local day of a bridge, counted by whole minutes and lane class.

A time belongs to the day on which it ended. Readings of the day before are looked at for where a truck began to wait;
no wait of more than a day is believed.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from aforo.domain.bridge import LANE_CLASSES, ReadPlace
from aforo.domain.units import Float64Array
from aforo.measures.estimates import Missing
from aforo.ports.reads import LONGEST, STANDS, Reads, nothing, passings
from aforo.ports.waits import Gates, Matched, gates

#: The place in an array by lane of what no reader gives a class for.
UNKNOWN = len(LANE_CLASSES)
LANES: tuple[str, ...] = (*LANE_CLASSES, "-")


#: By the place of a lane in LANES: trucks of which plate or tag could be read, and all that passed.
Readable = dict[int, tuple[int, int]]


class Times(msgspec.Struct, frozen=True, array_like=True):
    """How many trucks took how many minutes, by the place of their lane in LANES; `missing` says why none is known."""

    minutes: dict[int, dict[int, int]] = {}
    missing: Missing | None = None


def times_of(places: Mapping[ReadPlace, Reads], since: int, until: int) -> tuple[Times, Times]:
    """Waits to primary and crossing times that ended from `since` to `until` (microseconds since 1970)."""
    begun = since - LONGEST
    near = {name: reads.where((reads.at >= begun) & (reads.at < until)) for name, reads in places.items()}
    # `gates` looks at the day before an instant: it is given the readings of both days as of one, and there are no
    # others.
    own = _gates(near)
    waited = _times(own.trucks, own.primary, own.end, since, until)
    left = near.get("exit", nothing())
    return waited, _times(own.crossed, left, own.end, since, until, "no_exit")


def readable_of(places: Mapping[ReadPlace, Reads], since: int, until: int) -> dict[ReadPlace, Readable]:
    """By place of a reader, of the trucks that passed it from `since` to `until`, how many could be read."""
    found: dict[ReadPlace, Readable] = {}
    for place, reads in places.items():
        passed = passings(reads.where((reads.at >= since - STANDS) & (reads.at < until)))
        passed = passed.where(passed.at >= since)
        lanes = np.where(passed.lane < 0, UNKNOWN, passed.lane)
        for lane in np.unique(lanes).tolist():
            own = passed.readable[lanes == lane]
            found.setdefault(place, {})[lane] = int(own.sum()), len(own)
    return found


def _gates(near: Mapping[ReadPlace, Reads]) -> Gates:
    last = max((int(reads.at[-1]) for reads in near.values() if len(reads)), default=0)
    return gates(near, last, 3 * LONGEST)


def _times(found: Matched, later: Reads, end: Reads, since: int, until: int, unread: Missing = "no_reads") -> Times:
    """`unread` says that the later place told nothing, where the end of the queue did."""
    if not len(end):
        return Times(missing="no_reads")
    if not ((later.at >= since) & (later.at < until)).any():
        return Times(missing=unread)
    if found.refused is not None:
        return Times(missing="unreadable" if found.refused == "unreadable" else "clocks")
    within = (found.at >= since) & (found.at < until)
    if not within.any():
        return Times(missing="no_truck")
    whole = np.floor(found.minutes[within] + 0.5).astype(np.int64)
    lanes = np.where(found.lane[within] < 0, UNKNOWN, found.lane[within])
    counted: dict[int, dict[int, int]] = {}
    pairs, numbers = np.unique(np.stack([lanes, whole]), axis=1, return_counts=True)
    for lane, minute, number in zip(*pairs.tolist(), numbers.tolist(), strict=True):
        counted.setdefault(lane, {})[minute] = number
    return Times(counted)


def spread_out(minutes: Mapping[int, int]) -> Float64Array:
    """The times, one a truck, in ascending order."""
    order = sorted(minutes)
    return np.repeat(np.array(order, np.float64), [minutes[each] for each in order])
