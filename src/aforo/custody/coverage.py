"""What all devices on a road say of it: where trucks went silent that should have been heard, and whether that is made.

A road is cut into stretches, time into windows. A device is *silent* in a stretch and window where its promise to
report ran out between two readings that came live, and it was there meanwhile: evenly from one fix to the next; where
none came yet, on at the speed it had. It must have passed half of the stretch so, or have stood in it all the while. It
is *heard* where a reading that came live was taken there and it is not silent; *expected* are both. A device whose
promise had not run out says nothing of a stretch that it passed unheard.

A stretch is jammed where so few of those that were expected are heard as nearly never happens by itself, by the share
that is stated of the dead zone there, or by the ordinary one; where at least a few are silent; and where the others
on the road are heard as they should be: a road that is silent from end to end is a receiver that is down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from aforo.custody.case import Int64Array
from aforo.custody.fixes import Flags
from aforo.custody.ground import Float64Array
from aforo.custody.limits import Limits
from aforo.custody.road import Road
from aforo.custody.route import Driven
from aforo.domain.trip import Covered

#: Metres a second that a silent truck is taken to drive at most, and the time over which its own speed is taken.
_FASTEST = 30.0
_SPEED_OVER = 20 * 60 * 1_000_000


@dataclass(frozen=True)
class _Cells:
    """Which devices were heard, and which others were silent: bool[windows, stretches, devices] each."""

    heard: Flags
    silent: Flags


def coverage(
    driven: Mapping[str, Driven], road: Road, windows: Sequence[tuple[int, int]], known_by: int, limits: Limits
) -> tuple[Covered, ...]:
    """Statements of coverage of each stretch of a road and window in which somebody was silent, by what had come by
    `known_by`; windows are instants (microseconds since 1970), the second not in them.

    `driven` has every device that is on the road, by its identifier. Stretches that follow each other and are jammed in
    one window are one statement. A statement counts devices, each once.
    """
    if not windows or not driven:
        return ()
    cells = _cells(driven, road, windows, known_by, limits)
    made: list[Covered] = []
    for number, (since, until) in enumerate(windows):
        heard, silent = cells.heard[number], cells.silent[number]
        jammed = _jammed(heard, silent, road, limits)
        for first, after in _joined(jammed, silent.any(axis=1)):
            own_heard = heard[first:after].any(axis=0)
            # Heard anywhere in several stretches is heard before or behind what is jammed, not in it.
            count = int((own_heard & ~silent[first:after].any(axis=0)).sum())
            expected = int((own_heard | silent[first:after].any(axis=0)).sum())
            step = limits.coverage.stretch.metres
            place = road.circle(first * step, min(after * step, road.length), limits.coverage.margin.metres)
            made.append(Covered(since, until, count, expected, place, bool(jammed[first])))
    return tuple(made)


def others_heard(heard: int, expected: int, limits: Limits) -> bool:
    """Whether of the devices that a statement expected nearly all were heard beside one that was not: the share that is
    usual, or more."""
    return expected > 1 and heard >= limits.coverage.heard.share * (expected - 1)


def _cells(
    driven: Mapping[str, Driven], road: Road, windows: Sequence[tuple[int, int]], known_by: int, limits: Limits
) -> _Cells:
    count = int(np.ceil(road.length / limits.coverage.stretch.metres))
    shape = (len(windows), count, len(driven))
    heard, silent = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    step = limits.coverage.stretch.metres
    since = np.array([each[0] for each in windows])
    until = np.array([each[1] for each in windows])
    for number, device in enumerate(sorted(driven)):
        own = driven[device]
        along, on_it = _along(own, road)
        if not len(along):
            continue
        told = own.found.told
        live = told.arrived - told.time <= limits.coverage.live.micro
        time = told.time[live]
        for window, stretch in _at(time, own, along, on_it, since, until, limits):
            heard[window, stretch, number] = True
        for begin, end, gone in _silences(own, time, along, on_it, known_by, limits):
            low, high = sorted(gone(np.array([begin, end], dtype=np.float64)).tolist())
            stays = high - low < step / 2
            for window in np.flatnonzero((since < end) & (until > begin)).tolist():
                # Where it was within the window, at eleven instants of it: more than it passes stretches meanwhile.
                places = gone(np.linspace(max(begin, since[window]), min(end, until[window]), 11))
                inside = (places >= 0) & (places < road.length)
                for stretch in np.unique(places[inside] // step).astype(np.int64).tolist():
                    passed = min(high, (stretch + 1) * step) - max(low, stretch * step)
                    if passed >= step / 2 or (stays and not heard[window, stretch, number]):
                        silent[window, stretch, number] = True
    return _Cells(heard & ~silent, silent)


def _along(own: Driven, road: Road) -> tuple[Float64Array, Flags]:
    """Metres along the road of each fix, and whether it is on it."""
    found = own.found
    if not len(found):
        return np.zeros(0), np.zeros(0, dtype=np.bool_)
    away, along = road.along(found.latitude, found.longitude)
    return along, away <= road.half_width


def _at(
    time: Int64Array,
    own: Driven,
    along: Float64Array,
    on_it: Flags,
    since: Int64Array,
    until: Int64Array,
    limits: Limits,
) -> Iterator[tuple[int, int]]:
    """The windows and stretches in which readings were taken, each once: of those without a fix by the fix before."""
    fix = np.searchsorted(own.found.time, time, side="right") - 1
    good = (fix >= 0) & on_it[np.maximum(fix, 0)]
    time, fix = time[good], fix[good]
    stretch = (along[fix] // limits.coverage.stretch.metres).astype(np.int64)
    window = np.searchsorted(since, time, side="right") - 1
    inside = (window >= 0) & (time < until[np.maximum(window, 0)])
    yield from {(int(a), int(b)) for a, b in zip(window[inside], stretch[inside], strict=True)}


class _Way:
    """Where a silent device was, by instants: straight between two of them."""

    def __init__(self, begin: int, end: int, since: float, until: float) -> None:
        self._instants, self._metres = (float(begin), float(end)), (since, until)

    def __call__(self, instants: Float64Array) -> Float64Array:
        made: Float64Array = np.interp(instants, self._instants, self._metres)
        return made


def _silences(
    own: Driven, time: Int64Array, along: Float64Array, on_it: Flags, known_by: int, limits: Limits
) -> Iterator[tuple[int, int, _Way]]:
    """When a device was not heard live though it had promised to be, and where it went meanwhile."""
    found, end = own.found, min(known_by, own.sealing.until)
    instants = np.concatenate((time, [max(end, int(time[-1]) if len(time) else end)]))
    for place in np.flatnonzero(np.diff(instants) > own.longest).tolist():
        begin, until = int(instants[place]), int(instants[place + 1])
        before = found.before(begin)
        if before < 0 or not on_it[before]:
            continue
        # The fix that ends it is of the first reading that came live again; a late one in between tells where it was.
        after = int(np.searchsorted(found.time, until))
        if place + 1 < len(time) and after < len(found) and on_it[after]:
            yield begin, until, _Way(int(found.time[before]), int(found.time[after]), along[before], along[after])
            continue
        earlier = found.before(int(found.time[before]) - _SPEED_OVER)
        earlier = max(earlier, 0)
        seconds = max((int(found.time[before]) - int(found.time[earlier])) / 1e6, 1.0)
        speed = float(np.clip((along[before] - along[earlier]) / seconds, -_FASTEST, _FASTEST))
        until = min(until, begin + limits.coverage.ahead.micro)
        driven_on = along[before] + speed * (until - int(found.time[before])) / 1e6
        yield begin, until, _Way(int(found.time[before]), until, along[before], driven_on)


def _jammed(heard: Flags, silent: Flags, road: Road, limits: Limits) -> Flags:
    """Which stretches are jammed in one window, from bool[stretches, devices]."""
    own = limits.coverage
    few, expected = heard.sum(axis=1), (heard | silent).sum(axis=1)
    shares = np.full(len(few), own.heard.share)
    for stretch in range(len(few)):
        zone = road.dead_zone(stretch * own.stretch.metres, min((stretch + 1) * own.stretch.metres, road.length))
        if zone is not None:
            shares[stretch] = min(shares[stretch], zone.heard.share)
    quiet = scipy.stats.binom.cdf(few, expected, shares) < own.chance.share
    # The others, which are silent in no quiet stretch, must be heard as is usual wherever no dead zone is stated.
    others = (heard | silent).any(axis=0) & ~silent[quiet].any(axis=0)
    clean = others & ~silent[shares == own.heard.share].any(axis=0)
    normal = clean.any() and scipy.stats.binom.cdf(clean.sum(), others.sum(), own.heard.share) >= own.chance.share
    jammed: Flags = quiet & (silent.sum(axis=1) >= own.least.count) & bool(normal)
    return jammed


def _joined(jammed: Flags, told: Flags) -> Iterator[tuple[int, int]]:
    """The stretches to speak of: each one that tells something, those that are jammed beside each other as one."""
    stretch = 0
    while stretch < len(jammed):
        after = stretch + 1
        if jammed[stretch]:
            while after < len(jammed) and jammed[after]:
                after += 1
        if told[stretch]:
            yield stretch, after
        stretch = after
