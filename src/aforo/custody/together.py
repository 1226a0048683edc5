"""Trips that set out together, by their carrier and its name for the convoy: until the last of them is over, and as
long after that as the room knows them all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from aforo.custody.trip import KnownTrip


class _Convoy:
    """Trips of one carrier that set out together, in the order in which they came to it, and those not over yet."""

    def __init__(self, named: tuple[str, str]) -> None:
        self.named = named
        self.trips: dict[str, None] = {}
        self.under_way: set[str] = set()


class Together:
    """Who is in which convoy. A trip is kept as it stands now, so that to ask for a convoy looks at no other trip.

    Carriers name convoys day by day: who names one of which all are over begins another.
    """

    def __init__(self) -> None:
        self._of_trip: dict[str, _Convoy] = {}
        #: The last convoy of each name.
        self._named: dict[tuple[str, str], _Convoy] = {}

    def keep(self, known: KnownTrip) -> None:
        """A trip is announced, announced anew, or over."""
        named = known.opened.carrier, known.opened.convoy
        own = self._of_trip.get(known.trip)
        if own is not None and own.named != named:
            self.drop(known.trip)
            own = None
        if known.discharged is not None:
            if own is not None:
                own.under_way.discard(known.trip)
        elif own is None and known.opened.convoy:
            own = self._named.get(named)
            if own is None or not own.under_way:
                own = self._named[named] = _Convoy(named)
            self._join(own, known)

    def drop(self, trip: str) -> None:
        """A trip is none any more, or of another convoy. One that nobody is in goes with its last."""
        if (own := self._of_trip.pop(trip, None)) is not None:
            del own.trips[trip]
            own.under_way.discard(trip)
            if not own.trips and self._named.get(own.named) is own:
                del self._named[own.named]

    def forget(self, trip: str) -> None:
        """A trip of which all that it set out with are over is known to the room no more: then neither is its convoy,
        since what became of it cannot be looked at again without this one."""
        for each in list(self.with_(trip)):
            self.drop(each)

    def goes_on(self, trip: str) -> bool:
        """Whether any of those that a trip set out with, or itself, is not over."""
        own = self._of_trip.get(trip)
        return own is not None and bool(own.under_way)

    def of(self, carrier: str, convoy: str) -> Collection[str]:
        """The trips of the last convoy of a name, in the order in which they came to it."""
        own = self._named.get((carrier, convoy))
        return () if own is None else own.trips

    def with_(self, trip: str) -> Collection[str]:
        """The trips of the convoy that one is or was in, itself among them; none where it was in none."""
        own = self._of_trip.get(trip)
        return () if own is None else own.trips

    def every(self) -> list[list[str]]:
        """All convoys by their trips."""
        return [list(each.trips) for each in {id(own): own for own in self._of_trip.values()}.values()]

    def load(self, every: Iterable[Iterable[str]], known: Callable[[str], KnownTrip | None]) -> None:
        """Take over what `every` gave; `known` has the trips as they are now."""
        for trips in every:
            own: _Convoy | None = None
            for each in map(known, trips):
                if each is not None:
                    own = own or _Convoy((each.opened.carrier, each.opened.convoy))
                    self._join(own, each)
            if own is not None and (own.under_way or own.named not in self._named):
                self._named[own.named] = own

    def _join(self, own: _Convoy, known: KnownTrip) -> None:
        own.trips[known.trip] = None
        if known.discharged is None:
            own.under_way.add(known.trip)
        self._of_trip[known.trip] = own
