"""What the heading of a manifest (309) or a consist (358) says of the trip: carrier, number, truck, driver, port.

A trip's number is written as ACE writes it: the carrier's SCAC (M1001), then its own number (M1006).
"""

from __future__ import annotations

from datetime import datetime

from aforo.intake.message import iso
from aforo.intake.x12.elements import is_date, is_time
from aforo.intake.x12.grammar import Node
from aforo.intake.x12.record import Record
from aforo.intake.x12.sets import Group

#: Transportation method codes (element 91) of vessels, trains and aircraft.
NOT_ROAD = frozenset({"A", "AC", "AE", "AF", "AH", "AR", "O", "R", "RC", "RR", "S", "VE", "VL", "W"})
#: Entity identifier codes (element 98) of parties, the better first; those of M10's NM1 and of a shipment's N1.
PARTIES: dict[str, tuple[str, ...]] = {
    "importer": ("IM", "CN", "UC"),
    "exporter": ("EX", "SH", "SF"),
    "broker": ("CB",),
    "carrier": ("CA",),
}
#: In NM1 these are no crew, even where they are persons.
NO_CREW = frozenset(code for codes in PARTIES.values() for code in codes)
#: Transaction set purpose codes (element 353) that are no original.
PURPOSES = {"01": "cancel", "03": "cancel", "04": "replace", "05": "replace"}


def filed_at(group: Group, received: datetime) -> str:
    """When a group was made (GS04, GS05), else its interchange (ISA09, ISA10): local times without an offset."""
    for day, clock in (
        (group.gs.get(4), group.gs.get(5)),
        (f"20{group.isa[9]}" if len(group.isa) > 10 else "", group.isa[10] if len(group.isa) > 10 else ""),
    ):
        if is_date(day) and is_time(clock):
            seconds = clock[4:6] or "00"
            return f"{day[:4]}-{day[4:6]}-{day[6:]}T{clock[:2]}:{clock[2:4]}:{seconds}"
    return iso(received)


def joined(scac: str, number: str) -> str:
    """A trip's or a shipment's number with the SCAC before it, once.

    It is the number as everybody writes it who writes it whole, so nothing stands between the two. Of a SCAC of fewer
    than four letters it may be another carrier's too (QX and FTT1, QXFT and T1): whose it is, is told by who filed it.
    """
    return number if not scac or number.startswith(scac) else scac + number


def crossing(tree: Node) -> str:
    """The trip's number of a set; empty where it has none."""
    m10 = tree.first("M10")
    return "" if m10 is None else crossing_of(m10)


def crossing_of(m10: Node) -> str:
    """The trip's number of an M10; empty where it has none."""
    if not m10.segment.get(6):
        return ""
    return joined(m10.segment.get(1), m10.segment.get(6))


def fill(record: Record, tree: Node, port: Node | None, group: Group, received: datetime) -> None:
    """The columns that a set's heading gives each of its records."""
    filed = filed_at(group, received)
    record.said.put("filed_at", filed, f"{group.place} GS05")
    record.said.undated = filed == iso(received)
    m10 = tree.first("M10")
    if m10 is not None:
        record.take("carrier_id", m10.segment, 1)
        record.put("crossing_id", crossing(tree), m10.segment, 6)
    if port is not None:
        record.take("port", port.segment, 1)
    for vehicle in tree.all("VEH")[:1]:
        segment = vehicle.segment
        record.take("tractor_id", segment, 2)
        plate, state = segment.get(9), segment.get(10) or segment.get(26)
        record.put("tractor_id", f"{state}-{plate}" if plate and state else plate, segment, 9)
    for crew in (each for each in tree.all("NM1") if _is_crew(each)):
        _driver(record, crew)
        break
    for party in tree.all("NM1"):
        if party.segment.get(1) in NO_CREW:
            name_party(record, party.segment.get(1), party, 9, 3)


def _is_crew(node: Node) -> bool:
    return node.segment.get(1) not in NO_CREW and node.segment.get(2) != "2"


def _driver(record: Record, node: Node) -> None:
    """The driver: the first person of the crew. NM109 identifies them, else the first REF02, else DMA01."""
    segment = node.segment
    names = [segment.get(position) for position in (4, 5, 3, 7)]
    record.put("driver_name", " ".join(name for name in names if name), segment, 3)
    record.take("driver_id", segment, 9)
    for reference in node.all("REF"):
        record.take("driver_id", reference.segment, 2)
    licence = node.first("DMA")
    if licence is not None:
        record.take("driver_id", licence.segment, 1)


def name_party(record: Record, code: str, node: Node, identifier: int, name: int) -> None:
    """The identifier and the name of a party, where its code is one of those that have columns."""
    for role, codes in PARTIES.items():
        if code in codes:
            if role != "carrier":
                record.take(f"{role}_id", node.segment, identifier)
            if role != "broker":
                record.take(f"{role}_name", node.segment, name)
