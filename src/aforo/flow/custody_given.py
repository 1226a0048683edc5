"""Who was given a trip's custody bundle: recorded before it is, since it names who acted on the trip."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from aforo.domain.event import Origin, new_event
from aforo.domain.trip import BundleGiven
from aforo.log.contention import retried
from aforo.log.ids import event_id
from aforo.log.store import Log

#: Streams of their own: what is read of a trip is no part of its record, and of no bundle.
GIVEN = "bundle-given/"
#: For so long what is recorded stands for other bundles of the trip that the same reader is given: the log does not
#: swell by who asks again and again.
STANDS_FOR = timedelta(hours=1)


def record_given(log: Log, trip: str, bundle: bytes, *, actor: str, token: str = "", origin: Origin = "live") -> None:
    """Record durably that somebody is given a bundle of a trip, if that still is to be."""
    retried(lambda: _record(log, trip, bundle, actor, token, origin))


def _record(log: Log, trip: str, bundle: bytes, actor: str, token: str, origin: Origin) -> None:
    at, stream = log.clock(), GIVEN + trip
    given = [each.event for each in log.stream(stream)]
    if any(each.actor == actor and each.recorded_at > at - STANDS_FOR for each in reversed(given)):
        return
    said = BundleGiven(trip, sha256(bundle).hexdigest(), token)
    version = given[-1].version + 1 if given else 1
    event = new_event(event_id(at), said, stream, version, occurred_at=at, recorded_at=at, actor=actor, origin=origin)
    log.append([event])
