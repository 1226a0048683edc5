"""A forecast of waits is drawn once a minute of the node's clock, and not oftener than the machine can bear."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aforo.flow import wait_outlooks
from aforo.flow.wait_outlooks import WaitForecast, WaitOutlooks

NOW = datetime(2026, 3, 4, 16, tzinfo=UTC)


def test_it_is_drawn_anew_after_a_minute_and_ten_seconds_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[datetime] = []

    def draw(live: object, bridge: str, way: object, counts: object, now: datetime) -> WaitForecast:
        drawn.append(now)
        return WaitForecast(bridge, now, 0.0, 6, 30, 0.9, [])

    monkeypatch.setattr(wait_outlooks, "waits_now", draw)
    machine = [100.0]
    waits = WaitOutlooks(lambda: None, lambda: machine[0])

    def asked(minutes: float, seconds: float) -> float:
        machine[0] = 100.0 + seconds
        return waits(None, "wtb", None, NOW + timedelta(minutes=minutes)).age_minutes  # type: ignore[arg-type]

    assert [asked(0, 0), asked(0.5, 30), asked(0.9, 54)] == [0.0, 0.5, 0.9]
    assert asked(1.5, 90) == 0.0
    # A clock that runs at sixty times: the machine's seconds count, and the age is told.
    assert [asked(4.5, 93), asked(9.5, 98), asked(12.5, 101)] == [3.0, 8.0, 0.0]
    # A clock that was put back begins again.
    assert asked(0, 102) == 0.0
    assert len(drawn) == 4
