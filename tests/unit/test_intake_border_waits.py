"""Published waits, in every form of the feed: figures, what is missing and why, and instants from local texts."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from aforo.intake import border_waits
from aforo.intake.border_waits import Waits
from aforo.intake.local_times import clock_of, day_of, instant
from aforo.ports.shipped import feed_zone

NOW = datetime(2026, 8, 22, 18, 10, tzinfo=UTC)


def lane(update: str = "", status: str = "", minutes: str = "", lanes: str = "") -> dict[str, str]:
    return {"update_time": update, "operational_status": status, "delay_minutes": minutes, "lanes_open": lanes}


def port(standard: dict[str, str], fast: dict[str, str], number: str = "535502") -> dict[str, object]:
    return {
        "port_number": number, "port_name": "Brownsville", "crossing_name": "Veterans International",
        "date": "8/22/2026", "time": "13:08:00",
        "commercial_vehicle_lanes": {"maximum_lanes": "4", "standard_lanes": standard, "FAST_lanes": fast},
        "passenger_vehicle_lanes": {"standard_lanes": lane("At Noon CDT", "delay", "99", "9")},
    }  # fmt: skip


def of_json(standard: dict[str, str], fast: dict[str, str]) -> bytes:
    return json.dumps([port(standard, fast)]).encode()


def of_xml(standard: dict[str, str], fast: dict[str, str]) -> bytes:
    def written(value: object) -> str:
        if isinstance(value, dict):
            return "".join(f"<{name}>{written(child)}</{name}>" for name, child in value.items())
        return str(value)

    inside = written(port(standard, fast))
    return f"<?xml version='1.0'?><border_wait_time><port>{inside}</port></border_wait_time>".encode()


def of_rss(standard: dict[str, str], fast: dict[str, str]) -> bytes:
    def written(each: dict[str, str]) -> str:
        if not each["update_time"]:
            return f" {each['operational_status']} "
        return f"{each['update_time']} {each['delay_minutes']} min delay {each['lanes_open']} lane(s) open "

    return (
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel><item>"
        "<title>Brownsville - Veterans International</title>"
        "<description>Hours: 6 am-Midnight <br/> Date: 8/22/2026 <br/>"
        f"<h4><b> Commercial Vehicles </b></h4>  Maximum Lanes: 4 <br/>General Lanes: {written(standard)}<br/>"
        f"Fast Lanes: {written(fast)}<br/> <h4><b> Passenger Vehicles </b></h4> Maximum Lanes: 8 <br/>"
        "General Lanes: At Noon CDT 99 min delay 9 lane(s) open <br/></description>"
        "<pubDate>Sat, 22 Aug 2026 14:08:39 EST</pubDate></item></channel></rss>"
    ).encode()


def of_table(standard: dict[str, str], fast: dict[str, str]) -> bytes:
    header = "commit_time,feed_pubdate,crossing,hours,feed_date,vehicle_class,max_lanes,"
    header += "lane,update_time,delay_minutes,lanes_open,raw_status"
    rows = [header]
    for kind, word, each in (
        ("Commercial Vehicles", "General", standard),
        ("Commercial Vehicles", "Fast", fast),
        ("Passenger Vehicles", "General", lane("At Noon CDT", "delay", "99", "9")),
    ):
        status = "" if each["update_time"] else each["operational_status"]
        update = each["update_time"].removeprefix("At ")
        rows.append(
            '2026-08-22T13:08:39-05:00,"Sat, 22 Aug 2026 14:08:39 EST",Brownsville - Veterans International,'
            f"6 am-Midnight,8/22/2026,{kind},4,{word},{update},{each['delay_minutes']},{each['lanes_open']},{status}"
        )
    return "\n".join(rows).encode()


FORMS: list[Callable[[dict[str, str], dict[str, str]], bytes]] = [of_json, of_xml, of_rss, of_table]
forms = pytest.mark.parametrize("form", FORMS, ids=["json", "xml", "rss", "csv"])


def read(data: bytes) -> Waits:
    return border_waits.read(data, NOW, feed_zone)


@forms
def test_figures_are_read_with_their_instants(form: Callable[..., bytes]) -> None:
    waits = read(form(lane("At 1:00 pm CDT", "delay", "25", "2"), lane("At Noon CDT", "no delay", "0", "1")))
    assert waits.problems == ()
    standard, fast = waits.readings
    assert (standard.lane, standard.minutes, standard.lanes_open, standard.most_lanes) == ("standard", 25, 2, 4)
    assert standard.at == datetime(2026, 8, 22, 18, tzinfo=UTC)
    assert standard.seen_at <= NOW
    assert (fast.lane, fast.minutes, fast.missing) == ("fast", 0, None)
    assert fast.at == datetime(2026, 8, 22, 17, tzinfo=UTC)
    assert standard.crossing == "Brownsville - Veterans International"


@forms
@pytest.mark.parametrize(
    ("word", "why"), [("N/A", "not_there"), ("Lanes Closed", "closed"), ("Update Pending", "pending")]
)
def test_a_word_is_no_figure_and_never_zero(form: Callable[..., bytes], word: str, why: str) -> None:
    waits = read(form(lane(status=word), lane("At 1:00 pm CDT", "delay", "5", "1")))
    missing, given = waits.readings
    assert (missing.minutes, missing.missing, missing.lanes_open) == (None, why, None)
    assert missing.at == missing.seen_at
    assert given.minutes == 5


@forms
@pytest.mark.parametrize("figure", ["", "-5", "1e3", "99999", "nan", "٣"])
def test_what_is_no_number_is_missing_and_told(form: Callable[..., bytes], figure: str) -> None:
    waits = read(form(lane("At 1:00 pm CDT", "delay", figure, "2"), lane("At 1:00 pm CDT", "delay", "5", "1")))
    assert (waits.readings[0].minutes, waits.readings[0].missing) == (None, "unreadable")
    assert waits.found.get("waits_unreadable") == 1
    assert waits.problems[0].reason.es
    assert waits.readings[1].minutes == 5


@forms
def test_a_reading_of_late_evening_is_of_the_day_before(form: Callable[..., bytes]) -> None:
    waits = read(form(lane("At 11:00 pm CDT", "delay", "5", "2"), lane("At 5:00 PM CDT", "delay", "5", "2")))
    assert waits.readings[0].at == datetime(2026, 8, 22, 4, tzinfo=UTC)
    assert waits.readings[1].at == datetime(2026, 8, 21, 22, tzinfo=UTC)


@forms
def test_damage_never_raises(form: Callable[..., bytes]) -> None:
    whole = form(lane("At 1:00 pm CDT", "delay", "25", "2"), lane(status="N/A"))
    draw = random.Random(7)
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(draw.randint(1, 6)):
            place = draw.randrange(len(damaged))
            kind = draw.randrange(3)
            if kind == 0:
                damaged[place] = draw.randrange(256)
            elif kind == 1:
                del damaged[place : place + draw.randrange(20)]
            else:
                damaged[place:place] = bytes(draw.randrange(256) for _ in range(4))
            if not damaged:
                break
        for reading in read(bytes(damaged)).readings:
            assert reading.minutes is None or 0 <= reading.minutes <= 5_000


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"[1, null]", b"[" * 100_000, b"<rss/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><rss>&b;</rss>",
     b"<a", b"x,y\n1,2\n", b"\x00\x01"],
)  # fmt: skip
def test_what_is_no_feed_is_told(data: bytes) -> None:
    waits = read(data)
    assert waits.readings == ()
    assert waits.problems


def test_a_feed_is_repeated_until_the_next_reading_and_mended() -> None:
    once = of_table(lane("At Noon CDT", "delay", "25", "2"), lane(status="N/A"))
    header, *rows = once.decode().split("\n")
    twice = read("\n".join((header, *rows, *rows)).encode())
    assert [each.minutes for each in twice.readings] == [25, None]
    mended = read("\n".join((header, *rows, rows[0].replace(",25,", ",35,"))).encode())
    assert [each.minutes for each in mended.readings] == [35, None]
    assert mended.found == {"waits_mended": 1}


@pytest.mark.parametrize(
    ("text", "clock", "zone"),
    [
        ("At Noon CDT", time(12), "CDT"),
        ("At Midnight PST", time(0), "PST"),
        ("At 8:00 pm CDT", time(20), "CDT"),
        ("12:30 am MST", time(0, 30), "MST"),
        ("at 12 PM EDT", time(12), "EDT"),
        ("3:00 am", time(3), None),
    ],
)
def test_clocks(text: str, clock: time, zone: str | None) -> None:
    assert clock_of(text) == (clock, zone)


@pytest.mark.parametrize(
    "text", ["", "At", "At 13:00 pm CDT", "At 0:10 am CDT", "8:60 pm CDT", "At Noon XYZ", "noonish"]
)
def test_what_is_no_clock(text: str) -> None:
    assert clock_of(text) is None


def test_days() -> None:
    assert day_of("6/30/2022") == date(2022, 6, 30)
    assert day_of("2022-6-30") == date(2022, 6, 30)
    assert day_of("2/30/2022") is None
    assert day_of("30/6/2022") is None
    assert day_of("1/1/1999") is None


def test_an_abbreviation_of_another_family_is_believed_and_one_of_the_same_names_the_clock() -> None:
    summer, seen = date(2022, 6, 30), datetime(2022, 7, 1, 1, tzinfo=UTC)
    assert instant(summer, time(16), "PST", "America/Phoenix", seen) == datetime(2022, 7, 1, 0, tzinfo=UTC)
    assert instant(summer, time(17), "MST", "America/Phoenix", seen) == datetime(2022, 7, 1, 0, tzinfo=UTC)
    assert instant(summer, time(17), "CST", "America/Chicago", seen) == datetime(2022, 6, 30, 22, tzinfo=UTC)
    assert instant(summer, time(17), "CDT", None, seen) == datetime(2022, 6, 30, 22, tzinfo=UTC)
    assert instant(summer, time(17), None, None, seen) is None


def test_the_real_snapshot(shared_data: Path) -> None:
    waits = read_real(shared_data, "bwt_all_ports_2022-06-30.json")
    assert waits.problems == ()
    assert len(waits.readings) == 2 * 76
    standard = [each for each in waits.readings if each.lane == "standard"]
    assert sum(each.minutes is None for each in standard) >= 37
    by_port = {each.port_number: each for each in standard}
    trade = by_port["230404"]
    assert (trade.minutes, trade.lanes_open, trade.at) == (0, 10, datetime(2022, 7, 1, 0, tzinfo=UTC))
    assert by_port["250602"].minutes == 90
    # One instant for all, though the clocks of Arizona's entries are an hour ahead and the north's zones not known.
    assert {each.seen_at for each in waits.readings} == {datetime(2022, 7, 1, 0, 32, tzinfo=UTC)}
    assert by_port["260301"].at == datetime(2022, 7, 1, 0, tzinfo=UTC)  # 4 pm PST at Naco, which keeps MST
    assert Counter(each.missing for each in standard)[None] == sum(each.minutes is not None for each in standard)


def test_the_real_series_of_brownsville(shared_data: Path) -> None:
    waits = read_real(shared_data, "bwt_brownsville_2026-08.csv")
    figures = [each for each in waits.readings if each.minutes is not None]
    assert waits.problems == ()
    assert len(figures) == 222
    assert {each.crossing for each in figures} == {"Brownsville - Los Indios", "Brownsville - Veterans International"}
    assert all((each.seen_at - each.at).total_seconds() > -15 * 60 for each in figures)
    assert max(each.minutes for each in figures if each.minutes is not None) == 120


def test_the_real_rss(shared_data: Path) -> None:
    waits = read_real(shared_data, "bwt_brownsville_rss_sample.xml")
    assert waits.problems == ()
    said = {(each.crossing, each.lane): (each.minutes, each.missing, each.lanes_open) for each in waits.readings}
    assert said == {
        ("Brownsville - Los Indios", "standard"): (0, None, 1),
        ("Brownsville - Los Indios", "fast"): (None, "closed", None),
        ("Brownsville - Veterans International", "standard"): (0, None, 2),
        ("Brownsville - Veterans International", "fast"): (0, None, 1),
    }
    assert {each.at for each in waits.readings if each.missing is None} == {datetime(2026, 8, 22, 18, tzinfo=UTC)}


def read_real(shared_data: Path, name: str) -> Waits:
    return border_waits.read((shared_data / "waits" / name).read_bytes(), datetime(2026, 11, 26, tzinfo=UTC), feed_zone)


@pytest.mark.parametrize("form", [of_json, of_xml, of_rss])
def test_a_mark_of_utf_8_in_front_changes_nothing(form: Callable[[dict[str, str], dict[str, str]], bytes]) -> None:
    feed = form(lane("At Noon CDT", "delay", "35", "2"), lane("", "N/A"))
    plain, marked = (border_waits.read(mark + feed, NOW, feed_zone) for mark in (b"", b"\xef\xbb\xbf"))
    assert [each.minutes for each in marked.readings if each.lane == "standard"] == [35]
    assert marked == plain
