"""The alerts of a trip that benchmarks count are those that the watch raises in a log."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from road_scene import START, Road, blocks_of, drive
from sealed import opened
from straight import corridor, strayed

from aforo.answers.alert import Alert
from aforo.domain.trip import TripCaused
from aforo.flow.alert_acts import close
from aforo.flow.alerts import Alerts
from aforo.trials.seals.asked import Asked

CLOSES_AFTER = timedelta(minutes=30)


def told(alerts: list[Alert]) -> list[tuple[object, ...]]:
    return sorted(
        ((each.kind, each.raised_at, len(each.causes), each.ending or "open", each.closed_at or "") for each in alerts),
        key=repr,
    )


@pytest.mark.parametrize("seed", range(4))
def test_they_are_the_same_as_those_of_the_watch(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    road = Road(tmp_path, "T1")
    readings = opened(strayed(strayed(drive(90), 8, 14), 40, 46), 20, 22)
    at = rng.integers(50, 80)
    readings = strayed(opened(readings, at, at + 1), at, at + 6)
    blocks = blocks_of(readings)
    lost = set(rng.choice(len(blocks), 4, replace=False).tolist())
    late: list[bytes] = []
    for number, block in enumerate(blocks):
        if rng.random() < 0.15:
            road.put(corridor(half_width=int(rng.choice([2_000, 9_000])), version=str(number)))
        minutes = number * 10 + 9
        for alert in sorted(Alerts(road.log).open(), key=lambda each: each.raised_at):
            if (due := alert.raised_at + CLOSES_AFTER) <= START + timedelta(minutes=minutes):
                road.now = due
                close(Alerts(road.log), alert.alert_id, "It was seen to.", "Luz Rivera")
        if number in lost:
            late.append(block)
            road.at(minutes)
        else:
            road.at(minutes, block, *(late if rng.random() < 0.3 else []))
    asked = Asked("T1", CLOSES_AFTER)
    for stored in road.log.stream("causes/T1", types=(TripCaused.TYPE,)):
        said = stored.payload
        assert isinstance(said, TripCaused)
        asked.take(said, stored.event.recorded_at)
    asked.close_until(road.now)
    found = told(road.every())
    assert len(found) > 3
    assert told(asked.alerts) == found
