"""A measure computed from what was counted: its figure with interval and counts, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt
import scipy

from aforo.domain.text import Text, catalogue
from aforo.measures.buffers import apart, recovered
from aforo.measures.control_estimate import Cells, control_estimate
from aforo.measures.crossing_times import mean_interval, skewed_mean_interval
from aforo.measures.definition import Definition
from aforo.measures.intervals import CONFIDENCE, Interval, proportion
from aforo.measures.ratio_intervals import ratio_of_rates
from aforo.measures.tallies import BIT, Cell, bits, count
from aforo.measures.waits import interpolated, limits, waits

#: A share of fewer crossings than this is told as counts: its interval says hardly anything.
FEWEST: Final = 10
#: Why there is no figure; the sentence is `missing.<code>` of the catalogue.
Missing = Literal[
    "none_counted", "no_reads", "no_exit", "unreadable", "clocks", "no_truck", "none_drawn", "not_by_programme",
    "not_by_lane", "not_by_bridge", "no_response", "under_ten", "with_others", "few_bridges", "not_public",
    "no_trip", "none_released", "no_ratio", "ratio_by_programme", "no_scanner", "scanner_of_bridge", "no_scan",
    "no_operator", "more_scans", "scanner_by_lane", "not_known",
    "before_record", "not_kept", "not_yet",
]  # fmt: skip


#: What a figure can hold. Of scanners: the one that was up least, the tenth and the fiftieth in a hundred by how much
#: each was up, and how many outages there were and how many hours they lasted, one in two and nineteen in twenty.
Quantity = Literal[
    "share", "ratio", "mean", "p50", "p95", "buffer_time", "buffer_index", "incidents", "hours", "scanner_least",
    "scanner_p10", "scanner_p50", "outages", "outage_p50", "outage_p95",
]  # fmt: skip
#: Those that are told in per cent, and those that are numbers of something, whose limits need not be whole.
PER_CENT: Final[frozenset[Quantity]] = frozenset(
    {"share", "buffer_index", "scanner_least", "scanner_p10", "scanner_p50"}
)
COUNTED: Final[frozenset[Quantity]] = frozenset({"incidents", "outages"})


class Estimate(msgspec.Struct, frozen=True):
    """One number of a figure with its 95 % limits; a limit that the data cannot give is None."""

    name: Quantity
    value: float | None
    low: float | None = None
    high: float | None = None


class Portion(msgspec.Struct, frozen=True):
    """A part of a figure: of one scanner, one place of readers, one class of conveyance. None is what is not known."""

    name: str
    value: float | None
    part: float | None = None
    whole: float | None = None


class Covered(msgspec.Struct, frozen=True):
    """Of how many bridge-days a figure is, `of` how many that it would be of if all were known. A bridge-day is one
    local day of a bridge."""

    bridge_days: int
    of: int


class WhyMissing(msgspec.Struct, frozen=True):
    """Why there is no figure: a code, and the sentence."""

    code: Missing
    text: Text


class Measured(msgspec.Struct, frozen=True):
    """A measure of some crossings, in one version of its definition, whose document `document` is the hash of.

    `part` of `whole` were counted; of times, `whole` trucks were found again. `left_out` are crossings that the
    definition takes into neither. `told` is "counts" where the numbers are too few for an estimate to be shown. Where
    `missing` is given there are no estimates: what is unknown is never zero. `portions` tells apart what is pooled in
    the figure. `accepted`, of readings, says whether they may be measured with. `covered` says of which part of the
    time a figure is that leaves out bridge-days of which nothing was told; None of one that leaves out none.
    """

    measure: str
    version: int
    document: str
    estimates: tuple[Estimate, ...] = ()
    part: int | None = None
    whole: int | None = None
    left_out: int = 0
    told: Literal["estimate", "counts"] = "estimate"
    missing: WhyMissing | None = None
    portions: tuple[Portion, ...] = ()
    accepted: bool | None = None
    covered: Covered | None = None


def why(code: Missing) -> WhyMissing:
    """A reason with its sentence."""
    return WhyMissing(code, catalogue("aforo.measures").template(f"missing.{code}"))


def without(measure: Definition, code: Missing) -> Measured:
    """The figure that there is not, with the reason."""
    return Measured(measure.id, measure.version, measure.hash, missing=why(code))


def ratio(measure: Definition, cells: Sequence[tuple[Cell, int]]) -> Measured:
    """The share of crossings in some programmes over that of all others, which counts those of no known programme."""
    having, left_out = bits(measure.denominator), bits(measure.left_out)
    sides = [
        [(cell, n) for cell, n in cells if (cell.programme in measure.programmes) == trusted]
        for trusted in (True, False)
    ]
    wholes = [count(side, having, left_out) for side in sides]
    parts = [count(side, having | bits(measure.numerator), left_out) for side in sides]
    if not all(wholes):
        return without(measure, "none_counted")
    own = ratio_of_rates(parts[0], wholes[0], parts[1], wholes[1])
    if own.value is None:
        return without(measure, "no_ratio")
    told: Literal["estimate", "counts"] = "estimate" if min(wholes) >= FEWEST else "counts"
    portions = tuple(
        Portion(name, part / whole, part, whole)
        for name, part, whole in zip(("trusted", "others"), parts, wholes, strict=True)
    )
    return Measured(
        measure.id, measure.version, measure.hash, (Estimate("ratio", own.value, own.low, own.high),), parts[0],
        wholes[0], 0, told, portions=portions,
    )  # fmt: skip


def pooled(measure: Definition, portions: Sequence[tuple[str, int, int]]) -> Measured:
    """A share of what is counted by name, each as (name, part, whole), with its portions; exact interval."""
    part, whole = sum(each[1] for each in portions), sum(each[2] for each in portions)
    own = proportion(part, whole)
    return Measured(
        measure.id, measure.version, measure.hash, (Estimate("share", own.value, own.low, own.high),), part, whole,
        told="estimate" if whole >= FEWEST else "counts",
        portions=tuple(Portion(name, own_part / of if of else None, own_part, of) for name, own_part, of in portions),
        accepted=None if measure.accepted is None or own.value is None else own.value > measure.accepted,
    )  # fmt: skip


def share(measure: Definition, cells: Sequence[tuple[Cell, int]]) -> Measured:
    """A share of crossings; exact interval (Clopper and Pearson), or by strata for the control sample."""
    having, left_out = bits(measure.denominator), bits(measure.left_out)
    aside = sum(n for cell, n in cells if cell.marks & having == having and cell.marks & left_out)
    if measure.kind == "control_share":
        kept = [(cell, n) for cell, n in cells if not cell.marks & left_out]
        return _by_strata(measure, kept, aside)
    whole = count(cells, having, left_out)
    part = count(cells, having | bits(measure.numerator), left_out)
    if not whole:
        return without(measure, "no_trip" if measure.of == "trip" else "none_counted")
    own = proportion(part, whole)
    told: Literal["estimate", "counts"] = "estimate" if whole >= FEWEST else "counts"
    return Measured(
        measure.id, measure.version, measure.hash, (Estimate("share", own.value, own.low, own.high),), part, whole,
        aside, told,
    )  # fmt: skip


def _by_strata(measure: Definition, cells: Sequence[tuple[Cell, int]], aside: int) -> Measured:
    """The control sample's own estimate: who is in it follows from the lottery alone, over the pools as planned."""
    drawn, resolved, found = BIT["drawn"], bits(measure.denominator), bits(measure.numerator)
    names = sorted({cell.pool for cell, _ in cells})
    keys = sorted({(names.index(cell.pool), cell.chance) for cell, _ in cells if cell.chance > 0})
    if not keys:
        return without(measure, "none_drawn")
    row = {key: place for place, key in enumerate(keys)}
    counts = np.zeros((4, len(keys)), np.int64)
    for cell, number in cells:
        if cell.chance <= 0:
            continue
        own = row[names.index(cell.pool), cell.chance]
        marks = cell.marks
        # Each of the four is part of the one before: counted, drawn, with a result, with a find.
        for place, bit in enumerate((0, drawn, drawn | resolved, drawn | resolved | found)):
            counts[place, own] += number if marks & bit == bit else 0
    pools, chances = (np.array(column, np.int64) for column in zip(*keys, strict=True))
    told = control_estimate(Cells(pools, chances, *counts), names)
    if not told.examined:
        return without(measure, "none_drawn")
    rate = told.rate
    return Measured(
        measure.id, measure.version, measure.hash, (Estimate("share", rate.value, rate.low, rate.high),), told.found,
        told.examined, aside, "estimate" if told.published == "rate" else "counts",
    )  # fmt: skip


