"""Trips that set out as one convoy: when one of them was far from the nearest other."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from aforo.custody.cause import Cause
from aforo.custody.fixes import runs
from aforo.custody.ground import Float64Array, metres
from aforo.custody.limits import Limits
from aforo.custody.route import Driven


def splits(convoy: str, driven: Mapping[str, Driven], limits: Limits) -> dict[str, tuple[Cause, ...]]:
    """The splits of each trip from a convoy of these trips, which `convoy` names; `driven` has the way of a seal each.

    A trip set out with the others at the first instant at which one of them was near it. From there on it is split
    while the nearest of them is far, by its fixes and where the others were at their instants, straight between their
    own. Where one of the others is not known at an instant it may be near, and nothing is said.
    """
    return {
        trip: _splits(convoy, driven[trip], {other: each for other, each in driven.items() if other != trip}, limits)
        for trip in sorted(driven)
    }


def _splits(convoy: str, own: Driven, others: Mapping[str, Driven], limits: Limits) -> tuple[Cause, ...]:
    found = own.found
    if not others or not len(found):
        return ()
    names = sorted(others)
    away = np.stack([_away(own, others[name]) for name in names])
    nearest = np.where(np.isnan(away).any(axis=0), np.nan, np.nan_to_num(away, nan=np.inf).min(axis=0))
    near = np.flatnonzero(np.nan_to_num(away, nan=np.inf).min(axis=0) <= limits.convoy.together.metres)
    if not len(near):
        return ()
    far = np.nan_to_num(nearest, nan=0.0) > limits.convoy.apart.metres
    far[: near[0]] = False
    made = []
    for first, after in runs(far, 1):
        rows = np.arange(first, after)
        enough = rows[found.time[rows] - found.time[first] >= limits.convoy.lasts.micro]
        if len(enough):
            at = int(enough[0])
            name = names[int(away[:, at].argmin())]
            cause = own.cause("convoy_split", first, rows, at, place=name, metres=round(float(nearest[rows].max())))
            made.append(msgspec.structs.replace(cause, road=convoy))
    return tuple(made)


def _away(own: Driven, other: Driven) -> Float64Array:
    """Metres from each fix of one to where the other was; NaN where that is not known."""
    latitude, longitude = other.found.positions(own.found.time, other.longest)
    return metres(own.found.latitude, own.found.longitude, latitude, longitude)
