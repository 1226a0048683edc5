"""ASC X12: the customs sets 309, 350, 353, 355 and 358, in interchanges of versions 4010 and later.

`tokens` tells segments apart, `envelope` reads interchanges, groups and sets and checks what they count, `elements` and
`segments` hold what elements and segments are, `grammar` the order of each set and the tree that it makes of one,
`record` fills a record, `trip` with what a heading says, `manifest` reads 309, `notices` what declares nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from aforo.domain.envelope import X12Reference
from aforo.intake.message import Fault, Said
from aforo.intake.x12 import envelope, manifest, notices, trip
from aforo.intake.x12.grammar import GROUPS, SETS, Node
from aforo.intake.x12.grammar import parse as parse_set
from aforo.intake.x12.segments import RELATIONS, definitions
from aforo.intake.x12.sets import TransactionSet
from aforo.intake.x12.tokens import SPACE, text_of

NAME = "x12"
NAMES: Mapping[str, str] = {
    "declaration_id": "M1101",
    "filed_at": "GS04/GS05",
    "port": "P401",
    "crossing_id": "M1006",
    "carrier_id": "M1001",
    "driver_id": "NM109",
    "tractor_id": "VEH02",
    "importer_id": "N104 (IM, CN)",
    "exporter_id": "N104 (EX, SH)",
    "broker_id": "N104 (CB)",
    "hs6": "N1005",
    "description": "N1002",
    "origin": "N1011",
    "departure": "N404",
    "gross_mass_kg": "N1008/M1105",
    "value_usd": "N1006",
    "packages": "N1001/M1103",
    "declared_empty": "VID10",
    "seal_id": "M701",
    "importer_name": "N102 (IM, CN)",
    "exporter_name": "N102 (EX, SH)",
    "carrier_name": "N102 (CA)",
    "driver_name": "NM103",
    "amends": "M1304",
    "action": "M1303",
}
#: Faults of a set that are told one by one.
MOST_FAULTS = 50
#: Segments of a file at most, and how many more for each of its records: what has more is no manifests of trucks, and
#: would cost more time than records account for.
MOST_SEGMENTS, SEGMENTS_A_RECORD = 50_000, 100
#: Of an M10, what its answer repeats.
MOST_ELEMENTS, LONGEST_ELEMENT = 20, 80
#: What customs answers declares nothing, and cannot be mended where it arrives: what it says is kept although elements
#: that belong together are not all there.
ANSWERS = frozenset({"350", "355", "997", "TA1"})
RELATED = frozenset(RELATIONS.values())
_HEAD = re.compile(
    rb"(?:ISA(?P<mark>[^A-Za-z0-9\s,;]|\t).{2}(?P=mark)|ISA[^A-Za-z0-9\s,;].{4,400}GS[^A-Za-z0-9\s]"
    rb"|GS[*|^!\x1d]..[*|^!\x1d]|ST[*|^!\x1d][0-9]{3}[*|^!\x1d])",
    re.DOTALL,
)


def recognises(head: bytes, name: str) -> bool:
    """Whether a file begins as an interchange does, or as a group or a set whose interchange is missing."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(SPACE.encode())
    return _HEAD.match(start[:600]) is not None


def parse(data: bytes, received: datetime) -> Iterator[Said | Fault]:
    """The records of the sets of a file in order, and what is wrong with the file outside of them."""
    text, whole = text_of(data)
    segments = records = 0
    for found in envelope.read(text, whole):
        if isinstance(found, Fault):
            yield found
            continue
        segments += len(found.segments)
        if segments > MOST_SEGMENTS + SEGMENTS_A_RECORD * records and records:
            yield Fault("x12_segments_many", found.place)
            return
        for each in _records(found, received):
            records += 1
            yield each


