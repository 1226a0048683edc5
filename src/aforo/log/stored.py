"""An event as it lies in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

import msgspec

from aforo.domain.event import Event, Payload, payload_of

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Event)


#: The bytes that are stored for an event, and hashed: written once, never again.
encode: Callable[[Event], bytes] = _ENCODER.encode


class StoredEvent(msgspec.Struct, frozen=True, dict=True):
    """`body` is what was hashed. What it says is read from it once, when asked for, and upcast to today's schema: what
    folds the events of a crossing asks each many times."""

    position: int
    leaf_hash: bytes
    body: bytes

    @cached_property
    def event(self) -> Event:
        """The envelope, with `data` as it was written. Raises msgspec.ValidationError, msgspec.DecodeError."""
        return _DECODER.decode(self.body)

    @cached_property
    def payload(self) -> Payload:
        """What the event says, in today's schema. Raises UnknownEventError, msgspec.ValidationError."""
        event = self.event
        return payload_of(event.type, event.schema, event.data)


def stretches(events: Iterable[StoredEvent]) -> list[tuple[str, int, int]]:
    """The versions of streams that events are: of each stretch without a gap the stream, its first and its last."""
    found: list[tuple[str, int, int]] = []
    for stream, version in sorted({(event.stream, event.version) for event in (each.event for each in events)}):
        if found and found[-1][0] == stream and found[-1][2] + 1 == version:
            found[-1] = stream, found[-1][1], version
        else:
            found.append((stream, version, version))
    return found
