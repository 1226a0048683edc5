"""By which keys what a custody bundle holds has to be signed."""

from __future__ import annotations

import msgspec
import pytest
from bundled import STREAM, Record, block, key_of, registered, rotated, seal_read, text_of
from proved import END, proven, refusal, sealed_hour
from sealed import MINUTE, START, S, drive, opened

from aforo.custody.bundle import made
from aforo.domain.device import DeviceKeyRotated, DeviceRetired
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


def test_a_key_that_was_changed_is_believed_of_before_that_alone(record: Record) -> None:
    """What it signed of before comes as late as it will; a minute more is what the clock may be off."""
    later = END + 60 * MINUTE
    record.add("device/seal-1", rotated("seal-1", key_of("seal-1"), key_of("anew")), END)

    def last_of(at: int, key: str = "seal-1", came: int = later) -> Record:
        own = record.anew()
        readings = drive(3, start=at - 4 * MINUTE, first=50)
        own.add("device/seal-1", block("seal-1", readings, boot=2, previous=b"p" * 32, key=key_of(key)), came)
        return own

    assert proven(last_of(END - 10 * MINUTE), later).compared == ("seal-1",)
    assert proven(last_of(END + MINUTE), later).compared == ("seal-1",)
    assert proven(last_of(later, "anew"), later).compared == ("seal-1",)
    late = last_of(END + MINUTE + 1)
    assert refusal(made(late.bundle(late.state(later)))) == "bundle_superseded"
    # Its clock is ahead, and it was under way while the key was changed.
    assert proven(last_of(later, came=END + MINUTE), later).compared == ("seal-1",)
    under_way = last_of(later, came=END + MINUTE + 1)
    assert refusal(made(under_way.bundle(under_way.state(later)))) == "bundle_superseded"


def test_a_key_that_was_changed_is_brought_back_by_nothing(record: Record) -> None:
    later = END + 60 * MINUTE
    record.add("device/seal-1", DeviceKeyRotated(text_of(key_of("anew")), why="It was stolen."), END)
    record.add("device/seal-1", DeviceRetired("lost"), END + S)
    record.add("device/seal-1", registered("seal-1", tolerance_s=3600), END + 2 * S)
    record.add("device/seal-1", DeviceKeyRotated(text_of(key_of("seal-1")), why="It was not."), END + 3 * S)
    for key, code in (("seal-1", "bundle_superseded"), ("anew", "")):
        own = record.anew()
        said = block("seal-1", drive(1, start=END + 5 * MINUTE, first=50), boot=2, previous=b"p" * 32, key=key_of(key))
        own.add("device/seal-1", said, END + 6 * MINUTE)
        if code:
            assert refusal(made(own.bundle(own.state(later)))) == code
        else:
            assert proven(own, later).compared == ("seal-1",)


def test_who_signs_for_others_does_so_by_the_keys_of_then(record: Record) -> None:
    record.add("device/gate", registered("gate"), START)
    record.add("device/gate", rotated("gate", key_of("gate"), key_of("anew")), END)
    later = END + 10 * MINUTE

    def signed(key: str, at: int, *, read: bool) -> Record:
        own = record.anew()
        if read:
            own.add(STREAM, seal_read("MX 0001", at, key=key_of(key)), at, later)
        else:
            said = block("seal-1", drive(1, start=at, first=50), grade="gateway", gateway="gate", key=key_of(key))
            own.add("device/seal-1", said, later)
        return own

    for read in (True, False):
        assert proven(signed("gate", END + MINUTE, read=read), later).compared == ("seal-1",)
        assert proven(signed("anew", END - 5 * MINUTE, read=read), later).compared == ("seal-1",)
        own = signed("gate", END + MINUTE + 1, read=read)
        assert refusal(made(own.bundle(own.state(later)))) == "bundle_superseded"


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
