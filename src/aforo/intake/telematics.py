"""Exports of telematics: CSV with a header, one row a position, named in Spanish or English.

Needed are the device and its time: in one column, or day and clock in two. Times are ISO 8601; under a header in
Spanish also `dd/mm/yyyy`, which under one in English could be read in two ways. A time without an offset is of the zone
that the reader is given: one that clocks repeat in autumn is the first, one that they skip in spring is an hour later.
Latitude and longitude are in degrees, the course in degrees, the speed in km/h or mph and the temperature in Celsius or
Fahrenheit as the column's name says; a `speed` that names no unit is not read.

A portion's lines begin with the header, so that they are a table too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import Final
from zoneinfo import ZoneInfo

from aforo.domain.clock import microseconds
from aforo.domain.reading import CLOSED, NO_SPEED, OPEN, PER_DEGREE, READING_KINDS
from aforo.intake import header as headers
from aforo.intake import rows
from aforo.intake.blocks import Blocks
from aforo.intake.decimals import HUNDREDTHS, KMH, MPH, Scale, scaled
from aforo.intake.delimited import Split, Splitter, splits
from aforo.intake.limits import STANDARD
from aforo.intake.portion import MOST_BYTES, Fault, Gathering, Portions, Said, device_id

_NAMES: Final = {
    "device": "device device_id deviceid unit unit_id vehicle vehicle_id imei tracker asset "
    "unidad dispositivo id_dispositivo equipo vehiculo economico numero_economico rastreador",
    "at": "time timestamp datetime date_time gps_time recorded_at at "
    "fecha_hora fecha_y_hora fechahora fecha_gps hora_gps",
    "day": "date day fecha dia",
    "clock": "clock hour hora",
    "latitude": "lat latitude latitud",
    "longitude": "lon lng long longitude longitud",
    "speed_kmh": "speed_kmh speed_km_h speed_kph kmh km_h velocidad velocidad_kmh velocidad_km_h",
    "speed_mph": "speed_mph mph velocidad_mph",
    "speed": "speed",
    "course": "course heading bearing rumbo direccion curso",
    "door": "door doors puerta puertas",
    "heat": "temp temperature temp_c temperature_c temperatura temperatura_c",
    "heat_f": "temp_f temperature_f temperatura_f",
    "alarm": "alarm alarms alarm_type alarma alarmas tipo_alarma",
}
_MEANING: Final = {name: meaning for meaning, names in _NAMES.items() for name in names.split()}
#: Names of times under which days are written before months.
_DAY_FIRST: Final = re.compile(r"fecha|dia|hora")
_SLASHED: Final = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})(?:[ T]+(.*))?")
_CLOCK: Final = re.compile(r"([0-9]):.*")
_DOORS: Final = {
    **dict.fromkeys(("open", "opened", "abierta", "abierto", "abiertas", "true", "1"), OPEN),
    **dict.fromkeys(("closed", "close", "cerrada", "cerrado", "cerradas", "false", "0"), CLOSED),
}
#: What an alarm says where somebody jams the device, as `_plain` has it; other alarms are of the drive.
_JAMMED: Final = frozenset({
    "jamming", "jammed", "jammer", "jamming_detected", "jammer_detected", "gsm_jamming", "gps_jamming", "gnss_jamming",
    "bloqueo_de_senal", "senal_bloqueada", "inhibidor", "inhibidor_detectado", "inhibicion",
})  # fmt: skip
#: Hundredths of a degree Celsius: from absolute zero to what the column holds.
_LEAST_HEAT, _MOST_HEAT = -27_315, 2**15 - 1
#: Rows of one export.
MOST_ROWS: Final = 250_000
_ROWS_AT_ONCE: Final = 16_384


def read(data: bytes, zone: ZoneInfo | None = None) -> Portions:
    """The rows of an export, by device; times without an offset are of `zone`. Never raises for what `data` holds."""
    blocks = Blocks(BytesIO(data), STANDARD)
    line, number = blocks.first()
    gathering = Gathering("telematics", line, zone.key if zone else "")
    if len(data) > MOST_BYTES:
        gathering.tell("reading_too_large")
        return gathering.done()
    if not line or data.startswith(headers.BINARY_MARKS):
        gathering.tell("rows_missing")
        return gathering.done()
    try:
        header = headers.read(line, None, STANDARD)
    except headers.HeaderError as error:
        gathering.tell(error.code, place=f"line {number}", column=error.column)
        return gathering.done()
    table = _Table(header.columns, zone)
    if lacking := table.lacking():
        gathering.tell(lacking, place=f"line {number}")
        return gathering.done()
    if table.speed_without_unit:
        gathering.tell("telematics_speed", place=f"line {number}", gravity="warning")
    before = 0
    for split in splits(blocks, Splitter(header.separator, list(header.columns), STANDARD), number + 1, _ROWS_AT_ONCE):
        _gather(split, before, table, gathering)
        before += split.count
        if before >= MOST_ROWS:
            gathering.tell("telematics_rows", count=MOST_ROWS)
            break
    if not before:
        gathering.tell("rows_none")
    return gathering.done()


def _gather(split: Split, before: int, table: _Table, gathering: Gathering) -> None:
    """The rows of a part of the export, in its order."""
    for damaged in split.damaged:
        gathering.tell(damaged.code, record=before + damaged.ordinal + 1, place=f"line {damaged.line}")
    places = zip(split.ordinals.tolist(), split.lines.tolist(), split.spans.tolist(), strict=True)
    for (ordinal, line, (start, end)), cells in zip(places, split.frame.iter_rows(), strict=True):
        tell = partial(gathering.tell, record=before + ordinal + 1, place=f"line {line}")
        row = table.meanings(cells)
        device = row.get("device")
        if device is None or device_id(device) is None:
            tell("reading_device_absent" if device is None else "reading_device")
            continue
        said, faults = table.understood(row)
        gathering.add(device, split.block[start:end], said, faults, record=before + ordinal + 1, place=f"line {line}")


class _Table:
    """What the columns of an export mean, and its rows by that."""

    def __init__(self, columns: tuple[str, ...], zone: ZoneInfo | None) -> None:
        self._zone = zone
        self._places: dict[str, int] = {}
        self._day_first = False
        for place, name in enumerate(map(_plain, columns)):
            meaning = _MEANING.get(name)
            if meaning is not None and meaning not in self._places:
                self._places[meaning] = place
                if meaning in ("at", "day"):
                    self._day_first = _DAY_FIRST.search(name) is not None
        # `fecha` and `time` alone hold both day and clock, as `hora` beside `fecha` and `time` beside `date` do not.
        if "at" not in self._places and "clock" not in self._places and "day" in self._places:
            self._places["at"] = self._places.pop("day")
        elif "day" in self._places and "at" in self._places and "clock" not in self._places:
            self._places["clock"] = self._places.pop("at")

    @property
    def speed_without_unit(self) -> bool:
        """Whether the table has a speed of which nobody knows the unit, and no other."""
        return "speed" in self._places and not {"speed_kmh", "speed_mph"} & self._places.keys()

    def lacking(self) -> str | None:
        """The code of what the columns lack that no export can do without."""
        if "device" not in self._places:
            return "telematics_device"
        if "at" not in self._places and not {"day", "clock"} <= self._places.keys():
            return "telematics_time"
        return None

    def meanings(self, cells: tuple[str | None, ...]) -> dict[str, str]:
        """The cells that say something, by what they mean."""
        return {meaning: text for meaning, place in self._places.items() if (text := (cells[place] or "").strip())}

    def understood(self, row: Mapping[str, str]) -> tuple[Said | None, list[Fault]]:
        """The reading of a row, None where it has no time, and what is wrong with it."""
        at = self._instant(row)
        if isinstance(at, str):
            return None, [(at, "", "refusal")]
        jammed = _plain(row.get("alarm", "")) in _JAMMED
        said = {"at": at, "kind": READING_KINDS.index("jammed" if jammed else "normal")}
        faults: list[Fault] = []
        position = _position(row)
        if position is None:
            faults.append(("reading_position", "", "warning"))
        if (door := row.get("door")) is not None:
            if (state := _DOORS.get(door.casefold())) is not None:
                said["door"] = state
            else:
                faults.append(("reading_word", "door", "warning"))
        for column, value in (*(position or {}).items(), *_measured(row)):
            if value is None:
                faults.append(("reading_number", column, "warning"))
            else:
                said[column] = value
        return said, faults

    def _instant(self, row: Mapping[str, str]) -> int | str:
        """When a row is of, or the code of what is wrong with its time."""
        written = row["at"] if "at" in row else f"{row.get('day', '')} {row.get('clock', '')}".strip()
        if not written:
            return "reading_time_absent"
        if slashed := _SLASHED.fullmatch(written):
            if not self._day_first:
                return "telematics_day"
            day, month, year, clock = slashed.groups()
            clock = (clock or "").strip()
            clock = f"0{clock}" if _CLOCK.fullmatch(clock) else clock
            written = f"{year}-{int(month):02}-{int(day):02} {clock}".strip()
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            return "reading_time"
        # A day alone is no instant of a reading.
        if len(written) <= len("2026-01-05"):
            return "reading_time"
        if at.tzinfo is None:
            if self._zone is None:
                return "telematics_zone"
            written = at.replace(tzinfo=self._zone).isoformat()
        said = rows.device_instant(written)
        if isinstance(said, datetime):
            return microseconds(said)
        return "reading_time_range" if said == "row_instant_range" else "reading_time"


def _plain(name: str) -> str:
    """A column's name as it is compared: lower case, no accents, words joined by `_`."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("°", ""))
    return re.sub(r"[^a-z0-9]+", "_", "".join(each for each in letters if not unicodedata.combining(each))).strip("_")