def _records(found: TransactionSet, received: datetime) -> Iterator[Said]:
    faults = found.faults
    tree: Node | None = None
    if found.kind in SETS:
        table, repetition = definitions(found.group.version), found.separators.repetition
        tree, in_set = parse_set(found.kind, found.segments, table, found.place, repetition)
        if found.kind in ANSWERS:
            in_set = [each._replace(gravity="warning") if each.code in RELATED else each for each in in_set]
        faults = [*faults, *in_set]
        code = found.group.gs.get(1)
        if code and code not in GROUPS[found.kind]:
            faults.append(Fault("x12_group_code", f"{found.group.place} GS01", "warning", "GS01"))
        m10 = tree.first("M10")
        if found.kind in ("309", "358") and m10 is not None and m10.segment.get(2) in trip.NOT_ROAD:
            faults.append(Fault("x12_not_road", f"{found.place} M1002", "warning", "M1002"))
    elif found.kind == "TA1":
        tree = Node(found.segments[0])
    else:
        faults = [Fault("x12_set_unknown", found.place, name="ST01"), *faults]
    refusals = [fault for fault in faults if fault.gravity == "refusal"]
    if len(faults) > MOST_FAULTS:
        faults = [*refusals[: MOST_FAULTS - 1], *[f for f in faults if f.gravity != "refusal"][:MOST_FAULTS]]
        faults.append(Fault("x12_more", found.place, "refusal" if refusals else "warning"))
    reply = _reference(found, tree) if found.kind not in ANSWERS else None
    for number, each in enumerate(_said(found, tree, received), 1):
        each.reply = reply
        if number == 1:
            each.faults[:0] = faults
        elif refusals:
            # A set is taken or refused whole.
            each.faults.append(Fault("x12_set_refused", each.place))
        if refusals:
            _identify_refused(found, each, number, received)
        yield each


def _said(found: TransactionSet, tree: Node | None, received: datetime) -> Iterator[Said]:
    """The records of a set, one at least."""
    said: Iterator[Said] = iter(())
    if tree is not None and found.kind == "309":
        said = manifest.records(found, tree, received)
    elif tree is not None and found.kind == "358":
        said = notices.consist(found, tree, received)
    elif tree is not None:
        said = notices.records(found, tree)
    first = next(said, None)
    yield first if first is not None else Said(found.place, found.raw)
    yield from said


def _reference(found: TransactionSet, tree: Node | None) -> X12Reference:
    """The envelope that a set's answer goes back in."""
    isa = [each.strip()[:LONGEST_ELEMENT] for each in (*found.group.isa[:17], *[""] * 17)]
    gs = [found.group.gs.get(position)[:LONGEST_ELEMENT] for position in range(9)]
    usage, control = isa[15], found.segments[0].get(2)[:LONGEST_ELEMENT]
    m10 = tree.first("M10") if tree is not None else None
    port = tree.first("P4") if tree is not None else None
    return X12Reference(
        isa[5], isa[6], isa[7], isa[8], isa[13], gs[6], control, found.kind[:LONGEST_ELEMENT], gs[2], gs[3], gs[8],
        isa[12], "T" if usage == "T" else "I" if usage == "I" else "P",
        tuple(each[:LONGEST_ELEMENT].strip() for each in m10.segment.parts[1 : MOST_ELEMENTS + 1]) if m10 else (),
        port.segment.get(1)[:LONGEST_ELEMENT] if port else "",
    )  # fmt: skip


def _identify_refused(found: TransactionSet, said: Said, number: int, received: datetime) -> None:
    """What every row must have, so that a refused set is not told also for lacking it."""
    numbers = (found.group.isa[13] if len(found.group.isa) > 13 else "", found.group.gs.get(6))
    control = found.segments[0].get(2)
    name = "-".join(each[:20] for each in (found.kind[:3], *numbers, control, str(number)) if each and each.isalnum())
    said.fields.setdefault("declaration_id", name)
    said.fields.setdefault("filed_at", trip.filed_at(found.group, received))
