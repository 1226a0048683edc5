"""Mapping documents: another schema's columns, units, dates, values and constants; and what is wrong with one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from aforo.intake import declarations, mapping
from aforo.intake.batch import IntakeBatch

DOCUMENT = """
name = "ours"
zone = "America/Monterrey"
decimal = ","
threat = "contraband"
[columns]
"Folio" = "declaration_id"
"Fecha" = { to = "filed_at", format = "%d/%m/%Y %H:%M" }
"Peso (t)" = { to = "gross_mass_kg", scale = 1000 }
"Arancel" = { to = "duty_rate", scale = 0.01 }
"Carril" = { to = "lane", values = { "1" = "standard", "2" = "fast" } }
"Fracción" = { to = "hs6", pad = 6 }
"Aduana" = { to = "port", listed = false }
"Hallazgo" = "outcome"
[constants]
trade_programme = "oea"
examined = "1"
[[notes]]
code = "weight_in_tonnes"
column = "Peso (t)"
en = "weights are in tonnes"
es = "los pesos están en toneladas"
"""
HEAD = "folio ;Fecha;Peso (t);Arancel;Carril;Fracción;Aduana;Hallazgo;Otro"


def read(*lines: str, document: str = DOCUMENT) -> IntakeBatch:
    data = "\n".join([HEAD, *lines, ""]).encode()
    (batch,) = declarations.read_bytes(data, mapping=mapping.parse(document, "ours.toml"))
    return batch


def test_every_kind_of_rule() -> None:
    batch = read("A;05/07/2026 08:30;1.018,25;7,2;2;70200;800;1;x", "B;05/01/2026 08:30;2;0;9;870829;800;0;")
    first, second = batch.table.rows(named=True)
    # Monterrey has kept standard time since 2022, summer too.
    assert first["filed_at"] == datetime(2026, 7, 5, 14, 30, tzinfo=UTC)
    assert first["filed_offset_minutes"] == -360
    assert first["gross_mass_kg"] == 1_018_250.0
    assert first["duty_rate"] == 7.2 / 100
    assert (first["lane"], second["lane"]) == ("fast", "9")
    assert (first["hs6"], first["port"], first["trade_programme"]) == ("070200", "800", "oea")
    assert msgspec.json.decode(first["extra"]) == {"Otro": "x"}
    assert second["extra"] is None
    assert batch.labels is not None
    assert batch.labels.rows() == [(True, None, True, "contraband", None, None), (True, None, False, None, None, None)]
    assert ("weight_in_tonnes", 0) in {(each.code, each.record) for each in batch.problems}
    assert [each.code for each in batch.problems if each.record] == ["lane_unknown"]


@pytest.mark.parametrize(
    ("form", "text", "local", "offset"),
    [
        ("%d/%m/%Y %H:%M%z", "20/03/2024 02:30-0600", "2024-03-20T02:30", -360),
        ("%d/%m/%Y %H:%M%z", "20/03/2024 02:30-06:00", "2024-03-20T02:30", -360),
        ("%d/%m/%Y %H:%M %z", "20/03/2024 23:30 -0800", "2024-03-20T23:30", -480),
        ("%d-%m-%Y %I:%M %p %:z", "20-03-2024 02:30 PM +05:30", "2024-03-20T14:30", 330),
        ("%z %d-%m-%Y %H:%M", "-0600 20-03-2024 02:30", "2024-03-20T02:30", -360),
        ("[%Y.%m.%d] (%H:%M) %z.", "[2024.03.20] (02:30) +0000.", "2024-03-20T02:30", 0),
        ("%Y%m%d%H%M%S%#z", "20240320023000-06", "2024-03-20T02:30", -360),
        ("%Y%m%d%H%M%S%#z", "20240320023000Z", "2024-03-20T02:30", 0),
    ],
)
def test_a_pattern_with_an_offset_keeps_the_filers(form: str, text: str, local: str, offset: int) -> None:
    batch = dated(form, text)
    assert not batch.refused
    there = datetime.fromisoformat(local).replace(tzinfo=timezone(timedelta(minutes=offset)))
    assert batch.table.select("filed_at", "filed_offset_minutes").rows() == [(there, offset)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("20/03/2024 02:30", "time_format"),
        ("20/03/2024 02:30CST", "time_format"),
        ("20/03/2024 02:30+0575", "time_format"),
        ("20/03/2024 02:30\u22120600", "time_format"),
        ("20/03/2024 02:30+1500", "time_range"),
    ],
)
def test_a_time_whose_offset_cannot_be_read_is_refused(text: str, code: str) -> None:
    batch = dated("%d/%m/%Y %H:%M%z", text)
    assert [each.code for record in batch.refused for each in record.problems] == [code]


def test_a_percent_sign_before_a_z_is_no_offset() -> None:
    assert dated("%%z %d/%m/%Y", "%z 20/03/2024").table["filed_offset_minutes"].to_list() == [-360]


def dated(form: str, text: str) -> IntakeBatch:
    head = 'name = "m"\nzone = "America/Monterrey"\n[columns]\nid = "declaration_id"\n'
    rules = mapping.parse(f'{head}when = {{ to = "filed_at", format = "{form}" }}\n', "m.toml")
    (batch,) = declarations.read_bytes(f"id,when\nA,{text}\n".encode(), mapping=rules)
    return batch


def test_problems_speak_of_the_files_own_columns() -> None:
    batch = read("A;05/07/2026;1;0;1;70200;800;1;x")
    assert [each.place for each in batch.problems if each.record] == ["line 2, column Fecha"]


def test_percentages_are_divided_not_multiplied() -> None:
    for percent in ("7.2", "6.5", "0.1", "29", "57"):
        batch = read(f"A;05/07/2026 08:30;1;{percent.replace('.', ',')};1;870829;800;0;")
        assert batch.table["duty_rate"][0] == float(percent) / 100


def test_a_mapped_column_wins_over_one_of_the_same_meaning() -> None:
    data = b"Folio;filed_at;hs6;Fraccion\nA;2026-01-01T00:00:00Z;870829;940320\n"
    rules = mapping.Mapping("x", {"Folio": "declaration_id", "Fraccion": "hs6"})
    (batch,) = declarations.read_bytes(data, mapping=rules)
    assert batch.table["hs6"].to_list() == ["940320"]
    assert msgspec.json.decode(batch.table["extra"][0]) == {"hs6": "870829"}
    assert "column_shadowed" in {each.code for each in batch.problems}


def test_a_label_that_two_columns_give_is_never_in_the_table() -> None:
    data = b"Folio;filed_at;outcome;Hallazgo\nA;2026-01-01T00:00:00Z;1;0\n"
    rules = mapping.Mapping("x", {"Folio": "declaration_id", "Hallazgo": "outcome"})
    (batch,) = declarations.read_bytes(data, mapping=rules)
    assert batch.labels is not None
    assert batch.labels["outcome"].to_list() == [False]
    assert batch.table["extra"].to_list() == [None]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("name = ", "TOML"),
        ("[columns]", "name"),
        ('name = "x"\nfile = 3', "file"),
        ('name = "x"\n[columns]\na = "record"', "record"),
        ('name = "x"\n[columns]\na = "nothing"', "nothing"),
        ('name = "x"\n[columns]\na = "hs6"\nb = "hs6"', "hs6"),
        ('name = "x"\n[columns]\na = "hs6"\n[constants]\nhs6 = "1"', "hs6"),
        ('name = "x"\n[columns]\na = { to = "hs6", unit = "t" }', "unit"),
        ('name = "x"\n[columns]\na = { to = "filed_at", format = "%d of %m" }', "%d of %m"),
        ('name = "x"\n[columns]\na = { to = "filed_at", format = "%d/%m/%Y%z" }', "%d/%m/%Y%z"),
        ('name = "x"\n[columns]\na = { to = "filed_at", format = "%H:%M%z" }', "%H:%M%z"),
        ('name = "x"\n[constants]\ndeclaration_id = "A"', "declaration_id"),
        ('name = "x"\nzone = "Mexico/Atlantis"', "Atlantis"),
        ('name = "x"\ndecimal = ";"', "decimal"),
        ('name = "x"\nthreat = "weather"', "threat"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_said_in_both_languages(document: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(document, encoding="utf-8")
    with pytest.raises(mapping.MappingError) as error:
        mapping.load(path)
    for text in (error.value.text.en, error.value.text.es, str(error.value)):
        assert "mine.toml" in text
        assert says in text
    assert error.value.text.en != error.value.text.es


def test_a_mapping_that_is_not_utf8_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(mapping.MappingError, match="UTF-8"):
        mapping.load(path)


def test_the_shipped_mappings_are_recognised_by_their_own_header() -> None:
    assert mapping.built_in()
    for each in mapping.built_in():
        assert each.recognise
        assert mapping.recognised([*each.columns, "another"]) is each
        assert {note.column for note in each.notes} <= set(each.columns)
        assert mapping.recognised(["declaration_id", *each.columns]) is mapping.CANONICAL
    assert mapping.recognised(["a", "b"]) is None
