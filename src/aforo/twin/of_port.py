"""A bridge of a port document as a network of queues, and what comes to it.

    end of the queue → shared approach → booths of the lane class → exit, or
        scanner → exit, or after an alarm → dock → exit
        dock, or joint dock → exit

The approach is finite and shared: a full lane blocks it, and the queue stands on the street. A portal, or a pre-check
yard in its place, stands before the approach and takes the trucks that were ordered to be scanned before they came;
where it is full or not up they go past it, and are decided again at the booth. Who was scanned there is not scanned
again. What is up at a place is the lesser of the units that stand there and are not broken and of those that are
manned.

Every figure of the document that is `assumed` is named in the result, and so is what this model assumes beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from aforo.domain.bridge import LaneClass
from aforo.domain.figure import ASSUMED, figures
from aforo.domain.text import Text, catalogue
from aforo.domain.threat import THREATS
from aforo.domain.units import Float64Array, Int64Array
from aforo.ports.document import Bridge, Docks, Duty, JointDocks, PortDocument, Scanners
from aforo.ports.figure import Count, Service
from aforo.twin.network import ENDLESS, LANES, Network, Route, Station, network_of
from aforo.twin.rosters import AFTER, Held, Leave, Outage, Rosters, Units
from aforo.twin.traffic import Demand, Profile, Scheme, Times
from aforo.twin.working_days import Month, of_month, worth

#: A hold ends after this long, whatever it was for.
HOLD: Final = Times(240.0, 120.0)
#: Units of a place that takes no time.
MOST: Final = 1_000
#: Trucks that stand on the way out where another agency inspects: then they block what they come from (assumed).
EXIT_ROAD: Final = 60
#: Trucks an hour that a portal of which nothing else is said is expected to scan: what is expected of multi-energy
#: portals, and was measured of none (assumed).
PORTAL_PER_HOUR: Final = 80.0
#: Options by which a truck is opened.
BY_HAND: Final = ("secondary", "joint")
#: What this model assumes of every bridge, whatever its document says; keys of the catalogue.
ASSUMPTIONS: Final = ("assumes_poisson", "assumes_profile", "assumes_exponential", "assumes_portal")

Chances = tuple[float, ...]


class ModelError(ValueError):
    """A bridge that cannot be simulated; `text` says which figure is lacking, in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text: Text = catalogue("aforo.twin").say(code, **fields)
        super().__init__(self.text.en)


@dataclass(frozen=True)
class Inspections:
    """Another agency's inspections on the way out: minutes for each truck, so many at once, between two minutes."""

    since: float
    until: float
    minutes: Times
    places: int


@dataclass(frozen=True)
class Modelled:
    """A bridge ready to run; `assumed` are the places of figures in the document that no source supports.

    `breaks`, by resource: rates a minute at which a unit that is down is repaired, and one that is up breaks down.
    """

    port: str
    bridge: str
    title: str
    network: Network
    demand: Demand
    assumed: tuple[str, ...]
    breaks: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def stream_of(port: PortDocument, bridge: Bridge) -> int:
    """The number of a bridge in every chance: its port's code and its place there."""
    return int(port.code) * 100 + [each.id for each in port.bridges].index(bridge.id)


def hourly_demand(
    port: PortDocument, bridge: Bridge, first: date, days: int, counts: dict[Month, int], share: float | None = None
) -> Float64Array:
    """float64[24 · days]: trucks expected in each local hour, from the port's counts of the months.

    A day has its month's count by what it is worth among the month's days, an hour its share of that day by the
    document's shape, none while the bridge is closed. `share` of the port's trucks, else the document's. ModelError
    where a month has no count or the document no hourly shape.
    """
    shape = bridge.week_shape()
    if shape is None:
        raise ModelError("model_no_shape", port=port.name, bridge=bridge.id)
    if share is None:
        share = 1.0 if bridge.share is None else bridge.share.share
    trucks = np.zeros((days, 1))
    for passed in range(days):
        day = first + timedelta(days=passed)
        month = (day.year, day.month)
        if month not in counts:
            raise ModelError("model_no_count", port=port.name, month=f"{day:%Y-%m}")
        trucks[passed] = counts[month] * share * worth(day) / of_month(month)
    weekday = (first.weekday() + np.arange(days)) % 7
    total = np.array([[of_day.sum()] for of_day in shape])[weekday]
    hourly: Float64Array = np.divide(trucks * shape[weekday], total, out=np.zeros((days, 24)), where=total > 0.0)
    return hourly.ravel()


