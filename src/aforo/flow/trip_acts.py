"""What is done about a trip: it is announced, sealed, read, unsealed and discharged. Each is an event of its own."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import msgspec

from aforo.custody.case import NEVER
from aforo.custody.device import PREFIX as DEVICE
from aforo.custody.trip import PREFIX, KnownTrip
from aforo.domain.clock import instant, microseconds
from aforo.domain.device import DeviceBound
from aforo.domain.event import Origin, Payload, new_event
from aforo.domain.reading import PER_DEGREE
from aforo.domain.trip import POINTS, Discharged, Inspected, Place, Sealed, SealRead, TripOpened, Unsealed
from aforo.flow.custody import Custody, CustodyRefusedError, UnknownTripError
from aforo.flow.custody_heard import load_before
from aforo.flow.names import NODE
from aforo.log.contention import retried
from aforo.log.ids import event_ids
from aforo.log.store import Log
from aforo.log.withheld import is_withheld

#: Characters of a trip's name.
LONGEST_NAME = 100
#: Places of one trip, and what a circle may be: from a gate to a town, in metres.
MOST_PLACES, SMALLEST_M, LARGEST_M = 50, 20, 20_000
#: A trip takes so long at most, from its announcement to its deadline.
LONGEST = timedelta(days=60)
#: What was done longer ago is recorded of no trip: so long is what is recorded kept (five years, ADR 27).
OLDEST = timedelta(days=1_826)
#: Trips of one convoy: what is heard of one is held against the ways of all of them.
MOST_IN_CONVOY = 30
#: Events of one trip after which only an authority's acts are recorded of it: each time that it is judged all are read.
MOST_EVENTS = 5_000
#: How much ahead of this node's clock an act may claim to be, for clocks that are not quite one.
AHEAD = timedelta(minutes=2)


def person_of(log: Log, name: str) -> str:
    """A person as trips name them: the hex of a keyed hash, by which they are known again and never read; empty for
    nobody."""
    return f"{int(log.keys.identity_hashes('sealer', [name])[0]):016x}" if name.strip() else ""


def open_(custody: Custody, trip: str, said: TripOpened, *, actor: str, origin: Origin) -> KnownTrip:
    """Announce a trip, or announce it anew as a whole, as an authority may. Raises CustodyRefusedError."""
    said = msgspec.structs.replace(said, by_authority=True)
    return _open(custody, trip, said, lambda known: None, actor, origin)


def open_own(custody: Custody, trip: str, said: TripOpened, *, actor: str, origin: Origin) -> KnownTrip:
    """Announce a carrier's own trip, or announce it anew: once it bears a seal, with nothing else of what it is judged
    by, so that nobody allows an opening after it happened, nor carries a sealed load under another document. Raises
    CustodyRefusedError."""
    return _open(custody, trip, said, partial(_refuse_another, said=said), actor, origin)


def _open(
    custody: Custody, trip: str, said: TripOpened, refuse: Callable[[KnownTrip], None], actor: str, origin: Origin
) -> KnownTrip:
    now = custody.log.clock()
    if not now < said.deadline <= now + LONGEST:
        raise CustodyRefusedError("trip_deadline", "deadline")
    _check_places(said.places)
    if said.corridor and said.corridor not in custody.roads.corridors():
        raise CustodyRefusedError("trip_corridor", "corridor")

    def act(known: KnownTrip | None, at: datetime) -> Payload:
        if known is None:
            _check_name(trip)
            if any(map(is_withheld, custody.log.stream(PREFIX + trip))):
                # Whoever has this one would be told what the log still says of that one.
                raise CustodyRefusedError("trip_name_erased", "trip")
        else:
            _refuse_over(known)
            if known.opened.carrier != said.carrier:
                raise CustodyRefusedError("trip_of_another", "carrier")
            refuse(known)
            for each in known.standing:
                _refuse_supplier(custody, each.device, said)
        if said.convoy:
            others = [each for each in custody.in_convoy(said.carrier, said.convoy) if each.trip != trip]
            # Those that arrived count until the last is over: what is heard of one is held against all of them.
            if len(others) >= MOST_IN_CONVOY and any(each.discharged is None for each in others):
                raise CustodyRefusedError("trip_convoy_many", "convoy")
        return said

    return retried(partial(_do, custody, trip, act, None, actor, origin))


def seal(
    custody: Custody, trip: str, said: Sealed, at: datetime | None = None, *, actor: str, origin: Origin
) -> KnownTrip:
    """Bind a device to a trip, and to the crossing and Carta Porte that this names, now or since `at`; of one that
    seals it under this number already nothing is done, for who asks again. Raises UnknownTripError, UnknownDeviceError,
    CustodyRefusedError."""

    def act(known: KnownTrip | None, occurred: datetime) -> Payload | None:
        known = _known(known, trip)
        _refuse_over(known)
        device = custody.device(said.device)
        if device.retired:
            raise CustodyRefusedError("device_retired", "device")
        if device.kind == "gateway":
            raise CustodyRefusedError("device_no_seal", "device")
        _refuse_supplier(custody, said.device, known.opened)
        _refuse_person(known, said.by)
        for each in known.standing:
            if each.device == said.device:
                # To seal anew would end what the seal was until now, which is for who may take it off.
                if each.seal_id != said.seal_id or at not in (None, instant(each.since)):
                    raise CustodyRefusedError("device_seals_this", "device")
                return None
        if (other := custody.sealed_by(said.device)) is not None and other.trip != trip:
            raise CustodyRefusedError("device_seals_another", "device")
        # What it said until then is of that load; one that it still seals it was put on meanwhile.
        if microseconds(occurred) < (until := load_before(custody.log, said.device, trip)) < NEVER:
            raise CustodyRefusedError("device_sealed_another", "at")
        if until == NEVER:
            raise CustodyRefusedError("device_seals_another", "device")
        opened = known.opened
        return msgspec.structs.replace(said, crossing=opened.crossing, carta_porte=opened.carta_porte)

    return retried(partial(_do, custody, trip, act, at, actor, origin, said.device))


def unseal(
    custody: Custody, trip: str, said: Unsealed, at: datetime | None = None, *, actor: str, origin: Origin
) -> KnownTrip:
    """Take a device off a trip, as it names its crossing and its Carta Porte then. Raises UnknownTripError,
    CustodyRefusedError."""

    def act(known: KnownTrip | None, at: datetime) -> Payload:
        known = _known(known, trip)
        standing = [each for each in known.standing if each.device == said.device]
        if not standing:
            raise CustodyRefusedError("trip_not_sealed", "device")
        if at < instant(standing[0].since):
            raise CustodyRefusedError("trip_unsealed_early", "at")
        _refuse_person(known, said.by)
        opened = known.opened
        return msgspec.structs.replace(said, crossing=opened.crossing, carta_porte=opened.carta_porte)

    return retried(partial(_do, custody, trip, act, at, actor, origin))


def read(
    custody: Custody, trip: str, said: SealRead, at: datetime | None = None, *, actor: str, origin: Origin
) -> KnownTrip:
    """Record the number that was read on a seal of a trip. Raises UnknownTripError, CustodyRefusedError."""

    def act(known: KnownTrip | None, at: datetime) -> Payload:
        if not _known(known, trip).standing:
            raise CustodyRefusedError("trip_not_sealed", "seal_id")
        return said

    return retried(partial(_do, custody, trip, act, at, actor, origin))


def inspect(
    custody: Custody, trip: str, said: Inspected, at: datetime | None = None, *, actor: str, origin: Origin
) -> KnownTrip:
    """Record an inspection of a trip's seal, or of truck and trailer. Raises UnknownTripError, CustodyRefusedError."""
    points = [each.point for each in said.points]
    if not points or len(set(points)) < len(points) or not set(points) <= set(POINTS[said.kind]):
        raise CustodyRefusedError("trip_points", "points")

    def act(known: KnownTrip | None, at: datetime) -> Payload:
        _refuse_over(_known(known, trip))
        return said

    return retried(partial(_do, custody, trip, act, at, actor, origin))


