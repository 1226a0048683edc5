"""Who signs when the record of a dock is closed: pure of the record and of what was reported before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from aforo.domain.dock import DockOutcome, ExaminationBegun, ExaminationClosed, FindingNoted
from aforo.domain.event import Examined, Payload, new_event
from aforo.domain.outcome import Outcome
from aforo.exams.dock_record import records
from aforo.flow.dock import DockRefusedError, check_second
from aforo.flow.dock_acts import Close
from aforo.flow.examinations import examination_key
from aforo.log.merkle import leaf_hash
from aforo.log.stored import StoredEvent, encode

AT, STREAM = datetime(2026, 3, 2, 14, tzinfo=UTC), "crossing/T"
BEGUN = ExaminationBegun("e", "secondary", "world-trade", "3", "00")
FOUND = FindingNoted("e", "f", "load", "contraband", "Packages")
VIOLATION = ExaminationClosed("e", "violation", "contraband", 5.0)


def stored(*payloads: Payload) -> list[StoredEvent]:
    made = []
    for place, payload in enumerate(payloads, 1):
        key = examination_key(STREAM, AT) if isinstance(payload, Examined) else None
        event = new_event(
            f"event-{place}", payload, STREAM, place, occurred_at=AT, recorded_at=AT, actor="Luz", idempotency_key=key
        )
        line = encode(event)
        made.append(StoredEvent(place, leaf_hash(line), line))
    return made


def closing(outcome: DockOutcome, *payloads: Payload, second: str | None = None, reason: str = "", **said: Any) -> str:
    """The code of the refusal; empty where it is taken."""
    events = stored(BEGUN, *payloads)
    before = records(events)["e"]
    try:
        check_second(before, Close(outcome=outcome, reason=reason, **said), events, AT, "Luz", second)
    except DockRefusedError as refused:
        return refused.code
    return ""


@pytest.mark.parametrize("outcome", ["clear", "inconclusive"])
@pytest.mark.parametrize("payloads", [(FOUND,), (VIOLATION,)])
def test_what_sets_a_finding_aside_takes_another_officer_and_a_reason(
    outcome: DockOutcome, payloads: tuple[Payload, ...]
) -> None:
    assert closing(outcome, *payloads) == "second_needed"
    assert closing(outcome, *payloads, second=" luz", reason="Rust.") == "second_is_first"
    assert closing(outcome, *payloads, second="Eva") == "reason_needed"
    assert closing(outcome, *payloads, second="Eva", reason="Rust.") == ""


def test_a_finding_that_was_reported_of_the_instant_counts_as_the_records_own() -> None:
    outcome = Outcome("T", AT, True, "contraband", 5.0, False)
    assert closing("clear", Examined(outcome)) == "second_needed"
    assert closing("clear", Examined(Outcome("T", AT, False, None, None, False))) == ""


def test_what_holds_the_truck_and_what_found_nothing_take_one() -> None:
    assert closing("violation", FOUND, threat="contraband") == ""
    assert closing("clear") == closing("inconclusive") == ""
