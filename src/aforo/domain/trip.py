"""What is recorded of a trip under seal: what it is, what sealed it, what was heard of the road, and its discharge.

A trip goes from where the load is sealed to where the authority discharges it. Regimes are those of both countries'
terms (docs/guide/trips.md maps them). Places are circles: a court's expert can check one with a tape measure.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal, get_args

import msgspec

from aforo.domain.payload import Payload
from aforo.domain.reading import Grade

#: Domestic; definitive export and import; transit within one country and across it; US in-bond.
Regime = Literal["domestic", "export", "import", "internal_transit", "international_transit", "in_bond"]
REGIMES: tuple[Regime, ...] = get_args(Regime)
#: What may be done at a place: stand still; open the seal (an authority's yard, the consignor's, the consignee's).
PlaceUse = Literal["stop", "open"]


class Place(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A circle on the ground. Latitude and longitude of its middle in 1e-7 degree, radius in metres."""

    name: str
    latitude: int
    longitude: int
    radius_m: int
    use: PlaceUse = "stop"


class TripOpened(Payload, frozen=True, omit_defaults=True, gc=False):
    """A trip is announced, or what was announced of it is replaced as a whole. Stream `trip/<id>`.

    `crossing` is the passage that it is for, `carta_porte` the identifier (IdCCP) of its document. `corridor` names a
    corridor whose document is in force at the node, empty where none is planned. `convoy` names the trips
    of the carrier that set out together. `supplier` is the only one whose seals it may bear, empty for any. It is to be
    discharged until `deadline`. `authorised` are the persons who may seal it and take seals off, each as the hex of a
    keyed hash; empty for whoever may act on the trip. `by_authority` says that no carrier announced it: what an
    authority says that it is for it is for.
    """

    TYPE: ClassVar[str] = "trip.opened"

    regime: Regime
    carrier: str
    deadline: datetime
    crossing: str = ""
    carta_porte: str = ""
    corridor: str = ""
    supplier: str = ""
    places: tuple[Place, ...] = ()
    authorised: tuple[str, ...] = ()
    convoy: str = ""
    by_authority: bool = False


class Sealed(Payload, frozen=True, omit_defaults=True, gc=False):
    """A device seals the load of a trip. Stream `trip/<id>`; `occurred_at` of the envelope is when.

    `seal_id` is the number on the seal's body, as filings declare it. `by` is the person who sealed, as the hex of a
    keyed hash, empty where nobody was named; `where` is the name of the place. `device_version` is that of the event of
    the device's own stream that binds it: what it said for this trip comes after that one. `crossing` and `carta_porte`
    are what the trip named when this was recorded: what the load was sealed for, whatever the trip names later. Empty
    where it named none; logs of before do not say.
    """

    TYPE: ClassVar[str] = "trip.sealed"

    device: str
    seal_id: str
    by: str = ""
    where: str = ""
    device_version: int = 0
    crossing: str = ""
    carta_porte: str = ""


class Unsealed(Payload, frozen=True, omit_defaults=True, gc=False):
    """A seal was taken off by somebody who may: what it says afterwards is not of this trip. Stream `trip/<id>`.

    `authority` is whose act it was: customs of either country, or the consignee at the end. `by`, `crossing` and
    `carta_porte` as in `Sealed`.
    """

    TYPE: ClassVar[str] = "trip.unsealed"

    device: str
    authority: str
    by: str = ""
    where: str = ""
    crossing: str = ""
    carta_porte: str = ""


class SealRead(Payload, frozen=True, omit_defaults=True, gc=False):
    """Somebody, or a gate's reader, read the number on the seal of a trip. Stream `trip/<id>`; `occurred_at` is when.

    A number that no seal of the trip bears says that one was swapped. `reader` is the fixed reader that read it, by the
    identifier under which it is registered; `signature` is the base64 of what it signed (see custody/reads), empty
    where it signed nothing: its name is then a claim. `where` is the name of the place where it stands.
    """

    TYPE: ClassVar[str] = "trip.seal_read"

    seal_id: str
    by: str = ""
    where: str = ""
    reader: str = ""
    signature: str = ""


class Discharged(Payload, frozen=True, omit_defaults=True, gc=False):
    """The trip is over: the authority at its end has discharged it, or, of a domestic one, recorded that the consignee
    received the load. Stream `trip/<id>`."""

    TYPE: ClassVar[str] = "trip.discharged"

    where: str
    by: str = ""


class Covered(Payload, frozen=True, omit_defaults=True, gc=False):
    """What other devices say of a piece of road: how many were heard there, and how many that should have been.

    Stream `road/<id>`. From `since` until before `until` (microseconds since 1970). With many heard, silence is the
    device's own; with nearly none it is the road's. `jammed` says that silence there was judged to be made by somebody.
    """

    TYPE: ClassVar[str] = "road.covered"

    since: int
    until: int
    heard: int
    expected: int
    place: Place
    jammed: bool = False


class CustodyJudged(Payload, frozen=True, omit_defaults=True, gc=False):
    """What the node made of a trip's custody, where that is another thing than before. Stream `trip/<id>`.

    `state` holds since `since`, as far as was known when it was recorded; `earliest` and `latest` are those of the
    verdict, 0 where it has none, in microseconds since 1970. `codes` are what was found that makes the state, in
    order. `before` is the gravest that a seal of the trip was before, where that is graver or none stands any more. It
    settles nothing: who asks is answered from the readings, and this says when somebody could have known.
    """

    TYPE: ClassVar[str] = "trip.judged"

    state: str
    grade: Grade
    since: int = 0
    earliest: int = 0
    latest: int = 0
    codes: tuple[str, ...] = ()
    before: str = ""


