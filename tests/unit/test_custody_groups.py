"""Causes in groups, and in the order of what a response can still save."""

from __future__ import annotations

import pytest
from driven import LIMITS
from sealed import MINUTE, START

from aforo.custody.case import NEVER
from aforo.custody.cause import CAUSE_KINDS, Cause, CauseKind
from aforo.custody.groups import grouped, saves

NOW = START + 60 * MINUTE


def cause(kind: CauseKind, at: int = 0, until: int | None = None, road: str = "") -> Cause:
    """A cause of some kind that began so many minutes after the start."""
    since = START + at * MINUTE
    return Cause(
        kind,
        "seal-1",
        since,
        since - MINUTE,
        since,
        since,
        NEVER if until is None else START + until * MINUTE,
        road=road,
    )


def test_what_a_response_can_save_halves_and_falls_when_the_cause_is_over() -> None:
    own = LIMITS.saves.kind["opened"]
    assert saves(cause("opened", 60), NOW, LIMITS) == pytest.approx(own.share)
    assert saves(cause("opened", 60 - round(own.halves)), NOW, LIMITS) == pytest.approx(own.share / 2)
    ended = saves(cause("opened", 60 - round(own.halves), 59), NOW, LIMITS)
    assert ended == pytest.approx(own.share / 2 * LIMITS.saves.ended.share)
    assert all(0 <= saves(cause(kind), NOW, LIMITS) <= 1 for kind in CAUSE_KINDS)


def test_one_trip_and_matter_is_one_group_with_the_gravest_first() -> None:
    found = {
        "a": [cause("dwell", 50), cause("night_halt", 55), cause("opened", 40)],
        "b": [cause("dwell", 50)],
    }
    groups = grouped(found, NOW, LIMITS)
    assert [(each.matter, each.trips) for each in groups] == [("seal", ("a",)), ("stop", ("a",)), ("stop", ("b",))]
    assert groups[1].kinds == ("night_halt", "dwell")
    assert groups[1].since == START + 50 * MINUTE
    assert [each.saves for each in groups] == sorted((each.saves for each in groups), reverse=True)


def test_a_jammed_road_is_one_group_while_its_times_overlap() -> None:
    found = {
        "a": [cause("jammed", 0, 20, "north")],
        "b": [cause("jammed", 10, 30, "north")],
        "c": [cause("jammed", 25, 40, "north")],
        "d": [cause("jammed", 45, road="north")],
        "e": [cause("jammed", 10, 30, "south")],
        "f": [cause("jammed", 10, 30)],
    }
    groups = grouped(found, NOW, LIMITS)
    assert sorted((each.road, each.trips) for each in groups) == [
        ("", ("f",)),
        ("north", ("a", "b", "c")),
        ("north", ("d",)),
        ("south", ("e",)),
    ]
    assert next(each for each in groups if each.trips == ("d",)).until == NEVER


def test_groups_are_the_same_in_whatever_order_causes_are_given() -> None:
    found = {
        "a": [cause("dwell", 50), cause("opened", 40)],
        "b": [cause("jammed", 1, road="r")],
        "c": [cause("jammed", 2, road="r")],
    }
    turned = {trip: tuple(reversed(own)) for trip, own in reversed(found.items())}
    assert grouped(found, NOW, LIMITS) == grouped(turned, NOW, LIMITS)
    assert grouped({}, NOW, LIMITS) == ()
