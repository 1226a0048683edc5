"""A bridge as a network of stations, in columns: what the kernel, the stepping engine and the oracle all run.

A *station* is a place with servers and, before them, room to wait: the shared approach, the booths of a lane class, a
portal before primary, a scanner, a dock, the gate of a yard. A truck enters a station where there is room for it,
waits, is served, and moves on to the next station by its option and its lane class. Where that one is full it stays
where it is and keeps its server: blocking after service. docs/reference/twin.md has the order of events, ties, cycles.

Time is int64 microseconds from the start of the run, in the bridge's local time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.threat import THREATS
from aforo.domain.units import Float64Array, Int64Array
from aforo.routing.choice import RESOURCES, STAGES

#: The lane classes, in the order of their codes.
LANES: Final = ("fast", "standard", "empty", "hazmat")
#: What a truck's time is drawn for: the priced resources, then what is never priced. Columns of `Trucks.service`.
SERVICES: Final = (*RESOURCES, "approach", "gate", "hold")

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
#: An instant that never comes.
NEVER: Final = 1 << 62
#: In `onward`: the truck leaves the port.
EXIT: Final = -1
#: No limit to those who wait.
ENDLESS: Final = -1
#: What a change of units does to those in service: they finish, or (a breakdown) they are put back and begin anew.
FINISH, INTERRUPT = 0, 1

MOST_STATIONS: Final = 64
MOST_SERVERS: Final = 1_000
MOST_CHANGES: Final = 10_000_000


#: Where a station's trucks go on to: a station, None for the exit, or one of these by option and lane class.
Route = Mapping[str, str | None] | str | None


class NetworkError(ValueError):
    """A network that cannot be run; says which column of which station, and what it must be."""


@dataclass(frozen=True)
class Station:
    """One station, as it is written down before all become columns.

    `servers` at the start; `buffer` places to wait (ENDLESS: no limit); `service` the name in SERVICES whose column of
    the trucks is the time here (None: no time). `resource` the name in RESOURCES that its backlog counts for (None: not
    priced). `decides` the stage in STAGES at which a truck is decided when its service ends here. `detection`: None for
    a place that examines nothing, else the chances of an alarm: of a truck with nothing hidden, then of each threat in
    the order of THREATS. `finds` in the same order: the chances that it finds by itself, no more than those of an alarm
    (None: an alarm is a find). `instead` is the station that a truck goes to which would go here while no unit is up.
    `typical_minutes` stands in the backlog for the prediction that a truck lacks.
    """

    name: str
    servers: int
    buffer: int = ENDLESS
    service: str | None = None
    resource: str | None = None
    decides: str | None = None
    detection: tuple[float, ...] | None = None
    instead: str | None = None
    typical_minutes: float = 0.0
    finds: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Change:
    """From `at` on `servers` units of a station are up: the lesser of what stands there and what is manned.

    `interrupts`: if more are in service than that, those who began last are put back to the head of the line and begin
    anew when there is a unit (a breakdown); else they finish (the end of a shift).
    """

    at: int
    station: str
    servers: int
    interrupts: bool = False


@dataclass(frozen=True)
class Network:
    """A bridge as S stations, in columns. Made by `network_of`, which checks them.

    `servers, buffer, service, resource, decides, examines, instead, typical` int64[S] (codes; −1 none; `typical` in
    µs); `detection` and `finds` float64[S, 1 + len(THREATS)]; `onward` int64[S, options, lanes]: the next station or
    EXIT; `options` int64[S]: bit mask of what may be ordered where the station decides; `entry` int64[options, lanes]:
    where a truck comes in, by what was ordered before. Changes of units, in their order: `change_at, change_station,
    change_servers, change_kind` int64[M]. `filed_options`: bit mask of the options that may be ordered before arrival
    (0: nothing is decided then). `expected` float64[H]: forecast arrivals of each hour of the run, for the level.
    `minute_of_day` at the start, and `day_class` int64[D]: the row of the books of prices that holds on each local day
    of the run.
    """

    names: tuple[str, ...]
    servers: Int64Array
    buffer: Int64Array
    service: Int64Array
    resource: Int64Array
    decides: Int64Array
    examines: Int64Array
    instead: Int64Array
    typical: Int64Array
    detection: Float64Array
    finds: Float64Array
    onward: Int64Array
    options: Int64Array
    entry: Int64Array
    change_at: Int64Array
    change_station: Int64Array
    change_servers: Int64Array
    change_kind: Int64Array
    filed_options: int = 0
    expected: Float64Array = field(default_factory=lambda: np.zeros(0, np.float64))
    minute_of_day: float = 0.0
    day_class: Int64Array = field(default_factory=lambda: np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.names)

    def station(self, name: str) -> int:
        """The index of a station. Raises NetworkError if there is none of that name."""
        if name not in self.names:
            raise NetworkError(f"there is no station {name!r}: there are {', '.join(self.names)}")
        return self.names.index(name)


def _code(name: str | None, names: Sequence[str], what: str, station: str) -> int:
    if name is None:
        return -1
    if name not in names:
        raise NetworkError(f"station {station!r}: {what} is one of {', '.join(names)}, not {name!r}")
    return list(names).index(name)


def onward_to(stations: Sequence[Station], routes: Mapping[str, Route], lanes: Sequence[str] = LANES) -> Int64Array:
    """`Network.onward` from routes by name: {station: next} or {station: {key: next}}, None for the exit.

    A key is an option ("scan"), both an option and a lane class ("scan/fast"), which holds before it, or a lane class
    alone ("fast"): the way of its trucks that are released. Options without a key go the way of the released.
    """
    names = [station.name for station in stations]

    def index(name: str | None, of: str) -> int:
        if name is None:
            return EXIT
        if name not in names:
            raise NetworkError(f"station {of!r}: goes on to {name!r}, which is no station")
        return names.index(name)

    known = {*EXAMINATIONS, *lanes, *(f"{option}/{lane}" for option in EXAMINATIONS for lane in lanes)}
    onward = np.full((len(names), len(EXAMINATIONS), len(lanes)), EXIT, np.int64)
    for station in stations:
        if station.name not in routes:
            raise NetworkError(f"station {station.name!r}: routes do not say where its trucks go")
        route = routes[station.name]
        s = names.index(station.name)
        if not isinstance(route, Mapping):
            onward[s] = index(route, station.name)
            continue
        if unknown := sorted(set(route) - known):
            raise NetworkError(f"station {station.name!r}: {unknown[0]!r} is neither an option nor a lane class")
        for o, option in enumerate(EXAMINATIONS):
            for c, lane in enumerate(lanes):
                released = (f"release/{lane}", lane, "release")
                keys = (f"{option}/{lane}", option, *released) if o else released
                found = next((key for key in keys if key in route), None)
                if found is None:
                    raise NetworkError(
                        f"station {station.name!r}: a truck of class {lane} that is released has no way on"
                    )
                onward[s, o, c] = index(route[found], station.name)
    return onward


def options_of(route: Route) -> int:
    """The bit mask of the options that a station's routes name; a release is always among them."""
    named = {key.split("/")[0] for key in route} if isinstance(route, Mapping) else set()
    return 1 | sum(1 << o for o, option in enumerate(EXAMINATIONS) if o and option in named)


