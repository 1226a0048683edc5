"""A seal that goes from one load to the next: what each rests on, and what both verifiers make of its bundle."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from acting import ACT
from both_verifiers import both
from sealed import MINUTE, drive
from sealed_scene import KEY, Scene

from aforo.custody.bundle_verdict import BundleVerdict
from aforo.domain.clock import instant
from aforo.domain.device import BlockReceived
from aforo.domain.reading import Readings
from aforo.domain.trip import CustodyStated, Sealed, TripOpened, Unsealed
from aforo.flow import trip_acts
from aforo.flow.custody_bundle import bundle_of, state_custody
from aforo.flow.custody_shown import VerdictShown
from aforo.flow.custody_verdict import verdict_on
from aforo.flow.other_loads import Others, nobodys
from aforo.intake.seal_block import encode
from aforo.log.sequencer import sequence


class Loads(Scene):
    """A seal that was on T1 for an hour and forty minutes, in ten blocks, and has been on T2 since two hours."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.chain = self.blocks(drive(50, start=self.start, began=self.start))
        for number, each in enumerate(self.chain):
            self.later(10 * number + 9)
            self.take([each])
        self.later(110)
        trip_acts.unseal(self.custody, "T1", Unsealed("seal-1", "customs"), **ACT)
        self.later(120)
        trip = TripOpened("export", "EFGH", self.now + timedelta(hours=9))
        trip_acts.open_(self.custody, "T2", trip, **ACT)
        trip_acts.seal(self.custody, "T2", Sealed("seal-1", "MX 2"), **ACT)

    def later(self, minutes: int) -> None:
        self.now = instant(self.start + minutes * MINUTE)

    def drive(self, minutes: int, count: int = 5) -> Readings:
        """What the seal reads from so many minutes on."""
        return drive(count, start=self.start + minutes * MINUTE, began=self.start, first=1 + minutes // 2)

    def goes_on(self, minutes: int, until: int) -> None:
        """The seal is heard on T2, each block a minute after its last reading."""
        for start in range(minutes, until, 10):
            self.later(start + 9)
            self.take(self.blocks(self.drive(start)))

    def stolen(self, number: int, minutes: int, previous: bytes, *, boot: int = 1, count: int = 4) -> bytes:
        """A block that another signed with the seal's key."""
        own = self.drive(minutes, count)
        return encode("seal-1", "seal-1", boot, number, previous, own, lambda said: KEY.sign(said).signature)

    def verdict(self, trip: str = "T2") -> VerdictShown:
        return verdict_on(self.custody, trip, None, None)

    def bundle(self, trip: str = "T2", others: Others = nobodys) -> bytes:
        state_custody(self.custody, trip)
        sequence(self.log)
        return bundle_of(self.log, trip, others=others)

    def proven(self, data: bytes) -> BundleVerdict:
        """What both verifiers make of a bundle."""
        return both(self.log, data)

    def versions(self, trip: str = "T2") -> set[int]:
        """Which blocks of before it was bound the last statement of a trip names."""
        said = self.log.stream(f"trip/{trip}", types=(CustodyStated.TYPE,))[-1].payload
        assert isinstance(said, CustodyStated)
        bound = self.custody.trip(trip).seals[0].version
        named = {
            version
            for each in said.extents
            if each.stream == "device/seal-1"
            for version in range(each.first, min(each.last + 1, bound))
        }
        blocks = self.log.stream("device/seal-1", types=(BlockReceived.TYPE,))
        return named & {each.event.version for each in blocks}

    def hashes(self, versions: set[int]) -> list[str]:
        blocks = self.log.stream("device/seal-1", types=(BlockReceived.TYPE,))
        return [
            said.hash
            for each in blocks
            if each.event.version in versions and isinstance(said := each.payload, BlockReceived)
        ]
