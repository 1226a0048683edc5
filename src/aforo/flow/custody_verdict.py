"""The verdict on a trip's custody, out of the log."""

from __future__ import annotations

from datetime import datetime

from aforo.custody.case import Case
from aforo.custody.device import PREFIX as DEVICE
from aforo.custody.recorded import Recorded, case_of, trip_of
from aforo.custody.states import spans
from aforo.custody.trip import PREFIX as TRIP
from aforo.custody.verdict import judged
from aforo.domain.clock import microseconds
from aforo.domain.device import DeviceRegistered
from aforo.domain.trip import Covered
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.custody_shown import StandingShown, VerdictShown, standing_shown, verdict_shown
from aforo.log.store import Log
from aforo.log.stored import StoredEvent


def case_from(custody: Custody, trip: str, known_by: int) -> Case:
    """The case of a trip by what was recorded by an instant, in microseconds since 1970. Raises UnknownTripError."""
    log = custody.log
    own = _recorded(log.stream(TRIP + trip))
    known = trip_of(own, known_by)
    if known is None:
        raise UnknownTripError(trip)
    first: dict[str, int] = {}
    for each in known.seals:
        first[each.device] = min(each.version, first.get(each.device, each.version))
    devices = {device: _of_device(log, device, version) for device, version in first.items()}
    sealed = min((each.since for each in known.seals), default=known_by)
    return case_of(own, devices, _recorded(custody.covered_since(sealed)), known_by)


def covered_since(log: Log, sealed: int) -> list[StoredEvent]:
    """The statements of coverage of times after an instant, in microseconds since 1970: all that the log has, of
    whatever road. What a node states is made from all of it, read anew; `Custody` knows where to begin."""
    found: list[StoredEvent] = []
    after = 0
    while page := log.read(after, types=(Covered.TYPE,)):
        found += [each for each in page if isinstance(said := each.payload, Covered) and said.until > sealed]
        after = page[-1].position
    return found


def verdict_on(custody: Custody, trip: str, at: datetime | None, known_by: datetime | None) -> VerdictShown:
    """The verdict on a trip at `at`, now without it, by what had come by `known_by`, all of it without it.

    Raises UnknownTripError.
    """
    now = custody.log.clock()
    by = microseconds(min(known_by or now, now))
    case = case_from(custody, trip, by)
    found = spans(case, by)
    return verdict_shown(trip, judged(found, microseconds(at or now), by), found)


def standing_of(custody: Custody, trip: str) -> StandingShown:
    """The custody of a trip now, in short, by all that has come. Raises UnknownTripError."""
    now = microseconds(custody.log.clock())
    case = case_from(custody, trip, now)
    found = spans(case, now)
    return standing_shown(trip, judged(found, now, now), found)


def _of_device(log: Log, device: str, version: int) -> list[Recorded]:
    """What a device said since it was bound to a trip, and its last registration before that."""
    registered = log.stream(DEVICE + device, types=(DeviceRegistered.TYPE,))
    before = [each for each in registered if each.event.version <= version]
    return _recorded([*before[-1:], *log.stream(DEVICE + device, version)])


def _recorded(events: list[StoredEvent]) -> list[Recorded]:
    return [(each.event, each.payload) for each in events]
