"""Exports of telematics: columns in two languages, times with a zone and without, and a real export of a bus route."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from aforo.domain.clock import microseconds
from aforo.domain.reading import ABSENT, NO_SPEED, READING_KINDS
from aforo.intake import telematics
from aforo.intake.telematics import read

MONTERREY = ZoneInfo("America/Monterrey")
NEW_YORK = ZoneInfo("America/New_York")


def utc(*parts: int) -> int:
    return microseconds(datetime(*parts, tzinfo=UTC))  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    "data",
    [
        "unidad;fecha hora;latitud;longitud;velocidad;rumbo;puerta;temperatura\n"
        "T-7;02/03/2026 08:14:40;27.641205;-99.540013;90;350;Abierta;-4.5\n",
        "Económico,Fecha y Hora,Latitud,Longitud,Velocidad (km/h),Dirección,Puertas,Temperatura °C\n"
        'T-7,"2026-03-02 8:14:40","27.641205",-99.540013,90.0,350,OPEN,-4.5\n'.replace(" 8:", " 08:"),
        "vehicle_id\ttimestamp\tlat\tlng\tspeed km/h\theading\tdoor\ttemp_f\n"
        "T-7\t2026-03-02T08:14:40-06:00\t27.641205\t-99.540013\t90\t350\t1\t23.9\n",
        "device,date,time,latitude,longitude,speed_kph,course,doors,temp\n"
        "T-7,2026-03-02,08:14:40,27.641205,-99.540013,90,350,opened,-4.5\n",
        "Unidad,Fecha,Hora,Lat,Lon,kmh,Curso,Puerta,Temp\nT-7,2/3/2026,8:14:40,27.641205,-99.540013,90,350,abierto,-4.5\n",
    ],
)
def test_columns_are_known_in_both_languages(data: str) -> None:
    told = read(data.encode(), MONTERREY)
    (portion,) = told.portions
    assert (told.problems, portion.problems, portion.device, portion.zone) == ((), (), "T-7", "America/Monterrey")
    (row,) = portion.readings
    assert row["at"] == utc(2026, 3, 2, 14, 14, 40)
    assert [int(row[name]) for name in ("fix", "latitude", "longitude", "speed", "course", "door", "heat")] == [
        1, 276_412_050, -995_400_130, 2_500, 35_000, 2, -450,
    ]  # fmt: skip
    assert portion.raw == data.encode(), "the header and the row are what a portion is read again from"


@pytest.mark.parametrize(
    ("written", "kind"),
    [("Jamming", "jammed"), ("GSM jamming", "jammed"), ("Señal bloqueada", "jammed"), ("Inhibidor", "jammed"),
     ("Exceso de velocidad", "normal"), ("", "normal")],
)  # fmt: skip
def test_an_alarm_of_jamming_is_known_in_both_languages(written: str, kind: str) -> None:
    for name in ("alarm", "Alarma"):
        (portion,) = read(f"unidad,fecha hora,{name}\nT-7,2026-03-02 08:14:40,{written}\n".encode(), MONTERREY).portions
        assert READING_KINDS[portion.readings[0]["kind"]] == kind


def test_other_encodings_are_read() -> None:
    text = "Número económico,fecha hora\nTracto Ñ,2026-03-02 08:14\n"
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        (portion,) = read(text.encode(encoding), MONTERREY).portions
        assert (portion.device, len(portion.readings)) == ("Tracto Ñ", 1)
        assert read(portion.raw, MONTERREY).portions[0].readings.tobytes() == portion.readings.tobytes()


@pytest.mark.parametrize(
    ("written", "zone", "expected"),
    [
        ("2026-03-02 08:14:40", MONTERREY, utc(2026, 3, 2, 14, 14, 40)),
        ("2026-03-02T08:14:40.25Z", None, utc(2026, 3, 2, 8, 14, 40, 250_000)),
        ("2026-03-02 08:14:40+05:30", MONTERREY, utc(2026, 3, 2, 2, 44, 40)),
        # The first of two; and an hour later where the clocks skip it.
        ("2025-11-02 01:30:00", NEW_YORK, utc(2025, 11, 2, 5, 30)),
        ("2025-03-09 02:30:00", NEW_YORK, utc(2025, 3, 9, 7, 30)),
    ],
)
def test_times_are_instants(written: str, zone: ZoneInfo | None, expected: int) -> None:
    (portion,) = read(f"device,time\na,{written}\n".encode(), zone).portions
    assert (portion.readings["at"].tolist(), portion.problems) == ([expected], ())


@pytest.mark.parametrize(
    ("header", "written", "zone", "code"),
    [
        ("device,time", "2026-03-02 08:14:40", None, "telematics_zone"),
        ("device,time", "02/03/2026 08:14:40", MONTERREY, "telematics_day"),
        ("unidad,fecha hora", "31/31/2026 08:14:40", MONTERREY, "reading_time"),
        ("unidad,fecha hora", "02/03/2026", MONTERREY, "reading_time"),
        ("device,time", "2026-03-02", MONTERREY, "reading_time"),
        ("device,time", "1772439280", MONTERREY, "reading_time"),
        ("device,time", "2026-03-02 25:00", MONTERREY, "reading_time"),
        ("device,time", "", MONTERREY, "reading_time_absent"),
        ("device,time", "2101-01-01 00:00", MONTERREY, "reading_time_range"),
        ("device,time", "0001-01-01 00:00", NEW_YORK, "reading_time_range"),
        ("device,time", "9999-12-31 23:59", NEW_YORK, "reading_time_range"),
    ],
)
def test_times_that_are_none_cost_the_reading_and_the_row_is_kept(
    header: str, written: str, zone: ZoneInfo | None, code: str
) -> None:
    (portion,) = read(f"{header}\na,{written}\n".encode(), zone).portions
    assert len(portion.readings) == 0
    assert [(each.record, each.place, each.gravity, each.code) for each in portion.problems] == [
        (1, "line 2", "refusal", code),
    ]  # fmt: skip
    assert portion.raw.endswith(f"a,{written}\n".encode())


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("time,lat", "telematics_device"),
        ("id,time,lat", "telematics_device"),
        ("device,lat", "telematics_time"),
        ("unidad,hora", "telematics_time"),
    ],
)
def test_a_table_without_device_or_time_is_none(header: str, code: str) -> None:
    told = read(f"{header}\n1,2,3\n".encode(), MONTERREY)
    assert (told.portions, [(each.code, each.place) for each in told.problems]) == ((), [(code, "line 1")])


def test_a_day_alone_holds_the_clock_too() -> None:
    (portion,) = read(b"unidad,fecha\na,02/03/2026 08:14:40\n", MONTERREY).portions
    assert portion.readings["at"].tolist() == [utc(2026, 3, 2, 14, 14, 40)]


def test_a_speed_of_no_unit_is_not_read_and_said_once() -> None:
    told = read(b"device,time,speed\na,2026-03-02 08:14:40,55\na,2026-03-02 08:15:40,56\n", MONTERREY)
    assert told.portions[0].readings["speed"].tolist() == [NO_SPEED, NO_SPEED]
    assert [(each.code, each.gravity) for each in told.problems] == [("telematics_speed", "warning")]
    told = read(b"device,time,speed,speed (mph)\na,2026-03-02 08:14:40,55,100\n", MONTERREY)
    assert (told.portions[0].readings["speed"].tolist(), told.problems) == ([4_470], ())


@pytest.mark.parametrize(
    ("column", "written", "code"),
    [
        ("lat", "91", "reading_position"),
        ("lat", "", "reading_position"),
        ("lon", "x", "reading_position"),
        ("kmh", "-3", "reading_number"),
        ("heading", "400", "reading_number"),
        ("temp", "hot", "reading_number"),
        ("door", "ajar", "reading_word"),
    ],
)
def test_what_is_wrong_counts_as_not_given(column: str, written: str, code: str) -> None:
    row = {"device": "a", "time": "2026-03-02 08:14:40", "lat": "27.6", "lon": "-99.5", "kmh": "90", "heading": "1",
           "temp": "20", "door": "closed"} | {column: written}  # fmt: skip
    (portion,) = read(f"{','.join(row)}\n{','.join(row.values())}\n".encode(), MONTERREY).portions
    assert [(each.code, each.gravity) for each in portion.problems] == [(code, "warning")]
    assert len(portion.readings) == 1


def test_empty_cells_say_nothing() -> None:
    (portion,) = read(b"device,time,lat,lon,kmh,heading,door,temp\na,2026-03-02 08:14,,,,,,\n", MONTERREY).portions
    (row,) = portion.readings
    assert portion.problems == ()
    assert (row["fix"], row["speed"], row["course"], row["door"], row["heat"]) == (False, NO_SPEED, NO_SPEED, 0, ABSENT)


def test_damaged_rows_are_told_with_their_line_and_stop_no_other() -> None:
    data = b'device,time\na,2026-03-02 08:14\na\n"a,2026-03-02 08:15\n,2026-03-02 08:15\na,2026-03-02 08:16\n'
    told = read(data, MONTERREY)
    assert len(told.portions[0].readings) == 2
    assert sorted((each.record, each.place, each.code) for each in told.problems) == [
        (2, "line 3", "fields_missing"),
        (3, "line 4", "quotes_unbalanced"),
        (4, "line 5", "reading_device_absent"),
    ]


def test_a_column_that_comes_twice_counts_once_and_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    (portion,) = read(b"device,unidad,time,time\na,b,2026-03-02 08:14,x\n", MONTERREY).portions
    assert (portion.device, len(portion.readings)) == ("a", 1)
    monkeypatch.setattr(telematics, "MOST_ROWS", 2)
    told = read(b"device,time\n" + b"a,2026-03-02 08:14\n" * 3, MONTERREY)
    assert [each.code for each in told.problems] == ["telematics_rows"]


def test_a_real_export_is_read_whole(shared_data: Path) -> None:
    data = (shared_data / "custody" / "gps" / "liverpool_bus_route14.csv").read_bytes()
    told = read(data, ZoneInfo("Europe/London"))
    assert told.problems == ()
    assert sum(len(portion.readings) for portion in told.portions) == 1_533
    assert all(portion.problems == () for portion in told.portions)
    first = told.portions[0]
    assert (first.device, first.readings["at"][0]) == ("4716", utc(2026, 1, 26, 15, 57, 2))
    assert (first.readings["latitude"][0], first.readings["longitude"][0]) == (534_445_100, -29_251_730)
    assert (first.readings["course"][0], first.readings["course"][1]) == (NO_SPEED, 5_300)
    for portion in told.portions:
        assert portion.readings["fix"].all()
        assert np.abs(portion.readings["latitude"] - 534_000_000).max() < 3_000_000
        assert read(portion.raw, ZoneInfo("Europe/London")).portions[0].readings.tobytes() == portion.readings.tobytes()
    # Every row of the file is in one portion, as it was sent.
    rows = sorted(line for portion in told.portions for line in portion.raw.splitlines()[1:])
    assert rows == sorted(data.splitlines()[1:])
