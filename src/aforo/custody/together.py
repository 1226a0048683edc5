"""Trips that set out together, by their carrier and its name for the convoy: those that are not over."""

from __future__ import annotations

from collections.abc import Collection

from aforo.custody.trip import KnownTrip


class Together:
    """Who is in which convoy. A trip is kept as it stands now, so that to ask for a convoy looks at no other trip."""

    def __init__(self) -> None:
        self._convoy_of: dict[str, tuple[str, str]] = {}
        self._of_convoy: dict[tuple[str, str], dict[str, None]] = {}

    def keep(self, known: KnownTrip) -> None:
        """A trip is announced, announced anew, or over."""
        own = known.opened.carrier, known.opened.convoy
        goes_on = known.discharged is None and bool(known.opened.convoy)
        if goes_on and self._convoy_of.get(known.trip) == own:
            return
        self.drop(known.trip)
        if goes_on:
            self._convoy_of[known.trip] = own
            self._of_convoy.setdefault(own, {})[known.trip] = None

    def drop(self, trip: str) -> None:
        """A trip is none any more. Carriers name convoys day by day: one that nobody is in goes with its last."""
        if (own := self._convoy_of.pop(trip, None)) is not None:
            del self._of_convoy[own][trip]
            if not self._of_convoy[own]:
                del self._of_convoy[own]

    def of(self, carrier: str, convoy: str) -> Collection[str]:
        """The trips of a convoy, in the order in which they came to it."""
        return self._of_convoy.get((carrier, convoy), ())
