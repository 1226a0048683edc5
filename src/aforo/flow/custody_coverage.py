"""What all devices on a corridor say of it, stated window by window: each statement is an event of the road's stream.

So it is a leaf of the log like any other: under its signed checkpoints, and in the bundles of the trips that it
matters to. A window is stated once, when what was said in it live can have come; what comes later changes nothing of
it, since a device that is heard an hour late was not heard then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256

from aforo.custody.caused import matter_of
from aforo.custody.causes import driven_by
from aforo.custody.coverage import coverage
from aforo.custody.device import KnownDevice
from aforo.custody.route import Driven
from aforo.custody.state import ROAD
from aforo.custody.trip import KnownTrip
from aforo.domain.event import Origin, new_event
from aforo.domain.trip import Covered
from aforo.flow.custody import Custody
from aforo.flow.custody_verdict import case_from
from aforo.log.contention import retried
from aforo.log.ids import event_ids

#: Windows are so long, one behind the other since 1970: a quarter of an hour, in microseconds. So the rates of
#: `benchmarks/custody_alerts.py` are measured.
WINDOW = 900_000_000
#: Trips of one corridor that are read for a statement, drawn by their names: each takes milliseconds, and who fell
#: silent meanwhile is not to wait for it. So many leave a dozen in each stretch of ten kilometres.
MOST_READ = 300
#: A watch that begins states as many windows of before, at most: an hour.
_BEHIND = 4


class Stating:
    """States the coverage of corridors as windows end."""

    def __init__(self, custody: Custody, actor: str, origin: Origin) -> None:
        self._custody = custody
        self._actor, self._origin = actor, origin
        #: Of each corridor the end of the last window that was stated, in microseconds since 1970.
        self._stated: dict[str, int] = {}

    def look(self, now: int) -> int:
        """State what can be by now of all corridors in force; how many statements were recorded."""
        limits = self._custody.roads.limits()
        ended = (now - limits.coverage.live.micro) // WINDOW * WINDOW
        recorded = 0
        for corridor in self._custody.roads.corridors():
            begin = max(self._stated.get(corridor, 0), ended - _BEHIND * WINDOW)
            if begin < ended:
                windows = [(each, each + WINDOW) for each in range(begin, ended, WINDOW)]
                recorded += self._state(corridor, windows, now)
                self._stated[corridor] = ended
        return recorded

    def _state(self, corridor: str, windows: list[tuple[int, int]], now: int) -> int:
        road, limits = self._custody.roads.road(corridor), self._custody.roads.limits()
        driven: dict[str, Driven] = {}
        trips = _drawn(self._custody.on_corridor(corridor))
        devices = self._custody.known(each.device for trip in trips for each in trip.standing)
        if not any(_went_silent(each, devices, windows[0][0], now) for each in trips):
            return 0  # what everybody was heard on explains nothing
        for trip in trips:
            if trip.standing and road is not None:
                case = case_from(self._custody, trip.trip, now)
                for sealing in case.sealings:
                    if sealing.until > windows[0][0]:
                        driven[sealing.device] = driven_by(case, sealing, road, now)
        if road is None or not driven:
            return 0
        said = coverage(driven, road, windows, now, limits)
        return retried(partial(self._record, corridor, said)) if said else 0

    def _record(self, corridor: str, said: tuple[Covered, ...]) -> int:
        log, stream = self._custody.log, ROAD + corridor
        keys = [f"covered:{corridor}:{each.since}:{each.place.name}" for each in said]
        stands = log.find(keys)
        new = [(key, each) for key, each in zip(keys, said, strict=True) if key not in stands]
        version, at = log.versions([stream]).get(stream, 0), log.clock()
        log.append(
            [
                new_event(
                    own, each, stream, version + place, occurred_at=at, recorded_at=at, actor=self._actor,
                    origin=self._origin, idempotency_key=key,
                )
                for place, (own, (key, each)) in enumerate(zip(event_ids(len(new), at), new, strict=True), 1)
            ]
        )  # fmt: skip
        return len(new)


def _drawn(trips: Sequence[KnownTrip]) -> Sequence[KnownTrip]:
    """These trips, or as many as are read: whichever they are has nothing to do with who is silent."""
    if len(trips) <= MOST_READ:
        return trips
    return sorted(trips, key=lambda each: sha256(each.trip.encode()).digest())[:MOST_READ]


def _went_silent(trip: KnownTrip, devices: Mapping[str, KnownDevice], since: int, now: int) -> bool:
    """Whether a seal of a trip owes a report now, or the trip was silent after an instant by what was made of it last;
    instants are microseconds since 1970."""
    for seal in trip.standing:
        known = devices.get(seal.device)
        if known is not None and max(seal.since, min(known.last, known.heard)) + known.owed < now:
            return True
    causes = () if trip.caused is None else trip.caused.causes
    return any(each.until > since for each in causes if matter_of(each.kind) == "silence")
