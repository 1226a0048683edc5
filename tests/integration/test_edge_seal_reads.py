"""What gates read of seals at a port that is cut off: kept there under seal, and in the verdict, once, afterwards."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from at_custody import key_of
from booth import booth, edge_of
from cut_off import NOW, Cut
from journeys import Post
from listening import listening
from nacl.signing import SigningKey
from under_seal import sealed_trip

from aforo.custody.reads import read_text
from aforo.domain.clock import instant, microseconds
from aforo.domain.device import DeviceRegistered
from aforo.domain.trip import Discharged, Sealed, SealRead, TripOpened
from aforo.flow import device_acts, trip_acts
from aforo.flow.edge_telemetry import keep_readings
from aforo.flow.seal_reads import seal_reads_of
from aforo.flow.telemetry import record
from aforo.intake.gate_reads import Read
from aforo.log.sequencer import sequence

if TYPE_CHECKING:
    from journeys import Learnt

GATE = SigningKey(b"8" * 32)
READER = "world-trade-start"
AT = microseconds(NOW)


@pytest.fixture
def sealed(cut: Cut) -> Cut:
    """An edge that has its bundle, at a node with a trip under a seal and a reader that signs."""
    custody = cut.node.custody
    seal = DeviceRegistered("seal", "Norte", 600, 60, key_of(SigningKey(b"1" * 32)), "H", "CA-1")
    gate = DeviceRegistered("gateway", "Puerto", 600, 60, key_of(GATE))
    for name, said in (("seal-1", seal), (READER, gate)):
        device_acts.register(custody, name, said, actor="tester", origin="live")
    opened = TripOpened("export", "CA-1", NOW + timedelta(days=1))
    trip_acts.open_(custody, "T-1", opened, actor="tester", origin="live")
    bound = Sealed("seal-1", "MX 0001")
    trip_acts.seal(custody, "T-1", bound, NOW - timedelta(hours=2), actor="tester", origin="live")
    cut.connect()
    return cut


def read(number: str | None, minutes: int, *, tag: str | None = None, key: SigningKey | None = GATE) -> Read:
    """What the gate read so many minutes ago, signed where there is a key."""
    at = AT - minutes * 60_000_000
    signature = ""
    if number is not None and key is not None:
        signature = base64.b64encode(key.sign(read_text(READER, at, number)).signature).decode()
    return Read(READER, at, None, tag, None, number, signature)


def said(cut: Cut) -> list[tuple[int, str, bool]]:
    """What the node has of the trip's seal: how many minutes ago, which number, and whether it is signed."""
    found = [each for each in cut.node.log.stream("trip/T-1") if isinstance(each.payload, SealRead)]
    return [
        ((NOW - each.event.occurred_at) // timedelta(minutes=1), each.payload.seal_id, bool(each.payload.signature))
        for each in found
        if isinstance(each.payload, SealRead)
    ]


def test_what_was_read_of_a_seal_during_a_cut_is_of_its_trip_once(sealed: Cut) -> None:
    reads = [read("MX 0001", 30), read(None, 20, tag="SEAL1"), read(None, 10)]
    assert keep_readings(reads, sealed.edge, "gate") == (1, 0)
    assert keep_readings(reads, sealed.edge, "gate") == (0, 1)
    assert not any(word in stored.body for stored in sealed.edge.log.read() for word in (b"0001", b"SEAL1"))
    assert said(sealed) == []
    sealed.reconcile()
    sealed.hand_in_anew()
    assert said(sealed) == [(30, "MX 0001", True), (20, "MX 0001", False)]
    assert sealed.facts()[-1].effects == ("readings", "seal_reads")


@pytest.mark.parametrize("first", ["edge", "node"])
def test_what_both_are_told_of_a_seal_is_recorded_once(sealed: Cut, first: str) -> None:
    reads = [read("MX 0001", minutes) for minutes in range(30, 40)]
    keep_readings(reads[3:], sealed.edge, "gate")
    if first == "edge":
        sealed.reconcile()
    node = sealed.node
    statements, wrong = seal_reads_of(reads[:7], node.live().readers, node)
    assert wrong == []
    record(statements, node.log, actor="gate")
    sealed.reconcile()
    assert sorted(said(sealed)) == [(minutes, "MX 0001", True) for minutes in range(30, 40)]


def test_a_cut_may_last_until_the_trip_is_over(sealed: Cut) -> None:
    keep_readings([read("MX 0001", 30), read("MX 0001", 5)], sealed.edge, "gate")
    over = NOW - timedelta(minutes=15)
    trip_acts.discharge(sealed.node.custody, "T-1", Discharged("customs"), over, actor="tester", origin="live")
    sealed.reconcile()
    assert said(sealed) == [(30, "MX 0001", True)], "the seal was off by the second"


def test_a_number_of_no_trip_and_one_that_its_reader_did_not_sign_stay_in_the_fact(sealed: Cut) -> None:
    for number, key in (("YY 1", None), ("MX 0001", SigningKey(b"9" * 32))):
        keep_readings([read(number, 30, key=key)], sealed.edge, "gate")
    sealed.reconcile()
    assert said(sealed) == []
    assert [each.effects for each in sealed.facts()[-2:]] == [
        ("readings", "seal_read_no_trip"),
        ("readings", "seal_read_not_signed"),
    ]
    assert not any(b"MX 0001" in each.body.encode() for each in sealed.facts())


def test_a_gate_tells_its_edge_as_it_tells_the_node(
    learnt: Learnt, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with listening(Post(learnt, tmp_path_factory.mktemp("served"))) as made:
        answer = made.as_("supervisor").put(
            f"/v1/devices/{READER}",
            json={"kind": "gateway", "supplier": "Puerto", "promise_s": 600, "tolerance_s": 60, "key": key_of(GATE)},
        )
        assert answer.status_code == 200, answer.text
        sealed_trip(made, "T-0001")
        token = made.token("device", "gate", ("world-trade",))
        with edge_of(made, tmp_path / "edge", "World Trade") as (edge, link, tokens, clock):
            link.look()
            at = made.log.clock() - timedelta(minutes=5)
            signed = GATE.sign(read_text(READER, microseconds(at), "MX 0001")).signature
            row: dict[str, Any] = {"reader": READER, "at": instant(microseconds(at)).isoformat(), "seal_id": "MX 0001"}
            row["signature"] = base64.b64encode(signed).decode()
            with booth(edge, link, tokens, token) as client:
                for written in (1, 0):
                    told = client.post("/v1/readings", content=json.dumps(row))
                    assert told.status_code == 200, told.text
                    assert (told.json()["taken"], told.json()["written"], told.json()["problems"]) == (1, written, [])
            sequence(edge.log)
            clock.now += 100
            link.look()
            assert link.problem == ""
        (found,) = made.log.stream("trip/T-0001", types=(SealRead.TYPE,))
        assert found.payload == SealRead("MX 0001", "", "world-trade/bridge", READER, row["signature"])
        assert found.event.occurred_at == at
        noted = made.as_("officer").get("/v1/trips/T-0001/custody").json()["noted"]
        assert [(each["code"], each["grade"], each["place"]) for each in noted] == [
            ("seen", "gateway", "world-trade/bridge")
        ]
