"""What is filed of trucks, written in the forms of those who file: messages as the node's intake takes them.

What is to be written is a declaration as the world has it, by the columns of the declaration table; a form leaves out
what it has no place for (a manifest knows no bridge and no lane; a Carta Porte no port either).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

import msgspec

from aforo.demo.outside.forms import Form, is_laden, rfc, stamp_of
from aforo.intake.pedimento import field as appendices

_MEXICO = ZoneInfo("America/Mexico_City")
#: Columns of the table that are filed, in their order.
_COLUMNS = (
    "declaration_id", "filed_at", "port", "bridge", "crossing_id", "carrier_id", "driver_id", "tractor_id",
    "importer_id", "exporter_id", "broker_id", "hs6", "description", "origin", "departure", "gross_mass_kg",
    "value_usd", "duty_rate", "packages", "declared_empty", "trade_programme", "lane", "seal_id", "amends", "action",
)  # fmt: skip


class Paper(NamedTuple):
    """What is filed of one truck: the columns of its declaration, and the zone of its port."""

    columns: dict[str, Any]
    zone: ZoneInfo


class Written(NamedTuple):
    """A message, and its media type."""

    body: bytes
    media_type: str


def message(form: Form, papers: Sequence[Paper]) -> Written:
    """One message of what a sender files in a form."""
    write, media_type = _WRITERS[form]
    return Written(write(papers), media_type)


def _json(papers: Iterable[Paper]) -> bytes:
    return b"\n".join(msgspec.json.encode(each.columns) for each in papers)


def _table(papers: Iterable[Paper]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, _COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(
        {name: int(value) if isinstance(value, bool) else value for name, value in each.columns.items()}
        for each in papers
    )
    return out.getvalue().encode()


# X12 309, on 005020

_AMENDS = {"replace": "R", "cancel": "D"}


def _manifests(papers: Sequence[Paper]) -> bytes:
    """An interchange with a group for each truck: a group's time is that of the filing, by the port's clock."""
    first = papers[0]
    sender = str(first.columns["carrier_id"])
    at = _clock(first)
    control = int(stamp_of(str(first.columns["declaration_id"]))[:7], 16) % 1_000_000_000
    isa = ("ISA", "00", " " * 10, "00", " " * 10, "02", sender.ljust(15), "ZZ", "CUSTOMS".ljust(15), f"{at:%y%m%d}",
           f"{at:%H%M}", "^", "00502", f"{control:09d}", "0", "P", ">")  # fmt: skip
    said = ["*".join(isa)]
    for number, each in enumerate(papers, 1):
        said += _group(each, number)
    said.append(f"IEA*{len(papers)}*{control:09d}")
    return ("~\n".join(said) + "~").encode()


def _group(paper: Paper, number: int) -> list[str]:
    columns, at = paper.columns, _clock(paper)
    scac, port = str(columns["carrier_id"]), columns["port"]
    trip = str(columns["crossing_id"]).removeprefix(scac)
    action = str(columns.get("action", ""))
    bill = str(columns.get("amends") or columns["declaration_id"]).removeprefix(scac)
    packages = round(columns.get("packages") or 0)
    kilograms = round(columns.get("gross_mass_kg") or 0)
    segments = [
        "ST*309*0001",
        f"M10*{scac}*J*MX**TRACTOR*{trip}***X",
        f"VEH*1*{columns['tractor_id']}",
        f"NM1*QD*1*SYN*****ZZ*{columns['driver_id']}",
        f"P4*{port}*{at:%Y%m%d}",
        "LX*1",
    ]
    if action:
        segments.append(f"M13*{scac}*{port}*{_AMENDS[action]}*{bill}*{packages}*04***{scac}")
    if action != "cancel":
        segments += _shipment(columns, scac, bill, packages, kilograms)
    segments.append(f"SE*{len(segments) + 1}*0001")
    return [f"GS*AQ*{scac}*CUSTOMS*{at:%Y%m%d}*{at:%H%M%S}*{number}*X*005020", *segments, f"GE*1*{number}"]


def _shipment(columns: dict[str, Any], scac: str, bill: str, packages: int, kilograms: int) -> list[str]:
    laden = is_laden(columns)
    found = [f"M11*{bill}*{columns['port']}*{packages}*PCS*{kilograms}*K******{scac}"] if laden else ["N9*BM*" + bill]
    for code, column in (("SH", "exporter_id"), ("IM", "importer_id"), ("CB", "broker_id")):
        if columns.get(column):
            found.append(f"N1*{code}*{columns[column]}*ZZ*{columns[column]}")
            found += ["N4*SYN**66600*MX"] if code == "SH" else []
    seal = str(columns.get("seal_id") or "").replace("SYN", "S")[:15]
    found.append(f"VID*TL**SYN1*{seal}" if laden else "VID*TL**SYN1*******E")
    if laden:
        value, origin = round(columns.get("value_usd") or 0), columns.get("origin") or ""
        text = _plain(str(columns.get("description") or "")).upper()[:45]
        found.append(f"N10*{packages}*{text}**J*{columns['hs6']}*{value}*K*{kilograms}***{origin}")
    return found


def _clock(paper: Paper) -> datetime:
    return datetime.fromisoformat(str(paper.columns["filed_at"])).astimezone(paper.zone)


def _plain(text: str) -> str:
    return "".join(each if each.isalnum() else " " for each in text)


# Pedimentos of exports from Mexico

_PEDIMENTO = (
    "NÚM. PEDIMENTO", "T. OPER.", "CVE. PEDIMENTO", "RÉGIMEN", "PESO BRUTO", "ADUANA E/S", "MEDIO DE TRANSPORTE",
    "RFC DEL IMPORTADOR/EXPORTADOR", "TOTAL DE BULTOS", "FECHA DE PAGO", "ID. FISCAL", "COMPRADOR", "IDENTIFICACIÓN",
    "PAÍS DEL TRANSPORTE", "RFC DEL TRANSPORTISTA", "SEC.", "FRACCIÓN", "UMC.", "CANTIDAD UMC.", "P. V/C.", "P. O/D.",
    "DESCRIPCIÓN", "VAL. ADU/VAL. USD.",
)  # fmt: skip


def pedimentos(papers: Iterable[Paper]) -> Written:
    """The pedimentos of trucks that leave Mexico with goods, each by the number that its declaration names."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_PEDIMENTO)
    for each in papers:
        columns, at = each.columns, _clock(each)
        mass, buyer = columns.get("gross_mass_kg") or 0, columns.get("importer_id")
        plate = str(columns["tractor_id"]).removeprefix("MX-")
        writer.writerow((
            columns["shipment_id"], "EXP", "A1", "EXD", mass, section_of(str(columns["port"])), 7,
            rfc(str(columns.get("exporter_id"))), round(columns.get("packages") or 0), f"{at:%d/%m/%Y}", buyer, buyer,
            plate, "MEX", columns["carrier_id"], 1, f"{columns['hs6']}01", 1, mass, "USA", "USA",
            columns.get("description"), columns.get("value_usd"),
        ))  # fmt: skip
    return Written(out.getvalue().encode(), "text/csv")


