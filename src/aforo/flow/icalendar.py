"""Appointments as an iCalendar file (RFC 5545), which any calendar program takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

#: Octets of a line before it is folded (section 3.1).
_MOST: Final = 75
#: Control characters that no text may hold (section 3.3.11); a tab may.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Appointment(msgspec.Struct, frozen=True):
    """From `start` until `end`, instants with their zone; `uid` is the same whenever it is written again."""

    uid: str
    start: datetime
    end: datetime
    summary: str
    location: str
    description: str


def icalendar(appointments: Sequence[Appointment], name: str, now: datetime) -> bytes:
    """The file of a calendar of this name, as of `now`. Times are in UTC, so that no zone has to be described."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Aforo//fleet calendar//EN", "CALSCALE:GREGORIAN",
             "METHOD:PUBLISH", f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}"]  # fmt: skip
    for each in appointments:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(each.uid)}",
            f"DTSTAMP:{_instant(now)}",
            f"DTSTART:{_instant(each.start)}",
            f"DTEND:{_instant(each.end)}",
            f"SUMMARY:{_text(each.summary)}",
            f"LOCATION:{_text(each.location)}",
            f"DESCRIPTION:{_text(each.description)}",
            "TRANSP:OPAQUE",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """A value of text: backslashes, semicolons, commas and line breaks are escaped (section 3.3.11)."""
    clean = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return clean.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """A line with its end; what is longer than 75 octets goes on behind a space, and no character is cut."""
    parts, room = [b""], _MOST
    for character in line:
        octets = character.encode("utf-8", errors="replace")
        if len(parts[-1]) + len(octets) > room:
            parts.append(b"")
            room = _MOST - 1
        parts[-1] += octets
    return b"\r\n ".join(parts) + b"\r\n"
