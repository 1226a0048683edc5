"""What the log has of a trip, of its devices and of its roads, in the form that a case is made of."""

from __future__ import annotations

import msgspec

from aforo.domain.clock import microseconds
from aforo.domain.event import Event, Payload


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """One event: its place in the order of the log, where it stands, when it happened and was recorded, what it says.

    `place` is the index of its leaf, or anything that ascends with it. Instants are microseconds since 1970 UTC.
    """

    place: int
    stream: str
    version: int
    occurred: int
    recorded: int
    payload: Payload

    @classmethod
    def of(cls, place: int, event: Event, payload: Payload) -> Recorded:
        """The event that is stored at a place, and its payload in today's schema."""
        occurred, recorded = microseconds(event.occurred_at), microseconds(event.recorded_at)
        return cls(place, event.stream, event.version, occurred, recorded, payload)
