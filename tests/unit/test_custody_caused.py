"""The causes of a trip as the log tells of them: the same, changed, withdrawn, and never more than are named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from aforo.custody.case import NEVER
from aforo.custody.cause import CAUSE_KINDS, Cause, CauseKind
from aforo.custody.caused import FIRST, LAST, cause_of, matter_of
from aforo.custody.caused import caused as caused_by
from aforo.custody.coverage import others_heard
from aforo.custody.limits import Limits, shipped
from aforo.domain.trip import TripCaused

BY = ("corridor", "places")
LIMITS = shipped()


def usually(share: float) -> Limits:
    """Limits by which this share of those beside a silent one is heard usually."""
    coverage = msgspec.structs.replace(
        LIMITS.coverage, heard=msgspec.structs.replace(LIMITS.coverage.heard, share=share)
    )
    return msgspec.structs.replace(LIMITS, coverage=coverage)


def caused(
    before: TripCaused | None, found: Iterable[Cause], by: tuple[str, ...], limits: Limits = LIMITS
) -> TripCaused | None:
    return caused_by(before, found, by, limits)


def cause(kind: CauseKind = "deviation", since: int = 100, **other: Any) -> Cause:
    return Cause(kind, "seal-1", since, since - 10, since, since + 5, **other)


def first(*found: Cause) -> TripCaused:
    made = caused(None, found, BY)
    assert made is not None
    return made


def test_nothing_is_recorded_of_nothing_nor_of_the_same() -> None:
    assert caused(None, [], BY) is None
    before = first(cause())
    assert caused(before, [cause(metres=900, rests_on=("ab",))], BY) is None
    stated = caused(before, [cause(heard=3, expected=4)], BY)
    assert stated is not None, "what others say of the road is told once it is known"
    assert [(each.heard, each.expected, each.changed) for each in stated.causes] == [(3, 4, False)]
    assert caused(stated, [cause(heard=5, expected=6)], BY) is None
    # Whether a silence is the truck's own hangs on both: first nobody else is known there, then few of many are heard.
    alone = caused(before, [cause(heard=0, expected=1)], BY)
    assert alone is not None
    few = caused(alone, [cause(heard=5, expected=11)], BY)
    assert few is not None
    assert caused(few, [cause(heard=10, expected=11)], BY) is not None


@pytest.mark.parametrize("share", [0.9, 0.92, 0.95, 0.97])
def test_a_silence_is_recorded_anew_where_it_becomes_the_trucks_own_and_by_no_count_alone(share: float) -> None:
    limits, before, records = usually(share), first(cause("silent")), 0
    steps = [(heard, expected) for expected in range(2, 40) for heard in range(expected)]
    for heard, expected in steps:
        made = caused(before, [cause("silent", heard=heard, expected=expected)], BY, limits)
        told = before.causes[0]
        was, now = (others_heard(*each, limits) for each in ((told.heard, told.expected), (heard, expected)))
        assert (made is not None) == (was != now or told.expected < 2), (told.heard, told.expected, heard, expected)
        before, records = made or before, records + (made is not None)
    assert records < len(steps) / 5


def test_a_silence_that_is_the_trucks_own_by_other_documents_is_recorded_anew_once() -> None:
    found = [cause("silent", heard=9, expected=11)]
    before = caused(first(cause("silent")), found, BY, usually(0.95))
    assert before is not None
    assert caused(before, found, BY, usually(0.95)) is None
    assert caused(before, found, ("stricter", "places"), usually(0.97)) is None
    now = caused(before, found, ("wider", "places"), usually(0.85))
    assert now is not None
    assert now.withdrawn == ()
    assert caused(now, found, ("wider", "places"), usually(0.85)) is None
    assert caused(now, found, ("wider", "other places"), usually(0.85)) is None
    over = caused(before, [cause("silent", heard=9, expected=11, until=500)], BY, usually(0.95))
    assert over is not None
    assert caused(over, [cause("silent", heard=9, expected=11, until=500)], ("wider", "places"), usually(0.85)) is None


def test_what_ends_is_the_same_and_not_changed() -> None:
    before = first(cause())
    now = caused(before, [cause(until=500)], BY)
    assert now is not None
    assert (now.causes[0].id, now.causes[0].until, now.causes[0].changed) == (before.causes[0].id, 500, False)
    assert now.withdrawn == ()


def test_what_began_otherwise_than_was_told_has_changed_and_keeps_its_name() -> None:
    before = first(cause(since=100))
    now = caused(before, [cause(since=60)], BY)
    assert now is not None
    assert (now.causes[0].id, now.causes[0].since, now.causes[0].changed) == (before.causes[0].id, 60, True)
    again = caused(now, [cause(since=60, until=900)], BY)
    assert again is not None
    assert again.causes[0].changed, "that it changed once stays told"


def test_what_is_none_any_more_is_withdrawn_and_says_why() -> None:
    before = first(cause(until=500), cause("silent", 200))
    late = caused(before, [cause("silent", 200)], BY)
    assert late is not None
    assert [(each.kind, each.why) for each in late.withdrawn] == [("deviation", "late_data")]
    other = caused(before, [cause("silent", 200)], ("wider", "places"))
    assert other is not None
    assert [each.why for each in other.withdrawn] == ["judged_otherwise"]
    allowed = caused(before, [cause("silent", 200)], ("corridor", "other places"))
    assert allowed is not None
    assert [each.why for each in allowed.withdrawn] == ["announced_otherwise"]
    jammed = caused(before, [cause(until=500), cause("jammed", 200, road="road")], BY)
    assert jammed is not None
    assert [(each.kind, each.why) for each in jammed.withdrawn] == [("silent", "road_jammed")]
    assert caused(late, [cause("silent", 200)], BY) is None


def test_a_second_one_of_another_time_is_another() -> None:
    before = first(cause(since=100, until=200))
    now = caused(before, [cause(since=100, until=200), cause(since=900)], BY)
    assert now is not None
    assert len({each.id for each in now.causes}) == 2
    assert now.withdrawn == ()


def test_two_fences_entered_at_one_instant_have_names_of_their_own() -> None:
    made = first(cause("geofence_entered", place="a"), cause("geofence_entered", place="b"))
    assert len({each.id for each in made.causes}) == 2
    assert caused(made, [cause("geofence_entered", place="b"), cause("geofence_entered", place="a")], BY) is None


def test_of_a_thousand_the_first_and_the_last_are_named_and_none_is_withdrawn() -> None:
    every = [cause("opened", 1_000 * number, until=1_000 * number + 10) for number in range(1, 1_001)]
    made = first(*every)
    assert (len(made.causes), made.more) == (FIRST + LAST, 1_000 - FIRST - LAST)
    more = caused(made, [*every, cause("opened", 2_000_000, until=2_000_010)], BY)
    assert more is not None
    assert more.withdrawn == ()
    assert more.causes[-1].since == 2_000_000
    assert len(msgspec.json.encode(more)) < 16_384


def test_a_thousand_claims_crowd_out_nothing_that_is_signed() -> None:
    claims = [cause("opened", 1_000 * number, until=1_000 * number + 10) for number in range(1, 1_001)]
    made = first(*claims, cause("opened", 500_500, until=500_510, grade="device"))
    assert [each.since for each in made.causes if each.grade == "device"] == [500_500]
    assert (len(made.causes), made.more) == (FIRST + LAST + 1, 1_000 - FIRST - LAST)


@pytest.mark.parametrize("kind", CAUSE_KINDS)
def test_every_kind_is_read_back_from_the_record(kind: CauseKind) -> None:
    (told,) = first(cause(kind, latitude=270_000_000, longitude=-995_000_000)).causes
    assert cause_of(told).kind == kind
    assert matter_of(kind)
    assert told.until == NEVER
