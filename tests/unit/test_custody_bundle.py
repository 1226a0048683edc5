"""What a custody bundle proves, and that it says why it proves nothing."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from bundled import COSIGNED, LOG, OTHER_WITNESS, STREAM, TRIP, WITNESS, Record, block, registered
from proved import END, OPENED, proven, refusal, sealed_hour
from sealed import MINUTE, START, YARD, drive, opened
from second_verifier import second

from aforo.custody import bundle as files
from aforo.custody import bundle_event, bundle_keys, bundle_verdict
from aforo.custody.bundle import BundleError, made, read
from aforo.custody.bundle_verdict import verified
from aforo.custody.case import NEVER
from aforo.domain.device import DeviceBound
from aforo.domain.reading import DOORS
from aforo.domain.text import catalogue
from aforo.domain.trip import CustodyJudged, Place, Sealed, Unsealed
from aforo.log import merkle
from aforo.log.checkpoint import Checkpoint
from aforo.log.checkpoint import opened as opened_checkpoint


@pytest.fixture
def record() -> Record:
    """A log with a sealed trip, and an hour of what its seal said."""
    return sealed_hour()


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
    assert refusal(b'{"format":"aforo-custody-bundle","version":1e0}') == "bundle_number"


@pytest.mark.parametrize("depth", [33, 1_000, 100_000])
def test_what_stands_deep_within_itself_is_refused_before_it_is_decoded(record: Record, depth: int) -> None:
    statement = record.state(END)
    deep = "[" * depth + "]" * depth
    for file in (deep, "[" * depth, f'{{"leaves":{deep}}}', '{"a":' * depth + "1" + "}" * depth):
        assert refusal(file.encode()) == "bundle_nested"
    for place in (3, statement.place):
        own = record.anew()
        body = own.bodies[place].decode()
        # An event is one, its data another.
        own.bodies[place] = body.replace('"data":{', f'"data":{{"x":{deep[2:-2]},', 1).encode()
        assert refusal(made(own.bundle(statement))) == "bundle_nested"


def test_what_stands_as_deep_as_it_may_or_in_a_text_is_read(record: Record) -> None:
    for odd in ("[" * 30 + "]" * 30, '"' + "[{" * 1_000 + '"', '"\\\\\\"' + "[" * 99 + '\\\\"'):
        own = record.anew()
        own.bodies[3] = own.bodies[3].decode().replace('"data":{', f'"data":{{"x":{odd},', 1).encode()
        assert [each.state for each in proven(own).spans] == ["intact"]


def test_a_number_ends(record: Record) -> None:
    """How long a number Python reads is for whoever runs it to set."""
    statement = record.state(END)
    for number, sound in (("9" * 100, True), ("9" * 101, False), ("-" + "9" * 100, False), ("9" * 5_000, False)):
        own = record.anew()
        own.bodies[3] = own.bodies[3].decode().replace('"data":{', f'"data":{{"x":{number},', 1).encode()
        if sound:
            assert proven(own).spans
        else:
            assert refusal(made(own.bundle(statement))) == "bundle_number"


def test_a_place_without_a_name_is_a_place(record: Record) -> None:
    """Where the load may be opened it may, whatever that is called."""
    place = Place("", YARD.latitude, YARD.longitude, 90_000, "open")
    record.add(STREAM, msgspec.structs.replace(OPENED, places=(place,)), START)
    readings = drive(2, start=END, first=40)
    readings["door"][0] = DOORS.index("open")
    record.add("device/seal-1", block("seal-1", readings, boot=2, previous=b"p" * 32), END + 3 * MINUTE)
    spans = proven(record, END + 4 * MINUTE).spans
    assert [each.state for each in spans if each.state not in ("intact", "silent")] == ["open"]


@pytest.mark.parametrize("at", ["T24:00:00Z", "T23:60:00Z", "T23:59:60Z", "T00:00:00+24:00", "T00:00:00-00:60"])
def test_an_instant_is_one_to_every_python(record: Record, at: str) -> None:
    statement = record.state(END)
    record.put(3, occurred_at="2026-03-02" + at)
    assert refusal(made(record.bundle(statement))) == "bundle_event"


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


def test_every_refusal_has_its_sentence() -> None:
    sources = (files, bundle_event, bundle_keys, bundle_verdict)
    text = "".join(Path(str(each.__file__)).read_text(encoding="utf-8") for each in sources)
    assert set(re.findall(r'BundleError\(\s*"(\w+)"', text)) == {
        each for each in catalogue("aforo.custody").codes if each.startswith("bundle_")
    }


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


def test_an_unlike_number_in_a_statement_is_refused(record: Record) -> None:
    statement = record.state(END)
    for data in ({"known_by": 2**70}, {"known_by": END + 1}, {"extents": [[STREAM, 1, 2**60]]}, {"spans": [[1]]}):
        own = record.anew()
        own.put(statement.place, data)
        assert refusal(made(own.bundle(msgspec.structs.replace(statement)))).startswith("bundle_")


def test_an_earlier_statement_is_held_to_the_same_bounds(record: Record) -> None:
    earlier = record.state(END)
    assert proven(record).spans
    statement = record.state(END)
    for known_by, sound in ((0, True), (2**53, True), (-1, False), (2**53 + 1, False), (2**70, False), (True, False)):
        own = record.anew()
        own.put(earlier.place, {"known_by": known_by})
        data = made(own.bundle(statement))
        if sound:
            assert verified(data, LOG.verifier, WITNESS.public).spans
            assert second().verify(data, LOG.verifier.text, WITNESS.public.text)["spans"]
        else:
            assert refusal(data) == "bundle_event"
