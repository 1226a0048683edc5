"""A seal reports as soon as it is on, and that it was put on is recorded later: what it said is of its trip."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from at_custody import key_of
from both_verifiers import both
from nacl.signing import SigningKey
from sealed import MINUTE, drive, in_blocks, opened
from sealed_scene import Scene

from aforo.custody.bundle import Leaf, read
from aforo.domain.clock import instant
from aforo.domain.device import DeviceRegistered
from aforo.domain.reading import Readings
from aforo.domain.trip import CustodyStated, Sealed, TripOpened, Unsealed
from aforo.flow import device_acts, trip_acts
from aforo.flow.custody import CustodyRefusedError
from aforo.flow.custody_bundle import bundle_of, state_custody
from aforo.flow.custody_proof import proof_of
from aforo.flow.custody_shown import VerdictShown
from aforo.flow.custody_verdict import verdict_on
from aforo.flow.other_loads import nobodys
from aforo.intake.seal_block import FIRST, encode
from aforo.log.sequencer import sequence

KEY = SigningKey(b"8" * 32)


def chained(readings: Readings) -> list[bytes]:
    """What the seal says, in blocks of five readings."""
    made: list[bytes] = []
    for number, (_, own) in enumerate(in_blocks(readings)):
        previous = sha256(made[-1]).digest() if made else FIRST
        made.append(encode("late", "late", 1, number, previous, own, lambda said: KEY.sign(said).signature))
    return made


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A log in which a seal that is on since the beginning has reported for an hour, and none of a trip knows it."""
    scene = Scene(tmp_path)
    said = DeviceRegistered("seal", "Norte", 600, 60, key_of(KEY))
    device_acts.register(scene.custody, "late", said, actor="tester", origin="live")
    trip = TripOpened("export", "ABCD", scene.now + timedelta(hours=5))
    trip_acts.open_(scene.custody, "T2", trip, actor="tester", origin="live")
    yield scene
    scene.log.close()


def heard(scene: Scene, readings: Readings) -> None:
    """Each block comes a minute after its last reading."""
    begun = scene.now
    for number, block in enumerate(chained(readings)):
        scene.now = begun + timedelta(minutes=10 * number + 9)
        scene.take([block])


def sealed(scene: Scene, since: int, trip: str = "T2") -> None:
    trip_acts.seal(scene.custody, trip, Sealed("late", "MX 2"), instant(since), actor="tester", origin="live")


def verdict(scene: Scene, trip: str = "T2") -> VerdictShown:
    return verdict_on(scene.custody, trip, None, None)


def test_what_was_said_between_the_sealing_and_its_record_is_of_the_trip(scene: Scene) -> None:
    readings = drive(31, start=scene.start, began=scene.start)
    heard(scene, opened(readings, 10, 12))
    sealed(scene, scene.start)
    told = verdict(scene)
    assert told.state == "broken"
    assert [each.code for each in told.facts] == ["opened"]
    assert {each.state for each in told.spans} == {"intact", "broken"}, "nor was it silent"
    scene.watch.look()
    assert [each.kind for each in scene.watch.custody.trip("T2").caused.causes] == ["opened"]  # type: ignore[union-attr]


def test_what_was_said_before_it_was_put_on_is_of_no_trip(scene: Scene) -> None:
    readings = drive(31, start=scene.start, began=scene.start)
    heard(scene, opened(readings, 2, 4))
    sealed(scene, scene.start + 20 * MINUTE)
    assert {each.state for each in verdict(scene).spans} == {"intact"}


def test_both_verifiers_make_the_same_of_it(scene: Scene) -> None:
    heard(scene, opened(drive(31, start=scene.start, began=scene.start), 10, 12))
    sealed(scene, scene.start)
    stated = state_custody(scene.custody, "T2", origin="live").payload
    assert isinstance(stated, CustodyStated)
    assert [each.state for each in stated.spans] == ["intact", "broken"]
    sequence(scene.log)
    told = both(scene.log, bundle_of(scene.log, "T2"))
    assert [(each.state, each.grade) for each in told.spans] == [("intact", "device"), ("broken", "device")]


def test_the_blocks_that_a_verdict_rests_on_are_those_of_the_bundle(scene: Scene) -> None:
    heard(scene, opened(drive(31, start=scene.start, began=scene.start), 10, 12))
    sealed(scene, scene.start)
    state_custody(scene.custody, "T2", origin="live")
    sequence(scene.log)
    bundle = read(bundle_of(scene.log, "T2"))
    blocks = {each.index for each in bundle.leaves if isinstance(each, Leaf) and b"device.block" in each.body}
    shown = proof_of(scene.custody, "T2", [], [], nobodys)
    assert {each.leaf for each in shown.blocks} == blocks
    assert (shown.total, [(each.blocks, each.readings) for each in shown.grades]) == (7, [(7, 31)])
    assert [each.first for each in shown.blocks] == [instant(scene.start + 10 * number * MINUTE) for number in range(7)]


def test_what_it_said_on_the_load_before_is_not_of_this_one(scene: Scene) -> None:
    trip = TripOpened("export", "ACME", scene.now + timedelta(hours=5))
    trip_acts.open_(scene.custody, "T3", trip, actor="tester", origin="live")
    sealed(scene, scene.start, "T3")
    readings = drive(31, start=scene.start, began=scene.start)
    heard(scene, opened(readings, 12, 14))
    ended = instant(scene.start + 30 * MINUTE)
    taken = Unsealed("late", "customs")
    trip_acts.unseal(scene.custody, "T3", taken, ended, actor="tester", origin="live")
    with pytest.raises(CustodyRefusedError) as refused:
        sealed(scene, scene.start + 29 * MINUTE)
    assert (refused.value.code, refused.value.place) == ("device_sealed_another", "at")
    sealed(scene, scene.start + 30 * MINUTE)
    said = state_custody(scene.custody, "T2", origin="live").payload
    assert isinstance(said, CustodyStated)
    assert {each.state for each in said.spans} == {"intact"}
    assert verdict(scene, "T3").before == "broken"
    blocks = [each for each in scene.log.stream("device/late") if each.event.type == "device.block"]
    of_this = {
        each.event.version
        for extent in said.extents
        if extent.stream == "device/late"
        for each in blocks
        if extent.first <= each.event.version <= extent.last
    }
    spoke = {each.event.version for each in blocks if each.payload.first >= scene.start + 30 * MINUTE}  # type: ignore[attr-defined]
    shown = proof_of(scene.custody, "T2", [], [], nobodys)
    assert shown.total == len(spoke)
    assert of_this == spoke, "a block that speaks of the load before is not shown to who has this one"
