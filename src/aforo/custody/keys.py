"""The keys of devices: which one was in force when, and how an old one vouches for the one that takes its place."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left
from collections.abc import Iterable

import msgspec

from aforo.custody.recorded import Recorded
from aforo.domain.device import DeviceKeyRotated, DeviceRegistered, DeviceRetired
from aforo.domain.ed25519 import holds, usable_key


class DeviceKeyError(ValueError):
    """A key that is recorded is none that is believed, or what vouches for it does not: `place` says where."""

    def __init__(self, device: str, place: int) -> None:
        super().__init__(f"the key of {device} at {place}")
        self.device = device
        self.place = place


class DeviceKeys(msgspec.Struct, frozen=True):
    """The keys of one device: behind each of `places`, ascending, the one of `keys` is in force, None being none."""

    places: tuple[int, ...] = ()
    keys: tuple[bytes | None, ...] = ()

    def at(self, place: int) -> bytes | None:
        """The key in force at a place of the log."""
        behind = bisect_left(self.places, place)
        return self.keys[behind - 1] if behind else None


def vouching(device: str, key: str) -> bytes:
    """What a device's old key signs to vouch for a new one, which is given as base64."""
    return f"aforo device key\n{device}\n{key}\n".encode()


def keys_of(device: str, events: Iterable[Recorded]) -> DeviceKeys:
    """The keys of a device by the events of its stream, in their order. Raises DeviceKeyError."""
    places: list[int] = []
    keys: list[bytes | None] = []
    for each in events:
        said = each.payload
        if isinstance(said, DeviceRetired):
            key = None
        elif isinstance(said, DeviceRegistered):
            key = _key(said.key, device, each.place) if said.key else None
        elif isinstance(said, DeviceKeyRotated):
            key = _key(said.key, device, each.place)
            if said.vouched:
                old = keys[-1] if keys else None
                signature = _bytes(said.vouched, device, each.place)
                if old is None or not holds(old, vouching(device, said.key), signature):
                    raise DeviceKeyError(device, each.place)
        else:
            continue
        places.append(each.place)
        keys.append(key)
    return DeviceKeys(tuple(places), tuple(keys))


def _key(text: str, device: str, place: int) -> bytes:
    key = _bytes(text, device, place)
    if not usable_key(key):
        raise DeviceKeyError(device, place)
    return key


def _bytes(text: str, device: str, place: int) -> bytes:
    """The bytes of base64 in its one encoding."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise DeviceKeyError(device, place) from None
    if base64.b64encode(raw).decode() != text:
        raise DeviceKeyError(device, place)
    return raw
