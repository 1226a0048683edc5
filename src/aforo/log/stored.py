"""An event as it lies in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

import msgspec

from aforo.domain.clock import readable
from aforo.domain.event import Event, Payload, payload_of
from aforo.domain.instants import with_readable_instants

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Event)


#: The bytes that are stored for an event, and hashed: written once, never again.
encode: Callable[[Event], bytes] = _ENCODER.encode


class DamagedEventError(msgspec.ValidationError):
    """The event at a position of the log cannot be read: its row in the store is damaged."""

    def __init__(self, position: int) -> None:
        super().__init__(f"the event at position {position} cannot be read")
        self.position = position


class StoredEvent(msgspec.Struct, frozen=True, dict=True):
    """`body` is what was hashed. What it says is read from it once, when asked for, and upcast to today's schema: what
    folds the events of a crossing asks each many times.

    Instants that no calendar or sum could bear were taken once: they are read as the nearest that can be borne.
    """

    position: int
    leaf_hash: bytes
    body: bytes

    @classmethod
    def of_row(cls, position: int, leaf_hash: bytes, body: bytes) -> StoredEvent:
        """The event of a row. Raises DamagedEventError where its columns hold no bytes."""
        try:
            return cls(position, bytes(leaf_hash), bytes(body))
        except TypeError as error:
            raise DamagedEventError(position) from error

    @cached_property
    def event(self) -> Event:
        """The envelope, with `data` as it was written. Raises DamagedEventError."""
        try:
            event = _DECODER.decode(self.body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DamagedEventError(self.position) from error
        happened, recorded, reported, said = event.occurred_at, event.recorded_at, event.reported_at, event.said_at
        if (
            readable(happened) is happened
            and readable(recorded) is recorded
            and (reported is None or readable(reported) is reported)
            and (said is None or readable(said) is said)
        ):
            return event
        return msgspec.structs.replace(
            event,
            occurred_at=readable(happened),
            recorded_at=readable(recorded),
            reported_at=reported and readable(reported),
            said_at=said and readable(said),
        )

    @cached_property
    def payload(self) -> Payload:
        """What the event says, in today's schema. Raises UnknownEventError, DamagedEventError."""
        event = self.event
        try:
            return with_readable_instants(payload_of(event.type, event.schema, event.data))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DamagedEventError(self.position) from error


class DecodedEvent(StoredEvent, frozen=True):
    """A stored event that was read once, for whoever asks time and again what it says."""

    envelope: Event
    said: Payload

    @classmethod
    def of(cls, stored: StoredEvent) -> DecodedEvent:
        """The same event, read. Raises UnknownEventError, DamagedEventError."""
        return cls(stored.position, stored.leaf_hash, stored.body, stored.event, stored.payload)

    @property
    def event(self) -> Event:
        """The envelope, with `data` as it was written."""
        return self.envelope

    @property
    def payload(self) -> Payload:
        """What the event says, in today's schema."""
        return self.said


def stretches(events: Iterable[StoredEvent]) -> list[tuple[str, int, int]]:
    """The versions of streams that events are: of each stretch without a gap the stream, its first and its last."""
    found: list[tuple[str, int, int]] = []
    for stream, version in sorted({(event.stream, event.version) for event in (each.event for each in events)}):
        if found and found[-1][0] == stream and found[-1][2] + 1 == version:
            found[-1] = stream, found[-1][1], version
        else:
            found.append((stream, version, version))
    return found
