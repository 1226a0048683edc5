"""Whether a truck had left when something was found in it: when, from where, and which gate read it last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from aforo.answers.alert import Alert
from aforo.domain.alert import FOUND, Left, LeftHow
from aforo.domain.bridge import GateReads
from aforo.domain.clock import instant, microseconds
from aforo.domain.event import Arrived, Decided, Examined, Overridden, Passed
from aforo.exams.dock_record import Record, records
from aforo.flow.crossing_events import followed
from aforo.flow.edge_orders import carried_out
from aforo.flow.names import stream_of
from aforo.flow.order import but_undone, whereabouts
from aforo.log.instants import position_before
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.ports.reads import of_block

#: For how long after it left the gates are looked at for a truck, and how late after that a reading may be recorded.
_LOOKED = timedelta(hours=48)
_LATE = timedelta(hours=24)
#: Blocks of readings that are read at once, and at most: the alert waits for them, for a second or two.
_PAGE = 1_000
_MOST = 50_000


def left_in(events: Sequence[StoredEvent]) -> Left | None:
    """When a truck was let go, and from where, at the end of its crossing's events; None of one that is here, or has
    not come. A truck whose record at a dock is open is here, unless it passed the booth since that began."""
    stands, where = but_undone(events), whereabouts(events)
    left: Left | None = None
    if where == "gone":
        passed = next(each.event for each in reversed(stands) if isinstance(each.payload, Passed))
        left = Left(passed.occurred_at, "passed", _bridge(stands))
    elif where == "served" and carried_out(stands):
        of = next(said.outcome.found_at for each in reversed(stands) if isinstance(said := each.payload, Examined))
        record = next((each for each in records(events).values() if any(own.at == of for own in each.closings)), None)
        bridge = _bridge(stands) or ("" if record is None else record.bridge)
        released = _released(stands)
        how: LeftHow = "examined" if released is None else "released"
        left = Left(released or of, how, bridge, "" if record is None else record.dock)
    if left is None or any(_keeps(each, left) for each in records(events).values()):
        return None
    return left


def left_now(alert: Alert, log: Log) -> Left | None:
    """That the truck of an alert of something that was found has left since, where it has: when two officers released
    it, and from where. None where the alert itself tells that it had left, or is over."""
    if alert.kind not in FOUND or alert.left is not None or alert.crossing is None or alert.closed_at is not None:
        return None
    return left_in(followed(log.stream(stream_of(alert.crossing)), log))


def _released(events: Sequence[StoredEvent]) -> datetime | None:
    """When officers released a truck that was examined before; None where its examination is the last word."""
    last = next(each for each in reversed(events) if isinstance(each.payload, Examined | Overridden))
    return last.event.occurred_at if isinstance(last.payload, Overridden) else None


def _keeps(record: Record, left: Left) -> bool:
    """Whether a truck is at a dock, whatever else says that it left."""
    return not record.closings and (left.how != "passed" or record.begun_at >= left.at)


def read_since(left: Left, tractor: str, log: Log) -> Left:
    """With the gate reader that read a tractor (its keyed hash in hexadecimal digits) last since it left, where one
    did: by the blocks that were recorded in time, the first of them where there are very many."""
    plate, since = int(tractor, 16), microseconds(left.at)
    until = microseconds(left.at + _LOOKED)
    last: tuple[int, GateReads] | None = None
    for block in _blocks(log, left.at):
        reads = of_block(block, 0)
        own = reads.at[(reads.plate == plate) & (reads.at >= since) & (reads.at <= until)]
        if len(own) and (last is None or int(own.max()) > last[0]):
            last = int(own.max()), block
    if last is None:
        return left
    at, block = last
    return msgspec.structs.replace(
        left, reader=block.reader, place=block.place, read_at=instant(at), bridge=left.bridge or block.bridge
    )


def _blocks(log: Log, since: datetime) -> Iterator[GateReads]:
    """What gates read that was recorded since a truck left, in the order of the log, as long as it may be of use."""
    position, end = position_before(log, since), since + _LOOKED + _LATE
    for _ in range(0, _MOST, _PAGE):
        stored = log.read(position, types=(GateReads.TYPE,), limit=_PAGE)
        for each in stored:
            if each.event.recorded_at > end:
                return
            assert isinstance(each.payload, GateReads)
            yield each.payload
        if len(stored) < _PAGE:
            return
        position = stored[-1].position


def _bridge(events: Sequence[StoredEvent]) -> str:
    """Where a truck stood last at the booth, else where it was decided on; empty where neither says."""
    stood = (each.payload.bridge for each in reversed(events) if isinstance(each.payload, Arrived))
    decided = (each.payload.bridge for each in reversed(events) if isinstance(each.payload, Decided))
    return next((each for each in (*stood, *decided) if each), "")
