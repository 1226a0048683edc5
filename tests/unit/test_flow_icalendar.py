"""A calendar file keeps to RFC 5545, whatever names scanners have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from aforo.flow.icalendar import Appointment, icalendar

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
START = datetime(2026, 3, 3, 2, 0, tzinfo=timezone(timedelta(hours=-6)))


def one(summary: str) -> bytes:
    appointment = Appointment("S-1@aforo", START, START + timedelta(hours=6), summary, "2304", "a, b; c\\d\ne")
    return icalendar([appointment], "Fleet", NOW)


def unfolded(data: bytes) -> list[str]:
    """As section 3.1 says that it is read again."""
    return data.decode("utf-8").replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def test_a_file_is_what_was_checked_by_hand() -> None:
    assert one("S-1: quarterly") == (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Aforo//fleet calendar//EN\r\nCALSCALE:GREGORIAN\r\n"
        b"METHOD:PUBLISH\r\nNAME:Fleet\r\nX-WR-CALNAME:Fleet\r\n"
        b"BEGIN:VEVENT\r\nUID:S-1@aforo\r\nDTSTAMP:20260301T120000Z\r\nDTSTART:20260303T080000Z\r\n"
        b"DTEND:20260303T140000Z\r\nSUMMARY:S-1: quarterly\r\nLOCATION:2304\r\n"
        b"DESCRIPTION:a\\, b\\; c\\\\d\\ne\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


@given(st.text(max_size=300))
def test_no_line_is_longer_than_75_octets_and_no_text_adds_one(summary: str) -> None:
    data = one(summary)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    lines = unfolded(data)
    assert len(lines) == 18
    (told,) = (line for line in lines if line.startswith("SUMMARY:"))
    assert "\n" not in told
    assert "\r" not in told


def test_a_long_text_comes_out_as_it_went_in() -> None:
    summary = "Escáner móvil " * 20
    assert f"SUMMARY:{summary}" in unfolded(one(summary))
