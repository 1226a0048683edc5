"""What reading a hostile message costs is bounded: by a limit that is told, or since nothing is done twice."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from programs import program

from aforo.intake import registry
from aforo.intake.message import Messages
from aforo.intake.together import Letter, Told, opened, opened_table, read_together

AT = datetime(2026, 3, 2, 13, 15, tzinfo=UTC)
#: Processor seconds beyond which something is done again and again, on any machine; how fast each is read is what the
#: benchmark of bombs tells.
MOST_S = 10.0
COSTLY = (
    "x12: a million segments",
    "x12: a million segments without elements",
    "x12: a million segments outside of sets",
    "x12: a million groups that nothing closes",
    "x12: 950 sets of 800 wrong segments",
    "x12: a heading of 1 MB over 900 shipments",
    "x12: an amendment of 4 MB with 990 lines",
    "x12: 990 lines under 40,000 references",
    "x12: 49,000 statements of a 997",
    "x12: 400,000 statements of a 353",
    "json: laid out over 1,300,000 lines",
    "json: a trip with one field 270,000 times",
    "json: 990 shipments under a trip of 2 MB",
    "xml: 190,000 elements that lack everything",
    "xml: 990 documents of 950 elements",
    "xml: 190,000 elements that nobody knows",
    "xml: 130,000 empty goods items",
    "csv: 60,000 blank lines before the header",
    "csv: 4,000,000 blank lines",
    "csv: 200,000 separators a line",
    "csv: a pedimento of 220,000 rows",
)


def bombs() -> Any:
    return program("bombs")


def read(data: bytes) -> tuple[Letter, Told]:
    form = registry.recognise_bytes(data)
    assert form is not None
    letter = opened(form, data, AT) if isinstance(form, Messages) else opened_table(data, AT)
    return letter, read_together([letter]).told[0]


def codes(told: Told) -> set[str]:
    return {each.code for each in told.problems}


@pytest.mark.parametrize("name", COSTLY)
def test_a_costly_message_is_refused_and_nothing_of_it_done_again_and_again(name: str) -> None:
    data = bombs().content(name)
    read(b'{"declaration_id":1}')  # what the first reading loads
    begun = time.process_time()
    _, told = read(data)
    assert time.process_time() - begun < MOST_S
    assert not told.good


def test_the_texts_of_a_sets_records_do_not_grow_with_its_square() -> None:
    for name in ("x12: a heading of 1 MB over 900 shipments", "x12: an amendment of 4 MB with 990 lines"):
        data = bombs().content(name)
        letter, _ = read(data)
        assert sum(len(each.raw) for each in letter.said) < 3 * len(data)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("x12: a million segments outside of sets", "x12_broken"),
        ("x12: 950 sets of 800 wrong segments", "x12_segments_many"),
        ("x12: a million segments without elements", "x12_set_long"),
        ("json: laid out over 1,300,000 lines", "record_too_long"),
        ("json: a trip of 1,900,000 numbers", "bc_values_many"),
        ("xml: 990 documents of 950 elements", "cp_tags_many"),
    ],
)
def test_a_limit_is_told(name: str, code: str) -> None:
    assert code in codes(read(bombs().content(name))[1])


def test_after_a_set_that_is_too_long_the_next_is_read() -> None:
    bomb = bombs().content("x12: a million segments without elements").decode()
    more = "SE*1*0001~\n ST*309*0002~M10*QXFT*J~SE*3*0002~GE*2*1~IEA*1*000000108~"
    letter, told = read((bomb[: bomb.rindex("IEA")] + more).encode())
    assert [each.place.rpartition("set ")[2][:4] for each in letter.said] == ["0001", "0002"]
    assert "x12_missing_trailer" not in codes(told)


def test_a_day_of_a_large_filer_is_within_the_limits() -> None:
    isa, gs, shipments = program("bomb_files").ISA, program("bomb_files").GS, 300
    sets = "".join(
        f"ST*309*{n:04}~M10*QXFT*J*MX**TRACTOR*T{n:07}~P4*2304*20260302~"
        + "".join(f"LX*{m}~M11*Z{n:04}{m:03}*20199*8*CTN*900*K******QXFT~" for m in range(shipments))
        + f"SE*9*{n:04}~"
        for n in range(20)
    )
    form = registry.recognise_bytes(isa.encode())
    assert isinstance(form, Messages)
    said = list(form.parse(f"{isa}{gs}{sets}GE*20*1~IEA*1*000000108~".encode(), AT))
    assert len(said) == 20 * shipments


def test_a_name_twice_in_an_array_refuses_its_own_declaration() -> None:
    letter, told = read(b'[{"declaration_id":"A"}, {"declaration_id":"B","port":1,"port":2} , {"declaration_id":"C"}]')
    assert [(each.record, each.code) for each in told.problems if each.gravity == "refusal"] == [(2, "json_key_twice")]
    assert letter.said[1].raw == '{"declaration_id":"B","port":1,"port":2}'


def test_rows_keep_their_line_numbers_after_blank_lines() -> None:
    _, told = read(b"\n\n  \ndeclaration_id,filed_at\n\n\n1,x\n\n2,x\n")
    assert [each.place for each in told.problems if each.code == "time_format"] == [
        "line 7, column filed_at",
        "line 9, column filed_at",
    ]
