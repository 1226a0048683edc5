"""The places for what cannot be put aside: so many in all, and so many in one device's name."""

from __future__ import annotations

from aforo.gateways.held import Held
from aforo.log.put_aside import Later


def of(*devices: str) -> list[Later]:
    return [Later(each, "", "seal_text", b"a line", "device_unknown") for each in devices]


def test_a_flood_in_one_name_leaves_the_others_theirs_and_places_are_given_back() -> None:
    places = Held(16)
    assert [places.take(of("flood")) for _ in range(4)] == [True, True, False, False]
    assert not places.take(of("other", "flood"))
    assert [places.take(of("other", "third")), places.take(of("other")), places.take(of("other"))] == [
        True,
        True,
        False,
    ]
    places.give_back(of("flood"))
    assert places.take(of("flood", "fourth"))


def test_all_together_have_no_more_than_there_are() -> None:
    places = Held(5)
    assert [places.take(of(f"device-{number}")) for number in range(7)] == [True] * 5 + [False] * 2
    places.give_back(of("device-0"))
    assert places.take(of("device-0", "device-0"))
    assert not places.take(of("device-9"))
    places.give_back(of("device-0", "device-0"))
    assert places.take(of("device-0"))
