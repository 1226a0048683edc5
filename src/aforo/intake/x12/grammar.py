"""The customs transaction sets as grammars: which segments come in which order, how often, in which loops.

Facts of the ASC X12 transaction set tables of 309, 350, 353, 355, 358 and 997 as published for releases 4010 to 6050
by stedi.com/edi and the open grammars EdiFabric, GotWoods/EDDY and apimeister/x12-types, with the truck guides of US
Customs and Border Protection (309 of December 2016 on 5020, 350 of April 2018 on 4060, 353 of May 2018 on 6050). Each
grammar allows what any of these releases allows: guides build on different ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from aforo.domain.problem import Gravity
from aforo.intake.message import Fault
from aforo.intake.x12.segments import Definition
from aforo.intake.x12.tokens import Segment

#: A line is a segment, with the most times it may come and `!` where it must, then the segment that has to stand before
#: it, where one does; what is indented under it is its loop.
SETS: dict[str, str] = {
    "309": """
M10 1!
N9 5
VEH 10
M7 1
CII 3
NM1 999
  DMG 1
  DMA 1
  REF 10
  N3 2
  N4 1
P4 20!
  LX 9999!
    M13 1
    M11 1
    N9 999
    N1 20
      N3 2
      N4 1
      DTM 1
      PER 1
      X1 1
    M12 1
      P5 5
      R4 10
    VID 999
      M7 5
      N10 999
        VC 999
        MAN 999
        H1 99
          H2 99
""",
    "350": """
M10 1
P4 20 M10
  V9 20
  VEH 10
  VID 9999
  K1 4
  X4 9999
    K1 4
    N9 999
    N7 999
BA1 999
  X4 9999
    K1 4
""",
    "353": """
M10 1
P4 1
V9 1
M15 9999!
  M7A 99
  V9 1
  V2 1
  K1 10
""",
    "355": """
M10 1!
K1 10
VEH 10
  K1 10
M7 1
  K1 10
CII 3
  K1 10
NM1 999
  K1 10
  DMG 1
  DMA 1
  REF 10
  N3 2
  N4 1
P4 20!
  K1 10
  LX 9999
    M13 1
      K1 10
    M14 1
      K1 10
    M11 1
      K1 10
    N9 999
      K1 10
    N1 20
      K1 10
      N3 2
      N4 1
      DTM 1
      PER 1
      X1 1
    M12 1
      K1 10
      P5 5
      R4 10
    MBL 9999
      K1 10
    M15 9999
      K1 10
    VID 999
      K1 10
      M7 5
      N10 999
        K1 10
        VC 999
        MAN 999
        H1 99
          K1 10
          H2 99
K3 1
""",
    "358": """
M10 1!
N9 5
VEH 10
M7 1
CII 3
NM1 999
  DMG 1
  DMA 1
  REF 10
  N3 2
  N4 1
P4 20!
  LX 500
  VID 9999
    M7 5
    N9 999
    MBL 9999
      M13 1
      X1 1
      VID 500
  MBL 9999
    M13 1
    X1 1
""",
    "997": """
AK1 1!
AK2 999999
  AK3 999999
    AK4 99
  AK5 1!
