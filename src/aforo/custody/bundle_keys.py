"""Which keys a signer had at a place of the log, and until when each is believed, by the events of its stream in a
bundle."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable

import msgspec

from aforo.custody import keys
from aforo.custody.bundle import BundleError
from aforo.custody.bundle_event import BundleEvent
from aforo.custody.case import NEVER
from aforo.domain.device import DeviceKeyRotated, DeviceRegistered, DeviceRetired

#: Seconds, as instants are counted.
_S = 1_000_000


class Key(msgspec.Struct, frozen=True):
    """A key (32 bytes), and until when it is believed, in microseconds since 1970: one that was superseded, until the
    node recorded that, and for as long as its signer's clock may have been off then."""

    raw: bytes
    until: int = NEVER


class Signing(msgspec.Struct, frozen=True):
    """The keys that a signer has or had, the one in force last, and whether it may sign for others."""

    keys: tuple[Key, ...] = ()
    gateway: bool = False

    def until(self, holds: Callable[[bytes], bool]) -> int | None:
        """Until when the key is believed under which a signature holds; None where it holds under none."""
        # The one in force is tried first.
        return next((each.until for each in reversed(self.keys) if holds(each.raw)), None)


class SignerKeys(msgspec.Struct, frozen=True):
    """Behind each of `places`, ascending, the one of `signing` holds."""

    places: tuple[int, ...] = ()
    signing: tuple[Signing, ...] = ()

    def at(self, place: int) -> Signing:
        """What holds at a place of the log."""
        behind = bisect_left(self.places, place)
        return self.signing[behind - 1] if behind else Signing()


def keys_of(device: str, events: Iterable[BundleEvent]) -> SignerKeys:
    """The keys of a device or gateway by the events of its stream, in their order. What an earlier key signed stays
    signed, and nothing brings one into force again; one that is retired signs nothing, until it is registered anew.
    Raises BundleError."""
    places, signing = [], []
    had: tuple[Key, ...] = ()
    retired = gateway = False
    tolerance_s = 0
    for each in events:
        said, place = each.payload, f"leaf {each.place}"
        if isinstance(said, DeviceRetired):
            retired = True
        elif isinstance(said, DeviceRegistered):
            retired, gateway = False, said.kind == "gateway"
            if said.key:
                had = _with(had, _key(said.key, device, place), each.recorded_at + tolerance_s * _S)
            tolerance_s = said.tolerance_s
        elif isinstance(said, DeviceKeyRotated):
            key = _key(said.key, device, place)
            if said.vouched:
                signature = _signature(said.vouched, device, place)
                if not had or not keys.vouched(device, had[-1].raw, key, signature):
                    raise BundleError("bundle_key", place, device)
            had = _with(had, key, each.recorded_at + tolerance_s * _S)
        else:
            continue
        places.append(each.place)
        signing.append(Signing() if retired else Signing(had, gateway))
    return SignerKeys(tuple(places), tuple(signing))


def _with(had: tuple[Key, ...], key: bytes, end: int) -> tuple[Key, ...]:
    """The keys with another one, which is in force; the one that was so until now is believed until `end`. A key that
    was had before changes nothing."""
    if any(each.raw == key for each in had):
        return had
    return (*had[:-1], *(Key(each.raw, end) for each in had[-1:]), Key(key))


def _key(text: str, device: str, place: str) -> bytes:
    try:
        return keys.read(text)
    except ValueError:
        raise BundleError("bundle_key", place, device) from None


def _signature(text: str, device: str, place: str) -> bytes:
    try:
        return keys.decoded(text)
    except ValueError:
        raise BundleError("bundle_key", place, device) from None
