"""From a Carta Porte to records of the declaration table: one for each line of goods."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from aforo.domain.codes import countries_by_alpha3
from aforo.intake.carta_porte.nodes import Found, Node
from aforo.intake.carta_porte.transport import OPERATOR
from aforo.intake.carta_porte.trip import ANYBODY, Trip
from aforo.intake.message import Fault, Said, iso

#: The zone of a stamp: Mexico's central zone, by the documentation of TimbreFiscalDigitalv11.xsd.
CENTRAL = ZoneInfo("America/Mexico_City")
MEXICO = "MX"
#: How people who write a Carta Porte call what a column of the table is made from.
NAMES: Mapping[str, str] = {
    "declaration_id": "UUID",
    "filed_at": "FechaTimbrado",
    "crossing_id": "IdCCP",
    "shipment_id": "NumPedimento",
    "carrier_id": "Emisor/Rfc",
    "carrier_name": "Emisor/Nombre",
    "driver_id": "RFCFigura",
    "driver_name": "NombreFigura",
    "tractor_id": "PlacaVM",
    "importer_id": "Destino/RFCRemitenteDestinatario",
    "importer_name": "Destino/NombreRemitenteDestinatario",
    "exporter_id": "Origen/RFCRemitenteDestinatario",
    "exporter_name": "Origen/NombreRemitenteDestinatario",
    "hs6": "FraccionArancelaria",
    "description": "Descripcion",
    "origin": "PaisOrigenDestino",
    "departure": "Origen/Domicilio/Pais",
    "gross_mass_kg": "PesoEnKg",
    "value_usd": "ValorMercancia",
    "packages": "Cantidad",
    "seal_id": "NumPrecinto",
    "amends": "CfdiRelacionado/UUID",
    "action": "TipoRelacion",
}
#: A CFDI that takes another's place (`c_TipoRelacion`: sustitución de los CFDI previos).
REPLACES = "04"
#: The codes of a packing as a unit (UN/ECE Recommendation 20 takes those of 21 with an X before them).
PACKING = "X"
DIGITS_OF_HS = 6
HASH_BYTES = 4


def records(trip: Trip, found: Sequence[Found], data: bytes, received: datetime) -> Iterator[Said]:
    """The records of a Carta Porte, the faults each with its line, those of the whole with the first.

    A CFDI stands or falls as one: where anything of it is refused every line is.
    """
    root = trip.comprobante or trip.carta
    lines: Sequence[Node | None] = trip.lines or [None]
    shared = Said(root.at(), "")
    _document(trip, shared, data, received)
    identifier = shared.fields["declaration_id"]
    amends = shared.fields.get("amends", "")
    faults = _by_line(found, trip.lines)
    refused = any(each.fault.gravity == "refusal" for each in found)
    raw = data.decode("utf-8", "replace")
    for number, line in enumerate(lines, 1):
        place = root.at() if line is None else line.at()
        said = Said(place, raw if number == 1 else place, dict(shared.fields), dict(shared.places))
        if number == 1:
            said.extra = _left(root, trip.lines, shared)
        else:
            said.put("declaration_id", f"{identifier}/{number}", shared.places["declaration_id"])
            if amends:
                said.put("amends", f"{amends}/{number}", shared.places["amends"])
        if line is not None:
            _parties(trip, line, said)
            _goods(trip, line, said)
            said.extra |= _left(line, (), said)
        said.faults = [*faults.get(number - 1, ())]
        if number == 1:
            said.faults += [*faults.get(-1, ()), *shared.faults]
        if refused and not said.refused:
            said.faults.append(Fault("cp_refused_whole", place))
        yield said


def _by_line(found: Sequence[Found], lines: Sequence[Node]) -> dict[int, list[Fault]]:
    """Faults by the index of the line that they are within, -1 for those of the whole."""
    index = {id(line): number for number, line in enumerate(lines)}
    grouped: dict[int, list[Fault]] = {}
    for each in found:
        node: Node | None = each.node
        while node is not None and id(node) not in index:
            node = node.parent
        grouped.setdefault(-1 if node is None else index[id(node)], []).append(each.fault)
    return grouped


def _document(trip: Trip, said: Said, data: bytes, received: datetime) -> None:
    """What is the same in every line: who, when, under which number."""
    carta, invoice, stamp = trip.carta, trip.comprobante, trip.timbre
    ccp = carta.get("IdCCP").upper()
    if stamp is not None and stamp.get("UUID"):
        said.put("declaration_id", stamp.get("UUID").upper(), stamp.at("UUID"))
    elif invoice is not None and invoice.get("Folio"):
        issuer = invoice.first("Emisor")
        parts = (issuer.get("Rfc") if issuer is not None else "", invoice.get("Serie"), invoice.get("Folio"))
        said.put("declaration_id", "-".join(part for part in parts if part), invoice.at("Folio"))
    else:
        own = ccp or f"CFDI~{hashlib.blake2b(data, digest_size=HASH_BYTES).hexdigest()}"
        said.put("declaration_id", own, carta.at("IdCCP" if ccp else ""))
    said.put("crossing_id", ccp or said.fields["declaration_id"], carta.at("IdCCP" if ccp else ""))
    _filed(trip, said, received)
    if invoice is not None:
        issuer = invoice.first("Emisor")
        if issuer is not None:
            said.put("carrier_id", issuer.get("Rfc"), issuer.at("Rfc"))
            said.put("carrier_name", issuer.get("Nombre"), issuer.at("Nombre"))
        _replaced(invoice, said)
    driver = next((each for each in trip.figures if each.get("TipoFigura") == OPERATOR), None)
    if driver is not None:
        name = "RFCFigura" if driver.get("RFCFigura") not in ("", *ANYBODY) else "NumRegIdTribFigura"
        said.put("driver_id", driver.get(name), driver.at(name))
        said.put("driver_name", driver.get("NombreFigura"), driver.at("NombreFigura"))
    road = trip.transports.get("Autotransporte")
    vehicle = road.first("IdentificacionVehicular") if road is not None else None
    if vehicle is not None and vehicle.get("PlacaVM"):
        said.put("tractor_id", f"{MEXICO}-{vehicle.get('PlacaVM')}", vehicle.at("PlacaVM"))
    sea = trip.transports.get("TransporteMaritimo")
    for container in sea.all("Contenedor") if sea is not None else ():
        if "seal_id" not in said.fields:
            said.put("seal_id", container.get("NumPrecinto"), container.at("NumPrecinto"))


def _filed(trip: Trip, said: Said, received: datetime) -> None:
    """The stamp's time, which is that of Mexico's central zone; else the issuer's, of which the zone is not said."""
    for node, name in ((trip.timbre, "FechaTimbrado"), (trip.comprobante, "Fecha")):
        if node is None:
            continue
        try:
            at = datetime.fromisoformat(node.get(name))
        except ValueError:
            continue
        if at.tzinfo is None:
            said.put("filed_at", iso(at.replace(tzinfo=CENTRAL)), node.at(name))
            if node is trip.comprobante:
                said.faults.append(node.fault("cp_zone_assumed", name, "warning").fault)
            return
    said.filed_when_received(received)


