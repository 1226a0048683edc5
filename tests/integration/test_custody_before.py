"""A chain goes on from one load to the next: what convicts across a binding is a fact of the trip behind it too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from acting import ACT
from at_custody import key_of
from cloning import blocks_in
from loads_scene import Loads
from sealed import MINUTE, drive
from sealed_scene import KEY

from aforo.custody.bundle import BundleError, Leaf, made, read
from aforo.custody.cloned import clone_of
from aforo.domain.device import DeviceRegistered
from aforo.domain.trip import CustodyStated, Sealed, TripCaused, TripOpened, Unsealed
from aforo.flow import custody_before, device_acts, trip_acts
from aforo.flow.custody_proof import proof_of
from aforo.flow.custody_verdict import case_from, verdict_on
from aforo.flow.other_loads import nobodys
from aforo.intake.seal_block import FIRST, encode


@pytest.fixture
def loads(tmp_path: Path) -> Iterator[Loads]:
    made = Loads(tmp_path)
    yield made
    made.log.close()


def hex_of(*blocks: bytes) -> list[str]:
    return sorted(sha256(each).hexdigest() for each in blocks)


def test_a_chain_that_goes_on_takes_in_nothing_of_the_load_before(loads: Loads) -> None:
    loads.goes_on(120, 160)
    told = loads.proven(loads.bundle())
    assert [(each.state, each.grade) for each in told.spans] == [("intact", "device")]
    assert loads.versions() == set()


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_clone_of_a_block_of_the_load_before_is_told_on_both(loads: Loads, goes_on: bool) -> None:
    if goes_on:
        loads.goes_on(120, 140)
    loads.later(149)
    twin = loads.stolen(5, 140, sha256(loads.chain[4]).digest())
    loads.take([twin])
    for trip, state in (("T2", "suspect"), ("T1", "unsealed")):
        told = loads.verdict(trip)
        assert told.state == state
        assert {fact.code for span in told.spans for fact in span.facts} == {"cloned"}, trip
    assert loads.verdict("T1").before == "suspect"
    case = case_from(loads.custody, "T2", loads.start + 160 * MINUTE)
    assert [each.hash for each in case.before["seal-1"]][:1] == [sha256(loads.chain[5]).digest()]
    data = loads.bundle()
    (span,) = loads.proven(data).spans
    assert [each.code for each in span.facts] == ["cloned"]
    (fact,) = span.facts
    assert list(fact.rests_on) == hex_of(loads.chain[5], twin)
    assert (fact.earliest, fact.latest) == (loads.start + 50 * MINUTE, loads.start + 146 * MINUTE)
    # The last before the binding stands beside it where the trip's own ones go on from that.
    assert sorted(loads.hashes(loads.versions())) == hex_of(loads.chain[5], *loads.chain[9:][: int(goes_on)])
    # What the verdict rests on is told as the bundle has it.
    shown = proof_of(loads.custody, "T2", (), (), nobodys)
    assert sha256(loads.chain[5]).hexdigest() in {each.hash for each in shown.blocks}
    less = proof_of(loads.custody, "T2", (), (), lambda trip: trip == "T1")
    hidden = {each.hash for each in shown.blocks} - {each.hash for each in less.blocks}
    assert hidden == set(loads.hashes(loads.versions()))
    # Out of the bundle, and with the key alone, the two convict.
    held = blocks_in(data)
    one, other = (held[each] for each in fact.rests_on)
    assert clone_of(one, other, bytes(KEY.verify_key)).sequence == 5
    # What the watch makes of it is a cause, and asks somebody.
    loads.watch.look()
    loads.alerts.look()
    found = loads.watch.custody.trip("T2").caused
    assert isinstance(found, TripCaused)
    assert [each.kind for each in found.causes if each.kind != "silent"] == ["cloned"]
    assert loads.open().count("custody_suspect") == 2, "each trip is told of"


def test_a_clone_that_speaks_of_between_two_loads_is_of_the_first_alone(loads: Loads) -> None:
    loads.take([loads.stolen(5, 111, sha256(loads.chain[4]).digest())])
    loads.goes_on(120, 140)
    assert loads.verdict("T1").before == "suspect"
    assert [each.state for each in loads.proven(loads.bundle("T2")).spans] == ["intact"]


def test_what_was_known_before_the_clone_came_can_still_be_asked(loads: Loads) -> None:
    loads.goes_on(120, 140)
    before = loads.now
    loads.later(149)
    loads.take([loads.stolen(5, 140, sha256(loads.chain[4]).digest())])
    assert verdict_on(loads.custody, "T2", before, before).state == "intact"
    assert verdict_on(loads.custody, "T2", before, None).state == "suspect"


def test_a_block_that_follows_none_of_the_load_before_is_forked(loads: Loads) -> None:
    loads.later(129)
    loads.take([loads.stolen(10, 120, b"\1" * 32)])
    told = loads.proven(loads.bundle())
    assert [(each.state, [fact.code for fact in each.facts]) for each in told.spans] == [("suspect", ["forked"])]
    assert loads.hashes(loads.versions()) == hex_of(loads.chain[9])


def test_two_that_go_on_from_one_block_are_forked_wherever_that_stands(loads: Loads) -> None:
    loads.goes_on(120, 130)
    loads.later(139)
    other = loads.stolen(0, 130, sha256(loads.chain[3]).digest(), boot=2)
    loads.take([other])
    told = loads.proven(loads.bundle())
    facts = {(fact.code, fact.rests_on) for span in told.spans for fact in span.facts}
    assert facts == {("forked", tuple(hex_of(loads.chain[4], other)))}


def test_the_first_block_of_a_trip_that_never_came_is_missed(loads: Loads) -> None:
    lost = loads.blocks(loads.drive(120))
    loads.goes_on(130, 150)
    told = loads.proven(loads.bundle())
    assert [(each.state, each.since) for each in told.spans] == [
        ("silent", loads.start + 120 * MINUTE), ("intact", loads.start + 130 * MINUTE),
    ]  # fmt: skip
    assert [each.code for each in told.gaps if each.gap is None] == ["missing"]
    assert loads.hashes(loads.versions()) == hex_of(loads.chain[9])
    loads.take(lost)
    assert [each.state for each in loads.proven(loads.bundle()).spans] == ["intact"]
    assert loads.versions() == set()


def test_a_seal_that_forgot_its_chain_is_rolled_back(loads: Loads) -> None:
    loads.goes_on(120, 130)
    loads.later(139)
    loads.take([loads.stolen(0, 130, FIRST, boot=2)])
    told = loads.proven(loads.bundle())
    assert {fact.code for span in told.spans for fact in span.facts} == {"rolled_back"}
    # Without the last of before the first of this trip would seem to follow none.
    assert sorted(loads.hashes(loads.versions())) == hex_of(loads.chain[0], loads.chain[9])


def test_an_earlier_start_that_speaks_of_this_trip_is_rolled_back(loads: Loads) -> None:
    loads.later(129)
    loads.take([loads.stolen(40, 120, b"\1" * 32, boot=0)])
    told = loads.proven(loads.bundle())
    assert "rolled_back" in {fact.code for span in told.spans for fact in span.facts}


def test_a_late_block_of_the_load_before_makes_nothing_seem_missing(loads: Loads, tmp_path: Path) -> None:
    late = loads.blocks(loads.drive(100))
    later = loads.blocks(loads.drive(110))
    loads.later(121)
    loads.take(late)
    loads.goes_on(120, 140)
    loads.take(later)
    assert [each.state for each in loads.proven(loads.bundle()).spans] == ["intact"]


def test_a_clone_among_many_blocks_is_found_however_far_back(tmp_path: Path) -> None:
    loads = Loads(tmp_path)
    with loads.log:
        loads.later(125)
        trip_acts.unseal(loads.custody, "T2", Unsealed("seal-1", "customs"), **ACT)
        loads.later(3_000)
        loads.take(loads.blocks(loads.drive(130, 1_000)))
        trip = TripOpened("export", "EFGH", loads.now + timedelta(hours=9))
        trip_acts.open_(loads.custody, "T3", trip, **ACT)
        trip_acts.seal(loads.custody, "T3", Sealed("seal-1", "MX 3"), **ACT)
        loads.later(3_010)
        twin = loads.stolen(3, 3_000, sha256(loads.chain[2]).digest())
        loads.take([twin])
        told = loads.proven(loads.bundle("T3"))
        (fact,) = told.spans[0].facts
        assert list(fact.rests_on) == hex_of(loads.chain[3], twin)
        # T2 held neither of the two.
        assert loads.verdict("T2").before == "intact"


def test_where_the_truck_was_before_is_not_shown_to_who_has_this_load(loads: Loads) -> None:
    loads.later(149)
    twin = loads.stolen(5, 140, sha256(loads.chain[4]).digest())
    loads.take([twin])
    data = loads.bundle(others=lambda trip: trip == "T1")
    assert hex_of(loads.chain[5])[0] not in blocks_in(data)
    told = loads.proven(data)
    assert {each.why for each in told.withheld} == {"other_load"}
    assert told.compared == ()
    assert [each.state for each in told.stated] == ["suspect"], "the node's word"
    # Whose both loads are is shown both.
    assert loads.proven(loads.bundle(others=lambda trip: trip == "T9")).compared == ("seal-1",)


def test_a_statement_that_leaves_out_what_convicts_is_another_than_follows(loads: Loads) -> None:
    loads.later(149)
    loads.take([loads.stolen(5, 140, sha256(loads.chain[4]).digest())])
    bundle = read(loads.bundle())
    gone = hex_of(loads.chain[5])[0].encode()
    kept = tuple(each for each in bundle.leaves if not (isinstance(each, Leaf) and gone in each.body))
    assert len(kept) == len(bundle.leaves) - 1
    with pytest.raises(BundleError) as refused:
        loads.proven(made(type(bundle)(bundle.log, bundle.checkpoint, bundle.trip, bundle.statement, kept)))
    assert refused.value.code == "bundle_hole"


def test_the_gateway_of_another_truck_begins_a_chain_of_its_own(loads: Loads) -> None:
    """And one that the seal comes back to goes on with its own, however long that is ago."""
    device_acts.register(loads.custody, "seal-2", DeviceRegistered("seal", "Norte", 600, 60), **ACT)
    for gate in ("gate-1", "gate-2"):
        device_acts.register(loads.custody, gate, DeviceRegistered("gateway", "Norte", 600, 60, key_of(KEY)), **ACT)
    chains = {"gate-1": (0, FIRST), "gate-2": (0, FIRST)}
    start = 130
    for number, gate in enumerate(("gate-1", "gate-2", "gate-1")):
        trip = f"G{number}"
        loads.later(start)
        opened = TripOpened("export", "EFGH", loads.now + timedelta(hours=9))
        trip_acts.open_(loads.custody, trip, opened, **ACT)
        trip_acts.seal(loads.custody, trip, Sealed("seal-2", f"MX {trip}"), **ACT)
        for _ in range(25):
            place, previous = chains[gate]
            own = drive(2, every=MINUTE, start=loads.start + start * MINUTE, first=start, latitude=257_000_000)
            raw = encode("seal-2", gate, 1, place, previous, own, lambda said: KEY.sign(said).signature)
            chains[gate] = place + 1, sha256(raw).digest()
            loads.later(start + 2)
            loads.take([raw])
            start += 2
        loads.later(start)
        told = loads.proven(loads.bundle(trip))
        assert [(each.state, each.grade) for each in told.spans] == [("intact", "gateway")]
        trip_acts.unseal(loads.custody, trip, Unsealed("seal-2", "customs"), **ACT)
        said = loads.log.stream(f"trip/{trip}", types=(CustodyStated.TYPE,))[-1].payload
        assert isinstance(said, CustodyStated)
        bound = loads.custody.trip(trip).seals[0].version
        (before, since) = [each for each in said.extents if each.stream == "device/seal-2"]
        assert (before.last, since.first) == (1, bound + 1)


def test_of_a_seal_that_forgot_its_chain_the_first_is_read_and_not_its_whole_life(
    loads: Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads.goes_on(120, 520)
    loads.later(530)
    trip_acts.unseal(loads.custody, "T2", Unsealed("seal-1", "customs"), **ACT)
    trip_acts.open_(loads.custody, "T3", TripOpened("export", "EFGH", loads.now + timedelta(hours=9)), **ACT)
    trip_acts.seal(loads.custody, "T3", Sealed("seal-1", "MX 3"), **ACT)
    loads.take([loads.stolen(0, 530, FIRST, boot=2)])
    page, looked_at = custody_before._page, list[int]()

    def counted(*asked: Any) -> Any:
        looked_at.append(asked[-1])
        return page(*asked)

    monkeypatch.setattr(custody_before, "_NEAR", 4)
    monkeypatch.setattr(custody_before, "_page", counted)
    assert "rolled_back" in {each.code for each in loads.verdict("T3").facts}
    assert sum(looked_at) < 20, "of fifty blocks"
