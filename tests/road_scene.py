"""A corridor in force and trips on it, each under a seal of its name, whose clock the test moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from at_custody import key_of
from nacl.signing import SigningKey
from sealed import in_blocks
from straight import NAME, corridor, on_the_road

from aforo.answers.alert import Alert
from aforo.domain.clock import microseconds
from aforo.domain.device import DeviceRegistered
from aforo.domain.reading import Readings
from aforo.domain.trip import Place, Sealed, TripCaused, TripOpened
from aforo.flow import device_acts, roads, trip_acts
from aforo.flow.alert_watch import Watch
from aforo.flow.alerts import Alerts
from aforo.flow.custody import Custody
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.seal_blocks import of_signed
from aforo.flow.telemetry import record
from aforo.intake.seal_block import FIRST, encode
from aforo.log.keys import KeyStore
from aforo.log.store import Log

KEY = SigningKey(b"6" * 32)
START = datetime(2026, 3, 2, 6, tzinfo=UTC)


class Road:
    """A log with a corridor in force and trips on it, each under a seal of its name; the test moves the clock."""

    def __init__(self, folder: Path, *trips: str, document: bytes | None = None) -> None:
        self.now = START
        self.log = Log.open(f"sqlite:///{folder / 'log.sqlite'}", KeyStore(folder / "keys"), clock=lambda: self.now)
        self.custody = Custody(self.log)
        self.put(document or corridor())
        for trip in trips:
            said = DeviceRegistered("seal", "Norte", 600, 60, key_of(KEY))
            device_acts.register(self.custody, f"{trip}-seal", said, actor="tester", origin="live")
            self.announce(trip)
            sealed = Sealed(f"{trip}-seal", "MX 1")
            trip_acts.seal(self.custody, trip, sealed, actor="tester", origin="live")
        self.watch, self.alerts = CustodyWatch(self.log), Watch(self.log)

    def put(self, document: bytes) -> None:
        roads.put(self.log, roads.checked(document), "tester")

    def announce(self, trip: str, corridor_named: str = NAME, convoy: str = "", places: tuple[Place, ...] = ()) -> None:
        until = START + timedelta(hours=9)
        said = TripOpened("export", "ABCD", until, corridor=corridor_named, convoy=convoy, places=places)
        trip_acts.open_(self.custody, trip, said, actor="tester", origin="live")

    def take(self, blocks: Sequence[bytes]) -> None:
        taken = of_signed(blocks, self.custody, lambda device: True)
        assert not [each for each in taken.problems if each.gravity == "refusal"]
        record(taken.said, self.log, actor="tester")

    def at(self, minutes: float, *blocks: bytes) -> None:
        """The clock says so many minutes after the sealing, blocks come, and both watches look."""
        self.now = START + timedelta(minutes=minutes)
        self.take(blocks)
        self.look()

    def look(self) -> None:
        self.watch.look()
        self.alerts.look()

    def caused(self, trip: str = "T1") -> list[TripCaused]:
        return [each.payload for each in self.log.stream(f"causes/{trip}") if isinstance(each.payload, TripCaused)]

    def open(self) -> list[tuple[str, str]]:
        return sorted((each.kind, each.subject) for each in Alerts(self.log).open())

    def every(self) -> list[Alert]:
        return Alerts(self.log).all()


def blocks_of(readings: Readings, trip: str = "T1") -> list[bytes]:
    """The readings in signed blocks of five, in the chain of the trip's seal."""
    previous, made = FIRST, []
    for number, (_, own) in enumerate(in_blocks(readings)):
        made.append(encode(f"{trip}-seal", f"{trip}-seal", 1, number, previous, own, lambda s: KEY.sign(s).signature))
        previous = sha256(made[-1]).digest()
    return made


def drive(count: int = 30) -> Readings:
    return on_the_road(microseconds(START), count)
