"""What is recorded of seals and trackers: their registration, their keys, and the blocks of readings that came.

One block is one leaf of the log: what a device signed, what a gateway signed for it, or what the receiver put together
of what came unsigned. Nothing is left out: a block that contradicts another stands beside it, since two blocks of one
device and sequence with different hashes convict by themselves.
"""

from __future__ import annotations

from typing import ClassVar, Literal, get_args

from aforo.domain.payload import Payload
from aforo.domain.port import SealClass
from aforo.domain.reading import Grade

DeviceKind = Literal["seal", "tracker", "gateway"]
#: How readings came: signed blocks, the plain-text seals, Traccar's positions, an export of telematics.
ReadingForm = Literal["block", "seal_text", "traccar", "telematics"]
READING_FORMS: tuple[ReadingForm, ...] = get_args(ReadingForm)


class DeviceRegistered(Payload, frozen=True, omit_defaults=True, gc=False):
    """A device may report from here on. Stream `device/<id>`.

    `supplier` answers for it. `key` is the base64 of its Ed25519 public key, empty where it cannot sign. `promise_s` is
    the longest time between two reports that its supplier promises, `tolerance_s` by how much its clock may be off.
    `seal_class` is that of ISO 17712, for seals. `carrier` may read what it reports, and report for it.
    """

    TYPE: ClassVar[str] = "device.registered"

    kind: DeviceKind
    supplier: str
    promise_s: int
    tolerance_s: int
    key: str = ""
    seal_class: SealClass | None = None
    carrier: str = ""


class DeviceKeyRotated(Payload, frozen=True, omit_defaults=True, gc=False):
    """A device signs with another key from now on. Stream `device/<id>`.

    `vouched` is the base64 of the old key's signature over the new one (see custody/keys), empty where somebody at the
    desk vouches for it instead: `why` then says what was seen.
    """

    TYPE: ClassVar[str] = "device.key_rotated"

    key: str
    vouched: str = ""
    why: str = ""


class DeviceRetired(Payload, frozen=True, omit_defaults=True, gc=False):
    """A device reports no more; what comes in its name later is refused. Stream `device/<id>`."""

    TYPE: ClassVar[str] = "device.retired"

    why: str


class DeviceBound(Payload, frozen=True, omit_defaults=True, gc=False):
    """A device seals the load of a trip from here on. Stream `device/<id>`, in one transaction with the trip's own
    event: a device cannot be bound twice at once, and what it said for the trip came after this event."""

    TYPE: ClassVar[str] = "device.bound"

    trip: str
    seal_id: str


class BlockReceived(Payload, frozen=True, omit_defaults=True, gc=False):
    """A block of readings came. Stream `device/<id>`; `recorded_at` of the envelope is when it was acknowledged.

    `block` is the base64 of the block: of what was signed the bytes that came; of what came unsigned the same payload,
    put together by the receiver and signed by nobody (docs/reference/seal-messages.md). `packed` is then the base64 of
    the lines that it was made of, as they were sent, in one zlib stream (RFC 1950); in older logs they are in `raw`, as
    base64 of themselves. `hash` is the hex of the SHA-256 of the block's bytes. `count`
    readings are in it, from `first` to `last` by the device's clock, in microseconds since 1970. `boot` and `sequence`
    are those of a signed block, 0 elsewhere. `gateway` signed it, where the grade says so.
    """

    TYPE: ClassVar[str] = "device.block"

    form: ReadingForm
    grade: Grade
    block: str
    hash: str
    count: int
    first: int
    last: int
    boot: int = 0
    sequence: int = 0
    gateway: str = ""
    raw: str = ""
    zone: str = ""
    packed: str = ""

    def signer(self, device: str) -> str:
        """Who signed it, a block in the stream of this device; empty where nobody did."""
        return {"device": device, "gateway": self.gateway, "unsigned": ""}[self.grade]


DEVICE_PAYLOADS: tuple[type[Payload], ...] = (
    DeviceRegistered,
    DeviceKeyRotated,
    DeviceRetired,
    DeviceBound,
    BlockReceived,
)
