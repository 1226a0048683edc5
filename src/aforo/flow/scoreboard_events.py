"""The events behind a figure: the crossings that it counts, the readings that it is computed from, the incidents.

They are found in the log between the first and the last position of the days that are asked for, a bounded part of it
at a time: an answer may hold none and still say where to go on.
"""

from __future__ import annotations

from collections.abc import Sequence

from aforo.domain.bridge import GateReads
from aforo.domain.clock import microseconds
from aforo.domain.event import Arrived, Event, Examined, Filed, Passed
from aforo.domain.response import Stage
from aforo.flow.scoreboard import Board
from aforo.flow.scoreboard_behind import MOST_LOOKED_AT, behind_scanners, behind_trips
from aforo.flow.scoreboard_page import Behind, CountedIn, EventShown, Page, counted_in
from aforo.log.stored import StoredEvent
from aforo.measures.definition import Definition
from aforo.measures.tallies import bits
from aforo.ports.reads import of_block
from aforo.scoreboard import marks
from aforo.scoreboard.held import HELD
from aforo.scoreboard.incidents import overlapping
from aforo.scoreboard.marks import Seen
from aforo.scoreboard.official import Asked
from aforo.scoreboard.places import date_of
from aforo.scoreboard.responses import PREFIX, STAGE_OF

_AT_ONCE = 500
_CROSSING = "crossing/"


def behind(board: Board, measure: Definition, asked: Asked, after: int, limit: int) -> Page:
    """What is behind a measure of some bridges and days, after a position that an earlier answer gave."""
    if measure.kind == "incidents":
        return _incidents(board, asked, after, limit)
    if measure.between is not None and measure.between in STAGE_OF:
        return _responses(board, STAGE_OF[measure.between], asked, after, limit)
    if measure.of == "trip":
        return behind_trips(board, measure, asked, after, limit)
    if measure.kind in ("availability", "utilisation", "scans"):
        return behind_scanners(board, asked, after, limit)
    if measure.between not in HELD and measure.kind in ("times", "readable"):
        return _blocks(board, asked, after, limit)
    return _crossings(board, measure, asked, after, limit)


def _crossings(board: Board, measure: Definition, asked: Asked, after: int, limit: int) -> Page:
    log, found, looked = board.log, list[Behind](), 0
    first, last = board.spans(asked.bridges, range(asked.first, asked.last + 1))
    at = max(after, first - 1)
    while at < last and looked < MOST_LOOKED_AT:
        events = log.read(at, types=(Arrived.TYPE, Passed.TYPE, Examined.TYPE), limit=_AT_ONCE)
        if not events:
            at = last
            break
        looked += len(events)
        by_stream: dict[str, list[int]] = {}
        for stored in events:
            by_stream.setdefault(stored.event.stream, []).append(stored.position)
        streams = log.streams(list(by_stream))
        own = [each for stream, own in streams.items() for each in _of_stream(board, measure, asked, stream, own)]
        positions = {stored.position for stored in events}
        for position, one in sorted(own, key=lambda each: each[0]):
            if position not in positions or position > last:
                continue
            if len(found) == limit:
                return Page(tuple(found), at)
            found.append(one)
            at = position
        at = events[-1].position
    return Page(tuple(found), at if at < last else None)


def _of_stream(
    board: Board, measure: Definition, asked: Asked, stream: str, events: Sequence[StoredEvent]
) -> list[tuple[int, Behind]]:
    """The crossing of a stream with the position of the event by which it came to primary, where the figure is of
    it."""
    seen = Seen()
    shown: list[Event] = []
    for stored in events:
        event = stored.event
        if event.type in marks.TYPES:
            seen.after(stored.position, event, stored.payload)
            if event.type != Filed.TYPE:
                shown.append(event)
    counted = seen.counted(board.places)
    if counted is None or counted.bridge not in asked.bridges or not asked.first <= counted.day <= asked.last:
        return []
    cell = counted.cell
    if asked.lane not in (None, cell.lane) or asked.programme not in (None, cell.programme):
        return []
    having = bits(measure.denominator) | (bits(["drawn"]) if measure.kind == "control_share" else 0)
    if cell.marks & having != having:
        return []
    said = counted_in(measure, cell.marks)
    if measure.between in HELD:
        said = "numerator" if _took(seen, board, measure, asked) else "left_out"
    told = tuple(EventShown(each.event_id, each.type, each.occurred_at) for each in shown)
    own = Behind(
        counted.bridge, date_of(counted.day).isoformat(), told, stream.removeprefix(_CROSSING), said,
        cell.lane, cell.programme,
    )  # fmt: skip
    return [(seen.position, own)]


