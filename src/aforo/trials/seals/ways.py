"""How a synthetic truck goes along a corridor: driving, queues that stop and go, and stops where they are allowed.

All of it is assumed: speeds, how often a queue begins, who rests where and for how long. A way is drawn in steps of
half a minute: who comes to a stop within one is there at its beginning.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from aforo.custody.road import Road

Float64Array = npt.NDArray[np.float64]
#: The step in which a way is drawn, in minutes; and metres between two points of the table of a road.
_STEP, _EVERY = 0.5, 50.0
#: The last metres before the end of a road, in which trucks queue.
_QUEUE_M = 1_500.0


@dataclass
class Way:
    """Where a truck is, in minutes from its start: metres along the corridor, and metres east of the road."""

    minute: list[float]
    along: list[float]
    east: list[float]

    def halt(self, at: float, minutes: float) -> None:
        """The truck stands still for so long from a minute on."""
        place = float(np.interp(at, self.minute, self.along))
        row = int(np.searchsorted(self.minute, at, side="right"))
        later = [each + minutes for each in self.minute[row:]]
        self.minute = [*self.minute[:row], at, at + minutes, *later]
        self.along = [*self.along[:row], place, place, *self.along[row:]]
        self.east = [*self.east[:row], 0.0, 0.0, *self.east[row:]]

    def detour(self, at: float, minutes: float, east: float) -> None:
        """The truck drives to a place so many metres aside of the road and back."""
        times = np.array([at, at + minutes / 3, at + 2 * minutes / 3, at + minutes])
        minute = np.unique(np.concatenate((np.array(self.minute), times)))
        self.along = np.interp(minute, self.minute, self.along).tolist()
        self.east = np.interp(minute, times, [0.0, east, east, 0.0]).tolist()
        self.minute = minute.tolist()

    def last(self, minutes: float) -> Way:
        """The same from so many minutes before its end on."""
        begin = max(0.0, self.minute[-1] - minutes)
        row = int(np.searchsorted(self.minute, begin, side="right"))
        along, east = (float(np.interp(begin, self.minute, each)) for each in (self.along, self.east))
        minute = [0.0, *(each - begin for each in self.minute[row:])]
        return Way(minute, [along, *self.along[row:]], [east, *self.east[row:]])

    def minute_at(self, metres: float) -> float:
        """The minute at which the truck is so many metres along, or where it begins, if that is farther."""
        after = int(np.searchsorted(self.along, metres))
        if after == 0:
            return self.minute[0]
        return float(np.interp(metres, self.along[after - 1 : after + 1], self.minute[after - 1 : after + 1]))


def honest(rng: np.random.Generator, road: Road, hour: float) -> Way:
    """A trip from one end of a road to the other from a local hour on."""
    length, stops = road.length, dict(_stops(road))
    way = Way([0.0], [0.0], [0.0])
    minute, along, speed = float(rng.uniform(5, 60)), 0.0, 60.0
    way.minute.append(minute)
    way.along.append(0.0)
    jam_until, standing_until = 0.0, 0.0
    while along < length:
        speed = float(np.clip(0.9 * speed + 0.1 * rng.normal(76, 25), 15, 100))
        if minute >= jam_until and rng.random() < _STEP / 60 * 0.15:
            jam_until = minute + rng.uniform(10, 45)
        now = speed
        if minute < jam_until or length - along < _QUEUE_M:
            # Stop and go: it stands for minutes, then moves on.
            if minute >= standing_until and rng.random() < 0.15:
                standing_until = minute + rng.uniform(1, 7)
            now = 0.0 if minute < standing_until else float(rng.uniform(6, 25))
        ahead = min(along + now / 60 * 1_000 * _STEP, length)
        for own in [each for each in stops if along <= each < ahead]:
            way.minute += [minute + 0.01, minute + 0.02 + _rest(rng, stops.pop(own), (hour + minute / 60) % 24)]
            way.along += [own, own]
            minute = way.minute[-1]
        minute += _STEP
        along = ahead
        way.minute.append(minute)
        way.along.append(along)
    way.minute.append(minute + rng.uniform(10, 60))
    way.along.append(length)
    way.east = [0.0] * len(way.minute)
    return way


def points(road: Road, along: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Latitudes and longitudes (1e-7 degree) of a road so many metres along it."""
    metres, latitude, longitude = _table(road)
    return np.interp(along, metres, latitude), np.interp(along, metres, longitude)


def _rest(rng: np.random.Generator, stop: str, hour: float) -> float:
    """How many minutes a truck that comes to a stop at a local hour stands there: at night long in a yard alone."""
    dark = hour >= 21 or hour < 5
    if stop == "toll-26":
        return float(rng.uniform(0.5, 12))
    if stop == "pre-bridge":
        return float(rng.uniform(5, 200))
    if stop == "sabinas" and rng.random() < (0.5 if dark else 0.2):
        return float(rng.uniform(180, 500) if dark else rng.uniform(15, 90))
    if stop == "cienega" and rng.random() < 0.4:
        return float(rng.uniform(5, 25) if dark else rng.uniform(5, 75))
    return 0.0


@lru_cache(maxsize=8)
def _stops(road: Road) -> tuple[tuple[float, str], ...]:
    """How far along the road each of its stops lies."""
    places = [(each.place, each.id) for each in road.corridor.stops]
    return tuple(
        (float(road.along(np.array([place.latitude]), np.array([place.longitude]))[1][0]), name)
        for place, name in places
    )


@lru_cache(maxsize=8)
def _table(road: Road) -> tuple[Float64Array, Float64Array, Float64Array]:
    metres = np.append(np.arange(0.0, road.length, _EVERY), road.length)
    found = np.array([road.at(float(each)) for each in metres], dtype=np.float64)
    return metres, found[:, 0], found[:, 1]
