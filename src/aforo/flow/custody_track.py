"""The way of a trip as its map shows it: fixes, gaps, places, and the corridor that the trip names."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aforo.custody.case import Case
from aforo.custody.corridor import Corridor, StopUse
from aforo.custody.fact import FactCode, State
from aforo.custody.track import Mark, track
from aforo.domain.clock import instant, microseconds
from aforo.domain.reading import PER_DEGREE, Grade
from aforo.flow.custody import Custody
from aforo.flow.custody_shown import TripPlaceShown, place_shown
from aforo.flow.custody_verdict import case_from


class MarkShown(msgspec.Struct, frozen=True):
    """Where a device was, in degrees, and when."""

    at: datetime
    latitude: float
    longitude: float


class PieceShown(msgspec.Struct, frozen=True):
    """Fixes that follow each other, in one state and of one grade. A piece that goes on from another begins with that
    one's last."""

    device: str
    state: State
    grade: Grade
    points: list[MarkShown]


class HoleShown(msgspec.Struct, frozen=True):
    """From the last fix before a gap to the first behind it; `metres` as the crow flies."""

    device: str
    last: MarkShown
    next: MarkShown
    metres: int


class StretchShown(msgspec.Struct, frozen=True):
    """Where the device was while that which a fact tells of can have happened."""

    device: str
    code: FactCode
    earliest: datetime
    latest: datetime
    points: list[MarkShown]


class StopShown(msgspec.Struct, frozen=True):
    """A stop or a yard of the corridor: a circle."""

    name: str
    latitude: float
    longitude: float
    radius_m: int
    use: StopUse


class CorridorShown(msgspec.Struct, frozen=True):
    """The planned road: its middle in degrees (latitude, longitude), its half width, and where one may stand."""

    id: str
    name: str
    half_width_m: int
    line: list[tuple[float, float]]
    stops: list[StopShown]


class TrackShown(msgspec.Struct, frozen=True):
    """The way of a trip by what had come by `known_by`. Lines are thinned: what is left out is within `tolerance_m`
    metres of them. `fixes` are believed; `doubted` cannot be right and are not drawn; `cut` says that the earliest are
    left out. `corridor` is there where the trip names one that is known and its reader may know it."""

    trip: str
    known_by: datetime
    fixes: int
    doubted: int
    tolerance_m: float
    cut: bool
    pieces: list[PieceShown]
    holes: list[HoleShown]
    stretches: list[StretchShown]
    places: list[TripPlaceShown]
    corridor: CorridorShown | None


def track_on(custody: Custody, trip: str, known_by: datetime | None, tolerance_m: float) -> TrackShown:
    """The way of a trip by what had come by `known_by`, all of it without it, thinned by `tolerance_m` metres.

    Raises UnknownTripError.
    """
    now = custody.log.clock()
    by = microseconds(min(known_by or now, now))
    road = custody.roads.road(custody.trip(trip).opened.corridor)
    planned = None if road is None else road.corridor
    return _shown(trip, case_from(custody, trip, by), planned, by, tolerance_m)


def _shown(trip: str, case: Case, planned: Corridor | None, by: int, tolerance_m: float) -> TrackShown:
    found = track(case, by, tolerance_m)
    return TrackShown(
        trip, instant(by), found.fixes, found.doubted, found.tolerance_m, found.cut,
        [PieceShown(each.device, each.state, each.grade, _marks(each.points)) for each in found.pieces],
        [HoleShown(each.device, _mark(each.last), _mark(each.next), each.metres) for each in found.holes],
        [
            StretchShown(each.device, each.code, instant(each.earliest), instant(each.latest), _marks(each.points))
            for each in found.stretches
        ],
        [place_shown(each) for each in case.places],
        None if planned is None else _corridor(planned),
    )  # fmt: skip


def _mark(mark: Mark) -> MarkShown:
    """A mark in degrees."""
    return MarkShown(instant(mark.at), mark.latitude / PER_DEGREE, mark.longitude / PER_DEGREE)


def _marks(marks: tuple[Mark, ...]) -> list[MarkShown]:
    return [_mark(each) for each in marks]


def _corridor(known: Corridor) -> CorridorShown:
    stops = [StopShown(each.name, each.lat, each.lon, round(each.radius.metres), each.use) for each in known.stops]
    return CorridorShown(known.id, known.name, round(known.half_width.metres), list(known.line.points), stops)
