"""What is stated of a bridge can be: no more than stands there."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from aforo.domain.bridge import LaneClass
from aforo.domain.wait import PublishedWait
from aforo.flow.published_waits import believed
from aforo.ports.bounds import lanes_beyond, posts_beyond, standing_units
from aforo.ports.shipped import bridge_called, ports

AT = datetime(2026, 3, 2, 13, tzinfo=UTC)


def test_no_more_lanes_and_posts_than_stand_there() -> None:
    found = bridge_called("world-trade")
    assert found is not None
    _, bridge = found
    assert standing_units("booth", bridge) == 15
    assert lanes_beyond({"fast": 4, "standard": 11}, bridge) is None
    wrong = lanes_beyond({"fast": 2, "standard": 99}, bridge)
    assert wrong is not None
    for said in (wrong.text.en, wrong.text.es):
        for part in ("101", "15", "World Trade Bridge", "aforo port put"):
            assert part in said
    assert [each.place for each in posts_beyond({"scanner": 10, "dock": 7, "yard": 50}, bridge, {})] == [
        "posts.scanner"
    ]
    assert list(posts_beyond({"scanner": 10}, bridge, {"scanner": 12})) == [], "the scanner log has more of them"
    unknown = msgspec.structs.replace(bridge, booths=None, docks=None)
    assert lanes_beyond({"standard": 99}, unknown) is None
    assert list(posts_beyond({"dock": 99, "booth": 99}, unknown, {})) == []


def test_a_feed_with_more_lanes_than_booths_keeps_its_waits_alone() -> None:
    def reading(lane: LaneClass, lanes_open: int, crossing: str = "Laredo - World Trade Bridge") -> PublishedWait:
        return PublishedWait(
            crossing=crossing, lane=lane, at=AT, seen_at=AT, port_number=None, minutes=20, missing=None,
            lanes_open=lanes_open, most_lanes=None,
        )  # fmt: skip

    readings = [reading("standard", 99), reading("fast", 2), reading("standard", 199, "Nowhere")]
    kept, problems = believed(readings, ports())
    assert [(each.minutes, each.lanes_open) for each in kept] == [(20, None), (20, None), (20, 199)]
    assert [each.code for each in problems] == ["feed_lanes_beyond"]
    assert believed([reading("standard", 11), reading("fast", 4)], ports())[1] == []
