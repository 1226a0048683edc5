"""Who comes when in the demonstration: as counts and port documents have it, synthetic, and by the seed alone."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta
from functools import cache
from pathlib import Path

import msgspec
import polars as pl
import pytest

from aforo.demo.outside import places, traders
from aforo.demo.outside.timetable import AMENDED, CANCELLED, STAYING_AWAY, Due, Timetable
from aforo.domain.clock import microseconds
from aforo.intake import declarations
from aforo.twin import volumes
from aforo.twin.of_port import hourly_demand

SEED = 5
BEGINS = microseconds(traders.BEGINS)
DAY = 86_400_000_000


@cache
def drawn(seed: int = SEED) -> traders.Traders:
    return traders.draw(seed)


def timetable(*bridges: str, seed: int = SEED) -> Timetable:
    return Timetable(places.chosen(bridges), drawn(seed), seed, traders.BEGINS.date())


def test_a_seed_has_the_same_trucks_whatever_else_is_shown() -> None:
    alone = list(timetable("mariposa").until(BEGINS))
    among = [each for each in timetable("world-trade", "mariposa").until(BEGINS) if each.bridge == "mariposa"]
    assert alone == among
    assert alone != list(timetable("mariposa", seed=SEED + 1).until(BEGINS))


def test_days_follow_each_other_and_none_is_drawn_twice() -> None:
    days = timetable("santa-teresa")
    first = list(days.until(BEGINS))
    assert not list(days.until(BEGINS))
    more = list(days.until(BEGINS + 2 * DAY))
    names = [each.crossing for each in (*first, *more)]
    assert len(set(names)) == len(names)
    assert max(each.arrives for each in first) < min(each.arrives for each in more)


@pytest.mark.parametrize("bridge", places.DEFAULT)
def test_as_many_come_as_the_counts_say(bridge: str) -> None:
    (shown,) = places.chosen([bridge])
    day = traders.BEGINS.date()
    counts = volumes.shipped()[shown.port.code]
    expected = float(hourly_demand(shown.port, shown.bridge, day, 1, counts).sum())
    dues = list(timetable(bridge).until(BEGINS))
    assert abs(len(dues) - expected) < 5.0 * math.sqrt(expected)
    shares = {name: share.share for name, share in shown.bridge.arrivals.lanes.items()}
    for lane, count in Counter(each.lane for each in dues).items():
        assert count / len(dues) == pytest.approx(shares[lane], abs=0.06)


def test_a_truck_files_before_it_comes_most_of_them_in_good_time() -> None:
    dues = list(timetable("world-trade").until(BEGINS))
    leads = [(each.arrives - each.filed) / 60_000_000 for each in dues]
    assert min(leads) > 5.0
    least = {"fast": 30.0, "standard": 60.0, "empty": 60.0, "hazmat": 60.0}
    in_time = sum(lead >= least[each.lane] - 0.01 for lead, each in zip(leads, dues, strict=True))
    assert in_time / len(dues) == pytest.approx(0.9, abs=0.02)


def test_some_filings_are_amended_or_cancelled_and_some_trucks_never_come() -> None:
    dues = list(timetable("world-trade").until(BEGINS))
    shares = {fate: count / len(dues) for fate, count in Counter(each.fate for each in dues).items()}
    laden = sum(each.lane != "empty" for each in dues) / len(dues)
    assert shares["cancels"] == pytest.approx(CANCELLED, rel=0.4)
    assert shares["stays_away"] == pytest.approx(STAYING_AWAY, rel=0.4)
    assert shares["amends"] == pytest.approx(AMENDED * laden, rel=0.25)
    assert all(each.filed < each.changes < each.arrives for each in dues)
    days = timetable("world-trade")
    for due in [each for each in dues if each.fate == "amends"][:40]:
        before, after = days.paper(due).columns, days.paper(due, changed=True).columns
        assert (after["amends"], after["action"]) == (before["declaration_id"], "replace")
        assert sum(before.get(name) != after.get(name) for name in ("seal_id", "value_usd", "gross_mass_kg")) == 1
        assert before["filed_at"] < after["filed_at"]


def test_no_tractor_and_no_driver_is_in_two_places_at_once() -> None:
    dues = list(Timetable(places.every(), drawn(), SEED, traders.BEGINS.date()).until(BEGINS))
    for column in ("plate", "driver"):
        seen: dict[str, Due] = {}
        for due in sorted(dues, key=lambda each: each.arrives):
            name = getattr(due, column)
            before = seen.get(name)
            assert before is None or due.arrives - before.arrives >= 8 * 3_600_000_000 or before.bridge != due.bridge
            seen[name] = due


def test_what_is_filed_is_sound_synthetic_and_of_the_place(tmp_path: Path) -> None:
    days = timetable("world-trade", "otay-mesa")
    dues = list(days.until(BEGINS))[::40]
    rows = [days.declaration(each) for each in dues]
    file = tmp_path / "rows.csv"
    pl.DataFrame(rows, infer_schema_length=None).write_csv(file)
    batches = list(declarations.read(file))
    assert sum(batch.table.height for batch in batches) == len(rows)
    assert not any(batch.refused for batch in batches)
    for due, row in zip(dues, rows, strict=True):
        assert str(row["carrier_id"]).startswith("SYN")
        for name in ("declaration_id", "crossing_id", "tractor_id", "driver_id"):
            # What a Carta Porte calls a crossing, and plates, have forms of their own.
            assert str(row[name]).startswith(("SYN", "CCC", "MX-S")), (name, row[name])
        assert {"outcome", "threat", "severity", "scheme"}.isdisjoint(row)
        assert (row["port"], row["crossing_id"]) == ("2304" if due.bridge == "world-trade" else "2506", due.crossing)
    assert msgspec.convert(msgspec.to_builtins(dues[0]), Due) == dues[0]


def test_what_is_hidden_is_that_of_the_world_and_schemes_begin_in_the_future() -> None:
    world = drawn()
    assert set(world.past.columns) == set(world.future.columns)
    dues = list(timetable(*places.DEFAULT).until(BEGINS + DAY))
    hiding = [each for each in dues if each.threat is not None]
    assert len(hiding) / len(dues) == pytest.approx(0.025, abs=0.01)
    assert len({each.scheme for each in hiding}) > 5
    of_past = set(world.past["episode"].drop_nulls().to_list())
    of_future = set(world.future["episode"].drop_nulls().to_list())
    assert of_future - of_past  # episodes that nobody could have learnt of
    known = {str(each) for each in world.past["importer_id"].drop_nulls().to_list()}
    assert known & set(world.future["importer_id"].drop_nulls().to_list())


def test_the_demonstration_begins_after_its_past() -> None:
    ends = traders.BEGINS - timedelta(days=1)
    assert max(drawn().past["filed_at"].str.slice(0, 10).to_list()) < ends.date().isoformat()


def test_every_port_of_the_border_is_shown_once() -> None:
    shown = places.every()
    assert len({each.bridge.id for each in shown}) == len(shown)
    assert {each.port.code for each in shown} == set(volumes.shipped())
    a_day = [len(list(Timetable([each], drawn(), SEED, traders.BEGINS.date()).until(BEGINS))) for each in shown]
    assert 20_000 < sum(a_day) < 35_000
    with pytest.raises(places.NoBridgeError):
        places.chosen(["world-trade", "nowhere"])
