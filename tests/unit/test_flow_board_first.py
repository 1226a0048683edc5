"""Which trucks of a board are told first, and what all come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from aforo.flow.board_first import BoardCounts, by_need, counts_of
from aforo.flow.board_truck import At, Seen, Truck

ROW: dict[str, Any] = {"bridge": "wtb", "filed": 1, "heard": 1, "since": 1}


@dataclass
class Case:
    name: str
    fields: dict[str, Any] = field(default_factory=dict)

    def truck(self) -> Truck:
        return Truck(**{**ROW, **self.fields})


#: In the order in which they are told.
ORDER = [
    Case("lives, still to come", {"examination": "hold", "people": True, "due": 900}),
    Case("held by the decision", {"examination": "hold", "came": "primary", "due": 5}),
    Case("to be scanned, due first", {"examination": "scan", "came": "primary", "due": 10}),
    Case("to be scanned, due later", {"examination": "scan", "came": "primary", "due": 20}),
    Case("in a scanner", {"examination": "scan", "came": "primary", "at": At("scanner", "started", "S1", 3), "due": 1}),
    Case("at the booth, released", {"came": "primary", "due": 1}),
    Case("to come, to be scanned", {"examination": "scan", "due": 99}),
    Case("to come, due first", {"due": 50}),
    Case("to come, due later", {"due": 60}),
    Case("released", {"came": "primary", "passed": True, "due": 1}),
]


def test_who_needs_a_person_is_told_first_then_who_is_here_then_who_comes() -> None:
    drawn = list(ORDER)
    Random(5).shuffle(drawn)
    assert by_need((each.name, each.truck()) for each in drawn) == [each.name for each in ORDER]


def test_counts_are_of_all_trucks_each_in_one_place() -> None:
    trucks = [(each.name, each.truck()) for each in ORDER]
    assert counts_of(trucks) == BoardCounts(person=4, here=5, coming=4, done=1)
    found = Case("found", {"came": "primary", "seen": Seen("release", True, False, None)})
    assert counts_of([(found.name, found.truck())]) == BoardCounts(1, 1, 0, 0)
    assert counts_of([]) == BoardCounts(0, 0, 0, 0)
