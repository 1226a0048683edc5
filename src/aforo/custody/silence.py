"""When nothing was heard of a seal that had promised to report, and what that is evidence of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aforo.custody.case import NEVER, Sealing
from aforo.custody.fact import Fact, FactCode, Gap
from aforo.custody.ground import within
from aforo.custody.jamming import JAMMED
from aforo.custody.rests import resting
from aforo.custody.told import Told
from aforo.domain.reading import GRADES
from aforo.domain.trip import Covered

#: How long what is missing may still come, after the device was heard again: a day, in microseconds. Assumed.
FILL = 24 * 3600 * 1_000_000
#: A road on which less than one in so many is heard is one where silence says nothing of a single truck. Assumed.
DEAF = 5


def facts(sealing: Sealing, told: Told, covered: Sequence[Covered], known_by: int) -> Iterator[Fact]:
    """The silences of a seal, by what had come by `known_by`: those that stand, and those that were filled late.

    A seal is silent from its promise (and its clock's tolerance) after one reading until the next. It is `jammed` where
    the reading before it is the device's own alarm, or a statement of coverage says so of the road, and in a
    `dead_zone` where a statement covers all of the silence and says that hardly anybody is heard there.
    """
    limit = sealing.promise + sealing.tolerance
    end = min(known_by, sealing.until)
    times = np.concatenate(([sealing.since], told.time, [max(end, sealing.since)]))
    for place in np.flatnonzero(np.diff(times) > limit).tolist():
        last, following = int(times[place]), int(times[place + 1])
        # `told` is one behind `times`, which begins with the sealing; behind its last there is only the end.
        rows = np.array([row for row in (place - 1, place) if 0 <= row < len(told)], dtype=np.intp)
        ended = place < len(told) or end == sealing.until
        code = _told_by(told, place - 1 if place else None, rows, covered, last + limit, following)
        gap: Gap = "permanent" if ended and known_by - following > FILL else "open"
        if place < len(told):
            gap = _stands(told, place, known_by)
        until = following if ended else NEVER
        yield resting(told, rows, Fact(last + limit, code, sealing.device, last, following, until, gap=gap))
    yield from _late(sealing, told, limit)


def _told_by(
    told: Told, before: int | None, rows: np.typing.NDArray[np.intp], covered: Sequence[Covered], since: int, until: int
) -> FactCode:
    """What the device's last word and the road say of a silence from `since` until `until` between these readings;
    `before` is the row of the one before it."""
    if before is not None and told.readings["kind"][before] == JAMMED:
        return "jammed"
    fixes = rows[told.readings["fix"][rows]]
    if not len(fixes):
        return "silent"
    latitude, longitude = told.readings["latitude"][fixes], told.readings["longitude"][fixes]
    here = [each for each in covered if within(each.place, latitude, longitude).any()]
    if any(each.jammed and each.since < until and each.until > since for each in here):
        return "jammed"
    deaf = any(each.since <= since and each.until >= until and each.heard * DEAF < each.expected for each in here)
    return "dead_zone" if deaf else "silent"


def _stands(told: Told, row: int, known_by: int) -> Gap:
    """How a silence stands that the reading in `row` ended: permanent where the device itself counts nothing between,
    or where nothing came within FILL after it was heard again."""
    if known_by - int(told.arrived[row]) > FILL:
        return "permanent"
    if row == 0:
        return "open"
    earlier, later = told.blocks[told.block[row - 1]], told.blocks[told.block[row]]
    index = told.readings["sequence"]
    same = earlier.signer == later.signer and earlier.boot == later.boot and told.grade[row] == told.grade[row - 1]
    counted = told.grade[row] < GRADES.index("unsigned") or index[row] > 0
    return "permanent" if same and counted and int(index[row]) - int(index[row - 1]) == 1 else "open"


def _late(sealing: Sealing, told: Told, limit: int) -> Iterator[Fact]:
    """The times at which nobody could tell that the seal would be heard, and for which its readings came later."""
    order = np.argsort(told.arrived, kind="stable")
    heard = np.maximum.accumulate(np.concatenate(([sealing.since], told.time[order])))[:-1]
    came = told.arrived[order]
    # What came at one instant came together: before it only what had come earlier was known.
    together = np.diff(came, prepend=came[:1] - 1) == 0
    for place in np.flatnonzero((came - heard > limit) & ~together).tolist():
        since, until = int(heard[place]) + limit, int(came[place])
        first, behind = np.searchsorted(told.time, heard[place], "right"), np.searchsorted(told.time, until, "left")
        inside = first + np.flatnonzero(told.arrived[first:behind] >= until)
        if len(inside):
            last = int(told.time[inside[-1]])
            fact = Fact(since, "late", sealing.device, int(heard[place]), last, until, gap="late_filled")
            yield resting(told, inside, fact)
