"""Positions as Traccar forwards them: what is read of them, whose they are, and what is wrong with them."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from aforo.domain.clock import microseconds
from aforo.domain.reading import ABSENT, NO_BATTERY, NO_SPEED, READING_KINDS
from aforo.intake.traccar import LONGEST, MOST_POSITIONS, read

AT = "2026-03-02T08:14:40.000+00:00"
EXPECTED = microseconds(datetime(2026, 3, 2, 8, 14, 40, tzinfo=UTC))
POSITION: dict[str, Any] = {
    "id": 8123, "deviceId": 61, "protocol": "eseal", "serverTime": "2026-03-02T09:00:00.000+00:00", "deviceTime": AT,
    "fixTime": AT, "outdated": False, "valid": True, "latitude": 27.641205, "longitude": -99.540013, "altitude": 0.0,
    "speed": 48.596112, "course": 350.0, "address": None, "accuracy": 0.0, "network": None,
}  # fmt: skip


def forwarded(attributes: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    position = {name: value for name, value in (POSITION | changed).items() if value != "LEFT OUT"}
    return {"position": position | {"attributes": attributes or {}}, "device": {"id": 61, "uniqueId": "4410077"}}


def one(value: Any) -> Any:
    (portion,) = read(json.dumps(value).encode()).portions
    return portion


def test_a_position_is_read_field_by_field() -> None:
    attributes = {"alarm": "door", "door": True, "battery": 3.81, "sat": 7, "index": 52, "rssi": -73, "temp1": -4.5,
                  "nfc": "1:2:3:4", "motion": True}  # fmt: skip
    portion = one(forwarded(attributes))
    assert (portion.device, portion.form, portion.problems) == ("4410077", "traccar", ())
    (row,) = portion.readings
    assert (row["at"], row["sequence"], READING_KINDS[row["kind"]], row["door"], row["fix"]) == (
        EXPECTED, 52, "door", 2, True,
    )  # fmt: skip
    assert (row["latitude"], row["longitude"], row["speed"], row["course"]) == (
        276_412_050, -995_400_130, 2_500, 35_000,
    )  # fmt: skip
    assert (row["battery"], row["signal"], row["heat"]) == (3_810, -73, -450)
    assert row["tag"] == int.from_bytes(sha256(b"1:2:3:4").digest()[:8], "little")


def test_whose_it_is() -> None:
    bare = POSITION | {"attributes": {}}
    assert one(bare).device == "61"
    assert one(bare | {"uniqueId": "4410077"}).device == "4410077"
    assert one({"position": bare}).device == "61"
    assert one({"position": bare, "device": {"uniqueId": "Tracto 7"}}).device == "Tracto 7"
    for none in ({}, {"device": None}, {"device": {"uniqueId": ""}, "position": {}}, {"position": {"deviceId": None}}):
        assert [each.code for each in read(json.dumps(none).encode()).problems] == ["reading_device_absent"]
    for bad in ("a\nb", "x" * 65, " a", "\ud800"):
        told = read(json.dumps(forwarded() | {"device": {"uniqueId": bad}}).encode())
        assert [each.code for each in told.problems] == ["reading_device"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, EXPECTED),
        ({"deviceTime": 1_772_439_280_000}, EXPECTED),
        ({"deviceTime": "2026-03-02T02:14:40.5-06:00"}, EXPECTED + 500_000),
        ({"deviceTime": None}, EXPECTED),
        ({"deviceTime": "LEFT OUT", "fixTime": "2026-03-02T08:14:41Z"}, EXPECTED + 1_000_000),
    ],
)
def test_the_devices_own_time_is_taken(changed: dict[str, Any], expected: int) -> None:
    portion = one(forwarded(**changed))
    assert (portion.readings["at"].tolist(), portion.problems) == ([expected], ())


def test_the_servers_time_stands_in_and_is_said_to() -> None:
    portion = one(forwarded(deviceTime=None, fixTime=None))
    assert portion.readings["at"].tolist() == [microseconds(datetime(2026, 3, 2, 9, tzinfo=UTC))]
    assert [(each.code, each.gravity) for each in portion.problems] == [("reading_time_server", "warning")]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"deviceTime": None, "fixTime": None, "serverTime": None}, "reading_time_absent"),
        ({"deviceTime": "2026-03-02T08:14:40"}, "reading_time"),
        ({"deviceTime": "yesterday"}, "reading_time"),
        ({"deviceTime": True}, "reading_time"),
        ({"deviceTime": "2101-01-01T00:00:00Z"}, "reading_time_range"),
        ({"deviceTime": -1}, "reading_time_range"),
        ({"deviceTime": 10**300}, "reading_time_range"),
    ],
)
def test_without_a_time_there_is_no_reading_and_the_line_is_kept(changed: dict[str, Any], code: str) -> None:
    portion = one(forwarded(**changed))
    assert (len(portion.readings), [(each.code, each.gravity) for each in portion.problems]) == (
        0, [(code, "refusal")],
    )  # fmt: skip
    assert portion.raw.count(b"\n") == 1


@pytest.mark.parametrize(
    ("changed", "attributes"),
    [
        ({"valid": False}, {}), ({"valid": None}, {}), ({"outdated": True}, {}), ({}, {"sat": 0}),
        ({"latitude": 0.0, "longitude": 0.0}, {}), ({"latitude": 0, "longitude": -0.0}, {}),
    ],
)  # fmt: skip
def test_where_the_device_does_not_know_where_it_is_there_is_no_fix(
    changed: dict[str, Any], attributes: dict[str, Any]
) -> None:
    portion = one(forwarded(attributes, **changed))
    (row,) = portion.readings
    assert (row["fix"], row["latitude"], row["longitude"], row["speed"], row["course"], portion.problems) == (
        False, 0, 0, NO_SPEED, NO_SPEED, (),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("alarm", "kind"),
    [
        ("door", "door"), ("vibration", "shock"), ("shock", "shock"), ("fallDown", "drop"), ("lock", "lock"),
        ("unlock", "unlock"), ("tampering", "tamper"), ("removing", "tamper"), ("gpsAntennaCut", "tamper"),
        ("powerOn", "startup"), ("powerOff", "termination"), ("overspeed", "normal"), (None, "normal"), (7, "normal"),
        ("lowBattery,door", "door"), ("jamming", "jammed"), ("powerCut,jamming", "jammed"),
        ("lock,tampering,door", "tamper"), ("doors", "normal"),
    ],
)  # fmt: skip
def test_alarms_are_kinds_and_the_gravest_counts(alarm: Any, kind: str) -> None:
    assert READING_KINDS[one(forwarded({"alarm": alarm})).readings[0]["kind"]] == kind


@pytest.mark.parametrize(
    ("changed", "attributes", "code", "column"),
    [
        ({"latitude": 90.0000001}, {}, "reading_position", ""),
        ({"longitude": None}, {}, "reading_position", ""),
        ({"latitude": "27.6"}, {}, "reading_position", ""),
        ({"speed": -0.5}, {}, "reading_number", "speed"),
        ({"course": 361}, {}, "reading_number", "course"),
        ({}, {"battery": 70}, "reading_number", "battery"),
        ({}, {"battery": "3.8"}, "reading_number", "battery"),
        ({}, {"index": 2**32}, "reading_number", "sequence"),
        ({}, {"index": -1}, "reading_number", "sequence"),
        ({}, {"temp1": -300}, "reading_number", "heat"),
        ({}, {"door": "ajar"}, "reading_word", "door"),
    ],
)
def test_what_is_wrong_counts_as_not_given_and_is_said(
    changed: dict[str, Any], attributes: dict[str, Any], code: str, column: str
) -> None:
    portion = one(forwarded(attributes, **changed))
    (problem,) = portion.problems
    assert (problem.code, problem.gravity, problem.place) == (code, "warning", "position 1")
    assert column in problem.reason.es
    assert len(portion.readings) == 1
    assert portion.readings[0]["battery"] == NO_BATTERY


def test_a_modems_own_scale_of_signal_is_not_read() -> None:
    portion = one(forwarded({"rssi": 4}))
    assert (portion.readings[0]["signal"], portion.problems) == (ABSENT, ())


def test_numbers_are_exact_as_they_are_written() -> None:
    text = json.dumps(forwarded()).replace("27.641205", "2.76412051249999999999E1")
    assert read(text.encode()).portions[0].readings["latitude"].tolist() == [276_412_051]
    assert read(text.replace("E1", "E99").encode()).portions[0].problems[0].code == "reading_position"


def test_what_tells_of_the_device_and_not_of_a_position_is_kept_and_says_nothing() -> None:
    told = {"event": {"type": "deviceOffline"}, "device": {"uniqueId": "4410077"}}
    for value in (told, told | {"position": None}):
        portion = one(value)
        assert (len(portion.readings), portion.problems, portion.raw.count(b"\n")) == (0, (), 1)


@pytest.mark.parametrize("indent", [None, 2])
def test_arrays_lines_and_one_alone_are_read_and_each_stands_on_a_line(indent: int | None) -> None:
    values = [forwarded(deviceTime=1_772_439_280_000 + each) for each in range(3)]
    array = json.dumps(values, indent=indent)
    lines = "\n".join(json.dumps(each, indent=indent) for each in values)
    for text in (array, lines, "\ufeff" + array, f" {array} \n"):
        (portion,) = read(text.encode()).portions
        assert portion.readings["at"].tolist() == [EXPECTED + 1_000 * each for each in range(3)]
        assert portion.raw.count(b"\n") == 3
        assert [json.loads(line) for line in portion.raw.splitlines()] == values


def test_what_is_not_json_stops_a_line_or_the_rest_of_an_array() -> None:
    good = json.dumps(forwarded()).encode()
    told = read(good + b"\n{not json}\n" + b"[" * 50_000 + b"\n" + good)
    assert len(told.portions[0].readings) == 2
    assert [(each.record, each.code) for each in told.problems] == [(2, "traccar_not_json"), (3, "traccar_not_json")]
    told = read(b"[" + good + b"," + b'{"a":' * 50_000 + b"," + good + b"]")
    assert len(told.portions[0].readings) == 1
    assert [(each.record, each.code) for each in told.problems] == [(2, "traccar_not_json")]
    told = read(b"[1,null,[2],{}," + good + b" 7]")
    assert len(told.portions[0].readings) == 1
    assert [each.code for each in told.problems] == [
        *["traccar_no_position"] * 3, "reading_device_absent", "traccar_not_json",
    ]  # fmt: skip


def test_more_positions_than_may_be_are_not_read() -> None:
    told = read(b"[" + b"1," * (MOST_POSITIONS + 10) + b"1]")
    assert [each.code for each in told.problems[-3:]] == [
        "traccar_no_position", "traccar_too_many", "reading_more_problems",
    ]  # fmt: skip
    told = read(b"\n".join([b'{"device":{"uniqueId":"a"}}'] * (MOST_POSITIONS + 1)))
    assert [each.code for each in told.problems] == ["traccar_too_many"]


def test_a_position_that_is_too_long_is_passed_over_and_a_bad_one_costs_no_search_of_all_before() -> None:
    long, good = forwarded({"raw": "0" * LONGEST}), forwarded()
    told = read(b"\n".join(json.dumps(each).encode() for each in (good, long, good)))
    assert len(told.portions[0].readings) == 2
    assert [each.code for each in told.problems] == ["traccar_not_json"]
    begun = time.process_time()
    read((b'{"a": x' + b" " * 300 + b"\n") * 40_000)
    assert time.process_time() - begun < 20


def test_a_tag_of_any_text_is_hashed() -> None:
    assert one(forwarded({"card": "\ud800"})).readings[0]["tag"] != 0
    assert one(forwarded({"nfc": "0:0:0:0"})).readings[0]["tag"] == 0
    assert one(forwarded({"nfc": {"a": 1}})).readings[0]["tag"] == 0
