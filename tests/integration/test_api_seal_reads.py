"""What gates read of seals, over HTTP: presence and swap in the verdict on a trip, as good as what a reader signed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from at_custody import key_of
from journeys import Post, clock_of, truck
from listening import Listening, listening
from nacl.signing import SigningKey
from under_seal import sealed_trip, sound

from aforo.api.access import Rate
from aforo.custody.reads import read_text
from aforo.domain.clock import microseconds
from aforo.domain.trip import SealRead

if TYPE_CHECKING:
    from journeys import Learnt

GATE = SigningKey(b"8" * 32)
READER = "world-trade-start"


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        gateway = {"kind": "gateway", "supplier": "Puerto", "promise_s": 600, "tolerance_s": 60, "key": key_of(GATE)}
        answer = made.as_("supervisor").put(f"/v1/devices/{READER}", json=gateway)
        assert answer.status_code == 200, answer.text
        yield made


def told(made: Listening, **row: Any) -> dict[str, Any]:
    """What is answered to one row of the reader, of now."""
    row = {"reader": READER, "at": made.log.clock().isoformat()} | row
    answer = made.as_("device").post("/v1/readings", content=json.dumps(row))
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def signature(made: Listening, number: str, key: SigningKey = GATE) -> str:
    text = read_text(READER, microseconds(made.log.clock()), number)
    return base64.b64encode(key.sign(text).signature).decode()


def verdict(made: Listening, trip: str) -> dict[str, Any]:
    answer = made.as_("officer").get(f"/v1/trips/{trip}/custody")
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def seen(made: Listening, trip: str) -> list[tuple[str, str | None]]:
    """Of what is noted beside a verdict the numbers that were read: by whom that is vouched for, and where."""
    return [(each["grade"], each["place"]) for each in verdict(made, trip)["noted"] if each["code"] == "seen"]


def test_a_number_read_at_a_gate_is_presence_of_the_seal_that_bears_it(served: Listening) -> None:
    sound(served, "T-0001")
    assert told(served, seal_id="mx-0001", signature=signature(served, "mx-0001"))["written"] == 2
    assert told(served, seal_id="mx-0001", signature=signature(served, "mx-0001"))["written"] == 0
    assert verdict(served, "T-0001")["state"] == "intact"
    assert seen(served, "T-0001") == [("gateway", "world-trade/bridge")]


def test_a_tag_that_is_the_number_of_a_seal_is_a_claim_of_its_presence(served: Listening) -> None:
    sound(served, "T-0002")
    told(served, tag="MX0002")
    assert [grade for grade, _ in seen(served, "T-0002")] == ["unsigned"]


def test_a_tag_that_is_the_device_of_a_seal_stands_for_its_number(served: Listening) -> None:
    sound(served, "T-0007")
    told(served, tag="t0007seal", plate="QQ 7")
    (read,) = [each.payload for each in served.log.stream("trip/T-0007") if isinstance(each.payload, SealRead)]
    assert (read.seal_id, read.reader, read.signature) == ("MX 0007", READER, "")
    assert len(seen(served, "T-0007")) == 1


def test_another_number_on_the_truck_of_a_trip_is_a_swap(served: Listening) -> None:
    filing = truck("F-3", tractor_id="TX0003", crossing_id="C-3")
    filed = served.carrier().post("/v1/filings", content=json.dumps(filing))
    assert filed.status_code in (200, 201), filed.text
    sealed_trip(served, "T-0003", crossing="C-3")
    told(served, plate="tx-0003", seal_id="XX 9999", signature=signature(served, "XX 9999"))
    said = verdict(served, "T-0003")
    assert (said["state"], said["grade"]) == ("broken", "gateway")
    assert [(each["code"], each["place"]) for each in said["facts"]] == [("swapped", "world-trade/bridge")]


def test_the_seal_of_another_trip_on_a_truck_is_a_swap_of_its_own(served: Listening) -> None:
    filing = truck("F-8", tractor_id="TX0008", crossing_id="C-8")
    assert served.carrier().post("/v1/filings", content=json.dumps(filing)).status_code in (200, 201)
    sound(served, "T-0008", crossing="C-8")
    sound(served, "T-0009")
    assert told(served, plate="tx-0008", seal_id="MX 0009")["written"] == 3
    assert [each["code"] for each in verdict(served, "T-0008")["facts"]] == ["swapped"]
    assert len(seen(served, "T-0009")) == 1


def test_a_number_of_no_trip_is_told_and_the_truck_counts(served: Listening) -> None:
    said = told(served, plate="ZZ 1", seal_id="YY 1")
    assert (said["taken"], said["written"], [each["code"] for each in said["problems"]]) == (
        1,
        1,
        ["seal_read_no_trip"],
    )


def test_what_the_reader_did_not_sign_is_refused(served: Listening) -> None:
    sound(served, "T-0004")
    for wrong in (signature(served, "MX 0004", SigningKey(b"9" * 32)), signature(served, "MX 0005"), "no base64"):
        said = told(served, plate=f"P{len(wrong)}{wrong[:3]}", seal_id="MX 0004", signature=wrong)
        assert [each["code"] for each in said["problems"]] == ["seal_read_not_signed"]
    assert seen(served, "T-0004") == []
    assert not [each for each in served.log.stream("trip/T-0004") if isinstance(each.payload, SealRead)]


def test_a_reader_whose_key_was_changed_signs_with_the_new_one(served: Listening) -> None:
    """It is the last: the reader keeps that key."""
    sound(served, "T-0010")
    new = SigningKey(b"7" * 32)
    earlier = {"seal_id": "MX 0010", "at": served.log.clock().isoformat(), "signature": signature(served, "MX 0010")}
    changed = {"key": key_of(new), "why": "It was stolen."}
    assert served.as_("supervisor").post(f"/v1/devices/{READER}/key", json=changed).status_code == 200
    clock_of(served.log).move(minutes=2)
    said = told(served, seal_id="MX 0010", signature=signature(served, "MX 0010"))
    assert [each["code"] for each in said["problems"]] == ["seal_read_not_signed"]
    assert told(served, **earlier)["problems"] == []
    assert told(served, seal_id="MX 0010", signature=signature(served, "MX 0010", new))["problems"] == []
    seen = [each["grade"] for each in verdict(served, "T-0010")["noted"] if each["code"] == "seen"]
    assert seen == ["gateway", "gateway"]
