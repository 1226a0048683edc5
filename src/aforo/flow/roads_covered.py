"""The statements of coverage of roads, out of the log."""

from __future__ import annotations

from collections.abc import Mapping

from aforo.domain.trip import Covered
from aforo.log.store import Log
from aforo.log.stored import StoredEvent


def covered_between(
    log: Log, versions: Mapping[str, tuple[int, int | None]], since: int, until: int
) -> list[StoredEvent]:
    """The statements of times between two instants (microseconds since 1970), of each of these roads' streams from one
    of its versions to another, or to its end."""
    return [
        each
        for road, (first, last) in sorted(versions.items())
        for each in log.stream(road, first - 1, types=(Covered.TYPE,), last=last)
        if isinstance(said := each.payload, Covered) and said.until > since and said.since < until
    ]
