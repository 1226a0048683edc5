"""What is recorded of a bridge as it stands: reads at its gates, lanes, posts, published waits, work at its resources.

A bridge is named by its identifier in a port document. Each event states how things are from `occurred_at` of its
envelope on, never a change by one: so a statement that comes twice or late does no harm.
"""

from __future__ import annotations

from typing import ClassVar, Literal, get_args

import msgspec

from aforo.domain.payload import Payload

LaneClass = Literal["fast", "standard", "empty", "hazmat"]
LANE_CLASSES: tuple[LaneClass, ...] = get_args(LaneClass)
#: What a truck can be held at; the order is that of every array over resources (docs/adr/0011).
Resource = Literal["scanner", "portal", "yard", "dock", "joint", "booth"]
RESOURCES: tuple[Resource, ...] = get_args(Resource)
#: Where a reader stands, in the order in which a truck comes by.
ReadPlace = Literal["queue_end", "yard", "bridge", "primary", "exit"]


class GateReads(Payload, frozen=True, omit_defaults=True, gc=False):
    """A block of what one reader read, in the order of its instants. Stream `device/<reader>`.

    Each array is the base64 of eight bytes a read, little-endian: `instants` are microseconds since 1970 by the
    reader's clock, `plates` and `tags` the keyed hashes of what was read, 0 where it was not. A plate's hash is that of
    the tractor of a filing, so that both name the same truck. An array of nothing but zeros is left out; a read with
    neither plate nor tag counts in the share that was readable. `lane` is the class of the lane that the reader
    watches, where it watches one. `occurred_at` of the envelope is the last instant, `reported_at` when the block came.
    """

    TYPE: ClassVar[str] = "device.gate_reads"

    reader: str
    bridge: str
    place: ReadPlace
    instants: str
    plates: str = ""
    tags: str = ""
    lane: LaneClass | None = None


class LanesOpen(Payload, frozen=True, omit_defaults=True, gc=False):
    """How many lanes are open, by class; a class that is not named is not spoken of, and 0 is closed.

    Stream `port/<bridge>`.
    """

    TYPE: ClassVar[str] = "port.lanes"

    lanes: dict[LaneClass, int]


class Staffed(Payload, frozen=True, omit_defaults=True, gc=False):
    """How many units of each resource are manned; one that is not named is not spoken of. Stream `port/<bridge>`."""

    TYPE: ClassVar[str] = "port.staffed"

    posts: dict[Resource, int]


class PublishedLaneWait(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """The wait of one lane class as its agency publishes it, in whole minutes; None where it publishes none."""

    lane: LaneClass
    minutes: int | None = None
    lanes_open: int | None = None


class WaitsPublished(Payload, frozen=True, omit_defaults=True, gc=False):
    """What a feed says of the waits at a bridge. Stream `port/<bridge>`.

    `source` names the feed, such as `cbp-bwt`. `occurred_at` of the envelope is the time that the feed gives for the
    figures, `reported_at` when they were fetched.
    """

    TYPE: ClassVar[str] = "port.waits"

    source: str
    waits: tuple[PublishedLaneWait, ...]


class ExaminationQueued(Payload, frozen=True, omit_defaults=True, gc=False):
    """A truck was sent to a resource and waits for it. Stream `port/<bridge>`.

    `predicted_ms` is how long it is expected to take there, in milliseconds; None where nothing predicted it.
    """

    TYPE: ClassVar[str] = "port.examination_queued"

    crossing: str
    resource: Resource
    predicted_ms: int | None = None


class ExaminationStarted(Payload, frozen=True, omit_defaults=True, gc=False):
    """A truck is being served at a resource, whether it was seen waiting or not. Stream `port/<bridge>`.

    `unit` is the scanner's identifier, or the dock's name, where it is known. `predicted_ms`: see `ExaminationQueued`;
    None leaves what was said there.
    """

    TYPE: ClassVar[str] = "port.examination_started"

    crossing: str
    resource: Resource
    predicted_ms: int | None = None
    unit: str = ""


class ExaminationEnded(Payload, frozen=True, omit_defaults=True, gc=False):
    """A truck left a resource, served or not. Stream `port/<bridge>`."""

    TYPE: ClassVar[str] = "port.examination_ended"

    crossing: str
    resource: Resource


BRIDGE_PAYLOADS: tuple[type[Payload], ...] = (
    GateReads, LanesOpen, Staffed, WaitsPublished, ExaminationQueued, ExaminationStarted, ExaminationEnded,
)  # fmt: skip