AK9 1!
""",
}
#: The functional identifier codes (element 479) of these sets: SO in releases until 4020, each its own later.
GROUPS: dict[str, frozenset[str]] = {
    "309": frozenset({"AQ", "SO"}),
    "350": frozenset({"AU", "SO"}),
    "353": frozenset({"AX", "SO"}),
    "355": frozenset({"AZ", "SO"}),
    "358": frozenset({"BD", "SO"}),
    "997": frozenset({"FA"}),
}


@dataclass
class Slot:
    """A segment's place in a grammar, and the loop that it begins: `slots` in order, and their places by name; of those
    that must come, their places once more. `after` names the segment that has to stand before it."""

    name: str
    most: int
    mandatory: bool
    after: str = ""
    slots: list[Slot] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    required: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Node:
    """A segment of a set, with the segments of its loop under it in order."""

    segment: Segment
    under: list[Node] = field(default_factory=list)

    def all(self, name: str) -> list[Node]:
        """The nodes directly under this one of that name."""
        return [node for node in self.under if node.segment.parts[0] == name]

    def first(self, name: str) -> Node | None:
        """The first node directly under this one of that name."""
        for node in self.under:
            if node.segment.parts[0] == name:
                return node
        return None

    def walk(self) -> Iterator[Node]:
        """This node and all under it, in order."""
        yield self
        for node in self.under:
            yield from node.walk()


@cache
def grammar(kind: str) -> Slot:
    """The grammar of a transaction set: a slot that stands for ST. Raises KeyError for a set that is not read."""
    root = Slot("ST", 1, True)
    stack = [root]
    for line in SETS[kind].strip().splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        name, times, *after = line.split()
        slot = Slot(name, int(times.rstrip("!")), times.endswith("!"), "".join(after))
        del stack[depth + 1 :]
        stack[depth].places[name] = len(stack[depth].slots)
        if slot.mandatory:
            stack[depth].required.append(len(stack[depth].slots))
        stack[depth].slots.append(slot)
        stack.append(slot)
    return root


@cache
def names(kind: str) -> frozenset[str]:
    """Every segment that a set may have."""
    return frozenset(line.split()[0] for line in SETS[kind].strip().splitlines())


#: Faults of a set that are kept, of either gravity. What is refused is looked for however much is odd.
MOST_FAULTS = 200


class _Told:
    """What is wrong with a set, as far as it is kept."""

    __slots__ = ("_left", "faults", "full")

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._left: dict[Gravity, int] = {"refusal": MOST_FAULTS, "warning": MOST_FAULTS}
        #: Nothing more that refuses is kept.
        self.full = False

    def add(self, *faults: Fault) -> None:
        for fault in faults:
            if self._left[fault.gravity] > 0:
                self._left[fault.gravity] -= 1
                self.faults.append(fault)
        self.full = self._left["refusal"] == 0


class _Level:
    """A loop that is open: where in its slots we are, and how many of that slot have come."""

    __slots__ = ("at", "node", "slot", "times")

    def __init__(self, slot: Slot, node: Node) -> None:
        self.slot, self.node, self.at, self.times = slot, node, 0, 0


def parse(
    kind: str, segments: Iterable[Segment], definitions: dict[str, Definition], place: str, repetition: str = ""
) -> tuple[Node, list[Fault]]:
    """A set's segments, from ST to before SE, as the tree that its grammar makes of them, and what is wrong.

    A segment that has no place is told, and left where it was found under the loop that is open. `place` is the set's.
    """
    segments = iter(segments)
    root = Node(next(segments))
    levels = [_Level(grammar(kind), root)]
    told = _Told()
    for segment in segments:
        name = segment.parts[0]
        definition = definitions.get(name)
        if definition is not None and not told.full and (faults := definition.faults(segment, place, repetition)):
            told.add(*faults)
        node = Node(segment)
        depth = len(levels) - 1
        while depth >= 0:
            level = levels[depth]
            found = level.slot.places.get(name, -1)
            if found >= level.at and (found > level.at or level.times < level.slot.slots[found].most):
                break
            depth -= 1
        if depth < 0:
            if not told.full:
                told.add(_misplaced(kind, name, levels, place, segment))
            levels[-1].node.under.append(node)
            continue
        for closed in levels[:depth:-1]:
            _close(closed, len(closed.slot.slots), told, place, segment)
        del levels[depth + 1 :]
        level = levels[-1]
        if found > level.at:
            _close(level, found, told, place, segment)
            level.at, level.times = found, 0
        slot = level.slot.slots[found]
        if slot.after and level.times == 0 and not told.full and level.node.first(slot.after) is None:
            where = f"{place}, segment {segment.number}"
            told.add(Fault("x12_parent_missing", where, name=f"{name}, {slot.after}"))
        level.times += 1
        level.node.under.append(node)
        if level.slot.slots[found].slots:
            levels.append(_Level(level.slot.slots[found], node))
    for level in reversed(levels):
        _close(level, len(level.slot.slots), told, place, None)
    return root, told.faults


def _close(level: _Level, until: int, told: _Told, place: str, before: Segment | None) -> None:
    """Tell what should have come in a loop before the slot numbered `until` and has not."""
    for number in level.slot.required:
        if not told.full and level.at <= number < until and not (number == level.at and level.times):
            where = f"{place}, before segment {before.number}" if before else f"{place}, before SE"
            told.add(Fault("x12_segment_missing", where, name=level.slot.slots[number].name))


def _misplaced(kind: str, name: str, levels: list[_Level], place: str, segment: Segment) -> Fault:
    known = name.isascii() and name.isalnum() and len(name) <= 3
    shown = name if known else "?"
    where = f"{place}, segment {segment.number}"
    if name not in names(kind):
        return Fault("x12_segment_unknown", where, name=shown)
    for level in levels:
        found = level.slot.places.get(name, -1)
        if found == level.at and level.times >= level.slot.slots[found].most:
            return Fault("x12_segment_many", where, name=shown)
    return Fault("x12_segment_order", where, name=shown)
