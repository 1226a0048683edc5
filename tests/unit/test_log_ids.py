"""Identifiers are unique and grow with time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aforo.log import ids

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_identifiers_are_unique_and_in_order() -> None:
    early, late = ids.event_ids(5000, AT), ids.event_ids(5000, AT + timedelta(milliseconds=1))
    both = early + late
    assert both == sorted(both)
    assert len(set(both)) == 10_000
    assert {len(one) for one in both} == {23}


def test_a_block_that_is_full_begins_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "BLOCK", 10)
    many = ids.event_ids(35, AT)
    assert len(set(many)) == 35
    assert len({one[:18] for one in many}) == 4


def test_the_instant_counts_and_not_its_offset() -> None:
    from datetime import timezone

    elsewhere = AT.astimezone(timezone(timedelta(hours=-6)))
    assert ids.event_id(AT)[:10] == ids.event_id(elsewhere)[:10]


def test_none_and_one() -> None:
    assert ids.event_ids(0, AT) == []
    assert ids.event_id(AT) != ids.event_id(AT)
