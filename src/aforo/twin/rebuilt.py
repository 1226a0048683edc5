"""A bridge's document with the building that a scenario does there: scanners, lanes, docks, a yard."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from aforo.domain.bridge import LaneClass
from aforo.domain.units import Float64Array
from aforo.ports.document import Bridge, JointDocks, Lane, Scanners, Yard
from aforo.ports.figure import Count, Service, Share
from aforo.ports.schedule import Shift, Window
from aforo.twin.changes import (
    AnyChange,
    Availability,
    BoothsAdded,
    JointExamination,
    LaneOpened,
    Planned,
    ScannersAdded,
    TwoExaminations,
    YardOpened,
)
from aforo.twin.planned import PLACES_A_BOOTH, PLACES_A_SCANNER, SOURCE, planned


def spread_over(number: int, weights: Float64Array) -> list[int]:
    """Whole numbers that sum to `number`, in proportion to the weights (largest remainders, the first of equals)."""
    if not weights.sum() > 0.0:
        raise ValueError("nothing to spread over")
    exact = number * weights / weights.sum()
    whole = np.floor(exact).astype(int)
    left = number - int(whole.sum())
    for at in np.argsort(-(exact - whole), kind="stable")[:left]:
        whole[at] += 1
    return [int(each) for each in whole]


def rebuilt(bridge: Bridge, change: AnyChange, scanners: int = 0) -> Bridge:
    """The bridge after one change; `scanners` is its part of those that a change adds. Others leave it as it is."""
    if isinstance(change, ScannersAdded):
        return _more_scanners(bridge, scanners, change.staffed)
    if isinstance(change, Availability):
        share = Share(share=change.share, source=SOURCE)
        groups = tuple(msgspec.structs.replace(group, availability=share) for group in bridge.scanners)
        return msgspec.structs.replace(bridge, scanners=groups)
    if isinstance(change, BoothsAdded):
        return _with_lane(bridge, change.lane, change.number, None)
    if isinstance(change, LaneOpened):
        service = Service(mean_minutes=change.mean_minutes, sd_minutes=change.sd_minutes, source=SOURCE)
        return _with_shares(_with_lane(bridge, change.lane, change.number, service), change)
    if isinstance(change, TwoExaminations) and bridge.docks is not None and bridge.docks.service is not None:
        own = bridge.docks.service
        both = Service(
            mean_minutes=own.mean_minutes + change.mean_minutes,
            sd_minutes=float(np.hypot(own.sd_minutes, change.sd_minutes)),
            source=SOURCE,
        )
        return msgspec.structs.replace(bridge, docks=msgspec.structs.replace(bridge.docks, service=both), joint=None)
    if isinstance(change, JointExamination):
        return _joint(bridge, change)
    if isinstance(change, Planned):
        return planned(bridge, change)
    if isinstance(change, YardOpened):
        yard = Yard(
            id="scenario-yard",
            name="scenario",
            units=Count(count=change.units, source=SOURCE),
            places=Count(count=change.places, source=SOURCE),
            service=Service(mean_minutes=change.mean_minutes, sd_minutes=change.sd_minutes, source=SOURCE),
        )
        return msgspec.structs.replace(bridge, yard=yard)
    return bridge


def _more(shifts: Sequence[Shift], number: int) -> tuple[Shift, ...]:
    return tuple(msgspec.structs.replace(shift, count=shift.count + number) for shift in shifts)


def _always(windows: Sequence[Window], number: int) -> tuple[Shift, ...]:
    return tuple(
        Shift(days=window.days, since=window.since, until=window.until, count=number, source=SOURCE)
        for window in windows
    )


def _more_scanners(bridge: Bridge, number: int, staffed: bool) -> Bridge:
    if number == 0 or not bridge.scanners:
        return bridge
    first: Scanners = bridge.scanners[0]
    places = (
        None if first.places is None else Count(count=first.places.count + PLACES_A_SCANNER * number, source=SOURCE)
    )
    group = msgspec.structs.replace(first, units=Count(count=first.units.count + number, source=SOURCE), places=places)
    staff = dict(bridge.staff)
    if staffed and "scanner" in staff:
        staff["scanner"] = _more(staff["scanner"], number)
    return msgspec.structs.replace(bridge, scanners=(group, *bridge.scanners[1:]), staff=staff)


def _with_lane(bridge: Bridge, lane: LaneClass, number: int, primary: Service | None) -> Bridge:
    lanes = dict(bridge.lanes)
    own = lanes.get(lane)
    if own is not None and own.booths:
        places = own.places and Count(count=own.places.count + PLACES_A_BOOTH * number, source=SOURCE)
        made = msgspec.structs.replace(own, booths=_more(own.booths, number), places=places)
    else:
        if primary is None:
            primary = own.primary if own is not None else None
        places = Count(count=PLACES_A_BOOTH * number, source=SOURCE)
        made = Lane(booths=_always(bridge.open, number), primary=primary, places=places)
    lanes[lane] = made
    return msgspec.structs.replace(bridge, lanes=lanes)


def _with_shares(bridge: Bridge, change: LaneOpened) -> Bridge:
    shares = {name: share.share for name, share in bridge.arrivals.lanes.items()} or {"standard": 1.0}
    gained = change.share - shares.get(change.lane, 0.0)
    if not 0.0 <= gained <= shares.get("standard", 0.0):
        raise ValueError(f"{change.share:.3f}")
    shares[change.lane] = change.share
    shares["standard"] -= gained
    told = {name: Share(share=share, source=SOURCE) for name, share in shares.items()}
    return msgspec.structs.replace(bridge, arrivals=msgspec.structs.replace(bridge.arrivals, lanes=told))


def _joint(bridge: Bridge, change: JointExamination) -> Bridge:
    service = Service(mean_minutes=change.mean_minutes, sd_minutes=change.sd_minutes, source=SOURCE)
    units = Count(count=change.docks, source=SOURCE)
    opens = bridge.joint.open if bridge.joint is not None else bridge.open
    joint = JointDocks(units=units, open=opens, service=service, places=Count(count=2 * change.docks, source=SOURCE))
    docks = bridge.docks
    if docks is not None:
        left = Count(count=max(docks.units.count - change.docks, 1), source=SOURCE)
        docks = msgspec.structs.replace(docks, units=left)
    return msgspec.structs.replace(bridge, joint=joint, docks=docks)