def modelled(
    port: PortDocument,
    bridge: Bridge,
    first: date,
    hourly: Float64Array,
    seed: int,
    *,
    profile: Profile | None = None,
    forecast: Float64Array | None = None,
    outages: Sequence[Outage] = (),
    held: Sequence[Held] = (),
    leave: Sequence[Leave] = (),
    inspections: Inspections | None = None,
    scheme: Scheme | None = None,
) -> Modelled:
    """The network of a bridge from midnight of `first` on, and its demand; `hourly` as of `hourly_demand`.

    `forecast` is what the policy expects of each hour, the same unless said otherwise. ModelError for a bridge without
    booths or without the time of primary.
    """
    profile = (profile or Profile()).checked()
    days = len(hourly) // 24
    parts = _Parts(Rosters(first, days, seed, stream_of(port, bridge), outages, held, leave))
    _examinations(bridge, profile, parts)
    if inspections is not None:
        parts.station("past", None, MOST, ENDLESS)
        parts.station("inspection", None, 0, 20, service="gate", instead="past")
        parts.station("out", "inspection", EXIT_ROAD, 0)
        parts.services["gate"] = inspections.minutes
        parts.rosters.between("inspection", inspections.since, inspections.until, inspections.places)
        parts.leave_by("out")
    by_hand = [option for option in BY_HAND if option in parts.from_booth]
    scans = ["scan", "scan_then_decide"] if by_hand else ["scan"]
    before, unsaid = _pre_arrival(bridge, profile, parts, by_hand)
    to_booth = _booths(port, bridge, parts)
    ways = {f"release/{lane}": name for lane, name in to_booth.items()}
    parts.station("approach", ways, bridge.approach.count if bridge.approach else 100, ENDLESS)
    network = network_of(
        parts.opened(),
        parts.routes,
        dict.fromkeys(LANES, "approach") | (dict.fromkeys(scans, before) if before else {}),
        parts.rosters.changes(),
        filed_options=("release", *scans, *by_hand) if before else (),
        expected=hourly if forecast is None else forecast,
        day_class=np.array([(first + timedelta(days=day)).weekday() for day in range(days + AFTER)], dtype=np.int64),
    )
    shares: dict[LaneClass, float] = {lane: share.share for lane, share in bridge.arrivals.lanes.items()} or {
        "standard": 1.0
    }
    demand = Demand(
        stream=stream_of(port, bridge),
        hourly=hourly,
        lanes={str(lane): share for lane, share in shares.items()},
        booth={str(lane): _primary(port, bridge, lane) for lane in shares},
        services=parts.services,
        profile=profile,
        scheme=scheme,
    )
    assumed = tuple(place for place, figure in figures(bridge) if figure.source == ASSUMED)
    breaks = {"scanner": _breaks(bridge.scanners), "portal": _breaks(bridge.portals)}
    return Modelled(port.code, bridge.id, bridge.name, network, demand, (*assumed, *unsaid), breaks)


