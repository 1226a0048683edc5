"""How a bridge is at an instant: queues, lanes, waits, arrivals, and of each resource what is up and what waits for it.

Every figure says where it is from and how old it is. What was reported counts for as long as a shift may last
(`SHIFT`); then the port document speaks, with the word `assumed` where it assumes; what nobody knows is None, and never
zero. What is *up* is the lesser of what stands there and what is manned (docs/adr/0011).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from aforo.domain.bridge import LANE_CLASSES, RESOURCES, LaneClass, ReadPlace, Resource
from aforo.domain.clock import instant
from aforo.domain.figure import ASSUMED, Figure
from aforo.domain.service_left import left_of
from aforo.ports.document import Bridge, PortDocument, Scanners
from aforo.ports.figure import Service
from aforo.ports.heard import throughout
from aforo.ports.reads import LONGEST, MINUTE, Reads, nothing, passings
from aforo.ports.schedule import Shift, Window, units_at
from aforo.ports.state import BridgesState, Kept, Stated
from aforo.ports.waits import HOLDS, HOUR, SILENT, STARTS, LaneWaits, Published, estimated, gates
from aforo.ports.work import Work

#: How long what was stated of lanes and posts holds unless something else is stated.
SHIFT = 24 * HOUR
MS_A_MINUTE = 60_000
#: After so many times its prediction a service that was not reported as ended is taken to have ended.
FORGOTTEN = 4.0


class Known(msgspec.Struct, frozen=True):
    """A figure that is known: since when or as of when (microseconds since 1970; None of a document), and from where:
    `reads`, `stated`, `log`, the name of a feed, `document`, or `assumed` where the document assumes."""

    value: float
    source: str
    at: int | None = None


class Capacity(msgspec.Struct, frozen=True):
    """Scanners of a resource as the log has them: how many are up, how many stand there, last heard of when."""

    up: int
    stands: int
    at: int


class ResourceStanding(msgspec.Struct, frozen=True):
    """One resource. `stands` are all units that stand there, whatever the hour; `up` are those of them that work now:
    neither out of service, nor closed at this hour, and manned. `waiting` and `serving` are crossings, None where
    nothing was ever heard of its work; `backlog` is what is left of them in predicted minutes, `unpredicted` how many
    of them the document's mean stands in for. `room` is how many may wait there."""

    resource: Resource
    up: Known | None = None
    stands: Known | None = None
    manned: Known | None = None
    waiting: int | None = None
    serving: int | None = None
    backlog: Known | None = None
    unpredicted: int = 0
    room: Known | None = None

    @property
    def full(self) -> bool:
        """Whether as many wait as have room or a free unit, as far as that is known: who is sent there then stays where
        it is."""
        holds = self._holds
        return self.waiting is not None and holds is not None and self.waiting >= holds

    @property
    def without_room(self) -> int | None:
        """How many of those that wait have no room there, nor a free unit: they stand where they were sent from, at
        booths for the most part; None where that is not known."""
        holds = self._holds
        return None if self.waiting is None or holds is None else max(0, self.waiting - holds)

    @property
    def _holds(self) -> int | None:
        """How many of those that wait find a place: who is still on its way there counts as one that waits, so units
        that are up and serve nobody have theirs beside the room."""
        if self.room is None:
            return None
        free = 0 if self.up is None else max(0, int(self.up.value) - (self.serving or 0))
        return int(self.room.value) + free


class LaneStanding(msgspec.Struct, frozen=True):
    """One class of lanes: how many are open, and its queue and waits, None where nothing is known of them."""

    lane: LaneClass
    open: Known | None = None
    waits: LaneWaits | None = None


class BridgeLoad(msgspec.Struct, frozen=True):
    """What a decision needs of a bridge at `at`. `weekday` (Monday is 0) and `minute` are those of its local day.

    `arrivals` are the trucks of the last hour for which the reader where the queue begins was heard; `opened` are the
    lanes of each class that are open, None where nobody knows. `closed` says that this is no hour of the bridge by its
    document, and that nobody stated any lane to be open all the same.
    """

    bridge: str
    port: str
    at: int
    weekday: int
    minute: int
    arrivals: Known | None
    opened: dict[LaneClass, Known | None]
    resources: tuple[ResourceStanding, ...]
    closed: bool = False

    def backlog_minutes(self) -> list[float]:
        """The backlog of each resource in the order of RESOURCES; NaN where it is not known."""
        return [math.nan if each.backlog is None else each.backlog.value for each in self.resources]

    def units_up(self) -> list[float]:
        """The units of each resource that are up, in the order of RESOURCES; NaN where that is not known."""
        return [math.nan if each.up is None else each.up.value for each in self.resources]


