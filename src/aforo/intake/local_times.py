"""Local times as an agency's feed writes them (`At Noon CDT`, `At 8:00 pm CDT`), made into instants.

The day is the feed's. A reading is never of the future: what would be, is of the day before. The zone's abbreviation
is believed where it is of another family than the zone of the port (`PST` at a port that keeps the time of Arizona); of
the same family it only names the clock, since feeds write `EST` in summer too.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from aforo.domain.clock import is_valid_day

#: Hours ahead of UTC of the abbreviations that feeds use, and the family of each.
_OFFSETS: Final = {
    "EST": (-5, "E"), "EDT": (-4, "E"), "CST": (-6, "C"), "CDT": (-5, "C"), "MST": (-7, "M"), "MDT": (-6, "M"),
    "PST": (-8, "P"), "PDT": (-7, "P"), "AKST": (-9, "AK"), "AKDT": (-8, "AK"), "AST": (-4, "A"), "ADT": (-3, "A"),
}  # fmt: skip
_TIME = re.compile(
    r"^(?:at\s+)?(?:(?P<word>noon|midnight)|(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2}))?\s*(?P<half>am|pm))"
    r"(?:\s+(?P<zone>[A-Z]{2,4}))?$",
    re.IGNORECASE,
)
_DAY = re.compile(r"^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})$|^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})$")
#: By how much a reading may be after the instant at which its feed says that it was made: some clocks are an hour off.
SLACK = timedelta(minutes=75)


def clock_of(text: str) -> tuple[time, str | None] | None:
    """The clock and the abbreviation of a text such as `At 8:00 pm CDT`; None where it is no such text."""
    matched = _TIME.match(text.strip()) if text.isascii() else None
    if matched is None:
        return None
    zone = matched["zone"].upper() if matched["zone"] else None
    if zone is not None and zone not in _OFFSETS:
        return None
    if matched["word"]:
        return time(12 if matched["word"].lower() == "noon" else 0), zone
    hour, minute = int(matched["hour"]), int(matched["minute"] or 0)
    if not 1 <= hour <= 12 or minute > 59:
        return None
    return time(hour % 12 + (12 if matched["half"].lower() == "pm" else 0), minute), zone


def day_of(text: str) -> date | None:
    """The day of a text such as 6/30/2022 or 2022-6-30, of the years that any input may name; None where it is none."""
    matched = _DAY.match(text.strip()) if text.isascii() else None
    if matched is None:
        return None
    month, day, year = (int(each) for each in matched.groups()[:3] if each) if matched[1] else (0, 0, 0)
    if matched[4]:
        year, month, day = int(matched[4]), int(matched[5]), int(matched[6])
    try:
        named = date(year, month, day)
    except ValueError:
        return None
    return named if is_valid_day(named) else None


def instant(day: date, clock: time, abbreviation: str | None, zone: str | None, seen_at: datetime) -> datetime | None:
    """The instant of a local time, in UTC: of the day, or of the one before where it would be after `seen_at`.

    None where neither the zone of the port nor an abbreviation is known.
    """
    for candidate in (day, day - timedelta(days=1)):
        at = _at(candidate, clock, abbreviation, zone)
        if at is None or at <= seen_at + SLACK:
            return at
    return None


def _at(day: date, clock: time, abbreviation: str | None, zone: str | None) -> datetime | None:
    local = datetime.combine(day, clock)
    if zone is not None:
        placed = local.replace(tzinfo=ZoneInfo(zone))
        if abbreviation is None or _family(placed.tzname()) == _OFFSETS[abbreviation][1]:
            return placed.astimezone(UTC)
    if abbreviation is None:
        return None
    return local.replace(tzinfo=timezone(timedelta(hours=_OFFSETS[abbreviation][0]))).astimezone(UTC)


def _family(abbreviation: str | None) -> str | None:
    return _OFFSETS[abbreviation][1] if abbreviation in _OFFSETS else None
