"""What the demonstration's world hears of the node: orders for trucks on their way, and what officers order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from aforo.demo.outside.hearing import Hearing, Order
from aforo.demo.outside.wire import Wire


class Stream:
    """A stream of events that ends."""

    def __init__(self, status: int, text: str) -> None:
        self.status, self._lines = status, text.encode().splitlines(keepends=True)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._lines)


def event(leaf: int, kind: str, data: str) -> str:
    return f"id: {leaf}\nevent: {kind}\ndata: {data}\n\n"


def heard(stream: Any, after: str = "") -> tuple[list[Order], str]:
    hearing = Hearing(Wire("127.0.0.1", 1), "token", after)
    hearing._listen(stream)
    return list(hearing.orders()), hearing.last


def test_orders_are_heard_and_the_place_in_the_stream_is_kept() -> None:
    text = (
        "retry: 2000\n\n: \n\n"
        + event(4, "crossing.filed", '{"crossing_id":"SYN1","declaration_id":"d"}')
        + event(5, "crossing.decided", '{"crossing_id":"SYN1","examination":"scan","stage":"filed","basis":"priced"}')
        + event(6, "crossing.decided", '{"crossing_id":"SYN2","examination":"release"}')
        + event(7, "crossing.decided", '{"crossing_id":"SYN1","examination":"secondary","stage":"primary"}')
        + event(8, "crossing.overridden", '{"crossing_id":"SYN1","examination":"hold"}')
    )
    orders, last = heard(Stream(200, text))
    assert orders == [Order("SYN1", "scan", False), Order("SYN2", "release", False), Order("SYN1", "hold", True)]
    assert last == "8"


def test_a_frame_that_is_cut_is_heard_again() -> None:
    text = event(5, "crossing.decided", '{"crossing_id":"SYN1","examination":"scan"}') + "id: 6\nevent: crossing.dec"
    orders, last = heard(Stream(200, text))
    assert (orders, last) == ([Order("SYN1", "scan", False)], "5")


@pytest.mark.parametrize("status", [401, 429, 503])
def test_a_refusal_leaves_the_place_as_it_was(status: int) -> None:
    assert heard(Stream(status, '{"id": 9}'), "3") == ([], "3")
