"""The plain-text messages of seals: `##S,…,E##`, one line of ASCII each, unsigned and without a checksum.

Fields, split by commas: `##S`, device type, device, customer, firmware, type, index, date and time (UTC), interval, `A`
or `V` (satellites), latitude and longitude (`25.7N 100.3W`), course, speed in km/h, door (`Open`, `Close`),
acceleration, tag (NFC, `d:d:d:d`), battery in volts, signal in dBm, `E##`. Other lines of the family have fewer fields
and no position: no reading comes of them, and they are kept beside what readings the same device sent with them.

The unit of the interval is in no public source, so that it is kept with the line and not read. The index restarts when
the device does. Nothing shows that a field was changed on its way: what the line says is what is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from aforo.domain.clock import microseconds
from aforo.domain.reading import CLOSED, NO_BATTERY, NO_SPEED, OPEN, PER_DEGREE, READING_KINDS, ReadingKind
from aforo.intake.decimals import HUNDREDTHS, KMH, ONE, THOUSANDTHS, Scale, scaled
from aforo.intake.portion import EARLIEST, LATEST, MOST_BYTES, Fault, Gathering, Portions, Said, device_id, tag_of

#: Bytes of a message from its first mark to its last.
LONGEST: Final = 1_024
_BEGIN, _END = b"##S,", b",E##"
_MESSAGE: Final = re.compile(rb"##S,[^#\r\n]{1,%d},E##" % (LONGEST - len(_BEGIN + _END)))
#: What may still become a message, at the end of what came so far.
_OPEN: Final = re.compile(rb"(?:##S,[^#\r\n]{0,%d}(?:(?<=,E)#)?|##S?|#)\Z" % (LONGEST - len(_BEGIN + _END)))
#: Fields of a message with a position.
_FIELDS: Final = 20
#: Up to the type: what an answer begins with too.
_PREFIX: Final = 5
_KINDS: Final[dict[str, ReadingKind]] = {
    "Startup": "startup",
    "Normal": "normal",
    "Button-Normal": "button",
    "Termination": "termination",
    "Event-Door": "door",
    "Event-Shock": "shock",
    "Event-Drop": "drop",
    "Event-Lock": "lock",
    "Event-RC-Unlock": "unlock",
}
_DOORS: Final = {"Open": OPEN, "Close": CLOSED}
_DAY, _CLOCK = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}")
_POSITION: Final = re.compile(r"([0-9.]{1,16})([NS]) ([0-9.]{1,16})([EW])")
#: No tag was read.
_NO_TAG: Final = frozenset({"", "0:0:0:0"})


class Cut(NamedTuple):
    """A stream cut into messages: those that are whole, what may still become one, and how many bytes of the rest
    belong to none (ends of lines apart)."""

    messages: list[bytes]
    rest: bytes
    between: int


def cut(data: bytes) -> Cut:
    """The messages in a stream so far, in its order. `rest` is to stand before what comes next; it is always shorter
    than LONGEST."""
    messages, between, at = [], 0, 0
    for found in _MESSAGE.finditer(data):
        between += _told(data[at : found.start()])
        messages.append(found[0])
        at = found.end()
    start = _beginning(data, at)
    return Cut(messages, data[start:], between + _told(data[at:start]))


def read(data: bytes) -> Portions:
    """The messages in a batch, by device. Never raises for what `data` holds."""
    gathering = Gathering("seal_text")
    if len(data) > MOST_BYTES:
        gathering.tell("reading_too_large")
        return gathering.done()
    messages, rest, between = cut(data)
    for record, message in enumerate(messages, 1):
        place = f"message {record}"
        device = device_of(message)
        if device is None:
            gathering.tell("reading_device", record=record, place=place)
            continue
        said, faults = _understood(message.decode("ascii").split(","))
        gathering.add(device, message, said, faults, record=record, place=place)
    if between:
        gathering.tell("seal_between", count=between, gravity="warning")
    if rest:
        gathering.tell("seal_cut", record=len(messages) + 1, place=f"message {len(messages) + 1}")
    elif not messages:
        gathering.tell("reading_none")
    return gathering.done()


def acknowledgement(message: bytes) -> bytes:
    """What the device is to be answered once what it sent is kept; empty where it waits for no answer: a message that
    no reading comes of is sent again, or needs none."""
    if device_of(message) is None:
        return b""
    fields = message.decode("ascii").split(",")
    if _understood(fields)[0] is None:
        return b""
    return ",".join([*fields[:_PREFIX], f"{fields[_PREFIX]} ACK", fields[_PREFIX + 1], "E##\r\n"]).encode("ascii")


def _told(between: bytes) -> int:
    """How many bytes between messages are more than ends of lines."""
    return len(between.translate(None, b"\r\n"))


def _beginning(data: bytes, at: int) -> int:
    """Where, from `at` on, a message begins that is not whole yet; the end of the data where none does."""
    found = _OPEN.search(data, at)
    return found.start() if found else len(data)


def device_of(message: bytes) -> str | None:
    """Who sent a message; None where it does not say so."""
    fields = message.split(b",", 3)
    return device_id(fields[2].decode("ascii")) if message.isascii() and len(fields) > 3 else None


def _understood(fields: list[str]) -> tuple[Said | None, list[Fault]]:
    """The reading of a message, None where it has none, and what is wrong with it."""
    kind = _KINDS.get(fields[_PREFIX]) if len(fields) > _PREFIX else None
    if len(fields) != _FIELDS:
        return None, [("seal_damaged", "", "refusal")] if kind else []
    index = scaled(fields[6], ONE, 0, 2**32 - 1) if fields[6].isdigit() else None
    if index is None:
        return None, [("seal_index", "", "refusal")]
    at = _moment(fields[7], fields[8])
    if at is None:
        return None, [("reading_time", "", "refusal")]
    if not EARLIEST <= at <= LATEST:
        return None, [("reading_time_range", "", "refusal")]
    faults: list[Fault] = [] if kind else [("seal_type", "", "warning")]
    said = {"at": at, "sequence": index, "kind": READING_KINDS.index(kind or "normal")}
    if (door := _DOORS.get(fields[14])) is not None:
        said["door"] = door
    elif fields[14]:
        faults.append(("reading_word", "door", "warning"))
    position = _position(fields[11]) if fields[10] == "A" else {}
    if position is None:
        faults.append(("reading_position", "", "warning"))
    for column, value in (*(position or {}).items(), *_measured(fields, bool(position))):
        if value is None:
            faults.append(("reading_number", column, "warning"))
        else:
            said[column] = value
    if fields[16] not in _NO_TAG:
        said["tag"] = tag_of(fields[16])
    return said, faults


def _measured(fields: list[str], fix: bool) -> Iterator[tuple[str, int | None]]:
    """What a message measured, by column; without satellites, course and speed are not measured."""
    columns: list[tuple[str, str, Scale, int, int]] = [
        ("battery", fields[17], THOUSANDTHS, 0, NO_BATTERY - 1),
        ("signal", fields[18], ONE, -200, 0),
    ]
    if fix:
        columns += [
            ("course", fields[12], HUNDREDTHS, 0, 36_000),
            ("speed", fields[13], KMH, 0, NO_SPEED - 1),
        ]
    for column, text, scale, least, most in columns:
        yield column, scaled(text, scale, least, most)


def _moment(day: str, clock: str) -> int | None:
    """The instant of a day and a time of UTC; None where there is none such."""
    if _DAY.fullmatch(day) is None or _CLOCK.fullmatch(clock) is None:
        return None
    try:
        return microseconds(datetime.fromisoformat(f"{day}T{clock}+00:00"))
    except ValueError:
        return None


def _position(text: str) -> dict[str, int] | None:
    """Where a device says it is; empty where it says zero and zero, which is how it says that it does not know; None
    where it is nowhere."""
    matched = _POSITION.fullmatch(text)
    if matched is None:
        return None
    degree: Scale = (PER_DEGREE, 1)
    latitude = scaled(matched[1], degree, 0, 90 * PER_DEGREE)
    longitude = scaled(matched[3], degree, 0, 180 * PER_DEGREE)
    if latitude is None or longitude is None:
        return None
    if not latitude and not longitude:
        return {}
    return {
        "fix": 1,
        "latitude": -latitude if matched[2] == "S" else latitude,
        "longitude": -longitude if matched[4] == "W" else longitude,
    }
