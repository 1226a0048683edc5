"""Bridges as they are now, in tables: all of them, or one with its lanes and resources.

What no row has is no column: it is told once, under the table, with what would give it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.flow.bridges_shown import ALL, BridgeShown, Figure, HourShown, LaneShown
from aforo.measures.crossing_times import FEWEST
from aforo.measures.waits import Quantity
from aforo.ports.document import Bridge, PortDocument

#: In which unit an age is said: the unit's minutes, and the age from which on it is said in the next.
_UNITS = (("minutes", 1, 180), ("hours", 60, 72 * 60), ("days", 1440, math.inf))
_BARS = "▁▂▃▄▅▆▇█"
#: Sources that have a word of their own; the others are names of feeds.
_SOURCES = ("reads", "stated", "log", "document", "assumed")
#: Columns that are texts, on the left.
_TEXTS = frozenset({"bridge", "lane", "resource", "source", "missing"})
#: Columns that are always shown.
_ALWAYS = frozenset({"bridge", "local", "lane", "resource"})
#: Columns that lack for one reason, by what would give them.
_LACKING = {
    "reads": ("queue", "wait", "seen", "p50", "p95", "buffer", "crossing"),
    "work": ("waiting", "serving", "backlog"),
}


def show_all(bridges: Sequence[BridgeShown], zones: Mapping[str, str], say: Sentences) -> None:
    """A row for each bridge; `zones` by bridge."""
    rows = []
    for each in bridges:
        every = each.lanes[0]
        told = [lane for lane in each.lanes if lane.wait_now is not None]
        lane = every if every.wait_now is not None or not told else told[0]
        resources = {one.resource: one for one in each.resources}
        booth, scanner = resources.get("booth"), resources.get("scanner")
        rows.append(
            {
                "bridge": each.bridge,
                "local": _local(each, zones[each.bridge]),
                "queue": _queue(every, say),
                "wait": _wait(lane, say),
                "source": _wait_source(lane, say),
                "open": _figure(None if booth is None else booth.up, say),
                "scanners": _figure(None if scanner is None else scanner.up, say),
                "backlog": _figure(None if scanner is None else scanner.backlog_minutes, say),
            }
        )
    _show_rows(say("port_overview"), rows, say)


def show_one(one: BridgeShown, hours: Sequence[HourShown], port: PortDocument, bridge: Bridge, say: Sentences) -> None:
    """A bridge with its lanes and resources, and the waits of the last day."""
    local = _local(one, port.zone)
    terminal.out.print(
        say("port_title", bridge=one.name, port=one.port_name, number=one.port, local=local), markup=False
    )
    arrivals = _figure(one.arrivals, say)
    terminal.out.print(say("port_arrivals", arrivals=arrivals), markup=False)
    for each in one.lanes:
        if each.stalled_since is not None:
            since = f"{each.stalled_since.astimezone(ZoneInfo(port.zone)):%H:%M %Z}"
            terminal.paragraph(say("port_stalled", lane=_called(each, say), since=since))
    lanes = [_lane(each, say) for each in one.lanes]
    through: dict[str, str | None] = {name: lane.served_by for name, lane in bridge.lanes.items()}
    beside = {
        each.lane: by
        for each, row in zip(one.lanes, lanes, strict=True)
        if not _tells(row, say) and each.lane != ALL and (by := through[each.lane]) is not None
    }
    _show_rows(
        say("port_lanes"), [row for each, row in zip(one.lanes, lanes, strict=True) if each.lane not in beside], say
    )
    for lane, by in beside.items():
        told = say("port_served_by", lane=say(f"lane_{lane}"), by=say(f"lane_{by}"))
        terminal.out.print(told, markup=False)
    if any(each.waits is not None and each.waits.p95 is None for each in one.lanes):
        terminal.paragraph(say("port_too_few", fewest=FEWEST))
    resources = []
    for resource in one.resources:
        waiting, serving = (
            say("port_unknown") if each is None else f"{each}" for each in (resource.waiting, resource.serving)
        )
        resources.append(
            {
                "resource": say(f"port_resource_{resource.resource}"),
                "up": _figure(resource.up, say),
                "stands": _figure(resource.stands, say),
                "manned": _figure(resource.manned, say),
                "waiting": waiting,
                "serving": serving,
                "backlog": _figure(resource.backlog_minutes, say),
            }
        )
    _show_rows(say("port_resources"), resources, say)
    for line in _picture([each for each in hours if each.lane == ALL], ZoneInfo(port.zone), say):
        terminal.out.print(line, markup=False)


def _lane(each: LaneShown, say: Sentences) -> dict[str, str]:
    own, crossed = each.waits, each.crossings
    return {
        "lane": _called(each, say),
        "open": "" if each.lane == ALL else _figure(each.open, say),
        "queue": _queue(each, say),
        "wait": _wait(each, say),
        "source": _wait_source(each, say),
        "seen": say("port_unknown") if own is None else f"{own.trucks}",
        "p50": _quantity(None if own is None else own.p50, say),
        "p95": _quantity(None if own is None else own.p95, say),
        "buffer": _number(None if own is None else own.buffer_time, say),
        "crossing": _quantity(None if crossed is None else crossed.p50, say),
        "missing": "" if each.missing is None else say(f"port_missing_{each.missing}"),
    }


def _show_rows(title: str, rows: Sequence[Mapping[str, str]], say: Sentences) -> None:
    """A table of rows by column; under it what is missing in all of them, and what would give it."""
    if not rows:
        return
    table = Table(title=title, title_justify="left")
    nothing = ("", say("port_unknown"))
    shown = [each for each in rows[0] if each in _ALWAYS or any(row[each] not in nothing for row in rows)]
    for column in shown:
        table.add_column(say(f"port_{column}"), justify="left" if column in _TEXTS else "right")
    for row in rows:
        table.add_row(*(escape(row[column]) for column in shown))
    terminal.show(table)
    for group, of_group in _LACKING.items():
        lacking = [say(f"port_{each}") for each in of_group if each in rows[0] and each not in shown]
        if lacking:
            terminal.paragraph(say(f"port_lacking_{group}", what=", ".join(lacking)))


def _tells(row: Mapping[str, str], say: Sentences) -> bool:
    """Whether anything is known of a row but what it is called."""
    return any(cell not in ("", say("port_unknown")) for column, cell in row.items() if column not in _ALWAYS)


def _local(one: BridgeShown, zone: str) -> str:
    """The clock of the bridge's port, with its zone as people there write it."""
    return f"{one.at.astimezone(ZoneInfo(zone)):%H:%M %Z}"


