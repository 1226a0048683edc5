"""Which trips bear what a gate reads: whatever becomes of trips, as if all of them were looked through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sealed import START

from aforo.custody import state as states
from aforo.custody.state import CustodyState
from aforo.custody.trip import PREFIX
from aforo.domain.clock import instant
from aforo.domain.declaration import identity_text
from aforo.domain.event import Payload, new_event
from aforo.domain.retention import ErasedVersions, LeavesErased
from aforo.domain.trip import Discharged, Sealed, TripOpened, Unsealed
from aforo.log.stored import StoredEvent, encode

BEGUN = instant(START)
TRIPS = ("T1", "T2", "T3", "T4")
#: Two of a number, spelled in two ways, and a number that is the name of another's device.
SEALS = (("seal-1", "MX 1"), ("seal-2", "mx-1"), ("seal-3", "SEAL1"), ("SEAL4", "MX 4"))
NAMES = sorted({identity_text(each) for pair in SEALS for each in pair})

ACTS = some.lists(
    some.tuples(
        some.sampled_from(("opened", "opened", "sealed", "sealed", "unsealed", "discharged", "erased")),
        some.sampled_from(TRIPS), some.sampled_from(SEALS),
    ),
    min_size=30, max_size=60,
)  # fmt: skip


def said(act: str, trip: str, seal: tuple[str, str]) -> tuple[str, Payload]:
    """The stream and the payload of an act."""
    own = PREFIX + trip
    if act == "opened":
        return own, TripOpened("export", "CA-1", BEGUN + timedelta(days=9))
    if act == "sealed":
        return own, Sealed(*seal)
    if act == "unsealed":
        return own, Unsealed(seal[0], "customs")
    if act == "discharged":
        return own, Discharged("customs")
    return "retention/log", LeavesErased("Over.", "1", "", (ErasedVersions(own, 1, 9),))


@given(ACTS)
@settings(max_examples=200)
def test_a_number_is_of_the_trips_that_bear_or_bore_it(acts: list[tuple[str, str, tuple[str, str]]]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(states, "MOST_OVER", 1)
        state = CustodyState()
        for position, (act, trip, seal) in enumerate(acts, 1):
            stream, payload = said(act, trip, seal)
            at = BEGUN + timedelta(minutes=position)
            event = new_event(f"{position}", payload, stream, position, occurred_at=at, recorded_at=at, actor="tester")
            state.apply([StoredEvent(position, b"", encode(event))])
    loaded = CustodyState()
    loaded.load(state.dump())
    for name in NAMES:
        bearing = [
            known.trip
            for known in state.every_trip()
            if any(name in {identity_text(each.seal_id), identity_text(each.device)} for each in known.seals)
        ]
        assert sorted(state.borne.of(name)) == sorted(loaded.borne.of(name)) == sorted(bearing)
    assert list(state.borne.of("MX9")) == []
