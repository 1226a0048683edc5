"""Published or measured waits as samples of bridges: which lane class of which bridge, when by its clock, how long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from aforo.domain.wait import PublishedWait
from aforo.intake.measured_waits import MeasuredWait
from aforo.ports.directory import Directory
from aforo.ports.document import Bridge, PortDocument

#: The lanes of which waits are published apart.
SampleLane = Literal["standard", "fast"]
SAMPLE_LANES: Final[tuple[SampleLane, ...]] = ("standard", "fast")


@dataclass(frozen=True)
class WaitSample:
    """One reading with a figure: minutes at a bridge's lane class, at an instant of the port's clock."""

    port: str
    bridge: str
    lane: SampleLane
    at: datetime
    minutes: float

    @property
    def place(self) -> str:
        """The bridge as results name it."""
        return f"{self.port}/{self.bridge}"


@dataclass(frozen=True)
class Samples:
    """Readings with a figure, how many say that there is none, and the crossings that no document has, by readings."""

    found: tuple[WaitSample, ...]
    without_figure: int
    elsewhere: dict[str, int]


def published_samples(readings: Iterable[PublishedWait], ports: Directory) -> Samples:
    """The samples of a published feed, at the bridges of these documents."""
    places = {
        word: (port, bridge)
        for port in ports.ports
        for bridge in port.bridges
        for feed in bridge.waits
        for word in (feed.port_number, *feed.names)
    }
    found, without, elsewhere = [], 0, dict[str, int]()
    for reading in readings:
        place = places.get(reading.port_number or "") or places.get(reading.crossing)
        if place is None:
            elsewhere[reading.crossing] = elsewhere.get(reading.crossing, 0) + 1
        elif reading.minutes is None:
            without += 1
        else:
            port, bridge = place
            at = reading.at.astimezone(ZoneInfo(port.zone)).replace(tzinfo=None)
            found.append(WaitSample(port.code, bridge.id, reading.lane, at, float(reading.minutes)))
    return Samples(tuple(found), without, elsewhere)


def measured_samples(waits: Iterable[MeasuredWait], ports: Directory) -> Samples:
    """The samples of a table of measured waits, at the bridges of these documents."""
    found, elsewhere = [], dict[str, int]()
    for wait in waits:
        place = bridge_at(ports, wait.bridge)
        if place is None:
            elsewhere[wait.bridge] = elsewhere.get(wait.bridge, 0) + 1
            continue
        port, bridge = place
        at = wait.at if wait.at.tzinfo is None else wait.at.astimezone(ZoneInfo(port.zone)).replace(tzinfo=None)
        found.append(WaitSample(port.code, bridge.id, wait.lane, at, wait.minutes))
    return Samples(tuple(found), 0, elsewhere)


def lane_group(bridge: Bridge, lane: SampleLane) -> SampleLane:
    """The lane class whose booths serve this one: FAST trucks at a bridge without booths of their own are standard."""
    line = bridge.lanes.get(lane)
    return "fast" if lane == "fast" and line is not None and line.booths else "standard"


def bridge_at(ports: Directory, place: str) -> tuple[PortDocument, Bridge] | None:
    """The bridge that a file names: `port/bridge`, or a name that the bridge has in its document."""
    port_name, found, bridge_name = place.partition("/")
    port = ports.port_called(port_name) if found else None
    if port is not None:
        bridge = port.bridge(bridge_name)
        return None if bridge is None else (port, bridge)
    return ports.bridge_called(place)