def discharge(
    custody: Custody, trip: str, said: Discharged, at: datetime | None = None, *, actor: str, origin: Origin
) -> KnownTrip:
    """End a trip: its seals are of it no more. Raises UnknownTripError, CustodyRefusedError."""

    def act(known: KnownTrip | None, at: datetime) -> Payload:
        known = _known(known, trip)
        _refuse_over(known)
        if any(at < instant(each.since) for each in known.standing):
            raise CustodyRefusedError("trip_unsealed_early", "at")
        return said

    return retried(partial(_do, custody, trip, act, at, actor, origin))


def _known(known: KnownTrip | None, trip: str) -> KnownTrip:
    if known is None:
        raise UnknownTripError(trip)
    return known


def _refuse_over(known: KnownTrip) -> None:
    if known.discharged is not None:
        raise CustodyRefusedError("trip_over", "trip")


def _refuse_another(known: KnownTrip, said: TripOpened) -> None:
    """Refuse what changes a trip that bore a seal. The crossing and the Carta Porte, which may be filed later, are
    named where none is, and no other then: the seal was put on for these. Where something is cause to act no crossing
    is named any more, since it would be evidence of that."""
    if not known.seals:
        return
    for field in TripOpened.__struct_fields__:
        named = getattr(known.opened, field)
        if field == "by_authority" or named == getattr(said, field):
            continue
        if field not in ("crossing", "carta_porte"):
            raise CustodyRefusedError("trip_sealed", field)
        if named:
            raise CustodyRefusedError("trip_sealed_for", field)
        if field == "crossing" and known.caused is not None and known.caused.causes:
            raise CustodyRefusedError("trip_sealed", field)


