"""What brokers handed over waits in a bounded file: who floods it costs nobody else his place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aforo.log.keyfile import KeyStoreForeignError
from aforo.log.keys import KeyStore
from aforo.log.put_aside import AROUND, MOST_AT_ONCE, Bounds, Later, PutAside, Waiting, Waits


def later(device: str, number: int, code: str = "device_unknown", signer: str = "") -> Later:
    return Later(device, signer, "seal_text", f"{number:03}".encode(), code)


SIZE = 3 + AROUND


@pytest.fixture
def aside(tmp_path: Path) -> Iterator[PutAside]:
    with PutAside(tmp_path / "aside.sqlite", Bounds(device=2 * SIZE, all=5 * SIZE)) as made:
        yield made


def whose(aside: PutAside, device: str) -> list[int]:
    (own,) = [each for each in aside.waits() if each.device == device]
    return [int(each.what.raw) for each in aside.of(own)]


def test_a_message_waits_once_since_it_first_came_and_outlives_the_process(aside: PutAside, tmp_path: Path) -> None:
    assert aside.put([later("a", 1), later("a", 1), later("b", 1)], 7) == []
    assert aside.put([later("a", 1)], 9) == []
    with PutAside(tmp_path / "aside.sqlite") as again:
        assert again.waiting() == [Waiting(name, "device_unknown", 1, 3, 7) for name in ("a", "b")]
        (own, _) = sorted(again.waits(), key=lambda each: each.device)
        assert [(each.came_at, each.what) for each in again.of(own)] == [(7, later("a", 1))]


def test_a_flood_under_one_name_is_bounded_and_pushes_nobody_out(aside: PutAside) -> None:
    assert aside.put([later("good", 1)], 1) == []
    assert aside.put([later("flood", number) for number in range(9)], 1) == [later("flood", n) for n in range(2, 9)]
    assert aside.put([later("good", 2)], 1) == []
    assert (whose(aside, "good"), whose(aside, "flood")) == ([1, 2], [0, 1])


def test_a_flood_of_names_pushes_nothing_out_and_costs_no_room_of_another_reason(aside: PutAside) -> None:
    assert aside.put([later("good", 1)], 1) == []
    assert len(aside.put([later(f"name {number}", 1) for number in range(9)], 1)) == 5
    assert whose(aside, "good") == [1]
    assert aside.put([later("heard", 1, "device_too_often"), later("signs", 1, "block_signature")], 1) == []


def test_what_is_settled_or_too_old_gives_its_room_back(aside: PutAside) -> None:
    aside.put([later("a", 1), later("a", 2)], 1)
    (own,) = aside.waits()
    first, second = aside.of(own)
    assert aside.put([later("a", 3)], 5) == [later("a", 3)]
    aside.settle([first.id], [(second.id, "device_too_often")])
    aside.settle([first.id], [(first.id, "device_too_often")])  # another process was faster
    assert aside.put([later("a", 3), later("a", 4)], 5) == []
    assert [(each.code, each.messages) for each in aside.waiting()] == [("device_unknown", 2), ("device_too_often", 1)]
    assert aside.forget_older(5) == {"device_too_often": 1}
    assert aside.put([later("a", 5, "device_too_often"), later("a", 6, "device_too_often")], 6) == []
    assert aside.forget_older(7).total() == 4
    assert (aside.waits(), aside.forget_older(9).total()) == ([], 0)
    assert aside.put([later(f"name {number}", 1) for number in range(5)], 1) == [], "all of the room"


def test_what_waits_is_given_in_parts_by_who_signed_it(tmp_path: Path) -> None:
    with PutAside(tmp_path / "aside.sqlite") as aside:
        aside.put([later("a", number, "block_signature", "gate") for number in range(MOST_AT_ONCE + 1)], 1)
        aside.put([later("a", 999, "block_signature", "a")], 1)
        own = Waits("a", "gate", "block_signature", MOST_AT_ONCE + 1)
        assert own in aside.waits()
        part = aside.of(own)
        assert [int(each.what.raw) for each in part] == list(range(MOST_AT_ONCE))
        assert [int(each.what.raw) for each in aside.of(own, part[-1].id)] == [MOST_AT_ONCE]


def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    KeyStore(tmp_path / "keys").close()
    with pytest.raises(KeyStoreForeignError):
        PutAside(tmp_path / "keys")
