"""What is recorded of devices, trips under seal and roads, for the samples of payloads."""

from __future__ import annotations

from datetime import date

from samples.instants import HASHES, OCCURRED

from aforo.domain.credential_event import AccountAdded, AccountChanged, TokenIssued, TokenRevoked
from aforo.domain.device import BlockReceived, DeviceBound, DeviceKeyRotated, DeviceRegistered, DeviceRetired
from aforo.domain.edge import EdgeConfirmed, EdgeEnrolled, EdgeOrdered, EdgeReadings, EdgeScannerLog
from aforo.domain.forum import MeasureStaged
from aforo.domain.input_refusal import InputRowsRefused, InputRowsSettled
from aforo.domain.response import (
    PeopleSigned,
    ResponseArrived,
    ResponseContacted,
    ResponseEnded,
    ResponseLate,
    ResponseOwned,
    ResponseStarted,
    ResponseStepDone,
    TheftReported,
)
from aforo.domain.retention import ErasedVersions, LeafRestated, LeafWithheld, LeavesErased
from aforo.domain.scanner import RowsNotCounted, ScannerRowsRefused, ScannerRowsSettled
from aforo.domain.subscription import CodeRefused, ConfirmationAsked, SubscriptionConfirmed
from aforo.domain.trip import (
    BundleGiven,
    Covered,
    CustodyJudged,
    CustodyStated,
    Discharged,
    Extent,
    Inspected,
    InspectedPoint,
    Place,
    Sealed,
    SealRead,
    StatedSpan,
    TripCause,
    TripCaused,
    TripOpened,
    Unsealed,
    Withdrawn,
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
    SealRead("MX 1", "", "world-trade/primary", "gate-1", "c2lnbmF0dXJl"),
    Inspected(
        "vvtt", (InspectedPoint("view", "pass"), InspectedPoint("twist", "fail")), "MX 1", _PERSON, "yard", "It turns."
    ),
    Inspected("conveyance", ()),
    LeavesErased("Five years are over.", "2026-11", HASHES[0], (ErasedVersions("trip/trip-1", 1, 3),)),
    LeafWithheld("trip.opened", "e-1"),
    PeopleSigned(("call", "heat"), "km 80"),
    PeopleSigned(("seen",)),
    ResponseStarted(
        "theft",
        "trip-1",
        "alert-1",
        "custody_broken",
        OCCURRED,
        OCCURRED,
        OCCURRED,
        OCCURRED,
        HASHES[0],
        "X-1",
    ),
    ResponseStarted("people", "trip-1", "alert-2", "people_signs", OCCURRED, OCCURRED, OCCURRED, OCCURRED, HASHES[0]),
    ResponseOwned("Luz Rivera"),
    ResponseStepDone("carrier", "done"),
    ResponseContacted("authority", "emergency-911", "reached"),
    ResponseArrived("Guardia Nacional"),
    ResponseLate("contact", OCCURRED),
    ResponseEnded("handed_over", 1, "Guardia Nacional"),
    ResponseEnded("people_dead", 2, "", 12, 1),
    TripOpened("export", "ABCD", OCCURRED, corridor="monterrey-laredo", convoy="night"),
    TripCaused(
        (
            TripCause(
                "deviation:seal-1:1",
                "deviation",
                "seal-1",
                1,
                2,
                3,
                2**62,
                "device",
                "yard",
                "monterrey-laredo",
                270_000_000,
                -995_000_000,
                3_200,
                4,
                5,
                "open",
                True,
            ),
            TripCause("opened:seal-1:9", "opened", "seal-1", 9, 8, 9, 2**62, "unsigned"),
        ),
        (Withdrawn("silent:seal-1:4", "silent", "road_jammed"),),
        (HASHES[0],),
        7,
    ),
    TripCaused(()),
    BlockReceived("seal_text", "unsigned", "YmxvY2s=", HASHES[0], 60, 1, 2, packed="eNrLycxLLQYABjQCGQ=="),
    CustodyJudged("unsealed", "unsigned", before="broken"),
    BundleGiven("trip-1", HASHES[0], "token-1"),
    BundleGiven("trip-1", HASHES[0]),
    LeafRestated("response.owned", 1, {"owner": "Luz Rivera"}),
    LeavesErased(
        "Five years are over.", "2026-11", HASHES[0], (ErasedVersions("trip/trip-1", 1, 3),), HASHES[0], "c2lnbmVk"
    ),
    TheftReported("driver", "km 80", "Two cars forced it off the road."),
    TheftReported("other"),
    ResponseStarted(
        "theft",
        "trip-1",
        "alert-3",
        "theft_reported",
        OCCURRED,
        OCCURRED,
        OCCURRED,
        OCCURRED,
        HASHES[0],
        owner="Duty desk",
    ),
    Sealed("seal-1", "MX 1", _PERSON, "yard", 7, "X-1", "CCC"),
    Unsealed("seal-1", "CBP", _PERSON, "customs", "X-1", "CCC"),
)

