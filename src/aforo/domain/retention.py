"""What is recorded where the time of what was recorded is over: which leaves were erased, by whom and why.

The leaf of an event that was erased keeps its place and its hash in the tree, so that every proof holds; its words are
gone, and what stands in their place says so. What of them is to stay is recorded anew before.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from aforo.domain.payload import Payload


class ErasedVersions(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The versions of a stream, from `first` to `last`, both of them, whose words are erased."""

    stream: str
    first: int
    last: int


class LeavesErased(Payload, frozen=True, omit_defaults=True, gc=False):
    """The words of these versions were erased, since they had been kept for as long as they may be. Stream
    `retention/log`; the actor of the envelope is who had it done.

    `ground` is why, in clear for ever; `policy` the version of the policy that says how long, and `digest` the hex of
    the SHA-256 of its document.
    """

    TYPE: ClassVar[str] = "log.erased"

    ground: str
    policy: str
    digest: str
    versions: tuple[ErasedVersions, ...]


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
