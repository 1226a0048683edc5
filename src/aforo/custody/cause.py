"""A cause to act on a trip: what was found, since when, where, and what it rests on."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from aforo.custody.case import NEVER
from aforo.custody.fact import FactCode, Gap
from aforo.domain.reading import Grade

CauseKind = Literal[
    "opened",
    "tampered",
    "removed",
    "swapped",
    "cloned",
    "replayed",
    "teleported",
    "clock_skew",
    "deviation",
    "unplanned_stop",
    "dwell",
    "night_halt",
    "geofence_entered",
    "geofence_left",
    "geofence_watched",
    "convoy_split",
    "jammed",
    "silent",
    "missing",
]
CAUSE_KINDS: Final[tuple[CauseKind, ...]] = get_args(CauseKind)
#: What kinds are one matter for whoever responds: a truck that stands is one, whichever rule it breaks.
Matter = Literal["seal", "record", "route", "stop", "fence", "convoy", "silence"]
MATTER: Final[dict[CauseKind, Matter]] = {
    "opened": "seal",
    "tampered": "seal",
    "removed": "seal",
    "swapped": "seal",
    "cloned": "record",
    "replayed": "record",
    "teleported": "record",
    "clock_skew": "record",
    "deviation": "route",
    "unplanned_stop": "stop",
    "dwell": "stop",
    "night_halt": "stop",
    "geofence_entered": "fence",
    "geofence_left": "fence",
    "geofence_watched": "fence",
    "convoy_split": "convoy",
    "jammed": "silence",
    "silent": "silence",
    "missing": "silence",
}
#: What ended and asks somebody all the same: a block that never came is not heard again with those behind it.
ASKS_THOUGH_OVER: Final[tuple[CauseKind, ...]] = ("missing",)
#: What is told of a trip and asks nobody: a watched fence is no place where a truck may not be.
TOLD_ALONE: Final[tuple[CauseKind, ...]] = ("geofence_watched", "geofence_left")
#: Which facts of a seal are a cause, and of which kind. An opening where it may be, and a silence where nobody is
#: heard, are none.
OF_FACT: Final[dict[FactCode, CauseKind]] = {
    "opened": "opened",
    "tampered": "tampered",
    "removed": "removed",
    "swapped": "swapped",
    "cloned": "cloned",
    "forked": "cloned",
    "conflicting": "cloned",
    "rolled_back": "replayed",
    "teleported": "teleported",
    "clock_ahead": "clock_skew",
    "clock_back": "clock_skew",
    "silent": "silent",
    "missing": "missing",
    "late": "silent",
    "jammed": "jammed",
    "jam_alarm": "jammed",
}


class Cause(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One cause. Instants are microseconds since 1970 UTC.

    It began after `earliest` and at `latest` at the latest, and holds from `since` until before `until` (NEVER while it
    goes on). `shown` is the instant by which the readings that show it were taken: from their coming on it can be told.
    `rests_on` are hashes (hex) of the blocks that show it, of the weakest `grade`. `place` names the fence, the stop or
    the nearest other trip of the convoy, `road` the corridor or the convoy that it is a matter of, where it is one.
    `metres` is how far a deviation or a split went. Latitude and longitude (1e-7 degree) are where the truck was when
    it began, by its last fix until then; None where there is none. Of a silence `heard` and `expected` are the devices
    on the same stretch of road meanwhile, by what was stated of it: with many heard it is the device's own. `fact` and
    `gap` are those of the fact behind it.
    """

    kind: CauseKind
    device: str
    since: int
    earliest: int
    latest: int
    shown: int
    until: int = NEVER
    grade: Grade = "unsigned"
    rests_on: tuple[str, ...] = ()
    place: str = ""
    road: str = ""
    metres: int = 0
    heard: int = 0
    expected: int = 0
    latitude: int | None = None
    longitude: int | None = None
    fact: FactCode | None = None
    gap: Gap | None = None


def in_order(cause: Cause) -> tuple[int, str, str, int, int, str]:
    """What causes are sorted by: since when, then what, so that equal sets are listed equally."""
    return cause.since, cause.kind, cause.device, cause.earliest, cause.latest, cause.place
