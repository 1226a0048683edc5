"""An event as it lies in the log."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from aforo.domain.event import Event, Payload, payload_of

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Event)


#: The bytes that are stored for an event, and hashed: written once, never again.
encode: Callable[[Event], bytes] = _ENCODER.encode


class StoredEvent(msgspec.Struct, frozen=True):
    """`body` is what was hashed. What it says is read from it when asked for, upcast to today's schema."""

    position: int
    leaf_hash: bytes
    body: bytes

    @property
    def event(self) -> Event:
        """The envelope, with `data` as it was written. Raises msgspec.ValidationError, msgspec.DecodeError."""
        return _DECODER.decode(self.body)

    @property
    def payload(self) -> Payload:
        """What the event says, in today's schema. Raises UnknownEventError, msgspec.ValidationError."""
        event = self.event
        return payload_of(event.type, event.schema, event.data)