class BridgeState(msgspec.Struct, frozen=True):
    """All that is known of a bridge: its load, the waits at all lanes together, and each class of lanes."""

    load: BridgeLoad
    waits: LaneWaits
    lanes: tuple[LaneStanding, ...]


def bridge_load(
    state: BridgesState, port: PortDocument, bridge: Bridge, scanners: Mapping[Resource, Capacity], now: int
) -> BridgeLoad:
    """The load of a bridge of a port document, with its scanners as the fleet has them, at `now`."""
    local = instant(now).astimezone(ZoneInfo(port.zone))
    kept = state.bridges.get(bridge.id, Kept())
    work = [each for each in state.work_of(bridge.id).values() if now - LONGEST < each.at <= now]
    opened = {lane: _open(lane, kept, bridge, local, now) for lane in LANE_CLASSES}
    resources = tuple(
        _resource(
            each, kept, bridge, scanners.get(each), [own for own in work if own.resource == each], local, now, opened
        )
        for each in RESOURCES
    )
    minute = local.hour * 60 + local.minute
    came = arrivals(state.reads_of(bridge.id), now)
    stated = any(each is not None and each.source == "stated" and each.value > 0 for each in opened.values())
    closed = not _is_open(bridge.open, local) and not stated
    return BridgeLoad(bridge.id, port.code, now, local.weekday(), minute, came, opened, resources, closed)


def bridge_state(state: BridgesState, load: BridgeLoad) -> BridgeState:
    """The state of a bridge at the instant of its load. Takes tens of milliseconds at a busy one."""
    kept = state.bridges.get(load.bridge, Kept())
    passed = gates(state.reads_of(load.bridge), load.at)
    waits = {each.lane: each for each in estimated(passed, kept.published, load.at, load.closed)}
    lanes = tuple(LaneStanding(lane, load.opened[lane], waits.get(lane)) for lane in LANE_CLASSES)
    return BridgeState(load, waits[None], lanes)


def arrivals(places: Mapping[ReadPlace, Reads], now: int) -> Known | None:
    """The trucks that came within the last hour for which the reader where the queue begins was heard; None where it
    was heard in part of that hour (`heard`), or has been silent since for more than `SILENT`."""
    for start in STARTS:
        reads = places.get(start, nothing())
        lately = reads.where((reads.at <= now) & (reads.at > now - SILENT - 2 * HOUR))
        if len(lately):
            recent = passings(lately)
            heard = int(recent.at[-1])
            if now - heard <= SILENT and throughout(lately, heard - HOUR, heard):
                return Known(float((recent.at > heard - HOUR).sum()), "reads", heard)
            return None
    return None


def _resource(
    resource: Resource,
    kept: Kept,
    bridge: Bridge,
    scanners: Capacity | None,
    work: Sequence[Work],
    local: datetime,
    now: int,
    lanes: Mapping[LaneClass, Known | None],
) -> ResourceStanding:
    stands, able = _stands(resource, bridge, local)
    if scanners is not None:
        stands = Known(float(scanners.stands), "log", scanners.at)
        able = Known(float(scanners.up), "log", scanners.at)
    manned = _manned(resource, kept, bridge, local, now)
    opened = [each for each in lanes.values() if each is not None]
    if resource == "booth" and opened:
        manned = _sum(opened)
    limits = [each for each in (able, manned) if each is not None]
    up = min(limits, key=lambda each: each.value, default=None)
    made = ResourceStanding(resource, up, stands, manned, room=_room(resource, bridge))
    if resource not in kept.worked:
        return made
    mean = _mean_minutes(resource, bridge)
    waiting, serving = (sum(each.step == step for each in work) for step in ("queued", "started"))
    unpredicted = sum(each.predicted_ms is None for each in work)
    left = [_left(each, mean, now) for each in work]
    known = [each for each in left if each is not None]
    backlog = Known(math.fsum(known), "log", kept.worked[resource]) if len(known) == len(left) else None
    return msgspec.structs.replace(made, waiting=waiting, serving=serving, backlog=backlog, unpredicted=unpredicted)


def _left(work: Work, mean: float | None, now: int) -> float | None:
    """The minutes that a crossing has still to be served, None where nothing says how long it takes."""
    minutes = mean if work.predicted_ms is None else work.predicted_ms / MS_A_MINUTE
    if minutes is None:
        return None
    if work.step != "started":
        return minutes
    elapsed = (now - work.at) / MINUTE
    # Of one that began so long ago the end was not reported, more likely than that it still goes on.
    return left_of(minutes, elapsed) if elapsed < FORGOTTEN * minutes else 0.0


