"""What a log says of the trucks to come: hours counted at the gates, trucks that have filed, and a forecast of both."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.flow.coming import by_hour, counted_hours, way_to
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.on_the_way import Expected, OnTheWay
from aforo.flow.telemetry import blocks_of, record
from aforo.intake import gate_reads
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.ports.calendar import BORDER_WIDE, days_of
from aforo.ports.shipped import directory

#: A Wednesday, two in the afternoon at Laredo.
NOW = datetime(2026, 3, 4, 20, tzinfo=UTC)
AN_HOUR = 300


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A log with the readings of the gate in Mexico from 11:30 on, 300 trucks an hour, but for a silent hour."""
    first = NOW - timedelta(hours=2, minutes=30)
    rows = ["reader,at,plate"]
    for truck in range(int(2.5 * AN_HOUR)):
        at = first + timedelta(seconds=3600 / AN_HOUR * truck)
        if not NOW - timedelta(hours=2) <= at < NOW - timedelta(hours=1):
            rows.append(f"world-trade-start,{at.isoformat()},T{truck:06}")
    url = f"sqlite:///{tmp_path / 'log.sqlite'}"
    with closing(KeyStore(tmp_path / "log-keys.sqlite")) as keys, Log.open(url, keys, clock=lambda: NOW) as log:
        live = LiveBridges(log, directory())
        told = gate_reads.read("\n".join(rows).encode(), live.readers.keys(), NOW)
        assert told.problems == []
        record(blocks_of(told.reads, live.readers, log), log, actor="tester")
        assert counted_hours(live, "world-trade", NOW) == {NOW - timedelta(hours=1): AN_HOUR}
        assert counted_hours(live, "colombia", NOW) == {}
        assert way_to(log, "world-trade") is None
    return url


def test_a_forecast_takes_the_hours_that_the_gates_counted(store: str, tmp_path: Path) -> None:
    months = [date(2020 + number // 12, number % 12 + 1, 1) for number in range(72)]
    worth = days_of(months) @ BORDER_WIDE.array()
    counts = tmp_path / "counts.csv"
    trucks = (
        f"Laredo,Texas,2304,{month:%Y-%m},Trucks,{round(8_000 * days)}"
        for month, days in zip(months, worth, strict=True)
    )
    counts.write_text("\n".join(["Port Name,State,Port Code,Month,Measure,Value", *trucks]))
    asked = ["port", "forecast", "wtb", "--counts", str(counts), "--at", NOW.isoformat(), "--json"]
    plain, corrected = (
        json.loads(CliRunner().invoke(complete_app(), [*asked, *more]).stdout) for more in ([], ["--store", store])
    )
    assert plain["level"] == 1.0
    assert corrected["level"] < 0.9  # some 430 were expected in an hour in which 300 came
    assert corrected["hours"][0]["mean"] < plain["hours"][0]["mean"]
    made = CliRunner().invoke(complete_app(), [*asked[:2], "atlantis", *asked[3:], "--store", store])
    assert made.exit_code == 2


def test_trucks_on_the_way_are_counted_by_the_hour_of_their_arrival() -> None:
    way = OnTheWay()
    for number, minutes in enumerate((5, 59, 60, 200)):
        way.add(f"c{number}", Expected("world-trade", int((NOW + timedelta(minutes=minutes)).timestamp()), 0, 100))
    way.add("other", Expected("colombia", int(NOW.timestamp()), 0, 100))
    assert by_hour(way, "world-trade") == {NOW: 2, NOW + timedelta(hours=1): 1, NOW + timedelta(hours=3): 1}
    way.drop("c0")
    assert by_hour(way, "world-trade")[NOW] == 1


def test_a_truck_that_is_filed_again_and_again_leaves_no_places_behind() -> None:
    way = OnTheWay()
    begin = datetime(2024, 3, 20, 12, tzinfo=UTC)
    due = int(begin.timestamp()) + 7_200
    for minute in range(20_000):
        way.add("one", Expected("b", due + minute % 60, 0, 100))
    assert len(way._bridges["b"].coming) < 2_000  # what grows is not told
    assert way.listed("b", begin + timedelta(hours=2)) == [(0, 1.0)]
