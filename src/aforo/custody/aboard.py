"""What bears on the life of whoever is in a sealed load: for how long it has been sealed, and how hot it is.

Only what was said is told. A load without a sensor has no heat here, and no figure takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from aforo.custody.case import Case, Sealing
from aforo.custody.fixes import fixes
from aforo.custody.told import Told, known, told
from aforo.custody.trip import Bound
from aforo.domain.reading import ABSENT, GRADES, Grade
from aforo.domain.response import FixAt


class Heat(msgspec.Struct, frozen=True):
    """A temperature that a device reported, in hundredths of a degree Celsius: when (microseconds since 1970), by which
    device, and who vouches for it. Where the sensor sits is the device's: inside the load, or at its door."""

    celsius_100: int
    at: int
    device: str
    grade: Grade


class Aboard(msgspec.Struct, frozen=True):
    """What is known of a load at an instant. `sealed_since` is when the seal was put on that has stood longest without
    a break, in microseconds since 1970; None where none stands. `heat` is the last one reported since then, `hottest`
    the highest; None where no device gives any. `fix` is the last position, None where none is known."""

    sealed_since: int | None
    heat: Heat | None
    hottest: Heat | None
    fix: FixAt | None


def aboard(case: Case, now: int) -> Aboard:
    """What is known of a trip's load at `now`, out of its case."""
    since = sealed_since(case.sealings, now)
    heats: list[tuple[Heat, Heat]] = []
    places: list[FixAt] = []
    for device in {each.device: None for each in case.sealings}:
        own = [each for each in case.sealings if each.device == device]
        said = told(known(case.heard[device], now), own[-1].tolerance)
        first, last = min(each.since for each in own), min(max(each.until for each in own), now + 1)
        if (fix := _fix(said.between(first, last), device, own[-1].tolerance)) is not None:
            places.append(fix)
        if since is not None and (found := _heat(said.between(since, last), device)) is not None:
            heats.append(found)
    return Aboard(
        since,
        max((last for last, _ in heats), key=lambda each: each.at, default=None),
        max((most for _, most in heats), key=lambda each: (each.celsius_100, each.at), default=None),
        max(places, key=lambda each: each.at, default=None),
    )


def sealed_since(sealings: Sequence[Sealing | Bound], now: int) -> int | None:
    """Since when some seal has stood, at `now`, without a gap between one and the next; None where none stands."""
    standing = [each.since for each in sealings if each.since <= now < each.until]
    if not standing:
        return None
    since = min(standing)
    for each in sorted(sealings, key=lambda one: -one.until):
        if each.since < since <= each.until:
            since = each.since
    return since


def _fix(said: Told, device: str, tolerance: int) -> FixAt | None:
    found = fixes(said, tolerance)
    if not len(found):
        return None
    row = int(found.row[-1])
    grade = GRADES[int(said.grade[row])]
    return FixAt(int(found.latitude[-1]), int(found.longitude[-1]), int(found.time[-1]), device, grade)


def _heat(said: Told, device: str) -> tuple[Heat, Heat] | None:
    """The last heat and the highest."""
    rows = np.flatnonzero(said.readings["heat"] != ABSENT)
    if not len(rows):
        return None

    def of(row: int) -> Heat:
        grade = GRADES[int(said.grade[row])]
        return Heat(int(said.readings["heat"][row]), int(said.time[row]), device, grade)

    return of(int(rows[-1])), of(int(rows[int(np.argmax(said.readings["heat"][rows]))]))
