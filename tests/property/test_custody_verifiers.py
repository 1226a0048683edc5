"""Two verifiers that share no code: what they make of honest bundles is the same, to the fact and its interval."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
from bundled import LOG, STREAM, WITNESS, Record, block, registered, seal_read
from forged_scene import ODD_NAMES
from hypothesis import given, settings
from hypothesis import strategies as st
from sealed import CUSTOMS, MINUTE, START, YARD, S, drive, opened
from second_verifier import second

from aforo.custody.bundle import WHY, made
from aforo.custody.bundle_verdict import BundleVerdict, verified
from aforo.custody.fact import STATE_OF, Fact
from aforo.domain.clock import instant
from aforo.domain.device import BlockReceived
from aforo.domain.reading import GRADES, READING_KINDS, Readings
from aforo.domain.trip import Covered, Discharged, Place, Sealed, SealRead, TripOpened, Unsealed

DAY = 24 * 60 * MINUTE
#: Crossings and Carta Portes that a seal is put on for, or taken off.
BOUND = [("", ""), ("X-1", "CCC-1"), ("", "CCC ñ\u202e"), ("X-2", "")]


def facts(found: Iterable[Fact]) -> set[tuple[str | int, ...]]:
    """What facts say, but for the blocks that they name."""
    return {
        (each.code, each.since, each.until, each.earliest, each.latest, GRADES.index(each.grade), each.gap or "")
        for each in found
    }


def told_by(verdict: BundleVerdict) -> dict[str, Any]:
    """What a verdict says, in the words of the second verifier."""
    return {
        "trip": verdict.trip, "log": verdict.log, "size": verdict.size, "root": verdict.root,
        "witnessed_at": verdict.witnessed_at, "known_by": verdict.known_by, "compared": list(verdict.compared),
        "withheld": [[each.stream, each.version, each.why] for each in verdict.withheld],
        "stated": [[each.device, each.state, each.since, each.until] for each in verdict.stated],
        "bound": [msgspec.to_builtins(each) for each in verdict.bound],
        "origins": list(verdict.origins), "gaps": facts(verdict.gaps),
        "noted": {(each.code, each.place, each.since, each.until, each.earliest, each.grade) for each in verdict.noted},
        "spans": [
            {
                "device": each.device, "state": each.state, "since": each.since, "until": each.until,
                "grade": each.grade,
                "facts": facts(each.facts),
            }
            for each in verdict.spans
        ],
    }  # fmt: skip


def told_again(said: dict[str, Any]) -> dict[str, Any]:
    """What the second verifier says, in the words of `told_by`."""
    names = ("code", "since", "until", "earliest", "latest", "grade", "gap")

    def facts_of(found: list[dict[str, Any]]) -> set[tuple[str | int, ...]]:
        return {tuple(each[name] for name in names) for each in found}

    spans = [{**each, "facts": facts_of(each["facts"])} for each in said["spans"]]
    noted = {
        (each["code"], each["place"], each["since"], each["until"], each["earliest"], GRADES[each["grade"]])
        for each in said["noted"]
    }
    return {**said, "spans": spans, "gaps": facts_of(said["gaps"]), "noted": noted}


@st.composite
def readings_of(draw: st.DrawFn, start: int = START) -> Readings:
    """What one seal says, in whatever state: openings, leaps, clocks, readings without a fix or an index."""
    every = draw(st.sampled_from([30 * S, 2 * MINUTE, 9 * MINUTE, 11 * MINUTE]))
    readings = drive(draw(st.integers(1, 30)), every=every, start=start)
    count = len(readings)
    for _ in range(draw(st.integers(0, 3))):
        first = draw(st.integers(0, count - 1))
        kind = draw(st.sampled_from(["door", "unlock", "tamper", "drop", "jammed"]))
        readings = opened(readings, first, first + draw(st.integers(1, 3)), kind)
    rows = st.lists(st.integers(0, count - 1), max_size=3)
    for row in draw(rows):
        readings["fix"][row : row + draw(st.integers(1, 8))] = False
    for row in draw(rows):
        readings["door"][row] = draw(st.integers(0, 2))
    for row in draw(rows):
        readings["at"][row] += draw(st.sampled_from([-6 * MINUTE, -MINUTE, -1, 1, MINUTE + 1, 20 * MINUTE]))
    for row in draw(rows):
        readings["latitude"][row:] += draw(st.integers(-2_000_000, 2_000_000))
        readings["longitude"][row] += draw(st.sampled_from([0, 10_000, 900_000, -1_000_000]))
    for row in draw(rows):
        readings["sequence"][row] = draw(st.integers(0, 5))
    for row in draw(rows):
        readings["kind"][row] = draw(st.integers(0, len(READING_KINDS) - 1))
    gone = draw(st.sets(st.integers(0, count - 1), max_size=count - 1))
    return np.delete(readings, sorted(gone)) if draw(st.booleans()) else readings


def into(draw: st.DrawFn, record: Record, device: str, readings: Readings) -> list[BlockReceived]:
    """Blocks of a device, some lost, some late, some twice, some signed by another or nobody, some made twice."""
    how = draw(st.sampled_from(["device", "device", "gateway", "unsigned"]))
    size = draw(st.sampled_from([1, 3, 7, 30]))
    blocks = []
    previous, boot, sequence = bytes(32), 1, 0
    for start in range(0, len(readings), size):
        own = readings[start : start + size]
        odd = draw(st.integers(0, 19))
        grade = "unsigned" if odd == 0 else how
        if odd == 1:
            boot, sequence, previous = boot + 1, 0, draw(st.sampled_from([previous, bytes(32)]))
        if odd == 2:
            previous = b"x" * 32
        if odd == 3 and boot > 1:
            boot -= 1
        said = block(device, own, sequence=sequence, previous=previous, boot=boot, grade=grade,
                     gateway="gate" if grade == "gateway" else "")  # fmt: skip
        if grade != "unsigned":
            previous, sequence = bytes.fromhex(said.hash), sequence + 1
        if odd != 4:
            blocks.append(said)
        if odd == 5:
            blocks.append(said)
        if odd == 6:
            twin = own.copy()
            twin["battery"] = 7
            blocks.append(block(device, twin, sequence=max(sequence - 1, 0), previous=previous, boot=boot, grade=grade,
                                gateway="gate" if grade == "gateway" else ""))  # fmt: skip
    if draw(st.integers(0, 3)) == 0:
        blocks = draw(st.permutations(blocks))
    return blocks


@st.composite
def records(draw: st.DrawFn) -> tuple[Record, int]:
    """A log with a trip under one or two seals, and an instant to state its custody by."""
    record = Record()
    record.fill(draw(st.integers(0, 3)))
    devices = ["seal-1", "seal-2"][: draw(st.integers(1, 2))]
    for device in (*devices, "gate"):
        promise, tolerance = draw(st.sampled_from([(600, 60), (60, 0), (3600, 600)]))
        record.add(f"device/{device}", registered(device, promise_s=promise, tolerance_s=tolerance), START - DAY)
    places = draw(
        st.sampled_from([
            (YARD, CUSTOMS), (),
            *((Place(name, YARD.latitude, YARD.longitude, 90_000, "open"),) for name in ("yard", *ODD_NAMES)),
        ])
    )  # fmt: skip
    minutes = st.integers(-10, 200)
    announced = TripOpened("export", "acme", instant(START + DAY), places=places)
    if draw(st.integers(0, 4)) == 0:
        # Recorded by a clock that was ahead.
        record.add(STREAM, announced, START - 61 * MINUTE, START + draw(minutes) * MINUTE)
    record.add(STREAM, announced, START - 60 * MINUTE)
    for device in devices:
        for number in range(draw(st.integers(1, 2))):
            at = START + (draw(st.sampled_from([0, 0, 5, 90])) + number * 60) * MINUTE
            seal_id = draw(st.sampled_from(["MX 0001", "mx-0001", "MX 0002", "№ ½ß", "MX 0001\U0001e4d0", "ÑÉ 1"]))
            if draw(st.booleans()):
                record.add(f"device/{device}", registered(device, promise_s=draw(st.sampled_from([60, 1800]))), at)
            bound = draw(st.sampled_from([0, record.versions[f"device/{device}"], 1, 10**6]))
            said = Sealed(device, seal_id, "", "", bound, *draw(st.sampled_from(BOUND)))
            record.add(STREAM, said, at, at + draw(st.integers(0, 30)) * MINUTE)
        if draw(st.integers(0, 3)) == 0:
            off = Unsealed(device, "customs", "", "", *draw(st.sampled_from(BOUND)))
            record.add(STREAM, off, START + draw(minutes) * MINUTE)
    events: list[tuple[int, str, Any, int]] = []
    for device in devices:
        for each in into(draw, record, device, draw(readings_of())):
            delay = draw(st.sampled_from([5 * S, 5 * S, 0, -2 * MINUTE, 30 * MINUTE, 10 * 60 * MINUTE]))
            events.append((each.last + delay, f"device/{device}", each, 0))
    for _ in range(draw(st.integers(0, 2))):
        at = START + draw(minutes) * MINUTE
        number = draw(
            st.sampled_from(["MX 0001", "mx0001", "mx 0002", "other", "№½SS", "MX0001\U0001e4d0", "ñE\u0301-1"])
        )
        seen = seal_read(number, at) if draw(st.booleans()) else SealRead(number, where="the gate")
        events.append((at + draw(st.integers(0, 60)) * MINUTE, STREAM, seen, at))
    for _ in range(draw(st.integers(0, 2))):
        since = START + draw(minutes) * MINUTE
        place = draw(st.sampled_from([YARD, CUSTOMS, Place("road", 262_000_000, -1_000_000_000, 90_000)]))
        covered = Covered(since, since + draw(st.integers(0, 300)) * MINUTE, draw(st.integers(0, 3)),
                          draw(st.sampled_from([0, 5, 10, 16])), place, draw(st.booleans()))  # fmt: skip
        events.append((START + draw(minutes) * MINUTE, "road/85", covered, 0))
    if draw(st.integers(0, 4)) == 0:
        events.append((START + draw(minutes) * MINUTE, STREAM, Discharged("customs"), 0))
    for at, stream, payload, occurred in sorted(events, key=lambda each: each[0]):
        record.add(stream, payload, occurred or at, at)
    if draw(st.booleans()):
        record.state(START + draw(minutes) * MINUTE)
    return record, START + draw(st.sampled_from([0, 15, 60, 100, 240, 1440, 4000])) * MINUTE


@given(records(), st.data())
@settings(max_examples=120, deadline=None)
def test_both_verifiers_come_to_the_same_states_facts_intervals_and_grades(
    drawn: tuple[Record, int], data_: st.DataObject
) -> None:
    record, known_by = drawn
    record.fill(2)
    withheld = {(each.stream, each.version) for each in record.events}
    statement = record.state(known_by)
    record.fill(3)
    hidden = data_.draw(st.dictionaries(st.sampled_from(sorted(withheld)), st.sampled_from(WHY), max_size=2))
    data = made(record.bundle(statement, withhold=hidden if data_.draw(st.booleans()) else None))
    verdict = verified(data, LOG.verifier, WITNESS.public)
    assert all(fact.code in STATE_OF for span in verdict.spans for fact in span.facts)
    assert told_again(second().verify(data, LOG.verifier.text, WITNESS.public.text)) == told_by(verdict)
