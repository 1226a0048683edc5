"""Each case of the fail-safe table in docs/reference/routing.md, and that the table and these tests name the same."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from test_routing_conformance import PARAMS, ask

from aforo.routing import choice as c
from aforo.routing.prices import nearest_day
from aforo.routing.running import Running

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "routing.md"
NAN = math.nan
DOCKS = 1 | (1 << c.SECONDARY)


def without_a_value() -> None:
    unknown = {"prevented": [NAN] * 6}
    rate = PARAMS[c.RATE]
    assert ask(c.PRICED, draw=rate - 0.01, **unknown)[0] == c.SCAN
    assert ask(c.PRICED, draw=rate + 0.01, **unknown)[0] == c.RELEASE
    assert ask(c.PRICED, draw=0.999, stage=c.SCANNED, allowed=DOCKS, **unknown)[0] == c.SECONDARY


def without_a_backlog() -> None:
    blind = [PARAMS[c.BLIND_WAIT] * 3, NAN, NAN, NAN, NAN, 0.0]
    assert ask(c.PRICED, backlog=[NAN] * 6) == ask(c.PRICED, backlog=blind)


def without_units() -> None:
    assert ask(c.PRICED, up=[-1] * 6) == ask(c.PRICED, up=[3] * 6)
    assert ask(c.PRICED, up=[-1] * 6, book=[]) == ask(c.PRICED, up=[1] * 6, book=[])


def without_a_level() -> None:
    assert ask(c.PRICED, level=NAN) == ask(c.PRICED, level=1.0) == ask(c.PRICED, level=-3.0)


def without_a_list() -> None:
    assert ask(c.PRICED, listed=[]) == ask(c.PRICED, listed=[NAN] * c.CLASSES)


def without_a_table() -> None:
    shipped = Running().numbers().tolist()
    assert ask(c.PRICED, book=[], params=shipped) == ask(c.CLEARANCE, book=[], params=shipped)
    assert ask(c.PRICED, book=[], params=shipped, backlog=[0.0] * 6)[1] >= 3.0  # at least its own three minutes


def without_a_table_of_the_day() -> None:
    assert nearest_day("holiday", ["weekday"]) == "weekday"


def with_more_units_than_tables() -> None:
    assert ask(c.PRICED, up=[60] * 6) == ask(c.PRICED, up=[3] * 6)


def with_all_units_lost() -> None:
    lost = {"up": [0] * 6}
    assert ask(c.PRICED, **lost)[0] == c.RELEASE
    assert ask(c.PRICED, prevented=[0.0, 1e5] + [NAN] * 4, **lost)[0] == c.SCAN
    assert ask(c.PRICED, prevented=[0.0, 1e5] + [NAN] * 4, book=[], **lost)[0] == c.RELEASE
    assert ask(c.PRICED, allowed=1 << c.SCAN, **lost)[0] == c.SCAN  # ordered: it waits, and is not released


def with_a_unit_lost_in_mid_queue() -> None:
    before, after = ask(c.PRICED, up=[3] * 6), ask(c.PRICED, up=[1] * 6)
    assert after[1] > before[1]
    worth = [0.0, (before[1] + after[1]) / 2.0, NAN, NAN, NAN, 0.0]
    assert ask(c.PRICED, up=[3] * 6, prevented=worth)[0] == c.SCAN
    assert ask(c.PRICED, up=[1] * 6, prevented=worth)[0] == c.RELEASE
    assert ask(c.PRICED, up=[1] * 6, prevented=worth, allowed=1 << c.SCAN)[0] == c.SCAN


def with_a_clock_that_jumps() -> None:
    for minute in (NAN, -1.0, 1441.0, 1e18, -math.inf):
        assert ask(c.PRICED, now=minute) == ask(c.CLEARANCE, now=700.0)
    forth = ask(c.PRICED, now=900.0)
    assert ask(c.PRICED, now=300.0) != forth
    assert ask(c.PRICED, now=900.0) == forth  # nothing is kept from one call to the next


def without_minutes() -> None:
    nowhere = {"minutes": [NAN] * 6, "prevented": [0.0, 1e6, 1e6, 1e6, 1e6, 0.0], "allowed": 0b11111}
    assert ask(c.PRICED, **nowhere) == (c.RELEASE, c.UNAVAILABLE)
    docks = {"minutes": [NAN, NAN, NAN, 45.0, NAN, 0.0], "prevented": [0.0, 1e6, 1e6, 1e6, 1e6, 0.0]}
    assert ask(c.PRICED, allowed=0b11111, **docks)[0] == c.SECONDARY


def without_an_alarm() -> None:
    only = {"allowed": 1 << c.SCAN_THEN_DECIDE}
    assert ask(c.PRICED, alarm=NAN, **only) == ask(c.PRICED, alarm=1.0, **only)


CASES: dict[str, Callable[[], None]] = {
    "no-value": without_a_value,
    "no-backlog": without_a_backlog,
    "no-units": without_units,
    "no-level": without_a_level,
    "no-list": without_a_list,
    "no-table": without_a_table,
    "no-day": without_a_table_of_the_day,
    "more-units": with_more_units_than_tables,
    "all-lost": with_all_units_lost,
    "lost-in-queue": with_a_unit_lost_in_mid_queue,
    "clock": with_a_clock_that_jumps,
    "no-minutes": without_minutes,
    "no-alarm": without_an_alarm,
}


@pytest.mark.parametrize("case", CASES)
def test_what_the_page_says_is_done(case: str) -> None:
    CASES[case]()


def test_the_page_and_the_tests_name_the_same_cases() -> None:
    table = PAGE.read_text(encoding="utf-8").split("## What is done where something is missing")[1].split("\n## ")[0]
    named = [
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])
    ]
    assert sorted(named) == sorted(CASES)