class TripCause(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One thing that is cause to act on a trip, as it stood when it was recorded.

    `id` stays when late data changes the rest, and `changed` then says that it did. `kind` is what was found
    (docs/reference/roads.md). Instants are microseconds since 1970: it began after `earliest` and at `latest` at the
    latest, and holds from `since` until before `until` (2^62 while it goes on). `grade` is the weakest of what it rests
    on. `place` names a fence, a stop or another trip, `road` the corridor or convoy that it is a matter of. Latitude
    and longitude, in 1e-7 degree, are where the truck was when it began; `metres` is how far off it was, as far as was
    known when this was recorded; of a silence `heard` and `expected` are the devices beside it, and `gap` how it
    stands.
    """

    id: str
    kind: str
    device: str
    since: int
    earliest: int
    latest: int
    until: int
    grade: Grade
    place: str = ""
    road: str = ""
    latitude: int | None = None
    longitude: int | None = None
    metres: int = 0
    heard: int = 0
    expected: int = 0
    gap: str = ""
    changed: bool = False


class Withdrawn(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A cause that is none any more: `late_data` explains it, or the `road_jammed`; it is `judged_otherwise`, by other
    documents; or an authority `announced_otherwise` where the trip may stop and its seals be opened."""

    id: str
    kind: str
    why: Literal["late_data", "judged_otherwise", "road_jammed", "announced_otherwise"]


class TripCaused(Payload, frozen=True, omit_defaults=True, gc=False):
    """All that is cause to act on a trip, where that is another set than was recorded before.

    Stream `causes/<trip>`, so that it is no part of the trip's bundle; logs of before have it on `trip/<id>`.

    `withdrawn` are those of before that are none any more. `judged_by` are hashes of what they were found by beside
    the readings: the corridor, the fences, the limits, and the places of the trip. Of causes of one kind, those that
    nobody signed apart, the first and the last are named, `more` counts those between them.
    """

    TYPE: ClassVar[str] = "trip.caused"

    causes: tuple[TripCause, ...]
    withdrawn: tuple[Withdrawn, ...] = ()
    judged_by: tuple[str, ...] = ()
    more: int = 0


class Extent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The versions of a stream, from `first` to `last`, both of them: all that the log had of it for a statement."""

    stream: str
    first: int
    last: int


class StatedSpan(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """That a device's seal was in `state` from `since` until before `until`, in microseconds since 1970."""

    device: str
    state: str
    since: int
    until: int


class CustodyStated(Payload, frozen=True, omit_defaults=True, gc=False):
    """What the node says of a trip's custody by what had come by `known_by`, and all that it rests on.

    Stream `trip/<id>`. `extents` are the parts of streams that it was made from, this trip's own among them: with them
    in the log, nothing can be left out of a bundle that anybody would miss.
    """

    TYPE: ClassVar[str] = "trip.stated"

    known_by: int
    extents: tuple[Extent, ...]
    spans: tuple[StatedSpan, ...]


#: What is inspected: the seal itself (view, verify, tug, twist), or the truck and trailer, point by point.
InspectionKind = Literal["vvtt", "conveyance"]
#: The steps at a seal: view it and its hardware, verify its number, tug it, twist it.
VVTT: tuple[str, ...] = ("view", "verify", "tug", "twist")
#: The seventeen points of a tractor and trailer, in the order in which CTPAT's workshops on inspection teach them.
CONVEYANCE: tuple[str, ...] = (
    "bumper", "engine", "tires", "truck_floor", "fuel_tanks", "cab", "air_tanks", "drive_shafts", "fifth_wheel",
    "undercarriage", "doors", "trailer_floor", "side_walls", "front_wall", "roof", "refrigeration", "exhaust",
)  # fmt: skip
POINTS: dict[InspectionKind, tuple[str, ...]] = {"vvtt": VVTT, "conveyance": CONVEYANCE}
Found = Literal["pass", "fail", "not_done"]


class InspectedPoint(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was found at a point of an inspection."""

    point: str
    found: Found


class Inspected(Payload, frozen=True, omit_defaults=True, gc=False):
    """The seal of a trip, or its truck and trailer, was inspected. Stream `trip/<id>`; `occurred_at` is when.

    `points` are some of the kind's; one that is not named was not done. `seal_id` is the number of the seal that was
    inspected, empty where it was none. `by` as in `Sealed`; `where` is the name of the place. `note` says what was
    found, and names no person.
    """

    TYPE: ClassVar[str] = "trip.inspected"

    kind: InspectionKind
    points: tuple[InspectedPoint, ...]
    seal_id: str = ""
    by: str = ""
    where: str = ""
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether every point was looked at and in order."""
        found = {each.point: each.found for each in self.points}
        return all(found.get(each) == "pass" for each in POINTS[self.kind])


class BundleGiven(Payload, frozen=True, omit_defaults=True, gc=False):
    """Somebody, the event's actor, was given the custody bundle of a trip: it names who acted on the trip, as the log
    does. Stream `bundle-given/<trip>`, so that it is no part of what the next bundle holds.

    `file` is the SHA-256 (hex) of the file, `token` the identifier of the access token, empty where it was made at the
    node. Recorded once an hour for each reader and trip, before it is given.
    """

    TYPE: ClassVar[str] = "trip.bundle_given"

    trip: str
    file: str
    token: str = ""


TRIP_PAYLOADS: tuple[type[Payload], ...] = (
    TripOpened,
    Sealed,
    Unsealed,
    SealRead,
    Discharged,
    Covered,
    CustodyJudged,
    CustodyStated,
    Inspected,
    TripCaused,
    BundleGiven,
)
