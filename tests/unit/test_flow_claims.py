"""What stands of what was found in a truck, and whether it had left, from the events of its crossing alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aforo.domain.alert import Left
from aforo.domain.decision import Examination
from aforo.domain.dock import EntryWithdrawn, ExaminationBegun, ExaminationClosed, FindingNoted
from aforo.domain.event import Arrived, Examined, Passed, Payload, new_event
from aforo.domain.outcome import Outcome
from aforo.domain.threat import Threat
from aforo.flow.findings import claims, kind_of
from aforo.flow.truck_left import left_in
from aforo.log.stored import StoredEvent, encode

START = datetime(2026, 3, 1, tzinfo=UTC)
BEGUN = ExaminationBegun("e", "secondary", "wtb", "3", "0")
PASSED = Passed(1, "2304", "2026-03-01")


def told(*payloads: Payload) -> list[StoredEvent]:
    """The events of a crossing, a minute apart, named `e1`, `e2`, …"""
    made = []
    for place, payload in enumerate(payloads, 1):
        at = START + timedelta(minutes=place)
        own = payload.outcome.found_at if isinstance(payload, Examined) else at
        event = new_event(f"e{place}", payload, "crossing/A", place, occurred_at=own, recorded_at=at, actor="luz")
        made.append(StoredEvent(place, b"", encode(event)))
    return made


def noted(threat: Threat = "people", finding: str = "f") -> FindingNoted:
    return FindingNoted("e", finding, "load", threat, "Somebody")


def examined(
    minute: int,
    threat: Threat | None = None,
    corrects: str | None = None,
    carried_out: Examination | None = None,
) -> Examined:
    """An outcome of an examination that ended so many minutes after the start; nothing was found without a threat."""
    return Examined(Outcome("A", START + timedelta(minutes=minute), threat is not None, threat), corrects, carried_out)


def closed(outcome: Any = "violation") -> ExaminationClosed:
    return ExaminationClosed("e", outcome)


@pytest.mark.parametrize(
    ("threat", "kind"),
    [
        ("people", "people_found"), ("contraband", "contraband_found"), ("theft", "other_found"),
        ("misdeclaration", "other_found"), (None, "other_found"),
    ],
)  # fmt: skip
def test_people_are_the_gravest_and_what_names_no_threat_is_told_too(threat: Threat | None, kind: str) -> None:
    assert kind_of(threat) == kind


@pytest.mark.parametrize(
    ("payloads", "standing"),
    [
        ((BEGUN,), []),
        ((BEGUN, noted()), ["e2"]),
        ((BEGUN, noted(), examined(4, "people"), closed()), ["e2"]),
        ((BEGUN, noted("contraband"), examined(4, "people"), closed()), ["e2", "e3"]),
        ((BEGUN, noted(), EntryWithdrawn("e", "e2", "No.")), []),
        ((BEGUN, noted(), EntryWithdrawn("e", "e2", "No."), examined(5, "people"), closed()), ["e4"]),
        ((BEGUN, noted(), examined(4, "people"), closed(), EntryWithdrawn("e", "e2", "No.")), []),
        ((BEGUN, examined(3, "people"), closed(), noted()), ["e2", "e4"]),
        ((BEGUN, examined(3, "people"), closed(), noted(), EntryWithdrawn("e", "e4", "No.")), []),
        ((examined(1, "people"),), ["e1"]),
        ((examined(1, "people"), examined(1, None, "e1")), []),
        ((examined(1, "people"), examined(1, "people", "e1")), ["e1"]),
        ((examined(1, "people"), examined(1, "theft", "e1")), ["e2"]),
        ((examined(1, "people"), examined(2)), ["e1"]),
        ((BEGUN, examined(2, "people", None, "scan"), noted(), EntryWithdrawn("e", "e3", "No.")), ["e2"]),
        ((BEGUN, noted(), examined(3, "people", None, "scan"), EntryWithdrawn("e", "e2", "No.")), ["e3"]),
        ((BEGUN, noted(), examined(0, "people", None, "secondary"), EntryWithdrawn("e", "e2", "No.")), ["e3"]),
        ((BEGUN, noted(), examined(3, "people", None, "secondary")), ["e2"]),
    ],
    ids=[
        "nothing", "noted", "closed upon the note", "closed upon another threat", "withdrawn", "closed after all",
        "withdrawn from the closed record", "noted after it", "noted after it and withdrawn", "reported", "taken back",
        "said again", "another threat", "another examination that found nothing",
        "scanned before the note that is withdrawn", "scanned after it", "of an examination before the record",
        "closing upon the note",
    ],
)  # fmt: skip
def test_what_stands_of_what_was_found(payloads: tuple[Payload, ...], standing: list[str]) -> None:
    assert sorted(claims(told(*payloads))) == standing


def minute(count: int) -> datetime:
    return START + timedelta(minutes=count)


@pytest.mark.parametrize(
    ("payloads", "left"),
    [
        ((BEGUN,), None),
        ((Arrived("world-trade"), PASSED), Left(minute(2), "passed", "world-trade")),
        ((PASSED, examined(2)), Left(minute(2), "examined")),
        ((BEGUN, PASSED, examined(4), closed("clear")), Left(minute(4), "examined", "wtb", "3")),
        ((PASSED, examined(2, "theft")), None),
        ((PASSED, BEGUN), None),
        ((BEGUN, PASSED), Left(minute(2), "passed")),
        ((BEGUN, PASSED, examined(2)), None),
    ],
    ids=[
        "at a dock", "past the booth", "examined", "examined at a dock", "held for what was found",
        "at a dock since it passed", "let go while its record was open", "reported while its record is open",
    ],
)  # fmt: skip
def test_whether_a_truck_had_left(payloads: tuple[Payload, ...], left: Left | None) -> None:
    assert left_in(told(*payloads)) == left
