"""What the demonstration tells of trucks under seal: by whom, in what order, and the same whatever its steps are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
from test_demo_seals_drawn import SEED, known

from aforo.demo.clients import Clients, Sender
from aforo.demo.outside.journeys import BRIDGE, MINUTE, Journey
from aforo.demo.outside.saying import Passage
from aforo.demo.outside.sealing import Seals, SealsStanding
from aforo.demo.outside.wire import RefusedError, Wire

#: Journeys that are played, and how long their trucks are at the bridge.
FEW, STAYS = 12, 20 * MINUTE


class Hearing(Wire):
    """A node that takes everything, and keeps what it was told by whom."""

    def __init__(self, trips: dict[str, Any] | None = None) -> None:
        super().__init__("127.0.0.1", 1)
        self.told: list[tuple[str, str, str, Any]] = []
        self.trips = trips or {}

    def send(self, method: str, path: str, token: str, body: bytes, media_type: str) -> Any:
        said = body.decode() if media_type == "text/plain" else msgspec.json.decode(body)
        self.told.append((method, unquote(path), token, said))
        return {"problems": []}

    def get(self, path: str, token: str) -> Any:
        if path not in self.trips:
            raise RefusedError("none such", ["not_found"])
        return self.trips[path]


def journeys() -> list[Journey]:
    return sorted(known(), key=lambda each: each.announced)[:FEW]


def clients() -> Clients:
    carriers = tuple({each.carrier for each in journeys()})
    senders = (Sender("all", "the carrier's", carriers),)
    return Clients(senders, {BRIDGE: "the officer's"}, "the machines'", "", "the registry's", "", "", "", ())


class Expecting(Seals):
    """What is told of some journeys, without their trucks."""

    def __init__(self, wire: Wire, state: SealsStanding, since: int) -> None:
        super().__init__(wire, clients(), None, SEED, state, since, pytest.fail)  # type: ignore[arg-type]
        for each in journeys():
            if each.announced > since:
                self.come(each)


def passages(since: int, until: int) -> list[Passage]:
    found = []
    for each in journeys():
        seen = [Passage("booth", each.crossing, each.arrives), Passage("left", each.crossing, each.arrives + STAYS)]
        found += [passage for passage in seen if since < passage.at <= until]
    return sorted(found, key=lambda each: each.at)


def played(steps: Sequence[int], wire: Hearing, state: SealsStanding | None = None) -> Seals:
    seals = Expecting(wire, SealsStanding() if state is None else state, steps[0])
    for since, until in pairwise(steps):
        seals.step(until, passages(since, until))
    return seals


def times(every: int) -> list[int]:
    first, last = journeys()[0].announced - 1, max(each.arrives for each in journeys()) + 6 * 60 * MINUTE
    return [*range(first, last, every), last]


def blocks(wire: Hearing) -> set[str]:
    return {each for _, path, _, said in wire.told if path == "/v1/custody/blocks" for each in said["blocks"]}


def test_each_trip_is_announced_sealed_read_unsealed_and_discharged_by_whoever_does_that() -> None:
    wire = Hearing()
    seals = played(times(MINUTE), wire)
    assert not seals.state.going
    for each in journeys():
        of_it = [(path.rpartition("/")[2], token) for _, path, token, _ in wire.told if f"/{each.trip}" in path]
        assert of_it == [
            (each.trip, "the carrier's"), ("seal", "the carrier's"), ("seal-read", "the officer's"),
            ("unseal", "the officer's"), ("discharge", "the officer's"),
        ]  # fmt: skip
    registered = [(path, token) for _, path, token, _ in wire.told if path.startswith("/v1/devices/")]
    assert len(set(registered)) == len(registered)
    assert {token for _, token in registered} == {"the registry's"}
    assert {token for _, path, token, _ in wire.told if "/custody/" in path} == {"the machines'"}


def test_what_is_told_does_not_depend_on_how_long_steps_are() -> None:
    short, long = Hearing(), Hearing()
    played(times(MINUTE // 4), short)
    played(times(5 * MINUTE), long)

    def of(wire: Hearing) -> set[str]:
        return {f"{path} {said}" for _, path, _, said in wire.told if path.endswith(("/seal", "/unseal"))}

    assert of(short) == of(long)
    assert blocks(short) == blocks(long)


def test_after_a_restart_the_same_blocks_are_sent_and_no_trip_is_sealed_twice() -> None:
    whole, steps = Hearing(), times(MINUTE)
    played(steps, whole)
    half = len(steps) // 4
    before = Hearing()
    kept = msgspec.json.encode(played(steps[:half], before).state)
    # What was told after the last keeping is known to the node.
    lost = Hearing()
    played(steps[half - 1 : half + 40], lost, msgspec.json.decode(kept, type=SealsStanding))
    trips: dict[str, Any] = {}
    for _, path, _, said in [*before.told, *lost.told]:
        if path.startswith("/v1/trips/") and path.count("/") == 3:
            trips[path] = {"seals": []}
        elif path.startswith("/v1/devices/"):
            trips[path] = {"device": path}
        elif path.endswith("/seal"):
            trips[path.removesuffix("/seal")]["seals"].append({"device": said["device"]})
    again = Hearing(trips)
    seals = Expecting(again, msgspec.json.decode(kept, type=SealsStanding), steps[half - 1])
    seals.begin(steps[half + 39])
    for since, until in pairwise(steps[half - 1 :]):
        seals.step(until, passages(since, until))
    assert blocks(before) | blocks(lost) | blocks(again) == blocks(whole)
    registered = [
        path for wire in (before, lost, again) for _, path, _, _ in wire.told if path.startswith("/v1/devices")
    ]
    assert sorted(registered) == sorted({path for _, path, _, _ in whole.told if path.startswith("/v1/devices")})
    sealed = [path for wire in (before, lost, again) for _, path, _, _ in wire.told if path.endswith("/seal")]
    assert sorted(sealed) == sorted(path for _, path, _, _ in whole.told if path.endswith("/seal"))
