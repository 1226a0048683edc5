"""Of which hours readers were heard throughout: a count of an hour that they were heard in part is no count of it.

A reader says nothing of its own silence, so a silence is judged by what it read beside it. Of n trucks that pass at
random within a span, some spacing is longer than a share x of it with a chance of at most (n + 1)(1 - x)^n (David and
Nagaraja, Order Statistics, 6.4, with Bonferroni's bound); under `IMPROBABLE` the reader was heard in part.
Few trucks thus prove little, and many that stop at once prove much, with no number of minutes that fits one bridge and
not another.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aforo.domain.bridge import ReadPlace
from aforo.domain.units import Int64Array
from aforo.ports.reads import LONGEST, Reads, nothing, passings

#: A silence that is less probable than this is the reader's, and not the road's.
IMPROBABLE = 0.01


def throughout(reads: Reads, since: int, until: int) -> bool:
    """Whether each reader that is among `reads` was heard from `since` to `until` (microseconds), and one before.

    `reads` are those of one place, in order, and reach back beyond `since`. A reader that told nothing in the span,
    while others did, was not heard.
    """
    if not len(reads) or reads.at[0] > since:
        return False
    return all(
        without_gap(passings(reads.where(reads.reader == each)).at, since, until) for each in np.unique(reads.reader)
    )


def without_gap(at: Int64Array, since: int, until: int) -> bool:
    """Whether passings at these instants, in order, leave no silence between `since` and `until` that is improbable;
    not without any in between, nor where the first of all is later than `since`."""
    if not len(at) or at[0] > since:
        return False
    within = at[(at > since) & (at <= until)]
    if not len(within):
        return False
    # One that passed as the span ends is why it ends there, and says nothing of chance.
    free = len(within) - int(within[-1] == until)
    longest = float(np.diff(within, prepend=since, append=until).max()) / (until - since)
    return bool((free + 1) * (1.0 - longest) ** free >= IMPROBABLE)


def counted(places: Mapping[ReadPlace, Reads], starts: tuple[ReadPlace, ...], hour: int, now: int) -> dict[int, int]:
    """Trucks that passed the first of `starts` that was read within the day before `now`, by the beginnings of the
    whole hours (of `hour` microseconds) of which its readers were heard throughout."""
    before = {place: reads.where((reads.at <= now) & (reads.at > now - LONGEST)) for place, reads in places.items()}
    reads = next((before[each] for each in starts if len(before.get(each, nothing()))), nothing())
    begins, counts = np.unique(passings(reads).at // hour * hour, return_counts=True)
    return {
        at: count
        for at, count in zip(begins.tolist(), counts.tolist(), strict=True)
        if at + hour <= now and throughout(reads, at, at + hour)
    }