def _picture(hours: Sequence[HourShown], zone: ZoneInfo, say: Sentences) -> list[str]:
    """The median wait of each hour of the day, by the port's clock, as a row of bars; a dot where it is missing."""
    known = [each.waits.p50.value for each in hours if each.waits is not None]
    if not known:
        return []
    top = max(*known, 1.0)
    bars = ["·" if each.waits is None else _BARS[int(each.waits.p50.value / top * (len(_BARS) - 1))] for each in hours]
    begins = [each.begins.astimezone(zone) for each in hours]
    return [
        say("port_picture", top=f"{top:.0f}", zone=f"{begins[0]:%Z}"),
        "  " + " ".join(bars),
        "  " + " ".join(f"{each:%H}"[-1] for each in begins),
        say("port_picture_from", first=f"{begins[0]:%Y-%m-%d %H:%M}", last=f"{begins[-1]:%H:%M}"),
    ]


def _called(lane: LaneShown, say: Sentences) -> str:
    return say("port_all") if lane.lane == ALL else say(f"lane_{lane.lane}")


def _queue(lane: LaneShown, say: Sentences) -> str:
    """The queue, with the sign of a lower bound where the line stalls."""
    told = _number(lane.queue, say)
    return f"≥ {told}" if lane.queue is not None and lane.wait_now is not None and lane.wait_now.at_least else told


def _wait(lane: LaneShown, say: Sentences) -> str:
    now = lane.wait_now
    if now is None:
        return say("port_unknown")
    if now.at_least:
        return f"≥ {math.floor(now.minutes)}"
    if now.low is None or now.high is None:
        return f"{now.minutes:.0f}"
    return f"{now.minutes:.0f} ({now.low:.0f}–{now.high:.0f})"


def _wait_source(lane: LaneShown, say: Sentences) -> str:
    return "" if lane.wait_now is None else _source(lane.wait_now.source, lane.wait_now.age_minutes, say)


def _quantity(quantity: Quantity | None, say: Sentences) -> str:
    """An estimate and its limits; one that the trucks cannot give is left out."""
    if quantity is None:
        return say("port_unknown")
    low, high = ("" if each is None else f"{each:.0f}" for each in (quantity.low, quantity.high))
    return f"{quantity.value:.0f} ({low}–{high})" if low or high else f"{quantity.value:.0f}"


def _source(source: str, age: float | None, say: Sentences) -> str:
    named = say(f"port_source_{source}") if source in _SOURCES else source
    if age is None:
        return named
    unit, size = next((unit, size) for unit, size, most in _UNITS if age < most)
    return say(f"port_aged_{unit}", source=named, count=f"{age / size:.0f}")


def _figure(figure: Figure | None, say: Sentences) -> str:
    if figure is None:
        return say("port_unknown")
    return f"{figure.value:.0f} · {_source(figure.source, figure.age_minutes, say)}"


def _number(value: float | None, say: Sentences) -> str:
    return say("port_unknown") if value is None else f"{value:.0f}"
