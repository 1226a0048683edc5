"""Where in the log it is said what was heard on the roads: by the days that statements of coverage are of."""

from __future__ import annotations

import msgspec

from aforo.custody.reach import Reach, reach_of
from aforo.domain.trip import Covered

#: Instants of one day, in microseconds.
_DAY = 86_400_000_000


class StatedRoads(msgspec.Struct, array_like=True):
    """Of each road's stream, by the day (since 1970) in which a statement of coverage ends, the first such version, and
    the box of the places that any is of."""

    covered: dict[str, dict[int, int]] = {}
    reach: dict[str, Reach] = {}

    def keep(self, road: str, version: int, said: Covered) -> None:
        """A statement stands in a road's stream."""
        days = self.covered.setdefault(road, {})
        day = said.until // _DAY
        days[day] = min(version, days.get(day, version))
        own, before = reach_of(said.place), self.reach.get(road)
        self.reach[road] = own if before is None else before.widened(own)

    def between(self, since: int, until: int, near: Reach) -> dict[str, tuple[int, int | None]]:
        """Of each road's stream that speaks of places in a box, from which version on statements speak of times between
        two instants, or nearly, and up to which: None where it is to its end.

        A window is of minutes and is stated within hours of its end: behind the first statement of the second day after
        none is of times before.
        """
        begins, ends = since // _DAY, until // _DAY
        found: dict[str, tuple[int, int | None]] = {}
        for road, days in self.covered.items():
            if not self.reach[road].meets(near):
                continue
            own = [first for day, first in days.items() if begins <= day]
            after = min((first for day, first in days.items() if day > ends + 1), default=None)
            if own and min(own) != after:
                found[road] = min(own), None if after is None else after - 1
        return found

    def copied(self) -> StatedRoads:
        """The same, which stays as it is whatever is stated next."""
        return StatedRoads({road: dict(days) for road, days in self.covered.items()}, dict(self.reach))