@cache
def section_of(port: str) -> str:
    """The section of Mexican customs that faces a port; empty where none is known."""
    return next((each for each in sorted(appendices.sections()) if appendices.facing(each) == port), "")


# Carta Porte 3.1, of a transfer of goods by their carrier


_REPLACES = '<cfdi:CfdiRelacionados TipoRelacion="04"><cfdi:CfdiRelacionado UUID="{}"/></cfdi:CfdiRelacionados>'


def _cartas(papers: Iterable[Paper]) -> bytes:
    return "\n".join(map(_carta, papers)).encode()


def _carta(paper: Paper) -> str:
    columns, at = paper.columns, _clock(paper).astimezone(_MEXICO)
    own, number = str(columns["carrier_id"]), stamp_of(str(columns["declaration_id"]))
    before = columns.get("amends")
    related = _REPLACES.format(stamp_of(str(before))) if before else ""
    laden = is_laden(columns)
    mass = columns.get("gross_mass_kg") or 1
    text = quoteattr(str(columns.get("description") or "Remolque vacío"))
    worth = f' ValorMercancia="{columns["value_usd"]}" Moneda="USD"' if columns.get("value_usd") else ""
    goods = f' FraccionArancelaria="{columns["hs6"]}0000"' if laden else ""
    packages = round(columns.get("packages") or 1)
    when = f"{at:%Y-%m-%dT%H:%M:%S}"
    sender, receiver = rfc(str(columns.get("exporter_id") or own)), str(columns.get("importer_id") or "SYNIM000000")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<cfdi:Comprobante xmlns:cfdi="http://www.sat.gob.mx/cfd/4" xmlns:cp="http://www.sat.gob.mx/CartaPorte31" \
