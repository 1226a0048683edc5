"""What is recorded where the time of what was recorded is over: which leaves were erased, by whom and why.

The leaf of an event that was erased keeps its place and its hash in the tree, so that every proof holds; its words are
gone, and what stands in their place says so. What of them is to stay is recorded anew before.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from aforo.domain.device import BlockReceived
from aforo.domain.handover import HandoverSigned
from aforo.domain.payload import Payload
from aforo.domain.response import PeopleSigned, ResponseStarted, TheftReported
from aforo.domain.trip import BundleGiven, Discharged, Inspected, Sealed, SealRead, TripCaused, TripOpened, Unsealed

#: What is erased of a trip's stream, of those of its causes and of what was reported of it, and of a device's. What was
#: found to be cause to act says where the truck was; logs of before have it on the trip's stream.
OF_TRIP = (
    TripOpened.TYPE, Sealed.TYPE, Unsealed.TYPE, SealRead.TYPE, Discharged.TYPE, Inspected.TYPE, TripCaused.TYPE,
)  # fmt: skip
OF_CAUSES = (TripCaused.TYPE,)
OF_SIGNS = (PeopleSigned.TYPE,)
OF_THEFTS = (TheftReported.TYPE,)
#: Of responses in a trip, those starts that say where its truck was, as earlier versions did.
OF_RESPONSES = (ResponseStarted.TYPE,)
OF_DEVICE = (BlockReceived.TYPE,)
#: Who was given a trip's bundle, and what was handed over at the end of a shift: both name accounts of staff.
OF_GIVEN = (BundleGiven.TYPE,)
OF_HANDOVERS = (HandoverSigned.TYPE,)
#: The same by the first part of the names of streams. Everything else is kept for good: where its words are missing, no
#: erasure took them.
_ERASABLE: dict[str, tuple[str, ...]] = {
    "trip": OF_TRIP, "causes": OF_CAUSES, "people-signs": OF_SIGNS, "theft-reports": OF_THEFTS,
    "response": OF_RESPONSES, "device": OF_DEVICE, "bundle-given": OF_GIVEN, "handover": OF_HANDOVERS,
}  # fmt: skip


def is_erasable(stream: str, type_: str) -> bool:
    """Whether an event of a type, in a stream, is one whose words are erased when their time is over."""
    return type_ in _ERASABLE.get(stream.partition("/")[0], ())


class ErasedVersions(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The versions of a stream, from `first` to `last`, both of them, whose words are erased."""

    stream: str
    first: int
    last: int


class LeavesErased(Payload, frozen=True, omit_defaults=True, gc=False):
    """The words of these versions were erased, since they had been kept for as long as they may be. Stream
    `retention/log`; the actor of the envelope is who had it done.

    `ground` is why, in clear for ever; `policy` the version of the policy that says how long, and `digest` the hex of
    the SHA-256 of its document. `leaves` is the hex of the SHA-256 over the leaf's hash of each of these events and
    that of what stands in its place, in the order of the log; `signature` the base64 of what the log's own key signs of
    all of it (`aforo.log.leaves_erased`). Both are empty in logs of versions that did not sign.
    """

    TYPE: ClassVar[str] = "log.erased"

    ground: str
    policy: str
    digest: str
    versions: tuple[ErasedVersions, ...]
    leaves: str = ""
    signature: str = ""


class LeafWithheld(Payload, frozen=True, omit_defaults=True, gc=False):
    """What stands in the place of an event that was erased: the type that it had, and the event that records its
    erasure. It is no leaf itself: the leaf is that of what was erased."""

    TYPE: ClassVar[str] = "log.withheld"

    was: str
    erased: str


class LeafRestated(Payload, frozen=True, omit_defaults=True):
    """What an event says in today's schema, recorded before its words are erased: for one whose earlier schema held
    what may not be kept, and whose rest stays. Stream `restated/<the event's identifier>`, version 1; `occurred_at` is
    the event's. What follows the log takes it in the event's place.

    `type`, `schema` and `data` are as an envelope has them.
    """

    TYPE: ClassVar[str] = "log.restated"

    type: str
    schema: int
    data: dict[str, Any]


RETENTION_PAYLOADS: tuple[type[Payload], ...] = (LeavesErased, LeafWithheld, LeafRestated)
