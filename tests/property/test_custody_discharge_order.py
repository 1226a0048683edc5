"""In whatever order the blocks of a seal and its discharge come, the watch ends with the same of its trip."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sealed import MINUTE, drive, opened
from sealed_scene import Scene

from aforo.domain.clock import instant
from aforo.domain.reading import Readings
from aforo.domain.trip import Discharged, TripCause
from aforo.flow import trip_acts
from aforo.flow.alerts import Alerts

#: When the trip was over, and when all that was held back until then begins to come, in minutes after the sealing.
OVER, COMES = 45, 70


#: What comes: 0 is the discharge, the others are blocks, the first of them 1; and whether the watches look behind each.
Order = list[tuple[int, bool]]
MOST = 9
PLAIN: Order = [(number, True) for number in (*range(1, MOST), 0)]


class Said(NamedTuple):
    """What a seal says until an hour after its sealing, where its clock began again, and which blocks never come."""

    readings: Readings
    again: bool
    lost: frozenset[int]


class Ended(NamedTuple):
    """What the watches ended with: the last verdict, the causes, and the kinds of alert that were raised and not taken
    back. Of silence there is none: that somebody was asked about one is a matter of when the seal was heard."""

    judged: tuple[object, ...]
    causes: list[TripCause]
    alerts: set[str]

    @property
    def but_for_silence(self) -> list[TripCause]:
        return [each for each in self.causes if each.kind != "silent"]


@st.composite
def said(draw: st.DrawFn) -> Said:
    readings = drive(30, start=0, began=0)
    if draw(st.integers(0, 3)):
        first = draw(st.integers(0, 24))
        readings = opened(readings, first, first + draw(st.integers(1, 9)), draw(st.sampled_from(["door", "tamper"])))
    if draw(st.booleans()):
        readings["latitude"][draw(st.integers(0, 29)) :] += 5_000_000
    gone = draw(st.sets(st.integers(0, 29), max_size=12))
    lost = draw(st.frozensets(st.integers(0, 3), max_size=1))
    return Said(np.delete(readings, sorted(gone)), draw(st.booleans()), lost)


@st.composite
def orders(draw: st.DrawFn) -> Order:
    blocks = draw(st.permutations(range(1, MOST)))
    blocks.insert(draw(st.integers(0, 5)), 0)
    unseen = draw(st.sets(st.integers(0, MOST - 1), max_size=3))
    return [(number, place not in unseen) for place, number in enumerate(blocks)]


def ended(told: Said, order: Order, *, apart: int) -> tuple[Ended, Ended]:
    """What comes of it where the blocks and the discharge come in this order, so many minutes apart: when the last has
    come, and when nothing that is missing can come any more."""
    with TemporaryDirectory() as folder:
        scene = Scene(Path(folder))
        readings = told.readings.copy()
        readings["at"] += scene.start
        blocks = [each for number, each in enumerate(scene.blocks(readings)) if number not in told.lost]
        if told.again:
            scene._chain = (0, bytes(32))
            blocks += scene.blocks(drive(3, start=scene.start + 50 * MINUTE, began=scene.start, battery=7))
        scene.at(COMES)
        for number, look in order:
            scene.now += timedelta(minutes=apart)
            if number == 0:
                over = instant(scene.start + OVER * MINUTE)
                trip_acts.discharge(scene.custody, "T1", Discharged("yard"), over, actor="tester", origin="live")
            elif number <= len(blocks):
                scene.take([blocks[number - 1]])
            if look:
                scene.watch.look()
                scene.alerts.look()
        soon = _made(scene, 3)
        for hours in (26, 28):
            scene.at(hours * 60)
        late = _made(scene, 30)
        scene.log.close()
        return soon, late


def _made(scene: Scene, hours: int) -> Ended:
    """What the watches make of it so many hours after the sealing."""
    scene.at(hours * 60)
    known = scene.custody.trip("T1")
    assert known.judged is not None
    judged = known.judged.state, known.judged.grade, known.judged.codes, known.judged.before
    causes = () if known.caused is None else known.caused.causes
    raised = {each.kind for each in Alerts(scene.log).all() if each.ending != "withdrawn"}
    # What it was called when it was found first, and that it was another then, are no part of what it is.
    plain = [msgspec.structs.replace(each, id="", changed=False) for each in causes]
    return Ended(judged, sorted(plain, key=str), raised - {"custody_silent"})


@given(said(), orders())
@settings(max_examples=15, deadline=None)
def test_what_comes_at_one_time_ends_alike_in_any_order(told: Said, order: Order) -> None:
    assert ended(told, order, apart=0) == ended(told, PLAIN, apart=0)


@given(said(), orders())
@settings(max_examples=15, deadline=None)
def test_what_comes_late_ends_alike_but_for_how_late_it_was(told: Said, order: Order) -> None:
    for plain, again in zip(ended(told, PLAIN, apart=1), ended(told, order, apart=7), strict=True):
        assert again.judged == plain.judged
        assert again.but_for_silence == plain.but_for_silence
        assert again.alerts == plain.alerts


def test_a_block_of_after_the_trip_that_comes_last_fills_the_gap_that_the_one_behind_it_showed() -> None:
    told = Said(np.delete(drive(30, start=0, began=0), [0, 1, 2]), again=False, lost=frozenset())
    order: Order = [(number, True) for number in (0, 1, 6, 3, 4, 2, 5, 7, 8)]
    for plain, again in zip(ended(told, PLAIN, apart=1), ended(told, order, apart=7), strict=True):
        assert again.judged == plain.judged
        assert again.but_for_silence == plain.but_for_silence
