"""The table of pedimentos: where each column comes from, and one defect of each field with its line and reason."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from aforo.domain.codes import countries, port_zones, schedule_d
from aforo.intake import pedimento
from aforo.intake.batch import IntakeBatch
from aforo.intake.message import Messages
from aforo.intake.pedimento import field as known

RECEIVED = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)
FORM = Messages(pedimento)
IMPORT = {
    "NÚM. PEDIMENTO": "262434126000117",
    "T. OPER.": "IMP",
    "CVE. PEDIMENTO": "A1",
    "RÉGIMEN": "IMD",
    "DESTINO/ORIGEN": "9",
    "TIPO CAMBIO": "18.5",
    "PESO BRUTO": "1250.5",
    "ADUANA E/S": "240",
    "MEDIO DE TRANSPORTE": "7",
    "VALOR DÓLARES": "10000",
    "VALOR ADUANA": "185000",
    "RFC DEL IMPORTADOR/EXPORTADOR": "FAV950102AB1",
    "NOMBRE DEL IMPORTADOR/EXPORTADOR": "",
    "CURP DEL IMPORTADOR/EXPORTADOR": "PEGJ800101HTSRRN09",
    "MARCAS, NÚMEROS Y TOTAL DE BULTOS": "12",
    "FECHA DE PAGO": "02/03/2026",
    "RFC DEL AGENTE ADUANAL": "AGA900101XX1",
    "PATENTE O AUTORIZACIÓN": "3412",
    "ID. FISCAL": "74-1234567",
    "PROVEEDOR": "Northfield Castings",
    "IDENTIFICACIÓN": "93AK7T",
    "PAÍS DEL TRANSPORTE": "USA",
    "TRANSPORTISTA": "Molina y Hijos",
    "RFC DEL TRANSPORTISTA": "MHI010203AA9",
    "NÚMERO DE CANDADO": "SL-1 SL-2",
    "ID": "M",
    "TIPO DE CONTENEDOR": "2",
    "SEC.": "1",
    "FRACCIÓN": "87083010",
    "NICO": "00",
    "VINC.": "0",
    "MET. VAL.": "1",
    "UMC.": "1",
    "CANTIDAD UMC.": "500",
    "UMT.": "6",
    "P. V/C.": "USA",
    "P. O/D.": "DEU",
    "DESCRIPCIÓN": "Balatas",
    "VAL. ADU/VAL. USD.": "185000",
    "PEDIMENTO ORIGINAL": "",
    "NOTA": "puerta 4",
}


def table(*given: dict[str, str], separator: str = ",") -> bytes:
    """A file with these rows, each the import with changes."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(IMPORT), delimiter=separator, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**IMPORT, **changes} for changes in given)
    return out.getvalue().encode()


def read(data: bytes) -> IntakeBatch:
    (batch,) = FORM.read_bytes(data, received=RECEIVED)
    return batch


def refusals(batch: IntakeBatch) -> list[tuple[str, str]]:
    return [(each.code, each.place) for each in batch.problems if each.gravity == "refusal"]


def row(batch: IntakeBatch) -> dict[str, Any]:
    return {key: value for key, value in batch.table.row(0, named=True).items() if value is not None}


def test_an_import_of_one_item_has_all_columns() -> None:
    found = row(read(table({})))
    assert {key: found[key] for key in found if key not in ("record", "extra")} == {
        "declaration_id": "262434126000117",
        "crossing_id": "262434126000117",
        "shipment_id": "262434126000117",
        "filed_at": datetime(2026, 3, 2, 6, tzinfo=UTC),
        "filed_offset_minutes": -360,
        "port": "2304",
        "importer_id": "FAV950102AB1",
        "exporter_id": "74-1234567",
        "exporter_name": "Northfield Castings",
        "broker_id": "AGA900101XX1",
        "carrier_id": "MHI010203AA9",
        "carrier_name": "Molina y Hijos",
        "tractor_id": "US-93AK7T",
        "seal_id": "SL-1",
        "hs6": "870830",
        "description": "Balatas",
        "origin": "DE",
        "gross_mass_kg": 1250.5,
        "value_usd": 10000.0,
        "packages": 12.0,
    }
    assert '"NOTA":"puerta 4"' in found["extra"]


def test_what_is_of_several_items_is_no_item_s_own() -> None:
    batch = read(table({"VAL. ADU/VAL. USD.": "92500"}, {"SEC.": "2", "VAL. ADU/VAL. USD.": "92500"}))
    assert batch.table["declaration_id"].to_list() == ["262434126000117", "262434126000117/2"]
    assert batch.table["crossing_id"].n_unique() == 1
    assert batch.table["gross_mass_kg"].to_list() == [None, None]
    assert batch.table["value_usd"].to_list() == [5000.0, 5000.0]


def test_an_export_turns_the_parties() -> None:
    found = row(read(table({"T. OPER.": "EXP", "RÉGIMEN": "EXD", "VALOR DÓLARES": "", "VAL. ADU/VAL. USD.": "812.40"})))
    assert found["exporter_id"] == "FAV950102AB1"
    assert found["importer_name"] == "Northfield Castings"
    assert found["value_usd"] == 812.4
    assert found["departure"] == "MX"
    assert "origin" not in found


def test_a_rectification_amends() -> None:
    batch = read(table({"CVE. PEDIMENTO": "R1", "PEDIMENTO ORIGINAL": "26 24 3412 6000100", "SEC.": "2"}))
    found = row(batch)
    assert (found["amends"], found["action"]) == ("262434126000100/2", "replace")
    assert "crossing_id" not in found


