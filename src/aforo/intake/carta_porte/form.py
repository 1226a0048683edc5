"""Carta Porte: the complement of a Mexican CFDI that covers goods in transit (SAT; 2.0, 3.0, 3.1).

Read are a CFDI 4.0 or 3.3 with one complement, and the complement alone. It is held against SAT's schemas, as tables
of ours and where they are at hand as they are, then against the rules of SAT's matrix of errors that can be judged
from the document alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from aforo.intake import xml
from aforo.intake.carta_porte import goods, invoice, route, transport, xsd
from aforo.intake.carta_porte.nodes import Found, Node
from aforo.intake.carta_porte.rows import NAMES, records
from aforo.intake.carta_porte.schema import GUESTS, read, schema
from aforo.intake.carta_porte.trip import Rule, Trip
from aforo.intake.message import Fault, Said

__all__ = ["NAME", "NAMES", "parse", "recognises"]

NAME = "carta_porte"
#: The versions of CFDI that are read: by namespace, the version it must say and its schema.
INVOICES = {"http://www.sat.gob.mx/cfd/4": "cfdi_40", "http://www.sat.gob.mx/cfd/3": "cfdi_33"}
VERSIONS = {tag: name.removeprefix("carta_porte_") for tag, name in GUESTS.items() if name.startswith("carta_porte_")}
#: The sentences that hold whether or not the complement's schema does not.
RULES: tuple[Rule, ...] = (invoice.check, route.check, goods.check, transport.check)
_ROOT = re.compile(r"<(?![?!])(?:[\w.-]{1,60}:)?(\w{1,60})")
_NAMESPACE = "sat.gob.mx"


def recognises(head: bytes, name: str) -> bool:
    """Whether a file begins as a CFDI or a Carta Porte does."""
    root = _ROOT.search(xml.begins(head))
    if root is None:
        return False
    return root[1] == "CartaPorte" or (root[1] == "Comprobante" and _NAMESPACE.encode() in head.replace(b"\0", b""))


def parse(data: bytes, received: datetime) -> Iterator[Said | Fault]:
    """A record for each line of goods, or what is wrong with the document as a whole."""
    root = xml.read(data)
    if isinstance(root, Fault):
        yield root
        return
    found: list[Found] = []
    if root.tag in VERSIONS:
        carta = read(root, schema(GUESTS[root.tag]), found)
        trip = Trip(carta, VERSIONS[root.tag], None, None)
    else:
        if xml.local(root) != "Comprobante":
            unknown = xml.local(root) == "CartaPorte"
            yield Fault("cp_version" if unknown else "cp_no_cfdi", f"line {root.sourceline}", name=xml.local(root))
            return
        name = INVOICES.get(xml.namespace(root))
        if name is None or (name == "cfdi_33" and root.get("Version") is None and root.get("version")):
            yield Fault("cp_cfdi_version", f"line {root.sourceline}", name="Comprobante")
            return
        taken = _taken_apart(read(root, schema(name), found), found)
        if isinstance(taken, Fault):
            yield taken
            return
        trip = taken
    for rule in RULES:
        found.extend(rule(trip))
    element = root if root.tag in VERSIONS else next(root.iter(*VERSIONS))
    found.extend(xsd.check(element, trip.carta, GUESTS[str(element.tag)], {each.node for each in found}))
    yield from records(trip, found, data, received)


def _taken_apart(comprobante: Node, found: list[Found]) -> Trip | Fault:
    """The complement and the stamp of a CFDI; the reason why there is no complement to read."""
    guests = [each for group in comprobante.all("Complemento") for each in group.children]
    cartas = [each for each in guests if each.name == "CartaPorte"]
    stamps = [each for each in guests if each.name == "TimbreFiscalDigital"]
    if not cartas:
        elsewhere = next((node for node in comprobante.walk() if node.name == "CartaPorte"), None)
        if elsewhere is not None:
            return Fault("cp_misplaced", elsewhere.at(), name="CartaPorte")
        others = [each.name for each in guests if each.name != "TimbreFiscalDigital"]
        place = comprobante.first("Complemento") or comprobante
        return Fault("cp_other_complement" if others else "cp_no_complement", place.at(), name=", ".join(others[:3]))
    version = VERSIONS.get(f"{{{cartas[0].namespace}}}CartaPorte")
    if version is None:
        return Fault("cp_version", cartas[0].at(), name="CartaPorte")
    found.extend(each.fault("cp_twice") for each in (*cartas[1:], *stamps[1:]))
    return Trip(cartas[0], version, comprobante, stamps[0] if stamps else None)
