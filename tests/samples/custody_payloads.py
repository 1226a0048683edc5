"""What is recorded of devices, trips under seal and roads, for the samples of payloads."""

from __future__ import annotations

from samples.instants import HASHES, OCCURRED

from aforo.domain.device import BlockReceived, DeviceBound, DeviceKeyRotated, DeviceRegistered, DeviceRetired
from aforo.domain.trip import (
    Covered,
    CustodyJudged,
    CustodyStated,
    Discharged,
    Extent,
    Place,
    Sealed,
    SealRead,
    StatedSpan,
    TripOpened,
    Unsealed,
)

_PERSON = "00c0ffee00c0ffee"
_CUSTOMS = Place("customs", 275_970_000, -995_360_000, 800, "open")
#: What is new comes last.
CUSTODY = (
    DeviceRegistered("seal", "Norte", 600, 60, "a2V5", "H", "ABCD"),
    DeviceRegistered("tracker", "Norte", 600, 60),
    DeviceKeyRotated("a2V5", "c2lnbmF0dXJl"),
    DeviceKeyRotated("a2V5", why="A new battery."),
    DeviceRetired("Worn."),
    DeviceBound("trip-1", "MX 1"),
    BlockReceived("block", "gateway", "YmxvY2s=", HASHES[0], 60, 1, 2, 3, 4, "gate-1"),
    BlockReceived("telematics", "unsigned", "YmxvY2s=", HASHES[0], 60, 1, 2, raw="bGluZXM=", zone="America/Monterrey"),
    TripOpened("export", "ABCD", OCCURRED, "X-1", "CCC", "monterrey-laredo", "Norte", (_CUSTOMS,), (_PERSON,)),
    TripOpened("in_bond", "ABCD", OCCURRED),
    Sealed("seal-1", "MX 1", _PERSON, "yard", 7),
    Sealed("seal-1", "MX 1"),
    Unsealed("seal-1", "CBP", _PERSON, "customs"),
    Unsealed("seal-1", "CBP"),
    SealRead("MX 1", _PERSON, "gate"),
    SealRead("MX 1"),
    Discharged("customs", _PERSON),
    Discharged("customs"),
    Covered(1, 2, 3, 40, _CUSTOMS, True),
    Covered(1, 2, 3, 4, Place("yard", 1, -2, 500)),
    CustodyStated(5, (Extent("trip/trip-1", 1, 9),), (StatedSpan("seal-1", "intact", 1, 2),)),
    CustodyJudged("broken", "device", 1, 2, 3, ("opened",)),
    CustodyJudged("intact", "unsigned"),
    BlockReceived("seal_text", "unsigned", "YmxvY2s=", HASHES[0], 60, 1, 2, packed="eNrLycxLLQYABjQCGQ=="),
)