def _took(seen: Seen, board: Board, measure: Definition, asked: Asked) -> bool:
    """Whether a stage of a crossing that a figure is of ended in its days."""
    held = (each for each in seen.timed(board.places) if each.taken.span == measure.between)
    return any(asked.first <= each.day <= asked.last for each in held)


def _blocks(board: Board, asked: Asked, after: int, limit: int) -> Page:
    found, looked = list[Behind](), 0
    days = range(asked.first, asked.last + 1)
    first, last = board.spans(asked.bridges, days, blocks=True)
    at = max(after, first - 1)
    while at < last and looked < MOST_LOOKED_AT:
        events = board.log.read(at, types=(GateReads.TYPE,), limit=_AT_ONCE)
        if not events:
            return Page(tuple(found), None)
        looked += len(events)
        for stored in events:
            block, event = stored.payload, stored.event
            assert isinstance(block, GateReads)
            if block.bridge in asked.bridges and stored.position <= last:
                reads = of_block(block, 0)
                day = board.places.day(block.bridge, int(reads.at[-1])) if len(reads) else -1
                if day in days:
                    if len(found) == limit:
                        return Page(tuple(found), at)
                    own = EventShown(event.event_id, event.type, event.occurred_at)
                    found.append(
                        Behind(
                            block.bridge, date_of(day).isoformat(), (own,), lane=block.lane, place=block.place,
                            readings=len(reads),
                        )
                    )  # fmt: skip
            at = stored.position
    return Page(tuple(found), at if at < last else None)


def _responses(board: Board, stage: Stage, asked: Asked, after: int, limit: int) -> Page:
    """Responses are few: `after` is how many were told already."""
    if not set(board.places.zones) <= set(asked.bridges):
        return Page((), None)
    own = board.responses(range(asked.first, asked.last + 1))
    found = []
    for each in own[after : after + limit]:
        events = board.log.stream(PREFIX + each.response)
        told = tuple(EventShown(one.event.event_id, one.event.type, one.event.occurred_at) for one in events)
        day = date_of(board.places.day(min(board.places.zones), each.raised)).isoformat()
        counted_in: CountedIn = "left_out" if each.took(stage) is None else "numerator"
        found.append(Behind("", day, told, counted_in=counted_in, response_id=each.response))
    return Page(tuple(found), after + limit if after + limit < len(own) else None)


def _incidents(board: Board, asked: Asked, after: int, limit: int) -> Page:
    """Incidents are few: `after` is how many were told already."""
    now = microseconds(board.log.clock())
    found: dict[str, Behind] = {}
    for bridge in asked.bridges:
        since, until = board.places.bounds(bridge, asked.first)[0], board.places.bounds(bridge, asked.last)[1]
        names = {bridge, *board.places.ports_of(bridge)}
        for each in overlapping(reversed(board.incidents()), names, since, min(until, now)):
            if since <= each.started:
                events = board.log.stream(f"incident/{each.incident}")
                told = tuple(EventShown(one.event.event_id, one.event.type, one.event.occurred_at) for one in events)
                day = date_of(board.places.day(bridge, each.started)).isoformat()
                found.setdefault(each.incident, Behind(bridge, day, told, incident_id=each.incident))
    own = list(found.values())
    return Page(tuple(own[after : after + limit]), after + limit if after + limit < len(own) else None)
