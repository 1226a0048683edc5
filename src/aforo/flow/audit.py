"""The log as an auditor reads it: events by type, stream, time and actor, a page at a time, as they were recorded."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from aforo.flow.node import Node
from aforo.log.proof import last_checkpoint, leaves

#: Leaves that one request looks through; the next one goes on from there.
WINDOW = 50_000


class Audited(msgspec.Struct, frozen=True):
    """An event: its leaf, and the JSON text that was recorded."""

    leaf: int
    event: msgspec.Raw


class AuditPage(msgspec.Struct, frozen=True):
    """Events by leaf. `after` is where the next page begins, null where the tree has no more; `size` counts all leaves.
    A page may be empty and not the last: a request looks through a bounded part of the log."""

    events: list[Audited]
    after: int | None
    size: int


def read_page(
    node: Node,
    after: int,
    limit: int,
    *,
    types: Collection[str] = (),
    stream: str | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> AuditPage:
    """The next events behind leaf `after` (−1 is before the first) that all criteria hold of; times are those of
    recording, `since` inclusive, `until` exclusive."""
    signed = last_checkpoint(node.log.database)
    size = 0 if signed is None else signed.size
    # A stream is found by its index; all else is looked through, window by window.
    end = size if stream is not None else min(size, after + 1 + WINDOW)
    found: list[Audited] = []
    while len(found) < limit and after + 1 < end:
        part = leaves(node.log.database, after, types=types, stream=stream, until=end, limit=limit)
        for leaf, stored in part:
            event = stored.event
            if (
                (actor is None or event.actor == actor)
                and (since is None or event.recorded_at >= since)
                and (until is None or event.recorded_at < until)
            ):
                found.append(Audited(leaf, msgspec.Raw(stored.body)))
                if len(found) == limit:
                    break
        seen = part[-1][0] if len(part) == limit else end - 1
        after = found[-1].leaf if len(found) == limit else seen
    return AuditPage(found, after if after + 1 < size else None, size)
