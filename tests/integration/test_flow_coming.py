"""What a log says of the trucks to come: hours counted at the gates, trucks that have filed, and a forecast of both."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from journeys import Post, decisions, file, truck
from priced import book, different, put_in_force, stand
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.decision import Examination
from aforo.flow.coming import by_hour, counted_hours, way_to
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.on_the_way import Expected, OnTheWay, sent_to
from aforo.flow.telemetry import blocks_of, record
from aforo.intake import gate_reads
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.ports.calendar import BORDER_WIDE, days_of
from aforo.ports.shipped import directory
from aforo.routing.choice import DOCK, JOINT, PORTAL, SCANNER, YARD

#: A Wednesday, two in the afternoon at Laredo.
NOW = datetime(2026, 3, 4, 20, tzinfo=UTC)
AN_HOUR = 300


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A log with the readings of the gate in Mexico from 11:30 on, 300 trucks an hour, but for a silent hour."""
    first = NOW - timedelta(hours=2, minutes=30)
    rows = ["reader,at,plate"]
    for number in range(int(2.5 * AN_HOUR)):
        at = first + timedelta(seconds=3600 / AN_HOUR * number)
        if not NOW - timedelta(hours=2) <= at < NOW - timedelta(hours=1):
            rows.append(f"world-trade-start,{at.isoformat()},T{number:06}")
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


def ordered(minutes: int, asks: int, *, bridge: str = "b", filer: int = 0) -> Expected:
    """A truck that comes so many minutes after NOW and was ordered to the scanner for so many minutes."""
    return Expected(bridge, int((NOW + timedelta(minutes=minutes)).timestamp()), 0, 100, filer, SCANNER, 100 * asks)


def test_what_was_ordered_ahead_and_cannot_be_done_by_then_is_left_over() -> None:
    way = OnTheWay(believes=lambda bridge, filer: filer != 2)
    up = [2, 1, 0, 1, 1, 0]

    def left(minutes: int, but: str = "") -> dict[int, float]:
        return way.beyond("b", NOW, NOW + timedelta(minutes=minutes), up, but)

    assert left(30) == {}
    for number in range(6):
        way.add(f"c{number}", ordered(10 + number, 8))
    way.add("released", Expected("b", int((NOW + timedelta(minutes=12)).timestamp()), 0, 100))
    way.add("elsewhere", ordered(12, 8, bridge="c"))
    way.add("not believed", ordered(12, 8, filer=2))
    # 48 minutes of work come from the tenth to the fifteenth minute, of which two units do two a minute.
    assert left(9) == {}
    assert left(10) == {SCANNER: 8.0}
    assert left(15) == {SCANNER: 38.0}
    assert left(15, but="c5") == {SCANNER: 30.0}
    assert left(30) == {SCANNER: 8.0}
    assert left(40) == {}
    soon = NOW + timedelta(minutes=15)
    # What waits there already is done first: nothing comes for ten minutes, and what is unknown counts as none.
    for waiting, after in ((20.0, 38.0), (30.0, 48.0)):
        assert way.beyond("b", NOW, soon, up, waiting=[waiting]) == {SCANNER: after}
    waits = [float("nan"), 20.0, 5.0, 14.0, 15.0, 0.0]
    assert way.beyond("b", NOW, soon, up, waiting=waits) == {SCANNER: 38.0, PORTAL: 5.0, YARD: 5.0}
    assert way.beyond("c2", NOW, NOW, up, waiting=waits) == {PORTAL: 20.0, YARD: 5.0, DOCK: 14.0, JOINT: 15.0}
    way.drop("c0")
    assert left(15) == {SCANNER: 32.0}  # the others do not make up for the minute that it left empty
    # Who was to come and did not is not waited for.
    assert way.beyond("b", NOW + timedelta(minutes=14), NOW + timedelta(minutes=15), up) == {SCANNER: 14.0}


@pytest.mark.parametrize(
    ("order", "sent"),
    [("release", -1), ("scan", PORTAL), ("scan_then_decide", PORTAL), ("secondary", DOCK), ("joint", -1), ("hold", -1)],
)
def test_an_order_ahead_is_for_the_place_where_it_is_carried_out(order: Examination, sent: int) -> None:
    nowhere = float("nan")
    assert sent_to(order, [8.0, 0.75, nowhere, 60.0, nowhere, 0.0]) == sent
    without_portal = sent_to(order, [8.0, nowhere, nowhere, 60.0, nowhere, 0.0])
    assert without_portal == (SCANNER if sent == PORTAL else sent)


def test_who_files_for_a_place_that_is_taken_pays_for_it(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(steep=0.02))
    with post.node() as node:
        stand(node, waiting=0.0)
        filed = f"{node.clock().isoformat()}"
        file(node, *(truck(f"T{number}", filed_at=filed) for number in range(60)))
        made = decisions(node.log)
        waits = [each.routing.backlog[PORTAL] for each in made if each.routing is not None]
        assert waits[0] == 0.0
        # All of them come at once, and the portal takes one after the other.
        assert waits == sorted(waits, key=lambda each: each or 0.0)
        assert (waits[-1] or 0.0) > 10.0
        prices = [each.price for each in made if each.examination in ("scan", "scan_then_decide")]
        assert prices[-1] > prices[0]
        assert different(node.log) == []
