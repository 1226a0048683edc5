"""Which of the expected trucks have been at an edge, under their own names or before their filings were known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from aforo.flow.edge_deciding import strictest
from aforo.flow.edge_expected import Expected
from aforo.flow.edge_visits import Visit, Visits

#: How long before it came a truck may have filed that its plate alone tells, and how long after.
FILED_BEFORE, FILED_AFTER = timedelta(days=1), timedelta(hours=1)


class Expectation:
    """The expected trucks of a bundle, by the marks of their crossings' names, with an index by every mark."""

    def __init__(self, trucks: Mapping[str, Expected]) -> None:
        self.trucks = trucks
        self._by_mark: dict[str, list[Expected]] = {}
        for each in trucks.values():
            for own in each.marks:
                self._by_mark.setdefault(own, []).append(each)
        self._taken: dict[str, Visit] = {}
        self._meant_by: dict[str, Expected] = {}
        self._visits = -1

    def under(self, mark: str) -> list[Expected]:
        """The trucks that are known by a mark."""
        return self._by_mark.get(mark, [])

    def named(self, number: str, besides: Collection[str] = ()) -> Expected | None:
        """The truck of a number: the trip of that name before one that carries it, and of several spellings of the name
        the one of which most is asked. `besides` are left out, by the marks of their names."""
        known = [each for each in self.under(number) if each.ref not in besides]
        return strictest([each for each in known if each.marks[0] == number] or known)

    def taken(self, visits: Visits) -> dict[str, Visit]:
        """The trucks that have been here, with their visits. A truck of which no filing was known is the one with its
        trip's number, or, where it was known by its plate alone, the one that was filed about then, the first one."""
        if visits.arrivals != self._visits:
            self._visits = visits.arrivals
            self._taken = {
                ref: visit
                for ref in self.trucks
                if (visit := visits.by_ref.get(ref)) is not None and visit.arrived is not None
            }
            self._meant_by = {}
            for visit in visits.unknown():
                truck = self._meant(visit)
                if truck is not None:
                    self._taken[truck.ref], self._meant_by[visit.ref] = visit, truck
        return self._taken

    def of(self, visit: Visit, visits: Visits) -> Expected | None:
        """What is known of a visit's truck, though it was not known when it came."""
        if (truck := self.trucks.get(visit.ref)) is not None:
            return truck
        if visit.decision is not None:
            # Another crossing that has its number took it in: what is ordered there is ordered of it.
            return strictest(self.under(visit.ref))
        self.taken(visits)
        return self._meant_by.get(visit.ref)

    def _meant(self, visit: Visit) -> Expected | None:
        arrived, at = visit.arrived, visit.arrived_at
        if arrived is None or at is None:
            return None
        if arrived.number:
            return self.named(arrived.number, self._taken)
        found = [
            each
            for own in arrived.marks
            for each in self.under(own)
            if each.ref not in self._taken and _about(each, at)
        ]
        return min(found, key=lambda each: (each.filed, each.ref), default=None)


def _about(truck: Expected, at: datetime) -> bool:
    return (at - FILED_BEFORE).timestamp() <= truck.filed <= (at + FILED_AFTER).timestamp()
