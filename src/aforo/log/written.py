"""Events as they are stored, in columns: what an append takes, whoever made the bytes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from aforo.domain.event import Event
from aforo.log.stored import encode


class Written(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Encoded events in their order, a column for each part of the envelope that the store looks things up by.

    `body` is what will be hashed: the JSON of an `Event`, which says all that the other columns say.
    """

    event_id: list[str]
    stream: list[str]
    version: list[int]
    idempotency_key: list[str | None]
    type: list[str]
    causation_id: list[str | None]
    body: list[bytes]

    @classmethod
    def of(cls, events: Sequence[Event]) -> Written:
        """Events, encoded."""
        return cls(
            [event.event_id for event in events],
            [event.stream for event in events],
            [event.version for event in events],
            [event.idempotency_key for event in events],
            [event.type for event in events],
            [event.causation_id for event in events],
            list(map(encode, events)),
        )

    def __len__(self) -> int:
        return len(self.body)

    def and_then(self, more: Written) -> Written:
        """These events and then more, in one append."""
        both = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(more), strict=True)
        return Written(*(first + second for first, second in both))

    def where(self, places: Sequence[int]) -> Written:
        """Some of the events, by place."""
        return Written(*([column[i] for i in places] for column in msgspec.structs.astuple(self)))
