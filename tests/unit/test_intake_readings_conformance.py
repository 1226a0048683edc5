"""What every form of readings must do: give back what it was given, in its order and twice what came twice; say what is
wrong in both languages with its place, let it stop nothing else, and raise nothing for any bytes but its own error. A
new form is covered by adding it to FAMILY; the signed block does the same with its own error.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readings_drawn import PUBLIC, block, on_the_road

from aforo.domain.device import READING_FORMS
from aforo.domain.problem import Problem
from aforo.domain.reading import READING
from aforo.intake import seal_block, seal_text, telematics, traccar
from aforo.intake.portion import MOST_BYTES, MOST_DEVICES, MOST_READINGS, Portions


@dataclass(frozen=True)
class Form:
    """A form of readings: how it is read, how one of a device at a second of an hour is written, how several are put
    together, one that is bad in itself, and what its beginnings and separators are for those who damage it."""

    name: str
    read: Callable[[bytes], Portions]
    write: Callable[[str, int], bytes]
    join: Callable[[list[bytes]], bytes]
    bad: bytes
    marks: tuple[bytes, ...]


def seal(device: str, second: int) -> bytes:
    clock = f"08:{second // 60:02}:{second % 60:02}"
    return (
        f"##S,eSeal,{device},31,3.2.1,Normal,{second},2026-03-02,{clock},15,A,27.641205N 99.540013W,350,90,Close,0.62,"
        "0:0:0:0,3.8,-73,E##"
    ).encode()


def forwarded(device: str, second: int) -> bytes:
    at = f"2026-03-02T08:{second // 60:02}:{second % 60:02}.000+00:00"
    place = {"latitude": 27.641205, "longitude": -99.540013, "valid": True, "speed": 48.6, "course": 350.0}
    position = {"deviceTime": at, **place, "attributes": {"index": second, "door": False, "battery": 3.8}}
    return json.dumps({"position": position, "device": {"uniqueId": device}}).encode()


def row(device: str, second: int) -> bytes:
    return f"{device},2026-03-02 08:{second // 60:02}:{second % 60:02},27.641205,-99.540013,90,350,cerrada".encode()


HEADER = b"unidad,fecha hora,latitud,longitud,velocidad,rumbo,puerta\n"
ZONE = ZoneInfo("America/Monterrey")
FAMILY = [
    Form("seal_text", seal_text.read, seal, b"\r\n".join, seal("7", 9).replace(b"2026-03-02", b"2026-13-02"),
         (b"##S,", b",E##", b"#", b",", b"\r\n")),
    Form("traccar", traccar.read, forwarded, lambda lines: b"[" + b",\n".join(lines) + b"]",
         forwarded("7", 9).replace(b"2026-03-02", b"2026-13-02"), (b"[", b"]", b"{", b"}", b'"', b",", b"1e99")),
    Form("traccar", traccar.read, forwarded, b"\n".join, forwarded("7", 9).replace(b"2026-03-02", b"2026-13-02"),
         (b"[", b"]", b"{", b"\n", b'"', b",", b"-", b"\\ud800")),
    Form("telematics", partial(telematics.read, zone=ZONE), row, lambda lines: HEADER + b"\n".join(lines),
         row("7", 9).replace(b"2026-03-02", b"2026-13-02"), (b'"', b",", b"\n", b";", b"\0", b"\xff", b"0001-01-01")),
]  # fmt: skip
EVERY = pytest.mark.parametrize("form", FAMILY, ids=["seal_text", "traccar-array", "traccar-lines", "telematics"])
DEVICES = st.sampled_from(["4410077", "4410078", "GW-1"])


def problems(told: Portions) -> list[Problem]:
    return [*told.problems, *(each for portion in told.portions for each in portion.problems)]


def sound(form: Form, told: Portions) -> None:
    """What holds of anything that a form gives, whatever it was given."""
    for portion in told.portions:
        assert portion.form == form.name
        assert portion.readings.dtype == READING
        assert len(portion.readings) <= MOST_READINGS
        assert portion.raw.endswith(b"\n")
        again = form.read(portion.raw)
        # What is recorded says what was read, to whoever reads it again.
        assert [each.device for each in again.portions] == [portion.device]
        assert again.portions[0].readings.tobytes() == portion.readings.tobytes()
        assert again.portions[0].raw == portion.raw
    for problem in problems(told):
        assert problem.reason.en != problem.reason.es
        assert problem.place
        assert problem.code


def test_every_form_that_is_recorded_is_here() -> None:
    assert {form.name for form in FAMILY} | {"block"} == set(READING_FORMS)


@EVERY
@given(sent=st.lists(st.tuples(DEVICES, st.integers(0, 3_599)), min_size=1, max_size=12))
def test_order_and_duplicates_are_kept_by_device(form: Form, sent: list[tuple[str, int]]) -> None:
    told = form.read(form.join([form.write(*each) for each in sent]))
    sound(form, told)
    assert problems(told) == []
    assert [portion.device for portion in told.portions] == list(dict.fromkeys(device for device, _ in sent))
    for portion in told.portions:
        wanted = [second for device, second in sent if device == portion.device]
        assert (portion.readings["at"] // 1_000_000 % 3_600).tolist() == wanted
        assert (portion.readings["latitude"] == 276_412_050).all()
        assert (portion.readings["speed"] == 2_500).all()
        assert (portion.readings["door"] == 1).all()
        assert portion.readings["fix"].all()


@EVERY
def test_all_forms_say_the_same_of_the_same(form: Form) -> None:
    (portion,) = form.read(form.join([form.write("4410077", 70)])).portions
    (reading,) = portion.readings
    assert [int(reading[name]) for name in ("latitude", "longitude", "speed", "course", "door", "fix", "kind")] == [
        276_412_050, -995_400_130, 2_500, 35_000, 1, 1, 0,
    ]  # fmt: skip


@EVERY
def test_a_bad_one_stops_no_other_and_is_kept(form: Form) -> None:
    told = form.read(form.join([form.write("7", 1), form.bad, form.write("7", 2)]))
    sound(form, told)
    (portion,) = told.portions
    assert len(portion.readings) == 2
    assert [(each.record, each.code, each.gravity) for each in portion.problems] == [(2, "reading_time", "refusal")]
    assert b"2026-13-02" in portion.raw


@EVERY
def test_portions_are_of_a_thousand_at_most(form: Form) -> None:
    told = form.read(form.join([form.write("7", second) for second in range(2_100)]))
    assert [len(each.readings) for each in told.portions] == [1_000, 1_000, 100]
    sound(form, told)


@EVERY
@pytest.mark.parametrize("data", [b"", b" \n\n", b"\0", b"\xff\xfe", b"PK\x03\x04", b"[", b"{}", b"a,b\n", b"PAR1"])
def test_nothing_is_said_to_be_nothing(form: Form, data: bytes) -> None:
    told = form.read(data)
    assert told.portions == ()
    assert told.problems
    sound(form, told)


@EVERY
def test_too_much_is_not_read(form: Form) -> None:
    told = form.read(form.join([form.write("7", 1)]) + b"\n" * MOST_BYTES)
    assert (told.portions, [each.code for each in told.problems]) == ((), ["reading_too_large"])


@EVERY
def test_too_many_devices_are_said_and_the_others_are_read(form: Form) -> None:
    told = form.read(form.join([form.write(f"D{number}", 1) for number in (*range(MOST_DEVICES + 2), 0)]))
    assert len(told.portions) == MOST_DEVICES
    assert len(told.portions[0].readings) == 2
    assert [each.code for each in told.problems] == ["reading_devices"] * 2


@EVERY
@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_damage_never_raises(form: Form, data: st.DataObject) -> None:
    sent = data.draw(st.lists(st.tuples(DEVICES, st.integers(0, 59)), min_size=1, max_size=4))
    damaged = bytearray(form.join([form.write(*each) for each in sent]))
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(damaged)))
        length = data.draw(st.integers(0, 4))
        damaged[place : place + length] = data.draw(st.sampled_from(form.marks) | st.binary(max_size=4))
    sound(form, form.read(bytes(damaged)))


@EVERY
@settings(deadline=None, max_examples=60)
@given(data=st.binary(max_size=300))
def test_no_bytes_raise(form: Form, data: bytes) -> None:
    sound(form, form.read(data))
    sound(form, form.read(HEADER + data))


def of_block(raw: bytes) -> None:
    """A block that is taken encodes to the same bytes; one that is not says why in both languages."""
    try:
        read = seal_block.decode(raw)
    except seal_block.BlockError as error:
        told = error.problem(3)
        assert told.record == 3
        assert told.reason.en != told.reason.es
        return
    assert seal_block.encode(
        read.device, read.signer, read.boot, read.sequence, read.previous, read.readings, lambda _: raw[-64:]
    ) == raw  # fmt: skip


@settings(max_examples=400)
@given(data=st.data())
def test_a_damaged_block_is_refused_or_is_another_that_is_whole(data: st.DataObject) -> None:
    raw = bytearray(block(on_the_road(data.draw(st.integers(1, 3)))))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw)))
        raw[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    of_block(bytes(raw))


@given(st.binary(max_size=300))
def test_no_bytes_of_a_block_raise_but_its_own_error(data: bytes) -> None:
    of_block(data)
    of_block(b"\xd2\x84\x4b\xa2\x01\x27\x04\x46SEAL-7\xa0" + data)


@pytest.mark.long
def test_a_million_mutations_of_a_block_are_refused() -> None:
    import random

    chance, raw = random.Random(7), block(on_the_road(4))
    for _ in range(1_000_000):
        damaged = bytearray(raw)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(damaged))
            damaged[place : place + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 2))
        try:
            read = seal_block.decode(bytes(damaged))
        except seal_block.BlockError:
            continue
        assert seal_block.verified([read], {"SEAL-7": PUBLIC}) != [None] or bytes(damaged) == raw
