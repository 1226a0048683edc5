"""What the seal of a synthetic truck reads on its way, with its clock, its satellites and its battery as they are.

Gaps between readings are those of a real fleet (`gaps`). The rest is assumed: a road that lies up to 700 m off the line
that is drawn of it, satellites that err by metres, seldom by hundreds of metres or by kilometres, and clocks that are
off within their tolerance.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from aforo.custody.road import Road
from aforo.domain.reading import CLOSED, Readings, no_readings
from aforo.trials.seals.gaps import Float64Array
from aforo.trials.seals.ways import Way, points

_MINUTE = 60_000_000
#: 1e-7 degree of a meridian in a metre.
_PER_METRE = 1e7 / 111_133
#: Shares of readings without satellites, of fixes that are off by hundreds of metres, and of those that are lost.
_NO_FIX, _WILD, _LOST = 0.02, 0.003, 1e-4

Gaps = Callable[[np.random.Generator, int], Float64Array]


def taken(
    rng: np.random.Generator, road: Road, way: Way, start: int, interval: int, tolerance: int, gaps: Gaps
) -> Readings:
    """What a seal reads on a way that begins at `start`, which is its sealing; `interval` in seconds is the median of
    its gaps, `gaps` draws them in medians; `tolerance` and `start` in microseconds."""
    minutes = way.minute[-1]
    steps = gaps(rng, int(minutes * 60 / interval * 3) + 50) * interval
    times = np.concatenate(([0.0], np.cumsum(np.maximum(steps, 1.0)))) / 60
    times = times[times <= minutes]
    made = no_readings(len(times))
    made["at"] = start + np.rint(times * _MINUTE).astype(np.int64) + int(rng.uniform(-0.5, 0.5) * tolerance)
    made["at"] = np.maximum(made["at"], start)
    made["sequence"], made["door"] = 1 + np.arange(len(times)), CLOSED
    made["fix"] = rng.random(len(times)) > _NO_FIX
    made["latitude"], made["longitude"] = _fixes(rng, road, way, times)
    return made


def deaf(rng: np.random.Generator, road: Road, way: Way, readings: Readings, start: int) -> npt.NDArray[np.bool_]:
    """Which of them were taken where nobody hears this truck: in the road's dead zones, but for the share of trucks
    that are heard there."""
    along = np.interp((readings["at"] - start) / _MINUTE, way.minute, way.along) / 1_000
    found = np.zeros(len(readings), dtype=np.bool_)
    for zone in road.corridor.dead_zones:
        if rng.random() > zone.heard.share:
            found |= (along >= zone.from_km) & (along <= zone.until_km)
    return found


def _fixes(rng: np.random.Generator, road: Road, way: Way, times: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Latitude and longitude in 1e-7 degree."""
    along = np.interp(times, way.minute, way.along)
    aside = np.interp(times, way.minute, way.east)
    # The road itself lies off the line that was drawn of it.
    off = 450 * np.sin(along / 37_000 * 2 * np.pi) + 200 * np.sin(along / 11_000 * 2 * np.pi)
    errors = rng.normal(0, 8, (len(times), 2))
    for share, metres in ((_WILD, 250), (_LOST, 30_000)):
        wrong = rng.random(len(times)) < share
        errors[wrong] += rng.normal(0, metres, (int(wrong.sum()), 2))
    latitude, longitude = points(road, along)
    east = (errors[:, 1] + aside + off) * _PER_METRE / np.cos(np.radians(latitude / 1e7))
    return np.rint(latitude + errors[:, 0] * _PER_METRE), np.rint(longitude + east)
