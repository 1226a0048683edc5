"""Whether a truck had left when something was found in it: when, from where, and which gate read it last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from aforo.domain.alert import Left
from aforo.domain.bridge import GateReads
from aforo.domain.clock import instant, microseconds
from aforo.domain.event import Arrived, Decided, Examined, Passed
from aforo.exams.dock_record import Record, records
from aforo.flow.edge_orders import carried_out
from aforo.flow.order import but_undone, whereabouts
from aforo.log.instants import position_before
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.ports.reads import of_block

#: For how long after it left the gates are looked at for a truck, and how many events of them are read at once.
_LOOKED = timedelta(hours=48)
_PAGE = 1_000


def left_in(events: Sequence[StoredEvent]) -> Left | None:
    """When a truck was let go, and from where, at the end of its crossing's events; None of one that is here, or has
    not come. A truck whose record at a dock is open is here, unless it passed the booth since that began."""
    stands, where = but_undone(events), whereabouts(events)
    left: Left | None = None
    if where == "gone":
        passed = next(each.event for each in reversed(stands) if isinstance(each.payload, Passed))
        left = Left(passed.occurred_at, "passed", _bridge(stands))
    elif where == "served" and carried_out(stands):
        at = next(said.outcome.found_at for each in reversed(stands) if isinstance(said := each.payload, Examined))
        record = next((each for each in records(events).values() if any(own.at == at for own in each.closings)), None)
        bridge = _bridge(stands) or ("" if record is None else record.bridge)
        left = Left(at, "examined", bridge, "" if record is None else record.dock)
    if left is None or any(_keeps(each, left) for each in records(events).values()):
        return None
    return left


def _keeps(record: Record, left: Left) -> bool:
    """Whether a truck is at a dock, whatever else says that it left."""
    return not record.closings and (left.how == "examined" or record.begun_at >= left.at)


def read_since(left: Left, tractor: str, log: Log) -> Left:
    """With the gate reader that read a tractor (its keyed hash in hexadecimal digits) last since it left, where one
    did."""
    plate, since = int(tractor, 16), microseconds(left.at)
    until = microseconds(left.at + _LOOKED)
    last: tuple[int, GateReads] | None = None
    position = position_before(log, left.at)
    while blocks := log.read(position, types=(GateReads.TYPE,), limit=_PAGE):
        position = blocks[-1].position
        for stored in blocks:
            block = stored.payload
            assert isinstance(block, GateReads)
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


def _bridge(events: Sequence[StoredEvent]) -> str:
    """Where a truck stood last at the booth, else where it was decided on; empty where neither says."""
    stood = (each.payload.bridge for each in reversed(events) if isinstance(each.payload, Arrived))
    decided = (each.payload.bridge for each in reversed(events) if isinstance(each.payload, Decided))
    return next((each for each in (*stood, *decided) if each), "")
