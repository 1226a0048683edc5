"""A device as the log has it: who answers for it, what it promises, and the keys that it signed with."""

from __future__ import annotations

import msgspec

from aforo.custody.case import NEVER
from aforo.domain.clock import microseconds
from aforo.domain.device import (
    BlockReceived,
    DeviceBound,
    DeviceKeyRotated,
    DeviceKind,
    DeviceRegistered,
    DeviceRetired,
)  # fmt: skip
from aforo.domain.event import Event, Payload
from aforo.domain.port import SealClass

PREFIX = "device/"


class KnownDevice(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True, gc=False):
    """A device. `keys` are the base64 of its keys, the one in force last; instants are microseconds since 1970.

    `ends` has of each key but the one in force until when it is believed: one that was superseded is believed of what
    speaks of no time after that, however late it comes. `last` is the latest instant that it spoke of, `heard` when it
    was heard last; both 0 before the first block. `owed` is the longest time, in microseconds, between two reports of
    what it was bound to last: as it was promised then. `off` is until when it was last on a load that it is on no more,
    0 before the first: what speaks of earlier may be of that one.
    """

    device: str
    kind: DeviceKind
    supplier: str
    promise_s: int
    tolerance_s: int
    version: int
    keys: tuple[str, ...] = ()
    seal_class: SealClass | None = None
    carrier: str = ""
    retired: bool = False
    last: int = 0
    heard: int = 0
    owed: int = 0
    ends: tuple[int, ...] = ()
    off: int = 0

    @property
    def key(self) -> str:
        """The key in force; empty where it cannot sign."""
        return self.keys[-1] if self.keys else ""

    @property
    def believed(self) -> tuple[tuple[str, int], ...]:
        """Its keys, the one in force first, and until when each is believed."""
        return tuple(zip(self.keys, (*self.ends, NEVER), strict=False))[::-1]


def after(known: KnownDevice | None, event: Event, payload: Payload) -> KnownDevice | None:
    """A device after the next event of its stream. One that is registered anew keeps the keys that it had: what they
    signed stays signed, and none that was superseded comes into force again."""
    if isinstance(payload, DeviceRegistered):
        keys, ends = _with_key(known, payload.key, event)
        return KnownDevice(
            event.stream.removeprefix(PREFIX), payload.kind, payload.supplier, payload.promise_s, payload.tolerance_s,
            event.version, keys, payload.seal_class, payload.carrier,
            last=0 if known is None else known.last, heard=0 if known is None else known.heard,
            owed=0 if known is None else known.owed, ends=ends, off=0 if known is None else known.off,
        )  # fmt: skip
    if known is None:
        return None
    replace = msgspec.structs.replace
    if isinstance(payload, DeviceKeyRotated):
        keys, ends = _with_key(known, payload.key, event)
        return replace(known, keys=keys, ends=ends, version=event.version)
    if isinstance(payload, DeviceRetired):
        return replace(known, retired=True, version=event.version)
    if isinstance(payload, DeviceBound):
        return replace(known, owed=(known.promise_s + known.tolerance_s) * 1_000_000, version=event.version)
    if isinstance(payload, BlockReceived):
        return heard(known, payload.last, microseconds(event.recorded_at), event.version)
    return replace(known, version=event.version)


def heard(known: KnownDevice, last: int, at: int, version: int) -> KnownDevice:
    """A device after a block that speaks of times until `last` was recorded `at`, as this version of its stream."""
    return msgspec.structs.replace(known, last=max(known.last, last), heard=at, version=version)


def _with_key(known: KnownDevice | None, key: str, event: Event) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The keys of a device after an event that names one, and until when those that are not in force are believed: the
    one before it until the event was recorded, and for as long as the device's clock may be off. An event that names
    none, or one that the device has or had, changes nothing."""
    if known is None or not known.keys:
        return (key,) if key else (), ()
    if not key or key in known.keys:
        return known.keys, known.ends
    end = microseconds(event.recorded_at) + known.tolerance_s * 1_000_000
    return (*known.keys, key), (*known.ends, end)
