"""The yards that a truck can be sent to, the nearest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
import numpy as np

from aforo.custody.ground import metres
from aforo.domain.response import FixAt

#: What names a yard: a document of contacts, the corridor of the trip, the trip itself.
YardSource = Literal["contacts", "corridor", "trip"]


class Yard(msgspec.Struct, frozen=True):
    """A yard: its middle in 1e-7 degree, its telephone (empty where none is known), and what names it."""

    id: str
    name: str
    latitude: int
    longitude: int
    radius_m: int
    named_by: YardSource
    phone: str = ""


class Away(msgspec.Struct, frozen=True):
    """A yard and how far it is from a fix in a straight line, in metres: no road is that short."""

    yard: Yard
    metres: float


def nearest(fix: FixAt, yards: Iterable[Yard], most: int) -> list[Away]:
    """The yards nearest to a fix, at most `most` of them; of two that are one the first named."""
    known: list[Yard] = []
    for each in yards:
        if not any(_apart(each, other) <= max(each.radius_m, other.radius_m) for other in known):
            known.append(each)
    if not known:
        return []
    far = metres(
        np.full(len(known), fix.latitude, np.int32), np.full(len(known), fix.longitude, np.int32),
        [each.latitude for each in known], [each.longitude for each in known],
    )  # fmt: skip
    order = np.lexsort((np.arange(len(known)), far))[:most].tolist()
    return [Away(known[place], float(far[place])) for place in order]


def _apart(one: Yard, other: Yard) -> float:
    here = np.array([one.latitude], np.int32), np.array([one.longitude], np.int32)
    return float(metres(*here, other.latitude, other.longitude)[0])
