"""What a seal says of later loads is not kept for a trip before that is on hold, and that trip is told as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sealed import drive
from test_retention import BEGUN, Years
from test_retention_before import kept

from aforo.custody.retention import Policy, read
from aforo.domain.clock import microseconds
from aforo.flow import custody_behind, retention
from aforo.flow.custody_bundle import bundle_of, statement_of
from aforo.flow.custody_verdict import verdict_on
from aforo.flow.retention import due, erase_due
from aforo.log.sequencer import sequence

LATER = datetime(2028, 1, 1, tzinfo=UTC)
#: A trip has four blocks.
BLOCKS = 4


@pytest.fixture
def years(store_url: str, tmp_path: Path) -> Iterator[Years]:
    made = Years(store_url, tmp_path)
    with closing(made.keys), made.log:
        yield made


def held(trip: str) -> Policy:
    return read(
        f"""
version = "held"
trip = {{ years = 5, source = "assumed" }}
readings = {{ years = 5, source = "assumed" }}
[[hold]]
trip = "{trip}"
why = "An inquiry."
""".encode()
    )


def in_years(years: Years, *those: int) -> None:
    """A trip in each of these years, each of another carrier."""
    for year in those:
        years.trip(f"T{year}", BEGUN.replace(year=year))


def test_what_a_seal_says_of_later_loads_goes_while_a_trip_before_is_on_hold(years: Years) -> None:
    in_years(years, 2020, 2021, 2022, 2026)
    statement_of(years.custody, "T2020")
    sequence(years.log)
    before, told = years.proven(bundle_of(years.log, "T2020")), verdict_on(years.custody, "T2020", None, None)
    assert [each.state for each in before.spans] == ["intact"]
    last = verdict_on(years.custody, "T2026", None, None)
    blocks = kept(years)
    years.now = LATER
    policy = held("T2020")
    assert [each.blocks for each in due(years.log, policy, LATER).readings] == [2 * BLOCKS - 1]
    erase_due(years.log, policy, LATER, "Five years are over.", actor="tester")
    # The first block behind stays: without it the next would tell that one is missing.
    assert kept(years) == [*blocks[: BLOCKS + 1], *blocks[-BLOCKS:]]
    again = verdict_on(years.custody, "T2020", told.at, None)
    assert (again.state, again.spans, again.facts) == (told.state, told.spans, told.facts)
    behind = verdict_on(years.custody, "T2026", last.at, None)
    assert (behind.state, behind.spans, behind.facts) == (last.state, last.spans, last.facts)
    assert statement_of(years.custody, "T2020").event.version == 4, "it says what it said"
    after = years.proven(bundle_of(years.log, "T2020"))
    assert (after.spans, after.compared, after.withheld) == (before.spans, ("seal-1",), ())
    years.good()
    # Once more nothing is due, and when it is held no more all of it goes.
    assert due(years.log, policy, LATER).readings == []
    found = due(years.log, held("T2026"), LATER)
    assert [each.blocks for each in found.readings] == [BLOCKS + 1]


def test_what_comes_late_of_a_trip_on_hold_is_kept_among_what_goes(years: Years) -> None:
    in_years(years, 2020, 2021)
    late = microseconds(BEGUN) + 58 * 60_000_000
    years.say(drive(1, start=late, began=late))
    in_years(years, 2022)
    blocks = kept(years)
    told = verdict_on(years.custody, "T2020", None, None)
    policy = held("T2020")
    erase_due(years.log, policy, LATER, "Five years are over.", actor="tester")
    # The trip rests on all from its binding on to what came late.
    assert kept(years) == blocks[: 2 * BLOCKS + 2]
    again = verdict_on(years.custody, "T2020", told.at, None)
    assert (again.state, again.facts) == (told.state, told.facts)


def test_while_its_seal_stands_a_trip_keeps_all_behind(years: Years) -> None:
    years.trip("T2020", BEGUN, discharged=False)
    years.now = BEGUN + timedelta(days=300)
    start = microseconds(years.now) - 3_600_000_000
    years.say(drive(20, start=start, began=start))
    assert due(years.log, held("T2020"), LATER).readings == []


def test_how_far_a_trip_rests_on_a_stream_is_asked_only_where_something_else_is_due(
    years: Years, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads all that the seal said since."""
    asked: list[str] = []

    def counted(*given: Any) -> int:
        asked.append("once")
        return custody_behind.last_told(*given)

    in_years(years, 2020, 2026)
    monkeypatch.setattr(retention, "last_told", counted)
    assert due(years.log, held("T2020"), LATER).readings == []
    assert asked == []
    in_years(years, 2027)
    assert [each.blocks for each in due(years.log, held("T2020"), datetime(2031, 6, 1, tzinfo=UTC)).readings] == [3]
    assert asked == ["once"]
