"""Blocks of before a binding in a bundle: both verifiers make the same of whatever a chain does across it."""

from __future__ import annotations

import random

import pytest
from bundled import LOG, STREAM, TRIP, WITNESS, Record, block, registered
from proved import END, OPENED, proven, refusal
from sealed import MINUTE, START, S, drive
from second_verifier import second

from aforo.custody.bundle import made
from aforo.custody.bundle_verdict import verified
from aforo.domain.device import DeviceBound
from aforo.domain.reading import GRADES
from aforo.domain.trip import Sealed

SEAL = "device/seal-1"


def crossed(draw: random.Random) -> Record:
    """A log in which a seal said something before it was bound and something since, in chains that draw their places,
    what they name, and their times."""
    record = Record()
    record.add(SEAL, registered("seal-1"), START - 99 * MINUTE)
    record.add(STREAM, OPENED, START - 98 * MINUTE)
    known = [bytes(32)]

    def said(least: int, most: int, recorded: int) -> None:
        at = START + draw.randrange(least, most) * MINUTE
        own = drive(draw.randrange(1, 4), start=at, first=draw.randrange(1, 90))
        last = int(own["at"].max())
        made = block(
            "seal-1", own, boot=draw.randrange(1, 3), sequence=draw.randrange(4), previous=draw.choice(known)
        )  # fmt: skip
        known.append(bytes.fromhex(made.hash))
        record.add(SEAL, made, max(last, recorded))

    for _ in range(draw.randrange(1, 6)):
        said(-60, 3, START - 9 * MINUTE)
    bound = record.add(SEAL, DeviceBound(TRIP, "MX 0001"), START + 9 * MINUTE)
    sealed = Sealed("seal-1", "MX 0001", device_version=bound.version)
    record.add(STREAM, sealed, START, START + 9 * MINUTE)
    for _ in range(draw.randrange(1, 6)):
        said(-20, 50, START + 10 * MINUTE)
    return record


@pytest.mark.parametrize("portion", range(4))
def test_both_verifiers_make_the_same_of_chains_that_cross_a_binding(portion: int) -> None:
    draw = random.Random(portion)
    found = set[str]()
    for _ in range(60):
        record = crossed(draw)
        blocks = [each for each in record.events if each.event.type == "device.block"]
        bound = next(each.version for each in record.events if isinstance(each.payload, DeviceBound))
        left_out = [each for each in blocks if each.version < bound and draw.random() < 0.3]
        data = made(record.bundle(record.state(END, without=left_out)))
        told = verified(data, LOG.verifier, WITNESS.public)
        again = second().verify(data, LOG.verifier.text, WITNESS.public.text)
        facts = [fact for span in told.spans for fact in span.facts]
        assert [(each.state, each.since, each.until, each.grade) for each in told.spans] == [
            tuple(each[name] for name in ("state", "since", "until", "grade")) for each in again["spans"]
        ]
        assert {
            (each.code, each.since, each.until, each.earliest, each.latest, GRADES.index(each.grade)) for each in facts
        } == {
            tuple(each[name] for name in ("code", "since", "until", "earliest", "latest", "grade"))
            for span in again["spans"]
            for each in span["facts"]
        }
        found |= {each.code for each in (*facts, *told.gaps)}
    assert found >= {"cloned", "forked", "rolled_back", "missing"}


def test_what_is_of_before_says_nothing_of_the_seal_but_where_it_stands_in_the_chain() -> None:
    record = Record()
    record.add(SEAL, registered("seal-1"), START - 99 * MINUTE)
    record.add(STREAM, OPENED, START - 98 * MINUTE)
    # Within the tolerance of its clock it was a hundred kilometres away.
    own = drive(4, every=10 * S, start=START - 50 * S)
    own["latitude"] += 9_000_000
    before = block("seal-1", own, sequence=3)
    record.add(SEAL, before, START)
    bound = record.add(SEAL, DeviceBound(TRIP, "MX 0001"), START)
    record.add(STREAM, Sealed("seal-1", "MX 0001", device_version=bound.version), START)
    since = block("seal-1", drive(31), sequence=9, previous=bytes.fromhex(before.hash))
    record.add(SEAL, since, END)
    assert [each.state for each in proven(record.anew()).spans] == ["intact"]
    twin = block("seal-1", drive(3, start=END - 9 * MINUTE, first=40), sequence=3)
    record.add(SEAL, twin, END)
    told = proven(record.anew())
    assert [(each.state, [fact.code for fact in each.facts]) for each in told.spans] == [("suspect", ["cloned"])]
    # Whoever leaves the other one out, and states what follows from both, is refused.
    own_record = record.anew()
    both = own_record.spans(END)
    alone = own_record.state(END, without=[each for each in record.events if each.payload is before])
    own_record.put(alone.place, {"spans": [[each.device, each.state, each.since, each.until] for each in both]})
    assert refusal(made(own_record.bundle(alone))) == "bundle_spans"
