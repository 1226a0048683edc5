"""Single trucks at a bridge: what the node orders, what is seen and what is told late come to one place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import msgspec
import pytest

from aforo.domain.bridge import ExaminationEnded, ExaminationQueued, ExaminationStarted
from aforo.domain.event import Examined, Moved, Overridden, Passed, Payload, new_event
from aforo.domain.outcome import Outcome
from aforo.ports import work as works
from aforo.ports.work import Whereabouts, Work

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
#: An event: when it happened, in minutes; what; and when it was recorded.
Said = tuple[float, Payload, float]


def queued(resource: Any, minutes: int | None = None) -> Payload:
    return ExaminationQueued("a", resource, None if minutes is None else minutes * 60_000)


def started(resource: Any, unit: str = "") -> Payload:
    return ExaminationStarted("a", resource, None, unit)


def ended(resource: Any) -> Payload:
    return ExaminationEnded("a", resource)


def examined(carried_out: Any = "scan", order_stands: bool = False) -> Payload:
    return Examined(Outcome("a", START, None, None, None, False), carried_out=carried_out, order_stands=order_stands)


def told(*said: Said | tuple[float, Payload]) -> list[tuple[int, Any, Payload]]:
    """Events in the order in which they are recorded: seen, where they name when they were recorded."""
    made = []
    for position, each in enumerate(said, 1):
        at, payload, *recorded = each
        seen = bool(recorded) and not isinstance(payload, Examined | Passed | Overridden | Moved)
        stream = "port/world-trade" if isinstance(payload, works.Said) else "crossing/a"
        event = new_event(
            f"e{position}", payload, stream, position, occurred_at=START + timedelta(minutes=at),
            recorded_at=START + timedelta(minutes=recorded[0] if recorded else at), actor="tester",
            idempotency_key=f"stated:{position}" if seen else None,
        )  # fmt: skip
        made.append((position, event, payload))
    return made


def where(events: list[tuple[int, Any, Payload]]) -> Work | None:
    """Where truck a is, in whatever order the events come."""
    found = set()
    for order in permutations(events):
        kept = Whereabouts()
        for each in order:
            kept.take(*each)
        found.add(kept.standing.get("a"))
    assert len(found) == 1, found
    return found.pop()


def place(work: Work | None) -> tuple[str, str] | None:
    return None if work is None else (work.resource, work.step)


def test_a_portal_that_is_told_late_ends_the_scan_that_the_booth_ordered() -> None:
    late = (72, started("portal"), 80), (100, queued("scanner")), (94, ended("portal"), 101)
    assert place(where(told(*late))) == ("scanner", "queued")
    assert where(told(*late, (94, Passed(1, "2304", "2026-03-02"), 101), (94, examined(), 101))) is None
    # What it carried out is less than what is ordered: that is still to be done.
    stands = told((100, queued("dock")), (94, examined(order_stands=True), 101))
    assert place(where(stands)) == ("dock", "queued")


def test_who_alarms_is_sent_on_and_waits_there() -> None:
    scanned = (90, started("scanner"), 91), (95, ended("scanner"), 96), (95, examined(), 96)
    passed = (95, Passed(1, "2304", "2026-03-02"), 96)
    assert place(where(told(*scanned, passed, (96, queued("dock"))))) == ("dock", "queued")
    # The dock's clock, or the node's answer, may be behind: it is the same visit.
    seen = where(told(*scanned, (96, queued("dock")), (95, queued("dock"), 97), (95, started("dock", "D1"), 97)))
    assert (place(seen), seen and seen.unit) == (("dock", "started"), "D1")
    over = told((96, queued("dock")), (95, started("dock"), 97), (95.5, ended("dock"), 98))
    assert where(over) is None


@pytest.mark.parametrize(
    "over", [ended("scanner"), examined("scan", order_stands=True), examined(None, order_stands=True)]
)
def test_who_was_only_seen_to_leave_where_it_was_sent_waits_there_no_more(over: Payload) -> None:
    sent = (100, queued("scanner"))
    # The clock of who saw it is behind.
    assert where(told(sent, (99, over, 101))) is None
    # Before it was sent it left from an earlier visit.
    assert place(where(told((99, over, 99.5), sent))) == ("scanner", "queued")
    assert place(where(told(sent, (94, over, 101)))) == ("scanner", "queued")


def test_what_was_long_ago_is_another_visit() -> None:
    sent = (120, queued("dock"))
    assert place(where(told(sent, (60, started("dock"), 121), (80, ended("dock"), 121)))) == ("dock", "queued")


def test_of_one_instant_the_later_step_counts() -> None:
    assert place(where(told((5, started("scanner"), 6), (5, queued("scanner"), 6)))) == ("scanner", "started")
    assert where(told((5, ended("scanner"), 6), (5, started("scanner"), 6))) is None
    # It left one place for another.
    gone = told((1, started("scanner"), 2), (5, queued("dock"), 6), (5, ended("scanner"), 6))
    assert place(where(gone)) == ("dock", "queued")
    # The node's own words of one instant follow each other as they are recorded.
    assert place(where(told((5, queued("scanner")), (5, ended("scanner")), (5, queued("scanner"))))) is not None
    assert where(told((5, queued("scanner")), (5, ended("scanner")))) is None


def test_a_unit_that_breaks_puts_its_truck_back_into_the_queue() -> None:
    broken = (1, queued("scanner"), 1), (2, started("scanner", "S1"), 2), (4, queued("scanner"), 5)
    assert place(where(told(*broken))) == ("scanner", "queued")
    assert place(where(told(*broken, (6, started("scanner", "S2"), 7)))) == ("scanner", "started")


def test_what_was_predicted_stays_when_it_is_seen() -> None:
    seen = where(told((1, queued("scanner", 8)), (2, queued("scanner"), 3), (4, started("scanner"), 5)))
    assert seen is not None
    assert seen.predicted_ms == 8 * 60_000


@pytest.mark.parametrize("over", [Overridden("release", "Seen.", 0), Passed(1, "2304", "2026-03-02")])
def test_who_is_let_go_waits_nowhere_whatever_is_told_late(over: Payload) -> None:
    assert (
        where(told((1, queued("scanner")), (9, over), (3, queued("scanner"), 10), (4, started("scanner"), 10))) is None
    )


def test_what_is_told_late_of_a_crossing_that_is_part_of_another_is_of_that() -> None:
    kept = Whereabouts()
    for each in told((5, Moved("trip")), (6, started("scanner"), 7)):
        kept.take(*each)
    assert list(kept.standing) == ["trip"]


def test_when_an_hour_is_over_only_what_is_a_day_old_is_made_anew() -> None:
    kept = Whereabouts()
    said = told(
        (5, queued("scanner", 8)), (6, started("scanner"), 7), (70, queued("dock")), (80, queued("portal")),
        (24 * 60 + 65, queued("scanner")), (25 * 60 + 65, queued("scanner")),
    )  # fmt: skip
    for (position, event, payload), own in zip(said, "aaabcd", strict=True):
        kept.take(position, event, msgspec.structs.replace(payload, crossing=own))
        if own == "b":
            before = dict(kept._known)
        if own == "c":
            # Of truck a what was said at the scanner is a day old, of truck b nothing is.
            assert kept._known["b"] is before["b"]
            assert (list(kept._known["a"].seen), kept._known["a"].sent) == ([], before["a"].sent)
            assert list(kept._known) == ["a", "b", "c"]
    assert list(kept._known) == list(kept.standing) == ["c", "d"]
