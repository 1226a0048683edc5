"""Whether what a port document says fits together: sources, windows, booths, shares, names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from aforo.domain.codes import port_zone, zones
from aforo.domain.figure import ASSUMED, figures
from aforo.ports.document import Bridge, Contact, PortDocument, Reader, WaitFeed, all_windows
from aforo.ports.finding import Finding, say
from aforo.ports.schedule import by_minute, wrong_windows

#: By how much the shares of the lane classes may miss one, for rounding.
_ROUNDING = 0.002


def findings(port: PortDocument) -> Iterator[Finding]:
    """All that is wrong with a document whose form is right, in the order of the document."""
    if port.zone not in zones():
        yield say("port_zone", "zone", zone=port.zone)
    elif (known := port_zone(port.code)) is not None and known != port.zone:
        yield say("port_zone_other", "zone", zone=port.zone, known=known)
    yield from _sources(port)
    yield from _names(port)
    for place, windows, _ in all_windows(port):
        for number, code in wrong_windows(windows):
            yield say(code, f"{place}[{number}]")
    for bridge in port.bridges:
        yield from _booths(bridge)
        yield from _shapes(bridge)
    shares = [bridge.share.share for bridge in port.bridges if bridge.share is not None]
    if len(shares) == len(port.bridges) and abs(sum(shares) - 1.0) > _ROUNDING:
        yield say("bridge_shares", "bridge.share", sum=f"{sum(shares):.3f}")


def _sources(port: PortDocument) -> Iterator[Finding]:
    if ASSUMED in port.sources:
        yield say("source_reserved", "sources")
    known = {ASSUMED, *port.sources}
    for place, figure in figures(port):
        if figure.source not in known:
            yield say("source_unknown", f"{place}.source", source=figure.source)
    for bridge in port.bridges:
        cited: tuple[Reader | WaitFeed, ...] = (*bridge.readers, *bridge.waits)
        for each in cited:
            if each.source not in known:
                yield say("source_unknown", f"bridge[{bridge.id}].{each.source}", source=each.source)
        yield from _contact(f"bridge[{bridge.id}].contact", bridge.contact, known)
    yield from _contact("contact", port.contact, known)


def _contact(place: str, contact: Contact | None, known: set[str]) -> Iterator[Finding]:
    """A number that nobody published rings at somebody's, or nowhere: none may be assumed."""
    if contact is None:
        return
    for name, source in contact.cited():
        if source not in known:
            yield say("source_unknown", f"{place}.{name}.source", source=source)
        elif name == "telephone" and source == ASSUMED:
            yield say("telephone_assumed", f"{place}.telephone.source")


def _names(port: PortDocument) -> Iterator[Finding]:
    names = Counter(name for bridge in port.bridges for name in {each.casefold() for each in bridge.names()})
    for name, count in names.items():
        if count > 1:
            yield say("bridge_name_twice", "bridge", name=name)
    for bridge in port.bridges:
        groups, readers = (*bridge.portals, *bridge.scanners), bridge.readers
        for name, count in Counter([each.id for each in groups] + [each.id for each in readers]).items():
            if count > 1:
                yield say("id_twice", f"bridge[{bridge.id}]", name=name)


def _booths(bridge: Bridge) -> Iterator[Finding]:
    at = f"bridge[{bridge.id}]"
    is_open = by_minute(bridge.open) > 0
    staffed = np.zeros_like(is_open, dtype=np.int64)
    for name, lane in bridge.lanes.items():
        place = f"{at}.lanes.{name}"
        if lane.booths and lane.served_by is not None:
            yield say("lane_served_twice", place)
        if lane.served_by is not None:
            other = bridge.lanes.get(lane.served_by)
            if other is None or not other.booths:
                yield say("lane_served_by_none", place, lane=lane.served_by)
        week = by_minute(lane.booths)
        if (week[~is_open] > 0).any():
            yield say("booths_while_closed", place)
        staffed += week
    if bridge.booths is not None and staffed.max() > bridge.booths.count:
        yield say("booths_too_many", f"{at}.booths", staffed=int(staffed.max()), count=bridge.booths.count)
    if bridge.joint is not None and (by_minute(bridge.joint.open)[~is_open] > 0).any():
        yield say("joint_while_closed", f"{at}.joint.open")


def _shapes(bridge: Bridge) -> Iterator[Finding]:
    at = f"bridge[{bridge.id}].arrivals"
    arrivals = bridge.arrivals
    for name, shape in (("hourly", arrivals.hourly), ("weekday", arrivals.weekday)):
        if shape is not None and sum(shape.weights) <= 0:
            yield say("shape_empty", f"{at}.{name}")
    if arrivals.hourly is not None and arrivals.weekday is not None and bridge.week_shape() is None:
        yield say("shape_closed", at)
    if arrivals.lanes and abs(sum(each.share for each in arrivals.lanes.values()) - 1.0) > _ROUNDING:
        yield say("lane_shares", f"{at}.lanes", sum=f"{sum(each.share for each in arrivals.lanes.values()):.3f}")
    for name, share in arrivals.lanes.items():
        lane = bridge.lanes.get(name)
        if share.share > 0 and (lane is None or not (lane.booths or lane.served_by)):
            yield say("lane_share_without_lane", f"{at}.lanes.{name}")
