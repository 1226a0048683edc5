"""Texts of BorderConnect's messages: several in one, broken ones among them, and what is no JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from trips import FORM, found, read, rows, sample

from aforo.intake import registry
from aforo.intake.borderconnect import recognises
from aforo.intake.borderconnect.reading import messages


def trips(*numbers: str) -> list[str]:
    return [json.dumps(sample("empty_truck") | {"tripNumber": number}) for number in numbers]


def identifiers(text: str | bytes) -> list[str]:
    return [row["declaration_id"] for row in rows(text if isinstance(text, bytes) else text.encode())]


def problems(text: str | bytes) -> list[tuple[str, str]]:
    data = text if isinstance(text, bytes) else text.encode()
    refusals = (each for batch in read(data) for each in batch.problems if each.gravity == "refusal")
    return [(each.place, each.code) for each in refusals if each.code != "field_missing"]


ONE, TWO, THREE = trips("ZQXW0001", "ZQXW0002", "ZQXW0003")
ALL = ["ZQXW0001", "ZQXW0002", "ZQXW0003"]


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE}\n{TWO}\n{THREE}",
        f"\r\n{ONE}\r\n\r\n{TWO}\r\n{THREE}\r\n\r\n",
        f"{ONE} {TWO}{THREE}",
        f"[{ONE}, {TWO}\n,{THREE}]\n",
        "\n".join(json.dumps(json.loads(each), indent=2) for each in (ONE, TWO, THREE)),
        f"\ufeff{ONE}\n{TWO}\n{THREE}\n",
    ],
    ids=["lines", "lines of Windows", "in a row", "array", "laid out", "with a mark"],
)
def test_one_text_may_hold_several_messages(text: str) -> None:
    assert (identifiers(text), problems(text)) == (ALL, [])


@pytest.mark.parametrize(
    ("broken", "column"),
    [
        (TWO[:-1], len(TWO)),
        (TWO + "]", len(TWO) + 1),
        ("nonsense", 1),
        (TWO.replace('"operation', "operation", 1), 22),
        ('{"data":', 9),
    ],
    ids=["cut", "too much", "no JSON", "quote lost", "value lost"],
)
def test_a_broken_line_is_refused_alone(broken: str, column: int) -> None:
    text = f"{ONE}\n{broken}\n{THREE}"
    assert identifiers(text) == ["ZQXW0001", "ZQXW0003"]
    ((place, code),) = problems(text)
    assert code == "bc_json"
    assert place.startswith("message 2, line 2, column ")
    assert abs(int(place.rsplit(" ", 1)[1]) - column) <= 20


def test_a_broken_message_that_is_laid_out_leaves_the_next() -> None:
    first, second, third = (json.dumps(json.loads(each), indent=2) for each in (ONE, TWO, THREE))
    text = f"{first}\n{second.replace(':', '', 1)}\n{third}"
    assert identifiers(text) == ["ZQXW0001", "ZQXW0003"]
    (batch,) = read(text.encode())
    assert batch.refused[0].raw.strip() == second.replace(":", "", 1)


def test_an_array_is_read_up_to_what_is_broken() -> None:
    assert identifiers(f"[{ONE},{TWO[:-1]},{THREE}]") == ["ZQXW0001"]
    assert [code for _, code in problems(f"[{ONE},{TWO[:-1]},{THREE}]")] == ["bc_json"]
    for text in (f"[{ONE}", f"[{ONE}] {TWO}", f"[{ONE} {TWO}]", f"[{ONE}}}]"):
        assert identifiers(text) == ["ZQXW0001"]
        assert [code for _, code in problems(text)] == ["bc_array"]
    assert [code for _, code in problems(f"[{ONE},]")] == ["bc_json"]
    assert problems("[]") == []


def test_a_defect_of_one_message_is_its_own() -> None:
    spoilt = TWO.replace('"2304"', '"304"')
    for text in (f"{ONE}\n{spoilt}\n{THREE}", f"[{ONE},{spoilt},{THREE}]"):
        assert identifiers(text) == ["ZQXW0001", "ZQXW0003"]
        assert problems(text) == [("message 2, usPortOfArrival", "bc_port")]


def test_a_field_that_is_there_twice_is_refused_wherever_it_is() -> None:
    assert found(ONE.replace("{", '{"tripNumber": "ZQXW0009", ', 1).encode()) == [("", "bc_twice")]
    assert found(ONE.replace('"lastName"', '"firstName": "O", "lastName"').encode()) == [("", "bc_twice")]
    goods = json.dumps(sample()).replace('"description": "Brake', '"description": "X", "description": "Brake')
    assert [code for _, code in found(goods.encode())] == ["bc_twice", "bc_message_refused", "bc_message_refused"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (ONE.encode().replace(b"Ofelia", b"Of\xe9lia"), "bc_encoding"),
        (ONE.encode().replace(b"Ofelia", b"Of\\ud800lia"), "bc_encoding"),
        (ONE.encode().replace(b"Ofelia", b"Of\\u0000lia"), "nul_byte"),
        (ONE.encode().replace(b"Ofelia", b"Of\0lia"), "bc_json"),
        (ONE.encode().replace(b"{", b'{"x": NaN, ', 1), "bc_not_a_number"),
        (ONE.encode().replace(b"{", b'{"x": -Infinity, ', 1), "bc_not_a_number"),
        (ONE.encode().replace(b"{", b'{"x": ' + b"[" * 17 + b"]" * 17 + b", ", 1), "bc_deep"),
        (ONE.encode().replace(b"{", b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b", ", 1), "bc_deep"),
        (ONE.encode().replace(b"{", b'{"x": "' + b"x" * 4_200_000 + b'", ', 1), "bc_large"),
    ],
    ids=["bytes", "half a pair", "nul escape", "nul", "NaN", "Infinity", "deep", "very deep", "large"],
)
def test_what_no_message_holds_is_refused(data: bytes, code: str) -> None:
    assert [each for _, each in problems(data)] == [code]
    (batch,) = read(data)
    assert (len(batch.table), len(batch.refused)) == (0, 1)


def test_numbers_are_kept_as_they_were_written() -> None:
    message = ONE.replace("{", '{"x": 12345678901234567890.10, "y": 1' + "0" * 5000 + ', "z": 1e999, ', 1)
    kept = json.loads(rows(message.encode())[0]["extra"])
    assert (kept["x"], kept["y"], kept["z"]) == ("12345678901234567890.10", "1" + "0" * 5000, "1e999")


@pytest.mark.parametrize(
    "text",
    [
        "{\n" * 50_000,
        '{"a":[1,\n' * 50_000,
        '{"a\n' * 50_000,
        "{}\n" * 2_000 + '{"tripNumber":\n' * 1_000,
        "[" * 300_000,
        '{"data":"ACE_TRIP","shipments":[' + "{}," * 9_000 + "{}]}",
        '{"data":"ACE_TRIP","trailers":[' + '{"number":"1"},' * 20_000 + '{}],"shipments":[' + "{}," * 900 + "{}]}",
        '{"data":"ACE_TRIP","' + '{"x":' * 8 + "1" + "}" * 9,
    ],
    ids=["braces", "lists", "names", "lines", "brackets", "shipments", "trailers", "nonsense"],
)
def test_hostile_texts_are_refused_and_read_to_their_end(text: str) -> None:
    """None of them may take longer than its length asks for: of some, every line looks like a message's beginning."""
    whole = sum(1 for _ in messages(text.encode()))
    batches = list(FORM.read_bytes(text.encode()))
    assert sum(batch.records for batch in batches) >= whole
    assert all(batch.table.is_empty() for batch in batches)


def test_a_file_is_recognised_by_what_these_messages_have(tmp_path: Path) -> None:
    for text in (ONE, f"\ufeff\n [{ONE}]", '{"data" : "API_RESPONSE"}', '{"sendId":"1","shipmentControlNumber":"X"}'):
        path = tmp_path / "message.txt"
        path.write_text(text, encoding="utf-8")
        assert registry.recognise(path) is next(each for each in registry.MESSAGES if each.NAME == "borderconnect")
    for text in ('{"data": "x"}', 'declaration_id,"tripNumber"\n', "<tripNumber/>", "", "[1, 2]"):
        assert not recognises(text.encode(), "message.json")
