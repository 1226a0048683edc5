"""What waits: whoever begins many loses their own, and nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aforo.api.origin import V6_SITE, network_of
from aforo.api.passkey_proof import MOST_CHALLENGES, MOST_OF_ONE, Challenges
from aforo.api.waiting import Waiting

START = datetime(2026, 3, 2, tzinfo=UTC)
WITHIN = timedelta(minutes=5)


def waiting(most: int = 6, most_of_one: int = 4) -> Waiting[str, str]:
    return Waiting(lambda: START, WITHIN, most=most, most_of_one=most_of_one)


def test_one_that_begins_many_loses_its_own_oldest() -> None:
    kept = waiting()
    kept.put("theirs", "x", "officer")
    for number in range(20):
        kept.put(f"mine {number}", "y", "flood")
    assert kept.take("theirs") == "x"
    assert [number for number in range(20) if kept.take(f"mine {number}")] == [16, 17, 18, 19]


def test_where_all_is_full_whoever_holds_most_makes_room() -> None:
    kept = waiting()
    for number in range(3):
        kept.put(f"one {number}", "x", "one")
    for number in range(2):
        kept.put(f"two {number}", "x", "two")
    kept.put("theirs", "x", "officer")
    kept.put("another", "x", "another officer")
    assert kept.take("one 0") is None
    assert [kept.take(each) for each in ("one 1", "two 0", "theirs", "another")] == ["x"] * 4


def test_it_is_taken_once_and_in_time() -> None:
    times = [START]
    kept: Waiting[str, str] = Waiting(lambda: times[0], WITHIN, most=6, most_of_one=4)
    kept.put("a", "x", "one")
    assert (kept.take("a"), kept.take("a")) == ("x", None)
    kept.put("b", "x", "one")
    times[0] += WITHIN
    assert kept.take("b") is None


def test_a_flood_of_challenges_from_one_network_takes_no_others() -> None:
    challenges = Challenges(lambda: START)
    theirs = challenges.make("", network_of("203.0.113.9", V6_SITE))
    for number in range(MOST_CHALLENGES + 1):
        challenges.make("", network_of(f"2001:db8:1:{number:x}::{number:x}", V6_SITE))
    assert challenges._open.take(theirs) == ""
    assert len(challenges._open._kept) == MOST_OF_ONE


def test_a_network_is_one_machine_or_one_customer() -> None:
    assert network_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:2::9", V6_SITE) == "2001:db8:1::/48"
    assert network_of("::ffff:203.0.113.9") == "203.0.113.9"
    assert network_of("unknown" * 20) == ("unknown" * 20)[:64]
