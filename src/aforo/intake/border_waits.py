"""Waits at land crossings as US Customs and Border Protection publishes them, in each form of its feed.

Four forms, told apart by what they hold: the JSON and the XML of all ports, the RSS, and a CSV series kept from the
RSS. Only the lanes of trucks are read. `N/A`, `Lanes Closed` and `Update Pending` are missing figures with a reason,
never zero. Times are local texts; `local_times` makes instants of them. A reading that is repeated is given once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import islice
from statistics import median_low
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from lxml import etree

from aforo.domain.clock import is_valid
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.domain.wait import Missing, PublishedLane, PublishedWait
from aforo.intake import xml
from aforo.intake.local_times import clock_of, day_of, instant
from aforo.intake.message import Fault
from aforo.intake.published import MOST_BYTES, Found, rows, whole_number

#: What some write in front of a text in UTF-8.
_BOM: Final = b"\xef\xbb\xbf"
#: What a feed says instead of a figure.
_MISSING: Final[dict[str, Missing]] = {
    "n/a": "not_there",
    "lanes closed": "closed",
    "closed": "closed",
    "update pending": "pending",
}
_LANES: Final[dict[str, PublishedLane]] = {"standard_lanes": "standard", "FAST_lanes": "fast"}
_WORDS: Final[dict[str, PublishedLane]] = {"general": "standard", "standard": "standard", "fast": "fast"}
#: The agency's feed is made where it has its seat.
_FEED_ZONE = "America/New_York"
#: No wait and no number of lanes is as large.
_MOST_MINUTES, _MOST_LANES, _MOST_PORTS = 5_000, 200, 10_000
_TITLE, _NUMBER = 200, 10

_TRUCKS = re.compile(r"<b>\s*Commercial Vehicles\s*</b>(.*?)(?:<h4>|$)", re.IGNORECASE | re.DOTALL)
_MAXIMUM = re.compile(r"Maximum Lanes:\s*([^<]{0,40})", re.IGNORECASE)
_LANE = re.compile(r"(General|Standard|Fast) Lanes:\s*([^<]{0,200})", re.IGNORECASE)
_DATE = re.compile(r"Date:\s*([0-9/]{8,10})")
_SAID = re.compile(
    r"^(?P<at>At .{4,20}?)\s+(?:(?P<hours>[0-9]{1,2}) hrs?\s*)?(?:(?P<minutes>[0-9]{1,4}) min)?\s*(?:delay|no delay)\s*"
    r"(?:(?P<open>[0-9]{1,3}) lane\(s\) open)?\s*$",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(r"^[A-Za-z]{3}, ([0-9]{1,2}) ([A-Za-z]{3}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2})\b")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

#: The IANA zone of a crossing by its port number, or by its name where a feed gives no number; None where not known.
Zones = Callable[[str], str | None]


@dataclass(frozen=True)
class Waits:
    """What a feed holds: readings in the order of the feed, each once, and what could not be read."""

    readings: tuple[PublishedWait, ...]
    problems: tuple[Problem, ...]
    found: dict[str, int]


@dataclass(frozen=True)
class _Lane:
    """What a feed says of one lane class, as texts, and where."""

    record: int
    place: str
    crossing: str
    number: str | None
    lane: PublishedLane
    day: str
    seen_at: datetime
    update: str
    status: str
    minutes: str
    lanes_open: str
    most_lanes: str


def read(data: bytes, received_at: datetime, zones: Zones) -> Waits:
    """The readings of a feed that was fetched at `received_at`. Never raises for what `data` holds."""
    found = Found()
    head = data[:200].removeprefix(_BOM).lstrip()
    if len(data) > MOST_BYTES:
        found.add("published_too_large", 0, "file", most=MOST_BYTES // 1024 // 1024)
        lanes: Iterator[_Lane] = iter(())
    elif head.startswith((b"[", b"{")):
        lanes = _of_json(data, received_at, zones, found)
    elif head.startswith(b"<"):
        lanes = _of_xml(data, received_at, zones, found)
    else:
        lanes = _of_table(data, found)
    kept: dict[object, PublishedWait] = {}
    for lane in lanes:
        reading = _reading(lane, zones, found)
        if reading is None:
            continue
        before = kept.get(reading.key)
        if before is not None and before.minutes != reading.minutes and before.minutes is not None:
            # A feed mends what it said of an hour: the last word counts.
            found.add("waits_mended", lane.record, lane.place, gravity="warning", crossing=lane.crossing)
        if before is None or reading.minutes is not None:
            kept[reading.key] = reading
    if not kept and not found.counts:
        found.add("waits_none", 0, "file")
    return Waits(tuple(kept.values()), tuple(found.problems), dict(found.counts))


def _reading(lane: _Lane, zones: Zones, found: Found) -> PublishedWait | None:
    """The reading that the texts of a lane make; None where they name no place."""
    crossing = lane.crossing.strip()
    if not crossing or len(crossing) > _TITLE or not crossing.isprintable():
        found.add("waits_crossing", lane.record, lane.place, value=crossing)
        return None
    missing = _MISSING.get(lane.status.strip().casefold())
    minutes, at = None, lane.seen_at
    if missing is None:
        minutes = whole_number(lane.minutes.strip(), _MOST_MINUTES)
        day, clock = day_of(lane.day), clock_of(lane.update)
        zone = zones(lane.number or crossing)
        moment = instant(day, clock[0], clock[1], zone, lane.seen_at) if day is not None and clock is not None else None
        if minutes is None or moment is None:
            said = lane.minutes if minutes is None else f"{lane.day} {lane.update}"
            called = catalogue("aforo.intake").say(f"waits_lane_{lane.lane}")
            found.add("waits_unreadable", lane.record, lane.place, crossing=crossing, lane=called, value=said)
            minutes, missing = None, "unreadable"
        else:
            at = moment
    return PublishedWait(
        crossing=crossing,
        lane=lane.lane,
        at=at,
        seen_at=lane.seen_at,
        port_number=lane.number,
        minutes=minutes,
        missing=missing,
        lanes_open=None if missing else whole_number(lane.lanes_open.strip(), _MOST_LANES),
        most_lanes=whole_number(lane.most_lanes.strip(), _MOST_LANES),
    )


def _of_json(data: bytes, received_at: datetime, zones: Zones, found: Found) -> Iterator[_Lane]:
    try:
        decoded = msgspec.json.decode(data.removeprefix(_BOM))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        found.add("waits_not_json", 0, "file", why=wrong)
        return
    if not isinstance(decoded, list):
        found.add("waits_no_ports", 0, "file")
        return
    ports = [(port, f"[{place}]") for place, port in enumerate(decoded[:_MOST_PORTS])]
    for record, (port, place) in enumerate(ports, 1):
        if not isinstance(port, dict):
            found.add("waits_no_ports", record, place)
    yield from _of_ports(ports, received_at, zones)


def _of_xml(data: bytes, received_at: datetime, zones: Zones, found: Found) -> Iterator[_Lane]:
    root = xml.read(data)
    if isinstance(root, Fault):
        found.damaged(root.code, 0, root.place)
        return
    if root.tag == "rss":
        yield from _of_rss(root, received_at, found)
        return
    ports = [(_texts(port), f"line {port.sourceline}") for port in islice(root.iterchildren("port"), _MOST_PORTS)]
    yield from _of_ports(ports, received_at, zones)


def _texts(node: xml.Element) -> dict[str, Any]:
    """The texts of an element's children by their names, and of theirs."""
    return {str(child.tag): _texts(child) if len(child) else (child.text or "") for child in node.iterchildren()}


