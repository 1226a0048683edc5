"""A second calculator of the fleet's figures, written from the rules of the field alone. It imports nothing of the
product.

The rules: a report begins at `down` or `maintenance_start` and ends at the same reporter's next `up` (of maintenance
also `maintenance_end`) if that comes before the same reporter begins another report; else at the first later `up` by
anyone, which closes maintenance too; else at retirement or the end of the period; `maintenance_end` never ends a
`down`. Reports of one scanner that overlap are one interruption. Trouble outside the time in service is none. A cause
is what a report gave; where none gave one the hours are unexplained. Response is the first `responded`, else the first
`maintenance_start`, within the interruption. All arithmetic is in whole minutes and whole cents.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

CAUSES = ("planned", "unplanned", "parts", "site", "operator", "power", "staffing")
#: The contract that is reckoned with, in zone UTC and around the clock.
CONTRACT = """id = "C-1"
version = 1
supplier = "Example Imaging (synthetic)"
currency = "USD"
zone = "UTC"
from = 2010-01-01
[fee]
monthly = 12345.67
[availability]
clause = "4.1"
minimum = 0.95
[[availability.band]]
clause = "4.2a"
below = 0.95
credit = 0.05
[[availability.band]]
clause = "4.2b"
below = 0.90
credit = 0.15
[[exclusion]]
clause = "4.3"
planned = true
cap_hours = 8
[[exclusion]]
clause = "4.4"
causes = ["site", "power"]
[response]
clause = "5.1"
credit = 0.01
[[response.term]]
hours = 4
[repair]
clause = "5.2"
credit = 0.02
except_causes = ["site"]
[[repair.term]]
hours = 48
[[cap]]
clause = "6.1"
share = 0.25
"""
FEE = 1_234_567


@dataclass
class Outage:
    """One interruption in minutes since 1970; `ended` is False where it lasts at the end of the period."""

    start: int
    end: int
    ended: bool
    cause: str | None
    planned: bool
    came: int | None


@dataclass
class Truth:
    """What is true of a log: interruptions, minutes in service and down, minutes down by cause, availability by scanner
    and month (of the contract, after exclusions), and cents owed by scanner and month."""

    interruptions: int = 0
    service: int = 0
    down: int = 0
    by_cause: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*CAUSES, "unexplained"), 0))
    availability: dict[tuple[str, str], float] = field(default_factory=dict)
    owed: dict[tuple[str, str], int] = field(default_factory=dict)


def truth(
    text: str, start: datetime, end: datetime, zone: str | None, zones: Mapping[str, str], meaning: Mapping[str, str]
) -> Truth:
    """The truth of a log in a period of whole months of UTC. Times without an offset are of `zone`, else of the zone of
    the port (`zones`) where the scanner was commissioned; `meaning` says which cause a text means."""
    rows = list(csv.DictReader(io.StringIO(text)))
    ports = {row["scanner_id"]: row["port"] for row in rows if row["port"]}
    by_scanner: dict[str, list[tuple[int, str, str, str | None, bool | None]]] = defaultdict(list)
    for row in rows:
        at = datetime.fromisoformat(row["at"])
        if at.tzinfo is None:
            at = at.replace(tzinfo=ZoneInfo(zone or zones[ports[row["scanner_id"]]]))
        cause = row["cause"] if row["cause"] in CAUSES else meaning.get(row["cause"].casefold())
        planned = {"1": True, "0": False}.get(row["planned"])
        by_scanner[row["scanner_id"]].append((_minute(at), row["event"], row["reporter"].casefold(), cause, planned))
    found = Truth()
    first, last = _minute(start), _minute(end)
    months = _months(start, end)
    for scanner, told in by_scanner.items():
        said = sorted(set(told), key=lambda each: each[0])
        began = min((at for at, event, *_ in said if event == "commissioned"), default=None)
        if began is None:
            continue
        retired = min((at for at, event, *_ in said if event == "retired"), default=None)
        outages = _outages(said, began, retired, last)
        up_to = last if retired is None else min(last, retired)
        found.service += max(0, up_to - max(began, first))
        for own in outages:
            if (took := min(own.end, last) - max(own.start, first)) > 0:
                found.interruptions += 1
                found.down += took
                found.by_cause[own.cause or "unexplained"] += took
        for name, begins, ends in months:
            _month(found, scanner, name, begins, ends, max(began, begins), min(up_to, ends), outages, first)
    return found


def _outages(
    said: list[tuple[int, str, str, str | None, bool | None]], began: int, retired: int | None, last: int
) -> list[Outage]:
    spans = []
    for at, event, who, cause, planned in said:
        if event not in ("down", "maintenance_start"):
            continue
        closing = ("up",) if event == "down" else ("up", "maintenance_end")
        own = min((t for t, e, r, *_ in said if t > at and r == who and e in closing), default=None)
        another = min((t for t, e, r, *_ in said if t > at and r == who and e in ("down", "maintenance_start")),
                      default=None)  # fmt: skip
        if own is not None and (another is None or own < another):
            stop = own
        else:
            stop = min((t for t, e, *_ in said if t > at and e == "up"), default=None)
        bound = last if retired is None else min(retired, last)
        end = bound if stop is None else min(stop, bound)
        lasts = (stop is None or stop > last) and (retired is None or retired > last)
        if max(at, began) < end:
            spans.append(
                (max(at, began), end, lasts, at, cause, bool(planned) or (planned is None and cause == "planned"))
            )
    spans.sort(key=lambda each: (each[0], each[3]))
    groups: list[list[tuple[int, int, bool, int, str | None, bool]]] = []
    for span in spans:
        if groups and span[0] < max(each[1] for each in groups[-1]):
            groups[-1].append(span)
        else:
            groups.append([span])
    return [_outage(group, said) for group in groups]


def _outage(
    group: list[tuple[int, int, bool, int, str | None, bool]],
    said: list[tuple[int, str, str, str | None, bool | None]],
) -> Outage:
    start, end = group[0][0], max(each[1] for each in group)
    lasts = any(each[2] for each in group)
    causes = [each[4] for each in group if each[4]]
    causes += [c for t, e, _, c, _ in said if start < t <= end and c and e in ("up", "responded", "maintenance_end")]
    came = min((t for t, e, *_ in said if e == "responded" and start <= t <= end), default=None)
    if came is None:
        came = min((t for t, e, *_ in said if e == "maintenance_start" and start <= t <= end), default=None)
    return Outage(start, end, not lasts, causes[0] if causes else None, all(each[5] for each in group), came)


def _month(
    found: Truth, scanner: str, name: str, begins: int, ends: int, since: int, until: int, outages: list[Outage],
    first: int,
) -> None:  # fmt: skip
    agreed = until - since
    if agreed <= 0:
        return
    down = planned = by_cause = 0
    for own in outages:
        took = max(0, min(own.end, until) - max(own.start, since))
        down += took
        if own.planned:
            planned += took
        elif own.cause in ("site", "power"):
            by_cause += took
    counted = down - min(planned, 8 * 60) - by_cause
    availability = (agreed - counted) / agreed
    found.availability[scanner, name] = availability
    fee = (2 * FEE * agreed + (ends - begins)) // (2 * (ends - begins))
    owed = 0
    # Compared in whole numbers: availability under 0.90, else under 0.95.
    if 100 * (agreed - counted) < 90 * agreed:
        owed += _half_up(fee, 15)
    elif 100 * (agreed - counted) < 95 * agreed:
        owed += _half_up(fee, 5)
    for own in outages:
        if own.planned or not max(since, first) <= own.start < until:
            continue
        if (own.end if own.came is None else own.came) - own.start > 4 * 60:
            owed += _half_up(fee, 1)
        if own.cause != "site" and own.end - own.start > 48 * 60:
            owed += _half_up(fee, 2)
    owed = min(owed, _half_up(fee, 25))
    if owed:
        found.owed[scanner, name] = owed


def _half_up(cents: int, percent: int) -> int:
    return (2 * cents * percent + 100) // 200


def _minute(at: datetime) -> int:
    return round(at.astimezone(UTC).timestamp()) // 60


def _months(start: datetime, end: datetime) -> list[tuple[str, int, int]]:
    found = []
    year, month = start.year, start.month
    while (year, month) < (end.year, end.month):
        after = (year + month // 12, month % 12 + 1)
        edges = (datetime(year, month, 1, tzinfo=UTC), datetime(*after, 1, tzinfo=UTC))
        found.append((f"{year}-{month:02d}", *map(_minute, edges)))
        year, month = after
    return found
