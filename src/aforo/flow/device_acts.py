"""What is done about a device: it is registered, its key is changed, it is retired. Each is an event of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from aforo.custody import keys
from aforo.custody.device import PREFIX, KnownDevice
from aforo.domain.device import DeviceKeyRotated, DeviceRegistered, DeviceRetired
from aforo.domain.event import Origin, Payload, new_event
from aforo.flow.custody import Custody, CustodyRefusedError, UnknownDeviceError
from aforo.log.contention import retried
from aforo.log.ids import event_id

#: The longest promise (a week) and tolerance (an hour) that say anything, in seconds.
LONGEST_PROMISE_S, LONGEST_TOLERANCE_S = 7 * 86_400, 3_600


def register(custody: Custody, device: str, said: DeviceRegistered, *, actor: str, origin: Origin) -> KnownDevice:
    """Register a device, or say anew what was said of it; its keys stay known. Raises CustodyRefusedError."""
    if not 1 <= said.promise_s <= LONGEST_PROMISE_S:
        raise CustodyRefusedError("device_promise", "promise_s")
    if not 0 <= said.tolerance_s <= LONGEST_TOLERANCE_S:
        raise CustodyRefusedError("device_tolerance", "tolerance_s")
    if said.key:
        _key(said.key)

    def act(known: KnownDevice | None) -> Payload:
        if known is not None and known.key and known.key != said.key:
            raise CustodyRefusedError("device_key_stands", "key")
        return said

    return retried(partial(_do, custody, device, act, actor, origin))


def rotate(
    custody: Custody, device: str, key: str, vouched: str, why: str, *, actor: str, origin: Origin
) -> KnownDevice:
    """Change a device's key: its old one vouches for it, or somebody at the desk, who says why.

    Raises UnknownDeviceError, CustodyRefusedError.
    """
    new = _key(key)

    def act(known: KnownDevice | None) -> Payload:
        if known is None:
            raise UnknownDeviceError(device)
        if known.retired:
            raise CustodyRefusedError("device_retired", "device")
        if key in known.keys:
            raise CustodyRefusedError("device_key_known", "key")
        if vouched:
            if not known.key or not keys.vouched(device, keys.read(known.key), new, _signature(vouched)):
                raise CustodyRefusedError("device_not_vouched", "vouched")
        elif not why.strip():
            raise CustodyRefusedError("device_rotation_why", "why")
        return DeviceKeyRotated(key, vouched, why.strip())

    return retried(partial(_do, custody, device, act, actor, origin))


def retire(custody: Custody, device: str, why: str, *, actor: str, origin: Origin) -> KnownDevice:
    """Retire a device: what comes in its name later is refused, also what it still holds.

    Raises UnknownDeviceError, CustodyRefusedError.
    """

    def act(known: KnownDevice | None) -> Payload:
        if known is None:
            raise UnknownDeviceError(device)
        if known.retired:
            raise CustodyRefusedError("device_retired", "device")
        if custody.sealed_by(device) is not None:
            raise CustodyRefusedError("device_seals", "device")
        return DeviceRetired(why)

    return retried(partial(_do, custody, device, act, actor, origin))


def _key(text: str) -> bytes:
    try:
        return keys.read(text)
    except ValueError:
        raise CustodyRefusedError("device_key_unreadable", "key") from None


def _signature(text: str) -> bytes:
    try:
        return keys.decoded(text)
    except ValueError:
        raise CustodyRefusedError("device_not_vouched", "vouched") from None


def _do(
    custody: Custody, device: str, act: Callable[[KnownDevice | None], Payload], actor: str, origin: Origin
) -> KnownDevice:
    log, stream = custody.log, PREFIX + device
    version = log.versions([stream]).get(stream, 0)
    try:
        known: KnownDevice | None = custody.device(device)
    except UnknownDeviceError:
        known = None
    payload, at = act(known), log.clock()
    event = new_event(
        event_id(at), payload, stream, version + 1, occurred_at=at, recorded_at=at, actor=actor, origin=origin
    )
    log.append([event])
    return custody.device(device)
