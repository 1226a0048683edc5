"""What a figure of trips under seal or of scanners is made of: read from the log, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from aforo.domain.clock import instant, microseconds
from aforo.domain.event import Event
from aforo.domain.scanner import Scanned, ScannerReported
from aforo.domain.trip import Discharged
from aforo.flow.scoreboard import Board
from aforo.flow.scoreboard_page import Behind, EventShown, Page, counted_in
from aforo.log.instants import position_before
from aforo.log.stored import StoredEvent
from aforo.measures.definition import Definition
from aforo.measures.tallies import bits
from aforo.scoreboard import trips
from aforo.scoreboard.official import Asked
from aforo.scoreboard.places import date_of
from aforo.scoreboard.trips import PREFIX, Trips

#: Events of the log that are looked at for one answer.
MOST_LOOKED_AT = 5_000
_AT_ONCE = 500
_SCANNER = "scanner/"

#: What a page of events tells, with the position of each.
Shown = Callable[[Sequence[StoredEvent]], Iterable[tuple[int, Behind]]]


def behind_trips(board: Board, measure: Definition, asked: Asked, after: int, limit: int) -> Page:
    """The trips of a share, with the events that it follows from."""
    having = bits(measure.denominator)

    def shown(page: Sequence[StoredEvent]) -> Iterator[tuple[int, Behind]]:
        streams = board.log.streams(list({stored.event.stream for stored in page}))
        for stored in page:
            events = [each for each in streams[stored.event.stream] if each.event.type in trips.TYPES]
            told = [(each.position, each.event, each.payload) for each in events]
            fold = Trips(board.places, board.log.streams)
            fold.read_back(told)
            for each in told:
                _, counted = fold.take(*each)
            if counted is None or counted.bridge not in asked.bridges or not asked.first <= counted.day <= asked.last:
                continue
            cell = counted.cell
            if asked.lane not in (None, cell.lane) or asked.programme not in (None, cell.programme):
                continue
            if cell.marks & having == having:
                yield stored.position, Behind(
                    counted.bridge, date_of(counted.day).isoformat(), _shown([each.event for each in events]),
                    counted_in=counted_in(measure, cell.marks), lane=cell.lane, programme=cell.programme,
                    trip_id=stored.event.stream.removeprefix(PREFIX),
                )  # fmt: skip

    return _paged(board, (Discharged.TYPE,), asked, after, limit, shown)


def behind_scanners(board: Board, asked: Asked, after: int, limit: int) -> Page:
    """The reports and portions of scans that happened in some days, of scanners that stood at some bridges."""
    own = min(asked.bridges)
    since, until = board.places.bounds(own, asked.first)[0], board.places.bounds(own, asked.last)[1]
    every = set(board.places.zones) <= set(asked.bridges)

    def shown(page: Sequence[StoredEvent]) -> Iterator[tuple[int, Behind]]:
        for stored in page:
            event, at = stored.event, microseconds(stored.event.occurred_at)
            scanner = event.stream.removeprefix(_SCANNER)
            if not since <= at < until:
                continue
            meant = board.scanner_meant(scanner, at)
            if every or (meant and set(asked.bridges).issuperset(meant)):
                bridge = meant[0] if len(meant) == 1 else ""
                day = date_of(board.places.day(bridge or own, at)).isoformat()
                yield stored.position, Behind(bridge, day, _shown([event]), scanner_id=scanner)

    return _paged(board, (ScannerReported.TYPE, Scanned.TYPE), asked, after, limit, shown)


def _paged(board: Board, types: Sequence[str], asked: Asked, after: int, limit: int, shown: Shown) -> Page:
    """What some types of events tell, from the first day's first event on; `after` is the position to go on behind."""
    found, looked = list[Behind](), 0
    begins = min(board.places.bounds(bridge, asked.first)[0] for bridge in asked.bridges)
    at = max(after, position_before(board.log, instant(begins)))
    while looked < MOST_LOOKED_AT:
        events = board.log.read(at, types=types, limit=_AT_ONCE)
        if not events:
            return Page(tuple(found), None)
        looked += len(events)
        for position, one in shown(events):
            if len(found) == limit:
                return Page(tuple(found), at)
            found.append(one)
            at = position
        at = events[-1].position
    return Page(tuple(found), at)


def _shown(events: Sequence[Event]) -> tuple[EventShown, ...]:
    return tuple(EventShown(each.event_id, each.type, each.occurred_at) for each in events)
