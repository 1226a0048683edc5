"""Deliveries: one identifier, growing waits, an end; and where they may connect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.answers.delivery import Delivery, Outcome, Policy, attempt, begin
from aforo.answers.reach import Reach, UnreachableError, allowed, checked_addresses

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
POLICY = Policy(attempts=4, first_s=10, factor=3, longest_s=60, jitter=0.5)


def tried(delivery: Delivery, outcome: Outcome, now: datetime = NOW, draw: float = 0.0) -> Delivery:
    return attempt(delivery, lambda: outcome, POLICY, lambda: now, lambda: draw)


def test_the_same_answer_to_the_same_recipient_is_the_same_delivery() -> None:
    assert begin("ans_1", "carrier", NOW).id == begin("ans_1", "carrier", NOW + timedelta(days=1)).id
    assert len({begin(a, b, NOW).id for a, b in (("ans_1", "x"), ("ans_2", "x"), ("ans_1", "y"), ("ans_1x", ""))}) == 4


def test_waits_grow_to_the_longest_and_tries_end() -> None:
    delivery, now, waits = begin("ans_1", "carrier", NOW), NOW, []
    while delivery.state == "pending":
        delivery = tried(delivery, Outcome("again", "http_503"), now)
        waits.append((delivery.due - now).total_seconds())
        now = delivery.due
    assert waits == [10, 30, 60, 0]
    assert (delivery.state, delivery.attempts, delivery.last) == ("given_up", 4, "http_503")
    assert delivery.id == begin("ans_1", "carrier", NOW).id


@given(st.integers(1, 1_000), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_never_longer_than_the_longest_nor_shorter_than_chance_allows(attempts: int, draw: float) -> None:
    assert 0 < POLICY.wait_s(attempts, lambda: draw) <= POLICY.longest_s
    assert POLICY.wait_s(attempts, lambda: draw) >= 0.5 * POLICY.wait_s(attempts, lambda: 0.0)


def test_who_asks_for_more_time_gets_it_up_to_the_longest_wait() -> None:
    assert tried(begin("a", "b", NOW), Outcome("again", "http_429", 45)).due == NOW + timedelta(seconds=45)
    assert tried(begin("a", "b", NOW), Outcome("again", "http_429", 10**6)).due == NOW + timedelta(seconds=60)


def never() -> Outcome:
    raise AssertionError("nothing is to be sent")


@pytest.mark.parametrize("outcome", [Outcome("delivered", "http_204"), Outcome("never", "http_410")])
def test_what_is_delivered_or_given_up_is_never_sent_again(outcome: Outcome) -> None:
    done = tried(begin("a", "b", NOW), outcome)
    assert done.state == ("delivered" if outcome.result == "delivered" else "given_up")
    assert attempt(done, never, POLICY, lambda: NOW + timedelta(days=9), lambda: 0.0) == done


def test_nothing_is_sent_before_it_is_due() -> None:
    waiting = tried(begin("a", "b", NOW), Outcome("again", "timeout"))
    assert attempt(waiting, never, POLICY, lambda: NOW, lambda: 0.0) == waiting


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "127.0.0.1", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1",
        "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "2001:0:a00:1::1", "::ffff:8.8.8.8", "nonsense", "",
        "::10.0.0.1", "::8.8.8.8", "::ffff:0:10.0.0.1", "64:ff9b:1::a00:1", "192.0.0.8", "192.0.0.9", "192.88.99.1",
        "2600::5efe:10.0.0.1", "2600::200:5efe:10.0.0.1", "2001:db8::1", "2001:20::1", "3fff::1", "4000::1", "5f00::1",
    ],
)  # fmt: skip
def test_no_address_but_a_public_one_is_reached(address: str) -> None:
    assert not allowed(address, Reach())


def test_public_addresses_are_reached_and_this_machine_by_setting_alone() -> None:
    assert allowed("8.8.8.8", Reach())
    assert allowed("2600::1", Reach())
    assert allowed("2001:4860:4860::8888", Reach())
    assert allowed("127.0.0.1", Reach(loopback=True))
    assert allowed("::1", Reach(loopback=True))
    assert not allowed("10.0.0.1", Reach(loopback=True))


def unknown(host: str, port: int) -> list[str]:
    raise OSError(host, port)


def slow(host: str, port: int) -> list[str]:
    sleep(0.5)
    return ["8.8.8.8"]


@pytest.mark.parametrize(
    ("resolver", "code", "final"),
    [
        (lambda *_: ["8.8.8.8", "10.0.0.1"], "address_refused", True),
        (lambda *_: [], "name_unknown", False),
        (unknown, "name_unknown", False),
        (slow, "name_timeout", False),
    ],
)
def test_a_name_with_one_refused_address_or_none_is_not_reached(
    resolver: Callable[[str, int], list[str]], code: str, final: bool
) -> None:
    with pytest.raises(UnreachableError) as caught:
        checked_addresses("example.test", 443, Reach(), 0.05, resolver)
    assert (caught.value.code, caught.value.final) == (code, final)