def test_a_complementary_pedimento_leaves_out_what_it_must() -> None:
    kept = ("NÚM. PEDIMENTO", "RFC DEL IMPORTADOR/EXPORTADOR", "SEC.")
    bare = {name: "" for name in IMPORT if name not in kept} | {"CVE. PEDIMENTO": "CT", "FRACCIÓN": "99999999"}
    named = bare | {"NOMBRE DEL IMPORTADOR/EXPORTADOR": "Fundidora del Valle"}
    assert refusals(read(table(named))) == []
    assert refusals(read(table(bare))) == [("ped_missing", "line 2")]
    forbidden = read(table({**named, "PESO BRUTO": "10"}))
    assert refusals(forbidden) == [("ped_forbidden", "line 2, column PESO BRUTO")]


DEFECTS = {
    "NÚM. PEDIMENTO": [("26243412600011", "ped_pedimento"), ("269934126000117", "ped_office"), ("", "ped_missing")],
    "T. OPER.": [("XXX", "ped_operation"), ("", "ped_missing")],
    "CVE. PEDIMENTO": [("ZZ", "ped_code"), ("", "ped_missing")],
    "RÉGIMEN": [("XXX", "ped_code"), ("", "ped_missing")],
    "DESTINO/ORIGEN": [("4", "ped_code")],
    "TIPO CAMBIO": [("18,5", "ped_number")],
    "PESO BRUTO": [("1,250", "ped_number"), ("-5", "ped_number"), ("", "ped_missing")],
    "ADUANA E/S": [("990", "ped_code"), ("Laredo", "ped_office"), ("", "ped_missing")],
    "MEDIO DE TRANSPORTE": [("9", "ped_code"), ("", "ped_missing")],
    "RFC DEL IMPORTADOR/EXPORTADOR": [("FAV951302AB1", "ped_rfc"), ("", "ped_missing")],
    "CURP DEL IMPORTADOR/EXPORTADOR": [("PEGJ800101", "ped_curp")],
    "FECHA DE PAGO": [("2026-03-02", "ped_date"), ("31/02/2026", "ped_date")],
    "PATENTE O AUTORIZACIÓN": [("34", "ped_patent"), ("3413", "ped_patent_differs")],
    "PAÍS DEL TRANSPORTE": [("XXX", "ped_code")],
    "ID": [("X", "ped_bill")],
    "TIPO DE CONTENEDOR": [("70", "ped_code")],
    "SEC.": [("0", "ped_sequence"), ("", "ped_missing")],
    "FRACCIÓN": [("8708301", "ped_tariff"), ("8708.30.10", "ped_tariff"), ("00000000", "ped_generic")],
    "NICO": [("0", "ped_nico")],
    "VINC.": [("3", "ped_link"), ("", "ped_missing")],
    "MET. VAL.": [("7", "ped_code"), ("", "ped_missing")],
    "UMC.": [("23", "ped_code"), ("", "ped_missing")],
    "CANTIDAD UMC.": [("mil", "ped_number"), ("", "ped_missing")],
    "P. V/C.": [("US", "ped_code"), ("", "ped_missing")],
    "P. O/D.": [("XXX", "ped_code"), ("", "ped_missing")],
    "DESCRIPCIÓN": [("", "ped_missing")],
    "VAL. ADU/VAL. USD.": [("", "ped_missing")],
    "PEDIMENTO ORIGINAL": [("262434126000117", "ped_original_itself")],
}


@pytest.mark.parametrize(
    ("name", "value", "code"), [(name, value, code) for name, cases in DEFECTS.items() for value, code in cases]
)
def test_one_defect_refuses_the_row_once_with_its_place(name: str, value: str, code: str) -> None:
    batch = read(table({name: value}))
    assert not len(batch.table)
    ((found, place),) = refusals(batch)
    assert found == code
    assert place == (f"line 2, column {name}" if value else "line 2")


def test_rows_of_a_pedimento_agree() -> None:
    batch = read(table({}, {"SEC.": "2", "PESO BRUTO": "7"}, {"SEC.": "1"}))
    assert [code for code, _ in refusals(batch)] == ["ped_head_differs", "ped_sequence_twice"]
    assert len(batch.table) == 1


def test_a_correction_says_of_what() -> None:
    assert [code for code, _ in refusals(read(table({"CVE. PEDIMENTO": "R1"})))] == ["ped_original_missing"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"NÚM. PEDIMENTO": "262434125000117"}, "ped_year"),
        ({"ADUANA E/S": "249"}, "ped_section"),
        ({"VALOR DÓLARES": "11000"}, "ped_dollars"),
    ],
)
def test_what_is_odd_is_a_warning(changes: dict[str, str], code: str) -> None:
    batch = read(table(changes))
    assert code in {each.code for each in batch.problems}
    assert not refusals(batch)


def test_damage_stays_in_its_row_and_the_header_is_looked_at() -> None:
    lines = table({}, {"NÚM. PEDIMENTO": "262434126000118"}).decode().splitlines()
    batch = read("\n".join([lines[0], "1,2", lines[2], ""]).encode())
    assert refusals(batch) == [("fields_missing", "line 2")]
    assert len(batch.table) == 1
    assert refusals(read(lines[0].replace("FRACCIÓN", "X").encode())) == [("column_missing", "line 1")]
    assert refusals(read(lines[0].replace("NOTA", "RFC").encode())) == [("column_twice", "line 1")]
    assert refusals(read(b"")) == [("file_empty", "file")]


def test_the_codes_are_those_of_their_lists() -> None:
    assert {code for code in known.countries().values() if code} == countries()
    section_of_port = {known.facing(section) for section in known.sections()} - {None}
    assert section_of_port <= set(schedule_d())
    assert len(section_of_port & set(port_zones())) > 15
