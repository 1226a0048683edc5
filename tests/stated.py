"""A trip under seal on a log on disk, with a clock in the test's hand, and what both verifiers make of its bundle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from acting import ACT
from at_custody import key_of
from both_verifiers import both
from nacl.signing import SigningKey
from sealed import START, YARD, S

from aforo.custody.bundle_verdict import BundleVerdict
from aforo.domain.device import DeviceRegistered
from aforo.domain.reading import Readings
from aforo.domain.trip import Sealed, TripOpened
from aforo.flow import device_acts, trip_acts
from aforo.flow.custody import Custody
from aforo.flow.custody_bundle import bundle_of, state_custody
from aforo.flow.other_loads import Others, nobodys
from aforo.flow.seal_blocks import Taken, of_signed
from aforo.flow.telemetry import record
from aforo.intake.seal_block import FIRST, encode
from aforo.log.keys import KeyStore
from aforo.log.sequencer import sequence
from aforo.log.store import Log

OLD, NEW, GATE = (SigningKey(bytes([number]) * 32) for number in (5, 6, 7))


class Road:
    """A trip under a seal that signs, and a gateway that signs for another; with a clock in the test's hand."""

    def __init__(self, log: Log) -> None:
        self.log, self.custody = log, Custody(log)
        for device, kind, key in (("seal-1", "seal", OLD), ("gate", "gateway", GATE)):
            said = DeviceRegistered(kind, "Norte", 600, 60, key_of(key))  # type: ignore[arg-type]
            device_acts.register(self.custody, device, said, **ACT)
        self.seal("T1")
        self.previous, self.number = {"seal-1": FIRST, "gate": FIRST}, 0

    def at(self, minutes: float) -> None:
        moment = datetime.fromtimestamp(START / S, UTC) + timedelta(minutes=minutes)
        self.log.clock = lambda: moment

    def seal(self, trip: str, since: datetime | None = None) -> None:
        """Announce a trip, and put the seal on it: now, or record that it is on since then."""
        deadline = datetime(2026, 3, 4, tzinfo=UTC)
        trip_acts.open_(self.custody, trip, TripOpened("export", "ABCD", deadline, places=(YARD,)), **ACT)
        trip_acts.seal(self.custody, trip, Sealed("seal-1", f"MX {trip}"), since, **ACT)

    def signed(self, readings: Readings, key: SigningKey, signer: str = "seal-1") -> bytes:
        """A block that goes on where the signer's last one ended."""
        self.number += 1
        raw = encode(
            "seal-1", signer, 1, self.number, self.previous[signer], readings, lambda said: key.sign(said).signature
        )
        self.previous[signer] = sha256(raw).digest()
        return raw

    def take(self, *blocks: bytes) -> Taken:
        taken = of_signed(blocks, self.custody, lambda device: True)
        record(taken.said, self.log, actor="tester")
        return taken

    def proven(self, trip: str = "T1", others: Others = nobodys) -> BundleVerdict:
        """What both verifiers make of a trip as it is now. Raises BundleError where both refuse it."""
        state_custody(self.custody, trip)
        sequence(self.log)
        return both(self.log, bundle_of(self.log, trip, others=others))


@contextmanager
def sealed_in(folder: Path) -> Iterator[Road]:
    """The trip T1 that is sealed since START, on a log in a folder."""
    begun = datetime.fromtimestamp(START / S, UTC)
    with (
        closing(KeyStore(folder / "keys")) as keys,
        Log.open(f"sqlite:///{folder / 'log.sqlite'}", keys, clock=lambda: begun) as log,
    ):
        yield Road(log)
