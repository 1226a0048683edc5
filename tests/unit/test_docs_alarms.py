"""The alarms of the guide: each is of a metric that is told of there, and a list that is missing is one."""

from __future__ import annotations

import re
from pathlib import Path

from aforo.domain.watchlist import PUBLISHERS

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "running.md").read_text(encoding="utf-8")
ALARMS = GUIDE.partition("groups:\n")[2].partition("```")[0]


def test_every_alarm_is_of_a_metric_of_the_table() -> None:
    metrics = set(re.findall(r"aforo_[a-z_]+", ALARMS))
    assert metrics
    assert metrics <= set(re.findall(r"`(aforo_[a-z_]+)`", GUIDE.partition("Alarms worth having")[0]))


def test_a_list_that_is_missing_sounds_as_one_that_is_stale_does() -> None:
    stale = ALARMS.partition("alert: ListsStale")[2]
    assert "aforo_lists_age_days > 7" in stale
    for publisher in PUBLISHERS:
        assert f'or absent(aforo_lists_age_days{{publisher="{publisher}"}})' in stale, publisher
