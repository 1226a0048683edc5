"""Of whatever a statement passes over, and whenever keys were changed: both verifiers say the same, and by the rule."""

from __future__ import annotations

from bundled import STREAM, TRIP, Record, block, drive_into, key_of, registered, rotated
from hypothesis import given, settings
from hypothesis import strategies as st
from proved import END, OPENED
from sealed import MINUTE, START, S, drive, opened
from test_custody_forged import said_by_both

from aforo.custody.bundle import made
from aforo.domain.device import BlockReceived, DeviceBound
from aforo.domain.trip import Sealed

SEAL = "device/seal-1"


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_behind_the_binding_a_statement_passes_over_nothing_but_what_came_last(data: st.DataObject) -> None:
    record = Record()
    record.add(SEAL, registered("seal-1"), START - 9 * MINUTE)
    drive_into(record, "seal-1", drive(2, start=START - 8 * MINUTE), 1)
    record.add(STREAM, OPENED, START - MINUTE)
    bindings = []
    readings = opened(drive(24), 5, 6)
    for number, part in enumerate((readings[:10], readings[10:])):
        bound = record.add(SEAL, DeviceBound(TRIP, "MX 0001"), START + number)
        at = int(part["at"][0])
        record.add(STREAM, Sealed("seal-1", "MX 0001", device_version=bound.version), at)
        bindings.append(bound.version)
        drive_into(record, "seal-1", part, 3, boot=2 + number)
    record.add(SEAL, registered("seal-1", promise_s=60), END)
    own = [each for each in record.events if each.stream == SEAL]
    gone = data.draw(st.sets(st.sampled_from(own[1:]).map(lambda each: each.version), max_size=6))
    if data.draw(st.booleans()):
        gone |= set(range(len(own) - data.draw(st.integers(0, 5)), len(own) + 1)) - {1}
    without = [each for each in own if each.version in gone]
    one, other = said_by_both(made(record.bundle(record.state(END, without=without))))
    named = {each.version for each in own} - gone
    complete = set(range(bindings[0] + 1, max(named) + 1)) <= named
    assert one == other
    assert (one is not None) == complete


#: What becomes of a signer: after how many seconds, and what.
CHANGES = st.lists(
    st.tuples(st.integers(0, 3000), st.sampled_from(["rotate", "register", "block", "block", "block"])), max_size=9
)


@given(CHANGES, st.sampled_from([0, 60, 600]), st.booleans(), st.data())
@settings(max_examples=120, deadline=None)
def test_a_key_is_believed_until_it_was_changed_and_for_as_long_as_the_clock_may_be_off(
    changes: list[tuple[int, str]], tolerance_s: int, by_gateway: bool, data: st.DataObject
) -> None:
    record, signer = Record(), "gate" if by_gateway else "seal-1"
    for device in ("seal-1", "gate"):
        record.add(f"device/{device}", registered(device, tolerance_s=tolerance_s), START - MINUTE)
    record.add(STREAM, OPENED, START - MINUTE)
    record.add(STREAM, Sealed("seal-1", "MX 0001"), START)
    keys, until, sound = [key_of(signer)], [0], True
    for number, (after, what) in enumerate(sorted(changes)):
        at = START + after * S
        if what == "rotate":
            keys.append(key_of(f"{signer} {number}"))
            until[-1:] = [at + tolerance_s * S, 0]
            record.add(f"device/{signer}", rotated(signer, keys[-2], keys[-1]), at)
        elif what == "register":
            # Under the first key, which that brings back to nothing; the clock is promised anew.
            tolerance_s = data.draw(st.sampled_from([0, 60, 600]))
            record.add(f"device/{signer}", registered(signer, tolerance_s=tolerance_s), at)
        else:
            which = data.draw(st.integers(0, len(keys) - 1))
            last = at + data.draw(st.integers(-900, 700)) * S
            grade = {"grade": "gateway", "gateway": "gate"} if by_gateway else {}
            said = block("seal-1", drive(1, start=last), sequence=number, key=keys[which], **grade)  # type: ignore[arg-type]
            assert isinstance(said, BlockReceived)
            record.add(SEAL, said, at)
            sound &= which == len(keys) - 1 or min(last, at) <= until[which]
    one, other = said_by_both(made(record.bundle(record.state(START + 4000 * S))))
    assert one == other
    assert (one is not None) == sound
