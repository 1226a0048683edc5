"""Which trips bear what a gate reads: the number on a seal, or the identifier of the device that is the seal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aforo.custody.numbers import number_text
from aforo.custody.trip import KnownTrip


class Borne:
    """Trips by the numbers and the devices of their seals, as they are compared; of seals that were taken off too,
    since what a gate read then may come late."""

    def __init__(self, trips: Iterable[KnownTrip] = ()) -> None:
        #: Nearly every number is of one trip: there are a million of them.
        self._trips: dict[str, str | dict[str, None]] = {}
        for each in trips:
            self.add(each)

    def add(self, trip: KnownTrip) -> None:
        """A trip has these seals."""
        for name in _names(trip):
            found = self._trips.get(name)
            if found is None:
                self._trips[name] = trip.trip
            elif isinstance(found, dict):
                found[trip.trip] = None
            elif found != trip.trip:
                self._trips[name] = {found: None, trip.trip: None}

    def drop(self, trip: KnownTrip) -> None:
        """A trip is known no more."""
        for name in _names(trip):
            found = self._trips.get(name)
            if isinstance(found, dict):
                found.pop(trip.trip, None)
            if not found or found == trip.trip:
                self._trips.pop(name, None)

    def of(self, name: str) -> Iterator[str]:
        """The trips of which a seal bears or bore a number, or is or was a device; in the order in which they came."""
        found = self._trips.get(name, {})
        yield from (found,) if isinstance(found, str) else found


def _names(trip: KnownTrip) -> Iterator[str]:
    """What can be read of a trip's seals. Where that is how it is written nothing more is kept of it."""
    for each in trip.seals:
        for written in (each.seal_id, each.device):
            name = number_text(written)
            yield written if name == written else name
