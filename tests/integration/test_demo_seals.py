"""Trucks under seal in the live demonstration: carriers announce, seals speak, officers read and take off; after a kill
it goes on, and nothing of it is told twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from demonstrated import Running, running
from test_demo_live import recorded

from aforo.demo.outside import kept
from aforo.domain.device import BlockReceived, DeviceRegistered
from aforo.domain.response import ResponseArrived, ResponseEnded, ResponseOwned
from aforo.domain.trip import Discharged, Sealed, SealRead, TripOpened, Unsealed
from aforo.log.stored import StoredEvent

#: The world's trucks drive for hours, as fast as this machine plays them.
_HOURS_S = 400.0


def discharged(demo: Running) -> int:
    trips: list[dict[str, Any]] = demo.http.get("/v1/trips", params={"limit": 500}).raise_for_status().json()["trips"]
    return sum(each["discharged_at"] is not None for each in trips)


def taken(demo: Running) -> bool:
    """Whether an officer of the world sees to a response, or saw to one."""
    found: list[dict[str, Any]] = demo.http.get("/v1/responses", params={"which": "all"}).json()["responses"]
    return any(each["taken"] for each in found)


def acts(events: list[StoredEvent], kind: type) -> Counter[str]:
    return Counter(each.event.stream for each in events if isinstance(each.payload, kind))


def test_trips_are_driven_to_their_end_and_told_once_even_if_the_node_was_killed(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    arguments = ("--bridge", "world-trade", "--speed", "600", "--seed", "3")
    with running(folder, *arguments) as demo:
        demo.until(lambda stands: discharged(demo) >= 2, _HOURS_S)
        demo.process.kill()
        demo.process.wait()
    with running(folder, *arguments) as demo:
        before = discharged(demo)
        assert before >= 2
        # What happens to trips is dealt over hours: that somebody is called to a truck is not waited for.
        for trip in trips_of(folder):
            demo.http.post(f"/v1/trips/{trip}/people-signs", json={"signs": ["sounds"]})
        demo.until(lambda stands: taken(demo), _HOURS_S)
        demo.until(lambda stands: discharged(demo) >= before + 2, _HOURS_S)
        custody = demo.http.get("/v1/custody", params={"trip": trips_of(folder)[:50]}).raise_for_status().json()
        assert {each["state"] for each in custody["custody"]} - {"unsealed"}
        assert not [line for line in demo.said if "refused" in line]
    events = recorded(folder)
    assert {each.event.origin for each in events} == {"synthetic"}
    for kind in (TripOpened, Sealed, Unsealed, Discharged, DeviceRegistered):
        counted = acts(events, kind)
        assert counted, kind
        assert set(counted.values()) == {1}, kind
    assert acts(events, ResponseOwned), "a response was taken over"
    for kind in (ResponseOwned, ResponseArrived, ResponseEnded):
        assert set(acts(events, kind).values()) <= {1}, kind
    assert set(acts(events, Discharged)) <= set(acts(events, Unsealed)) <= set(acts(events, Sealed))
    assert set(acts(events, Unsealed)) <= set(acts(events, SealRead))
    blocks = [each.payload for each in events if isinstance(each.payload, BlockReceived)]
    assert {each.form for each in blocks} == {"block", "seal_text"}
    assert {each.grade for each in blocks} == {"device", "gateway", "unsigned"}
    assert len({each.hash for each in blocks}) == len(blocks)


def trips_of(folder: Path) -> list[str]:
    """The trips that are under way."""
    world = kept.load(folder, 3)
    assert world is not None
    return [each.journey.trip for each in world.seals.going.values() if each.device]
