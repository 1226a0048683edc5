"""Which trips set out together: whatever becomes of trips, as if all of them were looked through."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as some
from sealed import START

from aforo.custody.state import CustodyState
from aforo.custody.trip import CAUSES, PREFIX
from aforo.domain.clock import instant
from aforo.domain.event import Payload, new_event
from aforo.domain.retention import ErasedVersions, LeavesErased
from aforo.domain.trip import Discharged, TripCaused, TripOpened
from aforo.log.stored import StoredEvent, encode

BEGUN = instant(START)
CONVOYS = ("", "night", "day")
CARRIERS = ("CA-1", "CA-2")

ACTS = some.lists(
    some.tuples(
        some.sampled_from(("opened", "opened", "caused", "discharged", "erased")),
        some.sampled_from(("T1", "T2", "T3", "T4")), some.sampled_from(CARRIERS), some.sampled_from(CONVOYS),
    ),
    min_size=10, max_size=40,
)  # fmt: skip


def said(act: str, trip: str, carrier: str, convoy: str) -> tuple[str, Payload]:
    """The stream and the payload of an act."""
    if act == "opened":
        return PREFIX + trip, TripOpened("export", carrier, BEGUN + timedelta(days=9), convoy=convoy)
    if act == "caused":
        return CAUSES + trip, TripCaused(())
    if act == "discharged":
        return PREFIX + trip, Discharged("customs")
    return "retention/log", LeavesErased("Over.", "1", "", (ErasedVersions(PREFIX + trip, 1, 9),))


@given(ACTS)
@settings(max_examples=200)
def test_a_convoy_has_the_trips_of_its_carrier_that_go_on(acts: list[tuple[str, str, str, str]]) -> None:
    state = CustodyState()
    for position, act in enumerate(acts, 1):
        stream, payload = said(*act)
        at = BEGUN + timedelta(minutes=position)
        event = new_event(f"{position}", payload, stream, position, occurred_at=at, recorded_at=at, actor="tester")
        state.apply([StoredEvent(position, b"", encode(event))])
    loaded = CustodyState()
    loaded.load(state.dump())
    for carrier in CARRIERS:
        for convoy in CONVOYS:
            own = [
                each.trip
                for each in state.every_trip()
                if each.discharged is None and convoy and (each.opened.carrier, each.opened.convoy) == (carrier, convoy)
            ]
            for known in (state, loaded):
                assert sorted(each.trip for each in known.in_convoy(carrier, convoy)) == sorted(own)


def test_to_ask_for_a_convoy_looks_at_no_other_trip() -> None:
    state = CustodyState()
    for position in range(1, 5):
        opened = TripOpened("export", "CA-1", BEGUN + timedelta(days=9), convoy=CONVOYS[1 + position % 2])
        event = new_event(
            f"{position}", opened, f"trip/T{position}", 1, occurred_at=BEGUN, recorded_at=BEGUN, actor="tester"
        )
        state.apply([StoredEvent(position, b"", encode(event))])
    looked: list[str] = []

    class Watched(dict):  # type: ignore[type-arg]
        def get(self, trip: str, absent: object = None) -> object:
            looked.append(trip)
            return super().get(trip, absent)

        def values(self) -> object:  # type: ignore[override]
            raise AssertionError("all trips are looked through")

    state.trips = Watched(state.trips)
    assert [each.trip for each in state.in_convoy("CA-1", "night")] == ["T2", "T4"]
    assert looked == ["T2", "T4"]
