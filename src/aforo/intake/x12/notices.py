"""Sets that declare nothing: answers and status of customs (350, 355), events (353), acknowledgments (997, TA1); and a
consist (358), which declares which shipments a trip carries, or that it carries none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b

from aforo.intake.message import Said, amendment_name
from aforo.intake.x12 import trip
from aforo.intake.x12.grammar import Node
from aforo.intake.x12.record import Record
from aforo.intake.x12.sets import TransactionSet

#: The segment that each statement of a set begins with: one notice for each.
STATEMENTS = {"350": "X4", "353": "M15", "355": "LX", "997": "AK2"}


def records(found: TransactionSet, tree: Node) -> Iterator[Said]:
    """The notices of a set: one for each statement, with what stands before it in the first of its port or set."""
    name = STATEMENTS.get(found.kind, "")
    statements = [(holder, node) for holder in (tree, *tree.under) for node in holder.all(name)] if name else []
    outer = [node for node in tree.under if node.segment.name != name]
    m10 = tree.first("M10")
    for number, (holder, statement) in enumerate(statements):
        port = holder if holder is not tree else None
        yield _notice(found, m10, port, statement, name, outer if number == 0 else []).said
    if not statements:
        record = Record(found.place, found.raw, found.place)
        record.said.notice = found.kind
        _reference(record, m10)
        record.keep(_without(node, name) for node in (tree.under or [tree]))
        yield record.said


def _notice(
    found: TransactionSet, m10: Node | None, port: Node | None, statement: Node, name: str, outer: list[Node]
) -> Record:
    place = f"{found.place}, segment {statement.segment.number} {name}"
    record = Record(place, found.text_of([each.segment for each in statement.walk()]), found.place)
    record.said.notice = found.kind
    _reference(record, m10)
    if port is not None:
        record.take("port", port.segment, 1)
    # What belongs to no statement is told once: with the first of the set.
    record.keep(_without(node, name) for node in outer)
    record.keep([statement])
    return record


def _without(node: Node, name: str) -> Node:
    """A node without the statements under it."""
    return Node(node.segment, [each for each in node.under if each.segment.name != name])


def _reference(record: Record, m10: Node | None) -> None:
    """The trip that a notice is about."""
    if m10 is not None:
        record.take("carrier_id", m10.segment, 1)
        record.put("crossing_id", trip.crossing_of(m10), m10.segment, 6)


def consist(found: TransactionSet, tree: Node, received: datetime) -> Iterator[Said]:
    """The records of a 358: one for each bill that the trip carries, or the declaration of a truck that carries none; a
    notice where it is loaded with what it does not name.
    """
    ports = tree.all("P4")
    record = Record(found.place, found.text_of([node.segment for node in tree.walk()][1:]), found.place)
    trip.fill(record, tree, ports[0] if ports else None, found.group, received)
    conveyances = [node for port in ports for node in port.walk() if node.segment.name == "VID"]
    for node in conveyances:
        for position in (4, 5):
            record.take("seal_id", node.segment, position)
        for seals in node.all("M7"):
            record.take("seal_id", seals.segment, 1)
    for seals in tree.all("M7"):
        record.take("seal_id", seals.segment, 1)
    bills = [node.segment for port in ports for node in port.walk() if node.segment.name == "MBL"]
    loaded = any(node.segment.get(10) == "L" for node in conveyances)
    crossing = trip.crossing(tree)
    if not crossing or (loaded and not bills):
        record.said.notice = found.kind
        record.keep(tree.under)
        yield record.said
        return
    m10 = tree.under[0].segment
    action = trip.PURPOSES.get(m10.get(13), "")
    content = blake2b(record.said.raw.encode()).digest()
    for number, bill in enumerate(bills or [None]):
        each = record.again(
            found.place if bill is None else f"{found.place}, segment {bill.number} MBL", record.said.raw
        )
        own, segment, position = crossing, m10, 6
        if bill is None:
            each.put("declared_empty", "1", m10, 6)
        else:
            shipment = trip.joined(bill.get(1), bill.get(2))
            own, segment, position = f"{crossing}-{shipment}", bill, 2
            each.put("shipment_id", shipment, bill, 2)
        name = amendment_name(own, each.said.fields["filed_at"], content) if action else own
        each.put("declaration_id", name, segment, position)
        each.put("amends", own if action else "", segment, position)
        each.put("action", action, m10, 13)
        if number == 0:
            each.keep(tree.under)
        else:
            each.said.raw = found.text_of([segment])
        yield each.said
