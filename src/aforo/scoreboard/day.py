"""What is kept of one local day of a bridge, and how it is saved."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from aforo.domain.bridge import LaneClass, ReadPlace
from aforo.measures.definition import Span
from aforo.measures.tallies import Cell
from aforo.scoreboard.times import Readable, Times

Key = TypeVar("Key")
#: A lane, a programme, a stage of the release and its whole minutes.
Held = tuple[str, str, Span, int]


class Feed(msgspec.Struct, array_like=True):
    """What one feed published of the waits of a day: by lane class how often it said how many minutes, and when it
    spoke last (microseconds since 1970)."""

    minutes: dict[LaneClass, dict[int, int]] = {}
    last: int = 0


class Day(msgspec.Struct, array_like=True):
    """One local day of a bridge. `first` and `last` are the positions in the log between which its crossings came to
    primary; `waits`, `crossings` and `readable` are None until the day is settled. `trips` are those that were
    discharged on it, `held` the stages of releases that ended on it, `feeds` the published waits by their source."""

    cells: dict[Cell, int] = {}
    trips: dict[Cell, int] = {}
    held: dict[Held, int] = {}
    first: int = 0
    last: int = 0
    waits: Times | None = None
    crossings: Times | None = None
    readable: dict[ReadPlace, Readable] | None = None
    blocks: int = 0
    late: int = 0
    first_block: int = 0
    last_block: int = 0
    feeds: dict[str, Feed] = {}

    def told(self) -> list[object]:
        """All of it, for saving."""
        counts = [[(*key, number) for key, number in own.items()] for own in (self.cells, self.trips, self.held)]
        return [*counts, *(getattr(self, name) for name in self.__struct_fields__[len(counts) :])]

    @classmethod
    def of(cls, told: list[object]) -> Day:
        """What `told` gave."""
        cells, trips, held, *rest = told
        day = msgspec.convert([{}, {}, {}, *rest], Day)
        for counted, rows in ((day.cells, cells), (day.trips, trips)):
            told_rows = msgspec.convert(rows, list[tuple[str, str, str, int, int, int]])
            for lane, programme, pool, chance, marks, number in told_rows:
                counted[Cell(lane, programme, pool, chance, marks)] = number
        for lane, programme, span, minutes, number in msgspec.convert(held, list[tuple[str, str, Span, int, int]]):
            day.held[lane, programme, span, minutes] = number
        return day


def put(counted: dict[Key, int], key: Key, number: int) -> None:
    """Count so many more, or fewer, of a key; what comes to nothing is not kept."""
    left = counted.get(key, 0) + number
    if left:
        counted[key] = left
    else:
        del counted[key]
