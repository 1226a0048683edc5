"""What a trip rests on that devices said of loads of others, which who has the trip alone is not shown.

A seal that kept a block sends it when it is heard again, and a binding may be recorded after it began. So what a block
is of is told by the times that it speaks of, and not by what had been recorded when it came.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from aforo.custody.case import NEVER
from aforo.custody.device import PREFIX as DEVICE
from aforo.custody.recorded import trip_of
from aforo.custody.trip import PREFIX as TRIP
from aforo.domain.clock import microseconds
from aforo.domain.device import BlockReceived, DeviceBound
from aforo.flow.trip_acts import AHEAD, OLDEST
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.log.withheld import is_withheld

#: Whether a trip, by its identifier, is another's than who asks.
Others = Callable[[str], bool]
#: From an instant until before another, in microseconds since 1970.
_Time = tuple[int, int]


def nobodys(trip: str) -> bool:
    """No trip is another's to who may see all."""
    return False


def of_other_loads(log: Log, events: Sequence[StoredEvent], trip: str, others: Others) -> set[tuple[str, int]]:
    """Of events that a trip rests on, its own among them, those that tell of loads that are others', by stream and
    version: that a device was bound to one, and the blocks that speak of a time at which it was on one, whenever they
    came. What speaks of no time of the trip's, and came when the device was bound to one of others', is of that."""
    found = set()
    loads: dict[str, _Loads] = {}
    for each in events:
        stream, version, said = each.event.stream, each.event.version, each.payload
        if isinstance(said, DeviceBound):
            is_hidden = said.trip != trip and others(said.trip)
        elif isinstance(said, BlockReceived):
            if stream not in loads:
                loads[stream] = _Loads(log, stream.removeprefix(DEVICE), trip, others)
            is_hidden = loads[stream].has_of_others(version, said, microseconds(each.event.recorded_at))
        else:
            is_hidden = False
        if is_hidden:
            found.add((stream, version))
    return found


class _Loads:
    """The loads that a device was on, one after another, as a trip's own carrier may be told of them."""

    def __init__(self, log: Log, device: str, trip: str, others: Others) -> None:
        self._log, self._device, self._trip, self._others = log, device, trip, others
        bound = log.stream(DEVICE + device, types=(DeviceBound.TYPE,))
        self._versions = [each.event.version for each in bound]
        self._trips = [said.trip for each in bound if isinstance(said := each.payload, DeviceBound)]
        self._sealings: dict[str, tuple[_Time, ...]] = {}
        self._erased: dict[str, tuple[_Time, ...]] = {}

    def has_of_others(self, version: int, said: BlockReceived, arrived: int) -> bool:
        """Whether a block, this version of the device's stream, which came at an instant, is of a load of others."""
        # What claims a time that had not come is of when it came.
        first, last = min(said.first, arrived), min(said.last, arrived)
        own = self._stood(self._trip)
        if any(since <= first and last < until for since, until in own):
            return False
        if self._speaks_of_others(bisect_left(self._versions, version), first, last):
            return True
        before = self._trips[: bisect_left(self._versions, version)][-1:]
        return any(map(self._is_others, before)) and not _speaks_of(own, first, last)

    def _speaks_of_others(self, count: int, first: int, last: int) -> bool:
        """Whether what came behind so many bindings speaks of a time at which the device was on a load of others."""
        for load in reversed(self._trips[:count]):
            stood = self._stood(load) or self._stood_at_most(load)
            if self._is_others(load) and _speaks_of(stood, first, last):
                return True
            if stood and max(since for since, _ in stood) <= first:
                break
        for load in self._trips[count:]:
            stood = self._stood(load)
            if self._is_others(load) and _speaks_of(stood, first, last):
                return True
            if stood and last < min(since for since, _ in stood):
                break
        return False

    def _is_others(self, load: str) -> bool:
        return load != self._trip and self._others(load)

    def _stood(self, load: str) -> tuple[_Time, ...]:
        """When the device was on a load; never on one that was erased."""
        if load not in self._sealings:
            known = trip_of([(each.event, each.payload) for each in self._log.stream(TRIP + load)], NEVER)
            seals = () if known is None else known.seals
            self._sealings[load] = tuple((each.since, each.until) for each in seals if each.device == self._device)
        return self._sealings[load]

    def _stood_at_most(self, load: str) -> tuple[_Time, ...]:
        """When the device may have been on a load that was erased: of that is left when it was recorded."""
        if load not in self._erased:
            recorded = [each.event.recorded_at for each in self._log.stream(TRIP + load) if is_withheld(each)]
            times = [(microseconds(recorded[0] - OLDEST), microseconds(recorded[-1] + AHEAD))] if recorded else []
            self._erased[load] = tuple(times)
        return self._erased[load]


def _speaks_of(stood: Sequence[_Time], first: int, last: int) -> bool:
    """Whether any of the time from `first` to `last` is of one of these."""
    return any(since <= last and first < until for since, until in stood)
