"""Who opened a crossing: recorded before anything of it is shown.

Once an hour for each person, so that the log does not swell by a page that is read again whenever its truck moves.
"""

from __future__ import annotations

from datetime import timedelta

from aforo.domain.event import CrossingOpened, new_event
from aforo.domain.role import Role
from aforo.flow.crossing_events import followed
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.log.ids import event_id

#: By the node's clock, how long an opening stands for those of the same person after it.
STANDS_FOR = timedelta(hours=1)


def opened_now(crossing: str, reader: str, node: Node) -> str | None:
    """The name of the crossing, or of the one that took it in, if that `reader` opens it is still to be recorded; None
    where it was within the hour, and where the log has no such crossing. Writes nothing."""
    events = followed(node.log.stream(stream_of(crossing)), node.log)
    if not events:
        return None
    name = events[0].event.stream.removeprefix("crossing/")
    since = node.clock() - STANDS_FOR
    for stored in reversed(node.log.stream(f"read/{name}")):
        event = stored.event
        if event.recorded_at <= since:
            break
        if event.type == CrossingOpened.TYPE and event.actor == reader:
            return None
    return name


def decided_now(decision: str, reader: str, node: Node) -> str | None:
    """The same of the crossing of a decision, by its event."""
    stored = node.log.event(decision)
    if stored is None or not stored.event.stream.startswith("crossing/"):
        return None
    return opened_now(stored.event.stream.removeprefix("crossing/"), reader, node)


def record_opening(crossing: str, reader: str, role: Role, node: Node) -> None:
    """Record durably that somebody opens a crossing, if it still is to be. Raises ConcurrencyError."""
    name = opened_now(crossing, reader, node)
    if name is None:
        return
    stream, at = f"read/{name}", node.clock()
    version = node.log.versions([stream]).get(stream, 0) + 1
    node.log.append(
        [
            new_event(
                event_id(at), CrossingOpened(name, role), stream, version, occurred_at=at, recorded_at=at,
                actor=reader, origin=node.origin,
            )
        ]
    )  # fmt: skip
