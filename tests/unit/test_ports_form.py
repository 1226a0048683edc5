"""Faults of form: where they are, and what to write instead, in both languages."""

from __future__ import annotations

import pytest

from aforo.ports.reading import read
from aforo.ports.shipped import directory
from aforo.twin import scenario as scenarios

GOOD = """
code = "2304"
name = "Laredo"
zone = "America/Chicago"
version = "example"
[sources]
seen = "Our own count"
[[bridge]]
id = "world-trade"
name = "World Trade Bridge"
open = [{ days = ["mon", "tue"], from = "07:00", until = "24:00", source = "seen" }]
booths = { count = 15, source = "seen" }
[bridge.lanes.standard]
booths = [{ days = ["mon", "tue"], from = "08:00", until = "20:00", count = 11, source = "seen" }]
[bridge.lanes.empty]
served_by = "standard"
"""
SCENARIO = """
name = "tried"
title = { en = "tried", es = "probado" }
ports = ["Laredo"]
first = 2024-10-07
[[change]]
kind = "booths_added"
number = 1
"""
BRIDGE = "bridge[world-trade]"


def test_the_documents_are_good() -> None:
    assert read(GOOD.encode())[1] == ()
    assert scenarios.parse(SCENARIO.encode(), directory()).name == "tried"


@pytest.mark.parametrize(
    ("old", "new", "place", "english", "spanish"),
    [
        ("count = 15", 'count = "many"', f"{BRIDGE}.booths.count", "a whole number, and is a text", "un número entero"),
        ("count = 15", "count = -1", f"{BRIDGE}.booths.count", "must be 0 or more", "debe ser 0 o más"),
        ('"08:00"', '"8"', f"{BRIDGE}.lanes.standard.booths[0].from", "written like 07:30", "se escribe como 07:30"),
        ('"mon", "tue"], from = "07', '"lun"], from = "07', f"{BRIDGE}.open[0].days[0]", "one of fri, mon", "uno de"),
        ("booths = { count", "boths = { count", BRIDGE, "write `booths`?", "¿quiso escribir `booths`?"),
        ("booths = { count", "chairs = { count", BRIDGE, "`chairs` is no field", "`chairs` no es un campo"),
        ("15, source = \"seen\"", "15", f"{BRIDGE}.booths", "`source` is missing", "falta `source`"),
        ('version = "example"', "", "", "`version` is missing: add it", "falta `version`: añádalo"),
        ('code = "2304"', 'code = "23"', "code", "written like 2304", "se escribe como 2304"),
        ('served_by = "standard"', 'served_by = "slow"', f"{BRIDGE}.lanes.empty.served_by", "of empty", "uno de"),
        ("[bridge.lanes.empty]", "[bridge.lanes.vacant]", f"{BRIDGE}.lanes", "one of empty, fast", "uno de empty"),
    ],
)  # fmt: skip
def test_a_port_document(old: str, new: str, place: str, english: str, spanish: str) -> None:
    assert GOOD.count(old) == 1
    port, [finding] = read(GOOD.replace(old, new).encode())
    assert port is None
    assert finding.place == place
    assert english in finding.text.en
    assert spanish in finding.text.es
    assert "Expected" not in finding.text.es


@pytest.mark.parametrize(
    ("old", "new", "english", "spanish"),
    [
        ('"booths_added"', '"unheard"', "change[0].kind: `unheard` cannot stand here", "booths_added"),
        ("number = 1", "number = 1.5", "change[0].number: must be a whole number", "y es un número"),
        ("number = 1", "nummer = 1", "write `number`?", "change[0]"),
        ("first = 2024-10-07", "first = 7", "first: must be a date such as 2024-10-07", "una fecha"),
        ('ports = ["Laredo"]', "ports = []", "ports: needs at least 1", "necesita al menos 1"),
        ('ports = ["Laredo"]', "ports", "line 4, column 6: Expected '='", "línea 4, columna 6"),
        ('name = "tried"', "", "`name` is missing", "falta `name`"),
    ],
)
def test_a_scenario(old: str, new: str, english: str, spanish: str) -> None:
    assert SCENARIO.count(old) == 1
    with pytest.raises(scenarios.ScenarioError) as wrong:
        scenarios.parse(SCENARIO.replace(old, new).encode(), directory())
    assert english in wrong.value.text.en
    assert spanish in wrong.value.text.es
    assert "Expected" not in wrong.value.text.es


@pytest.mark.parametrize(
    ("document", "english", "spanish"),
    [
        (
            b"name = x\n",
            "it is not TOML in UTF-8: line 1, column 8: Invalid value",
            "no es TOML en UTF-8: línea 1, columna 8",
        ),
        (b"a = 1\nb = [1,", "it ends too early", "termina demasiado pronto"),
        (b"name = '\xff'", "byte 9 is not UTF-8", "el byte 9 no es UTF-8"),
    ],
)
def test_what_is_no_toml_is_said_in_each_language(document: bytes, english: str, spanish: str) -> None:
    with pytest.raises(scenarios.ScenarioError) as wrong:
        scenarios.parse(document, directory())
    assert english in wrong.value.text.en
    assert spanish in wrong.value.text.es
    assert not any(word in wrong.value.text.es for word in ("Invalid", "Expected", "line ", "end of"))
    _, [finding] = read(document)
    assert spanish in finding.text.es


@pytest.mark.parametrize(
    "deep",
    [".".join("a" * 3_000) + " = 1", f"[{'.'.join('a' * 3_000)}]\nx = 1", "x = " + "[" * 3_000 + "]" * 3_000],
    ids=["a key with dots", "a table with dots", "lists"],
)
def test_what_is_nested_too_deeply_is_said_in_words(deep: str) -> None:
    with pytest.raises(scenarios.ScenarioError) as wrong:
        scenarios.parse(deep.encode(), directory())
    _, [finding] = read(deep.encode())
    for text in (wrong.value.text, finding.text):
        assert "nested too deeply" in text.en
        assert "demasiada profundidad" in text.es


def test_no_depth_of_a_key_is_too_much_for_the_reader() -> None:
    for depth in range(50, 1_500, 50):
        port, found = read(".".join("a" * depth).encode() + b" = nan\n")
        assert port is None
        assert found
