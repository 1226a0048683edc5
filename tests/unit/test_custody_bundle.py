"""What a custody bundle proves, what it does not once something is withheld, and that it says why it proves nothing."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from bundled import (
    COSIGNED,
    LOG,
    OTHER_WITNESS,
    STREAM,
    TRIP,
    WITNESS,
    Record,
    block,
    drive_into,
    key_of,
    registered,
    rotated,
    seal_read,
)  # fmt: skip
from sealed import CUSTOMS, MINUTE, START, YARD, drive, opened
from second_verifier import PROGRAM, second

from aforo.custody import bundle as files
from aforo.custody import bundle_event, bundle_keys, bundle_verdict
from aforo.custody.bundle import BundleError, made, read
from aforo.custody.bundle_verdict import BundleVerdict, verified
from aforo.custody.case import NEVER
from aforo.custody.ground import _cosine
from aforo.domain.clock import instant
from aforo.domain.device import DeviceBound, DeviceRetired
from aforo.domain.reading import READING_KINDS
from aforo.domain.text import catalogue
from aforo.domain.trip import Covered, CustodyJudged, Discharged, Sealed, SealRead, TripOpened, Unsealed
from aforo.log import merkle
from aforo.log.checkpoint import Checkpoint
from aforo.log.checkpoint import opened as opened_checkpoint

END = START + 61 * MINUTE
OPENED = TripOpened("export", "acme", instant(START + 10**12), places=(YARD, CUSTOMS))


@pytest.fixture
def record() -> Record:
    """A log with a sealed trip, and an hour of what its seal said."""
    record = Record()
    record.fill(3)
    record.add("device/seal-1", registered("seal-1"), START - MINUTE)
    record.add(STREAM, OPENED, START - MINUTE)
    record.add(STREAM, Sealed("seal-1", "MX 0001"), START)
    drive_into(record, "seal-1", drive(31))
    return record


def proven(record: Record, known_by: int = END, **changes: Any) -> BundleVerdict:
    """What both verifiers, who agree, make of the trip's bundle."""
    data = made(record.bundle(record.state(known_by), **changes))
    verdict = verified(data, LOG.verifier, WITNESS.public)
    again = second().verify(data, LOG.verifier.text, WITNESS.public.text)
    assert [(each.device, each.state, each.since, each.until, each.grade) for each in verdict.spans] == [
        tuple(each[name] for name in ("device", "state", "since", "until", "grade")) for each in again["spans"]
    ]
    assert list(verdict.compared) == again["compared"]
    return verdict


def refusal(data: bytes) -> str:
    """The code with which a bundle is refused, by both."""
    with pytest.raises(second().RefusedError):
        second().verify(data, LOG.verifier.text, WITNESS.public.text)
    with pytest.raises(BundleError) as refused:
        verified(data, LOG.verifier, WITNESS.public)
    assert refused.value.text.es
    assert refused.value.problem.place
    return refused.value.code


def test_a_bundle_proves_the_states_that_follow_from_its_leaves(record: Record) -> None:
    verdict = proven(record)
    assert [(each.state, each.since, each.until, each.grade) for each in verdict.spans] == [
        ("intact", START, NEVER, "device")
    ]
    assert (verdict.trip, verdict.known_by, verdict.witnessed_at) == (TRIP, END, COSIGNED)
    assert (verdict.withheld, verdict.gaps, verdict.origins) == ((), (), ("live",))


def test_a_file_is_written_in_one_way(record: Record) -> None:
    data = made(record.bundle(record.state(END)))
    assert made(read(data)) == data
    assert refusal(data.replace(b'"index":3,', b'"index": 3,', 1)) == "bundle_not_canonical"
    assert refusal(data.replace(b"trip/t-1", b"trip\\u002ft-1", 1)) == "bundle_not_canonical"
    assert refusal(data[:-1] + b',"more":1}') == "bundle_form"
    assert refusal(b"[" * 100_000) == "bundle_not_json"
    assert refusal(b'{"format":"aforo-custody-bundle","version":1e0}') == "bundle_number"


