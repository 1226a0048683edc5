"""What a custody bundle makes of sealings: how long one lasts, and what a seal owes."""

from __future__ import annotations

from typing import Any

import pytest
from bundled import STREAM, TRIP, Record, block, registered
from proved import END, OPENED, proven, refusal, sealed_hour
from sealed import MINUTE, START, drive

from aforo.custody.bundle import made
from aforo.custody.case import NEVER
from aforo.domain.device import DeviceBound
from aforo.domain.reading import READING_KINDS
from aforo.domain.trip import Discharged, Sealed, Unsealed


@pytest.fixture
def record() -> Record:
    """A log with a sealed trip, and an hour of what its seal said."""
    return sealed_hour()


def test_a_sealing_lasts_until_the_seal_is_taken_off_or_the_trip_is_discharged() -> None:
    def sealings(*acts: tuple[Any, int]) -> list[tuple[int, int]]:
        record = Record()
        record.add("device/seal-1", registered("seal-1"), START)
        record.add(STREAM, OPENED, START)
        for payload, minutes in acts:
            record.add(STREAM, payload, START + minutes * MINUTE, START + max(minutes, 60) * MINUTE)
        spans = proven(record).spans
        return sorted({(each.since - START) // MINUTE: (each.until - START) // MINUTE for each in spans}.items())

    sealed, off, over = Sealed("seal-1", "1"), Unsealed("seal-1", "customs"), Discharged("customs")
    still = (NEVER - START) // MINUTE
    assert sealings((sealed, 55)) == [(55, still)]
    assert sealings((sealed, 52), (off, 58), (over, 59)) == [(52, 58)]
    assert sealings((sealed, 52), (over, 55), (off, 58)) == [(52, 55)]
    assert sealings((sealed, 52), (sealed, 55), (off, 58)) == [(52, 55), (55, 58)]
    assert sealings((sealed, 52), (off, 52)) == []
    assert sealings((sealed, 52), (Unsealed("seal-2", "customs"), 55)) == [(52, still)]
    assert sealings((sealed, 52), (off, 70)) == [(52, still)], "nobody knew of it yet"


def test_a_seal_that_is_put_on_by_a_clock_ahead_is_not_compared_before(record: Record) -> None:
    """The trip is stated before the instant at which the seal is said to be on."""
    record.add("device/seal-2", registered("seal-2"), END)
    record.add(STREAM, Sealed("seal-2", "MX 0002"), END + MINUTE, END)
    before, after = proven(record.anew()), proven(record, END + 2 * MINUTE)
    assert before.compared == ("seal-1",)
    assert after.compared == ("seal-1", "seal-2")
    assert [each.since for each in after.spans if each.device == "seal-2"] == [END + MINUTE]


def test_a_seal_that_nobody_registered_proves_nothing() -> None:
    record = Record()
    record.add(STREAM, OPENED, START)
    record.add(STREAM, Sealed("seal-1", "1"), START)
    record.add("device/seal-1", DeviceBound(TRIP, "1"), START)
    assert refusal(made(record.bundle(record.state(END)))) == "bundle_unregistered"


def test_a_seal_owes_what_was_promised_when_it_was_put_on(record: Record) -> None:
    """Registered anew on the road, it owes what it did: a silence is neither explained away later nor made."""
    silent = END + 20 * MINUTE
    before = [(each.state, each.since) for each in proven(record.anew(), silent).spans]
    assert before == [("intact", START), ("silent", START + 71 * MINUTE)]
    for promise_s in (7200, 60):
        own = record.anew()
        own.add("device/seal-1", registered("seal-1", promise_s=promise_s), END)
        assert [(each.state, each.since) for each in proven(own, silent).spans] == before


def test_a_seal_that_is_put_on_again_owes_what_is_promised_then(record: Record) -> None:
    record.add("device/seal-1", registered("seal-1", promise_s=7200), END)
    bound = record.add("device/seal-1", DeviceBound(TRIP, "MX 0001"), END)
    record.add(STREAM, Sealed("seal-1", "MX 0001", device_version=bound.version), END)
    record.add("device/seal-1", registered("seal-1", promise_s=60), END + MINUTE)
    later = END + 60 * MINUTE
    assert [(each.state, each.since) for each in proven(record, later).spans] == [("intact", START), ("intact", END)]
    # It was silent for a minute's promise, had that been what it promised.
    assert not proven(record, later).gaps


def test_a_devices_own_alarm_is_noted_and_explains_its_silence(record: Record) -> None:
    own = drive(1, start=START + 62 * MINUTE, first=32, kind=READING_KINDS.index("jammed"))
    record.add("device/seal-1", block("seal-1", own, boot=2, previous=b"p" * 32), START + 62 * MINUTE + 5)
    verdict = proven(record, START + 90 * MINUTE)
    assert [(each.code, each.earliest, each.since, each.until) for each in verdict.noted] == [
        ("jam_alarm", START + 60 * MINUTE, START + 62 * MINUTE, NEVER)
    ]
    assert [each.code for each in verdict.spans[-1].facts] == ["jammed"]


def test_an_unlike_version_of_a_binding_is_refused(record: Record) -> None:
    statement = record.state(END)
    sealed = next(each for each in record.events if isinstance(each.payload, Sealed))
    for version in (-1, 2**53, "1", None):
        own = record.anew()
        own.put(sealed.place, {"device_version": version})
        assert refusal(made(own.bundle(statement))) == "bundle_event"
