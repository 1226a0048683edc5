"""Bridges and scanners as people and machines are shown them: instants in words, every figure with source and age."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from aforo.domain.bridge import LaneClass, ReadPlace, Resource
from aforo.domain.clock import instant
from aforo.fleet.classes import DeviceClass
from aforo.fleet.standing import Standing, Status
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.scanner_places import bridge_of, used_as
from aforo.measures.waits import Waits
from aforo.ports.document import PortDocument
from aforo.ports.hours import hours_of
from aforo.ports.reads import MINUTE
from aforo.ports.standing import BridgeState, Known
from aforo.ports.waits import LaneWaits, Missing
from aforo.scoreboard.input_refusals import OpenRefusal, RefusedShown


class Figure(msgspec.Struct, frozen=True):
    """A figure: from where it is, as of when, and how many minutes ago that was; a document's has no age."""

    value: float
    source: str
    at: datetime | None = None
    age_minutes: float | None = None


class WaitNow(msgspec.Struct, frozen=True):
    """The wait of who joins the queue now, in minutes, with its interval of 95 % where it has one. `at_least` marks a
    lower bound: the line stalls, or has just begun to move, and the truck at its head has waited so long already."""

    minutes: float
    low: float | None
    high: float | None
    source: str
    at: datetime
    age_minutes: float
    at_least: bool = False


class LaneShown(msgspec.Struct, frozen=True):
    """The lanes of one class, or all together (`lane` is `all`). What is missing is null.

    `waits` and `crossings` are those that ended within the hour before; `missing` says why readings give no figure, and
    `since` where their measurement begins. `stalled_since` is when a truck passed primary last, where the line stalls:
    then `queue` are at least so many, and `wait_now` is a lower bound.
    """

    lane: str
    open: Figure | None = None
    queue: float | None = None
    wait_now: WaitNow | None = None
    waits: Waits | None = None
    crossings: Waits | None = None
    missing: Missing | None = None
    since: ReadPlace | None = None
    stalled_since: datetime | None = None


class ResourceShown(msgspec.Struct, frozen=True):
    """A resource: units that work now, that stand there whatever the hour, and that are manned; crossings that wait
    and are served, and what is left of them. `room` is how many may wait there, `without_room` how many of those
    that wait have none, nor a free unit: they keep their booths."""

    resource: Resource
    up: Figure | None = None
    stands: Figure | None = None
    manned: Figure | None = None
    waiting: int | None = None
    serving: int | None = None
    backlog_minutes: Figure | None = None
    unpredicted: int = 0
    room: Figure | None = None
    without_room: int | None = None


class LostShown(msgspec.Struct, frozen=True):
    """A scanner that is down or in maintenance: what it is used as, since when, and why, as far as reports said:
    `causes` is empty where none gave one."""

    scanner_id: str
    resource: Resource
    status: Status
    since: datetime | None
    causes: tuple[str, ...]


class BridgeShown(msgspec.Struct, frozen=True):
    """A bridge at `at`; `local_time` is that of its port. `arrivals` are the trucks of the last hour that is known,
    `lost` the scanners that are out of service.
    `closed` says that this is no hour of the bridge, `opens` when it opens next, null where it is open or never does.
    `unplaced_scanners` are those in service that were reported at its port, which has several bridges, and at none of
    these: they count at no bridge. `refused` are rows of input of the last day that these figures lack and that nobody
    settled."""

    bridge: str
    name: str
    port: str
    port_name: str
    at: datetime
    local_time: str
    arrivals: Figure | None
    lanes: tuple[LaneShown, ...]
    resources: tuple[ResourceShown, ...]
    unplaced_scanners: int = 0
    lost: tuple[LostShown, ...] = ()
    closed: bool = False
    opens: datetime | None = None
    refused: tuple[RefusedShown, ...] = ()


class HourShown(msgspec.Struct, frozen=True):
    """The waits that ended within an hour; `waits` is null where no truck's did."""

    lane: str
    begins: datetime
    waits: Waits | None


class ScannerShown(msgspec.Struct, frozen=True):
    """One scanner: how it is and since when, where, and why it is down as far as reports said; what none gave is
    null, and `causes` is empty where no report gave one. `device` tells readers, cameras and weighbridges, whose life
    is in the same log, from scanners."""

    scanner_id: str
    status: Status
    since: datetime | None
    stage: str | None
    port: str | None
    kind: str | None
    contract_id: str | None
    commissioned: datetime | None
    causes: tuple[str, ...]
    planned: bool
    disputed: str | None
    blocker: str | None
    heard: datetime | None
    #: The bridge that `port` means; null where it means none, or one of several: then it counts at no bridge.
    bridge: str | None = None
    device: DeviceClass = "scanner"


