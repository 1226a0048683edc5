"""309, Customs Manifest: what declares. Each line of goods (N10) of a shipment (LX) is a record.

A shipment's number is written as ACE writes it: the issuer's SCAC (M1112), then the bill's number (M1101). Lines after
the first are numbered `/2`, `/3`; a line that has a description and nothing else goes on with the one before. An M13
that is no addition, or a set whose purpose (M1013) is none of an original, amends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from aforo.intake.message import Fault, Said, amendment_name
from aforo.intake.x12 import trip
from aforo.intake.x12.elements import count_of
from aforo.intake.x12.grammar import Node
from aforo.intake.x12.record import Record
from aforo.intake.x12.sets import TransactionSet
from aforo.intake.x12.tokens import Segment

#: Kilograms of the weight units (element 188): metric, short and long tons, grams, kilograms, pounds, ounces.
KILOGRAMS = {"E": 1000.0, "S": 907.18474, "T": 1016.0469088, "G": 0.001, "K": 1.0, "L": 0.45359237, "O": 0.028349523125}
#: Commodity code qualifiers (element 23) of lists that begin with the Harmonized System's six digits.
HARMONIZED = frozenset({"A", "B", "H", "J"})
#: Amendment type codes (element 580).
AMENDMENTS = {"A": "", "D": "cancel", "R": "replace"}
#: Characters of the heading that each shipment's text repeats at most, and of a shipment that each of its lines does:
#: of what is longer the first has it, so that a set's text does not grow with the square of it.
LONGEST_REPEATED = 16 * 1024
#: Parties of a shipment that its columns are sought in.
MOST_PARTIES = 20
#: Reference qualifiers (element 128) of a bill of lading, for a shipment without M11.
BILLS = ("BM", "MB", "OB", "CN")


@dataclass(frozen=True)
class _Line:
    """A line of goods: the conveyance that carries it, and its N10 with those that go on with it."""

    conveyance: Node | None
    goods: list[Node]
    first: bool


def records(found: TransactionSet, tree: Node, received: datetime) -> Iterator[Said]:
    """The records of a manifest, in the order of its lines."""
    heading = [node for node in tree.under if node.segment.name != "P4"]
    # ST apart: its number is no content.
    text = found.text_of([each.segment for node in heading for each in node.walk()])
    told = False
    truck = _of(tree, ("M10", "M7"))
    for port in tree.all("P4"):
        base = Record(found.place, "", found.place)
        trip.fill(base, tree, port, found.group, received)
        before = text + found.separators.segment + found.text_of([port.segment])
        for order, shipment in enumerate(port.all("LX")):
            raw = found.text_of([node.segment for node in shipment.walk()])
            if not told or len(before) <= LONGEST_REPEATED:
                raw = before + found.separators.segment + raw
            content = raw if len(raw) <= LONGEST_REPEATED else _digest(raw)
            own = _sought(shipment)
            for number, line in enumerate(_lines(shipment), 1):
                if number > 1 and len(raw) > LONGEST_REPEATED:
                    raw = found.text_of([each.segment for node in line.goods for each in node.walk()])
                record = _record(base, raw, truck, own, line, number)
                _identify(record, truck, own, number, content)
                _goods(record, own, shipment, line, number)
                if number == 1:
                    record.keep([Node(shipment.segment), *_outside(shipment, line)])
                if line.first and line.conveyance is not None:
                    under = [node for node in line.conveyance.under if node.segment.name != "N10"]
                    record.keep([Node(line.conveyance.segment, under)])
                record.keep(line.goods)
                if not told:
                    record.keep(heading)
                if number == 1 and order == 0:
                    record.keep([Node(port.segment)])
                told = True
                yield record.said


def _lines(shipment: Node) -> list[_Line]:
    lines: list[_Line] = []
    conveyances = shipment.all("VID")
    for conveyance in conveyances:
        goods: list[Node] = []
        begun = False
        for each in conveyance.all("N10"):
            if goods and not any(each.segment.get(position) for position in (1, 5, 6, 8)):
                goods.append(each)
                continue
            if goods:
                lines.append(_Line(conveyance, goods, not begun))
                begun = True
            goods = [each]
        if goods:
            lines.append(_Line(conveyance, goods, not begun))
    return lines or [_Line(conveyances[0] if conveyances else None, [], True)]


def _sought(shipment: Node) -> Node:
    """A shipment with no more than what its columns are sought in, which is looked for once and not for each line."""
    parties = [_of(party, ("N4",)) for party in shipment.all("N1")[:MOST_PARTIES]]
    bills = [node for node in shipment.all("N9") if node.segment.get(1) in BILLS and node.segment.get(2)]
    return Node(shipment.segment, [*_of(shipment, ("M11", "M13")).under, *parties, *bills[:1]])


def _of(node: Node, names: tuple[str, ...]) -> Node:
    """A node with the first of each of some names under it."""
    return Node(node.segment, [each for each in map(node.first, names) if each is not None])


def _outside(shipment: Node, line: _Line) -> list[Node]:
    """What of a shipment belongs to none of its lines: all but its conveyances, and those that are unladen."""
    conveyances = shipment.all("VID")
    unladen = [node for node in conveyances if not node.all("N10") and node is not line.conveyance]
    return [*(node for node in shipment.under if node.segment.name != "VID"), *unladen]


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=32).hexdigest()


def _record(base: Record, raw: str, truck: Node, shipment: Node, line: _Line, number: int) -> Record:
    lx = shipment.segment.get(1)
    where = base.said.place if count_of(lx) is None else f"{base.said.place}, LX {lx}"
    record = base.again(f"{where}, line {number}" if number > 1 else where, raw)
    parties = shipment.all("N1")
    for codes in trip.PARTIES.values():
        for code in codes:
            for party in parties:
                if party.segment.get(1) == code:
                    trip.name_party(record, code, party, 4, 2)
    _departure(record, parties)
    _conveyance(record, truck, line.conveyance)
    return record


def _identify(record: Record, truck: Node, shipment: Node, number: int, content: str) -> None:
    """The record's identifier, and what it amends; one that does is told apart by its `content` and its time."""
    m11, m13, m10 = shipment.first("M11"), shipment.first("M13"), truck.first("M10")
    source, scac, bill, position = shipment.segment, "", "", 1
    if m11 is not None and m11.segment.get(1):
        source, scac, bill = m11.segment, m11.segment.get(12), m11.segment.get(1)
    elif m13 is not None and m13.segment.get(4):
        source, scac, bill, position = m13.segment, m13.segment.get(9), m13.segment.get(4), 4
    else:
        for node in shipment.all("N9"):
            source, bill, position = node.segment, node.segment.get(2), 2
            scac = m10.segment.get(1) if m10 is not None else ""
    suffix = f"/{number}" if number > 1 else ""
    if bill:
        own = trip.joined(scac, bill) + suffix
        record.put("shipment_id", trip.joined(scac, bill), source, position)
        # Of a set that names no trip a shipment's lines are together by its own number.
        record.put("crossing_id", trip.joined(scac, bill), source, position)
    else:
        own = f"{trip.crossing(truck) or 'trip'}-LX{shipment.segment.get(1)}{suffix}"
        record.said.faults.append(Fault("x12_no_bill", record.said.place, "warning", "M1101"))
    action, earlier = "", own
    if m13 is not None:
        action = AMENDMENTS.get(m13.segment.get(3), "replace")
        earlier = trip.joined(m13.segment.get(9), m13.segment.get(4)) + suffix if m13.segment.get(4) else own
    if not action and m10 is not None:
        action = trip.PURPOSES.get(m10.segment.get(13), "")
    if action:
        name = amendment_name(own, record.said.fields["filed_at"], suffix + content)
        record.put("declaration_id", name, source, position)
        record.put("amends", earlier, source, position)
        record.put("action", action, source, position)
    else:
        record.put("declaration_id", own, source, position)


