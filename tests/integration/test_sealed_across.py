"""A block that begins on one load and ends on the next is of both, whenever the second sealing was recorded."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from acting import ACT
from both_verifiers import both
from sealed import MINUTE, drive, opened
from sealed_scene import Scene

from aforo.custody.bundle_verdict import BundleVerdict
from aforo.domain.clock import instant
from aforo.domain.device import BlockReceived
from aforo.domain.retention import OF_TRIP
from aforo.domain.trip import Sealed, TripOpened, Unsealed
from aforo.flow import trip_acts
from aforo.flow.custody_bundle import bundle_of, state_custody
from aforo.flow.custody_proof import proof_of
from aforo.flow.custody_verdict import verdict_on
from aforo.flow.other_loads import Others, nobodys
from aforo.log.sequencer import sequence
from aforo.log.withheld import Reason, erase


def across(folder: Path, came: int, ends: int = 70) -> Scene:
    """The seal is taken off T1 after an hour and put on T2 two minutes later, which is recorded after ninety minutes. A
    block of the minutes 55 to 70, or to some other, came at some minute, in which the seal is opened at minute 67."""
    scene = Scene(folder)
    trip = TripOpened("export", "EFGH", scene.now + timedelta(hours=9))
    trip_acts.open_(scene.custody, "T2", trip, **ACT)
    for start in range(0, 50, 10):
        scene.now = instant(scene.start + (start + 9) * MINUTE)
        scene.hear(drive(5, start=scene.start + start * MINUTE, began=scene.start, first=start))
    said = drive(16, every=MINUTE, start=scene.start + 55 * MINUTE, began=scene.start, first=55)
    (block,) = scene.blocks(opened(said, 12, 14)[: ends - 54], 16)

    def at(minute: int) -> None:
        scene.now = instant(scene.start + minute * MINUTE)
        if minute == came:
            scene.take([block])

    at(61)
    taken = Unsealed("seal-1", "customs")
    trip_acts.unseal(scene.custody, "T1", taken, instant(scene.start + 60 * MINUTE), **ACT)
    at(75)
    at(90)
    sealed = Sealed("seal-1", "MX 2")
    trip_acts.seal(scene.custody, "T2", sealed, instant(scene.start + 62 * MINUTE), **ACT)
    at(91)
    return scene


def proven(scene: Scene, others: Others = nobodys, trip: str = "T2") -> BundleVerdict:
    """What both verifiers make of T2, or of T1."""
    state_custody(scene.custody, trip)
    sequence(scene.log)
    return both(scene.log, bundle_of(scene.log, trip, others=others))


@pytest.mark.parametrize("came", [75, 91])
def test_an_opening_on_the_second_load_is_one_whenever_it_was_recorded_that_it_is_sealed(
    tmp_path: Path, came: int
) -> None:
    scene = across(tmp_path, came)
    with scene.log:
        told = verdict_on(scene.custody, "T2", None, None)
        assert told.state == "broken"
        assert [each.since for each in told.facts] == [instant(scene.start + 67 * MINUTE)]
        assert verdict_on(scene.custody, "T1", None, None).before in (None, "intact")
        assert [each.state for each in proven(scene).spans][-1] == "broken"


def of_t1(trip: str) -> bool:
    """What is another's to the carrier of T2."""
    return trip == "T1"


def of_t2(trip: str) -> bool:
    """What is another's to the carrier of T1."""
    return trip == "T2"


def late(scene: Scene) -> int:
    """The version of the last block that came."""
    return scene.log.stream("device/seal-1", types=(BlockReceived.TYPE,))[-1].event.version


def shown(scene: Scene, trip: str, others: Others) -> int:
    """How many blocks are told of to who asks what a trip rests on."""
    return proof_of(scene.custody, trip, (), (), others).total


@pytest.mark.parametrize("came", [75, 91])
def test_what_it_says_of_the_first_load_is_not_shown_to_who_has_the_second_alone(tmp_path: Path, came: int) -> None:
    scene = across(tmp_path, came)
    with scene.log:
        told = proven(scene, of_t1)
        assert [(each.version, each.why) for each in told.withheld] == [(late(scene), "other_load")]
        assert [each.state for each in told.stated][-1] == "broken"
        assert shown(scene, "T2", of_t1) == 0
        assert proven(scene, lambda trip: trip == "T9").withheld == ()
        assert shown(scene, "T2", nobodys) == 1


@pytest.mark.parametrize("came", [75, 91])
def test_what_it_says_of_the_second_load_is_not_shown_to_who_has_the_first_alone(tmp_path: Path, came: int) -> None:
    scene = across(tmp_path, came)
    with scene.log:
        told = proven(scene, of_t2, "T1")
        assert late(scene) in {each.version for each in told.withheld}
        assert {each.why for each in told.withheld} == {"other_load"}
        assert shown(scene, "T1", of_t2) == 5, "the blocks of its own fifty minutes"
        assert proven(scene, trip="T1").withheld == ()


@pytest.mark.parametrize("ends", [58, 61], ids=["before it was taken off", "before it was put on again"])
@pytest.mark.parametrize("came", [75, 91])
def test_what_it_says_of_the_first_load_alone_is_shown_to_who_has_that(tmp_path: Path, came: int, ends: int) -> None:
    scene = across(tmp_path, came, ends)
    with scene.log:
        told = proven(scene, of_t2, "T1")
        bound = scene.custody.trip("T2").seals[0].version
        assert {each.version for each in told.withheld} == ({bound} if came == 91 else set()), "that it was bound"
        assert shown(scene, "T1", of_t2) == 6
        assert late(scene) not in {each.version for each in proven(scene, of_t2, "T1").withheld}
        # To the next it is as if it had come before.
        assert shown(scene, "T2", of_t1) == 0


