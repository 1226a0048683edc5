"""Which keys a signer had at a place of the log, by the events of its stream in a bundle."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

import msgspec

from aforo.custody import keys
from aforo.custody.bundle import BundleError
from aforo.custody.bundle_event import BundleEvent
from aforo.domain.device import DeviceKeyRotated, DeviceRegistered, DeviceRetired


class Signing(msgspec.Struct, frozen=True):
    """The keys that a signer has or had, the one in force last, and whether it may sign for others."""

    keys: tuple[bytes, ...] = ()
    gateway: bool = False


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
    signed; one that is retired signs nothing, until it is registered anew. Raises BundleError."""
    places, signing = [], []
    had: tuple[bytes, ...] = ()
    retired = gateway = False
    for each in events:
        said, place = each.payload, f"leaf {each.place}"
        if isinstance(said, DeviceRetired):
            retired = True
        elif isinstance(said, DeviceRegistered):
            retired, gateway = False, said.kind == "gateway"
            had = (*had, _key(said.key, device, place)) if said.key else had
        elif isinstance(said, DeviceKeyRotated):
            key = _key(said.key, device, place)
            if said.vouched:
                signature = _signature(said.vouched, device, place)
                if not had or not keys.vouched(device, had[-1], key, signature):
                    raise BundleError("bundle_key", place, device)
            had = (*had, key)
        else:
            continue
        places.append(each.place)
        signing.append(Signing() if retired else Signing(had, gateway))
    return SignerKeys(tuple(places), tuple(signing))


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
