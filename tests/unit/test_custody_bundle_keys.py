"""By which keys what a custody bundle holds has to be signed."""

from __future__ import annotations

import msgspec
import pytest
from bundled import STREAM, Record, block, key_of, registered, rotated, seal_read
from proved import END, proven, refusal, sealed_hour
from sealed import MINUTE, START, drive, opened

from aforo.custody.bundle import made
from aforo.domain.device import DeviceRetired
from aforo.domain.trip import SealRead


@pytest.fixture
def record() -> Record:
    """A log with a sealed trip, and an hour of what its seal said."""
    return sealed_hour()


def test_what_an_earlier_key_signed_stays_signed_and_no_key_signs_before_it_is_known(record: Record) -> None:
    new = key_of("anew")
    own = drive(1, start=START + 62 * MINUTE, first=32)
    early = record.anew()
    early.add("device/seal-1", block("seal-1", own, boot=2, previous=b"p" * 32, key=new), END)
    early.add("device/seal-1", rotated("seal-1", key_of("seal-1"), new), END)
    assert refusal(made(early.bundle(early.state(END)))) == "bundle_signature"
    record.add("device/seal-1", rotated("seal-1", key_of("seal-1"), new), END)
    record.add("device/seal-1", block("seal-1", own, boot=2, previous=b"p" * 32, key=new), END)
    record.add("device/seal-1", block("seal-1", own, boot=3, previous=b"p" * 32), END)
    assert proven(record, END + MINUTE).compared == ("seal-1",)


def test_who_does_not_vouch_for_a_key_gives_none(record: Record) -> None:
    record.add("device/seal-1", rotated("seal-1", key_of("stranger"), key_of("anew")), END)
    assert refusal(made(record.bundle(record.state(END)))) == "bundle_key"


def test_a_device_that_was_retired_signs_nothing_until_it_is_registered_anew(record: Record) -> None:
    record.add("device/seal-1", DeviceRetired("lost"), END)
    retired = record.anew()
    breach = opened(drive(5, start=END, first=40), 0, 5)
    retired.add("device/seal-1", block("seal-1", breach, boot=2, previous=b"p" * 32), END)
    assert refusal(made(retired.bundle(retired.state(END)))) == "bundle_key"
    record.add("device/seal-1", registered("seal-1"), END)
    record.add("device/seal-1", block("seal-1", breach, boot=2, sequence=1, previous=b"p" * 32), END)
    assert [each.state for each in proven(record, END + MINUTE).spans][-1] == "broken"


def test_who_is_no_gateway_signs_for_nobody_else(record: Record) -> None:
    record.add("device/seal-2", registered("seal-2"), START)
    own = drive(1, start=START + 62 * MINUTE, first=32)
    record.add("device/seal-1", block("seal-1", own, grade="gateway", gateway="seal-2"), END)
    assert refusal(made(record.bundle(record.state(END)))) == "bundle_key"


def test_an_event_that_says_another_thing_of_its_block_is_refused(record: Record) -> None:
    statement = record.state(END)
    where = next(each for each in record.events if each.stream == "device/seal-1" and each.version == 2)
    for change in ({"count": 4}, {"first": 1}, {"sequence": 9}, {"grade": "gateway", "gateway": "seal-1"},
                   {"hash": "00" * 32}):  # fmt: skip
        own = record.anew()
        own.put(where.place, change)
        assert refusal(made(own.bundle(statement))) == "bundle_block_differs"


def test_a_number_that_a_reader_signed_is_presence_and_swap_of_its_grade(record: Record) -> None:
    record.add("device/gate", registered("gate"), START)
    at = START + 31 * MINUTE
    record.add(STREAM, seal_read("mx-0001", at), at)
    record.add(STREAM, SealRead("MX 0001", where="the bridge"), at + MINUTE)
    verdict = proven(record)
    assert [(each.code, each.since, each.grade, each.place) for each in verdict.noted] == [
        ("seen", at, "gateway", "World Trade"),
        ("seen", at + MINUTE, "unsigned", "the bridge"),
    ]
    record.add(STREAM, seal_read("MX 9", END), END)
    swapped = proven(record, END + MINUTE).spans[-1]
    assert [(each.code, each.earliest, each.since, each.place) for each in swapped.facts] == [
        ("swapped", at + MINUTE, END, "World Trade")
    ]
    assert (swapped.state, swapped.grade) == ("broken", "gateway")


def test_a_number_is_taken_from_no_reader_that_did_not_sign_it(record: Record) -> None:
    at = START + 31 * MINUTE
    stranger = record.anew()
    stranger.add(STREAM, seal_read("MX 0001", at), at)
    assert refusal(made(stranger.bundle(stranger.state(END)))) == "bundle_key"
    for reader, said, code in (
        ("gate", seal_read("MX 0001", at, key=key_of("stranger")), "bundle_signature"),
        ("gate", seal_read("MX 0001", at + 1), "bundle_signature"),
        ("gate", msgspec.structs.replace(seal_read("MX 0002", at), seal_id="MX 0001"), "bundle_signature"),
        ("gate", msgspec.structs.replace(seal_read("MX 0001", at), signature="no base64"), "bundle_signature"),
        ("gate", msgspec.structs.replace(seal_read("MX 0001", at), reader="seal-1"), "bundle_key"),
        ("other", seal_read("MX 0001", at, reader="other"), "bundle_key"),
    ):
        own = record.anew()
        own.add(f"device/{reader}", registered(reader), START)
        own.add(STREAM, said, at)
        assert refusal(made(own.bundle(own.state(END)))) == code, said
