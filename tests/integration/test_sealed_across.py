"""A block that begins on one load and ends on the next is of both, whenever the second sealing was recorded."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from acting import ACT
from sealed import MINUTE, drive, opened
from sealed_scene import Scene
from second_verifier import second

from aforo.custody.bundle import read
from aforo.custody.bundle_verdict import BundleVerdict, verified
from aforo.domain.clock import instant
from aforo.domain.trip import Sealed, TripOpened, Unsealed
from aforo.flow import trip_acts
from aforo.flow.custody_bundle import Others, bundle_of, nobodys, state_custody
from aforo.flow.custody_verdict import verdict_on
from aforo.log.checkpoint import opened as opened_checkpoint
from aforo.log.sequencer import sequence


def across(folder: Path, came: int) -> Scene:
    """The seal is taken off T1 after an hour and put on T2 two minutes later, which is recorded after ninety minutes. A
    block of the minutes 55 to 70 came at some minute, in which the seal is opened at minute 67."""
    scene = Scene(folder)
    trip = TripOpened("export", "EFGH", scene.now + timedelta(hours=9))
    trip_acts.open_(scene.custody, "T2", trip, **ACT)
    for start in range(0, 50, 10):
        scene.now = instant(scene.start + (start + 9) * MINUTE)
        scene.hear(drive(5, start=scene.start + start * MINUTE, began=scene.start, first=start))
    said = drive(16, every=MINUTE, start=scene.start + 55 * MINUTE, began=scene.start, first=55)
    (block,) = scene.blocks(opened(said, 12, 14), 16)

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


def proven(scene: Scene, others: Others = nobodys) -> BundleVerdict:
    """What both verifiers make of T2."""
    state_custody(scene.custody, "T2")
    sequence(scene.log)
    data, key = bundle_of(scene.log, "T2", others=others), scene.log.keys.signing.first(scene.log.origin)
    trusted = opened_checkpoint(read(data).checkpoint, key)
    told, again = verified(data, key, trusted), second().verify(data, key.text, checkpoint=trusted.text)
    assert [each["state"] for each in again["spans"]] == [each.state for each in told.spans]
    assert again["compared"] == list(told.compared)
    return told


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


def test_what_it_says_of_the_first_load_is_not_shown_to_who_has_the_second_alone(tmp_path: Path) -> None:
    scene = across(tmp_path, 75)
    with scene.log:
        told = proven(scene, lambda trip: trip == "T1")
        assert {each.why for each in told.withheld} == {"other_load"}
        assert [each.state for each in told.stated][-1] == "broken"
        assert proven(scene, lambda trip: trip == "T9").withheld == ()
