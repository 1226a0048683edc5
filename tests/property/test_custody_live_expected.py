"""What the live columns call as expected changes no verdict: nothing is passed over that a person should see."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sealed import MINUTE, SEALING, START, S, arriving, case, drive, in_blocks, opened

from aforo.custody.case import Block
from aforo.custody.fences import Fences
from aforo.custody.limits import shipped
from aforo.custody.live import Ground, Live
from aforo.custody.live_blocks import Came
from aforo.custody.verdict import Verdict, verdict
from aforo.domain.reading import Readings

#: States that what is expected leaves as they are.
SETTLED = ("intact", "unsealed", "broken", "suspect")
Part = tuple[Block, Readings]


@st.composite
def trips(draw: st.DrawFn) -> list[Part]:
    """Blocks of one seal in the order in which they come: some late, some opened, cut, doubled, forged or leaping."""
    step = draw(st.sampled_from([30 * S, 2 * MINUTE, 9 * MINUTE]))
    readings = drive(draw(st.integers(2, 40)), every=step)
    if draw(st.booleans()):
        first = draw(st.integers(0, len(readings) - 1))
        readings = opened(readings, first, first + 2, draw(st.sampled_from(["door", "unlock", "tamper", "drop"])))
    if draw(st.booleans()):
        readings = np.delete(
            readings, sorted(draw(st.sets(st.integers(0, len(readings) - 1), max_size=len(readings) - 1)))
        )
    if draw(st.booleans()):
        readings["at"][draw(st.integers(0, len(readings) - 1))] += draw(st.integers(-30, 30)) * MINUTE
    if draw(st.booleans()):
        readings["latitude"][draw(st.integers(0, len(readings) - 1)) :] += draw(st.sampled_from([900_000, -5_000_000]))
    if draw(st.booleans()):
        readings["fix"][draw(st.integers(0, len(readings) - 1)) :] = False
    grade = draw(st.sampled_from(["device", "gateway", "unsigned"]))
    parts = in_blocks(readings, draw(st.integers(1, 6)), grade=grade)
    if draw(st.booleans()):
        parts += in_blocks(drive(2, battery=7), 2, grade=grade)
    if draw(st.booleans()):
        parts += in_blocks(drive(3, start=START + 40 * MINUTE, first=90), 2, grade=grade, boot=2)
    if draw(st.booleans()):
        delays = st.sampled_from([0, 0, 0, 1, 9, 15, 90])
        parts = [arriving(part, part[0].last + (5 + 60 * draw(delays)) * S) for part in parts]
    if draw(st.booleans()):
        parts.pop(draw(st.integers(0, len(parts) - 1)))
    parts = [arriving(part, max(part[0].arrived, START)) for part in parts]
    return sorted(parts, key=lambda part: part[0].arrived)


def told(part: Part) -> Came:
    block, readings = part
    signer = "" if block.grade == "unsigned" else block.signer
    previous = block.previous or bytes(32)
    return Came("seal-1", signer, block.boot, block.sequence, previous, block.hash, block.arrived, readings)


def found(parts: list[Part], now: int) -> tuple[str, str, tuple[str, ...]]:
    made: Verdict = verdict(case(parts), now, now)
    return made.state, made.grade, tuple(sorted({each.code for each in made.facts}))


def live() -> Live:
    made = Live(Ground(Fences(), {}, shipped()))
    made.registered("seal-1", SEALING.promise, SEALING.tolerance)
    made.sealed("seal-1", SEALING.since, "")
    return made


@given(trips(), st.data())
@settings(max_examples=400, deadline=None)
def test_what_is_as_expected_changes_no_verdict(parts: list[Part], data: st.DataObject) -> None:
    own, known, before = live(), [], found([], START)
    while parts:
        size = data.draw(st.integers(1, 3))
        now = parts[:size][-1][0].arrived
        # What time alone does first.
        waited = found(known, now)
        if waited != before:
            assert own.due(now) == ["seal-1"], f"{before} became {waited} and nobody was told"
        unexpected = own.take([told(each) for each in parts[:size]])
        known, parts = known + parts[:size], parts[size:]
        after = found(known, now)
        if after != waited and waited[0] in SETTLED:
            assert unexpected, f"{waited} became {after} by what was called expected"
        before = after


@given(st.sampled_from([30 * S, 2 * MINUTE, 9 * MINUTE]), st.integers(1, 6), st.data())
@settings(max_examples=50, deadline=None)
def test_a_seal_that_reports_as_it_promised_is_as_expected(every: int, size: int, data: st.DataObject) -> None:
    parts = in_blocks(drive(30, start=START + S, every=every), min(size, 10 * MINUTE // every))
    own = live()
    own.take([told(parts[0])])
    rest, taken = parts[1:], 1
    while taken < len(rest):
        size = data.draw(st.integers(1, 4))
        assert own.take([told(each) for each in rest[taken - 1 : taken - 1 + size]]) == {}
        taken += size


@given(st.integers(-60, 60), st.integers(0, 20))
@settings(max_examples=60, deadline=None)
def test_silence_is_told_to_the_microsecond_and_once(clock_s: int, minutes: int) -> None:
    """A clock that goes ahead, within its tolerance, moves the end of the promise with it."""
    own, readings = live(), drive(1, start=START + minutes * MINUTE)
    [(block, readings)] = in_blocks(readings)
    block = arriving((block, readings), block.last - clock_s * S)[0]
    own.take([told((block, readings))])
    ends = max(START, block.last) + SEALING.promise + SEALING.tolerance
    assert found([(block, readings)], ends)[0] == "intact"
    assert own.due(ends) == []
    assert found([(block, readings)], ends + 1)[0] == "silent"
    assert own.due(ends + 1) == ["seal-1"]
    assert own.due(ends + 2) == []
