"""What a node states of its trips passes over nothing of their seals: both verifiers take it, whatever a seal did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from acting import ACT
from at_custody import key_of
from sealed import MINUTE, START, S, drive
from stated import NEW, OLD, Road, sealed_in

from aforo.custody.device import PREFIX
from aforo.domain.trip import CustodyStated, Discharged, Sealed, Unsealed
from aforo.flow import device_acts, trip_acts


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    with sealed_in(tmp_path) as made:
        yield made


def drives(road: Road, minutes: int) -> None:
    """The seal says for eight minutes that it is closed, until now."""
    road.at(minutes)
    start = START + (minutes - 8) * MINUTE
    assert road.take(road.signed(drive(5, start=start, first=minutes), OLD)).problems == []


def taken_off(road: Road, trip: str) -> None:
    trip_acts.unseal(road.custody, trip, Unsealed("seal-1", "customs"), **ACT)


def named(road: Road, trip: str) -> list[tuple[int, int]]:
    """The stretches of the seal's stream that were stated last of a trip."""
    said = road.log.stream(f"trip/{trip}", types=(CustodyStated.TYPE,))[-1].payload
    assert isinstance(said, CustodyStated)
    return [(each.first, each.last) for each in said.extents if each.stream == PREFIX + "seal-1"]


def test_a_seal_that_said_nothing_yet(road: Road) -> None:
    road.at(5)
    assert [each.state for each in road.proven().spans] == ["intact"]
    # 2 is that it was bound.
    assert named(road, "T1") == [(1, 1)]


def test_a_seal_that_is_on_again_after_another_load(road: Road) -> None:
    drives(road, 10)
    taken_off(road, "T1")
    road.at(11)
    road.seal("T2")
    drives(road, 20)
    registered = road.custody.device("seal-1")
    taken_off(road, "T2")
    trip_acts.discharge(road.custody, "T2", Discharged("customs"), **ACT)
    road.at(21)
    trip_acts.seal(road.custody, "T1", Sealed("seal-1", "MX T1"), **ACT)
    drives(road, 30)
    assert road.proven().compared == ("seal-1",)
    (before, behind) = named(road, "T1")
    assert before == (1, 1)
    assert behind == (3, registered.version + 2), "all of it, from its first binding on"
    # A carrier is not told what it said for another's load, and that it is there.
    hidden = road.proven(others=lambda trip: trip == "T2")
    assert (hidden.compared, {each.why for each in hidden.withheld}) == ((), {"other_load"})
    # What it says behind its load on T2 is no part of that, so that nothing of it has to be hidden.
    told = road.proven("T2", others=lambda trip: trip == "T1")
    assert (told.compared, told.withheld) == (("seal-1",), ())


def test_a_seal_whose_sealing_was_recorded_late_and_whose_key_was_changed(road: Road) -> None:
    taken_off(road, "T1")
    trip_acts.discharge(road.custody, "T1", Discharged("customs"), **ACT)
    for minutes in (10, 20, 30):
        drives(road, minutes)
    road.seal("T3", datetime.fromtimestamp((START + 12 * MINUTE) / S, UTC))
    device_acts.rotate(road.custody, "seal-1", key_of(NEW), "", "A new battery.", **ACT)
    late = road.signed(drive(5, start=START + 22 * MINUTE, first=50), OLD)
    road.at(40)
    now = road.signed(drive(5, start=START + 32 * MINUTE, first=60), NEW)
    assert road.take(late, now).problems == []
    verdict = road.proven("T3")
    assert (verdict.compared, verdict.spans[0].grade) == (("seal-1",), "device")
    # 3 was recorded before the seal was put on, and 6 is that it was bound.
    assert named(road, "T3") == [(1, 1), (4, 5), (7, 9)]