def test_with_a_checkpoint_that_is_trusted_no_witness_is_needed(record: Record) -> None:
    data = made(record.bundle(record.state(END)))
    trusted = opened_checkpoint(read(data).checkpoint, LOG.verifier)
    assert verified(data, LOG.verifier, trusted).witnessed_at is None
    assert second().verify(data, LOG.verifier.text, checkpoint=trusted.text)["witnessed_at"] is None
    other = Checkpoint(trusted.origin, trusted.size, bytes(32))
    with pytest.raises(BundleError, match="bundle_not_trusted"):
        verified(data, LOG.verifier, other)
    with pytest.raises(second().RefusedError):
        second().verify(data, LOG.verifier.text, checkpoint=other.text)


def test_another_witness_says_nothing(record: Record) -> None:
    data = made(record.bundle(record.state(END)))
    with pytest.raises(BundleError, match="bundle_checkpoint"):
        verified(data, LOG.verifier, OTHER_WITNESS.public)


def test_what_is_withheld_of_a_device_leaves_its_states_unsaid(record: Record) -> None:
    record.add("device/seal-2", registered("seal-2"), START - MINUTE)
    record.add(STREAM, Sealed("seal-2", "MX 0002"), START)
    verdict = proven(record, withhold={("device/seal-1", 3): "trade"})
    assert verdict.compared == ("seal-2",)
    assert {each.device for each in verdict.spans} == {"seal-2"}
    assert [(each.stream, each.version, each.why) for each in verdict.withheld] == [("device/seal-1", 3, "trade")]


@pytest.mark.parametrize("stream", [STREAM, "road/85"])
def test_what_is_withheld_of_the_trip_or_of_a_road_leaves_all_states_unsaid(record: Record, stream: str) -> None:
    record.add("road/85", Covered(START, END, 1, 2, YARD), END)
    verdict = proven(record, withhold={(stream, 1): "law"})
    assert (verdict.compared, verdict.spans) == ((), ())


def test_what_is_withheld_of_a_gateway_is_of_the_devices_that_it_signed_for(record: Record) -> None:
    record.add("device/gate", registered("gate"), START)
    record.add("device/seal-2", registered("seal-2"), START)
    record.add(STREAM, Sealed("seal-2", "MX 0002"), START)
    drive_into(record, "seal-2", drive(31), grade="gateway", gateway="gate")
    assert proven(record).compared == ("seal-1", "seal-2")
    assert proven(record, withhold={("device/gate", 1): "trade"}).compared == ("seal-1",)


def test_a_registration_that_is_withheld_takes_only_its_own_device(record: Record) -> None:
    assert proven(record, withhold={("device/seal-1", 1): "trade"}).compared == ()


def test_the_statement_itself_is_not_withheld(record: Record) -> None:
    statement = record.state(END)
    hidden = record.bundle(statement, withhold={(STREAM, statement.version): "law"})
    assert refusal(made(hidden)) == "bundle_statement"


def test_what_came_unsigned_is_a_claim(record: Record) -> None:
    unsigned = block("seal-1", drive(5, start=START + 62 * MINUTE, first=32), grade="unsigned")
    record.add("device/seal-1", unsigned, END + 10 * MINUTE)
    assert [each.grade for each in proven(record, END + 12 * MINUTE).spans] == ["unsigned"]


def test_what_comes_after_the_statements_instant_is_proven_and_decides_nothing(record: Record) -> None:
    late = opened(drive(5, start=START + 30 * MINUTE, first=100), 0, 2)
    record.add("device/seal-1", block("seal-1", late, boot=2, previous=b"p" * 32), END + 5 * MINUTE)
    record.add(STREAM, Unsealed("seal-1", "customs"), START + 10 * MINUTE, END + 5 * MINUTE)
    statement = record.state(END)
    data = made(record.bundle(record.add(STREAM, statement.payload, END + 6 * MINUTE)))
    # The statement names one version less of the trip than there is now.
    assert refusal(data) == "bundle_extents"
    assert [each.state for each in proven(record, END).spans] == ["intact"]