def _position(row: Mapping[str, str]) -> dict[str, int] | None:
    """Where a row says the device was, empty where it does not say, or zero and zero; None where that is nowhere."""
    if "latitude" not in row and "longitude" not in row:
        return {}
    degree: Scale = (PER_DEGREE, 1)
    latitude = scaled(row.get("latitude", ""), degree, -90 * PER_DEGREE, 90 * PER_DEGREE)
    longitude = scaled(row.get("longitude", ""), degree, -180 * PER_DEGREE, 180 * PER_DEGREE)
    if latitude is None or longitude is None:
        return None
    return {"fix": 1, "latitude": latitude, "longitude": longitude} if latitude or longitude else {}


def _measured(row: Mapping[str, str]) -> Iterator[tuple[str, int | None]]:
    """What a row measured, by column, where it is there; None where it is no such number."""
    speed, scale = ("speed_mph", MPH) if "speed_kmh" not in row else ("speed_kmh", KMH)
    if speed in row:
        yield "speed", scaled(row[speed], scale, 0, NO_SPEED - 1)
    if "course" in row:
        yield "course", scaled(row["course"], HUNDREDTHS, 0, 36_000)
    if "heat" in row:
        yield "heat", scaled(row["heat"], HUNDREDTHS, _LEAST_HEAT, _MOST_HEAT)
    elif "heat_f" in row:
        fahrenheit = scaled(row["heat_f"], HUNDREDTHS, -45_967, 62_000)
        yield "heat", None if fahrenheit is None else round((fahrenheit - 3_200) * 5 / 9)