def _replaced(invoice: Node, said: Said) -> None:
    for group in invoice.all("CfdiRelacionados"):
        other = group.first("CfdiRelacionado")
        if group.get("TipoRelacion") == REPLACES and other is not None and other.get("UUID"):
            said.put("amends", other.get("UUID").upper(), other.at("UUID"))
            said.put("action", "replace", group.at("TipoRelacion"))
            return


def _parties(trip: Trip, line: Node, said: Said) -> None:
    """Who sends and who receives a line: by its own places where it names them, else by the first origin and the last
    destination. Into Mexico the importer is the one of the customs document."""
    parts = line.all("CantidadTransporta")
    origins = [place for place in trip.places if place.get("TipoUbicacion") == "Origen"]
    ends = [place for place in trip.places if place.get("TipoUbicacion") == "Destino"]
    origin = _named(origins, {part.get("IDOrigen") for part in parts}) or (origins[0] if origins else None)
    end = _named(ends, {part.get("IDDestino") for part in parts}) or (ends[-1] if ends else None)
    for role, place in (("exporter", origin), ("importer", end)):
        if place is None:
            continue
        # An RFC that stands for many is nobody's identity.
        name = "NumRegIdTrib" if place.get("RFCRemitenteDestinatario") in ANYBODY else "RFCRemitenteDestinatario"
        said.put(f"{role}_id", place.get(name), place.at(name))
        label = "NombreRemitenteDestinatario"
        said.put(f"{role}_name", place.get(label), place.at(label))
    if trip.entering:
        for paper in line.all("DocumentacionAduanera"):
            if "shipment_id" not in said.fields:
                number = "".join(paper.get("NumPedimento").split())
                said.put("shipment_id", number, paper.at("NumPedimento"))
            if paper.get("RFCImpo") and paper.get("RFCImpo") != said.fields.get("importer_id"):
                said.put("importer_id", paper.get("RFCImpo"), paper.at("RFCImpo"))
                # The name was that of the one who receives.
                said.fields.pop("importer_name", None)
                break
    address = origin.first("Domicilio") if origin is not None else None
    if address is not None:
        said.put("departure", countries_by_alpha3().get(address.get("Pais")), address.at("Pais"))
    if trip.entering:
        country = trip.carta.get("PaisOrigenDestino")
        said.put("origin", countries_by_alpha3().get(country), trip.carta.at("PaisOrigenDestino"))


def _named(places: Sequence[Node], identifiers: set[str]) -> Node | None:
    """The one place that the identifiers name; None where they name several or none."""
    named = [place for place in places if place.get("IDUbicacion") in identifiers - {""}]
    return named[0] if len(named) == 1 else None


def _goods(trip: Trip, line: Node, said: Said) -> None:
    fraction = line.get("FraccionArancelaria")
    if len(fraction) >= DIGITS_OF_HS:
        said.put("hs6", fraction[:DIGITS_OF_HS], line.at("FraccionArancelaria"))
    said.put("description", line.get("Descripcion"), line.at("Descripcion"))
    said.put("gross_mass_kg", line.get("PesoEnKg"), line.at("PesoEnKg"))
    if line.get("Moneda") == "USD":
        said.put("value_usd", line.get("ValorMercancia"), line.at("ValorMercancia"))
    if line.get("ClaveUnidad").startswith(PACKING):
        said.put("packages", line.get("Cantidad"), line.at("Cantidad"))


def _left(root: Node, apart: Sequence[Node], said: Said) -> dict[str, str]:
    """What an element and those within it say beyond the columns, by path; lines of goods stand `apart`.

    A value stays out where a column holds it as it is.
    """
    held = {place: said.fields[column] for column, place in said.places.items() if column in said.fields}
    skipped = {id(node) for each in apart for node in each.walk()}
    # A line's own values go under its name alone, without where it stands.
    start, name = (root.path, root.name) if root.name == "Mercancia" else ("", "")
    left: dict[str, str] = {}
    for node in root.walk():
        if id(node) in skipped:
            continue
        path = name + node.path[len(start) :]
        for label, value in node.attributes.items():
            if value and held.get(node.at(label)) != value:
                left[f"{path}/@{label}"] = value
        if node.text:
            left[path] = node.text
    return left