def _of_ports(ports: list[tuple[Any, str]], received_at: datetime, zones: Zones) -> Iterator[_Lane]:
    """The lanes of a feed of all ports, which was made at one instant: what most of its ports' own clocks say."""
    named = [(record, place, port, *_named(port)) for record, (port, place) in enumerate(ports, 1) if _is_port(port)]
    seen = [
        clock
        for _, _, port, number, full in named
        if (clock := _seen_at(_text(port, "date"), _text(port, "time"), zones(number or full))) is not None
    ]
    seen_at = min(median_low(seen), received_at) if seen else received_at
    for record, place, port, number, full in named:
        trucks = port["commercial_vehicle_lanes"]
        for key, lane in _LANES.items():
            said = trucks.get(key)
            if isinstance(said, dict):
                yield _Lane(
                    record, f"{place}.{key}", full, number, lane, _text(port, "date"), seen_at,
                    _text(said, "update_time"), _text(said, "operational_status"), _text(said, "delay_minutes"),
                    _text(said, "lanes_open"), _text(trucks, "maximum_lanes"),
                )  # fmt: skip


def _is_port(port: Any) -> bool:
    return isinstance(port, dict) and isinstance(port.get("commercial_vehicle_lanes"), dict)


def _named(port: Mapping[str, Any]) -> tuple[str | None, str]:
    """The number of a port, and its name with the crossing's."""
    name, crossing = _text(port, "port_name"), _text(port, "crossing_name")
    number = _text(port, "port_number")
    known = number if number.isascii() and number.isalnum() and len(number) <= _NUMBER else None
    return known, f"{name} - {crossing}" if name and crossing else name or crossing


