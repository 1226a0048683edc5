"""An event of a bundle: what its leaf's bytes say, within the bounds that every verifier holds."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from aforo.custody.bundle import MOST_NUMBER, BundleError, Leaf, strict_json
from aforo.custody.device import PREFIX as DEVICE_STREAM
from aforo.custody.recorded import Recorded
from aforo.custody.trip import PREFIX as TRIP_STREAM
from aforo.domain.clock import microseconds
from aforo.domain.device import DEVICE_PAYLOADS, BlockReceived, DeviceKeyRotated, DeviceRegistered, DeviceRetired
from aforo.domain.event import Event, Origin
from aforo.domain.payload import Payload
from aforo.domain.reading import PER_DEGREE
from aforo.domain.trip import (
    TRIP_PAYLOADS,
    Covered,
    CustodyStated,
    Discharged,
    Place,
    Sealed,
    SealRead,
    TripOpened,
    Unsealed,
)  # fmt: skip

ROAD_STREAM = "road/"
_STREAMS = {"trip": TRIP_STREAM, "device": DEVICE_STREAM, "road": ROAD_STREAM}
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_INSTANT = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}:[0-5][0-9](\.[0-9]{{6}})?(Z|[+-]{_CLOCK})")
#: Seconds of a promise, metres of a radius.
_MOST = 10**9


#: By type of event the names that every verifier looks at, and what stands for others that the product must have.
_LOOKED_AT: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    DeviceRegistered.TYPE: (("kind", "promise_s", "tolerance_s", "key"), {"supplier": ""}),
    DeviceKeyRotated.TYPE: (("key", "vouched"), {}),
    DeviceRetired.TYPE: ((), {"why": ""}),
    BlockReceived.TYPE: (
        ("grade", "block", "hash", "count", "first", "last", "boot", "sequence", "gateway"), {"form": "block"},
    ),
    TripOpened.TYPE: (("places",), {"regime": "export", "carrier": "", "deadline": "1970-01-01T00:00:00Z"}),
    Sealed.TYPE: (("device", "seal_id", "device_version", "crossing", "carta_porte"), {}),
    Unsealed.TYPE: (("device", "crossing", "carta_porte"), {"authority": ""}),
    SealRead.TYPE: (("seal_id", "where", "reader", "signature"), {}),
    Discharged.TYPE: ((), {"where": ""}),
    Covered.TYPE: (("since", "until", "heard", "expected", "place", "jammed"), {}),
    CustodyStated.TYPE: (("known_by", "extents", "spans"), {}),
}  # fmt: skip


#: Other types of a trip's or a device's stream say nothing that a verdict follows from.
_PAYLOADS: dict[str, type[Payload]] = {
    each.TYPE: each for each in (*DEVICE_PAYLOADS, *TRIP_PAYLOADS) if each.TYPE in _LOOKED_AT
}


class Passed(Payload, frozen=True):
    """What an event says that says nothing of custody."""


class BundleEvent(msgspec.Struct, frozen=True):
    """An event of a bundle: the index of its leaf, its envelope (of which `data` is left out), and what it says."""

    place: int
    event: Event
    payload: Payload

    @property
    def recorded(self) -> Recorded:
        """In the form that a case is made of."""
        return self.event, self.payload

    @property
    def recorded_at(self) -> int:
        """In microseconds since 1970."""
        return microseconds(self.event.recorded_at)


class _Envelope(msgspec.Struct, frozen=True):
    type: str
    stream: str
    schema: int
    version: int
    occurred_at: str
    recorded_at: str
    data: dict[str, Any]
    origin: Origin = "live"


def event_of(leaf: Leaf, trip: str, place: str) -> BundleEvent:
    """The event of a leaf of the bundle of `trip`. Raises BundleError."""
    value = strict_json(leaf.body.decode(), place)
    try:
        envelope = msgspec.convert(value, _Envelope)
        kind = _PAYLOADS.get(envelope.type)
        payload: Payload = Passed() if kind is None else msgspec.convert(_looked_at(envelope), kind)
    except msgspec.ValidationError as error:
        raise BundleError("bundle_event", place, str(error)[:120]) from None
    prefix = None if kind is None else _STREAMS[envelope.type.partition(".")[0]]
    own = TRIP_STREAM + trip
    if prefix is not None:
        sound = envelope.stream == own if prefix == TRIP_STREAM else envelope.stream.startswith(prefix)
        if not sound or envelope.schema != 1:
            raise BundleError("bundle_event", place, envelope.type[:40])
    if not 1 <= envelope.version < MOST_NUMBER:
        raise BundleError("bundle_event", place, "version")
    if isinstance(payload, CustodyStated) and not _plain(envelope.data):
        raise BundleError("bundle_event", place, "extents, spans")
    if not _bounded(payload):
        raise BundleError("bundle_event", place, "bounds")
    occurred, recorded = _instant(envelope.occurred_at, place), _instant(envelope.recorded_at, place)
    event = Event(
        "", envelope.type, envelope.schema, envelope.stream, envelope.version, occurred, recorded, "", None,
        origin=envelope.origin,
    )  # fmt: skip
    return BundleEvent(leaf.index, event, payload)


def _looked_at(envelope: _Envelope) -> dict[str, Any]:
    """Of what an event says what a verdict follows from, and in the place of the rest something that says nothing."""
    seen, unseen = _LOOKED_AT[envelope.type]
    return {name: envelope.data[name] for name in seen if name in envelope.data} | unseen


def _instant(text: str, place: str) -> datetime:
    if not _INSTANT.fullmatch(text):
        raise BundleError("bundle_event", place, text[:40])
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BundleError("bundle_event", place, text[:40]) from None


def _plain(data: dict[str, Any]) -> bool:
    """Whether what a statement lists has as many parts as it should, and no more."""
    return all(len(each) == 3 for each in data["extents"]) and all(len(each) == 4 for each in data["spans"])


def _bounded(payload: Payload) -> bool:
    if isinstance(payload, DeviceRegistered):
        return 0 <= payload.promise_s <= _MOST and 0 <= payload.tolerance_s <= _MOST
    if isinstance(payload, Covered):
        numbers = (payload.since, payload.until, payload.heard, payload.expected)
        return all(0 <= each <= MOST_NUMBER for each in numbers) and _on_earth(payload.place)
    if isinstance(payload, Sealed):
        return 0 <= payload.device_version < MOST_NUMBER
    if isinstance(payload, TripOpened):
        return all(map(_on_earth, payload.places))
    if isinstance(payload, CustodyStated):
        return 0 <= payload.known_by <= MOST_NUMBER
    return True


def _on_earth(place: Place) -> bool:
    far = abs(place.latitude) <= 90 * PER_DEGREE and abs(place.longitude) <= 180 * PER_DEGREE
    return far and 0 <= place.radius_m <= _MOST
