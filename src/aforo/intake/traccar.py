"""Positions as Traccar forwards them: JSON, one position or an array of them, each alone or with its device.

`{"position": {…}, "device": {"uniqueId": …}}` is what the server forwards; a bare position is its device's by
`uniqueId`, else by the server's number, `deviceId`. Read of it: `deviceTime` (else `fixTime`, else `serverTime`) as ISO
8601 with an offset or as milliseconds since 1970, `valid` and `outdated`, `latitude`, `longitude`, `speed` (knots),
`course`, and of `attributes` `alarm`, `door`, `battery` (volts), `sat`, `index`, `rssi` (dBm, where below zero),
`temp1` (Celsius), and what tag was read (`nfc`, else `card`). All else stays in the line and is not read.

Numbers are read as they are written, without a float in between.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from aforo.domain.clock import microseconds
from aforo.domain.reading import CLOSED, NO_BATTERY, NO_SPEED, OPEN, PER_DEGREE, READING_KINDS, ReadingKind
from aforo.intake import rows
from aforo.intake.decimals import HUNDREDTHS, KNOTS, ONE, THOUSANDTHS, Scale, scaled
from aforo.intake.portion import EARLIEST, LATEST, MOST_BYTES, Fault, Gathering, Portions, Said, device_id, tag_of

#: Positions of one request; Traccar itself sends them one by one.
MOST_POSITIONS: Final = 50_000
#: Characters of one position with its device; what is longer is not read. It also bounds the search for what is wrong.
LONGEST: Final = 32_768
#: What an alarm is, the gravest first; others are of the drive, not of the seal.
_ALARMS: Final[dict[str, ReadingKind]] = {
    "tampering": "tamper",
    "removing": "tamper",
    "gpsAntennaCut": "tamper",
    "jamming": "jammed",
    "door": "door",
    "fallDown": "drop",
    "vibration": "shock",
    "shock": "shock",
    "unlock": "unlock",
    "lock": "lock",
    "powerOn": "startup",
    "powerOff": "termination",
}
_TIMES: Final = ("deviceTime", "fixTime", "serverTime")
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_NO_TAG: Final = frozenset({"", "0:0:0:0"})


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


_DECODER: Final = json.JSONDecoder(parse_int=_Number, parse_float=_Number, parse_constant=lambda _: None)


def read(data: bytes) -> Portions:
    """The positions of a request, by device. Never raises for what `data` holds."""
    gathering = Gathering("traccar")
    if len(data) > MOST_BYTES:
        gathering.tell("reading_too_large")
        return gathering.done()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        gathering.tell("traccar_not_json")
        return gathering.done()
    record = 0
    for line, value in _values(text):
        record += 1
        place = f"position {record}"
        if record > MOST_POSITIONS:
            gathering.tell("traccar_too_many", count=MOST_POSITIONS)
            break
        if not isinstance(value, dict):
            gathering.tell("traccar_not_json" if line is None else "traccar_no_position", record=record, place=place)
            continue
        assert line is not None, "what was understood stands somewhere"
        position = value.get("position") if "device" in value or "position" in value else value
        device = _device(value, position)
        if device is None or device_id(device) is None:
            gathering.tell("reading_device_absent" if device is None else "reading_device", record=record, place=place)
            continue
        said, faults = _understood(position) if isinstance(position, dict) else (None, [])
        gathering.add(device, line, said, faults, record=record, place=place)
    if not record:
        gathering.tell("reading_none")
    return gathering.done()


def _values(text: str) -> Iterator[tuple[bytes | None, Any]]:
    """The values in a text that holds one, an array of some, or some on lines of their own; each with its bytes on one
    line. None and None for what is not JSON: it is passed over to the end of its line, within an array to the end."""
    at, end = _pass(text, 0), len(text)
    array = text.startswith("[", at)
    at = _pass(text, at + array)
    while at < end and not (array and text[at] == "]"):
        try:
            value, size = _DECODER.raw_decode(text[at : at + LONGEST])
        except (ValueError, RecursionError):
            yield None, None
            line_end = text.find("\n", at)
            if array or line_end < 0:
                return
            at = _pass(text, line_end)
            continue
        # Breaks stand between items only: within a string JSON has none.
        yield text[at : at + size].replace("\r", " ").replace("\n", " ").encode(), value
        at = _pass(text, at + size)
        if array:
            if text.startswith(",", at):
                at = _pass(text, at + 1)
            elif not text.startswith("]", at):
                yield None, None
                return


def _pass(text: str, at: int) -> int:
    """Where, from `at` on, something else than space stands."""
    found = _SPACE.match(text, at)
    assert found is not None, "no space is space too"
    return found.end()


def _device(value: Mapping[str, Any], position: object) -> str | None:
    """Whose a position is; None where it does not say."""
    for holder, name in ((value.get("device"), "uniqueId"), (position, "uniqueId"), (position, "deviceId")):
        named = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(named, str) and named:
            return str(named)
    return None


def _understood(position: Mapping[str, Any]) -> tuple[Said | None, list[Fault]]:
    """The reading of a position, None where it has no time, and what is wrong with it."""
    name = next((each for each in _TIMES if position.get(each) is not None), None)
    if name is None:
        return None, [("reading_time_absent", "", "refusal")]
    at = _instant(position[name])
    if isinstance(at, str):
        return None, [(at, "", "refusal")]
    faults: list[Fault] = [("reading_time_server", "", "warning")] if name == "serverTime" else []
    attributes = position.get("attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    said = {"at": at, "kind": READING_KINDS.index(_kind(attributes.get("alarm")))}
    if isinstance(door := attributes.get("door"), bool):
        said["door"] = OPEN if door else CLOSED
    elif door is not None:
        faults.append(("reading_word", "door", "warning"))
    found = _position(position, attributes)
    if found is None:
        faults.append(("reading_position", "", "warning"))
    for column, value in (*(found or {}).items(), *_measured(position, attributes, bool(found))):
        if value is None:
            faults.append(("reading_number", column, "warning"))
        else:
            said[column] = value
    tag = attributes.get("nfc") or attributes.get("card")
    if isinstance(tag, str) and tag not in _NO_TAG:
        said["tag"] = tag_of(tag)
    return said, faults


def _instant(written: Any) -> int | str:
    """The instant that is written as a time, or the code of what is wrong."""
    if isinstance(written, _Number):
        at = scaled(written, (1_000, 1), EARLIEST, LATEST)
        return "reading_time_range" if at is None else at
    said = rows.device_instant(written) if isinstance(written, str) else None
    if isinstance(said, datetime):
        return microseconds(said)
    return "reading_time_range" if said == "row_instant_range" else "reading_time"


def _kind(alarm: Any) -> ReadingKind:
    """What made the device report: the gravest of its alarms, which are joined by commas where there are several."""
    said = set(alarm.split(",")) if isinstance(alarm, str) else set()
    return next((kind for name, kind in _ALARMS.items() if name in said), "normal")


def _position(position: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, int] | None:
    """Where the device was, empty where it does not know: without a valid fix of its own, without satellites, or at
    zero and zero; None where it is nowhere."""
    if position.get("valid") is not True or position.get("outdated") is True or attributes.get("sat") == "0":
        return {}
    degree: Scale = (PER_DEGREE, 1)
    latitude = _number(position.get("latitude"), degree, -90 * PER_DEGREE, 90 * PER_DEGREE)
    longitude = _number(position.get("longitude"), degree, -180 * PER_DEGREE, 180 * PER_DEGREE)
    if latitude is None or longitude is None:
        return None
    return {"fix": 1, "latitude": latitude, "longitude": longitude} if latitude or longitude else {}


def _measured(
    position: Mapping[str, Any], attributes: Mapping[str, Any], fix: bool
) -> Iterator[tuple[str, int | None]]:
    """What was measured, by column, where it is there; None where it is no such number."""
    columns: list[tuple[str, Any, Scale, int, int]] = [
        ("sequence", attributes.get("index"), ONE, 0, 2**32 - 1),
        ("battery", attributes.get("battery"), THOUSANDTHS, 0, NO_BATTERY - 1),
        ("heat", attributes.get("temp1"), HUNDREDTHS, -27_315, 2**15 - 1),
    ]
    # Modems count their signal from zero up; that is another unit.
    if isinstance(rssi := attributes.get("rssi"), _Number) and rssi.startswith("-"):
        columns.append(("signal", rssi, ONE, -200, 0))
    if fix:
        columns.append(("speed", position.get("speed"), KNOTS, 0, NO_SPEED - 1))
        columns.append(("course", position.get("course"), HUNDREDTHS, 0, 36_000))
    for column, written, scale, least, most in columns:
        if written is not None:
            yield column, _number(written, scale, least, most)


def _number(written: Any, scale: Scale, least: int, most: int) -> int | None:
    return scaled(written, scale, least, most) if isinstance(written, _Number) else None
