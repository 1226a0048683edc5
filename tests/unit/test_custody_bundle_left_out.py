"""What the statement of a custody bundle may not pass over."""

from __future__ import annotations

import pytest
from bundled import STREAM, TRIP, Record, Recorded, drive_into, key_of, registered, rotated
from proved import END, OPENED, proven, refusal
from sealed import MINUTE, START, YARD, drive, opened

from aforo.custody.bundle import made
from aforo.domain.device import DeviceBound
from aforo.domain.trip import Covered, Sealed, Unsealed

SEAL = "device/seal-1"


@pytest.fixture
def record() -> Record:
    """A log with a sealed trip, whose seal signs nothing any more and was opened on the road, in its second block.

    Of the seal's stream 1 is its registration, 2 that its key was changed, 3 a block of before, 4 that it was bound, 5
    to 11 what it said on the road.
    """
    record = Record()
    record.add(SEAL, registered("seal-1"), START - 9 * MINUTE)
    record.add(SEAL, rotated("seal-1", key_of("seal-1"), key_of("anew")), START - 8 * MINUTE)
    drive_into(record, "seal-1", drive(2, start=START - 6 * MINUTE), key=key_of("anew"))
    record.add(STREAM, OPENED, START - MINUTE)
    bound = record.add(SEAL, DeviceBound(TRIP, "MX 0001"), START)
    record.add(STREAM, Sealed("seal-1", "MX 0001", device_version=bound.version), START)
    drive_into(record, "seal-1", opened(drive(31), 7, 8), grade="unsigned")
    assert record.versions[SEAL] == 11
    return record


def of_seal(record: Record, *versions: int) -> list[Recorded]:
    return [each for each in record.events if each.stream == SEAL and each.version in versions]


def states(record: Record, *left_out: int) -> list[str]:
    """What both verifiers make of a statement that passes over versions of the seal's stream."""
    return [each.state for each in proven(record.anew(), without=of_seal(record, *left_out)).spans]


def code(record: Record, *left_out: int) -> str:
    """Why both refuse it."""
    own = record.anew()
    return refusal(made(own.bundle(own.state(END, without=of_seal(record, *left_out)))))


def test_what_convicts_is_not_left_out_of_the_middle(record: Record) -> None:
    assert states(record) == ["intact", "broken"]
    for left_out in ((6,), (5, 6), (6, 8), (5, 6, 7, 8, 9, 10), (2, 3, 6), (4, 6)):
        assert code(record, *left_out) == "bundle_left_out"


def test_what_is_of_before_the_binding_and_at_the_end_is_the_nodes_word(record: Record) -> None:
    for left_out in ((3,), (2, 3), (4,), (2, 3, 4)):
        assert states(record, *left_out) == ["intact", "broken"]
    assert states(record, 6, 7, 8, 9, 10, 11) == ["intact", "silent"]


def test_a_binding_that_is_not_told_of_is_before_all_that_the_seal_said(record: Record) -> None:
    sealed = next(each for each in record.events if isinstance(each.payload, Sealed))
    record.put(sealed.place, {"device_version": 0})
    assert code(record, 6) == code(record, 3) == "bundle_left_out"


def test_behind_the_first_binding_nothing_is_passed_over_until_the_next(record: Record) -> None:
    record.add(STREAM, Unsealed("seal-1", "customs"), END - MINUTE)
    bound = record.add(SEAL, DeviceBound(TRIP, "MX 0001"), END)
    record.add(STREAM, Sealed("seal-1", "MX 0001", device_version=bound.version), END)
    assert states(record) == ["intact", "broken", "intact"]
    assert code(record, 6) == "bundle_left_out"


def test_a_seal_that_was_not_heard_of_yet_need_not_be_named(record: Record) -> None:
    other = record.add("device/seal-2", registered("seal-2"), END + MINUTE)
    record.add(STREAM, Sealed("seal-2", "MX 0002", device_version=2), START, END + MINUTE)
    assert [each.state for each in proven(record.anew(), without=[other]).spans] == ["intact", "broken"]
    own = record.anew()
    assert refusal(made(own.bundle(own.state(END + MINUTE, without=[other])))) == "bundle_left_out"


def test_something_is_named_of_each_seal_whatever_is_withheld(record: Record) -> None:
    record.add("road/85", Covered(START, END, 1, 2, YARD), END)
    everything = of_seal(record, *range(1, 12))
    for hidden in (None, ("road/85", 1)):
        own = record.anew()
        statement = own.state(END, without=everything)
        assert refusal(made(own.bundle(statement, withhold={hidden: "law"} if hidden else {}))) == "bundle_left_out"