class _Parts:
    """The stations of a network while they are put together, from the exit backwards."""

    def __init__(self, rosters: Rosters) -> None:
        self.rosters = rosters
        self.stations: list[Station] = []
        self.routes: dict[str, Route] = {}
        self.services: dict[str, Times] = {}
        #: Where a truck may be sent from its booth, by option.
        self.from_booth: dict[str, str | None] = {"release": None}

    def station(self, name: str, route: Route, servers: int, buffer: int, **more: Any) -> None:
        self.stations.append(Station(name, servers, buffer, **more))
        self.routes[name] = route

    def leave_by(self, name: str) -> None:
        """Every truck that would leave goes by this station first."""
        for station, route in self.routes.items():
            if station in ("past", "inspection", name):
                continue
            if isinstance(route, Mapping):
                self.routes[station] = {key: name if to is None else to for key, to in route.items()}
            elif route is None:
                self.routes[station] = name
        self.from_booth["release"] = name

    def opened(self) -> list[Station]:
        """The stations with the units that are up in the first minute."""
        return [
            replace(station, servers=self.rosters.at_start(station.name)) if self.rosters.has(station.name) else station
            for station in self.stations
        ]


def _examinations(bridge: Bridge, profile: Profile, parts: _Parts) -> None:
    """Docks, scanners, joint docks and the place of those that are held."""
    sees = profile.alarms()
    finds = (0.0, *(profile.exam[threat] for threat in THREATS))
    opens = parts.rosters.week(bridge.open)
    places: tuple[tuple[Duty, str, Docks | JointDocks | None], ...] = (
        ("dock", "secondary", bridge.docks), ("joint", "joint", bridge.joint),
    )  # fmt: skip
    for name, option, docks in places:
        if docks is None or docks.service is None or docks.units.count == 0:
            continue
        _place(parts, name, docks.service, docks.places, finds, None)
        windows = docks.open or bridge.open
        parts.rosters.add(
            name,
            docks.units.count * np.minimum(parts.rosters.week(windows), opens),
            _manned(parts, bridge, name),
        )
        parts.from_booth[option] = name
    if any(group.units.count and _scan(group) for group in bridge.scanners):
        group = max(bridge.scanners, key=lambda each: each.units.count)
        by_hand = {option: name for option, name in parts.from_booth.items() if option in BY_HAND}
        route = {"release": None, **by_hand} if by_hand else None
        _place(
            parts, "scanner", _scan(group), group.places, sees, route, decides="scanned" if route else None,
            finds=profile.seen_alone(),
        )  # fmt: skip
        _up(parts, bridge, "scanner", bridge.scanners)
        parts.from_booth["scan"] = "scanner"
        if route:
            parts.from_booth["scan_then_decide"] = "scanner"
    parts.station("hold", None, 900, ENDLESS, service="hold", detection=(0.0, 1.0, 1.0, 1.0, 1.0))
    parts.services["hold"] = HOLD
    parts.from_booth["hold"] = "hold"


def _pre_arrival(
    bridge: Bridge, profile: Profile, parts: _Parts, by_hand: Sequence[str]
) -> tuple[str | None, tuple[str, ...]]:
    """The place where trucks are scanned before they come to the booths, if the bridge has one: a pre-check yard, else
    portals; and the places of the document where a figure had to be assumed."""
    route = {"release": "approach", **dict.fromkeys(by_hand, "approach")}
    more = {"instead": "approach", "decides": "scanned" if by_hand else None, "finds": profile.seen_alone()}
    yard = bridge.yard
    if yard is not None and yard.service is not None and yard.units.count:
        _place(parts, "yard", yard.service, yard.places, profile.alarms(), route, **more)
        windows = parts.rosters.week(yard.open or bridge.open)
        parts.rosters.add("yard", yard.units.count * windows, _manned(parts, bridge, "yard"))
        return "yard", ()
    portals = [group for group in bridge.portals if group.units.count]
    if not portals:
        return None, ()
    group = max(portals, key=lambda each: each.units.count)
    service = _scan(group) or _at_rate(group)
    _place(parts, "portal", service, group.places, profile.alarms(), route, **more)
    _up(parts, bridge, "portal", portals)
    return "portal", (f"portals[{group.id}].scan",) if service.source == ASSUMED and group.scan is None else ()


def _at_rate(group: Scanners) -> Service:
    """How long a scan takes by the throughput of the document, or by that expected of a portal; it varies as much as
    it takes, since nothing is said of that (assumed)."""
    minutes = 60.0 / (group.per_hour.per_hour if group.per_hour is not None else PORTAL_PER_HOUR)
    return Service(mean_minutes=minutes, sd_minutes=minutes, source=ASSUMED)


