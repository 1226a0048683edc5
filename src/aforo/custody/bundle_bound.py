"""For which crossing, and under which Carta Porte, seals were put on and taken off, by the events of a bundle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from aforo.custody.bundle_event import BundleEvent
from aforo.domain.clock import microseconds
from aforo.domain.trip import Sealed, Unsealed


class BoundTo(msgspec.Struct, frozen=True):
    """That a device was put on or taken off `at` (microseconds since 1970), and what the trip named when that was
    recorded; empty where it named nothing. It is the word of whoever recorded it."""

    device: str
    act: Literal["sealed", "unsealed"]
    at: int
    crossing: str
    carta_porte: str


def bound_to(events: Iterable[BundleEvent], known_by: int) -> tuple[BoundTo, ...]:
    """What is disclosed of it that was recorded by `known_by`, in the order of the log; without what names neither."""
    made = []
    for each in events:
        said = each.payload
        if not isinstance(said, Sealed | Unsealed) or each.recorded_at > known_by:
            continue
        if said.crossing or said.carta_porte:
            act: Literal["sealed", "unsealed"] = "sealed" if isinstance(said, Sealed) else "unsealed"
            at = microseconds(each.event.occurred_at)
            made.append(BoundTo(said.device, act, at, said.crossing, said.carta_porte))
    return tuple(made)
