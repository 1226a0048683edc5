"""The coverage of bridges: port documents and published counts, what the log has of them, and the twin's diversion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aforo.domain.clock import instant, microseconds
from aforo.domain.event import Origin
from aforo.domain.trip import Sealed, SealRead, TripOpened
from aforo.fleet.standing import Standing
from aforo.flow.scanner_places import bridge_of, capacities
from aforo.flow.scoreboard import Board
from aforo.log.store import Log
from aforo.ports.document import PortDocument
from aforo.scoreboard import marks
from aforo.scoreboard.coverage import Closed, Counted, Coverage, Held, Moves, Taken
from aforo.scoreboard.marks import Seen as Crossing
from aforo.scoreboard.places import date_of
from aforo.scoreboard.protections import Seen, protected
from aforo.scoreboard.size_classes import LARGE, MID, gaps
from aforo.twin import closures, closures_held
from aforo.twin.diversion import FITTED
from aforo.twin.working_days import Month, bounds, shifted

#: Local days that are looked at unless others are asked for; the last is today's.
USUAL_DAYS = 28
#: Crossings under seal that are looked up in the record at once.
_AT_ONCE = 500
#: A seal that was put on longer before the first of the days is not looked up: its truck has crossed long ago.
_ON_THE_ROAD = timedelta(days=31)
_CROSSING = "crossing/"
#: How the record is cited among sources.
LOG_SOURCE = "log"

Counts = Mapping[str, Mapping[Month, int]]


@dataclass(frozen=True)
class Heard:
    """What a log has: its scoreboard, its fleet, and what its events are; local days from `first` to `last`."""

    board: Board
    fleet: Sequence[Standing]
    origin: Origin
    first: int
    last: int


def coverage(
    ports: Sequence[PortDocument],
    counts: Counts,
    now: datetime,
    heard: Heard | None = None,
    mid: float = MID,
    large: float = LARGE,
) -> Coverage:
    """The coverage of every bridge of some documents, with trucks a month by port. `mid` and `large` are the trucks a
    day from which on a bridge is mid-sized and large."""
    seen = {} if heard is None else _seen(heard, ports)
    trucks = {port.code: _a_day(counts.get(port.code, {})) for port in ports}
    bridges = tuple(
        protected(
            port, bridge, None if (found := trucks[port.code]) is None else found[0],
            None if heard is None else seen.get(bridge.id, Seen()), LOG_SOURCE,
        )
        for port in ports for bridge in port.bridges
    )  # fmt: skip
    spans = [found[1:] for found in trucks.values() if found is not None]
    return Coverage(
        now,
        True,
        None if heard is None else heard.origin,
        None if heard is None else date_of(heard.first),
        None if heard is None else date_of(heard.last + 1),
        (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None,
        mid,
        large,
        bridges,
        gaps(bridges, mid, large),
        _moves(ports),
        0 if heard is None else sum(each.in_service and bridge_of(each.port, ports) is None for each in heard.fleet),
    )


def lately(board: Board, now: datetime, days: int = USUAL_DAYS) -> tuple[int, int]:
    """The first and the last of the last local days, today's among them."""
    last = max(board.places.day(each, microseconds(now)) for each in board.places.zones)
    return last - days + 1, last


def _seen(told: Heard, ports: Sequence[PortDocument]) -> dict[str, Seen]:
    """What the log says of each bridge."""
    days = range(told.first, told.last + 1)
    standing = capacities(told.fleet, ports)
    sealed, read = _under_seal(told.board, days)
    found = {}
    for bridge in told.board.places.zones:
        crossings, read_days = told.board.heard(bridge, days)
        own = standing.get(bridge)
        found[bridge] = Seen(
            None if own is None else sum(each.stands for each in own.values()),
            None if own is None else sum(each.up for each in own.values()),
            read_days,
            crossings,
            None if sealed is None else min(sealed[bridge], crossings),
            None if read is None else min(read[bridge], crossings),
        )
    return found


