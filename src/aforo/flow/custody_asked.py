"""Which trips somebody asks for, and which are there for who asks."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from aforo.custody.case import NEVER
from aforo.custody.fact import State
from aforo.custody.trip import PREFIX, KnownTrip
from aforo.domain.declaration import identity_text
from aforo.domain.trip import CustodyJudged, CustodyStated, Regime
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.custody_grounds import Ground, grounds
from aforo.flow.custody_shown import is_own

#: On what ground a trip is evidence of a crossing: the better one first.
_GROUNDS: tuple[Ground | None, ...] = ("authority", "carrier", None)


class TripsAsked(msgspec.Struct, frozen=True):
    """What trips are to be: a carrier's `own` (None: of all), for a crossing, in one of some states as last recorded
    or as the gravest before (any, where there are none), of a regime and a carrier, overdue."""

    own: tuple[str, ...] | None = None
    crossing: str | None = None
    states: tuple[State, ...] = ()
    regime: Regime | None = None
    carrier: str | None = None
    overdue: bool = False

    def among(self, trips: Iterable[KnownTrip], now: int) -> list[KnownTrip]:
        """Those of the trips that are asked for at `now`, microseconds since 1970, in their order."""
        own = None if self.own is None else {identity_text(each) for each in self.own}
        carrier = None if self.carrier is None else identity_text(self.carrier)
        return [
            each
            for each in trips
            if self.crossing in (None, each.opened.crossing)
            and self.regime in (None, each.opened.regime)
            and (not self.states or (each.judged is not None and _was_any(each.judged, self.states)))
            and (not self.overdue or each.overdue(now))
            and (own is None or identity_text(each.opened.carrier) in own)
            and (carrier is None or identity_text(each.opened.carrier) == carrier)
        ]


def of_crossing(custody: Custody, crossing: str, own: tuple[str, ...] | None) -> list[KnownTrip]:
    """The trips for a crossing that are of the carriers `own` (None: of all), and not over or only lately, as they
    matter to it: whoever announces a trip may name any crossing, so those that are evidence of it come first, on an
    authority's word before a carrier's. Carriers are not told which are. Of those alike the ones under way come first,
    and the last to be announced."""
    found = [each for each in custody.of_crossings([crossing]).get(crossing, ()) if is_own(each.opened.carrier, own)]
    by_what = grounds(found, custody.log) if own is None else {}

    def place(known: KnownTrip) -> tuple[int, int]:
        return _GROUNDS.index(by_what.get(known.trip)), -(known.discharged or NEVER)

    found.reverse()
    return sorted(found, key=place)


def _was_any(judged: CustodyJudged, states: tuple[State, ...]) -> bool:
    """Whether a trip is in one of these states, or a seal of it was at worst."""
    return judged.state in states or judged.before in states


def refuse_others(custody: Custody, trip: str, own: tuple[str, ...] | None) -> None:
    """Raise UnknownTripError where a trip is none of the carriers `own` (None: of all): it is not told whether there is
    one. One that nobody announced is nobody's."""
    if own is None:
        return
    try:
        known = custody.trip(trip)
    except UnknownTripError:
        return
    if not is_own(known.opened.carrier, own):
        raise UnknownTripError(trip)


def refuse_unstated(custody: Custody, trip: str, own: tuple[str, ...] | None) -> None:
    """Raise UnknownTripError where nothing can be told of a trip to who asks for what was stated of it: it is none of
    the carriers `own` (None: of all), or there is none. Of one that was erased what was stated is left; whose it was is
    not, so that no carrier is told of it."""
    try:
        known = custody.trip(trip)
    except UnknownTripError:
        if own is not None or not custody.log.stream(PREFIX + trip, types=(CustodyStated.TYPE,)):
            raise
        return
    if not is_own(known.opened.carrier, own):
        raise UnknownTripError(trip)
