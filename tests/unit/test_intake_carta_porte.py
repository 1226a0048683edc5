"""Carta Porte: one defect each, and what is said of it; rows; several documents; what is no Carta Porte."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from aforo.intake import carta_porte, registry
from aforo.intake.batch import IntakeBatch
from aforo.intake.message import Fault, Messages, Said

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "intake" / "carta_porte"
RECEIVED = datetime(2026, 6, 2, 12, tzinfo=UTC)
EXPORT = (SAMPLES / "export_31.xml").read_text(encoding="utf-8")
IMPORT = (SAMPLES / "import_31.xml").read_text(encoding="utf-8")
NATIONAL = (SAMPLES / "national_30.xml").read_text(encoding="utf-8")
OLD = (SAMPLES / "export_20_cfdi_33.xml").read_text(encoding="utf-8")
FERRY = (SAMPLES / "ferry_31_alone.xml").read_text(encoding="utf-8")


def faults(text: str) -> list[Fault]:
    found: list[Fault] = []
    for each in carta_porte.parse(text.encode(), RECEIVED):
        found += [each] if isinstance(each, Fault) else each.faults
    return found


def batch(text: str) -> IntakeBatch:
    (only,) = Messages(carta_porte).read_bytes(text.encode(), received=RECEIVED)
    return only


def swap(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return change


#: Sample, what is changed in it, the code, the end of the place, the gravity.
REFUSALS: list[tuple[str, str, str, str, str]] = [
    # the CFDI
    (EXPORT, 'Version="4.0"', 'Version="4.1"', "cp_code", "Comprobante/@Version"),
    (EXPORT, 'Fecha="2026-03-02T07:58:00"', 'Fecha="2026-02-30T07:58:00"', "cp_datetime", "Comprobante/@Fecha"),
    (EXPORT, 'Rfc="TNC980512QX4"', 'Rfc="TNC981312QX4"', "cp_rfc", "Emisor/@Rfc"),
    (EXPORT, 'Rfc="MMA050317J92"', 'Rfc="mma050317j92"', "cp_rfc", "Receptor/@Rfc"),
    (EXPORT, ' Nombre="TRANSPORTES NORTE CLARO"', "", "cp_attribute_missing", "Emisor/@Nombre"),
    (EXPORT, 'LugarExpedicion="66600"', 'LugarExpedicion="6660"', "cp_postal_code", "@LugarExpedicion"),
    (EXPORT, 'TipoDeComprobante="I"', 'TipoDeComprobante="P"', "cp_kind_of_cfdi", "@TipoDeComprobante"),
    (EXPORT, 'TipoDeComprobante="I"', 'TipoDeComprobante="Q"', "cp_code", "@TipoDeComprobante"),
    (EXPORT, 'SubTotal="18500.00"', 'SubTotal="-1"', "cp_number", "@SubTotal"),
    (EXPORT, 'Moneda="MXN"', 'Moneda="XXX"', "cp_income_currency", "Comprobante/@Moneda"),
    (IMPORT, 'SubTotal="0"', 'SubTotal="5"', "cp_transfer_amount", "@SubTotal"),
    (IMPORT, 'Moneda="XXX"', 'Moneda="MXN"', "cp_transfer_currency", "Comprobante/@Moneda"),
    (EXPORT, 'SelloCFD="c2Vs', 'SelloCFD="X2Vs', "cp_seal_differs", "@SelloCFD"),
    (EXPORT, 'UUID="5d0f3b1e-', 'UUID="5d0f3b1-', "cp_uuid", "TimbreFiscalDigital/@UUID"),
    (EXPORT, "<cfdi:Receptor ", "<cfdi:Recibidor ", "cp_element_missing", "Comprobante"),
    # the head
    (EXPORT, 'Version="3.1"', 'Version="3.0"', "cp_code", "CartaPorte/@Version"),
    (EXPORT, "CCC3A7E1", "CCB3A7E1", "cp_id_ccp", "CartaPorte/@IdCCP"),
    (EXPORT, 'TranspInternac="Sí"', 'TranspInternac="Si"', "cp_code", "@TranspInternac"),
    (EXPORT, ' EntradaSalidaMerc="Salida"', "", "cp_international_lacks", "@EntradaSalidaMerc"),
    (EXPORT, ' ViaEntradaSalida="01"', "", "cp_international_lacks", "@ViaEntradaSalida"),
    (EXPORT, 'ViaEntradaSalida="01"', 'ViaEntradaSalida="09"', "cp_code", "@ViaEntradaSalida"),
    (EXPORT, ' PaisOrigenDestino="USA"', "", "cp_international_lacks", "@PaisOrigenDestino"),
    (EXPORT, 'PaisOrigenDestino="USA"', 'PaisOrigenDestino="US"', "cp_country", "@PaisOrigenDestino"),
    (EXPORT, 'PaisOrigenDestino="USA"', 'PaisOrigenDestino="MEX"', "cp_country_is_mexico", "@PaisOrigenDestino"),
    (EXPORT, 'RegimenAduanero="EXD"', 'RegimenAduanero="IMD"', "cp_regime_direction", "@RegimenAduanero"),
    (
        NATIONAL,
        'TranspInternac="No"',
        'TranspInternac="No" ViaEntradaSalida="01"',
        "cp_national_has",
        "@ViaEntradaSalida",
    ),
    (EXPORT, 'TotalDistRec="232.5"', 'TotalDistRec="230"', "cp_distance_sum", "@TotalDistRec"),
    (EXPORT, ' TotalDistRec="232.5"', "", "cp_missing_here", "@TotalDistRec"),
    (IMPORT, ' UbicacionPoloOrigen="01"', "", "cp_missing_here", "@UbicacionPoloOrigen"),
    (IMPORT, ' RegistroISTMO="Sí"', "", "cp_not_here", "@UbicacionPoloOrigen"),
    # the places
    (EXPORT, 'TipoUbicacion="Origen"', 'TipoUbicacion="Destino"', "cp_no_origin", "Ubicaciones"),
    (EXPORT, 'TipoUbicacion="Destino"', 'TipoUbicacion="Origen"', "cp_no_destination", "Ubicaciones"),
    (EXPORT, 'IDUbicacion="OR000101"', 'IDUbicacion="OR00101"', "cp_id_place", "Ubicacion[1]/@IDUbicacion"),
    (EXPORT, 'IDUbicacion="OR000101"', 'IDUbicacion="DE000101"', "cp_id_other_kind", "Ubicacion[1]/@IDUbicacion"),
    (EXPORT, ' NumRegIdTrib="741852963"', "", "cp_abroad_lacks", "Ubicacion[2]/@NumRegIdTrib"),
    (EXPORT, ' ResidenciaFiscal="USA"', "", "cp_abroad_lacks", "Ubicacion[2]/@ResidenciaFiscal"),
    (EXPORT, ' DistanciaRecorrida="232.5"', "", "cp_missing_here", "Ubicacion[2]/@DistanciaRecorrida"),
    (EXPORT, 'DistanciaRecorrida="232.5"', 'DistanciaRecorrida="0"', "cp_range", "@DistanciaRecorrida"),
    (EXPORT, 'Estado="NLE"', 'Estado="Nuevo León"', "cp_state", "Domicilio/@Estado"),
    (NATIONAL, 'CodigoPostal="20000"', 'CodigoPostal="2000"', "cp_postal_code", "Domicilio/@CodigoPostal"),
    # the goods
    (EXPORT, 'NumTotalMercancias="2"', 'NumTotalMercancias="3"', "cp_count", "@NumTotalMercancias"),
    (EXPORT, 'NumTotalMercancias="2"', 'NumTotalMercancias="0"', "cp_range", "@NumTotalMercancias"),
    (EXPORT, 'PesoBrutoTotal="11840.5"', 'PesoBrutoTotal="11840"', "cp_weight_sum", "@PesoBrutoTotal"),
    (IMPORT, 'PesoNetoTotal="3200"', 'PesoNetoTotal="3100"', "cp_weight_sum", "@PesoNetoTotal"),
    (EXPORT, 'PesoEnKg="2240"', 'PesoEnKg="2240.0001"', "cp_decimals", "Mercancia[2]/@PesoEnKg"),
    (EXPORT, 'BienesTransp="15121500"', 'BienesTransp="1512150"', "cp_code", "Mercancia[2]/@BienesTransp"),
    (EXPORT, 'Descripcion="Grasa lubricante"', 'Descripcion=""', "cp_length", "Mercancia[2]/@Descripcion"),
    (EXPORT, 'Descripcion="Grasa lubricante"', 'Descripcion="a|b"', "cp_text", "Mercancia[2]/@Descripcion"),
    (EXPORT, 'FraccionArancelaria="34031999"', 'FraccionArancelaria="3403.19"', "cp_fraction", "@FraccionArancelaria"),
    (OLD, ' FraccionArancelaria="9603290100"', "", "cp_international_lacks", "@FraccionArancelaria"),
    (EXPORT, ' Moneda="USD"', "", "cp_value_lacks", "Mercancia[1]/@Moneda"),
    (EXPORT, ' TipoMateria="03"', "", "cp_international_lacks", "Mercancia[1]/@TipoMateria"),
    (EXPORT, ' DescripcionMateria="Pasta"', "", "cp_missing_here", "Mercancia[2]/@DescripcionMateria"),
    (EXPORT, 'IDDestino="DE000201"', 'IDDestino="DE000209"', "cp_id_unknown", "CantidadTransporta/@IDDestino"),
    (IMPORT, ' CveMaterialPeligroso="1219"', "", "cp_hazard_lacks", "@CveMaterialPeligroso"),
    (IMPORT, ' PolizaMedAmbiente="MA-20"', "", "cp_hazard_lacks", "Seguros/@PolizaMedAmbiente"),
    (IMPORT, 'MaterialPeligroso="Sí"', 'MaterialPeligroso="No"', "cp_no_hazard_has", "@CveMaterialPeligroso"),
    (IMPORT, ' RFCImpo="IMP990909C33"', "", "cp_pedimento_lacks", "DocumentacionAduanera[1]/@RFCImpo"),
    (IMPORT, "26  24  3420  6000001", "26 24 3420 6000001", "cp_pedimento", "@NumPedimento"),
    (IMPORT, ' IdentDocAduanero="AVISO-7781"', "", "cp_missing_here", "@IdentDocAduanero"),
    # the transport and its persons
    (EXPORT, 'PermSCT="TPAF01"', 'PermSCT="TPTA01"', "cp_permit_of_other", "Autotransporte/@PermSCT"),
    (EXPORT, 'PlacaVM="73AK9B"', 'PlacaVM="73-AK-9B"', "cp_plate", "IdentificacionVehicular/@PlacaVM"),
    (EXPORT, 'AnioModeloVM="2021"', 'AnioModeloVM="21"', "cp_year", "@AnioModeloVM"),
    (EXPORT, ' PolizaRespCivil="RC-778812"', "", "cp_attribute_missing", "Seguros/@PolizaRespCivil"),
    (EXPORT, 'ConfigVehicular="T3S2"', 'ConfigVehicular="T9S9"', "cp_code", "@ConfigVehicular"),
    (IMPORT, 'ConfigVehicular="C3"', 'ConfigVehicular="T3S2"', "cp_no_trailer", "Autotransporte"),
    (EXPORT, ' NumLicencia="NLE0098123"', "", "cp_operator_lacks", "TiposFigura[1]/@NumLicencia"),
    (EXPORT, ' RFCFigura="SABR810423K61"', "", "cp_operator_lacks", "TiposFigura[1]/@RFCFigura"),
    (EXPORT, 'TipoFigura="01"', 'TipoFigura="04"', "cp_no_operator", "CartaPorte/@TipoFigura"),
    (EXPORT, 'TipoFigura="01"', 'TipoFigura="09"', "cp_code", "TiposFigura[1]/@TipoFigura"),
    (IMPORT, ' ResidenciaFiscalFigura="USA"', "", "cp_abroad_lacks", "@ResidenciaFiscalFigura"),
    (FERRY, 'NumeroOMI="IMO7654321"', 'NumeroOMI="7654321"', "cp_imo", "TransporteMaritimo/@NumeroOMI"),
    # the structure
    (EXPORT, ' Folio="10231"', ' Folio="10231" Folleto="1"', "cp_attribute_unknown", "Comprobante/@Folleto"),
    (EXPORT, "NumTotalMercancias", "NumMercancias", "cp_attribute_unknown", "Mercancias/@NumMercancias"),
    (
        EXPORT,
        "</cartaporte31:Mercancias>",
        "<cartaporte31:Nada/></cartaporte31:Mercancias>",
        "cp_element_unknown",
        "Nada",
    ),
    (EXPORT, "<cartaporte31:Remolques>", "<cartaporte31:Remolques>hola", "cp_text_within", "Remolques"),
]


@pytest.mark.parametrize(
    ("sample", "old", "new", "code", "place"), REFUSALS, ids=[f"{each[3]}-{each[4]}" for each in REFUSALS]
)
def test_one_defect_is_refused_with_its_place(sample: str, old: str, new: str, code: str, place: str) -> None:
    assert not any(each.gravity == "refusal" for each in faults(sample))
    refused = [each for each in faults(swap(old, new)(sample)) if each.gravity == "refusal"]
    assert any(
        each.code == code and each.place.endswith(place) and each.place.startswith("line ") for each in refused
    ), refused
    only = batch(swap(old, new)(sample))
    assert not len(only.table)
    assert len(only.refused) == only.records > 0


@pytest.mark.parametrize(
    ("sample", "old", "new", "code"),
    [
        (NATIONAL, "", "", "cp_not_certified"),
        (NATIONAL, "", "", "cp_zone_assumed"),
        (FERRY, "", "", "cp_alone"),
        (
            EXPORT,
            'FechaHoraSalidaLlegada="2026-03-02T16:30:00"',
            'FechaHoraSalidaLlegada="2026-03-01T16:30:00"',
            "cp_arrives_before",
        ),
        (EXPORT, 'PesoBrutoVehicular="31.9"', 'PesoBrutoVehicular="31900"', "cp_tonnes"),
        (EXPORT, 'CantidadTransporta Cantidad="24"', 'CantidadTransporta Cantidad="23"', "cp_quantity_sum"),
        (IMPORT, ' NumCAS="67-63-0"', "", "cp_sector_lacks"),
        (IMPORT, 'PesoTara="400"', 'PesoTara="300"', "cp_gross_net_tare"),
        (EXPORT, 'Estado="TX"', 'Estado="Texas"', "cp_state"),
        (EXPORT, 'BienesTransp="15121500"', 'BienesTransp="99999999"', "cp_code_unlisted"),
        (IMPORT, 'CveMaterialPeligroso="1219"', 'CveMaterialPeligroso="9999"', "cp_code_unlisted"),
        (EXPORT, 'UnidadPeso="KGM"', 'UnidadPeso="ZZ9"', "cp_code_unlisted"),
    ],
)
def test_what_is_odd_is_a_warning(sample: str, old: str, new: str, code: str) -> None:
    found = faults(swap(old, new)(sample))
    assert code in [each.code for each in found]
    assert {each.gravity for each in found} == {"warning"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<a/>", "cp_no_cfdi"),
        ('<Comprobante xmlns="http://www.sat.gob.mx/cfd/2"/>', "cp_cfdi_version"),
        ('<Comprobante xmlns="http://www.sat.gob.mx/cfd/3" version="3.2"/>', "cp_cfdi_version"),
        ('<Comprobante xmlns="http://www.sat.gob.mx/cfd/4"/>', "cp_no_complement"),
        (EXPORT.replace("sat.gob.mx/CartaPorte31", "sat.gob.mx/CartaPorte32"), "cp_version"),
        (EXPORT.replace("cfdi:Complemento>", "cfdi:Otro>"), "cp_misplaced"),
        (
            '<Comprobante xmlns="http://www.sat.gob.mx/cfd/4"><Complemento><Pagos xmlns="x"/></Complemento>'
            "</Comprobante>",
            "cp_other_complement",
        ),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]>" + FERRY, "xml_doctype"),
        (FERRY[: FERRY.index("  <cartaporte31:Mercancias")], "xml_cut"),
    ],
)
def test_what_is_no_carta_porte_is_refused_as_a_whole(text: str, code: str) -> None:
    assert [each.code for each in faults(text)] == [code]


def test_a_second_complement_and_an_old_cfdi_are_refused() -> None:
    start, end = EXPORT.index("<cartaporte31:CartaPorte "), EXPORT.index("    <tfd:")
    twice = EXPORT[:end] + EXPORT[start:end] + EXPORT[end:]
    assert "cp_twice" in [each.code for each in faults(twice)]
    newer = OLD.replace("CartaPorte20", "CartaPorte31").replace('Version="2.0"', 'Version="3.1"')
    assert "cp_cfdi_too_old" in [each.code for each in faults(newer)]


def test_the_rows_of_an_export() -> None:
    first, second = batch(EXPORT).table.rows(named=True)
    assert first["declaration_id"] == "5D0F3B1E-8C1A-4F6E-A9D2-7C3B5E1F0A42"
    assert second["declaration_id"] == first["declaration_id"] + "/2"
    assert first["crossing_id"] == second["crossing_id"] == "CCC3A7E1-52C4-4B0D-9E77-0A1B2C3D4E5F"
    assert first["filed_at"] == datetime(2026, 3, 2, 14, 1, 12, tzinfo=UTC)
    assert (first["carrier_id"], first["driver_id"], first["tractor_id"]) == (
        "TNC980512QX4",
        "SABR810423K61",
        "MX-73AK9B",
    )
    assert (first["exporter_id"], first["importer_id"]) == ("MMA050317J92", "741852963")
    assert (first["hs6"], first["gross_mass_kg"], first["value_usd"], first["packages"]) == (
        "870850",
        9600.5,
        86400.0,
        24.0,
    )
    assert (second["hs6"], second["value_usd"], second["packages"]) == ("340319", None, None)
    assert msgspec.json.decode(second["extra"])["Mercancia/@ValorMercancia"] == "41000.75"


def test_the_row_of_an_import_that_replaces_another() -> None:
    (row,) = batch(IMPORT).table.rows(named=True)
    assert (row["importer_id"], row["importer_name"], row["exporter_id"]) == ("IMP990909C33", None, "336699002")
    assert (row["origin"], row["departure"], row["driver_id"]) == ("US", "US", "TXDL40991827")
    assert (row["amends"], row["action"]) == ("11112222-3333-4444-5555-666677778888", "replace")


def test_a_file_of_several_documents_refuses_the_bad_one_alone() -> None:
    (only,) = Messages(carta_porte).read_bytes(
        f"{EXPORT}\n<?xml version='1.0'?><a/>\n{IMPORT}".encode(), received=RECEIVED
    )
    assert (len(only.table), len(only.refused)) == (3, 1)
    assert [each.code for each in only.refused[0].problems] == ["cp_no_cfdi"]
    assert only.refused[0].problems[0].place.startswith("document 2, line 1")


def test_ampersands_and_spaces_of_an_rfc_are_read() -> None:
    text = NATIONAL.replace('Rfc="HUÑA010203AB1"', 'Rfc=" H&amp;ÑA010203AB1 "', 1)
    said = next(iter(carta_porte.parse(text.encode(), RECEIVED)))
    assert isinstance(said, Said)
    assert (said.fields["carrier_id"], said.refused) == ("H&ÑA010203AB1", False)


def test_other_files_are_not_taken_for_it() -> None:
    form = next(each for each in registry.MESSAGES if each.NAME == "carta_porte")
    assert form.recognises(EXPORT.encode("utf-16"), "x.xml")
    assert not form.recognises(b"declaration_id,filed_at\n", "x.csv")
    assert not form.recognises(b'<Comprobante xmlns="urn:otro"/>', "x.xml")