def _under_seal(board: Board, days: range) -> tuple[Counter[str] | None, Counter[str] | None]:
    """By bridge the crossings that came to primary on these days for which a seal was put on a load, and those of them
    of whose trip a seal was read; None where the log has no seal for any crossing, and no reading of any."""
    begins = instant(min(board.places.bounds(each, days[0])[0] for each in board.places.zones))
    of_seals = _of_seals(board.log, begins - _ON_THE_ROAD)
    sealed, read = Counter[str](), Counter[str]()
    names = list(of_seals)
    for first in range(0, len(names), _AT_ONCE):
        streams = board.log.streams([_CROSSING + each for each in names[first : first + _AT_ONCE]])
        for stream, events in streams.items():
            crossing = Crossing()
            for stored in events:
                if stored.event.type in marks.TYPES:
                    crossing.after(stored.position, stored.event, stored.payload)
            counted = crossing.counted(board.places)
            if counted is not None and counted.day in days:
                sealed[counted.bridge] += 1
                read[counted.bridge] += of_seals[stream.removeprefix(_CROSSING)]
    return sealed if of_seals else None, read if any(of_seals.values()) else None


def _of_seals(log: Log, since: datetime) -> dict[str, bool]:
    """The crossings that seals were put on for since an instant, and whether one was read since: as the seal's record
    says, else as its trip does."""
    trips: dict[str, str] = {}
    found: dict[str, bool] = {}
    cursor = 0
    while events := log.read(cursor, types=(TripOpened.TYPE, Sealed.TYPE, SealRead.TYPE)):
        for stored in events:
            payload, trip = stored.payload, stored.event.stream
            if isinstance(payload, TripOpened):
                trips[trip] = payload.crossing
            elif isinstance(payload, Sealed):
                own = payload.crossing or trips.get(trip, "")
                trips[trip] = own
                if own and stored.event.occurred_at >= since:
                    found.setdefault(own, False)
            elif (own := trips.get(trip, "")) in found:
                found[own] = True
        cursor = events[-1].position
    return found


def _a_day(months: Mapping[Month, int]) -> tuple[float, str, str] | None:
    """Trucks a day over the last twelve months in a row that were counted, with the first and the last of them; None
    where there are no twelve. A month that was counted alone after them takes nothing away."""
    years = ([shifted(last, -back) for back in range(11, -1, -1)] for last in sorted(months, reverse=True))
    year = next((each for each in years if set(each) <= set(months)), None)
    if year is None:
        return None
    days = (bounds(year[-1])[1] - bounds(year[0])[0]).days + 1
    first, end = (f"{each[0]}-{each[1]:02}" for each in (year[0], year[-1]))
    return sum(months[each] for each in year) / days, first, end


def _moves(ports: Sequence[PortDocument]) -> Moves:
    """What the twin says of closures, as values."""
    closed = tuple(
        _closed(bridge.id, bridge.name, closures.turned(ports, bridge.id))
        for port in ports for bridge in port.bridges
    )  # fmt: skip
    held = tuple(
        Held(each.name, each.month, each.counted, each.share, each.low, each.high, each.within)
        for each in closures_held.held_against_el_paso()
    )
    counted = tuple(Counted(name, trucks) for name, trucks in closures_held.COUNTED.items())
    return Moves(
        closures.DAYS, closures.reach_minutes(), closures.nearest_minutes(), closures.MOST, FITTED.shocks, closed, held,
        closures_held.MONTHS, counted,
    )  # fmt: skip


def _closed(bridge: str, name: str, made: closures.Turned) -> Closed:
    if not made.options:
        return Closed(bridge, name, (), None, None, None)
    taken = []
    for place, each in enumerate(made.options):
        share = closures.range_of(made.shares[:, place])
        taken.append(
            Taken(each.bridge, each.name, each.minutes, share.value or 0.0, share.low, share.high, each.lanes_assumed)
        )
    nowhere = closures.range_of(1.0 - made.shares.sum(axis=1))
    return Closed(bridge, name, tuple(taken), nowhere.value, nowhere.low, nowhere.high, made.farther)
