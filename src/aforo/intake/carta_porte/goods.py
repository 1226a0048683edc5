"""What SAT's matrix asks of the goods of a Carta Porte."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from aforo.intake.carta_porte.nodes import Found, Node
from aforo.intake.carta_porte.trip import YES, Trip, lacks, needs, number, total

#: Kilograms in a unit of weight (UN/ECE Recommendation 20).
KILOGRAMS = {"KGM": Decimal(1), "TNE": Decimal(1000), "GRM": Decimal("0.001"), "LBR": Decimal("0.45359237")}
#: A sum may differ from its parts by this share, for rounding of each.
TOLERANCE = Decimal("0.001")
#: The customs document that is a pedimento (`c_DocumentoAduanero`), and the state of matter that is none of the named.
PEDIMENTO, OTHER_MATTER = "01", "05"
_MEDICINE = (
    *("DenominacionGenericaProd", "DenominacionDistintivaProd", "Fabricante", "FechaCaducidad", "LoteMedicamento"),
    *("FormaFarmaceutica", "CondicionesEspTransp", "RegistroSanitarioFolioAutorizacion"),
)
#: What goods under a sector of COFEPRIS are described by (from version 3.0), by the sector (`c_SectorCOFEPRIS`).
SECTORS = {
    "01": _MEDICINE,
    "02": ("NombreIngredienteActivo", "NomQuimico", "Fabricante", "FechaCaducidad", "LoteMedicamento"),
    "03": _MEDICINE,
    "04": ("NomQuimico", "NumCAS"),
    "05": ("NombreIngredienteActivo", "NumRegSanPlagCOFEPRIS", "DatosFabricante", "DatosFormulador", "UsoAutorizado"),
}


def check(trip: Trip) -> Iterator[Found]:
    """The sums over the goods, then each line."""
    if trip.goods is None:
        return
    yield from _sums(trip, trip.goods)
    known = {place.get("IDUbicacion") for place in trip.places} - {""}
    for line in trip.lines:
        yield from _dangers(line)
        yield from _value(line)
        yield from _trade(trip, line)
        yield from _parts(line, known)
        if line.get("SectorCOFEPRIS") in SECTORS:
            for name in SECTORS[line.get("SectorCOFEPRIS")]:
                if not line.get(name):
                    yield line.fault("cp_sector_lacks", name, "warning")


def _sums(trip: Trip, goods: Node) -> Iterator[Found]:
    count = goods.get("NumTotalMercancias")
    if count.isascii() and count.isdigit() and int(count[:12]) != len(trip.lines):
        yield goods.fault("cp_count", "NumTotalMercancias")
    details = [detail for line in trip.lines for detail in line.all("DetalleMercancia")]
    stated, unit = number(goods, "PesoBrutoTotal"), goods.get("UnidadPeso")
    if stated is not None and unit in KILOGRAMS:
        kilograms = total(trip.lines, "PesoEnKg")
        sums = [kilograms / KILOGRAMS[unit]] if kilograms is not None else []
        gross = total(details, "PesoBruto")
        if gross is not None and len(details) == len(trip.lines):
            # By rail and sea it is the sum of these, which are in the same unit.
            sums.append(gross)
        if sums and not any(_agree(stated, each, len(trip.lines)) for each in sums):
            yield goods.fault("cp_weight_sum", "PesoBrutoTotal")
    net, stated_net = total(details, "PesoNeto"), number(goods, "PesoNetoTotal")
    if stated_net is not None and net is not None and not _agree(stated_net, net, len(details)):
        yield goods.fault("cp_weight_sum", "PesoNetoTotal")


def _agree(stated: Decimal, added: Decimal, parts: int) -> bool:
    """Whether a total is the sum of its parts, each rounded to three places."""
    return abs(stated - added) <= max(TOLERANCE * parts, added * Decimal("0.00001"))


def _dangers(line: Node) -> Iterator[Found]:
    if line.get("MaterialPeligroso") == YES:
        yield from needs(line, "CveMaterialPeligroso", "Embalaje", code="cp_hazard_lacks")
    else:
        yield from lacks(line, "CveMaterialPeligroso", code="cp_no_hazard_has")
        yield from lacks(line, "Embalaje", code="cp_no_hazard_has", gravity="warning")


def _value(line: Node) -> Iterator[Found]:
    if line.get("ValorMercancia"):
        yield from needs(line, "Moneda", code="cp_value_lacks")
    else:
        yield from lacks(line, "Moneda", code="cp_odd_here", gravity="warning")


def _trade(trip: Trip, line: Node) -> Iterator[Found]:
    if trip.international and trip.version != "31":
        yield from needs(line, "FraccionArancelaria", code="cp_international_lacks")
    name = "Pedimentos" if trip.version == "20" else "DocumentacionAduanera"
    papers = line.all(name)
    if trip.entering and not papers:
        yield line.fault("cp_entry_lacks", name)
    if not trip.entering:
        for paper in papers:
            yield paper.fault("cp_odd_here", gravity="warning")
    if trip.version == "20":
        return
    for paper in papers:
        if paper.get("TipoDocumento") == PEDIMENTO:
            yield from needs(paper, "NumPedimento", "RFCImpo", code="cp_pedimento_lacks")
            yield from lacks(paper, "IdentDocAduanero", code="cp_odd_here", gravity="warning")
        elif paper.get("TipoDocumento"):
            yield from needs(paper, "IdentDocAduanero")
            yield from lacks(paper, "NumPedimento", code="cp_odd_here", gravity="warning")
    if trip.international:
        yield from needs(line, "TipoMateria", code="cp_international_lacks")
    if line.get("TipoMateria") == OTHER_MATTER:
        yield from needs(line, "DescripcionMateria")


def _parts(line: Node, known: set[str]) -> Iterator[Found]:
    """Where parts of a line go, and what it weighs."""
    parts = line.all("CantidadTransporta")
    for part in parts:
        for name in ("IDOrigen", "IDDestino"):
            if part.get(name) and part.get(name) not in known:
                yield part.fault("cp_id_unknown", name)
    carried, quantity = total(parts, "Cantidad"), number(line, "Cantidad")
    if carried is not None and quantity is not None and carried != quantity:
        yield line.fault("cp_quantity_sum", "Cantidad", "warning")
    for detail in line.all("DetalleMercancia"):
        gross, net, tare = (number(detail, name) for name in ("PesoBruto", "PesoNeto", "PesoTara"))
        if gross is not None and net is not None and tare is not None and not _agree(gross, net + tare, 2):
            yield detail.fault("cp_gross_net_tare", "PesoBruto", "warning")
