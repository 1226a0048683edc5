"""What examinations see: by the truth of a truck, and the chances that the twin's profile has, drawn once a truck."""

from __future__ import annotations

from aforo.demo.outside.breaking import chance
from aforo.demo.outside.timetable import Due
from aforo.twin.traffic import Profile

_PROFILE = Profile()
#: The share of findings that their carriers contest (assumed).
_CONTESTED = 0.15


def image(due: Due, place: str, seed: int) -> tuple[bool, bool]:
    """Whether a scan alarms, and whether its image shows by itself what is hidden."""
    drawn = chance(seed, due.crossing, place)
    if due.threat is None:
        return drawn < _PROFILE.false_alarm, False
    return drawn < _PROFILE.scan[due.threat], drawn < _PROFILE.alone[due.threat]


def by_hand(due: Due, seed: int) -> bool:
    """Whether an examination by hand finds what is hidden."""
    return due.threat is not None and chance(seed, due.crossing, "by hand") < _PROFILE.exam[due.threat]


def contests(due: Due, seed: int) -> bool:
    """Whether the carrier contests what was found."""
    return chance(seed, due.crossing, "contests") < _CONTESTED