xmlns:tfd="http://www.sat.gob.mx/TimbreFiscalDigital" Version="4.0" Serie="SYN" Folio="{number[:8]}" Fecha="{when}" \
Sello="U1lO" NoCertificado="00001000000512345678" Certificado="U1lO" SubTotal="0" Moneda="XXX" Total="0" \
TipoDeComprobante="T" Exportacion="01" LugarExpedicion="88000">{related}
<cfdi:Emisor Rfc="{own}" Nombre="{own}" RegimenFiscal="601"/>
<cfdi:Receptor Rfc="{own}" Nombre="{own}" DomicilioFiscalReceptor="88000" RegimenFiscalReceptor="601" UsoCFDI="S01"/>
<cfdi:Conceptos><cfdi:Concepto ClaveProdServ="78101802" Cantidad="1" ClaveUnidad="E48" Descripcion={text} \
ValorUnitario="0" Importe="0" ObjetoImp="01"/></cfdi:Conceptos>
<cfdi:Complemento><cp:CartaPorte Version="3.1" IdCCP="{columns["crossing_id"]}" TranspInternac="Sí" \
EntradaSalidaMerc="Salida" PaisOrigenDestino="USA" ViaEntradaSalida="01" TotalDistRec="232.5">
<cp:RegimenesAduaneros><cp:RegimenAduaneroCCP RegimenAduanero="EXD"/></cp:RegimenesAduaneros>
<cp:Ubicaciones><cp:Ubicacion TipoUbicacion="Origen" IDUbicacion="OR000001" RFCRemitenteDestinatario="{sender}" \
FechaHoraSalidaLlegada="{when}"><cp:Domicilio Estado="NLE" Pais="MEX" CodigoPostal="66600"/></cp:Ubicacion>
<cp:Ubicacion TipoUbicacion="Destino" IDUbicacion="DE000001" RFCRemitenteDestinatario="XEXX010101000" \
NumRegIdTrib="{receiver}" ResidenciaFiscal="USA" FechaHoraSalidaLlegada="{when}" DistanciaRecorrida="232.5">\
<cp:Domicilio Estado="TX" Pais="USA" CodigoPostal="78045"/></cp:Ubicacion></cp:Ubicaciones>
<cp:Mercancias PesoBrutoTotal="{mass}" UnidadPeso="KGM" NumTotalMercancias="1">
<cp:Mercancia BienesTransp="31181701" Descripcion={text} Cantidad="{packages}" ClaveUnidad="XPK" \
MaterialPeligroso="No" PesoEnKg="{mass}"{worth}{goods} TipoMateria="03"/>
<cp:Autotransporte PermSCT="TPAF01" NumPermisoSCT="SYN1"><cp:IdentificacionVehicular ConfigVehicular="T3S2" \
PesoBrutoVehicular="31.9" PlacaVM="{str(columns["tractor_id"]).removeprefix("MX-")}" AnioModeloVM="2019"/>
<cp:Seguros AseguraRespCivil="SYN Seguros" PolizaRespCivil="SYN-1"/>
<cp:Remolques><cp:Remolque SubTipoRem="CTR004" Placa="SYN001"/></cp:Remolques></cp:Autotransporte></cp:Mercancias>
<cp:FiguraTransporte><cp:TiposFigura TipoFigura="01" RFCFigura="{columns["driver_id"]}" NumLicencia="SYN000001" \
NombreFigura="SYN"/></cp:FiguraTransporte></cp:CartaPorte>
<tfd:TimbreFiscalDigital Version="1.1" UUID="{number}" FechaTimbrado="{when}" RfcProvCertif="SYN010101AB1" \
SelloCFD="U1lO" NoCertificadoSAT="00001000000598765432" SelloSAT="U1lO"/></cfdi:Complemento></cfdi:Comprobante>"""


_WRITERS: dict[Form, tuple[Callable[[Sequence[Paper]], bytes], str]] = {
    "json": (_json, "application/x-ndjson"),
    "pedimento": (_json, "application/x-ndjson"),
    "table": (_table, "text/csv"),
    "x12": (_manifests, "application/octet-stream"),
    "carta_porte": (_cartas, "application/octet-stream"),
}
