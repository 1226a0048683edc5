"""Delimited text: every dialect is read the same, and damage to one record stays in it."""

from __future__ import annotations

import pytest

from aforo.intake import declarations
from aforo.intake.batch import IntakeBatch
from aforo.intake.limits import Limits

HEAD = "declaration_id,filed_at,description,bridge"
WHEN = "2026-01-01T00:00:00Z"


def read(lines: list[str | bytes], ending: bytes = b"\n", batch_rows: int = 16_384, **limits: int) -> list[IntakeBatch]:
    raw = [line.encode() if isinstance(line, str) else line for line in lines]
    data = ending.join([HEAD.encode(), *raw]) + ending
    return list(declarations.read_bytes(data, batch_rows=batch_rows, limits=Limits(**limits)))


def kept(batches: list[IntakeBatch]) -> list[tuple[int, str, str | None]]:
    return [row for batch in batches for row in batch.table.select("record", "declaration_id", "description").rows()]


def refused(batches: list[IntakeBatch]) -> list[tuple[int, str, str]]:
    return [(each.record, each.place, each.problems[0].code) for batch in batches for each in batch.refused]


def good(name: str) -> str:
    return f"{name},{WHEN},d,b"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")],
)
def test_dialects(separator: str, ending: str, encoding: str, mark: bytes) -> None:
    lines = [HEAD, f'A,{WHEN},"Ñandú ""x""",b', f"B,{WHEN},,b", ""]
    data = mark + ending.join(line.replace(",", separator) for line in lines).encode(encoding)
    batches = list(declarations.read_bytes(data))
    assert kept(batches) == [(1, "A", 'Ñandú "x"'), (2, "B", None)]
    assert refused(batches) == []


@pytest.mark.parametrize("head", ["x^", "x", "("])
def test_text_that_begins_like_a_compressed_file_is_text(head: str) -> None:
    (batch,) = read([good(f"{head}A"), good("B")])
    assert kept([batch]) == [(1, f"{head}A", "d"), (2, "B", "d")]


def test_a_last_line_without_its_break_is_a_record() -> None:
    (batch,) = declarations.read_bytes(f"{HEAD}\n{good('A')}".encode())
    assert kept([batch]) == [(1, "A", "d")]


def test_mixed_line_breaks_and_blank_lines() -> None:
    data = f"\n{HEAD}\r\n{good('A')}\r{good('B')}\n\n\r\n{good('C')}\r\n{good('D')},surplus".encode()
    batches = list(declarations.read_bytes(data))
    assert [row[1] for row in kept(batches)] == ["A", "B", "C"]
    assert refused(batches) == [(4, "line 8", "fields_surplus")]


@pytest.mark.parametrize("batch_rows", [1, 2, 3, 100])
def test_a_quoted_field_may_hold_separators_quotes_and_line_breaks(batch_rows: int) -> None:
    batches = read([f'A,{WHEN},"one, ""two""\nthree\n\nfour",b', good("B"), f'C,{WHEN},x,"b\n"'], batch_rows=batch_rows)
    assert kept(batches) == [(1, "A", 'one, "two"\nthree\n\nfour'), (2, "B", "d"), (3, "C", "x")]
    assert refused(batches) == []


def test_lines_are_counted_through_quoted_breaks() -> None:
    batches = read([f'A,{WHEN},"x\ny\nz",b', "short", good("B")], batch_rows=2)
    assert refused(batches) == [(2, "line 5", "fields_missing")]


@pytest.mark.parametrize("batch_rows", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (f'X,{WHEN},"open,b', "quotes_unbalanced"),
        (f'"X,{WHEN},open,b', "quotes_unbalanced"),
        (f'X,{WHEN},"a"b,b', "quotes_unbalanced"),
        (f'X,{WHEN},d,"', "quotes_unbalanced"),
        ('"', "quotes_unbalanced"),
        (f"X,{WHEN},d", "fields_missing"),
        (f"X,{WHEN},d,b,surplus", "fields_surplus"),
        (f"X,{WHEN},a\0b,b", "nul_byte"),
        (f"X,{WHEN}," + "x" * 10_001 + ",b", "field_too_long"),
        (f"X,{WHEN}," + "x" * 300_000 + ",b", "record_too_long"),
        (b"X," + WHEN.encode() + b",\x81\xff,b", "encoding_unreadable"),
    ],
)
def test_only_the_damaged_record_is_lost(bad: str | bytes, code: str, batch_rows: int) -> None:
    lines: list[str | bytes] = [good("A"), f'B,{WHEN},"q, ""q""",b', bad, good("C"), f'D,{WHEN},"q, q",b', good("E")]
    batches = read(lines, batch_rows=batch_rows)
    assert [row[1] for row in kept(batches)] == ["A", "B", "C", "D", "E"]
    assert refused(batches) == [(3, "line 4", code)]


