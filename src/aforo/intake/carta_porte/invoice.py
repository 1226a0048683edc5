"""What SAT's matrix asks of the CFDI that carries a Carta Porte, and of its stamp."""

from __future__ import annotations

from collections.abc import Iterator

from aforo.intake.carta_porte.nodes import Found
from aforo.intake.carta_porte.trip import Trip, number

INGRESO, TRASLADO = "I", "T"
#: The currency of a CFDI without amounts (ISO 4217).
NO_CURRENCY = "XXX"


def check(trip: Trip) -> Iterator[Found]:
    """A Carta Porte goes with an income (a carrier's service) or a transfer (one's own goods), the latter without
    amounts (matrix of errors, first part); versions 3.0 and 3.1 go with CFDI 4.0 alone."""
    invoice = trip.comprobante
    if invoice is None:
        yield trip.carta.fault("cp_alone", gravity="warning")
        return
    kind = invoice.get("TipoDeComprobante")
    if kind in ("E", "N", "P"):
        yield invoice.fault("cp_kind_of_cfdi", "TipoDeComprobante", hint="I|T")
    if kind == TRASLADO:
        for name in ("SubTotal", "Total"):
            if number(invoice, name):
                yield invoice.fault("cp_transfer_amount", name)
        if invoice.get("Moneda") not in ("", NO_CURRENCY):
            yield invoice.fault("cp_transfer_currency", "Moneda", hint=NO_CURRENCY)
    if kind == INGRESO and invoice.get("Moneda") == NO_CURRENCY:
        yield invoice.fault("cp_income_currency", "Moneda")
    if trip.version != "20" and invoice.get("Version") == "3.3":
        yield invoice.fault("cp_cfdi_too_old", "Version", hint="4.0")
    yield from _stamp(trip)


def _stamp(trip: Trip) -> Iterator[Found]:
    invoice, stamp = trip.comprobante, trip.timbre
    if invoice is None:
        return
    if stamp is None:
        yield invoice.fault("cp_not_certified", gravity="warning")
    elif stamp.get("SelloCFD") and stamp.get("SelloCFD") != invoice.get("Sello"):
        yield stamp.fault("cp_seal_differs", "SelloCFD")
