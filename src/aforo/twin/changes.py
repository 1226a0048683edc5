"""What a scenario may change, each a table of its TOML with a `kind`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from aforo.domain.threat import Threat
from aforo.domain.week import Clock
from aforo.ports.document import LaneClass

Where = Annotated[tuple[str, ...], Meta(max_length=100)]
Positive = Annotated[int, Meta(ge=1, le=500)]
Minutes = Annotated[float, Meta(gt=0.0, le=1000.0)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Factor = Annotated[float, Meta(ge=0.0, le=10.0)]


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """A change at the ports or bridges `at` (names or codes, `port/bridge`), at all of the scenario if left out."""

    at: Where = ()


class ScannersAdded(Change, frozen=True, kw_only=True, tag="scanners_added"):
    """More scanners: `number` over all ports by their trucks, at least none. `staffed`: with the staff to run them."""

    number: Positive
    staffed: bool = True


class Availability(Change, frozen=True, kw_only=True, tag="availability"):
    """The share of the time that each scanner is up becomes `share`; repairs take as long as before."""

    share: Annotated[float, Meta(gt=0.0, le=1.0)]


class BoothsAdded(Change, frozen=True, kw_only=True, tag="booths_added"):
    """More booths of a lane class whenever it is open."""

    lane: LaneClass = "standard"
    number: Positive = 1


class LaneOpened(Change, frozen=True, kw_only=True, tag="lane_opened"):
    """A lane class gets booths of its own where it has none, and more where it has; `share` of all trucks use it.

    What the class gains the standard class loses. Trucks of a FAST lane are those whose whole chain is trusted.
    """

    lane: LaneClass = "fast"
    number: Positive = 1
    share: Share
    mean_minutes: Minutes = 0.39
    sd_minutes: Annotated[float, Meta(ge=0.0, le=1000.0)] = 0.1


class TwoExaminations(Change, frozen=True, kw_only=True, tag="two_examinations"):
    """Each truck that is examined by hand is examined again by the other country: so many minutes more."""

    mean_minutes: Minutes
    sd_minutes: Annotated[float, Meta(ge=0.0, le=1000.0)]


class JointExamination(Change, frozen=True, kw_only=True, tag="joint_examination"):
    """Docks of both countries in place of some of one's own, where both examine at once, in their hours."""

    docks: Positive
    mean_minutes: Minutes
    sd_minutes: Annotated[float, Meta(ge=0.0, le=1000.0)]


class YardOpened(Change, frozen=True, kw_only=True, tag="yard_opened"):
    """A pre-check yard away from the town: `units` scan there before the bridge, `places` wait."""

    units: Positive
    places: Annotated[int, Meta(ge=0, le=10_000)]
    mean_minutes: Minutes
    sd_minutes: Annotated[float, Meta(ge=0.0, le=1000.0)]


class Planned(Change, frozen=True, kw_only=True, tag="plan"):
    """What stands at a bridge becomes this; what is left out stays as it is.

    `booths` by lane class at the hours with the most of them: rosters move by the difference, 0 lets the standard class
    serve it. `scanners` behind primary and `docks` of one's own, with the staff to run them. The bridge opens and
    closes at `opens` and `closes` on each day on which it does; trucks come when they come today.
    """

    booths: dict[LaneClass, Annotated[int, Meta(ge=0, le=60)]] = {}
    scanners: Annotated[int, Meta(ge=0, le=100)] | None = None
    docks: Annotated[int, Meta(ge=1, le=100)] | None = None
    opens: Clock | None = None
    closes: Clock | None = None


class Lost(Change, frozen=True, kw_only=True, tag="capacity_lost"):
    """A share of the units of a place is lost from `since` until `until`, local time; `booths` are all lanes."""

    place: Literal["booths", "scanner", "portal", "dock", "joint", "yard"] = "booths"
    share: Share = 1.0
    since: datetime
    until: datetime


class StaffAway(Change, frozen=True, kw_only=True, tag="staff_away"):
    """Officers of a place take breaks of `break_minutes` every `break_every` hours, one after another, and a share
    `absence` of them is absent on a day. Nobody stands in: a unit without its officer does not work. `booths` are all
    lanes. Where a port states no staff each unit has one officer."""

    place: Literal["booths", "scanner", "portal", "dock", "joint", "yard"] = "booths"
    break_minutes: Annotated[float, Meta(ge=0.0, le=240.0)] = 0.0
    break_every: Annotated[float, Meta(ge=0.5, le=24.0)] = 4.0
    absence: Share = 0.0


class Inspected(Change, frozen=True, kw_only=True, tag="inspections"):
    """Another agency inspects on the way out: minutes for each truck, `places` at once, from `since` until `until`."""

    places: Positive
    mean_minutes: Minutes
    sd_minutes: Annotated[float, Meta(ge=0.0, le=1000.0)]
    since: datetime
    until: datetime


class TurnedAway(Change, frozen=True, kw_only=True, tag="turned_away"):
    """A share of the trucks is turned away from `since` until `until`, and goes where `diversion` says, or nowhere.

    `low` and `high`: the 95 % limits of the share, where it is not known; each replication draws its own.
    """

    share: Share
    low: Share | None = None
    high: Share | None = None
    since: datetime
    until: datetime
    alternatives: Where = ()


class Demanded(Change, frozen=True, kw_only=True, tag="demand"):
    """Trucks times `factor`, from `since` until `until` if given; `foreseen` where the port's forecast knows of it."""

    factor: Factor
    since: datetime | None = None
    until: datetime | None = None
    foreseen: bool = False


class SchemeMoved(Change, frozen=True, kw_only=True, tag="scheme"):
    """Trucks of one scheme, so many a day over the ports `at` by their trucks, that look `looks` times as risky."""

    trucks_a_day: Annotated[float, Meta(gt=0.0, le=10_000.0)]
    threat: Threat = "contraband"
    looks: Factor = 1.0


AnyChange = (
    ScannersAdded
    | Availability
    | BoothsAdded
    | LaneOpened
    | TwoExaminations
    | JointExamination
    | YardOpened
    | Planned
    | Lost
    | StaffAway
    | Inspected
    | TurnedAway
    | Demanded
    | SchemeMoved
)
