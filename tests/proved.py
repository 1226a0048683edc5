"""What both verifiers, who agree, make of bundles: for tests of what a bundle proves and why it proves nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from bundled import LOG, STREAM, WITNESS, Record, Recorded, drive_into, registered
from sealed import CUSTOMS, MINUTE, START, YARD, drive
from second_verifier import second

from aforo.custody.bundle import BundleError, made
from aforo.custody.bundle_verdict import BundleVerdict, verified
from aforo.domain.clock import instant
from aforo.domain.trip import Sealed, TripOpened

END = START + 61 * MINUTE
OPENED = TripOpened("export", "acme", instant(START + 10**12), places=(YARD, CUSTOMS))


def sealed_hour() -> Record:
    """A log with a sealed trip, and an hour of what its seal said."""
    record = Record()
    record.fill(3)
    record.add("device/seal-1", registered("seal-1"), START - MINUTE)
    record.add(STREAM, OPENED, START - MINUTE)
    record.add(STREAM, Sealed("seal-1", "MX 0001"), START)
    drive_into(record, "seal-1", drive(31))
    return record


def proven(record: Record, known_by: int = END, without: Collection[Recorded] = (), **changes: Any) -> BundleVerdict:
    """What both verifiers, who agree, make of the trip's bundle, whose statement is made without some of the record."""
    data = made(record.bundle(record.state(known_by, without=without), **changes))
    verdict = verified(data, LOG.verifier, WITNESS.public)
    again = second().verify(data, LOG.verifier.text, WITNESS.public.text)
    assert [(each.device, each.state, each.since, each.until, each.grade) for each in verdict.spans] == [
        tuple(each[name] for name in ("device", "state", "since", "until", "grade")) for each in again["spans"]
    ]
    assert list(verdict.compared) == again["compared"]
    return verdict


def refusal(data: bytes) -> str:
    """The code with which a bundle is refused, by both."""
    with pytest.raises(second().RefusedError):
        second().verify(data, LOG.verifier.text, WITNESS.public.text)
    with pytest.raises(BundleError) as refused:
        verified(data, LOG.verifier, WITNESS.public)
    assert refused.value.text.es
    assert refused.value.problem.place
    return refused.value.code
