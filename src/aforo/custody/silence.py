"""When nothing was heard of a seal that had promised to report, and what that is evidence of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

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


class Quiet(msgspec.Struct, frozen=True, gc=False):
    """That nothing was heard of a seal from `last` until `until`, though by `since` it should have been: instants in
    microseconds since 1970. `latitude` and `longitude` (1e-7 degree) are where it was at either end, as far as its
    readings say; `alarmed` is that its last word was that it is jammed.
    """

    last: int
    since: int
    until: int
    latitude: npt.NDArray[np.int32]
    longitude: npt.NDArray[np.int32]
    alarmed: bool = False

    def is_told_of(self, said: Covered) -> bool:
        """Whether a statement of coverage is of its time and of where it was: no other says anything of it."""
        return (
            said.since < self.until
            and said.until > self.since
            and bool(within(said.place, self.latitude, self.longitude).any())
        )

    def code(self, covered: Sequence[Covered]) -> FactCode:
        """What the device's last word and the road say of it."""
        if self.alarmed:
            return "jammed"
        here = [each for each in covered if self.is_told_of(each)]
        if any(each.jammed for each in here):
            return "jammed"
        deaf = any(
            each.since <= self.since and each.until >= self.until and each.heard * DEAF < each.expected for each in here
        )
        return "dead_zone" if deaf else "silent"


def quiets(sealing: Sealing, told: Told, known_by: int) -> Iterator[Quiet]:
    """The silences of a seal that stand, by what had come by `known_by`."""
    for place, last, following in _pauses(sealing, told, known_by):
        yield _quiet(sealing, told, place, last, following)


def facts(sealing: Sealing, told: Told, covered: Sequence[Covered], known_by: int) -> Iterator[Fact]:
    """The silences of a seal, by what had come by `known_by`: those that stand, and those that were filled late.

    A seal is silent from its promise (and its clock's tolerance) after one reading until the next. It is `jammed` where
    the reading before it is the device's own alarm, or a statement of coverage says so of the road, and in a
    `dead_zone` where a statement covers all of the silence and says that hardly anybody is heard there.
    """
    for place, last, following in _pauses(sealing, told, known_by):
        quiet = _quiet(sealing, told, place, last, following)
        # Behind the last reading there is only the end.
        ended = place < len(told) or following == sealing.until
        gap: Gap = "permanent" if ended and known_by - following > FILL else "open"
        if place < len(told):
            gap = _stands(told, place, known_by)
        until = following if ended else NEVER
        fact = Fact(quiet.since, quiet.code(covered), sealing.device, last, following, until, gap=gap)
        yield resting(told, _rows(told, place), fact)
    yield from _late(sealing, told, sealing.promise + sealing.tolerance)


def _pauses(sealing: Sealing, told: Told, known_by: int) -> Iterator[tuple[int, int, int]]:
    """Between which instants nothing was heard for longer than was promised: the row of the reading that ends it (one
    behind the last where none does), and the two instants."""
    end = min(known_by, sealing.until)
    times = np.concatenate(([sealing.since], told.time, [max(end, sealing.since)]))
    for place in np.flatnonzero(np.diff(times) > sealing.promise + sealing.tolerance).tolist():
        yield place, int(times[place]), int(times[place + 1])


def _rows(told: Told, place: int) -> npt.NDArray[np.intp]:
    """The readings at both ends of a pause, as far as there are any."""
    return np.array([row for row in (place - 1, place) if 0 <= row < len(told)], dtype=np.intp)


def _quiet(sealing: Sealing, told: Told, place: int, last: int, following: int) -> Quiet:
    rows = _rows(told, place)
    fixes = told.readings[rows[told.readings["fix"][rows]]]
    alarmed = place > 0 and told.readings["kind"][place - 1] == JAMMED
    since = last + sealing.promise + sealing.tolerance
    return Quiet(last, since, following, fixes["latitude"], fixes["longitude"], bool(alarmed))


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
