"""The port document: one port of entry as data, each figure with its source or the word `assumed`.

A port has bridges; live state, prices and rosters belong to a bridge. What is not known is left out (None or empty) and
never filled in with a default. Volumes are not here: they come from published counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal, get_args

import msgspec
import numpy as np
from msgspec import Meta

from aforo.domain.codes import SchedulePortCode
from aforo.domain.figure import Source
from aforo.domain.units import Float64Array
from aforo.ports.figure import Count, Hourly, Hours, Kilometres, Minutes, PerHour, Place, Service, Share, Weekly
from aforo.ports.schedule import Shift, Window, by_minute

LaneClass = Literal["fast", "standard", "empty", "hazmat"]
LANES: Final[tuple[LaneClass, ...]] = get_args(LaneClass)
#: What staff is rostered to; the names of `routing.choice.RESOURCES`.
Duty = Literal["scanner", "portal", "yard", "dock", "joint", "booth"]
#: Where along the crossing a reader stands, in the order in which a truck passes.
ReaderPlace = Literal["queue_end", "yard", "bridge", "primary", "exit"]

Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$(?!\n)", max_length=60)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the document."""


class Lane(Part, frozen=True):
    """The booths of one lane class. A class without booths of its own is `served_by` those of another.

    `booths` are those staffed by window; `places` are the trucks that stand between the shared approach and the booths.
    """

    booths: tuple[Shift, ...] = ()
    served_by: LaneClass | None = None
    primary: Service | None = None
    places: Count | None = None


class Scanners(Part, frozen=True):
    """Scanners of one kind at one place of the bridge; `kind` as the scanner log has it (LEP, MEP, HE, …).

    `per_hour` is the throughput of one unit, `scan` the whole examination of one truck, `places` the trucks that may
    wait for them. `availability` is the share of service hours a unit is up; `repair` the mean length of an outage.
    Without `open` they work when the bridge does.
    """

    id: Slug
    kind: Name
    units: Count
    per_hour: PerHour | None = None
    scan: Service | None = None
    places: Count | None = None
    availability: Share | None = None
    repair: Hours | None = None
    open: tuple[Window, ...] = ()


class Docks(Part, frozen=True):
    """Docks of one country, where trucks are unloaded and examined by hand."""

    units: Count
    service: Service | None = None
    places: Count | None = None
    open: tuple[Window, ...] = ()


class JointDocks(Part, frozen=True):
    """Docks where both countries examine at once. They have hours of their own, so what they can do is a schedule."""

    units: Count
    open: Annotated[tuple[Window, ...], Meta(min_length=1)]
    service: Service | None = None
    places: Count | None = None


class Yard(Part, frozen=True):
    """A pre-check yard away from the town: `units` examine there, `places` wait, `away` is its distance by road."""

    id: Slug
    name: Name
    units: Count
    service: Service | None = None
    places: Count | None = None
    away: Kilometres | None = None
    to_bridge: Minutes | None = None
    open: tuple[Window, ...] = ()


class Reader(Part, frozen=True):
    """A gate reader. `place` is where along the crossing it stands, `where` the spot as its owner calls it."""

    id: Slug
    place: ReaderPlace
    where: Name
    source: Source
    lane: LaneClass | None = None


class Telemetry(Part, frozen=True):
    """How the reads of the readers come: files that are left, or lines that are posted."""

    forms: Annotated[tuple[Literal["csv", "ndjson", "http"], ...], Meta(min_length=1)]
    source: Source
    note: str = ""


class WaitFeed(Part, frozen=True):
    """The published waits of the bridge: CBP's `port_number`, how it measures, and the ends of what it measures."""

    port_number: Annotated[str, Meta(pattern=r"^[0-9a-z]{6}$(?!\n)")]
    names: tuple[Name, ...]
    automation: Literal["RFID", "manual"]
    source: Source
    segment_from: str = ""
    segment_to: str = ""


class Export(Part, frozen=True):
    """The Mexican side before the bridge: time in the export lot, what a red light adds, and its share."""

    lot: Service | None = None
    red: Service | None = None
    red_share: Share | None = None


class Arrivals(Part, frozen=True):
    """When trucks come, and in which lane class: proportions. `lanes` sum to one where they are given."""

    hourly: Hourly | None = None
    weekday: Weekly | None = None
    lanes: dict[LaneClass, Share] = {}


class Desk(Part, frozen=True):
    """A desk that drivers may ask at, as it is written up there."""

    name: Name
    source: Source
    note: str = ""


class Telephone(Part, frozen=True):
    """A number that drivers may call, with the code of its country. It has a source: none is assumed."""

    number: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{0,2}( [0-9]{1,5}){1,6}$(?!\n)", max_length=30)]
    source: Source
    note: str = ""


