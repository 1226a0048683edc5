"""What SAT's matrix asks of the vehicle of a Carta Porte and of the persons of the transport."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from aforo.intake.carta_porte.nodes import Found, Node
from aforo.intake.carta_porte.route import check_address
from aforo.intake.carta_porte.trip import ABROAD, Trip, needs, number

#: Who drives (`c_FiguraTransporte`), and those who own or let a part of the transport, which is then named.
OPERATOR, OWNERS = "01", frozenset({"02", "03"})
#: The configurations of a tractor or of a lorry with its trailer (NOM-012-SCT-2; `c_ConfigAutotransporte`).
WITH_TRAILER = re.compile(r"T[23]S[123](?:[RS][234])?|C[23]R[23]")
#: The permits of each transport begin so (`c_TipoPermiso`); TPXX00 serves any.
PERMITS = {"Autotransporte": "TPAF", "TransporteMaritimo": "TPTM", "TransporteAereo": "TPTA"}
ANY_PERMIT = "TPXX00"
#: Tonnes that no vehicle with its load has on a Mexican road (NOM-012-SCT-2: 66.5, with allowances 75.5).
HEAVIEST_TONNES = Decimal(100)


def check(trip: Trip) -> Iterator[Found]:
    """A transport there must be; by road with permit, insurance, trailer and operator as they belong together."""
    if trip.goods is not None and not trip.transports:
        yield trip.goods.fault("cp_no_transport")
    for name, transport in trip.transports.items():
        permit = transport.get("PermSCT")
        if permit and name in PERMITS and permit != ANY_PERMIT and not permit.startswith(PERMITS[name]):
            yield transport.fault("cp_permit_of_other", "PermSCT", hint=PERMITS[name])
    road = trip.transports.get("Autotransporte")
    if road is not None:
        yield from _road(trip, road)
        if not any(figure.get("TipoFigura") == OPERATOR for figure in trip.figures):
            yield trip.carta.fault("cp_no_operator", "TipoFigura", hint=OPERATOR)
    for figure in trip.figures:
        yield from _figure(figure)


def _road(trip: Trip, road: Node) -> Iterator[Found]:
    vehicle, insurance = road.first("IdentificacionVehicular"), road.first("Seguros")
    if trip.hazardous and insurance is not None:
        yield from needs(insurance, "AseguraMedAmbiente", "PolizaMedAmbiente", code="cp_hazard_lacks")
    if vehicle is None:
        return
    if WITH_TRAILER.fullmatch(vehicle.get("ConfigVehicular")) and road.first("Remolques") is None:
        yield road.fault("cp_no_trailer", hint="Remolques")
    tonnes = number(vehicle, "PesoBrutoVehicular")
    if tonnes is not None and tonnes > HEAVIEST_TONNES:
        yield vehicle.fault("cp_tonnes", "PesoBrutoVehicular", "warning")


def _figure(figure: Node) -> Iterator[Found]:
    kind, rfc, foreign = figure.get("TipoFigura"), figure.get("RFCFigura"), figure.get("NumRegIdTribFigura")
    if kind == OPERATOR:
        yield from needs(figure, "NumLicencia", code="cp_operator_lacks")
    elif figure.get("NumLicencia"):
        yield figure.fault("cp_odd_here", "NumLicencia", "warning")
    if not rfc and not foreign:
        yield figure.fault("cp_operator_lacks" if kind == OPERATOR else "cp_missing_here", "RFCFigura")
    if rfc == ABROAD:
        yield from needs(figure, "NumRegIdTribFigura", "ResidenciaFiscalFigura", code="cp_abroad_lacks")
    elif foreign:
        yield from needs(figure, "ResidenciaFiscalFigura", code="cp_abroad_lacks")
        if rfc:
            yield figure.fault("cp_odd_with_rfc", "NumRegIdTribFigura", "warning")
    parts = figure.all("PartesTransporte")
    if kind in OWNERS and not parts:
        yield figure.fault("cp_owner_lacks", hint="PartesTransporte")
    elif parts and kind not in OWNERS:
        yield parts[0].fault("cp_odd_here", gravity="warning")
    address = figure.first("Domicilio")
    if address is not None:
        yield from check_address(address)
