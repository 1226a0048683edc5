"""Waits of a bridge, estimated from the readings of its gates; where there are none, as they are published; else none.

A truck that was read at the end of the queue and again at primary has waited for the time between (*wait*), and until
it is read at the exit it has been crossing (*crossing*). This is accepted where more than 85 % of the trucks could be
read at both places, as measurement by tags is. Waits belong to the hour in which they ended, since those of trucks that
still wait are not known: who joins now is told the queue over the rate at which it was drawn off in the last hour.

The queue is who came to the end of it less who reached primary, counted from one truck that was read at both: who came
after it stands behind it (lanes of one class are first come, first served). So trucks that a reader missed, or that
turned back, do not add up over days, as they do in a count of all that ever came. One overtaking truck does not move
the line: of the last `FRONT` that reached primary the one is taken that came in the middle.

While nobody passes primary no wait ends, so a rate of the hour before describes a line that no longer moves. The waits
of the trucks that stand are censored: each is at least the time since the truck came, and grows with the clock. A line
in which `FRONT` trucks or more have stood for `STALL` or longer, and of which none reached primary within `STALL`,
stalls: its wait is then a lower bound, that of the truck at its head, and its trucks are counted up to now. Trucks that
leave the port without having been read at primary show that its reader is silent, and the line moves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np

from aforo.domain.bridge import LANE_CLASSES, LaneClass, ReadPlace
from aforo.domain.units import Float64Array, Int64Array
from aforo.measures.waits import READABLE, Quantity, Waits, clearing, waits
from aforo.ports.heard import without_gap
from aforo.ports.reads import LONGEST, MINUTE, NO_LANE, BoolArray, Reads, matched, nothing, passings

HOUR = 60 * MINUTE
#: A place whose reader said nothing for so long says nothing of the queue.
SILENT = HOUR
#: Where a measurement may begin, the farthest out first.
STARTS: tuple[ReadPlace, ...] = ("queue_end", "bridge")
#: How long a published wait is one of now.
HOLDS = 3 * HOUR
#: How many trucks that reached primary last tell where the line stands.
FRONT = 5
#: So long nobody reaches primary, and trucks stand in line, before the line is said to stall. Longer than `CLOCKS`:
#: clocks that disagree stall no line.
STALL = 15 * MINUTE
#: Readings of two places that disagree about the order of a truck's passings by this much at most are of clocks that
#: disagree.
CLOCKS = 10 * MINUTE

#: Why readings give no figure: none of a place, too few that could be read, clocks that disagree, too old, no truck;
#: or, of the wait alone, that the bridge is closed.
Missing = Literal["no_reads", "unreadable", "clocks", "silent", "no_truck", "no_front", "closed"]


class Published(msgspec.Struct, frozen=True, array_like=True):
    """The wait of a lane class as its agency publishes it; `at` in microseconds since 1970."""

    at: int
    source: str
    minutes: int | None
    lanes_open: int | None = None


class Now(msgspec.Struct, frozen=True):
    """The wait of who joins the queue now, in minutes: from `reads`, or from the feed that `source` names.

    A published wait has no interval. `at_least` marks a lower bound: the line stalls, or has just begun to move,
    and the truck at its head has waited so long already.
    """

    minutes: Quantity
    source: str
    at: int
    at_least: bool = False


class LaneWaits(msgspec.Struct, frozen=True):
    """The waits at one class of lanes, or (`lane` None) at all of them together. What is missing is None.

    `queue` are trucks; `served` those of the hour before, None where primary was heard in part of it; `waits` and
    `crossings` those that ended within the hour before; `missing` says why readings give no figure, None where they do.
    `since` is the place at which the measurement begins. `stalled_since` is when a truck passed primary last, where the
    line stalls: then `queue` are at least so many.
    """

    lane: LaneClass | None
    queue: float | None = None
    served: int | None = None
    now: Now | None = None
    waits: Waits | None = None
    crossings: Waits | None = None
    missing: Missing | None = None
    since: ReadPlace | None = None
    stalled_since: int | None = None


class Matched(msgspec.Struct, frozen=True):
    """Trucks found at the end of the queue and at a later place: when they reached it, after how many minutes, and the
    class of their lane; `share` is that of the trucks which could be read, the lower one of the two places."""

    at: Int64Array
    since: Int64Array
    minutes: Float64Array
    lane: Int64Array
    share: float
    reversed: int

    @property
    def refused(self) -> Missing | None:
        """Why they may not be used: too few could be read, or the clocks of the two places disagree."""
        if not self.share > READABLE:
            return "unreadable"
        return "clocks" if self.reversed > len(self.at) else None


def found_again(origin: Reads, destination: Reads, lanes: Int64Array | None = None) -> Matched:
    """The trucks that passed an origin and a destination; both are passings. The class of a lane is the destination's
    unless `lanes` gives one for each of its passings."""
    place = matched(origin, destination)
    found = place >= 0
    ends = destination.at[place[found]]
    since = origin.at[found]
    lane = (destination.lane if lanes is None else lanes)[place[found]]
    share = min((float(each.readable.mean()) for each in (origin, destination) if len(each)), default=0.0)
    backwards = matched(destination, origin, CLOCKS)
    order = np.argsort(ends, kind="stable")
    minutes = (ends - since)[order] / MINUTE
    return Matched(ends[order], since[order], minutes, lane[order], share, int((backwards >= 0).sum()))


@dataclass(frozen=True)
class Gates:
    """The passings at the gates of a bridge within the day before an instant, and the trucks that were found again.

    `start` is where the measurement begins: the end of the queue, or the bridge where no reader stands farther out; a
    reader there was heard at `end_heard` last, also of a truck that stands before it.
    """

    start: ReadPlace
    end: Reads
    primary: Reads
    trucks: Matched
    crossed: Matched
    end_heard: int = 0

    @property
    def heard(self) -> int:
        """Up to when both ends of the queue are known."""
        return min((int(each.at[-1]) for each in (self.end, self.primary) if len(each)), default=0)

    @property
    def classes(self) -> set[LaneClass]:
        """The classes whose lanes readers at primary watch."""
        return {LANE_CLASSES[place] for place in np.unique(self.primary.lane).tolist() if place != NO_LANE}


def gates(places: Mapping[ReadPlace, Reads], now: int, within: int = LONGEST) -> Gates:
    """The gates of a bridge at `now`, by its readings of the time `within` before (microseconds)."""
    before = {place: reads.where((reads.at <= now) & (reads.at > now - within)) for place, reads in places.items()}
    start = next((place for place in STARTS if len(before.get(place, nothing()))), STARTS[-1])
    end, primary, leave = (passings(before.get(name, nothing())) for name in (start, "primary", "exit"))
    crossed = found_again(end, leave, _lanes_at(primary, leave))
    heard = before.get(start, nothing()).at
    return Gates(start, end, primary, found_again(end, primary), crossed, int(heard[-1]) if len(heard) else 0)


def hourly(bridge: Gates, lane: LaneClass | None, now: int, hours: int = 24) -> list[tuple[int, Waits | None]]:
    """The waits by whole hours before `now`, the oldest first: when the hour began, and what it came to; None where no
    truck was found in it, or primary was heard in part of it (`heard`)."""
    trucks = bridge.trucks
    own, primary = _of_class(trucks.lane, lane), bridge.primary.at[_of_class(bridge.primary.lane, lane)]
    last = now // HOUR * HOUR
    told = []
    for begins in range(last - hours * HOUR, last, HOUR):
        within = own & (trucks.at >= begins) & (trucks.at < begins + HOUR)
        heard = without_gap(primary, begins, begins + HOUR)
        told.append((begins, waits(trucks.minutes[within]) if heard else None))
    return told


def estimated(
    bridge: Gates, published: Mapping[LaneClass, Published], now: int, closed: bool = False
) -> list[LaneWaits]:
    """The waits of a bridge at `now`: of all lanes, then of each class of which something is known. At one that is
    `closed` nobody reaches primary, and who stood in line still does."""
    told = []
    for lane in (None, *LANE_CLASSES):
        watched = lane is None or lane in bridge.classes
        one = _of_reads(bridge, lane, now, closed) if watched else LaneWaits(lane, missing="no_reads")
        said = None if lane is None else published.get(lane)
        if one.now is None and said is not None and said.minutes is not None and 0 <= now - said.at <= HOLDS:
            one = msgspec.structs.replace(one, now=Now(Quantity(float(said.minutes)), said.source, said.at))
        if watched or said is not None:
            told.append(one)
    told[0] = _with_stalled_classes(told[0], told[1:])
    return told


def _with_stalled_classes(every: LaneWaits, classes: list[LaneWaits]) -> LaneWaits:
    """All lanes where some of their classes stall and others move: what the classes come to, each by its trucks."""
    stalled = [each for each in classes if each.stalled_since is not None]
    if every.missing is not None or every.stalled_since is not None or not stalled:
        return every
    known = [(each.queue, each.now) for each in classes if each.queue is not None and each.now is not None]
    queue = sum(trucks for trucks, _ in known)
    if queue <= 0.0:
        return every
    minutes = sum(trucks * now.minutes.value for trucks, now in known) / queue
    at = min(now.at for _, now in known)
    return msgspec.structs.replace(every, queue=queue, now=Now(Quantity(minutes, minutes), "reads", at, at_least=True))


def _of_reads(bridge: Gates, lane: LaneClass | None, now: int, closed: bool) -> LaneWaits:
    """What readings say of one class, or of all."""
    trucks, crossed, heard = bridge.trucks, bridge.crossed, bridge.heard
    if not len(bridge.end) or not len(bridge.primary):
        return LaneWaits(lane, missing="no_reads")
    if trucks.refused is not None:
        return LaneWaits(lane, missing=trucks.refused)
    own = _of_class(trucks.lane, lane)
    known = LaneWaits(lane, waits=waits(trucks.minutes[own & (trucks.at > now - HOUR)]), since=bridge.start)
    if crossed.refused is None:
        recent = _of_class(crossed.lane, lane) & (crossed.at > now - HOUR)
        known = msgspec.structs.replace(known, crossings=waits(crossed.minutes[recent]))
    apart: list[LaneClass | None] = [*sorted(bridge.classes)] if lane is None else [lane]
    if closed:
        return msgspec.structs.replace(known, queue=_unserved(bridge, apart or [None], now), missing="closed")
    stall = _stall(bridge, lane, now)
    if stall is not None:
        queue = _unserved(bridge, apart or [None], stall.now.at)
        return msgspec.structs.replace(known, queue=queue, now=stall.now, stalled_since=stall.since)
    if now - heard > SILENT:
        return msgspec.structs.replace(known, missing="silent")
    if not own.any():
        return msgspec.structs.replace(known, missing="no_truck")
    lines = [_line(bridge, each, heard) for each in apart or [None]]
    queue, drawn, times = (sum(each[n] for each in lines) for n in range(3))
    if queue > 0 and all(_front(bridge.trucks, each, heard) is None for each in apart or [None]):
        return msgspec.structs.replace(known, missing="no_front")
    since, passed = _counted_since(bridge.primary.at[_of_class(bridge.primary.lane, lane)], heard)
    served = passed if since == heard - HOUR else None
    if times > 0:
        minutes = clearing(queue, drawn, times / len(lines) / MINUTE)
    else:
        minutes = clearing(queue, passed, (heard - since) / MINUTE)
    at_rate = None if minutes is None else Now(minutes, "reads", heard)
    front = _front(trucks, lane, heard)
    # A line that has just begun to move again has no rate yet.
    bound = None if times > 0 or passed >= FRONT or front is None else _bound(bridge, lane, front[0], heard)
    return msgspec.structs.replace(known, queue=queue, served=served, now=bound or at_rate)


def _line(bridge: Gates, lane: LaneClass | None, now: int) -> tuple[float, float, int]:
    """The queue of a class at `now`; and how many trucks of the line were drawn off before, within which time
    (microseconds, about an hour; 0 where the readings do not go back as far).

    The queue is who came after the front (a truck that reached primary lately), less who reached primary after it.
    Drawn off is who stood between the front of an hour ago and that of now, whether served, turned back, or unread at
    primary: so both are counted by one reader, and a wait that is their ratio needs no other to read as many. Where no
    front is known, the line is who came within the hour less who reached primary in it.
    """
    front = _front(bridge.trucks, lane, now)
    if front is None:
        came = _came(bridge, lane, now - HOUR, now)
        return max(came - float(_within(bridge.primary, lane, now - HOUR, now).sum()), 0.0), 0.0, 0
    since, passed = front
    queue = _came(bridge, lane, since, now) - float(_within(bridge.primary, lane, passed, now).sum())
    before = _front(bridge.trucks, lane, now - HOUR)
    if before is None or before[0] >= since or before[1] >= passed:
        return max(queue, 0.0), 0.0, 0
    return max(queue, 0.0), _came(bridge, lane, before[0], since), passed - before[1]


def _unserved(bridge: Gates, lanes: list[LaneClass | None], now: int) -> float | None:
    """Who stands in line while nobody is served: the line as the last truck of a class reached primary, and who came
    since. None where no front was known then."""
    lines = [(each, int(bridge.primary.at[_of_class(bridge.primary.lane, each)][-1])) for each in lanes]
    if all(_front(bridge.trucks, each, last) is None for each, last in lines):
        return None
    return sum(_line(bridge, each, last)[0] + _came(bridge, each, last, now) for each, last in lines)


class _Stall(msgspec.Struct, frozen=True):
    """A line that stalls: when a truck passed primary last, and the bound of the wait."""

    since: int
    now: Now


def _stall(bridge: Gates, lane: LaneClass | None, now: int) -> _Stall | None:
    """The stall of a line, None where it moves or where nobody knows; see the module."""
    passed = bridge.primary.at[_of_class(bridge.primary.lane, lane)]
    last = int(passed[-1]) if len(passed) else now
    front = _front(bridge.trucks, lane, last)
    if front is None or now - bridge.end_heard > SILENT or bridge.end_heard - last < STALL:
        return None
    if _passed_unread(bridge, front[0], last):
        return None
    # Nobody can tell a class of which nobody comes from one that stalls, where the reader at the end tells no class.
    if lane is not None and not _tells_classes(bridge) and now - int(bridge.primary.at[-1]) < STALL:
        return None
    bound = _bound(bridge, lane, front[0], now if now - bridge.end_heard <= STALL else bridge.end_heard)
    return None if bound is None else _Stall(last, bound)


def _bound(bridge: Gates, lane: LaneClass | None, after: int, at: int) -> Now | None:
    """How long the truck at the head of a line has waited: of those that came `after` its front, and stand. None where
    fewer than `FRONT` of them have stood for `STALL`.

    The last of the first `FRONT` is taken, since some that were missed at primary, or turned back, stand there no more.
    Where the reader at the end cannot tell the class, as many more are gone by as it takes for so many of the class.
    """
    came, share = _standing(bridge, lane, after, at)
    if share <= 0.0 or share * float((came <= at - STALL).sum()) < FRONT:
        return None
    minutes = (at - int(came[math.ceil(FRONT / share) - 1])) / MINUTE
    return Now(Quantity(minutes, minutes), "reads", at, at_least=True)


def _standing(bridge: Gates, lane: LaneClass | None, after: int, until: int) -> tuple[Int64Array, float]:
    """When the trucks came to the end of the queue, within a time, that were read at no later place; and which share of
    them is of the class, where the reader there cannot tell it."""
    end = bridge.end
    apart = _tells_classes(bridge)
    within = _of_class(end.lane, lane if apart else None) & end.readable & (end.at > after) & (end.at <= until)
    gone = np.isin(end.at, bridge.trucks.since) | np.isin(end.at, bridge.crossed.since)
    return end.at[within & ~gone], 1.0 if lane is None or apart else _share(bridge, lane, until)


def _tells_classes(bridge: Gates) -> bool:
    """Whether the reader at the end of the queue tells the class of a truck's lane."""
    return bool((bridge.end.lane != NO_LANE).any())


