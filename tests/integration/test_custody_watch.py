"""The watch over custody: what is made of a trip is recorded as it changes; what must be seen to is an alert."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from at_custody import key_of
from nacl.signing import SigningKey
from sealed import CUSTOMS, MINUTE, drive, in_blocks, opened

from aforo.domain.clock import microseconds
from aforo.domain.device import DeviceRegistered
from aforo.domain.reading import Readings
from aforo.domain.trip import Covered, CustodyJudged, Discharged, Sealed, TripOpened
from aforo.flow import device_acts, trip_acts
from aforo.flow.alert_watch import Watch
from aforo.flow.alerts import Alerts
from aforo.flow.custody import Custody
from aforo.flow.custody_verdict import covered_since
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.seal_blocks import of_signed
from aforo.flow.telemetry import Statement, record
from aforo.intake.seal_block import FIRST, encode
from aforo.log.keys import KeyStore
from aforo.log.store import Log

KEY = SigningKey(b"5" * 32)


class Scene:
    """A log with one trip under one seal, whose clock the test moves."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 3, 2, 6, tzinfo=UTC)
        self.log = Log.open(f"sqlite:///{folder / 'log.sqlite'}", KeyStore(folder / "keys"), clock=lambda: self.now)
        self.custody = Custody(self.log)
        said = DeviceRegistered("seal", "Norte", 600, 60, key_of(KEY))
        device_acts.register(self.custody, "seal-1", said, actor="tester", origin="live")
        trip = TripOpened("export", "ABCD", self.now + timedelta(hours=5))
        trip_acts.open_(self.custody, "T1", trip, actor="tester", origin="live")
        trip_acts.seal(self.custody, "T1", Sealed("seal-1", "MX 1"), actor="tester", origin="live")
        self.start = microseconds(self.now)
        self.watch, self.alerts = CustodyWatch(self.log), Watch(self.log)
        self._chain = (0, FIRST)

    def hear(self, readings: Readings) -> None:
        """The seal says this in blocks of five."""
        number, previous = self._chain
        blocks = []
        for _, own in in_blocks(readings):
            blocks.append(encode("seal-1", "seal-1", 1, number, previous, own, lambda said: KEY.sign(said).signature))
            number, previous = number + 1, sha256(blocks[-1]).digest()
        self._chain = number, previous
        self.take(blocks)

    def take(self, blocks: list[bytes]) -> None:
        taken = of_signed(blocks, self.custody, lambda device: True)
        assert not [each for each in taken.problems if each.gravity == "refusal"]
        record(taken.said, self.log, actor="tester")

    def at(self, minutes: float, heard: Readings | None = None) -> None:
        """The clock says so many minutes after the sealing, the seal is heard, and both watches look."""
        self.now = datetime(2026, 3, 2, 6, tzinfo=UTC) + timedelta(minutes=minutes)
        if heard is not None:
            self.hear(heard)
        self.watch.look()
        self.alerts.look()

    def judged(self) -> list[str]:
        return [each.payload.state for each in self.log.stream("trip/T1") if isinstance(each.payload, CustodyJudged)]

    def open(self) -> list[str]:
        return sorted(each.kind for each in Alerts(self.log).open())


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def part(scene: Scene, first: int, last: int) -> Readings:
    """The drive's readings from row `first` until before `last`, two minutes each."""
    return drive(31, start=scene.start, began=scene.start)[first:last]


def test_a_seal_that_reports_raises_nothing(scene: Scene) -> None:
    for minute in range(0, 60, 10):
        scene.at(minute + 9, part(scene, minute // 2, minute // 2 + 5))
    assert scene.judged() == []
    assert scene.open() == []


def test_a_breach_is_an_alert_that_a_person_closes(scene: Scene) -> None:
    scene.at(19, opened(part(scene, 0, 10), 4, 6))
    scene.at(20)
    assert scene.judged() == ["broken"]
    assert scene.open() == ["custody_broken"]
    scene.at(29, part(scene, 10, 15))
    assert scene.open() == ["custody_broken"], "that it says that it is closed settles nothing"
    trip_acts.discharge(scene.custody, "T1", Discharged("customs"), actor="tester", origin="live")
    scene.at(30)
    assert scene.judged() == ["broken", "unsealed"]
    assert scene.open() == ["custody_broken"]


def test_silence_is_told_within_a_second_of_its_due_and_over_when_the_seal_is_heard(scene: Scene) -> None:
    scene.at(9, part(scene, 0, 5))
    scene.at(18.9)
    assert scene.open() == []
    scene.at(19 + 1 / 60)
    assert scene.judged() == ["silent"]
    assert scene.open() == ["custody_silent"]
    scene.at(30, part(scene, 5, 15))
    assert scene.judged() == ["silent", "intact"]
    assert scene.open() == []


def test_what_comes_late_is_judged_anew(scene: Scene) -> None:
    """Silence was all that was known; what came late shows that the seal was opened meanwhile."""
    scene.at(25, part(scene, 0, 5))
    assert scene.open() == ["custody_silent"]
    scene.at(30, opened(part(scene, 5, 15), 2, 4))
    assert scene.judged() == ["silent", "broken"]
    assert scene.open() == ["custody_broken"]


def test_two_blocks_of_one_place_raise_an_alert(scene: Scene) -> None:
    scene.hear(part(scene, 0, 5))
    twin = drive(5, start=scene.start, began=scene.start, battery=7)
    scene.take([encode("seal-1", "seal-1", 1, 0, FIRST, twin, lambda said: KEY.sign(said).signature)])
    scene.at(9)
    assert scene.judged() == ["suspect"]
    assert scene.open() == ["custody_suspect"]


def test_a_trip_that_is_not_discharged_in_time_is_an_alert_until_it_is(scene: Scene) -> None:
    scene.at(4 * 60)
    assert "trip_overdue" not in scene.open()
    scene.at(5 * 60 + 1)
    assert "trip_overdue" in scene.open()
    trip_acts.discharge(scene.custody, "T1", Discharged("customs"), actor="tester", origin="live")
    scene.at(5 * 60 + 2)
    assert scene.open() == []


def test_a_watch_that_begins_anew_and_one_beside_it_say_nothing_twice(scene: Scene) -> None:
    scene.at(19, opened(part(scene, 0, 10), 4, 6))
    other = CustodyWatch(scene.log)
    assert other.look() == 0
    scene.watch = CustodyWatch(scene.log)
    scene.at(20)
    assert scene.judged() == ["broken"]


def test_of_many_statements_on_roads_the_last_one_counts_too(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene.log, "read", partial(scene.log.read, limit=2))
    said = [Covered(0, scene.start + each * MINUTE, 1, 9, CUSTOMS) for each in range(-1, 5)]
    at = scene.now
    record([Statement(each, "road/1", at, f"road:{each.until}") for each in said], scene.log, actor="tester")
    found = [each.payload.until for each in covered_since(scene.log, scene.start)]
    assert found == [scene.start + each * MINUTE for each in range(1, 5)]


def test_what_one_look_has_no_time_for_the_next_ones_judge(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.flow.custody_watch._LONGEST_S", 0.0)
    scene.at(19, opened(part(scene, 0, 10), 4, 6))
    scene.at(20)
    assert scene.judged() == []
    monkeypatch.setattr("aforo.flow.custody_watch._LONGEST_S", 2.0)
    scene.at(21)
    assert scene.judged() == ["broken"]
