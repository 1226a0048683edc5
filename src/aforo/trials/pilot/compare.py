"""Today's selection and the shadow's side by side, one row a crossing, and what may be said of two choices of one kind.

Only what today's system examined has a result. What both chose, and what only it chose, is therefore known; what only
the shadow chose is mostly not. It is estimated from today's random draws where their chances were logged, and else
bounded: never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, TypedDict

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.domain.units import Int64Array
from aforo.measures.control_estimate import count_cells, unit_weights
from aforo.measures.control_outlook import examinations_needed
from aforo.measures.intervals import Interval, difference, proportion, weighted_rate
from aforo.trials.history import UNKNOWN, VIOLATION

BoolArray = npt.NDArray[np.bool_]
PPB = 1_000_000_000
#: Fewer random examinations than this among what only the shadow chose say nothing worth a sentence.
FEWEST_DRAWS = 5
#: As the control plan has it: a rate is carried by an interval no wider than this many times the rate.
LARGEST_RELATIVE_WIDTH = 2.0


@dataclass(frozen=True)
class Compared:
    """Columns of equal length, one row a crossing that was not cancelled.

    `theirs` 1 chosen by today's selection, 0 not, −1 not known; `control` today's system drew it at random, with
    `chance` (NaN where not given); `examined`, and `result` as Truth has it; `threat` of what was found, −1 for none.
    `ours` the shadow chose it, `value` by what, `probability` of any threat, `drawn` by its own lottery. `night` and
    `week` are indexes; `port` is a code or empty.
    """

    theirs: npt.NDArray[np.int8]
    control: BoolArray
    chance: npt.NDArray[np.float64]
    examined: BoolArray
    result: Int64Array
    threat: Int64Array
    ours: BoolArray
    drawn: BoolArray
    value: Int64Array
    probability: npt.NDArray[np.float64]
    night: Int64Array
    week: Int64Array
    port: npt.NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.theirs)

    def where(self, rows: BoolArray | Int64Array) -> Compared:
        """The rows of a mask or of an index."""
        return Compared(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})

    @property
    def chose(self) -> BoolArray:
        """What today's selection is known to have chosen."""
        chose: BoolArray = self.theirs == 1
        return chose

    @property
    def resolved(self) -> BoolArray:
        """What was examined with a result."""
        resolved: BoolArray = self.examined & (self.result != UNKNOWN)
        return resolved

    @property
    def found(self) -> BoolArray:
        found: BoolArray = self.examined & (self.result == VIOLATION)
        return found


class Cell(msgspec.Struct, frozen=True):
    """One of the four cells, or of those of which today's choice is not known: counts, and the rate among results."""

    crossings: int
    examined: int
    resolved: int
    found: int
    rate: Interval


class Square(msgspec.Struct, frozen=True):
    """What both chose, what only one chose, neither; and what of the rest, of which today's choice is not known."""

    both: Cell
    only_theirs: Cell
    only_ours: Cell
    neither: Cell
    unknown_ours: Cell
    unknown_not_ours: Cell


def cell(rows: Compared) -> Cell:
    resolved, found = int(rows.resolved.sum()), int(rows.found.sum())
    return Cell(len(rows), int(rows.examined.sum()), resolved, found, proportion(found, resolved))


def square(all_: Compared) -> Square:
    theirs, ours = all_.theirs, all_.ours
    return Square(
        *(cell(all_.where((theirs == chose) & (ours == own))) for chose, own in ((1, True), (1, False), (0, True))),
        *(cell(all_.where((theirs == chose) & (ours == own))) for chose, own in ((0, False), (-1, True), (-1, False))),
    )


class Kept(msgspec.Struct, frozen=True):
    """How much of what today's selection found the shadow chose as well.

    `share` of the finds; `expected` is the share of today's examinations that the shadow chose, which is what a choice
    made blindly would have kept. `lift` is the find rate of what both chose less that of what only today's chose.
    """

    found: int
    kept: int
    missed: int
    share: Interval
    expected: float
    lift: Interval
    says: Literal["better", "worse", "unsettled", "nothing"]


def kept(all_: Compared) -> Kept:
    """Of what today's system examined with a result."""
    rows = all_.where(all_.chose & all_.resolved)
    both = rows.where(rows.ours)
    only = rows.where(~rows.ours)
    found, own = int(rows.found.sum()), int(both.found.sum())
    lift = difference(own, len(both), int(only.found.sum()), len(only))
    says: Literal["better", "worse", "unsettled", "nothing"] = "unsettled"
    if found == 0 or lift.value is None:
        says = "nothing"
    elif lift.low > 0.0:
        says = "better"
    elif lift.high < 0.0:
        says = "worse"
    expected = len(both) / len(rows) if len(rows) else 0.0
    return Kept(found, own, found - own, proportion(own, found), expected, lift, says)