def _departure(record: Record, parties: list[Node]) -> None:
    """The country that goods leave: the shipper's."""
    for party in parties:
        place = party.first("N4")
        if party.segment.get(1) in trip.PARTIES["exporter"] and place is not None and len(place.segment.get(4)) == 2:
            record.put("departure", place.segment.get(4), place.segment, 4)


def _conveyance(record: Record, truck: Node, conveyance: Node | None) -> None:
    """Seals: those of the conveyance, else of the truck."""
    if conveyance is not None:
        for position in (4, 5):
            record.take("seal_id", conveyance.segment, position)
    for holder in (conveyance, truck):
        for seals in holder.all("M7") if holder is not None else ():
            record.take("seal_id", seals.segment, 1)


def _goods(record: Record, own: Node, shipment: Node, line: _Line, number: int) -> None:
    m11 = own.first("M11")
    if line.goods:
        first = line.goods[0].segment
        texts = [node.segment.get(2) for node in line.goods]
        record.put("description", " ".join(text for text in texts if text), first, 2)
        record.put("packages", first.get(1), first, 1)
        code = first.get(5).replace(".", "")
        if first.get(4) in HARMONIZED and len(code) >= 6 and code.isascii() and code.isdigit():
            record.put("hs6", code[:6], first, 5)
        if first.get(13) in ("", "USD"):
            record.put("value_usd", first.get(6), first, 6)
        if len(first.get(11)) == 2:
            record.put("origin", first.get(11), first, 11)
        _mass(record, first, 8, 7)
    elif m11 is None or m11.segment.get(3) in ("", "0"):
        conveyances = shipment.all("VID")
        if conveyances and all(node.segment.get(10) == "E" for node in conveyances):
            record.put("declared_empty", "1", conveyances[0].segment, 10)
    if m11 is not None and number == 1 and sum(len(node.all("N10")) for node in shipment.all("VID")) == len(line.goods):
        # What the bill says of all its lines is said of its only one.
        record.put("packages", m11.segment.get(3), m11.segment, 3)
        _mass(record, m11.segment, 5, 6)


def _mass(record: Record, segment: Segment, weight: int, unit: int) -> None:
    """A weight in kilograms; the weight and its unit as they came stay in `extra`."""
    value, code = segment.get(weight), segment.get(unit)
    if not value or not code:
        return
    factor = KILOGRAMS.get(code)
    if factor is None:
        place = f"{record.said.place}, {segment.name}{unit:02d}"
        record.said.faults.append(Fault("x12_weight_unit", place, "warning", f"{segment.name}{unit:02d}"))
        return
    try:
        kilograms = float(value) * factor
    except ValueError:
        return
    record.put("gross_mass_kg", f"{kilograms:.6f}".rstrip("0").rstrip("."), segment, weight)