def test_a_clock_that_tells_no_time_of_a_load_is_of_the_load_on_which_it_came(tmp_path: Path) -> None:
    """A clock that fell back on T2, and a block of T1 behind it, so that T1 rests on both."""
    scene = across(tmp_path, 75, 58)
    with scene.log:
        lost = drive(5, start=scene.start - 600 * MINUTE, began=scene.start - 600 * MINUTE)
        kept = drive(1, start=scene.start + 59 * MINUTE, began=scene.start, first=59)
        scene.take(scene.blocks(lost))
        version = late(scene)
        scene.take(scene.blocks(kept))
        assert version in {each.version for each in proven(scene, of_t2, "T1").withheld}
        assert late(scene) not in {each.version for each in proven(scene, of_t2, "T1").withheld}
        assert version not in {each.version for each in proven(scene, of_t1).withheld}


def test_what_it_says_of_a_load_between_two_sealings_of_a_trip_is_hidden(tmp_path: Path) -> None:
    """T1 is sealed again behind T2, and then a block comes that began on T1 and ended on T2."""
    scene = across(tmp_path, 0)
    with scene.log:
        scene.now = instant(scene.start + 100 * MINUTE)
        trip_acts.unseal(scene.custody, "T2", Unsealed("seal-1", "customs"), **ACT)
        trip_acts.seal(scene.custody, "T1", Sealed("seal-1", "MX 3"), **ACT)
        both = drive(16, every=MINUTE, start=scene.start + 55 * MINUTE, began=scene.start, first=55)
        scene.take(scene.blocks(both, 16))
        version = late(scene)
        scene.now = instant(scene.start + 110 * MINUTE)
        scene.hear(drive(5, start=scene.start + 101 * MINUTE, began=scene.start, first=101))
        hidden = {each.version for each in proven(scene, of_t2, "T1").withheld}
        assert version in hidden
        assert late(scene) not in hidden


def test_a_clock_that_is_ahead_tells_nothing_of_the_load_that_follows(tmp_path: Path) -> None:
    """What claims a time that had not come is of when it came: on T1, though T2 is sealed by the time it claims."""
    scene = Scene(tmp_path)
    with scene.log:
        scene.now = instant(scene.start + 10 * MINUTE)
        scene.hear(drive(5, start=scene.start + 300 * MINUTE, began=scene.start + 300 * MINUTE))
        version = late(scene)
        scene.now = instant(scene.start + 60 * MINUTE)
        trip_acts.unseal(scene.custody, "T1", Unsealed("seal-1", "customs"), **ACT)
        trip_acts.open_(scene.custody, "T2", TripOpened("export", "EFGH", scene.now + timedelta(hours=9)), **ACT)
        trip_acts.seal(scene.custody, "T2", Sealed("seal-1", "MX 2"), **ACT)
        scene.now = instant(scene.start + 400 * MINUTE)
        assert version not in {each.version for each in proven(scene, of_t2, "T1").withheld}


def gone(scene: Scene, trip: str) -> None:
    """The words of a trip are erased."""
    reason = Reason("A test.", "1", "0" * 64)
    erase(scene.log, [scene.log.stream(f"trip/{trip}", types=OF_TRIP)], reason, actor="tester")


def not_t1(trip: str) -> bool:
    return trip != "T1"


@pytest.mark.parametrize(("ends", "hidden"), [(61, True), (58, False)], ids=["and of after", "alone"])
def test_of_a_later_load_whose_words_are_gone_is_what_is_not_of_the_first_alone(
    tmp_path: Path, ends: int, hidden: bool
) -> None:
    scene = across(tmp_path, 91, ends)
    with scene.log:
        gone(scene, "T2")
        assert (late(scene) in {each.version for each in proven(scene, not_t1, "T1").withheld}) == hidden


@pytest.mark.parametrize(("since", "hidden"), [(56, True), (64, False), (-60 * 24 * 365 * 30, False)])
def test_of_an_earlier_load_whose_words_are_gone_is_what_speaks_of_before_it_was_off(
    tmp_path: Path, since: int, hidden: bool
) -> None:
    """T1 was off after an hour, as was recorded a minute later; T2 is sealed ten minutes after that."""
    scene = Scene(tmp_path)
    with scene.log:
        scene.now = instant(scene.start + 61 * MINUTE)
        trip_acts.unseal(scene.custody, "T1", Unsealed("seal-1", "customs"), **ACT)
        scene.now = instant(scene.start + 71 * MINUTE)
        trip_acts.open_(scene.custody, "T2", TripOpened("export", "EFGH", scene.now + timedelta(hours=9)), **ACT)
        trip_acts.seal(scene.custody, "T2", Sealed("seal-1", "MX 2"), **ACT)
        scene.now = instant(scene.start + 80 * MINUTE)
        start = scene.start + since * MINUTE
        scene.take(scene.blocks(drive(8, start=start, began=start), 8))
        gone(scene, "T1")
        hides = {each.version for each in proven(scene, lambda trip: trip != "T2").withheld}
        assert (late(scene) in hides) == hidden
