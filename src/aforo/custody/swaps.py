"""What was read on the seal itself: a number that no seal of the trip bears tells of another seal in its place."""

from __future__ import annotations

from collections.abc import Iterator

from aforo.custody.case import Case, Sealing
from aforo.custody.fact import Fact
from aforo.domain.declaration import identity_text


def facts(case: Case, sealing: Sealing, known_by: int) -> Iterator[Fact]:
    """The first time that another number was read while the seal stood: it was swapped after its own was last seen."""
    last = sealing.since
    for seen in sorted(case.seen, key=lambda each: (each.at, each.seal_id)):
        if seen.recorded > known_by or not sealing.since <= seen.at < sealing.until:
            continue
        standing = {identity_text(each.seal_id) for each in case.sealings if each.since <= seen.at < each.until}
        if identity_text(seen.seal_id) not in standing:
            yield Fact(seen.at, "swapped", sealing.device, last, seen.at)
            return
        if identity_text(seen.seal_id) == identity_text(sealing.seal_id):
            last = seen.at