def _text(node: Mapping[str, Any], name: str) -> str:
    value = node.get(name)
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _seen_at(day: str, clock: str, zone: str | None) -> datetime | None:
    """When a port's entry was made, by its own day and clock; None where they or its zone are not known."""
    date = day_of(day)
    try:
        moment = time.fromisoformat(clock)
    except ValueError:
        return None
    if date is None or zone is None or moment.tzinfo is not None:
        return None
    return datetime.combine(date, moment, ZoneInfo(zone)).astimezone(UTC)


def _of_rss(root: xml.Element, received_at: datetime, found: Found) -> Iterator[_Lane]:
    for record, item in enumerate(root.iter("item"), 1):
        place = f"line {item.sourceline}"
        title, description = item.findtext("title") or "", _markup(item.find("description"))
        trucks, day = _TRUCKS.search(description), _DATE.search(description)
        if trucks is None:
            continue
        seen_at = min(_published(item.findtext("pubDate") or "") or received_at, received_at)
        most = _MAXIMUM.search(trucks[1])
        for word, said in _LANE.findall(trucks[1]):
            figures = _SAID.match(said.strip())
            yield _Lane(
                record, place, title, None, _WORDS[word.casefold()], day[1] if day else "", seen_at,
                figures["at"] if figures else "", "" if figures else said, _minutes(figures),
                (figures["open"] or "") if figures else "", most[1] if most else "",
            )  # fmt: skip


def _markup(node: xml.Element | None) -> str:
    """What an element holds, as markup: feeds write it as elements, or as text."""
    if node is None:
        return ""
    return etree.tostring(node, encoding="unicode", with_tail=False) if len(node) else node.text or ""


def _minutes(figures: re.Match[str] | None) -> str:
    """The minutes of a delay that may be written in hours too; nothing where none are written."""
    if figures is None or (figures["hours"] is None and figures["minutes"] is None):
        return ""
    return str(60 * int(figures["hours"] or 0) + int(figures["minutes"] or 0))


def _published(text: str) -> datetime | None:
    """The instant of a feed's `pubDate`: it writes EST in summer too, so its clock is read as that of its seat."""
    matched = _PUBLISHED.match(text) if text.isascii() else None
    if matched is None or matched[2].casefold() not in _MONTHS:
        return None
    year, month = int(matched[3]), _MONTHS.index(matched[2].casefold()) + 1
    day, hour, minute, second = (int(matched[n]) for n in (1, 4, 5, 6))
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=ZoneInfo(_FEED_ZONE)).astimezone(UTC)
    except ValueError:
        return None


def _of_table(data: bytes, found: Found) -> Iterator[_Lane]:
    needed = ("crossing", "feed_date", "vehicle_class", "lane", "update_time", "delay_minutes", "lanes_open")
    for record, line, row in rows(data, (*needed, "raw_status", "commit_time"), found):
        lane = _WORDS.get(row["lane"].casefold())
        if lane is None or not row["vehicle_class"].casefold().startswith("commercial"):
            continue
        seen_at = _moment(row["commit_time"])
        if seen_at is None:
            found.add("waits_seen", record, f"line {line}", value=row["commit_time"])
            continue
        yield _Lane(
            record, f"line {line}", row["crossing"], None, lane, row["feed_date"], seen_at,
            row["update_time"], row["raw_status"], row["delay_minutes"], row["lanes_open"], row.get("max_lanes", ""),
        )  # fmt: skip


def _moment(text: str) -> datetime | None:
    """The instant, in UTC, of an ISO 8601 text with its offset; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if is_valid(moment) else None
