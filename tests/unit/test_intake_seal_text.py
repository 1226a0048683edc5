"""The plain-text messages of seals, as they come: cut, joined, with other bytes between, from several at once."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.clock import microseconds
from aforo.domain.reading import ABSENT, NO_BATTERY, NO_INTERVAL, NO_SPEED, READING_KINDS
from aforo.intake.portion import MOST_BYTES, MOST_PROBLEMS
from aforo.intake.seal_text import LONGEST, acknowledgement, cut, read

FIELDS = {
    "mark": "##S", "model": "eSeal", "device": "4410077", "customer": "31", "firmware": "3.2.1", "type": "Normal",
    "index": "52", "day": "2026-03-02", "clock": "08:14:40", "interval": "15", "validity": "A",
    "position": "27.641205N 99.540013W", "course": "350", "speed": "90", "door": "Close", "acceleration": "0.62",
    "tag": "0:0:0:0", "battery": "3.8", "signal": "-73", "end": "E##",
}  # fmt: skip


def message(**changed: str) -> bytes:
    return ",".join((FIELDS | changed).values()).encode()


ACK_ONLY = b"##S,eSeal,4410077,31,3.2.1,RC-NFC DEL ACK,,E##"
STARTUP_OK = b"##S,eSeal,4410077,31,3.2.1,Startup OK,1,180,30,30,16,1,E##"


def test_a_message_is_read_field_by_field() -> None:
    (portion,) = read(message(type="Event-Door", door="Open", tag="1:2:3:4")).portions
    assert (portion.device, portion.form, portion.problems) == ("4410077", "seal_text", ())
    (row,) = portion.readings
    assert row["at"] == microseconds(datetime(2026, 3, 2, 8, 14, 40, tzinfo=UTC))
    assert (row["sequence"], READING_KINDS[row["kind"]], row["door"], row["fix"]) == (52, "door", 2, True)
    assert (row["latitude"], row["longitude"]) == (276_412_050, -995_400_130)
    assert (row["speed"], row["course"], row["battery"], row["signal"]) == (2_500, 35_000, 3_800, -73)
    assert (row["interval"], row["heat"]) == (NO_INTERVAL, ABSENT)
    assert row["tag"] == int.from_bytes(sha256(b"1:2:3:4").digest()[:8], "little")


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("Startup", "startup"), ("Normal", "normal"), ("Button-Normal", "button"), ("Termination", "termination"),
        ("Event-Door", "door"), ("Event-Shock", "shock"), ("Event-Drop", "drop"), ("Event-Lock", "lock"),
        ("Event-RC-Unlock", "unlock"),
    ],
)  # fmt: skip
def test_types_are_kinds_and_are_answered(written: str, kind: str) -> None:
    one = message(type=written)
    assert READING_KINDS[read(one).portions[0].readings[0]["kind"]] == kind
    assert acknowledgement(one) == f"##S,eSeal,4410077,31,3.2.1,{written} ACK,52,E##\r\n".encode()


def test_without_satellites_there_is_no_position_speed_or_course() -> None:
    told = read(message(validity="V", position="0.000000N 0.000000E", course="0", speed="0"))
    (row,) = told.portions[0].readings
    assert not row["fix"]
    assert (row["latitude"], row["longitude"], row["speed"], row["course"]) == (0, 0, NO_SPEED, NO_SPEED)
    assert told.portions[0].problems == ()
    # Nor where satellites are claimed for the point at which nobody is.
    assert not read(message(position="0.000000N 0.000000E")).portions[0].readings[0]["fix"]


@pytest.mark.parametrize(
    ("written", "latitude", "longitude"),
    [
        ("27.641205S 99.540013E", -276_412_050, 995_400_130),
        ("90N 180W", 900_000_000, -1_800_000_000),
        ("0.00000005N 0.00000015E", 0, 2),
        ("27.6412051249N 99.5W", 276_412_051, -995_000_000),
    ],
)
def test_positions_are_exact(written: str, latitude: int, longitude: int) -> None:
    (row,) = read(message(position=written)).portions[0].readings
    assert (row["latitude"], row["longitude"], row["fix"]) == (latitude, longitude, True)


@pytest.mark.parametrize(
    ("changed", "code", "column"),
    [
        ({"position": "90.1N 99.0W"}, "reading_position", ""),
        ({"position": "27.6N,99.5W"}, "seal_damaged", ""),
        ({"position": "27.6N99.5W"}, "reading_position", ""),
        ({"position": "2.7.6N 99.5W"}, "reading_position", ""),
        ({"speed": "-1"}, "reading_number", "speed"),
        ({"speed": "99999"}, "reading_number", "speed"),
        ({"course": "361"}, "reading_number", "course"),
        ({"battery": "x"}, "reading_number", "battery"),
        ({"battery": "66"}, "reading_number", "battery"),
        ({"signal": "12"}, "reading_number", "signal"),
        ({"door": "Ajar"}, "reading_word", "door"),
        ({"type": "Event-New"}, "seal_type", ""),
        ({"index": "4294967296"}, "seal_index", ""),
        ({"index": "-1"}, "seal_index", ""),
        ({"day": "2026-02-30"}, "reading_time", ""),
        ({"day": "02-03-2026"}, "reading_time", ""),
        ({"clock": "24:00:00"}, "reading_time", ""),
        ({"day": "2101-01-01"}, "reading_time_range", ""),
        ({"day": "1969-12-31"}, "reading_time_range", ""),
    ],
)
def test_what_is_wrong_is_said_and_costs_only_what_it_must(changed: dict[str, str], code: str, column: str) -> None:
    bad = message(**changed)
    told = read(message(index="1") + bad + message(index="3"))
    (portion,) = told.portions
    (problem,) = portion.problems
    assert (problem.code, problem.record, problem.place) == (code, 2, "message 2")
    assert problem.reason.en != problem.reason.es
    assert column in problem.reason.en
    kept = problem.gravity == "warning"
    assert portion.readings["sequence"].tolist() == ([1, 52, 3] if kept else [1, 3])
    assert portion.raw.count(b"\n") == 3, "the line is kept, whatever is wrong with it"
    assert portion.wordless == 0, "a line that is damaged was not understood"
    assert bool(acknowledgement(bad)) == kept, "what was not understood is to be sent again"
    if kept and column in ("speed", "course", "battery"):
        assert portion.readings[1][column] in (NO_SPEED, NO_BATTERY)


@pytest.mark.parametrize("other", [ACK_ONLY, STARTUP_OK])
def test_lines_without_a_position_are_understood_and_say_nothing(other: bytes) -> None:
    told = read(other)
    (portion,) = told.portions
    assert (portion.raw, len(portion.readings), portion.problems, told.problems) == (other + b"\n", 0, (), ())
    assert portion.wordless == 1
    assert acknowledgement(other) == b""
    (beside,) = read(message() + other).portions
    assert (len(beside.readings), beside.wordless, beside.raw) == (1, 1, message() + b"\n" + other + b"\n")


def test_several_devices_on_one_line_are_told_apart_and_keep_their_order() -> None:
    one, two = message(index="9"), message(device="4410078", index="1")
    again = message(index="2", type="Startup")
    told = read(one + b"\r\n" + two + again + one)
    assert [each.device for each in told.portions] == ["4410077", "4410078"]
    assert [each.readings["sequence"].tolist() for each in told.portions] == [[9, 2, 9], [1]]
    assert told.portions[0].raw == one + b"\n" + again + b"\n" + one + b"\n"
    assert told.problems == ()


def test_bytes_between_are_counted_and_a_message_without_end_is_said() -> None:
    told = read(b"\x00noise" + message() + b"##S,eSeal,44\r\n" + message() + message()[:60])
    assert len(told.portions[0].readings) == 2
    assert [(each.code, each.gravity) for each in told.problems] == [
        ("seal_between", "warning"),
        ("seal_cut", "refusal"),
    ]
    assert "18" in told.problems[0].reason.en


@pytest.mark.parametrize("device", ["", "x" * 65, " 44", "4\t4", "4\xff4", "4ñ4"])
def test_a_message_of_no_device_is_nobodys(device: str) -> None:
    told = read(message(device=device) + message())
    assert [each.device for each in told.portions] == ["4410077"]
    assert [(each.record, each.code) for each in told.problems] == [(1, "reading_device")]
    assert acknowledgement(message(device=device)) == b""


def test_nothing_and_too_much_are_said() -> None:
    assert [each.code for each in read(b"").problems] == ["reading_none"]
    assert [each.code for each in read(bytes(MOST_BYTES + 1)).problems] == ["reading_too_large"]
    many = read(message(signal="12") * (MOST_PROBLEMS + 500))
    assert sum(len(each.problems) for each in many.portions) == MOST_PROBLEMS
    assert [each.code for each in many.problems] == ["reading_more_problems"]
    assert "500" in many.problems[0].reason.es


def test_a_portion_has_a_thousand_lines_at_most_and_all_are_there() -> None:
    data = b"".join(message(index=str(number)) for number in range(2_500))
    portions = read(data).portions
    assert [len(each.readings) for each in portions] == [1_000, 1_000, 500]
    assert [number for each in portions for number in each.readings["sequence"].tolist()] == list(range(2_500))
    assert b"".join(each.raw for each in portions).replace(b"\n", b"") == data


@given(st.data())
def test_a_stream_is_cut_the_same_wherever_it_was_divided(data: st.DataObject) -> None:
    pieces = st.sampled_from([message(), message(index="7", type="Event-Shock"), ACK_ONLY, STARTUP_OK, b"\r\n", b"##",
                              b"#", b"noise", b"##S,eSeal,4410077,31", b",E#", b"##S,,E##"])  # fmt: skip
    whole = b"".join(data.draw(st.lists(pieces, max_size=8)))
    divided = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    messages, rest, between = [], b"", 0
    for start, end in zip([0, *divided], [*divided, len(whole)], strict=True):
        some = cut(rest + whole[start:end])
        messages += some.messages
        rest, between = some.rest, between + some.between
        assert len(rest) < LONGEST
    once = cut(whole)
    assert (messages, rest, between) == (once.messages, once.rest, once.between)


def test_what_never_ends_is_not_kept_waiting() -> None:
    assert cut(b"##S," + b"x" * LONGEST).rest == b""
    assert cut(b"##S," + b"x" * (LONGEST - 9)).rest != b""
    longest = b"##S,eSeal,4410077," + b"x" * (LONGEST - 23) + b",E##"
    assert len(longest) == LONGEST - 1
    assert cut(longest).messages == [longest]
    assert cut(longest.replace(b"x", b"xxx")).messages == []
