"""What was read on the seal itself: its own number shows that it was there; one that no seal of the trip bears tells of
another seal in its place."""

from __future__ import annotations

from collections.abc import Iterator

from aforo.custody.case import Case, Sealing
from aforo.custody.fact import Fact
from aforo.custody.numbers import number_text
from aforo.domain.reading import GRADES


def facts(case: Case, sealing: Sealing, known_by: int) -> Iterator[Fact]:
    """Each time that the seal's own number was read while it stood, and the first time that another was: it was swapped
    after its own was last seen. Each is as good as what its reader signed."""
    last, swapped = sealing.since, False
    for seen in sorted(case.seen, key=lambda each: (each.at, each.seal_id, GRADES.index(each.grade), each.place)):
        if seen.recorded > known_by or not sealing.since <= seen.at < sealing.until:
            continue
        standing = {number_text(each.seal_id) for each in case.sealings if each.since <= seen.at < each.until}
        number = number_text(seen.seal_id)
        if number not in standing and not swapped:
            swapped = True
            yield Fact(seen.at, "swapped", sealing.device, last, seen.at, grade=seen.grade, place=seen.place)
        if number == number_text(sealing.seal_id):
            last = seen.at
            yield Fact(
                seen.at, "seen", sealing.device, seen.at, seen.at, seen.at + 1, grade=seen.grade, place=seen.place
            )