def test_what_an_earlier_key_signed_stays_signed_and_no_key_signs_before_it_is_known(record: Record) -> None:
    new = key_of("anew")
    own = drive(1, start=START + 62 * MINUTE, first=32)
    early = record.anew()
    early.add("device/seal-1", block("seal-1", own, boot=2, previous=b"p" * 32, key=new), END)
    early.add("device/seal-1", rotated("seal-1", key_of("seal-1"), new), END)
    assert refusal(made(early.bundle(early.state(END)))) == "bundle_signature"
    record.add("device/seal-1", rotated("seal-1", key_of("seal-1"), new), END)
    record.add("device/seal-1", block("seal-1", own, boot=2, previous=b"p" * 32, key=new), END)
    record.add("device/seal-1", block("seal-1", own, boot=3, previous=b"p" * 32), END)
    assert proven(record, END + MINUTE).compared == ("seal-1",)


def test_who_does_not_vouch_for_a_key_gives_none(record: Record) -> None:
    record.add("device/seal-1", rotated("seal-1", key_of("stranger"), key_of("anew")), END)
    assert refusal(made(record.bundle(record.state(END)))) == "bundle_key"


def test_a_device_that_was_retired_signs_nothing_until_it_is_registered_anew(record: Record) -> None:
    record.add("device/seal-1", DeviceRetired("lost"), END)
    retired = record.anew()
    breach = opened(drive(5, start=END, first=40), 0, 5)
    retired.add("device/seal-1", block("seal-1", breach, boot=2, previous=b"p" * 32), END)
    assert refusal(made(retired.bundle(retired.state(END)))) == "bundle_key"
    record.add("device/seal-1", registered("seal-1"), END)
    record.add("device/seal-1", block("seal-1", breach, boot=2, sequence=1, previous=b"p" * 32), END)
    assert [each.state for each in proven(record, END + MINUTE).spans][-1] == "broken"


def test_what_says_nothing_of_custody_is_passed_over(record: Record) -> None:
    """Events of later versions of the product, too, may stand in a trip's or a device's stream."""
    for stream, payload in (
        (STREAM, CustodyJudged("intact", "device")),
        ("device/seal-1", DeviceBound(TRIP, "MX 0001")),
    ):
        record.add(stream, payload, END)
        record.add(stream, payload, END, type="trip.told_of_later", schema=9)
    assert [each.state for each in proven(record).spans] == ["intact"]


def test_gaps_are_told(record: Record) -> None:
    verdict = proven(record, END + 60 * MINUTE)
    assert [(each.code, each.gap) for each in verdict.gaps] == [("silent", "open")]


def test_an_event_that_says_another_thing_of_its_block_is_refused(record: Record) -> None:
    statement = record.state(END)
    where = next(each for each in record.events if each.stream == "device/seal-1" and each.version == 2)
    for change in ({"count": 4}, {"first": 1}, {"sequence": 9}, {"grade": "gateway", "gateway": "seal-1"},
                   {"hash": "00" * 32}):  # fmt: skip
        own = record.anew()
        own.put(where.place, change)
        assert refusal(made(own.bundle(statement))) == "bundle_block_differs"


def test_every_refusal_has_its_sentence() -> None:
    sources = (files, bundle_event, bundle_keys, bundle_verdict)
    text = "".join(Path(str(each.__file__)).read_text(encoding="utf-8") for each in sources)
    assert set(re.findall(r'BundleError\(\s*"(\w+)"', text)) == {
        each for each in catalogue("aforo.custody").codes if each.startswith("bundle_")
    }


def test_the_cosine_is_one_to_the_bit_and_right() -> None:
    latitudes = np.random.default_rng(1).integers(-900_000_000, 900_000_001, 20_000)
    ours = _cosine(latitudes.astype(np.float64)).tolist()
    assert ours == [second().cosine(each) for each in latitudes.tolist()]
    right = [math.cos(math.radians(each / 1e7)) for each in latitudes.tolist()]
    assert max(abs(one - other) for one, other in zip(ours, right, strict=True)) < 4e-15


def test_the_second_verifier_is_a_program(record: Record, tmp_path: Path) -> None:
    data = made(record.bundle(record.state(END)))
    file, kept = tmp_path / "trip.bundle", tmp_path / "checkpoint"
    keys = ["--log-key", LOG.verifier.text]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, PROGRAM, *arguments], capture_output=True, text=True, check=False)

    file.write_bytes(data)
    kept.write_text(read(data).checkpoint, encoding="utf-8")
    assert run(str(file), *keys, "--witness-key", WITNESS.public.text).returncode == 0
    assert run(str(file), *keys, "--checkpoint", str(kept)).returncode == 0
    file.write_bytes(data[:-9])
    refused = run(str(file), *keys, "--witness-key", WITNESS.public.text)
    assert (refused.returncode, "refused" in refused.stdout) == (1, True)
    assert run(str(file), *keys).returncode == 2


