"""Who vouches for what is to be recorded: its signer's keys are looked up when the signature is verified, and it may be
a while until that is written. A key that was changed in between is not believed any more of what speaks of later: in
the record it would make every bundle of the trip prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from aforo.custody.device import KnownDevice, after
from aforo.domain.device import DeviceKeyRotated, DeviceRegistered, DeviceRetired
from aforo.log.store import Log

_KEYS = (DeviceRegistered.TYPE, DeviceKeyRotated.TYPE, DeviceRetired.TYPE)


class Vouched(msgspec.Struct, frozen=True, gc=False):
    """By whom something is signed, with his stream, and under which of his keys (base64), as he was known up to a
    `position` of the log; the latest instant that it speaks of, in microseconds since 1970; and whether it is of
    another device than his, for which a gateway alone may sign. `number` is its place in what came."""

    stream: str
    signer: KnownDevice
    position: int
    key: str
    last: int
    of_another: bool
    number: int = 0


def signers_now(vouched: Iterable[Vouched], versions: Mapping[str, int], log: Log) -> dict[str, KnownDevice]:
    """By their streams the signers of which the log has more than was known, as they are by now; `versions` are the
    last of their streams."""
    moved = {each.stream: each for each in vouched if versions.get(each.stream) != each.signer.version}
    if not moved:
        return {}
    found = {stream: each.signer for stream, each in moved.items()}
    for stored in log.behind(min(each.position for each in moved.values()), _KEYS):
        stream = stored.event.stream
        if (known := found.get(stream)) is not None and stored.event.version > known.version:
            found[stream] = after(known, stored.event, stored.payload) or known
    return found


def stands(vouched: Vouched, now: KnownDevice) -> bool:
    """Whether what was signed is so by a key that is believed of it, as its signer is now."""
    if now.retired or (vouched.of_another and now.kind != "gateway"):
        return False
    return any(key == vouched.key and vouched.last <= until for key, until in now.believed)
