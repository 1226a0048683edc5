"""When something happened, by a device that was cut off: its clock is believed as far as it can be right.

What an officer did is a fact, whatever the clock of the device says: nothing is refused for its instant. What lies in
the future happened when the node heard of it, at the latest; what lies before all that its writer can have known is
kept as it was told, but that an outcome is no older than its crossing (see `flow.reports.possible`). Either way the
record says that the clock is doubted, and what it said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aforo.domain.event import Decided
from aforo.exams.dock_record import Record
from aforo.log.stored import StoredEvent

#: How far two clocks that are both right may differ (assumed; the devices set theirs by the node's).
TOLERATED = timedelta(minutes=1)


@dataclass(frozen=True)
class Happened:
    """When something happened, as it is recorded; `said_at` is what the clock of the device said, where it is
    doubted."""

    at: datetime
    said_at: datetime | None = None


def happened(said: datetime | None, now: datetime, least: datetime | None = None) -> Happened:
    """When it happened, by what a device said (None: now). It cannot have been after `now`, nor, where that is known,
    before `least`."""
    if said is None:
        return Happened(now)
    if said > now:
        return Happened(now, said if said - now > TOLERATED else None)
    return Happened(said, said if least is not None and least - said > TOLERATED else None)


def known_since(events: Sequence[StoredEvent], record: Record | None, actor: str) -> datetime | None:
    """Since when the writer of an act at a dock can have known what it is about: since the truck was first decided, and
    in a record of their own since they began it. Another's record may take in what was done before that began."""
    first = next((each.event.recorded_at for each in events if isinstance(each.payload, Decided)), None)
    if record is not None and record.begun_by == actor:
        return record.begun_at if first is None else max(first, record.begun_at)
    return first
