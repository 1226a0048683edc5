"""What SAT's matrix asks of the head of a Carta Porte and of its places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from aforo.intake.carta_porte.nodes import Found, Node
from aforo.intake.carta_porte.schema import states
from aforo.intake.carta_porte.trip import ABROAD, YES, Trip, lacks, needs, number, total

CROSSING = ("EntradaSalidaMerc", "PaisOrigenDestino", "ViaEntradaSalida")
ISTHMUS = ("UbicacionPoloOrigen", "UbicacionPoloDestino")
#: The customs regimes of one direction alone (`c_RegimenAduanero`); the others serve both.
REGIMES = {"Entrada": frozenset({"IMD", "ITR", "ITE"}), "Salida": frozenset({"EXD", "ETR", "ETE"})}
#: Kilometres by which a sum may differ from its parts, for rounding.
TOLERANCE_KM = Decimal("0.01")
MEXICO = "MEX"
POSTAL_CODE = re.compile("[0-9]{5}")


def check(trip: Trip) -> Iterator[Found]:
    """The head (direction, country, regime, distance, isthmus) and the places."""
    yield from _crossing(trip)
    yield from _isthmus(trip)
    yield from _distance(trip)
    kinds = [place.get("TipoUbicacion") for place in trip.places]
    group = trip.carta.first("Ubicaciones")
    if group is not None:
        for kind, code in (("Origen", "cp_no_origin"), ("Destino", "cp_no_destination")):
            if kind not in kinds:
                yield group.fault(code)
    for place in trip.places:
        yield from _place(trip, place)
    yield from _identifiers(trip.places)
    yield from _times(trip.places)


def _crossing(trip: Trip) -> Iterator[Found]:
    carta = trip.carta
    regimes = carta.first("RegimenesAduaneros")
    named = [each.get("RegimenAduanero") for each in regimes.children] if regimes is not None else []
    if trip.version == "30":
        named = [carta.get("RegimenAduanero")] if carta.get("RegimenAduanero") else []
    if trip.international:
        yield from needs(carta, *CROSSING, code="cp_international_lacks")
        if trip.version != "20" and not named:
            yield carta.fault("cp_international_lacks", "RegimenAduanero")
        if carta.get("PaisOrigenDestino") == MEXICO:
            yield carta.fault("cp_country_is_mexico", "PaisOrigenDestino")
    else:
        yield from lacks(carta, *CROSSING, code="cp_national_has")
        if named:
            yield carta.fault("cp_national_has", "RegimenAduanero")
    other = REGIMES.get({"Entrada": "Salida", "Salida": "Entrada"}.get(carta.get("EntradaSalidaMerc"), ""), frozenset())
    if any(each in other for each in named):
        yield (regimes or carta).fault("cp_regime_direction", "RegimenAduanero")


def _isthmus(trip: Trip) -> Iterator[Found]:
    if trip.carta.get("RegistroISTMO") == YES:
        yield from needs(trip.carta, *ISTHMUS)
    else:
        yield from lacks(trip.carta, *ISTHMUS)


def _by_land(trip: Trip) -> bool:
    return "Autotransporte" in trip.transports or "TransporteFerroviario" in trip.transports


def _distance(trip: Trip) -> Iterator[Found]:
    stated = number(trip.carta, "TotalDistRec")
    if not _by_land(trip):
        yield from lacks(trip.carta, "TotalDistRec", code="cp_odd_here", gravity="warning")
        return
    yield from needs(trip.carta, "TotalDistRec")
    legs = total([place for place in trip.places if place.get("DistanciaRecorrida")], "DistanciaRecorrida")
    if stated is not None and legs is not None and abs(stated - legs) > TOLERANCE_KM:
        yield trip.carta.fault("cp_distance_sum", "TotalDistRec")


def _place(trip: Trip, place: Node) -> Iterator[Found]:
    kind, identifier = place.get("TipoUbicacion"), place.get("IDUbicacion")
    if (
        identifier
        and kind in ("Origen", "Destino")
        and not identifier.startswith({"Origen": "OR", "Destino": "DE"}[kind])
    ):
        yield place.fault("cp_id_other_kind", "IDUbicacion", hint={"Origen": "OR", "Destino": "DE"}[kind])
    if place.get("RFCRemitenteDestinatario") == ABROAD:
        yield from needs(place, "NumRegIdTrib", "ResidenciaFiscal", code="cp_abroad_lacks")
    else:
        if place.get("NumRegIdTrib"):
            yield place.fault("cp_odd_with_rfc", "NumRegIdTrib", "warning")
            yield from needs(place, "ResidenciaFiscal", code="cp_abroad_lacks")
        elif place.get("ResidenciaFiscal"):
            yield place.fault("cp_odd_with_rfc", "ResidenciaFiscal", "warning")
    if _by_land(trip):
        if kind == "Destino":
            yield from needs(place, "DistanciaRecorrida")
        else:
            yield from lacks(place, "DistanciaRecorrida", code="cp_odd_here", gravity="warning")
    address = place.first("Domicilio")
    if address is not None:
        yield from check_address(address)
    elif "Autotransporte" in trip.transports:
        yield place.fault("cp_no_address", hint="Domicilio")


def check_address(address: Node) -> Iterator[Found]:
    """A Mexican address has a state of SAT's list and a postal code of five digits."""
    country, state = address.get("Pais"), address.get("Estado")
    if state and country in states() and state not in states()[country]:
        yield address.fault("cp_state", "Estado", "refusal" if country == MEXICO else "warning")
    if country == MEXICO and address.get("CodigoPostal") and POSTAL_CODE.fullmatch(address.get("CodigoPostal")) is None:
        yield address.fault("cp_postal_code", "CodigoPostal")


def _identifiers(places: list[Node]) -> Iterator[Found]:
    seen: set[str] = set()
    for place in places:
        identifier = place.get("IDUbicacion")
        if identifier and identifier in seen:
            yield place.fault("cp_id_twice", "IDUbicacion", "warning")
        seen.add(identifier)


def _times(places: list[Node]) -> Iterator[Found]:
    """Goods arrive after they left. The times are local, so half a day's zones are let pass."""
    left = min(
        (each.get("FechaHoraSalidaLlegada") for each in places if each.get("TipoUbicacion") == "Origen"), default=""
    )
    for place in places:
        if place.get("TipoUbicacion") == "Destino" and place.get("FechaHoraSalidaLlegada")[:10] < left[:10]:
            yield place.fault("cp_arrives_before", "FechaHoraSalidaLlegada", "warning")