def _up(parts: _Parts, bridge: Bridge, name: Duty, groups: Sequence[Scanners]) -> None:
    """Scanners of a place stand in their hours, while the bridge is open, and break down."""
    opens = parts.rosters.week(bridge.open)
    standing = sum(
        (each.units.count * np.minimum(parts.rosters.week(each.open or bridge.open), opens) for each in groups),
        np.zeros_like(opens),
    )
    parts.rosters.add_fleet(name, standing, _fleet(groups), _manned(parts, bridge, name))


def _place(
    parts: _Parts, name: str, service: Service | None, places: Count | None, sees: Chances, route: Route, **more: Any
) -> None:
    """A place of examination with its times."""
    assert service is not None
    parts.services[name] = Times(service.mean_minutes, service.sd_minutes)
    parts.station(
        name,
        route,
        0,
        places.count if places is not None else ENDLESS,
        service=name,
        resource=name,
        detection=sees,
        typical_minutes=service.mean_minutes,
        **more,
    )


def _booths(port: PortDocument, bridge: Bridge, parts: _Parts) -> dict[str, str]:
    """The booths of each lane class that has its own; returns the station of every class."""
    own = {lane: line for lane, line in bridge.lanes.items() if line.booths}
    if not own:
        raise ModelError("model_no_booths", port=port.name, bridge=bridge.id)
    names = {lane: f"booth_{lane}" for lane in own}
    anywhere = names.get("standard", next(iter(names.values())))
    opens = np.minimum(parts.rosters.week(bridge.open), 1)
    routes = dict(parts.from_booth)
    for lane, line in own.items():
        manned = parts.rosters.week(line.booths)
        room = line.places.count if line.places else 5 * max(shift.count for shift in line.booths)
        other = next((name for each, name in names.items() if each != lane and each != "fast"), None)
        parts.station(names[lane], routes, 0, room, service="booth", resource="booth", decides="primary", instead=other)
        parts.rosters.add(names[lane], manned * opens)
    served = {lane: line.served_by for lane, line in bridge.lanes.items()}
    return {lane: names.get(lane) or names.get(served.get(lane) or "standard", anywhere) for lane in LANES}


def _manned(parts: _Parts, bridge: Bridge, duty: Duty) -> Int64Array | None:
    shifts = bridge.staff.get(duty, ())
    return parts.rosters.week(shifts) if shifts else None


def _scan(group: Scanners) -> Service | None:
    return group.scan


def _fleet(groups: Sequence[Scanners]) -> list[Units]:
    return [
        Units(
            group.units.count,
            group.availability.share if group.availability is not None else 1.0,
            group.repair.hours if group.repair is not None else 24.0,
        )
        for group in groups
    ]


def _breaks(groups: Sequence[Scanners]) -> tuple[float, float]:
    """Rates a minute of repair and of breaking down, those of the first of these scanners."""
    fleet = _fleet(groups[:1])
    if not fleet or fleet[0].availability >= 1.0:
        return 0.0, 0.0
    repair = 1.0 / (60.0 * fleet[0].repair)
    return repair, repair * (1.0 - fleet[0].availability) / max(fleet[0].availability, 1e-9)


def _primary(port: PortDocument, bridge: Bridge, lane: LaneClass) -> Times:
    """The time of primary of a class: its own, else that of the class whose booths serve it."""
    line = bridge.lanes.get(lane)
    if line is not None and line.primary is None and line.served_by is not None:
        line = bridge.lanes.get(line.served_by)
    if line is None or line.primary is None:
        line = next((each for each in bridge.lanes.values() if each.primary is not None), None)
    if line is None or line.primary is None:
        raise ModelError("model_no_primary", port=port.name, bridge=bridge.id)
    return Times(line.primary.mean_minutes, line.primary.sd_minutes)