def _refuse_supplier(custody: Custody, device: str, said: TripOpened) -> None:
    if said.supplier and custody.device(device).supplier != said.supplier:
        raise CustodyRefusedError("trip_supplier", "supplier")


def _refuse_person(known: KnownTrip, by: str) -> None:
    if known.opened.authorised and by not in known.opened.authorised:
        raise CustodyRefusedError("trip_person", "person")


def _check_name(trip: str) -> None:
    """Refuse what reads as another trip's name, or as what alerts name a cause of another by (`TRIP#CAUSE`)."""
    seen = trip.isprintable() and " ".join(trip.split()) == trip and unicodedata.is_normalized("NFC", trip)
    if not seen or not trip or "#" in trip or len(trip) > LONGEST_NAME:
        raise CustodyRefusedError("trip_name", "trip")


def _check_places(places: tuple[Place, ...]) -> None:
    if len(places) > MOST_PLACES:
        raise CustodyRefusedError("trip_places_many", "places")
    if not all(any(seen.isprintable() and seen != " " for seen in each.name) for each in places):
        raise CustodyRefusedError("trip_place_unnamed", "places")
    if len({each.name for each in places}) < len(places):
        raise CustodyRefusedError("trip_places_twice", "places")
    for each in places:
        if abs(each.latitude) > 90 * PER_DEGREE or abs(each.longitude) > 180 * PER_DEGREE:
            raise CustodyRefusedError("trip_place_nowhere", "places")
        if not SMALLEST_M <= each.radius_m <= LARGEST_M:
            raise CustodyRefusedError("trip_place_size", "places")


def _do(
    custody: Custody, trip: str, act: Callable[[KnownTrip | None, datetime], Payload | None], at: datetime | None,
    actor: str, origin: Origin, device: str = "",
) -> KnownTrip:  # fmt: skip
    """Record what `act` makes of a trip, and of the device that it binds, as they are known, at an instant; where that
    is nothing, it is so already."""
    log, stream, own = custody.log, PREFIX + trip, DEVICE + device
    # Asked before anything is looked at: what others write meanwhile has the next version, and is not overlooked.
    versions = log.versions([stream, own] if device else [stream])
    version = versions.get(stream, 0)
    try:
        known: KnownTrip | None = custody.trip(trip)
    except UnknownTripError:
        known = None
    now = log.clock()
    if at is not None and at > now + AHEAD:
        raise CustodyRefusedError("trip_ahead", "at")
    # Of the first years of the calendar not all is an instant, and no list could tell it.
    if at is not None and at < now - OLDEST:
        raise CustodyRefusedError("trip_long_ago", "at")
    occurred = at or now
    payload = act(known, occurred)
    if payload is None:
        return custody.trip(trip)
    if version >= MOST_EVENTS and not isinstance(payload, Unsealed | SealRead | Discharged):
        raise CustodyRefusedError("trip_events_many", "trip")
    said: list[tuple[str, int, str, Payload]] = [(stream, version + 1, actor, payload)]
    if isinstance(payload, Sealed):
        after = versions.get(own, 0) + 1
        said = [(stream, version + 1, actor, msgspec.structs.replace(payload, device_version=after))]
        # This one is kept for good, when what the trip says of who sealed it is long erased.
        said.append((own, after, NODE, DeviceBound(trip, payload.seal_id)))
    log.append(
        [
            new_event(each, payload, stream, version, occurred_at=occurred, recorded_at=now, actor=who, origin=origin)
            for each, (stream, version, who, payload) in zip(event_ids(len(said), now), said, strict=True)
        ]
    )
    return custody.trip(trip)
