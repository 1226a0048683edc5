"""What a truck did against its plan: off the corridor, standing where or longer than it may, in and out of fences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from aforo.custody.case import NEVER, Sealing
from aforo.custody.cause import Cause, CauseKind
from aforo.custody.corridor import Stop, zone_of
from aforo.custody.fences import Fences
from aforo.custody.fixes import Fixes, Flags, Rows, runs
from aforo.custody.ground import within
from aforo.custody.limits import Limits
from aforo.custody.rests import shown
from aforo.custody.road import Road
from aforo.custody.stays import Stay, stays
from aforo.domain.clock import instant, microseconds
from aforo.domain.trip import Place


@dataclass(frozen=True)
class Driven:
    """One seal's way: its fixes while it stood, the places of its trip, and the road that was planned, if one was."""

    sealing: Sealing
    found: Fixes
    places: tuple[Place, ...]
    road: Road | None

    @property
    def longest(self) -> int:
        """Microseconds between two fixes that still follow each other, by what the device promises."""
        return self.sealing.promise + self.sealing.tolerance

    def cause(self, kind: CauseKind, first: int, rows: Rows, at: int, *, place: str = "", metres: int = 0) -> Cause:
        """What began with the fix in place `first` and is shown by the one in place `at`, resting on those in `rows`.
        It goes on until the first fix after the last of `rows`."""
        found = self.found
        grade, rests_on = shown(found.told, found.row[rows])
        after = int(rows[-1]) + 1
        latitude, longitude = found.at(first)
        return Cause(
            kind, self.sealing.device, int(found.time[first]), self.reached(first), int(found.time[first]),
            int(found.time[at]), int(found.time[after]) if after < len(found) else NEVER, grade, rests_on, place,
            "" if self.road is None else self.road.corridor.id, metres, latitude=latitude, longitude=longitude,
        )  # fmt: skip

    def reached(self, first: int) -> int:
        """The instant of the fix before one; that of the sealing, where there is none."""
        return int(self.found.time[first - 1]) if first else min(self.sealing.since, int(self.found.time[0]))


def deviations(driven: Driven, limits: Limits) -> Iterator[Cause]:
    """Each time that a truck left its corridor, other than into a place of its trip or a stop of the corridor."""
    if driven.road is None or not len(driven.found):
        return
    found, own = driven.found, limits.deviation
    beyond = driven.road.beyond(found.latitude, found.longitude)
    out = beyond > own.slack.metres
    for place in (*driven.places, *(each.place for each in driven.road.corridor.stops)):
        if not out.any():
            return
        out &= ~within(place, found.latitude, found.longitude)
    for first, after in runs(out, 2):
        rows = first + np.flatnonzero(out[first:after])
        far = rows[beyond[rows] > own.far.metres]
        enough = [
            int(rows[own.fixes.count - 1 :][late][0])
            for late in [found.time[rows[own.fixes.count - 1 :]] - found.time[first] >= own.lasts.micro]
            if late.any()
        ]
        if len(far) >= own.far_fixes.count:
            enough.append(int(far[own.far_fixes.count - 1]))
        if enough:
            yield driven.cause("deviation", first, rows, min(enough), metres=round(float(beyond[rows].max())))


def standing(driven: Driven, limits: Limits) -> Iterator[Cause]:
    """Each time that a truck stood where it may not, too long where it may, or for the night other than in a yard.

    Without a corridor and without places nothing was planned, and nothing is against the plan.
    """
    if driven.road is None and not driven.places:
        return
    found, own = driven.found, limits.stop
    for stay in stays(found, own.radius.metres, own.lasts.micro, driven.longest):
        rows = np.arange(stay.first, stay.last + 1)
        stop, place = _where(driven, stay)
        if stop is None and place is None:
            yield driven.cause("unplanned_stop", stay.first, rows, stay.shown)
        elif place is None or place.use == "stop":
            name = stop.name if stop is not None else place.name if place is not None else ""
            longest = limits.dwell.longest if stop is None or stop.longest is None else stop.longest
            over = np.flatnonzero(found.time[rows] - found.time[stay.first] >= longest.micro)
            if len(over):
                at = int(rows[over[0]])
                made = driven.cause("dwell", stay.first, rows, at, place=name)
                yield _since(made, int(found.time[stay.first]) + longest.micro)
        if driven.road is not None and place is None and (stop is None or stop.use != "yard"):
            name = "" if stop is None else stop.name
            yield from _nights(driven, limits, stay, name, zone_of(driven.road.corridor))


def fenced(driven: Driven, fences: Fences, limits: Limits) -> Iterator[Cause]:
    """Each time that a truck entered a forbidden fence, and each time that it entered or left a watched one."""
    found, fixes = driven.found, limits.fence.fixes.count
    row, fence = fences.inside(found.latitude, found.longitude)
    for number in np.unique(fence).tolist():
        own = fences.fences[number]
        inside: Flags = np.zeros(len(found), dtype=np.bool_)
        inside[row[fence == number]] = True
        for first, after in runs(inside, fixes):
            rows = first + np.flatnonzero(inside[first:after])
            if len(rows) < fixes:
                continue
            kind: CauseKind = "geofence_watched" if own.use == "watched" else "geofence_entered"
            yield driven.cause(kind, first, rows, int(rows[fixes - 1]), place=own.name)
            if own.use == "watched" and after + fixes <= len(found):
                out = np.arange(after, after + fixes)
                left = driven.cause("geofence_left", after, out, int(out[-1]), place=own.name)
                yield msgspec.structs.replace(left, until=left.shown)


def _where(driven: Driven, stay: Stay) -> tuple[Stop | None, Place | None]:
    """The stop of the corridor and the place of the trip in which a truck stands; of several the first, and one at
    which the seal may be opened before one at which it may only stand."""
    latitude, longitude = np.array([stay.latitude]), np.array([stay.longitude])
    stops = () if driven.road is None else driven.road.corridor.stops
    stop = next((each for each in stops if within(each.place, latitude, longitude)[0]), None)
    places = sorted(driven.places, key=lambda each: each.use != "open")
    return stop, next((each for each in places if within(each, latitude, longitude)[0]), None)


def _nights(driven: Driven, limits: Limits, stay: Stay, name: str, zone: ZoneInfo) -> Iterator[Cause]:
    """The nights that a truck stood through for longer than it may."""
    found, own = driven.found, limits.night
    begin, last = int(found.time[stay.first]), int(found.time[stay.last])
    day = instant(begin).astimezone(zone).date() - timedelta(days=1)
    final = instant(last).astimezone(zone).date()
    turns = int(own.until_hour.hour <= own.from_hour.hour)
    while day <= final:
        since = microseconds(datetime(day.year, day.month, day.day, own.from_hour.hour, tzinfo=zone))
        end = day + timedelta(days=turns)
        until = microseconds(datetime(end.year, end.month, end.day, own.until_hour.hour, tzinfo=zone))
        day += timedelta(days=1)
        in_it = max(since, begin)
        rows = np.arange(stay.first, stay.last + 1)
        late = rows[(found.time[rows] >= in_it + own.lasts.micro) & (found.time[rows] < until)]
        if len(late):
            made = driven.cause("night_halt", stay.first, rows, int(late[0]), place=name)
            yield made if in_it == begin else _since(made, in_it)


def _since(cause: Cause, since: int) -> Cause:
    """The cause from an instant on that a rule sets, and no reading: it is known to the microsecond."""
    return msgspec.structs.replace(cause, since=since, earliest=since, latest=since)