@pytest.mark.parametrize(
    "description",
    ["a\0b", "\0", '"open', '"a"b', '"a" ""b"', "x" * 10_001, '"a, b\0"', "x" * 200_000],
)
@pytest.mark.parametrize("bridge", ["b", '"b"', '"b', "b\0", "\0b "])
def test_what_stands_behind_the_damage_is_still_read(description: str, bridge: str) -> None:
    """So that it is known whom the record speaks of."""
    data = f"description,declaration_id,filed_at,driver_id,bridge\n{description},X,{WHEN},D7,{bridge}\n".encode()
    batches = list(declarations.read_bytes(data))
    assert ("driver_id", "D7") in {each for batch in batches for record in batch.refused for each in record.identities}


def test_text_of_two_bytes_a_character_without_its_mark_names_its_persons() -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        data = f"declaration_id,filed_at,driver_name\nA,{WHEN},Ana Peña\nB,{WHEN},José\n".encode(encoding)
        batches = list(declarations.read_bytes(data))
        named = [record.identities for batch in batches for record in batch.refused if record.identities]
        assert named == [(("driver_name", "Ana Peña"),), (("driver_name", "José"),)]


def test_an_open_quote_at_the_end_is_the_last_record_only() -> None:
    batches = read([good("A"), f'B,{WHEN},"open,b', good("C")])
    assert [row[1] for row in kept(batches)] == ["A", "C"]
    batches = read([good("A"), good("C"), f'B,{WHEN},"open,b'])
    assert refused(batches) == [(3, "line 4", "quotes_unbalanced")]


def test_quotes_within_a_field_are_text() -> None:
    batches = read([f'A,{WHEN},5" pipe,b', f'B,{WHEN},5"" pipe"",b', good("C")])
    assert kept(batches) == [(1, "A", '5" pipe'), (2, "B", '5"" pipe""'), (3, "C", "d")]


def test_windows_1252_is_read_with_a_warning_record_by_record() -> None:
    batches = read([f"A,{WHEN},Ñandú,b", b"B," + WHEN.encode() + b",\xd1and\xfa \x80,b", good("C")])
    assert kept(batches) == [(1, "A", "Ñandú"), (2, "B", "Ñandú €"), (3, "C", "d")]
    assert [(each.record, each.place, each.code) for each in batches[0].problems if each.record] == [
        (2, "line 3", "encoding_guessed")
    ]


@pytest.mark.parametrize("block_bytes", [64, 1_000, 100_000])
def test_small_blocks_read_the_same(block_bytes: int) -> None:
    lines: list[str | bytes] = [f'R{number},{WHEN},"a\n{"b" * (number % 50)}",b' for number in range(200)]
    batches = read(lines, block_bytes=block_bytes)
    assert [row[1] for row in kept(batches)] == [f"R{number}" for number in range(200)]
    assert refused(batches) == []


def test_a_file_without_line_breaks_is_one_refusal() -> None:
    batches = read([b"x" * 5_000_000, good("A")])
    assert refused(batches) == [(1, "line 2", "record_too_long")]
    assert [row[1] for row in kept(batches)] == ["A"]
    assert len(batches[0].refused[0].raw) <= 256 * 1024 + 1


@pytest.mark.parametrize("line", ['"', '""', 'a"b""', '"""', ',"', '","', '""a', '"a""'])
def test_lines_of_nothing_but_hostile_quotes_end_before_the_good_record(line: str) -> None:
    """Read quadratically, so many lines would take a long time."""
    batches = read([line] * 10_000 + [good("A")])
    assert [row[1] for row in kept(batches)] == ["A"]
    assert sum(batch.records for batch in batches) <= 10_001
