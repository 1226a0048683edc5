"""Out of a log on disk a bundle that both verifiers take, with everything in between as the product does it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from acting import ACT
from at_custody import key_of
from both_verifiers import both
from nacl.signing import SigningKey
from sealed import CUSTOMS, MINUTE, YARD, drive, in_blocks, opened
from second_verifier import second
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.custody.bundle import Leaf, read
from aforo.custody.bundle_verdict import verified
from aforo.custody.recorded import covered_of
from aforo.custody.states import spans
from aforo.domain.clock import microseconds
from aforo.domain.device import DeviceRegistered
from aforo.domain.trip import Covered, CustodyStated, Place, Sealed, TripOpened, Unsealed
from aforo.flow import device_acts, trip_acts
from aforo.flow.custody import Custody, UnknownTripError
from aforo.flow.custody_bundle import NotStatedError, bundle_of, state_custody
from aforo.flow.custody_verdict import case_from
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.seal_blocks import of_portions, of_signed
from aforo.flow.telemetry import Statement, record
from aforo.intake.portion import Portion
from aforo.intake.seal_block import FIRST, encode
from aforo.log import cosignatures
from aforo.log.cosignature import WitnessKey, WitnessSigner
from aforo.log.keys import KeyStore
from aforo.log.note import Verifier
from aforo.log.proof import last_checkpoint
from aforo.log.sequencer import sequence
from aforo.log.store import Log

KEY, GATE = SigningKey(b"5" * 32), SigningKey(b"6" * 32)
WITNESS = WitnessSigner("witness.example", b"w" * 32)
BEGUN = datetime(2026, 3, 2, 6, tzinfo=UTC)


def _signature(key: SigningKey, said: bytes) -> bytes:
    return bytes(key.sign(said).signature)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    """A log with one trip under two seals, one of which a gateway signs for, an opening on the road, and a swap."""
    now = [BEGUN - timedelta(minutes=1)]
    keys = KeyStore(tmp_path / "keys")
    with closing(keys), Log.open(f"sqlite:///{tmp_path / 'log.sqlite'}", keys, clock=lambda: now[0]) as log:
        custody = Custody(log)
        for device, kind, key in (("seal-1", "seal", KEY), ("seal-2", "seal", None), ("gate", "gateway", GATE)):
            said = DeviceRegistered(kind, "Norte", 600, 60, "" if key is None else key_of(key))  # type: ignore[arg-type]
            device_acts.register(custody, device, said, **ACT)
        trip_acts.open_(custody, "T1", TripOpened("export", "ABCD", BEGUN, places=(YARD,)), **ACT)
        now[0] = BEGUN
        for number in (1, 2):
            trip_acts.seal(custody, "T1", Sealed(f"seal-{number}", f"MX {number}"), **ACT)
        now[0] = BEGUN + timedelta(minutes=61)
        for device, signer, key in (("seal-1", "seal-1", KEY), ("seal-2", "gate", GATE)):
            previous, blocks = FIRST, []
            readings = opened(drive(31), 10, 11) if device == "seal-1" else drive(31)
            sign = partial(_signature, key)
            for number, (_, own) in enumerate(in_blocks(readings, 10)):
                blocks.append(encode(device, signer, 1, number, previous, own, sign))
                previous = sha256(blocks[-1]).digest()
            taken = of_signed(blocks, custody, lambda device: True)
            assert not taken.problems
            record(taken.said, log, actor="tester")
        portion = Portion("seal-2", "seal_text", b"a line\n", drive(2, battery=3000))
        # What had been put aside says when it first came, which no verifier takes for its arrival.
        waited = of_portions([portion], custody, lambda device: True).said
        record([replace(each, reported_at=BEGUN) for each in waited], log, actor="tester")
        covered = Covered(0, 2**50, 1, 2, YARD)
        record([Statement(covered, "road/85", BEGUN, "covered")], log, actor="tester")
        CustodyWatch(log).look()
        yield log


def test_a_bundle_out_of_the_log_is_taken_by_both(log: Log) -> None:
    with pytest.raises(NotStatedError):
        bundle_of(log, "T1")
    state_custody(Custody(log), "T1")
    sequence(log)
    signed = last_checkpoint(log.database)
    assert signed is not None
    text = signed.note.partition("\n\n")[0] + "\n"
    cosignatures.keep(log.database, signed.size, {WITNESS.public.text: WITNESS.line(text, 1_772_600_000)})
    data = bundle_of(log, "T1", [WITNESS.public])
    key = log.keys.signing.first(log.origin)
    verdict = verified(data, key, WITNESS.public)
    assert verdict.compared == ("seal-1", "seal-2")
    assert [(each.device, each.state, each.grade) for each in verdict.spans] == [
        ("seal-1", "intact", "device"),
        ("seal-1", "broken", "device"),
        ("seal-2", "intact", "unsigned"),
    ]
    again = second().verify(data, key.text, WITNESS.public.text)
    assert [(each["device"], each["state"]) for each in again["spans"]] == [
        (each.device, each.state) for each in verdict.spans
    ]


def test_what_is_stated_anew_is_what_a_bundle_is_of(log: Log) -> None:
    first = state_custody(Custody(log), "T1")
    trip_acts.unseal(Custody(log), "T1", Unsealed("seal-2", "customs"), actor="tester", origin="live")
    second_ = state_custody(Custody(log), "T1")
    sequence(log)
    data = bundle_of(log, "T1")
    assert second_.event.event_id.encode() in data
    assert first.event.event_id.encode() in data, "it is part of the trip's record"


def test_a_bundle_is_made_and_verified_from_the_command_line(log: Log, tmp_path: Path) -> None:
    place = ["--store", str(tmp_path / "log.sqlite"), "--keys", str(tmp_path / "keys")]
    file = str(tmp_path / "trip.bundle")

    def run(*arguments: str) -> int:
        return CliRunner().invoke(complete_app(), ["bundle", *arguments]).exit_code

    assert run("make", "T1", "-o", file, "--witness-key", WITNESS.public.text, *place) == 1
    assert run("make", "T9", "-o", file, *place) == 1
    assert run("make", "T1", "-o", file, *place) == 0
    assert run("state", "T1", *place) == 0
    kept = tmp_path / "checkpoint"
    kept.write_text(read(Path(file).read_bytes()).checkpoint, encoding="utf-8")
    key = log.keys.signing.first(log.origin).text
    assert run("verify", file, "--log-key", key, "--checkpoint", str(kept)) == 0


def test_of_a_trip_that_is_not_there_nothing_is_stated(log: Log) -> None:
    with pytest.raises(UnknownTripError):
        state_custody(Custody(log), "T9")


def test_the_example_that_ships_is_taken_by_both(tmp_path: Path) -> None:
    file = str(tmp_path / "example.bundle")
    told = CliRunner().invoke(complete_app(), ["bundle", "example", "-o", file, "--json"])
    assert told.exit_code == 0, told.output
    keys = json.loads(told.output)
    data = Path(file).read_bytes()
    verdict = verified(data, Verifier.parse(keys["log_key"]), WitnessKey.parse(keys["witness_key"]))
    assert verdict.origins == ("synthetic",)
    assert [(each.device, each.state, each.grade) for each in verdict.spans] == [
        ("seal-7", "intact", "device"),
        ("seal-7", "silent", "device"),
        ("seal-7", "intact", "device"),
        ("seal-7", "broken", "device"),
        ("seal-8", "intact", "unsigned"),
    ]
    again = second().verify(data, keys["log_key"], keys["witness_key"])
    assert [(each["device"], each["state"]) for each in again["spans"]] == [
        (each.device, each.state) for each in verdict.spans
    ]


def stretches_covered(log: Log, hours: int) -> int:
    """Of a road of twenty stretches, what is stated quarter of an hour by quarter of an hour; how many statements."""
    begun = microseconds(BEGUN)
    said = []
    for window in range(-4 * hours, 4 * hours):
        since = begun + window * 15 * MINUTE
        for stretch in range(20):
            north, east = CUSTOMS.latitude - YARD.latitude, CUSTOMS.longitude - YARD.longitude
            there = YARD.latitude + north * stretch // 20, YARD.longitude + east * stretch // 20
            place = Place(f"km {stretch}0", *there, 8_000)
            key = f"covered:{window}:{stretch}"
            said.append(Statement(Covered(since, since + 15 * MINUTE, 9, 9, place), "road/57", BEGUN, key))
    record(said, log, actor="tester")
    return len(said)


def test_of_what_is_said_of_roads_a_bundle_holds_what_tells_of_the_trips_silences(log: Log) -> None:
    """However much the log has, of other roads, other stretches and other times."""
    assert stretches_covered(log, 6) == 960
    covered = Covered(microseconds(BEGUN) + 50 * MINUTE, microseconds(BEGUN) + 200 * MINUTE, 1, 9, CUSTOMS, True)
    record([Statement(covered, "road/elsewhere", BEGUN, "elsewhere")], log, actor="tester")
    custody = Custody(log)
    state_custody(custody, "T1")
    sequence(log)
    signed = last_checkpoint(log.database)
    assert signed is not None
    small = bundle_of(log, "T1")
    assert b"road.covered" not in small, "its seals were heard as they had promised"
    # An hour later both are silent, at the end of the way that they went.
    log.clock = lambda: BEGUN + timedelta(hours=2)
    custody = Custody(log)
    said = state_custody(custody, "T1").payload
    assert isinstance(said, CustodyStated)
    sequence(log)
    data = bundle_of(log, "T1")
    verdict = both(log, data)
    assert "silent" in {each.state for each in verdict.spans}
    roads = [json.loads(each.body) for each in read(data).leaves if isinstance(each, Leaf) and b'"road/' in each.body]
    told = [each for each in roads if each["type"] == "road.covered"]
    assert 0 < len(told) <= 20
    for each in told:
        assert each["stream"] == "road/57"
        assert each["data"]["until"] > microseconds(BEGUN) + 71 * MINUTE
        assert each["data"]["since"] < microseconds(BEGUN) + 120 * MINUTE
    everything = [(each.event, each.payload) for each in log.read(types=(Covered.TYPE,))]
    case = replace(case_from(custody, "T1", said.known_by), covered=covered_of(everything))
    assert [(each.device, each.state, each.since, each.until) for each in spans(case, said.known_by)] == [
        (each.device, each.state, each.since, each.until) for each in verdict.spans
    ]
