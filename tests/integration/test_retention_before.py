"""What a trip rests on of before its binding is kept as long as the trip is, whatever came due meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from acting import ACT
from sealed import drive, opened
from test_retention import BEGUN, KEY, Years

from aforo.custody.retention import read
from aforo.domain.clock import microseconds
from aforo.domain.device import BlockReceived
from aforo.domain.retention import LeafWithheld
from aforo.domain.trip import Discharged, Sealed, TripOpened, Unsealed
from aforo.flow import trip_acts
from aforo.flow.custody_verdict import verdict_on
from aforo.flow.custody_watch import CustodyWatch
from aforo.flow.retention import due, erase_due
from aforo.flow.seal_blocks import of_signed
from aforo.flow.telemetry import record
from aforo.intake.seal_block import FIRST, encode

LATER = datetime(2030, 1, 1, tzinfo=UTC)
HELD = b"""
version = "held"
trip.years = 5
trip.source = "x"
readings.years = 5
readings.source = "x"

[sources]
x = "A test."

[[hold]]
trip = "T2"
why = "An inquiry."
"""


@pytest.fixture
def years(store_url: str, tmp_path: Path) -> Iterator[Years]:
    made = Years(store_url, tmp_path)
    with closing(made.keys), made.log:
        yield made


def announced(years: Years, trip: str) -> None:
    said = TripOpened("export", f"carrier-{trip}", years.now + timedelta(days=30))
    trip_acts.open_(years.custody, trip, said, **ACT)


def over(years: Years, trip: str) -> None:
    trip_acts.discharge(years.custody, trip, Discharged("customs"), **ACT)


def looked_at(years: Years) -> None:
    with CustodyWatch(years.log) as watch:
        watch.look()


def kept(years: Years) -> list[int]:
    """The versions of blocks whose words are there."""
    return [each.event.version for each in years.log.stream("device/seal-1", types=(BlockReceived.TYPE,))]


@pytest.mark.parametrize("look", [looked_at, lambda years: None], ids=["watched", "unwatched"])
def test_what_came_before_a_sealing_was_recorded_is_kept_with_its_trip(
    years: Years, look: Callable[[Years], None]
) -> None:
    announced(years, "T2")
    start = microseconds(BEGUN)
    for minutes in range(0, 60, 20):
        years.now = BEGUN + timedelta(minutes=minutes + 19)
        said = drive(10, start=start + minutes * 60_000_000, began=start, first=minutes + 1)
        years.say(opened(said, 5, 6) if minutes == 20 else said)
    years.now = BEGUN + timedelta(minutes=60)
    trip_acts.seal(years.custody, "T2", Sealed("seal-1", "MX 2"), BEGUN, **ACT)
    look(years)
    over(years, "T2")
    before = verdict_on(years.custody, "T2", years.now - timedelta(minutes=1), None)
    assert before.state == "broken"
    years.now = LATER
    policy = read(HELD)
    assert due(years.log, policy, LATER).readings == []
    erase_due(years.log, policy, LATER, "Five years are over.", actor="tester")
    again = verdict_on(years.custody, "T2", before.at, None)
    assert (again.state, again.facts) == (before.state, before.facts)


@pytest.mark.parametrize("look", [looked_at, lambda years: None], ids=["watched", "unwatched"])
def test_what_convicts_across_a_binding_is_kept_with_the_trip_behind_it(
    years: Years, look: Callable[[Years], None]
) -> None:
    years.trip("T1", BEGUN)
    years.now = at = BEGUN + timedelta(minutes=90)
    announced(years, "T2")
    trip_acts.seal(years.custody, "T2", Sealed("seal-1", "MX 2"), **ACT)
    years.now = at + timedelta(minutes=20)
    start = microseconds(at)
    twin = encode(
        "seal-1", "seal-1", 1, 1, FIRST, drive(5, start=start, began=start), lambda said: KEY.sign(said).signature
    )
    taken = of_signed([twin], years.custody, lambda device: True)
    record(taken.said, years.log, actor="tester")
    years.say(drive(5, start=start + 600_000_000, began=start))
    look(years)
    before = verdict_on(years.custody, "T2", years.now, None)
    assert before.state == "suspect"
    assert "cloned" in {each.code for each in before.facts}
    years.now += timedelta(minutes=1)
    trip_acts.unseal(years.custody, "T2", Unsealed("seal-1", "customs"), **ACT)
    over(years, "T2")
    all_of_them = kept(years)
    years.now = LATER
    policy = read(HELD)
    done = erase_due(years.log, policy, LATER, "Five years are over.", actor="tester")
    assert done.trips == 1, "T1 is due"
    # Of T1 the block that has a twin stays, what the other one names, and the last before T2 was bound.
    assert kept(years) == [all_of_them[0], all_of_them[1], *all_of_them[3:]]
    assert years.log.stream("device/seal-1", types=(LeafWithheld.TYPE,))
    again = verdict_on(years.custody, "T2", before.at, None)
    assert (again.state, again.facts) == (before.state, before.facts)
