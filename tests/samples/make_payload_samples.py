"""Makes `log/payloads.jsonl`: what every payload of the product says, in the bytes that a log keeps.

A line is an event as it is stored. What is in the file stays: it stands for logs in the field. Whoever gives a payload
a new schema brings SAID to the new shape and runs this again, as
`PYTHONPATH=tests python -m samples.make_payload_samples tests/samples/log`: only what is new is added.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import msgspec

from aforo.domain.alert import (
    AlertAcknowledged,
    AlertAssigned,
    AlertClosed,
    AlertEscalated,
    AlertRaised,
    AlertSnoozed,
)
from aforo.domain.event import (
    Arrived,
    ArtefactPromoted,
    ArtefactRegistered,
    Assessed,
    ChallengeAnswered,
    Challenged,
    ChallengeEnclosed,
    Decided,
    Delivered,
    Document,
    Event,
    Examined,
    Filed,
    LogSucceeded,
    LotteryCommitted,
    LotteryRevealed,
    Moved,
    Noted,
    Numbered,
    Overridden,
    Passed,
    Payload,
    PersonErased,
    PersonRead,
    Quarantined,
    Received,
    SigningKeyRotated,
    Subscribed,
    Taken,
    TakenFiling,
    Unsubscribed,
    new_event,
)
from aforo.domain.outcome import Outcome
from aforo.domain.problem import Problem
from aforo.domain.screening import (
    ListedParty,
    ScreeningConfirmed,
    ScreeningDismissed,
    ScreeningHit,
    ScreeningListed,
)
from aforo.domain.shadow import ShadowChose
from aforo.domain.stated import Contradiction, Link
from aforo.domain.text import Text
from aforo.log.stored import encode

FILE = "payloads.jsonl"
OCCURRED = datetime(2026, 1, 5, 8, 15, tzinfo=timezone(timedelta(hours=-6)))
RECORDED = datetime(2026, 1, 5, 14, 15, 0, 250_000, tzinfo=UTC)
HASHES = [format(n, "x") * 64 for n in range(16)]

#: Each payload twice where it has anything to leave out: with all of it, and with none. What is left out is written
#: here as it is read today, so that a default cannot change unseen. A line of the file is known by its place here: what
#: is new comes last.
SAID: tuple[Payload, ...] = (
    Filed(
        declaration={
            "declaration_id": "D-1",
            "port": "2304",
            "hs6": "870829",
            "gross_mass_kg": 18250.5,
            "packages": 42.0,
            "declared_empty": False,
            "extra": {"note": "Nº 7 «frágil»"},
        },
        identities="AQAAAAAAAAACAAAAAAAAAAMAAAAAAAAABAAAAAAAAAAFAAAAAAAAAAYAAAAAAAAABwAAAAAAAAA=",
        content=HASHES[1],
        source="declarations",
        record=7,
        sealed={"driver_name": "c2VhbGVk", "description": "dG9v"},
        warnings=("unit_price_low", "mass_missing"),
    ),
    Filed(declaration={}, identities="", content=HASHES[2], source="declarations", record=1, sealed=None, warnings=()),
    Assessed(
        log_odds=(-7_250_001, -9_000_000, -6_125_000, 1_500_250),
        evidence=(("base", "rate", 3, -2_500_000), ("rule", "heavy-and-cheap@1", 3, 4_000_250)),
    ),
    Assessed(log_odds=(0, -1, 2, -3), evidence=None),
    Decided(
        examination="scan_then_decide",
        basis="priced",
        control=True,
        lot=123_456_789,
        control_propensity=10_000_000,
        propensity=1_000_000_000,
        value=9_007_199_254_740_993,
        price=250_000_000,
        features="AAECAwQF",
        position=1_234_567,
        artefacts=HASHES[3],
        code="0.1.0",
        rules=(("heavy-and-cheap@1", 3, 3_000_000, 0), ("no-seal@2", 0, 1_000_000, 1)),
        stratum="2304/none",
        mandatory=("held-by-court",),
        passages=3,
        day="2026-01-05",
        zone="America/Chicago",
        again=True,
        findings=89,
    ),
    Decided(
        examination="release",
        basis=None,
        control=False,
        lot=999_999_999,
        control_propensity=0,
        propensity=0,
        value=0,
        price=-1,
        features="",
        position=0,
        artefacts=HASHES[4],
        code="0.1.0",
        rules=(),
        stratum="",
        mandatory=(),
        passages=0,
        day="",
        zone="",
        again=False,
        findings=0,
    ),
    Passed(tractor=18_446_744_073_709_551_615, bridge="2304", day="2026-01-05"),
    Examined(
        Outcome(
            crossing_id="C-1",
            found_at=OCCURRED,
            violation=True,
            threat="misdeclaration",
            severity=1250.75,
            by_override=True,
        )
    ),
    Examined(
        Outcome(crossing_id="C-2", found_at=RECORDED, violation=None, threat=None, severity=None, by_override=False)
    ),
    Overridden(examination="hold", reason="The seal was broken.", propensity=50_000_000, seconded_by="luz"),
    Overridden(examination="release", reason="Duplicado", propensity=0, seconded_by=None),
    Quarantined(
        source="declarations",
        record=3,
        problems=(
            Problem(3, "line 4", "number_bad", Text("This is no number.", "Esto no es un número."), "refusal"),
            Problem(3, "line 4", "code_unknown", Text("The code is unknown.", "El código es desconocido."), "warning"),
        ),
        sealed="c2VhbGVk",
        persons=("00000000000000ff", "ff00000000000000"),
    ),
    Quarantined(source="declarations", record=0, problems=(), sealed="", persons=()),
    ArtefactRegistered(kind="model", name="trees", hash=HASHES[5], version="2025-12-28", author="ana"),
    ArtefactPromoted(kind="rule", name="heavy-and-cheap", hash=HASHES[6], stage="rolled_back", approver="luz"),
    LotteryCommitted(day=date(2026, 1, 5), commitment=HASHES[7]),
    LotteryRevealed(day=date(2026, 1, 4), key=HASHES[8]),
    PersonErased(person="00000000000000ff", ground="LFPDPPP art. 25"),
    SigningKeyRotated(key_id="0a1b2c3d", public_key="cHVibGlj", vouched_by="3d2c1b0a", signature="c2lnbmF0dXJl"),
    SigningKeyRotated(key_id="0a1b2c3d", public_key="cHVibGlj", vouched_by=None, signature=None),
    Challenged(
        "decision",
        "carrier",
        "c2VhbGVk",
        datetime(2026, 1, 15, 8, 15, tzinfo=UTC),
        (Document("bmFtZQ==", "Ym9keQ=="),),
    ),
    ChallengeAnswered("challenge", "upheld", "The scale was out of order."),
    ScreeningListed(publisher="un", digest=HASHES[9], entries=1003, fetched_at=OCCURRED, published_at=RECORDED),
    ScreeningListed(publisher="bis", digest=HASHES[10], entries=461, fetched_at=OCCURRED, published_at=None),
    ScreeningHit(
        party="00000000000000ff",
        publisher="ofac",
        entry="7001",
        entry_digest=HASHES[11][:32],
        listed=1,
        score=862_500,
        parts=(("spelling", -37_500), ("added", -100_000)),
        list_digest=HASHES[12],
        identifier=False,
        crossing="C-1",
    ),
    ScreeningHit(
        party="ff00000000000000",
        publisher="un",
        entry="TSi.001",
        entry_digest=HASHES[13][:32],
        listed=0,
        score=1_000_000,
        parts=(),
        list_digest=HASHES[14],
        identifier=True,
        crossing=None,
    ),
    ScreeningConfirmed(
        party="ff00000000000000", publisher="un", entry="TSi.001", entry_digest=HASHES[13][:32], reason="Same passport."
    ),
    ScreeningDismissed(
        party="00000000000000ff", publisher="ofac", entry="7001", entry_digest=HASHES[11][:32], reason="Otro año."
    ),
    Received(content=HASHES[6]),
    PersonRead(crossing="X-1", fields=("driver_id", "driver_name"), token="t-1"),
    ShadowChose(
        night="2026-11-25",
        extracts=(HASHES[1], HASHES[2]),
        crossings=4_812,
        chosen=241,
        selection=HASHES[3],
        model=HASHES[4],
        rules=HASHES[5],
        policy=HASHES[7],
        code="0.1.0",
    ),
    Arrived(),
    Numbered(answer="ans_aaaabbbbccccdddd"),
    Filed(
        declaration={"declaration_id": "D-3"},
        identities="AQAAAAAAAAACAAAAAAAAAAMAAAAAAAAABAAAAAAAAAAFAAAAAAAAAAYAAAAAAAAABwAAAAAAAAA=",
        content="c3",
        source="x12",
        record=1,
        reply="c2Vh",
    ),
    Subscribed(subscription="sub_1", way="webhook", carriers=("00000000000000ff",), sealed="c2Vh"),
    Unsubscribed(subscription="sub_1", code="asked"),
    Delivered(subscription="sub_1", about="e-1", result="delivered", attempts=2, code="http_204"),
    Quarantined(source="x12", record=1, problems=(), sealed="c2Vh", senders=("00000000000000ff",)),
    AlertRaised(
        kind="life_safety_hold",
        subject="crossing/C-1",
        about="decision",
        role="officer",
        due=RECORDED,
        document=HASHES[7],
        version=3,
        truck="00000000000000ff",
    ),
    AlertRaised(
        kind="stale_list",
        subject="list/un",
        about="listed",
        role="supervisor",
        due=RECORDED,
        document=HASHES[8],
        version=1,
        truck=None,
    ),
    AlertAssigned(owner="luz", due=RECORDED),
    AlertAcknowledged(due=RECORDED),
    AlertSnoozed(until=OCCURRED, due=RECORDED, reason="The truck is not here yet."),
    AlertEscalated(level=1, role="supervisor", due=RECORDED, late="asked", reason="Two trucks at once."),
    AlertEscalated(level=2, role="supervisor", due=RECORDED, late="respond", reason=""),
    AlertClosed(ending="handled", causes=2, reason="Examined at the dock."),
    AlertClosed(ending="resolved", causes=1, reason=""),
    LogSucceeded(
        predecessor="aforo/0001000100010001",
        size=20,
        root=HASHES[1],
        successor="aforo/0002000200020002",
        public_key="cHVibGlj",
        vouched_by="3d2c1b0a",
        signature="c2lnbmF0dXJl",
        reason="The disk was lost.",
        between=(("a2V5", "c2ln"),),
    ),
    LogSucceeded(
        predecessor="a",
        size=1,
        root=HASHES[2],
        successor="b",
        public_key="cHVibGlj",
        vouched_by="3d2c1b0a",
        signature="c2lnbmF0dXJl",
        reason="",
        between=(),
    ),
    Examined(
        Outcome(crossing_id="C-3", found_at=RECORDED, violation=False, threat=None, severity=None, by_override=True),
        corrects="an-event",
    ),
    Decided(
        examination="scan",
        basis="random",
        control=True,
        lot=1,
        control_propensity=2,
        propensity=3,
        value=4,
        price=5,
        features="AAEC",
        position=6,
        artefacts=HASHES[5],
        code="0.1.0",
        shadow=(("trial@1", 2, -1_500_000, 0),),
        shadow_mandatory=("trial@1",),
        failed=("broken@3",),
    ),
    Decided(
        examination="release",
        basis=None,
        control=False,
        lot=999_999_999,
        control_propensity=0,
        propensity=0,
        value=0,
        price=-1,
        features="",
        position=0,
        artefacts=HASHES[4],
        code="0.1.0",
        stated=(("contradiction", "seal_differs", 0, 700_000, -1), ("list", "confirmed", 3, 1_000_000, 0)),
        contradictions=(
            Contradiction("seal_differs", "D-1", "D-2", "UL1", "UL2"),
            Contradiction("driver_differs", "D-1", "D-2"),
        ),
    ),
    Moved(into="TRIP-1"),
    Filed(
        declaration={"declaration_id": "D-3", "crossing_id": "TRIP-1", "shipment_id": "S-1"},
        identities="",
        content=HASHES[2],
        source="declarations",
        record=1,
        takes=(
            Taken(
                "D-2",
                (
                    TakenFiling(
                        OCCURRED,
                        Filed(
                            declaration={"declaration_id": "D-2", "shipment_id": "S-1"},
                            identities="",
                            content=HASHES[1],
                            source="x12",
                            record=2,
                            sealed={"driver_id": "c2VhbGVk"},
                        ),
                    ),
                ),
                Decided(
                    examination="scan",
                    basis="priced",
                    control=False,
                    lot=5,
                    control_propensity=1,
                    propensity=2,
                    value=3,
                    price=4,
                    features="AAEC",
                    position=6,
                    artefacts=HASHES[3],
                    code="0.1.0",
                    upkeep=2,
                    kept=True,
                    links=(Link("tractor", "D-1"),),
                ),
            ),
        ),
    ),
    ScreeningHit(
        party="00000000000000ff",
        publisher="ofac",
        entry="7001",
        entry_digest=HASHES[11][:32],
        listed=1,
        score=862_500,
        parts=(("spelling", -37_500), ("added", -100_000)),
        list_digest=HASHES[12],
        identifier=False,
        crossing="C-1",
        declaration="D-1",
        column="driver_name",
    ),
    PersonRead(crossing="", fields=("driver_id",), token="t-1", person="00000000000000ff"),
    Decided(
        examination="scan",
        basis="priced",
        control=False,
        lot=999_999_999,
        control_propensity=0,
        propensity=1_000_000_000,
        value=0,
        price=-1,
        features="",
        position=0,
        artefacts=HASHES[4],
        code="0.1.0",
        stated=(("list", "possible", 0, 300_000, 1),),
        listed=(
            ListedParty(1, "driver_name", "00000000000000ff", "ofac", "7001", HASHES[11][:32], 862_500, "possible"),
        ),
    ),
    Challenged(
        about="decision",
        party="carrier",
        statement="c2VhbGVk",
        due=datetime(2026, 1, 15, 8, 15, tzinfo=UTC),
        filers=("00000000000000ff",),
    ),
    Noted(source="x12", kind="353", record=1, sealed="c2Vh"),
    Noted(
        source="x12",
        kind="350",
        record=2,
        sealed="c2Vh",
        persons=("00000000000000ff",),
        senders=("00000000000000ff",),
    ),
    Examined(
        Outcome(crossing_id="C-4", found_at=RECORDED, violation=False, threat=None, severity=None, by_override=False),
        carried_out="scan",
        order_stands=True,
    ),
    Challenged("examination", "carrier", "c2VhbGVk", OCCURRED, filers=("00000000000000ff",), enclosed=2),
    ChallengeEnclosed(Document("bmFtZQ==", "Ym9keQ==")),
)


def sample(place: int) -> Event:
    """The event that carries `SAID[place]`; every other one leaves out what an envelope can leave out."""
    more = {"causation_id": "cause", "correlation_id": "whole", "idempotency_key": f"sample:{place}"}
    return new_event(
        f"sample-{place}", SAID[place], f"samples/{place}", 1 + place, occurred_at=OCCURRED, recorded_at=RECORDED,
        actor="sample", origin="live" if place % 2 else "twin", **({} if place % 2 else more),
    )  # fmt: skip


def make(folder: Path) -> None:
    """Add what the file does not have: an event is known by its identifier and its payload's schema."""
    path = folder / FILE
    lines = path.read_bytes().splitlines() if path.exists() else []
    known = {
        (event.event_id, event.schema)
        for event in msgspec.json.decode(b"[" + b",".join(lines) + b"]", type=list[Event])
    }
    lines += [encode(event) for event in map(sample, range(len(SAID))) if (event.event_id, event.schema) not in known]
    path.write_bytes(b"\n".join(lines) + b"\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
