"""The figures that staff see: any measure in any version, by port, bridge, local day, lane and programme, or for all.

What a row does not tell apart is joined: the bridges of a port, the days of a bridge, the lanes of a day. A figure that
cannot be had in a row is missing there, with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, get_args

import msgspec

from aforo.measures.definition import Definition, Of
from aforo.measures.disagreement import Disagreement
from aforo.measures.estimates import Covered, Measured, incidents, ratio, share, times, without
from aforo.measures.tallies import Cell
from aforo.scoreboard.bridge_days import cells_of, figure_of_times, passed_on
from aforo.scoreboard.compared import compared
from aforo.scoreboard.held import HELD, held, readable
from aforo.scoreboard.incidents import hours, overlapping
from aforo.scoreboard.places import Places
from aforo.scoreboard.responses import SHOWN, STAGE_OF, reached_in
from aforo.scoreboard.scanner_days import scanner_days
from aforo.scoreboard.scanner_figures import availability, scan_rate, utilisation
from aforo.scoreboard.state import BoardState

#: What rows can be told apart by.
Dimension = Literal["port", "bridge", "day", "lane", "programme"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

#: Kinds whose figures do not rest on what is kept day by day.
_OF_WHOLE_RECORD = frozenset({"incidents", "availability"})
#: Figures in one answer: they are made while nothing new is taken in.
MOST = 5_000


class TooManyRowsError(ValueError):
    """What is asked for has more figures than one answer holds."""


@dataclass(frozen=True)
class Asked:
    """What rows are wanted: bridges, the local days from `first` to `last`, and only this lane or programme."""

    bridges: Sequence[str]
    first: int
    last: int
    by: frozenset[Dimension]
    lane: str | None = None
    programme: str | None = None


@dataclass(frozen=True)
class Row:
    """The figures of what the row names; what it does not tell apart is None. `port` is the code of a port, of which
    those bridges are in the row that are asked for. `provisional`: a day of it is not settled. `compared` are figures
    that several sources speak of."""

    bridge: str | None
    day: int | None
    lane: str | None
    programme: str | None
    figures: tuple[Measured, ...]
    provisional: bool
    compared: tuple[Disagreement, ...] = ()
    port: str | None = None


@dataclass
class _Place:
    """What one row is made of: bridges, days, a lane, a programme."""

    bridges: Sequence[str]
    days: Sequence[int]
    lane: str | None
    programme: str | None
    cells: Counter[Cell] = field(default_factory=Counter)
    trips: Counter[Cell] = field(default_factory=Counter)


def rows(state: BoardState, measures: Sequence[Definition], asked: Asked, now: int, most: int = MOST) -> list[Row]:
    """The rows that are asked for, at an instant (microseconds since 1970). Rows of bridges and days are there whether
    anything happened or not, those of lanes and programmes where crossings were counted. Raises TooManyRowsError."""
    days = range(asked.first, asked.last + 1)
    found: list[Row] = []
    day_sets: list[Sequence[int]] = [[each] for each in days] if "day" in asked.by else [days]
    for (port, bridges), own in product(_together(state.places, asked), day_sets):
        for place in _places(state, bridges, own, asked):
            if (len(found) + 1) * len(measures) > most:
                raise TooManyRowsError
            figures = tuple(figure(state, each, place.bridges, place.days, now, place) for each in measures)
            found.append(
                Row(
                    bridges[0] if "bridge" in asked.by else None,
                    own[0] if "day" in asked.by else None,
                    place.lane,
                    place.programme,
                    figures,
                    any(not state.settled(bridge, own[-1], now) for bridge in bridges),
                    compared(state, measures, figures, place.bridges, place.days, place.lane, place.programme, now),
                    port,
                )
            )
    return found


def figure(
    state: BoardState,
    measure: Definition,
    bridges: Sequence[str],
    days: Sequence[int],
    now: int,
    place: _Place | None = None,
) -> Measured:
    """A measure of some bridges and local days; `place` narrows it to a lane or a programme. Days that have not come
    yet are in no figure, nor those that are kept no more: where only some are kept, `covered` says how many."""
    if all(state.places.bounds(each, days[0])[0] > now for each in bridges):
        return without(measure, "not_yet")
    if measure.kind in _OF_WHOLE_RECORD or all(state.keeps(each, days[0]) for each in bridges):
        return _figure(state, measure, bridges, days, now, place)
    kept = sum(state.keeps(*each) for each in product(bridges, days))
    if not kept:
        return without(measure, "not_kept")
    made = _figure(state, measure, bridges, days, now, place)
    if made.missing is not None or made.covered is not None:
        return made
    return msgspec.structs.replace(made, covered=Covered(kept, len(bridges) * len(days)))


def _figure(
    state: BoardState, measure: Definition, bridges: Sequence[str], days: Sequence[int], now: int, place: _Place | None
) -> Measured:
    lane = None if place is None else place.lane
    programme = None if place is None else place.programme
    if measure.kind in ("share", "control_share", "ratio"):
        if measure.kind == "ratio" and programme is not None:
            return without(measure, "ratio_by_programme")
        if place is None:
            cells = cells_of(state, bridges, days, measure.of)
        else:
            cells = place.trips if measure.of == "trip" else place.cells
        return (ratio if measure.kind == "ratio" else share)(measure, list(cells.items()))
    if measure.kind == "incidents":
        return _incidents(state, measure, bridges, days, now, lane or programme)
    if measure.kind in ("availability", "utilisation", "scans"):
        return _scanners(state, measure, bridges, days, now, lane or programme)
    if measure.between is not None and measure.between in STAGE_OF:
        return _responses(state, measure, bridges, days, lane or programme)
    if measure.between in HELD:
        return held(state, measure, bridges, days, lane, programme)
    if programme is not None:
        return without(measure, "not_by_programme")
    if measure.kind == "readable":
        return readable(state, measure, bridges, days, lane)
    return figure_of_times(state, measure, product(bridges, days), lane)


def figure_of_lane(
    state: BoardState, measure: Definition, bridges: Sequence[str], days: Sequence[int], now: int, lane: str | None
) -> Measured:
    """A measure of some bridges and local days in one lane class, or in all."""
    return figure(state, measure, bridges, days, now, None if lane is None else _Place(bridges, days, lane, None))


def _together(places: Places, asked: Asked) -> list[tuple[str | None, list[str]]]:
    """The bridges whose figures are of one row, with the code of their port where rows are told apart by it."""
    of_port: dict[str | None, list[str]] = {}
    for bridge in asked.bridges:
        port = next(iter(places.ports_of(bridge)), None) if "port" in asked.by else None
        of_port.setdefault(port, []).append(bridge)
    if "bridge" in asked.by:
        return [(port, [each]) for port, own in of_port.items() for each in own]
    return list(of_port.items())


def _places(state: BoardState, bridges: Sequence[str], days: Sequence[int], asked: Asked) -> list[_Place]:
    """The rows of some bridges and days, by lane and programme where that is asked for."""
    rows_of: dict[tuple[str | None, str | None], _Place] = {}
    if not asked.by & {"lane", "programme"}:
        rows_of[asked.lane, asked.programme] = _Place(bridges, days, asked.lane, asked.programme)
    kinds: tuple[Of, ...] = ("crossing", "trip")
    for of in kinds:
        for cell, number in cells_of(state, bridges, days, of).items():
            if asked.lane not in (None, cell.lane) or asked.programme not in (None, cell.programme):
                continue
            lane = cell.lane if "lane" in asked.by else asked.lane
            programme = cell.programme if "programme" in asked.by else asked.programme
            own = rows_of.setdefault((lane, programme), _Place(bridges, days, lane, programme))
            (own.trips if of == "trip" else own.cells)[cell] += number
    return [rows_of[key] for key in sorted(rows_of, key=lambda key: (key[0] or "", key[1] or ""))]


def _scanners(
    state: BoardState, measure: Definition, bridges: Sequence[str], days: Sequence[int], now: int, narrowed: str | None
) -> Measured:
    """Figures of scanners, up to now where the last day goes on."""
    if narrowed is not None:
        return without(measure, "scanner_by_lane")
    # Bridges of several zones have their own days: the span is that of the first bridge, as for what lies at none.
    own = min(bridges)
    bounds = [state.places.bounds(own, day) for day in days]
    begun = [(since, min(until, now)) for since, until in bounds if since < now]
    if not begun:
        return without(measure, "no_scanner")
    if measure.kind == "availability":
        span = begun[0][0], begun[-1][1]
        return availability(measure, state.scanners, state.places, bridges, span, state.contracts, now)
    told = scanner_days(measure, state.scanners, state.places, bridges, days, now)
    if measure.kind == "utilisation":
        return utilisation(measure, state.scanners, told, now)
    return scan_rate(measure, state.scanners, told, passed_on(state, bridges, days))


def _responses(
    state: BoardState, measure: Definition, bridges: Sequence[str], days: Sequence[int], narrowed: str | None
) -> Measured:
    """Times to response: of all bridges together, since a road is none of them's."""
    if narrowed is not None or not set(state.places.zones) <= set(bridges):
        return without(measure, "not_by_bridge")
    assert measure.between is not None, "the document was checked when it was read"
    told, left_out = reached_in(state.responses.on(state.places, days), STAGE_OF[measure.between])
    made = times(measure, told, left_out, "no_response")
    return msgspec.structs.replace(made, estimates=tuple(each for each in made.estimates if each.name in SHOWN))


def _incidents(
    state: BoardState, measure: Definition, bridges: Sequence[str], days: Sequence[int], now: int, narrowed: str | None
) -> Measured:
    if narrowed is not None:
        return without(measure, "not_by_lane")
    number, lasted = 0, 0.0
    counted: set[str] = set()
    for bridge in bridges:
        since, until = state.places.bounds(bridge, days[0])[0], min(state.places.bounds(bridge, days[-1])[1], now)
        names = {bridge, *state.places.ports_of(bridge)}
        own = overlapping(state.incidents.values(), names, since, until)
        begun = {each.incident for each in own if since <= each.started < until}
        number += len(begun - counted)
        counted |= begun
        lasted += hours(own, since, until)
    known = sum(0 < state.since < state.places.bounds(*each)[1] for each in product(bridges, days))
    # What somebody told of a time before the record is known; that nobody told of anything then says nothing.
    if not known and not lasted and not number:
        return without(measure, "before_record")
    made = incidents(measure, number, lasted)
    of = len(bridges) * len(days)
    return made if known == of else msgspec.structs.replace(made, covered=Covered(known, of))