#: What the forum of measures decides.
CUSTODY += (
    MeasureStaged(
        "scan-rate", 2, HASHES[0], "adopted", "us", ("us", "mx"), date(2026, 4, 1), "Agreed at the forum of March."
    ),
    MeasureStaged("scan-rate", 2, HASHES[0], "draft"),
)

#: What edges prove, and seal for their node alone.
CUSTODY += (
    EdgeEnrolled("2304", "world-trade", "aforo/1+00000000+AA==", pending=True),
    EdgeConfirmed("3f2a-91bc-07de-55a1-c0ff-ee12-8b6d-90e4"),
    EdgeOrdered(
        "hold",
        "release",
        "c2VhbGVk",
        "Eva",
        "decision",
        credential="0f3a9c21d4e7",
        second_credential="1f3a9c21d4e7",
        proof="cHJvb2Y=",
        second_proof="cHJvb2Yy",
        sealing_key=HASHES[0],
    ),
    EdgeOrdered("release", "hold", "c2VhbGVk"),
    EdgeReadings(2, "c2VhbGVk", HASHES[0]),
    EdgeScannerLog(3, "c2VhbGVk", HASHES[0]),
)

#: What is kept of rows of a scanner log that could not be read.
CUSTODY += (
    ScannerRowsRefused(RowsNotCounted(2, 1, 1, 1, 1, 4, 3, ("S-1", "S-2"), 5)),
    ScannerRowsRefused(RowsNotCounted(unknown=1, scanners=None)),
    ScannerRowsSettled("Mended by the supplier and loaded again."),
)

#: Who got a credential, from whom, and who lost it; and whose mailbox is confirmed.
CUSTODY += (
    TokenIssued("Eva Sol", "officer", OCCURRED, ("2304",), "ac-1"),
    TokenIssued("reader 4", "device", OCCURRED),
    TokenRevoked(),
    AccountAdded("Eva Sol", "supervisor", ("2304",)),
    AccountAdded("Ana Luz", "analyst"),
    AccountChanged("role_changed", "officer", ("2304",), "ab12"),
    AccountChanged("disabled"),
    ConfirmationAsked("sub-1"),
    CodeRefused("sub-1"),
    SubscriptionConfirmed("sub-1"),
)

#: What is kept of rows of input that no figure has.
CUSTODY += (
    InputRowsRefused(
        "readings-1f2e3d4c",
        "readings",
        "reads.csv",
        12,
        {"read_unknown_reader": 11, "other": 1},
        date(2026, 1, 5),
        date(2026, 1, 4),
        ("world-trade",),
        at_least=True,
    ),
    InputRowsRefused("waits-1f2e3d4c", "waits", "feed.xml", 0, {"feed_unreadable": 1}, date(2026, 1, 5)),
    InputRowsSettled("readings-1f2e3d4c", "Corrected and loaded again."),
)
