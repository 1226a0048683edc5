"""The statements of coverage of roads, out of the log."""

from __future__ import annotations

from collections.abc import Mapping

from aforo.domain.trip import Covered
from aforo.log.store import Log
from aforo.log.stored import StoredEvent


def covered_after(log: Log, first: Mapping[str, int], instant: int) -> list[StoredEvent]:
    """The statements of times after an instant (microseconds since 1970), of each of these roads' streams from its
    version on."""
    return [
        each
        for road, version in sorted(first.items())
        for each in log.stream(road, version - 1, types=(Covered.TYPE,))
        if isinstance(said := each.payload, Covered) and said.until > instant
    ]