def times(measure: Definition, minutes: npt.ArrayLike, left_out: int = 0, none: Missing = "no_truck") -> Measured:
    """Waits, crossing times or times to response; `left_out` are those without a time, `none` why there is none at all.

    Percentiles have distribution-free limits, the mean Student's. By "order_statistics" those of buffer time and buffer
    index join the limits of both parts at half the error each; by "interpolated" limits of percentiles lie between
    neighbouring times, and those of the buffer follow from both parts' variances (see `buffers`). By "skewed" they are
    made as by "interpolated", but from limits of the mean that reckon with how skew the times are.
    """
    ordered = np.sort(np.asarray(minutes, dtype=np.float64))
    told = waits(ordered)
    if told is None:
        return msgspec.structs.replace(without(measure, none), left_out=left_out)
    mean = (skewed_mean_interval if measure.interval == "skewed" else mean_interval)(ordered)
    low_mean, high_mean = _finite(mean)
    at_times = measure.interval == "order_statistics"
    found = limits if at_times else interpolated
    made = [
        # No time is below zero, and so no mean of them.
        Estimate("mean", told.mean, None if low_mean is None else max(0.0, low_mean), high_mean),
        Estimate("p50", told.p50.value, *found(ordered, 0.5)),
    ]
    if told.p95 is not None:
        made.append(Estimate("p95", told.p95.value, *found(ordered, 0.95)))
        time, index = apart(ordered) if at_times else recovered(ordered, mean)
        made.append(Estimate("buffer_time", told.buffer_time, *time))
        if told.buffer_index is not None:
            made.append(Estimate("buffer_index", told.buffer_index, *index))
    return Measured(measure.id, measure.version, measure.hash, tuple(made), whole=told.trucks, left_out=left_out)


def incidents(measure: Definition, number: int, hours: float) -> Measured:
    """How many incidents there were, and for how long; the interval is that of a Poisson count (Garwood, 1936): what
    such a time would bring, if incidents come at random."""
    tail = (1.0 - CONFIDENCE) / 2.0
    low = float(scipy.special.gammaincinv(number, tail)) if number else 0.0
    high = float(scipy.special.gammaincinv(number + 1, 1.0 - tail))
    made = (Estimate("incidents", float(number), low, high), Estimate("hours", hours))
    return Measured(measure.id, measure.version, measure.hash, made, whole=number)


def _finite(interval: Interval) -> tuple[float | None, float | None]:
    """The limits, None for one that is infinite."""
    low, high = (None if not np.isfinite(each) else each for each in (interval.low, interval.high))
    return low, high
