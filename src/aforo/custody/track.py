"""A trip's way on the ground as a map draws it: fixes by state and grade, gaps as gaps, and where a breach can lie.

Lines are thinned by Douglas and Peucker's rule: what is left out lies within the tolerance of what is drawn. Nothing is
drawn where nothing was heard: between two fixes that are farther apart in time than the device promises is a hole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
import shapely

from aforo.custody.case import Case, Int64Array
from aforo.custody.causes import driven_by
from aforo.custody.fact import STATE_OF, FactCode, State
from aforo.custody.fixes import Fixes
from aforo.custody.ground import metres
from aforo.custody.plane import Plane
from aforo.custody.route import Driven
from aforo.custody.states import Course, courses
from aforo.domain.reading import GRADES, Grade

#: Points, and pieces or holes, of one track: what is beyond is left out, and said to be.
MOST_POINTS, MOST_PIECES = 4_000, 1_000
#: States that something happened for, in an interval that can be shown.
_HAPPENED: frozenset[State] = frozenset({"broken", "suspect", "open"})


class Mark(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a device was: `at` in microseconds since 1970, the rest in 1e-7 degree."""

    at: int
    latitude: int
    longitude: int


class Piece(msgspec.Struct, frozen=True, gc=False):
    """Fixes that follow each other, all in one state of the device's seal and of one grade; a piece that goes on from
    another begins with that one's last."""

    device: str
    state: State
    grade: Grade
    points: tuple[Mark, ...]


class Hole(msgspec.Struct, frozen=True, gc=False):
    """From the last fix before a gap to the first behind it, so many metres apart as the crow flies."""

    device: str
    last: Mark
    next: Mark
    metres: int


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """Where the device was while that which a fact tells of can have happened, from `earliest` to `latest`; straight
    between the fixes about each. Without points where no fix tells."""

    device: str
    code: FactCode
    earliest: int
    latest: int
    points: tuple[Mark, ...]


class Track(msgspec.Struct, frozen=True):
    """The way of all seals of a trip. `fixes` are believed, `doubted` are those that cannot be right: neither drawn nor
    counted. `tolerance_m` is by how much lines were thinned in the end; `cut` says that the earliest are left out."""

    pieces: tuple[Piece, ...]
    holes: tuple[Hole, ...]
    stretches: tuple[Stretch, ...]
    fixes: int
    doubted: int
    tolerance_m: float
    cut: bool


@dataclass(frozen=True)
class _Run:
    """Places of fixes, `first` to `last` inclusive, of one state and grade."""

    driven: Driven
    first: int
    last: int
    state: State
    grade: Grade


def track(case: Case, known_by: int, tolerance_m: float) -> Track:
    """The way of each seal of a trip by what had come by `known_by` (microseconds since 1970), thinned by
    `tolerance_m`, or by more where that leaves more than MOST_POINTS."""
    runs: list[_Run] = []
    holes: list[Hole] = []
    stretches: list[Stretch] = []
    fixes = doubted = 0
    for course in courses(case, known_by):
        driven = driven_by(case, course.sealing, None, known_by)
        found = driven.found
        fixes += len(found)
        doubted += int(found.told.readings["fix"].sum()) - len(found)
        if len(found):
            own = list(_runs(course, driven))
            runs += own
            holes += _holes(driven)
            stretches += _stretches(course, found)
    cut = len(runs) > MOST_PIECES or len(holes) > MOST_PIECES or len(stretches) > MOST_PIECES
    runs, holes, stretches = runs[-MOST_PIECES:], holes[-MOST_PIECES:], stretches[-MOST_PIECES:]
    pieces, tolerance = _thinned(runs, tolerance_m)
    return Track(pieces, tuple(holes), tuple(stretches), fixes, doubted, tolerance, cut)


def _runs(course: Course, driven: Driven) -> Iterator[_Run]:
    found = driven.found
    begins = np.array([each.since for each in course.spans], dtype=np.int64)
    span = np.maximum(np.searchsorted(begins, found.time, side="right") - 1, 0)
    grade = found.told.grade[found.row]
    states = [each.state for each in course.spans]
    # Two spans of one state, by other facts, are one piece.
    number = np.array([sorted(set(states)).index(each) for each in states])[span]
    far = np.diff(found.time) > driven.longest
    edge = np.flatnonzero(far | (np.diff(number) != 0) | (np.diff(grade) != 0)) + 1
    firsts, lasts = [0, *edge.tolist()], [*(edge - 1).tolist(), len(found) - 1]
    for first, last in zip(firsts, lasts, strict=True):
        goes_on = first > 0 and not far[first - 1]
        yield _Run(driven, first - goes_on, last, states[int(span[last])], GRADES[int(grade[last])])


def _holes(driven: Driven) -> Iterator[Hole]:
    found = driven.found
    for last in np.flatnonzero(np.diff(found.time) > driven.longest).tolist():
        apart = metres(
            found.latitude[last : last + 1], found.longitude[last : last + 1],
            found.latitude[last + 1], found.longitude[last + 1],
        )  # fmt: skip
        yield Hole(driven.sealing.device, _mark(found, last), _mark(found, last + 1), round(float(apart[0])))


def _stretches(course: Course, found: Fixes) -> Iterator[Stretch]:
    for fact in course.facts:
        state = STATE_OF.get(fact.code)
        if state not in _HAPPENED or fact.latest < found.time[0] or fact.earliest > found.time[-1]:
            continue
        within = found.time[(found.time > fact.earliest) & (found.time < fact.latest)]
        if len(within) > MOST_POINTS // 4:
            within = within[np.linspace(0, len(within) - 1, MOST_POINTS // 4).astype(np.intp)]
        at: Int64Array = np.unique(np.concatenate(([fact.earliest], within, [fact.latest])))
        latitude, longitude = (np.interp(at, found.time, each) for each in (found.latitude, found.longitude))
        marks = tuple(
            Mark(when, round(north), round(east))
            for when, north, east in zip(at.tolist(), latitude.tolist(), longitude.tolist(), strict=True)
        )
        yield Stretch(course.sealing.device, fact.code, fact.earliest, fact.latest, marks)


def _thinned(runs: list[_Run], tolerance_m: float) -> tuple[tuple[Piece, ...], float]:
    """The runs' points thinned until they are few enough, or only their ends are left."""
    tolerance = tolerance_m
    kept = [_kept(each, tolerance) for each in runs]
    while sum(map(len, kept)) > max(MOST_POINTS, 2 * len(runs)):
        tolerance = max(1.0, tolerance * 2)
        kept = [_kept(each, tolerance) for each in runs]
    pieces = tuple(
        Piece(each.driven.sealing.device, each.state, each.grade, tuple(_mark(each.driven.found, row) for row in rows))
        for each, rows in zip(runs, kept, strict=True)
    )
    return pieces, tolerance


def _kept(run: _Run, tolerance: float) -> list[int]:
    """The places of fixes that are drawn; the third coordinate carries each one's place through the library."""
    found, places = run.driven.found, np.arange(run.first, run.last + 1)
    if len(places) < 3:
        return list(map(int, places))
    latitude, longitude = found.latitude[places], found.longitude[places]
    x, y = Plane(int(longitude[0])).of(latitude, longitude)
    line = shapely.LineString(np.column_stack((x, y, places)))
    drawn = shapely.simplify(line, tolerance, preserve_topology=False)
    return [int(place) for place in shapely.get_coordinates(drawn, include_z=True)[:, 2]]


def _mark(found: Fixes, place: int) -> Mark:
    return Mark(int(found.time[place]), int(found.latitude[place]), int(found.longitude[place]))