ALL = "all"


#: Rows of input that a state may lack: those of trucks and of findings are in no figure of it.
_OF_STATES = ("readings", "waits", "scanner_rows")
_LOOKED_BACK = timedelta(days=1)


def refused_of_states(
    open_refusals: Iterable[OpenRefusal], bridges: Sequence[str], now: datetime
) -> list[RefusedShown]:
    """The rows of the last day that states of some bridges lack, and that nobody settled."""
    return [
        RefusedShown.of(each, ())
        for each in open_refusals
        if each.kind in _OF_STATES and each.concerns(bridges, (now - _LOOKED_BACK).date(), now.date())
    ]


def shown(state: BridgeState, live: LiveBridges, refused: Sequence[RefusedShown] = ()) -> BridgeShown:
    """One bridge; `refused` are rows that states of these or other bridges lack."""
    load = state.load
    port, bridge = live.place(load.bridge)
    lanes = [_lane(ALL, None, state.waits, load.at)]
    lanes += [_lane(each.lane, each.open, each.waits, load.at) for each in state.lanes if each.lane in bridge.lanes]
    hours, minutes = divmod(load.minute, 60)
    return BridgeShown(
        bridge.id,
        bridge.name,
        port.code,
        port.name,
        instant(load.at),
        f"{hours:02}:{minutes:02}",
        _figure(load.arrivals, load.at),
        tuple(lanes),
        tuple(
            ResourceShown(
                each.resource,
                _figure(each.up, load.at),
                _figure(each.stands, load.at),
                _figure(each.manned, load.at),
                each.waiting,
                each.serving,
                _figure(each.backlog, load.at),
                each.unpredicted,
                _figure(each.room, load.at),
                each.without_room,
            )
            for each in load.resources
            if (each.up, each.stands, each.waiting) != (None, None, None)
        ),
        live.unplaced(port.code, instant(load.at)),
        tuple(
            LostShown(each.scanner_id, used_as(each.kind, bridge), each.status, _instant(each.since), each.causes)
            for each in live.out_of_service(bridge.id, instant(load.at))
        ),
        load.closed,
        _instant(hours_of(bridge.open, port.zone).opens(load.at)) if load.closed else None,
        tuple(each for each in refused if not each.bridges or bridge.id in each.bridges),
    )


def hours_shown(bridge: str, live: LiveBridges, now: datetime) -> list[HourShown]:
    """The waits by whole hours of the day before `now`, the oldest first, at all lanes and then by class."""
    return [
        HourShown(lane or ALL, instant(begins), waits)
        for lane, hours in live.hours(bridge, now)
        for begins, waits in hours
    ]


def scanners_shown(fleet: Sequence[Standing], ports: Sequence[PortDocument] = ()) -> list[ScannerShown]:
    """Scanners, in their order; `ports` are the documents that say what a place means."""
    places = {each.port: bridge_of(each.port, ports) for each in fleet}
    return [
        ScannerShown(
            each.scanner_id,
            each.status,
            _instant(each.since),
            each.stage,
            each.port,
            each.kind,
            each.contract_id,
            _instant(each.commissioned),
            each.causes,
            each.planned,
            each.disputed,
            each.blocker,
            _instant(each.heard),
            None if (place := places[each.port]) is None else place.id,
            each.device,
        )
        for each in fleet
    ]


def _lane(lane: LaneClass | str, opened: Known | None, waits: LaneWaits | None, now: int) -> LaneShown:
    made = LaneShown(lane, _figure(opened, now))
    if waits is None:
        return made
    wait_now = None
    if waits.now is not None:
        minutes = waits.now.minutes
        wait_now = WaitNow(
            minutes.value,
            minutes.low,
            minutes.high,
            waits.now.source,
            instant(waits.now.at),
            _age(waits.now.at, now),
            waits.now.at_least,
        )
    return msgspec.structs.replace(
        made,
        queue=waits.queue,
        wait_now=wait_now,
        waits=waits.waits,
        crossings=waits.crossings,
        missing=waits.missing,
        since=waits.since,
        stalled_since=_instant(waits.stalled_since),
    )


def _figure(known: Known | None, now: int) -> Figure | None:
    if known is None:
        return None
    at = known.at
    return Figure(known.value, known.source, _instant(at), None if at is None else _age(at, now))


def _age(at: int, now: int) -> float:
    return round((now - at) / MINUTE, 1)


def _instant(at: int | None) -> datetime | None:
    return None if at is None else instant(at)
