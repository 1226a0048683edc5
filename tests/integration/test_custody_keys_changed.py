"""A device's key is changed: what the old one signs from then on is refused at the intake, and by who verifies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from acting import ACT
from at_custody import key_of
from nacl.signing import SigningKey
from sealed import MINUTE, START, drive, in_blocks
from stated import GATE, NEW, OLD, Road, sealed_in

from aforo.custody.bundle import BundleError
from aforo.custody.case import NEVER
from aforo.custody.cloned import clone_of
from aforo.custody.device import KnownDevice
from aforo.domain.device import DeviceRegistered
from aforo.flow import device_acts
from aforo.flow.blocks_read import received
from aforo.flow.custody import Custody, CustodyRefusedError
from aforo.flow.telemetry import Statement, record
from aforo.intake.seal_block import FIRST


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    with sealed_in(tmp_path) as made:
        yield made


def rotate(road: Road, device: str = "seal-1", new: SigningKey = NEW) -> KnownDevice:
    return device_acts.rotate(road.custody, device, key_of(new), "", "It was stolen.", **ACT)


def test_what_a_stolen_key_signs_after_it_was_changed_is_refused_and_nothing_else_is_lost(road: Road) -> None:
    *early, late = [road.signed(own, OLD) for _, own in in_blocks(drive(15))]
    road.at(30)
    assert road.take(*early).problems == []
    known = rotate(road)
    assert known.believed == ((key_of(NEW), NEVER), (key_of(OLD), START + 31 * MINUTE))
    road.at(60)
    before = road.previous["seal-1"]
    stolen = road.signed(drive(5, start=START + 40 * MINUTE, first=20), OLD)
    road.previous["seal-1"] = before
    honest = road.signed(drive(5, start=START + 40 * MINUTE, first=20), NEW)
    taken = road.take(stolen, late, honest)
    assert [(each.record, each.code, each.gravity) for each in taken.problems] == [
        (1, "block_key_superseded", "refusal")
    ]
    assert taken.readings == 10, "what the old key signed of before comes as late as it will"
    assert road.custody.admission.counted == {"block_key_superseded": 1}
    verdict = road.proven()
    assert (verdict.compared, verdict.spans[-1].grade) == (("seal-1",), "device")
    assert {each.state for each in verdict.spans} <= {"intact", "silent"}


def test_what_an_earlier_version_took_from_a_superseded_key_both_refuse(road: Road) -> None:
    rotate(road)
    road.at(10)
    readings = drive(5)
    raw = road.signed(readings, OLD)
    said = received("block", "device", raw, readings, 1, road.number)
    record([Statement(said, "device/seal-1", road.log.clock(), f"seal:seal-1:{said.hash}")], road.log, actor="tester")
    with pytest.raises(BundleError, match="bundle_superseded"):
        road.proven()


def test_a_gateway_signs_for_others_with_its_new_key_alone(road: Road) -> None:
    changed = SigningKey(b"8" * 32)
    road.at(10)
    known = rotate(road, "gate", changed)
    assert known.believed[1] == (key_of(GATE), START + 11 * MINUTE)
    road.at(60)
    before, after = drive(4), drive(4, start=START + 20 * MINUTE, first=20)
    refused = road.take(road.signed(after, GATE, "gate"))
    assert [each.code for each in refused.problems] == ["block_key_superseded"]
    road.previous["gate"] = FIRST
    taken = road.take(road.signed(before, GATE, "gate"), road.signed(after, changed, "gate"))
    assert (taken.problems, taken.readings) == ([], 8)
    assert road.proven().compared == ("seal-1",)


def test_no_registration_brings_a_key_back(road: Road) -> None:
    road.at(10)
    rotate(road)
    for key, code in ((OLD, "device_key_stands"), (SigningKey(b"9" * 32), "device_key_stands")):
        anew = DeviceRegistered("seal", "Norte", 600, 3600, key_of(key))
        with pytest.raises(CustodyRefusedError, match=code):
            device_acts.register(road.custody, "seal-1", anew, **ACT)
    with pytest.raises(CustodyRefusedError, match="device_key_known"):
        rotate(road, new=OLD)
    anew = DeviceRegistered("seal", "Norte", 600, 3600, key_of(NEW))
    known = device_acts.register(road.custody, "seal-1", anew, **ACT)
    assert known.believed == ((key_of(NEW), NEVER), (key_of(OLD), START + 11 * MINUTE)), "by the clock of then"
    # So it is after a start too, from what was saved.
    road.custody.save()
    assert Custody(road.log).device("seal-1").believed == known.believed


def test_a_clone_is_convicted_by_whichever_key_the_device_had(road: Road) -> None:
    rotate(road)
    one = road.signed(drive(3), OLD)
    road.number -= 1
    other = road.signed(drive(3, battery=7), OLD)
    assert clone_of(one, other, bytes(OLD.verify_key)).device == "seal-1"
