"""How often tractors passed, by place and day, as far as a lot can still ask.

A lot is drawn for the day on which a truck arrives, and counts the passages of that day. A day whose key is published
is asked no more: a filing of it draws with the key of the day on which it comes. A filing is of at most a year before
it comes (`intake.window`), and what is late, as the reports of a port that was cut off, is of a day on which something
was filed. So of days whose keys are not published the last MOST_DAYS that anything was recorded of hold every one that
a filing can be of, however the others came to be recorded; those before are forgotten.

A few days are open at a time; the others are packed, at a few bytes a truck.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from datetime import date

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.domain.event import Passed

#: Days that are kept: while one of the last year may be asked, passages of fewer days are recorded than these.
MOST_DAYS = 800
#: Days that are open: those of today's trucks, by their zones, and of reports that came late.
_OPEN = 4

Count = tuple[int, str, date, int]


class PackedPlace(msgspec.Struct, array_like=True):
    """The tractors that passed a place on a day, ascending, and how often: 64 and 32 bits each, little-endian."""

    place: str
    tractors: bytes
    counts: bytes

    def count(self, tractor: int) -> int:
        """How often a tractor passed."""
        tractors = np.frombuffer(self.tractors, "<u8")
        at = int(np.searchsorted(tractors, np.uint64(tractor)))
        known = at < len(tractors) and int(tractors[at]) == tractor
        return int(np.frombuffer(self.counts, "<u4")[at]) if known else 0


class PackedDay(msgspec.Struct, array_like=True):
    """A day's passages, by place."""

    day: date
    places: list[PackedPlace]


class Passages:
    """See the module. The days are in the order in which something was recorded of them last."""

    def __init__(self) -> None:
        self._days: dict[date, Counter[tuple[str, int]] | PackedDay] = {}

    def __len__(self) -> int:
        """Tractors, each once a place and day."""
        return sum(
            sum(len(each.tractors) // 8 for each in own.places) if isinstance(own, PackedDay) else len(own)
            for own in self._days.values()
        )

    @property
    def days(self) -> Sequence[date]:
        """The days that are held."""
        return list(self._days)

    def count(self, tractor: int, place: str, day: date) -> int:
        """How often a tractor passed a place on a day."""
        own = self._days.get(day)
        if isinstance(own, PackedDay):
            return next((each.count(tractor) for each in own.places if each.place == place), 0)
        return 0 if own is None else own[place, tractor]

    def add(self, passed: Passed, revealed: Container[date]) -> None:
        """One more passage; none of a day whose key is published, which no lot asks."""
        day = date.fromisoformat(passed.day)
        if day in revealed:
            return
        own = self._days.pop(day, None)
        made = _opened(own) if isinstance(own, PackedDay) else Counter[tuple[str, int]]() if own is None else own
        made[passed.bridge, passed.tractor] += 1
        self._days[day] = made
        if own is not made:
            self._pack()

    def forget(self, day: date) -> None:
        """The key of a day is published."""
        self._days.pop(day, None)

    def counts(self) -> list[Count]:
        """Every count, in order."""
        found: list[Count] = []
        for day, own in self._days.items():
            each = _opened(own) if isinstance(own, PackedDay) else own
            found += [(tractor, place, day, count) for (place, tractor), count in each.items()]
        return sorted(found)

    def dump(self) -> list[PackedDay]:
        """The state."""
        return [own if isinstance(own, PackedDay) else _packed(day, own) for day, own in self._days.items()]

    @classmethod
    def load(cls, days: Sequence[PackedDay], counts: Sequence[Count] = ()) -> Passages:
        """The passages of what `dump` gave; `counts` are those of states from before days were packed."""
        made = cls()
        for tractor, place, day, count in sorted(counts, key=lambda each: each[2]):
            own = made._days.setdefault(day, Counter())
            assert isinstance(own, Counter)
            own[place, tractor] += count
        made._days |= {each.day: each for each in days}
        made._pack()
        return made

    def _pack(self) -> None:
        while len(self._days) > MOST_DAYS:
            del self._days[next(iter(self._days))]
        open_ = [day for day, own in self._days.items() if isinstance(own, Counter)]
        for day in open_[:-_OPEN]:
            own = self._days[day]
            assert isinstance(own, Counter)
            self._days[day] = _packed(day, own)


def _packed(day: date, own: Counter[tuple[str, int]]) -> PackedDay:
    by_place: dict[str, list[tuple[int, int]]] = {}
    for (place, tractor), count in own.items():
        by_place.setdefault(place, []).append((tractor, count))
    return PackedDay(day, [_packed_place(place, sorted(found)) for place, found in sorted(by_place.items())])


def _packed_place(place: str, found: Sequence[tuple[int, int]]) -> PackedPlace:
    tractors: npt.NDArray[np.uint64] = np.array([tractor for tractor, _ in found], dtype="<u8")
    counts: npt.NDArray[np.uint32] = np.array([count for _, count in found], dtype="<u4")
    return PackedPlace(place, tractors.tobytes(), counts.tobytes())


def _opened(packed: PackedDay) -> Counter[tuple[str, int]]:
    made = Counter[tuple[str, int]]()
    for each in packed.places:
        for tractor, count in zip(
            np.frombuffer(each.tractors, "<u8").tolist(), np.frombuffer(each.counts, "<u4").tolist(), strict=True
        ):
            made[each.place, tractor] = count
    return made