def _passed_unread(bridge: Gates, after: int, last: int) -> bool:
    """Whether trucks of the line left the port since the last one was read at primary, themselves unread there."""
    left = bridge.crossed.since[(bridge.crossed.at > last) & (bridge.crossed.since > after)]
    return int((~np.isin(left, bridge.trucks.since)).sum()) > FRONT // 2


def _counted_since(at: Int64Array, until: int) -> tuple[int, int]:
    """Since when within the hour before `until` primary was heard without a gap, and how many passed it from then on:
    a rate is one of the time in which trucks were counted. None passed where there was a gap."""
    since = max(int(at[0]), until - HOUR) if len(at) else until
    return (since, int(((at > since) & (at <= until)).sum())) if without_gap(at, since, until) else (until, 0)


def _front(trucks: Matched, lane: LaneClass | None, until: int) -> tuple[int, int] | None:
    """When the truck at the front came and when it reached primary: of the last few that did, the one that came in the
    middle. None where none did within the hour."""
    own = np.flatnonzero(_of_class(trucks.lane, lane) & (trucks.at <= until) & (trucks.at > until - HOUR))[-FRONT:]
    if not len(own):
        return None
    front = own[np.argsort(trucks.since[own], kind="stable")[len(own) // 2]]
    return int(trucks.since[front]), int(trucks.at[front])


def _came(bridge: Gates, lane: LaneClass | None, after: int, until: int) -> float:
    """Trucks that came to the end of the queue between two instants; of those whose class the reader there cannot tell,
    the share that goes to the class."""
    end = bridge.end
    came = float(_within(end, lane, after, until).sum())
    if lane is None:
        return came
    unknown = int(((end.lane == NO_LANE) & (end.at > after) & (end.at <= until)).sum())
    return came + _share(bridge, lane, until) * unknown


def _share(bridge: Gates, lane: LaneClass, until: int) -> float:
    """Which share of the trucks is of a class, as at primary in the two hours before the last one that reached it."""
    primary = bridge.primary
    before = primary.at[primary.at <= until]
    lately = (primary.at > (int(before[-1]) if len(before) else until) - 2 * HOUR) & (primary.at <= until)
    known = int((lately & (primary.lane != NO_LANE)).sum())
    return int((lately & _of_class(primary.lane, lane)).sum()) / known if known else 0.0


def _within(reads: Reads, lane: LaneClass | None, after: int, until: int) -> BoolArray:
    """Which of them are of the class, after one instant and not after another."""
    return _of_class(reads.lane, lane) & (reads.at > after) & (reads.at <= until)


def _lanes_at(primary: Reads, leave: Reads) -> Int64Array:
    """The class in which each truck that leaves had come to primary; NO_LANE where it was not read there."""
    lanes: Int64Array = np.full(len(leave), NO_LANE, np.int64)
    place = matched(primary, leave)
    found = place >= 0
    lanes[place[found]] = primary.lane[found]
    return lanes


def _of_class(lanes: Int64Array, lane: LaneClass | None) -> BoolArray:
    if lane is None:
        return np.ones(len(lanes), np.bool_)
    own: BoolArray = lanes == LANE_CLASSES.index(lane)
    return own
