"""Trips that set out as one convoy: when one of them was far from the nearest other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.custody.case import NEVER, Int64Array
from aforo.custody.cause import Cause
from aforo.custody.fixes import Flags, runs
from aforo.custody.ground import Float64Array, metres
from aforo.custody.limits import Limits
from aforo.custody.route import Driven


class Member(NamedTuple):
    """One of a convoy: the way of its seal, and when its trip was over, in microseconds since 1970; NEVER while it is
    not."""

    driven: Driven
    over: int = NEVER


def splits(convoy: str, members: Mapping[str, Member], limits: Limits) -> dict[str, tuple[Cause, ...]]:
    """The splits of each trip from a convoy of these trips, which `convoy` names.

    A trip set out with the others at the first instant at which one of them was near it. From there on it is split
    while the nearest of them is far, by its fixes and where the others were at their instants, straight between their
    own. Where one of the others is not known at an instant it may be near, and nothing is said.

    One that arrived stands where it was heard last until its trip is over, and is none of the others from then on. That
    it arrived splits nobody: a trip that had been near it alone is not split from those who are far ahead.
    """
    return {
        trip: _splits(convoy, members[trip], {other: each for other, each in members.items() if other != trip}, limits)
        for trip in sorted(members)
    }


def _splits(convoy: str, own: Member, others: Mapping[str, Member], limits: Limits) -> tuple[Cause, ...]:
    found = own.driven.found
    if not others or not len(found):
        return ()
    names = sorted(others)
    gone = np.stack([found.time >= others[name].over for name in names])
    away = np.stack([_away(found.time, own.driven, others[name]) for name in names])
    away[gone] = np.inf
    closest = np.nan_to_num(away, nan=np.inf).min(axis=0)
    near = np.flatnonzero(closest <= limits.convoy.together.metres)
    if not len(near):
        return ()
    apart = limits.convoy.apart.metres
    far = ~np.isnan(away).any(axis=0) & ~gone.all(axis=0) & (closest > apart)
    far[: near[0]] = False
    last = min(own.over, max(other.over for other in others.values()))
    made = []
    for first, after in runs(far, 1):
        if _left_alone(away, gone, int(np.flatnonzero(closest[:first] <= apart)[-1]), first, apart):
            continue
        rows = np.arange(first, after)
        enough = rows[found.time[rows] - found.time[first] >= limits.convoy.lasts.micro]
        if len(enough):
            at = int(enough[0])
            name = names[int(away[:, at].argmin())]
            farthest = round(float(closest[rows].max()))
            cause = own.driven.cause("convoy_split", first, rows, at, place=name, metres=farthest)
            made.append(msgspec.structs.replace(cause, road=convoy, until=min(cause.until, last)))
    return tuple(made)


def _left_alone(away: Float64Array, gone: npt.NDArray[np.bool_], before: int, first: int, apart: float) -> bool:
    """Whether all that were near in row `before`, or may have been, had arrived by row `first`, in which none was."""
    with_it: Flags = ~(away[:, before] > apart)
    return bool(gone[with_it, first].all())


def _away(times: Int64Array, own: Driven, other: Member) -> Float64Array:
    """Metres from each fix of one, at `times`, to where the other was; NaN where that is not known."""
    found, longest = other.driven.found, other.driven.longest
    latitude, longitude = found.positions(times, longest)
    if len(found) and other.over - int(found.time[-1]) <= longest:
        stands = (times > found.time[-1]) & (times < other.over)
        latitude[stands], longitude[stands] = found.latitude[-1], found.longitude[-1]
    return metres(own.found.latitude, own.found.longitude, latitude, longitude)