def _open(lane: LaneClass, kept: Kept, bridge: Bridge, local: datetime, now: int) -> Known | None:
    """How many lanes of a class are open: as stated, else as published, else as the document rosters its booths."""
    stated = _holding(kept.lanes.get(lane), now)
    if stated is not None:
        return stated
    published: Published | None = kept.published.get(lane)
    if published is not None and published.lanes_open is not None and 0 <= now - published.at <= HOLDS:
        return Known(float(published.lanes_open), published.source, published.at)
    known = bridge.lanes.get(lane)
    return _rostered(known.booths, local) if known is not None and known.booths else None


def _manned(resource: Resource, kept: Kept, bridge: Bridge, local: datetime, now: int) -> Known | None:
    """How many units are manned: as stated, else as the document rosters its staff."""
    stated = _holding(kept.posts.get(resource), now)
    if stated is not None:
        return stated
    shifts = bridge.staff.get(resource)
    return _rostered(shifts, local) if shifts else None


def _stands(resource: Resource, bridge: Bridge, local: datetime) -> tuple[Known | None, Known | None]:
    """How many units stand there by the document, and how many of them it has open at this hour."""
    if resource == "booth":
        booths = None if bridge.booths is None else _counted(bridge.booths.count, [bridge.booths])
        return booths, booths
    groups: Sequence[Scanners] = {"scanner": bridge.scanners, "portal": bridge.portals}.get(resource, ())
    places = [(each.units, each.open) for each in groups]
    if resource == "dock" and bridge.docks is not None:
        places = [(bridge.docks.units, bridge.docks.open)]
    if resource == "joint" and bridge.joint is not None:
        places = [(bridge.joint.units, bridge.joint.open)]
    if resource == "yard" and bridge.yard is not None:
        places = [(bridge.yard.units, bridge.yard.open)]
    if not places:
        return None, None
    units = [units for units, _ in places]
    count = sum(units.count for units, windows in places if _is_open(windows or bridge.open, local))
    return _counted(sum(each.count for each in units), units), _counted(count, units)


def _room(resource: Resource, bridge: Bridge) -> Known | None:
    """How many trucks may wait for a resource, by the document; None where it does not say, of any part of it."""
    if resource == "booth":
        return None
    parts = {
        "scanner": bridge.scanners,
        "portal": bridge.portals,
        "dock": (bridge.docks,),
        "joint": (bridge.joint,),
        "yard": (bridge.yard,),
    }[resource]
    places = [each.places for each in parts if each is not None and each.units.count]
    known = [each for each in places if each is not None]
    return _counted(sum(each.count for each in known), known) if known and len(known) == len(places) else None


def _mean_minutes(resource: Resource, bridge: Bridge) -> float | None:
    """How long a truck takes on average, by the document; of several groups the first that says."""
    services: dict[Resource, list[Service | None]] = {
        "scanner": [each.scan for each in bridge.scanners],
        "portal": [each.scan for each in bridge.portals],
        "yard": [bridge.yard.service if bridge.yard else None],
        "dock": [bridge.docks.service if bridge.docks else None],
        "joint": [bridge.joint.service if bridge.joint else None],
        "booth": [bridge.lanes["standard"].primary if "standard" in bridge.lanes else None],
    }
    return next((each.mean_minutes for each in services[resource] if each is not None), None)


def _holding(stated: Stated | None, now: int) -> Known | None:
    if stated is None or not 0 <= now - stated.at <= SHIFT:
        return None
    return Known(float(stated.count), "stated", stated.at)


def _rostered(shifts: Sequence[Shift], local: datetime) -> Known:
    return _counted(units_at(shifts, local.weekday(), local.hour * 60 + local.minute), shifts)


def _is_open(windows: Sequence[Window], local: datetime) -> bool:
    return units_at(windows, local.weekday(), local.hour * 60 + local.minute) > 0


def _counted(count: int, figures: Sequence[Figure]) -> Known:
    """A number of the document; assumed where any part of it is."""
    return Known(float(count), "assumed" if any(each.source == ASSUMED for each in figures) else "document")


def _sum(parts: Sequence[Known]) -> Known:
    """The sum of figures, as sure and as old as the least of them."""
    sources = sorted({each.source for each in parts}, key=lambda each: (each != ASSUMED, each != "document", each))
    at = min((each.at for each in parts if each.at is not None), default=None)
    return Known(sum(each.value for each in parts), sources[0], at)