def test_a_sealing_lasts_until_the_seal_is_taken_off_or_the_trip_is_discharged() -> None:
    def sealings(*acts: tuple[Any, int]) -> list[tuple[int, int]]:
        record = Record()
        record.add("device/seal-1", registered("seal-1"), START)
        record.add(STREAM, OPENED, START)
        for payload, minutes in acts:
            record.add(STREAM, payload, START + minutes * MINUTE, START + max(minutes, 60) * MINUTE)
        spans = proven(record).spans
        return sorted({(each.since - START) // MINUTE: (each.until - START) // MINUTE for each in spans}.items())

    sealed, off, over = Sealed("seal-1", "1"), Unsealed("seal-1", "customs"), Discharged("customs")
    still = (NEVER - START) // MINUTE
    assert sealings((sealed, 55)) == [(55, still)]
    assert sealings((sealed, 52), (off, 58), (over, 59)) == [(52, 58)]
    assert sealings((sealed, 52), (over, 55), (off, 58)) == [(52, 55)]
    assert sealings((sealed, 52), (sealed, 55), (off, 58)) == [(52, 55), (55, 58)]
    assert sealings((sealed, 52), (off, 52)) == []
    assert sealings((sealed, 52), (Unsealed("seal-2", "customs"), 55)) == [(52, still)]
    assert sealings((sealed, 52), (off, 70)) == [(52, still)], "nobody knew of it yet"


def test_a_seal_that_nobody_registered_proves_nothing() -> None:
    record = Record()
    record.add(STREAM, OPENED, START)
    record.add(STREAM, Sealed("seal-1", "1"), START)
    assert refusal(made(record.bundle(record.state(END)))) == "bundle_unregistered"


def test_a_seal_owes_what_was_promised_when_it_was_put_on(record: Record) -> None:
    """Registered anew on the road, it owes what it did: a silence is neither explained away later nor made."""
    silent = END + 20 * MINUTE
    before = [(each.state, each.since) for each in proven(record.anew(), silent).spans]
    assert before == [("intact", START), ("silent", START + 71 * MINUTE)]
    for promise_s in (7200, 60):
        own = record.anew()
        own.add("device/seal-1", registered("seal-1", promise_s=promise_s), END)
        assert [(each.state, each.since) for each in proven(own, silent).spans] == before


def test_a_seal_that_is_put_on_again_owes_what_is_promised_then(record: Record) -> None:
    record.add("device/seal-1", registered("seal-1", promise_s=7200), END)
    bound = record.add("device/seal-1", DeviceBound(TRIP, "MX 0001"), END)
    record.add(STREAM, Sealed("seal-1", "MX 0001", device_version=bound.version), END)
    record.add("device/seal-1", registered("seal-1", promise_s=60), END + MINUTE)
    later = END + 60 * MINUTE
    assert [(each.state, each.since) for each in proven(record, later).spans] == [("intact", START), ("intact", END)]
    # It was silent for a minute's promise, had that been what it promised.
    assert not proven(record, later).gaps


def test_a_number_that_a_reader_signed_is_presence_and_swap_of_its_grade(record: Record) -> None:
    record.add("device/gate", registered("gate"), START)
    at = START + 31 * MINUTE
    record.add(STREAM, seal_read("mx-0001", at), at)
    record.add(STREAM, SealRead("MX 0001", where="the bridge"), at + MINUTE)
    verdict = proven(record)
    assert [(each.code, each.since, each.grade, each.place) for each in verdict.noted] == [
        ("seen", at, "gateway", "World Trade"),
        ("seen", at + MINUTE, "unsigned", "the bridge"),
    ]
    record.add(STREAM, seal_read("MX 9", END), END)
    swapped = proven(record, END + MINUTE).spans[-1]
    assert [(each.code, each.earliest, each.since, each.place) for each in swapped.facts] == [
        ("swapped", at + MINUTE, END, "World Trade")
    ]
    assert (swapped.state, swapped.grade) == ("broken", "gateway")


def test_a_number_is_taken_from_no_reader_that_did_not_sign_it(record: Record) -> None:
    at = START + 31 * MINUTE
    stranger = record.anew()
    stranger.add(STREAM, seal_read("MX 0001", at), at)
    assert refusal(made(stranger.bundle(stranger.state(END)))) == "bundle_key"
    for reader, said, code in (
        ("gate", seal_read("MX 0001", at, key=key_of("stranger")), "bundle_signature"),
        ("gate", seal_read("MX 0001", at + 1), "bundle_signature"),
        ("gate", msgspec.structs.replace(seal_read("MX 0002", at), seal_id="MX 0001"), "bundle_signature"),
        ("gate", msgspec.structs.replace(seal_read("MX 0001", at), signature="no base64"), "bundle_signature"),
        ("gate", msgspec.structs.replace(seal_read("MX 0001", at), reader="seal-1"), "bundle_key"),
        ("other", seal_read("MX 0001", at, reader="other"), "bundle_key"),
    ):
        own = record.anew()
        own.add(f"device/{reader}", registered(reader), START)
        own.add(STREAM, said, at)
        assert refusal(made(own.bundle(own.state(END)))) == code, said


def test_what_is_withheld_of_a_reader_leaves_all_states_unsaid(record: Record) -> None:
    record.add("device/gate", registered("gate"), START)
    record.add(STREAM, seal_read("MX 9", END), END)
    assert proven(record, END + MINUTE).compared == ("seal-1",)
    assert proven(record, END + MINUTE, withhold={("device/gate", 1): "trade"}).compared == ()


def test_a_devices_own_alarm_is_noted_and_explains_its_silence(record: Record) -> None:
    own = drive(1, start=START + 62 * MINUTE, first=32, kind=READING_KINDS.index("jammed"))
    record.add("device/seal-1", block("seal-1", own, boot=2, previous=b"p" * 32), START + 62 * MINUTE + 5)
    verdict = proven(record, START + 90 * MINUTE)
    assert [(each.code, each.earliest, each.since, each.until) for each in verdict.noted] == [
        ("jam_alarm", START + 60 * MINUTE, START + 62 * MINUTE, NEVER)
    ]
    assert [each.code for each in verdict.spans[-1].facts] == ["jammed"]


def test_who_is_no_gateway_signs_for_nobody_else(record: Record) -> None:
    record.add("device/seal-2", registered("seal-2"), START)
    own = drive(1, start=START + 62 * MINUTE, first=32)
    record.add("device/seal-1", block("seal-1", own, grade="gateway", gateway="seal-2"), END)
    assert refusal(made(record.bundle(record.state(END)))) == "bundle_key"


def test_leaves_are_proved_in_a_tree_of_any_size() -> None:
    for count in range(5):
        record = Record()
        record.fill(count)
        record.add("device/seal-1", registered("seal-1"), START)
        record.add(STREAM, OPENED, START)
        record.add(STREAM, Sealed("seal-1", "MX 0001"), START)
        bundle = record.bundle(record.state(END))
        checkpoint = opened_checkpoint(bundle.checkpoint, LOG.verifier)
        assert checkpoint.root == merkle.root(merkle.leaf_hashes(record.bodies))
        verdict = verified(made(bundle), LOG.verifier, WITNESS.public)
        assert [each.state for each in verdict.spans] == ["intact", "silent"]


def test_an_unlike_version_of_a_binding_is_refused(record: Record) -> None:
    statement = record.state(END)
    sealed = next(each for each in record.events if isinstance(each.payload, Sealed))
    for version in (-1, 2**53, "1", None):
        own = record.anew()
        own.put(sealed.place, {"device_version": version})
        assert refusal(made(own.bundle(statement))) == "bundle_event"


def test_an_unlike_number_in_a_statement_is_refused(record: Record) -> None:
    statement = record.state(END)
    for data in ({"known_by": 2**70}, {"known_by": END + 1}, {"extents": [[STREAM, 1, 2**60]]}, {"spans": [[1]]}):
        own = record.anew()
        own.put(statement.place, data)
        assert refusal(made(own.bundle(msgspec.structs.replace(statement)))).startswith("bundle_")
