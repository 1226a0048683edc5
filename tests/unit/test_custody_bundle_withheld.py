"""What a custody bundle does not prove once something of it is withheld."""

from __future__ import annotations

import pytest
from bundled import STREAM, Record, drive_into, registered, seal_read
from proved import END, OPENED, proven, refusal, sealed_hour
from sealed import MINUTE, START, YARD, drive

from aforo.custody.bundle import made
from aforo.domain.trip import Covered, Sealed, SealRead, StatedSpan


@pytest.fixture
def record() -> Record:
    """A log with a sealed trip, and an hour of what its seal said."""
    return sealed_hour()


def test_what_is_withheld_of_a_device_leaves_its_states_unsaid(record: Record) -> None:
    record.add("device/seal-2", registered("seal-2"), START - MINUTE)
    record.add(STREAM, Sealed("seal-2", "MX 0002"), START)
    verdict = proven(record, withhold={("device/seal-1", 3): "trade"})
    assert verdict.compared == ("seal-2",)
    assert {each.device for each in verdict.spans} == {"seal-2"}
    assert {each.device for each in verdict.stated} == {"seal-1"}
    assert [(each.stream, each.version, each.why) for each in verdict.withheld] == [("device/seal-1", 3, "trade")]


@pytest.mark.parametrize("stream", [STREAM, "road/85"])
def test_what_is_withheld_of_the_trip_or_of_a_road_leaves_all_states_unsaid(record: Record, stream: str) -> None:
    record.add("road/85", Covered(START, END, 1, 2, YARD), END)
    verdict = proven(record, withhold={(stream, 1): "law"})
    assert (verdict.compared, verdict.spans) == ((), ())
    assert verdict.stated == tuple(
        StatedSpan(each.device, each.state, each.since, each.until) for each in proven(record).spans
    ), "what the node stated is told, and is its word"


def test_a_seal_of_which_something_is_withheld_stands_whenever_the_trips_first_event_came() -> None:
    """Else its number, which was read on the truck, were that of no seal, and the other one swapped."""
    record = Record()
    record.add(STREAM, OPENED, START - MINUTE, END + MINUTE)
    record.add(STREAM, OPENED, START - MINUTE)
    for device, number in (("seal-1", "MX 0001"), ("seal-2", "MX 0002")):
        record.add(f"device/{device}", registered(device), START - MINUTE)
        record.add(STREAM, Sealed(device, number), START)
    drive_into(record, "seal-1", drive(31))
    record.add(STREAM, SealRead("MX 0002", where="the bridge"), START + 30 * MINUTE)
    verdict = proven(record, withhold={("device/seal-2", 1): "trade"})
    assert verdict.compared == ("seal-1",)
    assert [each.state for each in verdict.spans] == ["intact"]


def test_what_is_withheld_of_a_gateway_is_of_the_devices_that_it_signed_for(record: Record) -> None:
    record.add("device/gate", registered("gate"), START)
    record.add("device/seal-2", registered("seal-2"), START)
    record.add(STREAM, Sealed("seal-2", "MX 0002"), START)
    drive_into(record, "seal-2", drive(31), grade="gateway", gateway="gate")
    assert proven(record).compared == ("seal-1", "seal-2")
    assert proven(record, withhold={("device/gate", 1): "trade"}).compared == ("seal-1",)


def test_a_registration_that_is_withheld_takes_only_its_own_device(record: Record) -> None:
    assert proven(record, withhold={("device/seal-1", 1): "trade"}).compared == ()


def test_the_statement_itself_is_not_withheld(record: Record) -> None:
    statement = record.state(END)
    hidden = record.bundle(statement, withhold={(STREAM, statement.version): "law"})
    assert refusal(made(hidden)) == "bundle_statement"


def test_what_is_withheld_of_a_reader_leaves_all_states_unsaid(record: Record) -> None:
    record.add("device/gate", registered("gate"), START)
    record.add(STREAM, seal_read("MX 9", END), END)
    assert proven(record, END + MINUTE).compared == ("seal-1",)
    assert proven(record, END + MINUTE, withhold={("device/gate", 1): "trade"}).compared == ()
