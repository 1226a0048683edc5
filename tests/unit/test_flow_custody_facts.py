"""What the causes of trips are evidence of: proven where somebody signed what they rest on, else only claimed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aforo.custody.cause import CAUSE_KINDS, TOLD_ALONE, CauseKind
from aforo.custody.trip import KnownTrip
from aforo.domain.reading import GRADES, Grade
from aforo.domain.stated import CLAIMED
from aforo.domain.trip import TripCause, TripCaused, TripOpened
from aforo.flow.custody_facts import CODES, JAMMED, facts_of_trips
from aforo.risk.naming import named
from aforo.routing.policy import default_document, parse

OPENED = TripOpened("export", "ABCD", datetime(2026, 3, 3, tzinfo=UTC), "a")
EVERY = (*CODES.values(), JAMMED)


def cause(kind: CauseKind, grade: Grade, since: int = 100, until: int = 2**62) -> TripCause:
    return TripCause(f"{kind}:{since}", kind, "seal-1", since, since - 10, since, until, grade)


def codes_of(*trips: list[TripCause]) -> list[str]:
    known = [KnownTrip(f"T{place}", OPENED, 1, caused=TripCaused(tuple(own))) for place, own in enumerate(trips)]
    facts = facts_of_trips(known)
    assert {each.source for each in facts} <= {"custody"}
    return [each.code for each in facts]


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("kind", [each for each in CAUSE_KINDS if each not in TOLD_ALONE])
def test_what_no_signature_vouches_for_is_claimed(kind: CauseKind, grade: Grade) -> None:
    (code,) = codes_of([cause(kind, grade)])
    assert code.endswith(CLAIMED) == (grade == "unsigned")
    assert code.removesuffix(CLAIMED) in EVERY


def test_one_proven_cause_proves_the_fact_and_no_other() -> None:
    claims = [cause("opened", "unsigned"), cause("deviation", "unsigned")]
    assert codes_of(claims) == ["astray_claimed", "broken_claimed"]
    assert codes_of([*claims, cause("tampered", "device", 200)]) == ["astray_claimed", "broken"]
    assert codes_of([cause("tampered", "gateway", 50), *claims]) == ["astray_claimed", "broken"]
    assert codes_of(claims, [cause("opened", "device")]) == ["astray_claimed", "broken"]
    # A silence that is over and was filled speaks of nothing, so it proves nothing.
    silences = [cause("silent", "device", 100, 200), cause("silent", "unsigned", 300)]
    assert codes_of(silences) == ["silent_claimed"]


def test_a_trip_without_a_cause_states_nothing() -> None:
    assert facts_of_trips([KnownTrip("T", OPENED, 1)]) == []
    assert codes_of([cause("geofence_watched", "unsigned")]) == []


@pytest.mark.parametrize("code", EVERY)
def test_the_shipped_policy_weighs_a_claim_apart_and_words_tell_it(code: str) -> None:
    policy = parse(default_document())
    weights = policy.stated_micro()
    assert {code, code + CLAIMED} <= policy.stated["custody"].keys()
    claim, proof = weights["custody", code + CLAIMED], weights["custody", code]
    # That nothing came nobody claims; all else weighs half.
    assert proof == (claim if code == "silent" else tuple(2 * each for each in claim))
    # First of all: where there is no room for all of a name its end is left out.
    assert named("custody", code + CLAIMED).en.startswith("claimed, unsigned")
    assert named("custody", code + CLAIMED).es.startswith("afirmado, sin firma")
    proven = named("custody", code)
    assert proven.en != code
    assert "claimed" not in proven.en
    assert "afirmado" not in proven.es
