"""Which trips set out together: whatever becomes of trips, as if all of them were looked through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sealed import START

from aforo.custody import state as state_module
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


def apply(state: CustodyState, position: int, stream: str, payload: Payload) -> None:
    at = BEGUN + timedelta(minutes=position)
    event = new_event(f"{position}", payload, stream, position, occurred_at=at, recorded_at=at, actor="tester")
    state.apply([StoredEvent(position, b"", encode(event))])


def played(acts: list[tuple[str, str, str, str]]) -> list[tuple[tuple[str, str], dict[str, bool]]]:
    """All convoys that are or were, in the order in which they began: the name of each, and its trips, with whether
    they go on."""
    convoys: list[tuple[tuple[str, str], dict[str, bool]]] = []
    over: dict[str, bool] = {}
    for act, trip, carrier, convoy in acts:
        own = next((trips for _, trips in convoys if trip in trips), None)
        if act == "erased" or (act == "opened" and (own is None or (carrier, convoy) != name_of(convoys, trip))):
            if own is not None:
                del own[trip]
            own = None
        if act == "erased":
            over.pop(trip, None)
        elif act == "opened":
            over.setdefault(trip, False)
            if own is None and convoy and not over[trip]:
                known = [trips for name, trips in convoys if name == (carrier, convoy) and any(trips.values())]
                if not known:
                    known = [{}]
                    convoys.append(((carrier, convoy), known[0]))
                known[0][trip] = True
        elif act == "discharged" and trip in over:
            over[trip] = True
            if own is not None:
                own[trip] = False
        convoys = [each for each in convoys if each[1]]
    return convoys


def name_of(convoys: list[tuple[tuple[str, str], dict[str, bool]]], trip: str) -> tuple[str, str]:
    return next(name for name, trips in convoys if trip in trips)


@given(ACTS)
@settings(max_examples=300)
def test_a_convoy_has_all_that_set_out_together_until_the_last_is_over_and_after(
    acts: list[tuple[str, str, str, str]],
) -> None:
    state = CustodyState()
    for position, act in enumerate(acts, 1):
        apply(state, position, *said(*act))
    loaded = CustodyState()
    loaded.load(state.dump())
    convoys = played(acts)
    for known in (state, loaded):
        for trip in ("T1", "T2", "T3", "T4"):
            own = next((trips for _, trips in convoys if trip in trips), {})
            assert sorted(known.together.with_(trip)) == sorted(own)
        for carrier in CARRIERS:
            for convoy in CONVOYS:
                under_way = [trips for name, trips in convoys if name == (carrier, convoy) and any(trips.values())]
                found = [each.trip for each in known.in_convoy(carrier, convoy)]
                if under_way:
                    assert sorted(found) == sorted(under_way[0])
                else:
                    assert all(known.over[each] for each in found)


def test_who_arrived_is_kept_until_the_last_of_the_convoy_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_module, "MOST_OVER", 3)
    state = CustodyState()
    names = ["A", "B", *(f"T{number}" for number in range(9))]
    acts = [("opened", each, "CA-1", "night" if each in "AB" else "") for each in names]
    acts += [("discharged", each, "CA-1", "") for each in names if each != "B"]
    for position, act in enumerate(acts, 1):
        apply(state, position, *said(*act))
    assert sorted(state.over) == ["A", "T7", "T8"]
    assert sorted(state.together.with_("B")) == ["A", "B"]
    later = [("discharged", "B", "CA-1", "")]
    later += [("opened", each, "CA-1", "") for each in ("U1", "U2", "U3")]
    later += [("discharged", each, "CA-1", "") for each in ("U1", "U2", "U3")]
    for position, act in enumerate(later, len(acts) + 1):
        apply(state, position, *said(*act))
    assert sorted(state.over) == ["U1", "U2", "U3"]
    assert state.together.every() == []


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


def test_what_is_erased_of_a_device_forgets_no_trip_that_is_called_like_its_stream() -> None:
    state = CustodyState()
    erased = LeavesErased("Over.", "1", "", (ErasedVersions("device/seal-1", 1, 9),))
    said: tuple[tuple[str, Payload], ...] = (
        ("trip/device/seal-1", TripOpened("export", "CA-1", BEGUN + timedelta(days=9))),
        ("retention/log", erased),
    )
    for position, (stream, payload) in enumerate(said, 1):
        event = new_event(f"{position}", payload, stream, 1, occurred_at=BEGUN, recorded_at=BEGUN, actor="tester")
        state.apply([StoredEvent(position, b"", encode(event))])
    assert [each.trip for each in state.every_trip()] == ["device/seal-1"]