class Contact(Part, frozen=True):
    """Whom a driver asks; what is not known is left out."""

    desk: Desk | None = None
    telephone: Telephone | None = None

    def cited(self) -> Iterator[tuple[str, Source]]:
        """The source of each of its parts that is known."""
        if self.desk is not None:
            yield "desk", self.desk.source
        if self.telephone is not None:
            yield "telephone", self.telephone.source


class Bridge(Part, frozen=True):
    """One bridge (or gate) that trucks cross.

    `share` is its part of the port's counts; `booths` how many stand there, whoever staffs them; `approach` the trucks
    that fit on the way to the lanes, which all classes share; `away` its distance from the town.
    """

    id: Slug
    name: Name
    open: Annotated[tuple[Window, ...], Meta(min_length=1)]
    lanes: dict[LaneClass, Lane]
    aliases: tuple[Name, ...] = ()
    share: Share | None = None
    away: Kilometres | None = None
    booths: Count | None = None
    approach: Count | None = None
    portals: tuple[Scanners, ...] = ()
    scanners: tuple[Scanners, ...] = ()
    docks: Docks | None = None
    joint: JointDocks | None = None
    yard: Yard | None = None
    staff: dict[Duty, tuple[Shift, ...]] = {}
    readers: tuple[Reader, ...] = ()
    telemetry: Telemetry | None = None
    waits: tuple[WaitFeed, ...] = ()
    export: Export | None = None
    state_inspection: Service | None = None
    arrivals: Arrivals = Arrivals()
    contact: Contact | None = None

    def names(self) -> tuple[str, ...]:
        """Its id, its name and its aliases, as filers may write them."""
        return self.id, self.name, *self.aliases

    def week_shape(self) -> Float64Array | None:
        """float64[7, 24], summing to one: the share of a week's arrivals by weekday (Monday first) and local hour.

        The hourly weights count by the minutes in which the bridge is open. None where a shape is not known, or has no
        weight while the bridge is open.
        """
        if self.arrivals.hourly is None or self.arrivals.weekday is None:
            return None
        open_share = np.minimum(by_minute(self.open), 1).reshape(7, 24, 60).mean(axis=2)
        days = open_share * self.arrivals.hourly.array()
        totals = days.sum(axis=1, keepdims=True)
        days = np.divide(days, totals, out=np.zeros_like(days), where=totals > 0)
        week: Float64Array = days * self.arrivals.weekday.array()[:, None]
        return week / week.sum() if week.sum() > 0 else None


class PortDocument(Part, frozen=True):
    """One port of entry. `contact` is that of the bridges that have none of their own."""

    code: SchedulePortCode
    name: Name
    zone: Name
    version: Name
    bridges: Annotated[tuple[Bridge, ...], Meta(min_length=1, max_length=50)] = msgspec.field(name="bridge")
    sources: dict[str, Name] = {}
    place: Place | None = None
    contact: Contact | None = None

    def bridge(self, name: str) -> Bridge | None:
        """The bridge that a filer calls so: by id, name or alias, whatever the case."""
        wanted = name.strip().casefold()
        return next((each for each in self.bridges if wanted in map(str.casefold, each.names())), None)

    def contact_at(self, bridge: Bridge) -> Contact:
        """Whom a driver at a bridge of it asks: each part the bridge's own, else the port's."""
        own, shared = bridge.contact or Contact(), self.contact or Contact()
        return Contact(desk=own.desk or shared.desk, telephone=own.telephone or shared.telephone)


def all_windows(port: PortDocument) -> Iterator[tuple[str, tuple[Window, ...], Bridge]]:
    """Every list of windows of a document, with its place and its bridge."""
    for bridge in port.bridges:
        at = f"bridge[{bridge.id}]"
        yield f"{at}.open", bridge.open, bridge
        for name, lane in bridge.lanes.items():
            yield f"{at}.lanes.{name}.booths", lane.booths, bridge
        for kind, groups in (("portals", bridge.portals), ("scanners", bridge.scanners)):
            for group in groups:
                yield f"{at}.{kind}[{group.id}].open", group.open, bridge
        if bridge.docks is not None:
            yield f"{at}.docks.open", bridge.docks.open, bridge
        if bridge.joint is not None:
            yield f"{at}.joint.open", bridge.joint.open, bridge
        if bridge.yard is not None:
            yield f"{at}.yard.open", bridge.yard.open, bridge
        for duty, shifts in bridge.staff.items():
            yield f"{at}.staff.{duty}", shifts, bridge
