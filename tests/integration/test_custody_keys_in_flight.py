"""A signer's key is changed between the moment at which a block is understood and the one at which it is written."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from acting import ACT
from at_custody import key_of
from journeys import Post
from listened import running
from listening import listening
from nacl.signing import SigningKey
from sealed import MINUTE, START, drive
from stated import GATE, NEW, OLD, Road, sealed_in
from test_api_custody import driven, now_of, sealed_trip, signed

from aforo.api import custody_readings, readings
from aforo.custody.reads import read_text
from aforo.domain.clock import microseconds
from aforo.domain.device import BlockReceived, DeviceRegistered
from aforo.domain.event import Event
from aforo.domain.trip import SealRead
from aforo.flow import device_acts
from aforo.flow.blocks_read import BlockRead, Signed, read_here
from aforo.flow.custody import Custody
from aforo.flow.seal_blocks import Taken, of_signed, refuse
from aforo.flow.telemetry import Recorded, record
from aforo.gateways.recorder import Kept, Recorder
from aforo.log.receipt import Receipts
from aforo.log.store import Log

#: What the old key signs of, until minutes after it is changed.
AHEAD = drive(5, start=START + 2 * MINUTE)
#: What is told of it when it is understood.
AHEAD_OF_CLOCK = (2, "device_clock_ahead", "at")


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    with sealed_in(tmp_path) as made:
        yield made


def understood(road: Road, *blocks: bytes) -> Taken:
    return of_signed(blocks, road.custody, lambda device: True)


def written(road: Road, taken: Taken) -> Recorded:
    done = record(taken.said, road.log, actor="tester")
    refuse(taken, done.refused, road.custody)
    return done


def blocks_in(road: Road) -> int:
    return len(road.log.stream("device/seal-1", types=(BlockReceived.TYPE,)))


def rotate(road: Road, device: str = "seal-1", new: SigningKey = NEW) -> None:
    # By somebody else: what takes blocks in has not looked yet.
    device_acts.rotate(Custody(road.log), device, key_of(new), "", "It was stolen.", **ACT)


def retire_gate(road: Road) -> None:
    device_acts.retire(Custody(road.log), "gate", "Worn.", **ACT)


def no_gateway_more(road: Road) -> None:
    said = DeviceRegistered("tracker", "Norte", 600, 60, key_of(GATE))
    device_acts.register(Custody(road.log), "gate", said, **ACT)


def test_what_an_old_key_signs_of_later_is_refused_where_it_is_written_behind_the_change(road: Road) -> None:
    early, stolen = road.signed(drive(1), OLD), road.signed(AHEAD, OLD)
    taken = understood(road, early, stolen)
    assert (len(taken.said), taken.readings) == (2, 6)
    rotate(road)
    road.at(2)
    done = written(road, taken)
    assert (done.written, done.repeated, len(done.refused)) == (1, 0, 1)
    refused = (2, "block_key_superseded", f"byte {len(stolen) - 64}")
    assert [(each.record, each.code, each.place) for each in taken.problems] == [AHEAD_OF_CLOCK, refused]
    assert (len(taken.said), taken.readings) == (1, 1)
    assert road.custody.admission.counted == {"device_clock_ahead": 1, "block_key_superseded": 1}
    assert road.custody.admission.readings == 1
    assert road.proven().compared == ("seal-1",)
    # As it is told when it comes again.
    assert [each.code for each in understood(road, stolen).problems] == ["block_key_superseded"]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda road: rotate(road, "gate", SigningKey(b"8" * 32)), "block_key_superseded"),
        (retire_gate, "block_signer_unknown"),
        (no_gateway_more, "block_signer_unknown"),
    ],
)
def test_so_is_what_a_gateway_signs_that_is_changed_meanwhile(
    road: Road, act: Callable[[Road], None], code: str
) -> None:
    taken = understood(road, road.signed(AHEAD, GATE, "gate"))
    act(road)
    road.at(2)
    assert written(road, taken).written == 0
    assert [each.code for each in taken.problems if each.gravity == "refusal"] == [code]
    assert road.proven().compared == ("seal-1",)


def test_what_the_old_key_signed_of_before_is_written_behind_the_change(road: Road) -> None:
    road.at(12)
    taken = understood(road, road.signed(AHEAD, OLD))
    rotate(road)
    road.at(30)
    assert (written(road, taken).written, taken.problems) == (1, [])
    assert road.proven().compared == ("seal-1",)


def test_a_change_while_it_is_written_is_seen(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = understood(road, road.signed(AHEAD, OLD))
    append = Log.append

    def changed_first(log: Log, events: Sequence[Event]) -> Receipts:
        monkeypatch.setattr(Log, "append", append)
        rotate(road)
        road.at(2)
        return append(log, events)

    monkeypatch.setattr(Log, "append", changed_first)
    assert len(written(road, taken).refused) == 1
    assert blocks_in(road) == 0


def test_of_a_signer_that_went_on_nothing_is_refused_and_of_others_nothing_is_asked(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    behind = Log.behind

    def counted(log: Log, position: int, types: Sequence[str]) -> object:
        asked.append(position)
        return behind(log, position, types)

    monkeypatch.setattr(Log, "behind", counted)
    first, second = (understood(road, road.signed(drive(1, start=START + n * MINUTE), OLD)) for n in (1, 2))
    assert (written(road, first).written, asked) == (1, [])
    # The next was understood before that was written.
    assert (written(road, second).written, len(asked)) == (1, 1)
    assert blocks_in(road) == 2


def test_what_the_log_has_already_is_known_whatever_became_of_the_key(road: Road) -> None:
    taken, again = (understood(road, block) for block in [road.signed(AHEAD, OLD)] * 2)
    assert written(road, taken).written == 1
    rotate(road)
    road.at(2)
    done = written(road, again)
    assert (done.written, done.repeated, done.refused) == (0, 1, ())


def test_a_gateway_acknowledges_and_counts_it_as_refused(road: Road) -> None:
    def overtaken(asked: Sequence[Signed]) -> list[BlockRead]:
        found = read_here(asked)
        rotate(road)
        road.at(2)
        return found

    recorder = Recorder(road.custody, actor="tester", reader=overtaken, window_s=0)

    async def kept() -> Kept:
        async with running(recorder.run()):
            return await recorder.keep("block", road.signed(AHEAD, OLD))

    assert asyncio.run(kept()) == Kept(frozenset())
    assert (recorder.readings, recorder.written, recorder.refusals.counted) == (0, 0, {"block_key_superseded": 1})


def test_over_http_it_is_told_as_if_it_had_come_after_the_change(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    new, newer = (SigningKey(bytes([number]) * 32) for number in (8, 9))
    changes = [new, newer]

    def overtaken(*asked: Any) -> Taken:
        taken = understood_as(*asked)
        change = {"key": key_of(changes.pop(0)), "why": "It was stolen."}
        assert made.as_("supervisor").post("/v1/devices/own-seal/key", json=change).status_code == 200
        return taken

    understood_as = custody_readings.of_signed
    with listening(post) as made:
        sealed_trip(made, "own")
        first, *_, last = signed("own-seal", driven(31, microseconds(now_of(made)) - 50 * MINUTE))
        monkeypatch.setattr(custody_readings, "of_signed", overtaken)
        carrier = made.carrier("CA-1")
        answer = carrier.post("/v1/custody/blocks", json={"blocks": [last, first]}).json()
        assert (answer["readings"], answer["blocks"], answer["known"]) == (5, 1, 0)
        refused = [(each["record"], each["code"]) for each in answer["problems"] if each["gravity"] == "refusal"]
        assert refused == [(1, "block_key_superseded")]
        ahead = driven(3, microseconds(now_of(made)) + 10 * MINUTE)
        alone = carrier.post("/v1/custody/blocks", json={"blocks": signed("own-seal", ahead, new)})
        assert alone.status_code == 422
        assert "block_key_superseded" in [each["code"] for each in alone.json()["problems"]]


def test_a_number_that_a_gate_signs_ahead_of_the_change_is_refused(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def overtaken(*asked: Any) -> object:
        found = understood_as(*asked)
        change = {"key": key_of(NEW), "why": "It was stolen."}
        assert made.as_("supervisor").post("/v1/devices/world-trade-start/key", json=change).status_code == 200
        return found

    understood_as = readings.seal_reads_of
    with listening(post) as made:
        said = {"kind": "gateway", "supplier": "Puerto", "promise_s": 600, "tolerance_s": 0, "key": key_of(GATE)}
        assert made.as_("supervisor").put("/v1/devices/world-trade-start", json=said).status_code == 200
        sealed_trip(made, "own")
        at = now_of(made) + timedelta(seconds=90)
        signature = GATE.sign(read_text("world-trade-start", microseconds(at), "MX 1")).signature
        row = {"reader": "world-trade-start", "at": at.isoformat(), "seal_id": "MX 1", "plate": "A 1"}
        monkeypatch.setattr(readings, "seal_reads_of", overtaken)
        answer = made.as_("device").post("/v1/readings", json=row | {"signature": base64.b64encode(signature).decode()})
        assert [each["code"] for each in answer.json()["problems"]] == ["seal_read_not_signed"]
        assert not made.log.stream("trip/own", types=(SealRead.TYPE,))
