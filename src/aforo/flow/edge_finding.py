"""Which truck stands at the booth, by what is said of it, and what may be asked of it as another truck that it may be.

A trip's number is a trip's; a plate is that of the trip that has not been here yet. Neither takes a truck past what is
ordered of another trip that has the number or the plate too. Pure of what the edge knows: nothing is recorded here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aforo.domain.decision import STRICTNESS, Basis, Examination
from aforo.flow.edge_deciding import strictest
from aforo.flow.edge_expected import Expected
from aforo.flow.edge_marks import NUMBER, mark, name_mark
from aforo.flow.edge_said import Named
from aforo.flow.edge_taken import Expectation
from aforo.flow.edge_visits import Visit, Visits

#: How long after a truck left its plate still means the same visit, where no trip of it is waited for: it is asked
#: about again at the exit, or was let go and came back. A tractor does not cross, turn round and queue again in less.
AGAIN = timedelta(hours=2)


@dataclass(frozen=True)
class Asked:
    """What is asked of a truck that the one at the booth may be, and on what basis: of one that is expected (`truck`),
    that came (`visit`), or both."""

    order: Examination
    basis: Basis | None
    truck: Expected | None
    visit: Visit | None

    @property
    def trucks(self) -> list[Expected]:
        """The expected truck, where there is one."""
        return [] if self.truck is None else [self.truck]


@dataclass(frozen=True)
class Finder:
    """Finds trucks by their marks under the key of the port, among those that are expected and those that came; `now`
    is the instant of the question by the edge's clock."""

    expectation: Expectation
    visits: Visits
    key: bytes
    now: datetime

    def find(self, named: Named) -> tuple[tuple[str, ...], list[Expected], Visit | None]:
        """The marks of a truck, the expected ones that it may be, and its visit where it is here already."""
        if (meant := self._by_visit(named)) is not None:
            return meant
        marks = self._marks(named)
        numbered = self._number(named)
        others = tuple(each for each in marks if each != numbered)
        wanted = self._wanted(others) if numbered is not None else None
        if wanted is not None and wanted.order == "hold":
            return others, wanted.trucks, wanted.visit  # no number of another trip takes it past that
        if numbered is not None and (visit := self._came(named.trip or "", numbered, others)) is not None:
            if (other := self._rather(visit, others)) is not None:
                return others, other.trucks, other.visit
            return marks, self._expected_of(visit), visit
        here = self._here(marks)
        if numbered is not None and (exact := self._exact(numbered)) is not None:
            # A truck that was referred before its filing was known may be asked about again by its trip.
            same = here if here is not None and here.decision is None and not here.numbered else None
            known = self.visits.by_ref.get(exact.ref) or same or self._done_as(exact)
            if known is not None and known.arrived is not None and (other := self._rather(known, others)) is not None:
                return others, other.trucks, other.visit
            return marks, [exact], known
        found = self._under(marks)
        # One that the node knows to have arrived stands at another bridge, and this is another trip of it.
        found = [each for each in found if not each.arrived or each.order != "release"]
        if here is not None and (not found or self.standing(here) == "hold" or not here.older_than(found)):
            return marks, self._expected_of(here), here
        if not found and (done := self._done(marks, numbered)) is not None:
            truck = self.of(done)
            if truck is None or not _after(truck, done):
                return marks, self._expected_of(done), done
            found = [truck]  # it filed after that one had left: the next trip of the same truck
        best = strictest(found)
        return marks, found, None if best is None else self.visits.by_ref.get(best.ref)

    def mistakable(self, named: Named, truck: Expected) -> Asked | None:
        """Of other trips, the one of which most is asked: any with the number that `truck` was found by, and those of
        the plate or tag where these are not the truck's own. Where they are, one of them that stands here still."""
        numbered = self._number(named)
        if numbered is None:
            return None
        others = [each for each in self._marks(named) if each != numbered]
        if any(each in truck.marks for each in others):
            # The plate says which one it is; but nothing goes on by it while it stands here for something else.
            return _most([each for each in self._standing(others, truck) if each.truck != truck])
        asked = [*self._standing((numbered, *others)), *self._to_come((numbered, *others))]
        return _most([each for each in asked if each.truck != truck])

    def of(self, visit: Visit) -> Expected | None:
        """What the bundle in force says of a visit's truck, though it was not known when it came."""
        return self.expectation.of(visit, self.visits)

    def standing(self, visit: Visit) -> Examination:
        """What is to be carried out on a truck now."""
        return visit.standing(self.of(visit))

    def _by_visit(self, named: Named) -> tuple[tuple[str, ...], list[Expected], Visit | None] | None:
        """What is found by the name of a visit, as an answer gave it, alone; a trip that was filed so comes before."""
        name = named.trip
        if name is None or named.plate or named.tag or self.expectation.under(mark(self.key, NUMBER, name)):
            return None
        visit = self.visits.by_ref.get(name) or self.expectation.taken(self.visits).get(name)
        truck = self.expectation.trucks.get(name) if visit is None else self.of(visit)
        if truck is not None:
            return truck.marks, [truck], visit
        return None if visit is None else (tuple(visit.marks) or (visit.ref,), [], visit)

    def _marks(self, named: Named) -> tuple[str, ...]:
        return tuple(dict.fromkeys(mark(self.key, kind, value) for kind, value in named.values()))

    def _number(self, named: Named) -> str | None:
        return mark(self.key, NUMBER, named.trip) if named.trip else None

    def _under(self, marks: Sequence[str]) -> list[Expected]:
        """The expected trucks under any of these marks that have not been here."""
        taken = self.expectation.taken(self.visits)
        under = dict.fromkeys(each.ref for own in marks for each in self.expectation.under(own))
        return [self.expectation.trucks[ref] for ref in under if ref not in taken]

    def _exact(self, numbered: str) -> Expected | None:
        """The truck of a number: one that has not been here before one that has, but the trip of that name first."""
        fresh = self.expectation.named(numbered, self.expectation.taken(self.visits))
        every = self.expectation.named(numbered)
        if fresh is None or (every is not None and every.marks[0] == numbered != fresh.marks[0]):
            return every
        return fresh

    def _came(self, trip: str, numbered: str, others: Sequence[str]) -> Visit | None:
        """The visit of the trip with a number: of that very name; else, of those that have it, the one whose plate or
        tag (`others`) was told too; else the one of which most is asked. None where it is rather that of a trip that
        has not been here: one of that very name, where the visit's trip only carries the number, or of several of
        which more is asked."""
        known = self.visits.known(numbered)
        if not known:
            return None
        own = [visit for visit in known if self._is_named(visit, trip, numbered)]
        by_both = [visit for visit in known if not visit.marks.keys().isdisjoint(others)]
        by_name = [visit for visit in own if self._has_name(visit, trip, numbered)]
        meant = reversed(by_name or by_both or known)
        visit = max(meant, key=lambda each: (self._strictness(each), each in own, each.last_at or self.now))
        is_own = visit in own
        standing = self.standing(visit)
        fresh = self.expectation.named(numbered, self.expectation.taken(self.visits))
        if fresh is None or (is_own and standing != "release"):
            return visit
        fresh_name = fresh.marks[0] == numbered
        more = STRICTNESS[fresh.order] > STRICTNESS[standing]
        rather = (fresh_name and more) if is_own else (fresh_name or more)
        return None if rather else visit

    def _is_named(self, visit: Visit, trip: str, numbered: str) -> bool:
        """Whether a visit is of the trip of a name, and does not merely carry it as a number of what it brings."""
        by_booth = visit.arrived is not None and visit.arrived.number == numbered
        return by_booth or self._has_name(visit, trip, numbered)

    def _has_name(self, visit: Visit, trip: str, numbered: str) -> bool:
        """Whether the trip of a visit was filed under that very name."""
        truck = self.of(visit)
        return visit.ref == name_mark(self.key, trip) or (truck is not None and truck.marks[0] == numbered)

    def _strictness(self, visit: Visit) -> int:
        return STRICTNESS[self.standing(visit)]

    def _rather(self, visit: Visit, others: Sequence[str]) -> Asked | None:
        """What is ordered of a truck by its plate or tag, where the trip whose number was told may go on: its number is
        used up for a truck of another plate, and for its own plate where that came again since, or long after."""
        if self.standing(visit) != "release":
            return None
        own = not visit.marks.keys().isdisjoint(others)
        lately = visit.last_at is not None and self.now - visit.last_at <= AGAIN
        asked = self._standing(others, self.of(visit) if own else None)
        if not (own and lately):
            asked += self._ordered_to_come(others)
        return _most([each for each in asked if each.visit is not visit])

    def _wanted(self, marks: Sequence[str]) -> Asked | None:
        """What is ordered, and not carried out yet, of a truck by its plate or tag."""
        return _most([*self._standing(marks), *self._ordered_to_come(marks)])

    def _ordered_to_come(self, marks: Sequence[str]) -> list[Asked]:
        return [each for each in self._to_come(marks) if each.order != "release"]

    def _to_come(self, marks: Sequence[str]) -> list[Asked]:
        """What is asked of the expected trucks that have not been here; officers here may have ordered otherwise."""
        found = []
        for truck in self._under(marks):
            visit = self.visits.by_ref.get(truck.ref)
            order = truck.order if visit is None else visit.standing(truck)
            found.append(Asked(order, truck.basis if order == truck.order else "override", truck, visit))
        return found

    def _standing(self, marks: Sequence[str], truck: Expected | None = None) -> list[Asked]:
        """What is still to be carried out on trucks that came, by any of these marks. `truck` is of a trip with the
        same plate, which stands for nothing that came before it filed: nobody told that the earlier one left."""
        known = dict.fromkeys(visit.ref for own in marks for visit in reversed(self.visits.known(own)))
        found = []
        for visit in (self.visits.by_ref[ref] for ref in known):
            order = self.standing(visit)
            if order == "release" or (order != "hold" and truck is not None and self._earlier(visit, truck)):
                continue
            meant, arrived = self.of(visit), visit.arrived
            basis = None if arrived is None else arrived.basis
            if meant is not None and meant.order == order:
                basis = meant.basis
            found.append(Asked(order, "override" if visit.ordered else basis, meant, visit))
        return found

    def _earlier(self, visit: Visit, truck: Expected) -> bool:
        """Whether a visit came before a truck filed; when it did is its filer's word, which no word on what is to come
        can be."""
        return truck.filed <= self.now.timestamp() and visit.older_than([truck])

    def _here(self, marks: Sequence[str]) -> Visit | None:
        """The visit of a truck that has not left, or that is to be held though it has: one held is found first."""
        known = [visit for own in marks for visit in reversed(self.visits.known(own))]
        held = next((visit for visit in known if self.standing(visit) == "hold"), None)
        return held or self.visits.here(marks)

    def _done(self, marks: Sequence[str], numbered: str | None) -> Visit | None:
        """The visit of a truck that left a moment ago, by its plate or tag; with a trip too where it has none."""
        known = [visit for own in marks for visit in self.visits.known(own) if visit.arrived is not None]
        visit = max(known, key=lambda each: (each.last_at or self.now, each.ref), default=None)
        if visit is None or not self._left_lately(visit):
            return None
        # The number of another trip is that of another trip.
        named = numbered is not None and (visit.decision is not None or visit.numbered)
        return None if named else visit

    def _done_as(self, truck: Expected) -> Visit | None:
        """The visit of a trip that came before its filing was known, was named by its plate alone, and left lately."""
        visit = self.expectation.taken(self.visits).get(truck.ref)
        if visit is None or visit.numbered or not self._left_lately(visit) or _after(truck, visit):
            return None
        return visit

    def _left_lately(self, visit: Visit) -> bool:
        return visit.gone and visit.last_at is not None and self.now - visit.last_at <= AGAIN

    def _expected_of(self, visit: Visit) -> list[Expected]:
        truck = self.of(visit)
        return [] if truck is None else [truck]


def _after(truck: Expected, visit: Visit) -> bool:
    """Whether a truck filed after the one of a visit had left."""
    return visit.last_at is not None and truck.filed > visit.last_at.timestamp()


def _most(asked: Sequence[Asked]) -> Asked | None:
    """That of which most is asked: the first one of equals, those that came before those that are to come."""
    return max(asked, key=lambda each: STRICTNESS[each.order], default=None)