def _entries(stations: Sequence[Station], entry: Mapping[str, str]) -> Int64Array:
    """`Network.entry` from stations by name; there is always a place where a truck can come in."""
    by_name = {station.name: station for station in stations}
    for lane in LANES:
        if entry.get(lane) not in by_name:
            raise NetworkError(f"entry of class {lane} is no station")
    for name in entry.values():
        last = by_name.get(name)
        if last is not None and last.instead is not None:
            last = by_name.get(last.instead)
        if last is None or last.buffer != ENDLESS or last.instead is not None:
            raise NetworkError(
                f"station {name!r}: where trucks come in, buffer is −1 and there is no `instead`, or that is so of it"
            )
    names = ("(entry)", *by_name)
    into: Int64Array = onward_to([Station("(entry)", 0), *stations], {**dict.fromkeys(names), "(entry)": entry})[0] - 1
    return into


def network_of(
    stations: Sequence[Station],
    routes: Mapping[str, Route],
    entry: Mapping[str, str],
    changes: Sequence[Change] = (),
    *,
    filed_options: Sequence[str] = (),
    expected: Float64Array | None = None,
    minute_of_day: float = 0.0,
    day_class: Int64Array | None = None,
) -> Network:
    """The network of these stations; `routes` as in `onward_to`, `entry` likewise the station where a truck comes in,
    by option ordered before arrival and lane class. Where that has no unit up or no room, trucks go to its `instead`.

    Raises NetworkError for what cannot be run: unknown or doubled names, negative counts, chances outside 0…1, an entry
    that could be full with nowhere else to go, a change that is out of order in time.
    """
    names = [station.name for station in stations]
    if not 0 < len(names) <= MOST_STATIONS:
        raise NetworkError(f"a network has 1 to {MOST_STATIONS} stations, not {len(names)}")
    if len(set(names)) != len(names):
        raise NetworkError("two stations have the same name")
    if len(changes) > MOST_CHANGES:
        raise NetworkError(f"a network has at most {MOST_CHANGES:,} changes of units")
    detection, finds = np.zeros((2, len(names), 1 + len(THREATS)))
    for s, station in enumerate(stations):
        if not 0 <= station.servers <= MOST_SERVERS:
            raise NetworkError(f"station {station.name!r}: servers is 0 to {MOST_SERVERS}, not {station.servers}")
        if station.buffer < ENDLESS:
            raise NetworkError(f"station {station.name!r}: buffer is −1 (no limit) or more, not {station.buffer}")
        if not 0.0 <= station.typical_minutes < 1e6:
            raise NetworkError(f"station {station.name!r}: typical_minutes is 0 to 1,000,000")
        if station.detection is not None:
            given = np.asarray(station.detection, np.float64)
            if given.shape != (1 + len(THREATS),) or not np.all((given >= 0.0) & (given <= 1.0)):
                raise NetworkError(f"station {station.name!r}: detection is {1 + len(THREATS)} chances from 0 to 1")
            detection[s] = finds[s] = given
            finds[s, 0] = 0.0
            if station.finds is not None:
                own = np.asarray(station.finds, np.float64)
                if own.shape != given.shape or not np.all((own >= 0.0) & (own <= given)):
                    raise NetworkError(f"station {station.name!r}: finds is {len(given)} chances, none above detection")
                finds[s] = own
    onward = onward_to(stations, routes)
    for s, station in enumerate(stations):
        if np.any(onward[s] == s):
            raise NetworkError(f"station {station.name!r}: its trucks cannot go on to where they are")
    into = _entries(stations, entry)
    last = None
    for change in changes:
        if change.station not in names:
            raise NetworkError(f"change at {change.at}: there is no station {change.station!r}")
        if not 0 <= change.servers <= MOST_SERVERS:
            raise NetworkError(f"change at {change.at}, {change.station!r}: servers is 0 to {MOST_SERVERS}")
        if last is not None and change.at < last:
            raise NetworkError(f"change at {change.at}: changes are in the order of time")
        last = change.at
    mask = 0
    for option in filed_options:
        mask |= 1 << _code(option, EXAMINATIONS, "filed_options", "(filed)")

    def column(values: Sequence[int]) -> Int64Array:
        return np.array(values, dtype=np.int64)

    return Network(
        names=tuple(names),
        servers=column([station.servers for station in stations]),
        buffer=column([station.buffer for station in stations]),
        service=column([_code(station.service, SERVICES, "service", station.name) for station in stations]),
        resource=column([_code(station.resource, RESOURCES, "resource", station.name) for station in stations]),
        decides=column([_code(station.decides, STAGES, "decides", station.name) for station in stations]),
        examines=column([int(station.detection is not None) for station in stations]),
        instead=column([_code(station.instead, names, "instead", station.name) for station in stations]),
        typical=column([round(station.typical_minutes * MINUTE) for station in stations]),
        detection=detection,
        finds=finds,
        onward=onward,
        options=column([options_of(routes[name]) for name in names]),
        entry=into,
        change_at=column([change.at for change in changes]),
        change_station=column([names.index(change.station) for change in changes]),
        change_servers=column([change.servers for change in changes]),
        change_kind=column([INTERRUPT if change.interrupts else FINISH for change in changes]),
        filed_options=mask,
        expected=np.zeros(0) if expected is None else np.asarray(expected, np.float64),
        minute_of_day=minute_of_day,
        day_class=np.zeros(0, np.int64) if day_class is None else np.asarray(day_class, np.int64),
    )
