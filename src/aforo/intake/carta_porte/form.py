"""Carta Porte: the complement of a Mexican CFDI that covers goods in transit (SAT; 2.0, 3.0, 3.1).

Read are a CFDI 4.0 or 3.3 with one complement, and the complement alone. It is held against SAT's schemas, as tables
of ours and where they are at hand as they are, then against the rules of SAT's matrix of errors that can be judged
from the document alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from aforo.intake import xml
from aforo.intake.carta_porte import catalogues, goods, invoice, route, transport, xsd
from aforo.intake.carta_porte.nodes import Found, Node
from aforo.intake.carta_porte.rows import HASH_BYTES, NAMES, records
from aforo.intake.carta_porte.schema import GUESTS, MOST_FOUND, read, schema
from aforo.intake.carta_porte.trip import Rule, Trip
from aforo.intake.message import Fault, Said, iso

__all__ = ["NAME", "NAMES", "parse", "recognises"]

NAME = "carta_porte"
#: The versions of CFDI that are read: by namespace, the version it must say and its schema.
INVOICES = {"http://www.sat.gob.mx/cfd/4": "cfdi_40", "http://www.sat.gob.mx/cfd/3": "cfdi_33"}
VERSIONS = {tag: name.removeprefix("carta_porte_") for tag, name in GUESTS.items() if name.startswith("carta_porte_")}
#: The rules beyond the schemas; they hold whether the schemas do or not.
RULES: tuple[Rule, ...] = (invoice.check, route.check, goods.check, transport.check)
#: Tags of a file at most, and how many more for each of its records: a stamped CFDI of one line has some sixty.
MOST_TAGS, TAGS_A_RECORD = 50_000, 120
_ROOT = re.compile(r"<(?![?!])(?:[\w.-]{1,60}:)?(\w{1,60})")
_NAMESPACE = "sat.gob.mx"
_DECLARATION = re.compile(rb">([ \t\r\n]*)(?=<\?xml[ \t\r\n])")


def recognises(head: bytes, name: str) -> bool:
    """Whether a file begins as a CFDI or a Carta Porte does."""
    root = _ROOT.search(xml.begins(head))
    if root is None:
        return False
    return root[1] == "CartaPorte" or (root[1] == "Comprobante" and _NAMESPACE.encode() in head.replace(b"\0", b""))


def parse(data: bytes, received: datetime) -> Iterator[Said | Fault]:
    """A record for each line of goods, or what is wrong with the document as a whole.

    A file may hold several documents, each with its XML declaration; one that is wrong as a whole is then a record.
    """
    parts = _documents(data)
    if len(parts) == 1:
        yield from _read(data, received) if data.count(b"<") <= MOST_TAGS else [Fault("cp_tags_many", "file")]
        return
    tags = records = 0
    for number, (start, end) in enumerate(parts, 1):
        part, where = data[start:end], f"document {number}, "
        tags += part.count(b"<")
        if tags > MOST_TAGS + TAGS_A_RECORD * records:
            yield Fault("cp_tags_many", f"document {number}")
            return
        for each in _read(part, received):
            records += 1
            said = each
            if isinstance(said, Fault):
                own = f"CFDI~{hashlib.blake2b(part, digest_size=HASH_BYTES).hexdigest()}"
                fields = {"declaration_id": own, "filed_at": iso(received)}
                said = Said("", part.decode("utf-8", "replace") or where, fields, faults=[said])
            said.place = where + said.place
            said.places = {column: where + place for column, place in said.places.items()}
            said.faults = [fault._replace(place=where + fault.place) for fault in said.faults]
            yield said


def _documents(data: bytes) -> list[tuple[int, int]]:
    """Where each document of a file begins and ends: at an XML declaration after the end of another's root."""
    starts = [0]
    for each in _DECLARATION.finditer(data):
        starts.append(each.end(1))
    return list(zip(starts, [*starts[1:], len(data)], strict=True))


def _read(data: bytes, received: datetime) -> Iterator[Said | Fault]:
    """As `parse`, for one document."""
    root = xml.read(data)
    if isinstance(root, Fault):
        yield root
        return
    found: list[Found] = []
    tag, element = str(root.tag), root
    if tag in VERSIONS:
        trip = Trip(read(root, schema(GUESTS[tag]), found), VERSIONS[tag], None, None)
    elif xml.local(root) != "Comprobante":
        code = "cp_version" if xml.local(root) == "CartaPorte" else "cp_no_cfdi"
        yield Fault(code, f"line {root.sourceline}", name=xml.local(root))
        return
    else:
        name = INVOICES.get(xml.namespace(root))
        if name is None or (root.get("Version") is None and root.get("version")):
            yield Fault("cp_cfdi_version", f"line {root.sourceline}", name="Comprobante")
            return
        taken = _taken_apart(read(root, schema(name), found), found)
        if isinstance(taken, Fault):
            yield taken
            return
        trip = taken
        element = next(each for each in root.iterfind("{*}Complemento/{*}CartaPorte"))
    for rule in RULES:
        found.extend(_first_refusals(rule(trip)))
    found.extend(xsd.check(element, trip.carta, GUESTS[str(element.tag)], found))
    found.extend(catalogues.check(trip, found))
    yield from records(trip, found, data, received)


def _first_refusals(found: Iterable[Found]) -> Iterator[Found]:
    """What a rule finds, up to so many refusals that no more need telling."""
    refusals = 0
    for each in found:
        yield each
        refusals += each.fault.gravity == "refusal"
        if refusals == MOST_FOUND:
            return


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
