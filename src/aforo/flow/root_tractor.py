"""The tractor of a crossing, as alerts name a truck."""

from __future__ import annotations

from collections.abc import Sequence

from aforo.domain.event import Filed
from aforo.flow.recorded import unpack_identities
from aforo.log.stored import StoredEvent


def truck_of(events: Sequence[StoredEvent]) -> str | None:
    """The tractor of a crossing's root declaration."""
    root = next((filed for stored in events if isinstance(filed := stored.payload, Filed)), None)
    return None if root is None else hexadecimal(int(unpack_identities([root])["tractor"][0]))


def hexadecimal(tractor: int) -> str | None:
    """A tractor's keyed hash in 16 hexadecimal digits; None for none."""
    return f"{tractor:016x}" if tractor else None
