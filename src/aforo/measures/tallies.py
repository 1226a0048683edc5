"""Crossings counted by what happened to them: all that shares of crossings are computed from, in any version.

A crossing is one truck that reached primary. What is true of it is a set of marks, kept as bits; crossings of one
bridge, local day, lane, programme, pool of the lottery and chance that have the same marks are one cell. Cells add up
in any order, so figures that are kept up event by event equal those of the whole record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

#: What can be true of a crossing, in the order of the bits. `arrived` is true of all that are counted. `examined`: an
#: examination was carried out, by scan or by hand; `scanned`: by scan; `resolved`: the last word on it says whether it
#: found anything, and `found` that it did. `drawn`: the lottery drew it. `targeted`: chosen by value or by a mandatory
#: rule (its chance was 1). `by_order`: an officer chose the examination against the product. `joint`: it was examined
#: by both countries at once.
MARKS: Final = ("arrived", "examined", "scanned", "resolved", "found", "drawn", "targeted", "by_order", "joint")
#: What can be true of a trip that was discharged. `sealed`: a device sealed it. `judged`: something was made of what
#: the seal said. `unbroken`: by all that is known nothing broke the custody, and nothing is missing of it.
TRIP_MARKS: Final = ("sealed", "judged", "unbroken")
BIT: Final[Mapping[str, int]] = {mark: 1 << place for marks in (MARKS, TRIP_MARKS) for place, mark in enumerate(marks)}


class Cell(NamedTuple):
    """What crossings, or trips, that are counted together have in common. `pool` is the lottery's, `chance` its ppb."""

    lane: str
    programme: str
    pool: str
    chance: int
    marks: int


def bits(marks: Iterable[str]) -> int:
    """Marks as bits. Raises KeyError for one that is none."""
    told = 0
    for mark in marks:
        told |= BIT[mark]
    return told


def count(cells: Iterable[tuple[Cell, int]], having: int, none_of: int = 0) -> int:
    """How many crossings have all marks of `having` and none of `none_of`; both are bits."""
    return sum(number for cell, number in cells if cell.marks & having == having and not cell.marks & none_of)
