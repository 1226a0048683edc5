"""A log with one trip under one seal, whose clock the test moves; both watches look when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from at_custody import key_of
from nacl.signing import SigningKey
from sealed import in_blocks

from aforo.domain.clock import microseconds
from aforo.domain.device import DeviceRegistered
from aforo.domain.reading import Readings
from aforo.domain.trip import CustodyJudged, Sealed, TripOpened
from aforo.flow import device_acts, trip_acts
from aforo.flow.alert_watch import Watch
from aforo.flow.alerts import Alerts
from aforo.flow.custody import Custody
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.seal_blocks import of_signed
from aforo.flow.telemetry import record
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
        self.take(self.blocks(readings))

    def blocks(self, readings: Readings, size: int = 5) -> list[bytes]:
        """What the seal says next, in blocks of five or of another size."""
        number, previous = self._chain
        blocks = []
        for _, own in in_blocks(readings, size):
            blocks.append(encode("seal-1", "seal-1", 1, number, previous, own, lambda said: KEY.sign(said).signature))
            number, previous = number + 1, sha256(blocks[-1]).digest()
        self._chain = number, previous
        return blocks

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
