"""Many answers due at once: what a look costs, in which order they go out, and whom a slow recipient holds up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from journeys import Post
from receivers import until

from aforo.answers import shipped
from aforo.answers.delivery import Outcome, begin
from aforo.domain.event import Delivered
from aforo.flow import delivering
from aforo.flow.delivering import Delivering
from aforo.flow.due import Due
from aforo.flow.subscriptions import Subscription

NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)
TAKEN = Outcome("delivered", "http_204")


@contextmanager
def due(
    post: Post, counts: dict[str, int], sent: Callable[[Due], Outcome], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Delivering]:
    """Deliveries, so many to each subscription, of which the first named have been due longest; looked at by hand."""
    monkeypatch.setattr(Delivering, "_sent", lambda self, each, subscription: sent(each))
    with post.log() as log:
        made = Delivering(log, shipped("US"), lambda at: {"token"})
        for place, (name, number) in enumerate(counts.items()):
            made.outbox.subscriptions[name] = Subscription(name, 0, "webhook", (), "", "token")
            at = NOW + timedelta(seconds=place)
            for n in range(number):
                each = Due(name, f"crossing/{n}", f"{n}", "", begin(f"{n}", name, at))
                made.outbox.lines.enter(each.delivery.id, each)
        yield made
        made._pool.shutdown(wait=True)


def step(made: Delivering, ended: Callable[[], bool]) -> bool:
    """Look until something is so, ten seconds at most."""

    def looked() -> bool:
        made.step()
        return ended()

    return until(looked, 10.0)


def test_a_look_costs_no_more_where_much_more_waits(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()

    def waits(each: Due) -> Outcome:
        held.wait(30)
        return TAKEN

    def cost(counts: dict[str, int]) -> float:
        held.clear()
        with due(post, counts, waits, monkeypatch) as made:
            made.step()  # its savings come seldom
            begun = time.thread_time()
            for _ in range(50):
                made.step()
            spent = time.thread_time() - begun
            held.set()
        return spent

    few, many = cost({f"s{n}": 5 for n in range(20)}), cost({f"s{n}": 2_000 for n in range(20)})
    assert many < 5 * few


def test_what_has_been_due_longest_goes_first_and_each_has_its_turn(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def takes(each: Due) -> Outcome:
        order.append(each.subscription)
        return TAKEN

    monkeypatch.setattr(delivering, "AT_ONCE", 1)
    with due(post, {"b": 3, "a": 3}, takes, monkeypatch) as made:
        assert step(made, lambda: not made.outbox.lines.all)
        recorded = made.log.position()
    assert order == ["b", "b", "b", "a", "a", "a"]
    assert recorded == 6


def test_who_is_slow_or_dead_holds_up_nobody_else(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()
    slow = {f"slow{n}": 50 for n in range(30)}
    took: list[str] = []

    def sent(each: Due) -> Outcome:
        if each.subscription in slow:
            took.append(each.subscription)
            # The first is taken late; from then on they do not answer at all.
            held.wait(0.05 if took.count(each.subscription) == 1 else 30)
        return TAKEN

    monkeypatch.setattr(delivering, "SLOW_S", 0.02)
    with due(post, slow | {"quick": 200}, sent, monkeypatch) as made:
        assert step(made, lambda: made.outbox.lines.next_due("quick") is None)
        assert set(took) == set(slow)
        assert sum(each.subscription in slow for each in made._in_hand.values()) <= delivering.HELD_UP
        held.set()
        assert step(made, lambda: not any(each.subscription == "quick" for each in made._in_hand.values()))
        done = [each.payload for each in made.log.read(types=[Delivered.TYPE])]
        assert sum(isinstance(each, Delivered) and each.subscription == "quick" for each in done) == 200