class Verdict(msgspec.Struct, frozen=True):
    """Which of the two found more, as far as it can be told.

    `difference` is the shadow's finds less today's over the same crossings. `basis`: from a random `sample` of today's
    (the limits are a 95 % interval), from `bounds` (the limits are what is possible at all), or `nothing`: where it is
    not known of any crossing that today's selection did not choose it. `moved` are the crossings that the shadow chose
    and today's targeted selection did not, `draws` the random examinations among them with a result and `draws_found`
    what these found; `rate` is of finds among the moved. The shadow found more if it is over `break_even`; `needed`
    random examinations among the moved would show such a rate.
    """

    basis: Literal["sample", "bounds", "nothing"]
    says: Literal["more", "fewer", "unsettled"]
    difference: Interval
    moved: int
    moved_examined: int
    draws: int
    draws_found: int
    rate: Interval
    break_even: float
    needed: int | None
    unresolved: int
    without_chance: int


class _Counts(TypedDict):
    """What every verdict is told with, as Verdict has it."""

    moved: int
    moved_examined: int
    draws: int
    draws_found: int
    break_even: float
    needed: int | None
    unresolved: int
    without_chance: int


def verdict(all_: Compared) -> Verdict:
    """The verdict over the crossings of which today's choice is known.

    T is what today's system chose for a reason, R what it drew at random, O what the shadow chose. Today's finds are
    those in T and R; the shadow's are those in O∩T, known, and those in O∖T, for which the draws in O∖T stand with the
    inverse of their chances. What was examined without a result is left out of T, and taken to be like the others in R.
    """
    known = all_.where(all_.theirs >= 0)
    drawn = known.control & known.chose
    targeted = known.chose & ~drawn
    unresolved = int((known.chose & ~known.resolved).sum())
    moved = known.ours & ~targeted
    lost = int((known.found & targeted & ~known.ours).sum()) + int((known.found & drawn).sum())
    seen = drawn & known.resolved & moved
    with_chance = bool(np.isfinite(known.chance[drawn]).all()) if drawn.any() else False
    n = int(moved.sum())
    break_even = lost / n if n else 0.0
    without = int((~np.isfinite(known.chance[drawn])).sum())
    draws = int(seen.sum())
    examined = int((moved & known.resolved).sum())
    told: _Counts = {
        "moved": n, "moved_examined": examined, "draws": draws, "draws_found": int((seen & known.found).sum()),
        "break_even": break_even, "unresolved": unresolved, "without_chance": without,
        "needed": examinations_needed(break_even, LARGEST_RELATIVE_WIDTH) if 0.0 < break_even < 1.0 else None,
    }  # fmt: skip
    nothing = Interval(None, 0.0, 1.0)
    if not (known.theirs == 0).any() and not drawn.any():
        return Verdict("nothing", "unsettled", Interval(None, -float(lost), float("inf")), rate=nothing, **told)
    if with_chance and draws >= FEWEST_DRAWS:
        rate = _sampled(known.where(moved), seen[moved])
        value = None if rate.value is None else n * rate.value - lost
        margin = Interval(value, n * rate.low - lost, n * rate.high - lost)
        says: Literal["more", "fewer", "unsettled"] = (
            "more" if margin.low > 0.0 else "fewer" if margin.high < 0.0 else "unsettled"
        )
        return Verdict("sample", says, margin, rate=rate, **told)
    own = int((known.found & moved).sum())
    still = int((known.chose & ~known.resolved & ~known.ours).sum())
    margin = Interval(None, float(own - lost - still), float(own + n - examined - lost))
    says = "more" if margin.low > 0.0 else "fewer" if margin.high < 0.0 else "unsettled"
    return Verdict("bounds", says, margin, rate=nothing, **told)


def _sampled(rows: Compared, seen: BoolArray) -> Interval:
    """The find rate of some crossings from the draws among them, each with the inverse of its chance as its weight."""
    ppb = np.where(seen, np.maximum(np.nan_to_num(rows.chance) * PPB, 1.0), PPB).astype(np.int64)
    cells = count_cells(np.zeros(len(rows), np.int64), ppb, seen, seen, rows.found)
    weights = unit_weights(cells)
    return weighted_rate(np.repeat(weights, cells.found), float(weights.max(initial=0.0)))


class Step(msgspec.Struct, frozen=True):
    """Had only this share of today's examinations been made, those that the shadow rates highest: the finds kept."""

    share: float
    examinations: int
    found: int
    kept: Interval


def thinning(all_: Compared, shares: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)) -> list[Step]:
    """What today's own examinations would have kept of their finds, thinned by the shadow's order within each night.

    All of it is known: it asks nothing of trucks that nobody examined.
    """
    rows = all_.where(all_.chose & all_.resolved)
    if not len(rows):
        return []
    order = np.lexsort((np.arange(len(rows)), -rows.value, rows.night))
    nights, start, size = np.unique(rows.night[order], return_index=True, return_counts=True)
    assert len(nights) == len(start)
    rank = np.empty(len(rows))
    rank[order] = (np.arange(len(rows)) - np.repeat(start, size) + 0.5) / np.repeat(size, size)
    total = int(rows.found.sum())
    steps = []
    for share in shares:
        taken = rank <= share
        own = int(rows.found[taken].sum())
        steps.append(Step(share, int(taken.sum()), own, proportion(own, total)))
    return steps
