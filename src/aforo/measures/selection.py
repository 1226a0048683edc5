"""How good a selection was: precision, recall, severity-weighted recall, scheme recall, calibration, false selections.

The unit is the crossing. Every figure carries its 95 % interval and, where one exists, the maximum that the number of
examinations allows: what a selection that knew the truth would have reached with as many examinations in each period.

Two situations are kept apart. `figures` needs the truth of every crossing, as a labelled history or a simulated world
gives it. `sampled_figures` needs only what examinations found, as a live border gives it: what was missed is then
estimated from the lottery's draws, weighted by the inverse of their logged chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.measures.calibration import Calibration, calibration
from aforo.measures.intervals import (
    CONFIDENCE,
    Interval,
    korn_graubard,
    proportion,
    weighted_count,
    weighted_proportion,
)

BoolArray = npt.NDArray[np.bool_]
Int64Array = npt.NDArray[np.int64]
Float64Array = npt.NDArray[np.float64]

#: A count of which nothing is known.
_UNKNOWN = Interval(None, 0.0, float("inf"))


class Measure(msgspec.Struct, frozen=True):
    """One figure: `part` of `whole`, its 95 % limits, and the `maximum` that the number of examinations allows.

    `value` is None where `whole` is zero: there is nothing to measure, and the limits are then (0, 1).
    """

    value: float | None
    low: float
    high: float
    part: float
    whole: float
    maximum: float | None = None

    @classmethod
    def of(cls, interval: Interval, part: float, whole: float, maximum: float | None = None) -> Measure:
        return cls(interval.value, interval.low, interval.high, part, whole, maximum)


class Figures(msgspec.Struct, frozen=True):
    """The figures of one set of crossings. A figure whose column was not given is None."""

    crossings: int
    examined: int
    violations: float
    precision: Measure
    recall: Measure
    severity_recall: Measure | None
    scheme_recall: Measure | None
    false_selection: Measure
    calibration: Calibration | None


@dataclass(frozen=True, slots=True)
class Crossings:
    """Columns of equal length, one row a crossing.

    `examined`: it was examined, for whatever reason. `violation`: the truth, or what the examination found.
    `chosen`: mandatory or chosen by value, whether or not the lottery drew it as well (propensity 1); by default as
    `examined`. `control` and `control_propensity`: the lottery drew it, and with which chance (a fraction).
    `severity`: harm of the violation, ≥ 0, in the unit of the source. `scheme`: number of the scheme that the violation
    belongs to, −1 for none. `probability`: as it was predicted. `period`: number of the period whose capacity it
    competed for; by default all share one.
    """

    examined: BoolArray
    violation: BoolArray
    chosen: BoolArray | None = None
    control: BoolArray | None = None
    control_propensity: Float64Array | None = None
    severity: Float64Array | None = None
    scheme: Int64Array | None = None
    probability: Float64Array | None = None
    period: Int64Array | None = None

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name in self.columns() if (column := getattr(self, name)) is not None}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns differ in length: {lengths}")

    def __len__(self) -> int:
        return len(self.examined)

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))

    def where(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Crossings:
        """The rows of a mask or of an index."""
        taken = {name: column[rows] for name in self.columns() if (column := getattr(self, name)) is not None}
        return replace(self, **taken)


def most_found(examined: BoolArray, worth: Float64Array, period: Int64Array | None = None) -> float:
    """The greatest Σ worth that as many examinations could have reached in each period, had the truth been known.

    `worth` is 1 for a violation and 0 for none, or the severity.
    """
    if period is None:
        period = np.zeros(len(examined), dtype=np.int64)
    _, code = np.unique(period, return_inverse=True)
    capacity = np.bincount(code, examined)
    worthy = np.flatnonzero(worth > 0.0)
    order = worthy[np.lexsort((-worth[worthy], code[worthy]))]
    sizes = np.bincount(code[order], minlength=len(capacity))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return float(worth[order][rank < capacity[code[order]]].sum())


def precision(crossings: Crossings, confidence: float = CONFIDENCE) -> Measure:
    """The share of examined crossings that violated; exact interval."""
    examined = int(crossings.examined.sum())
    found = int((crossings.examined & crossings.violation).sum())
    most = most_found(crossings.examined, crossings.violation.astype(np.float64), crossings.period)
    return Measure.of(proportion(found, examined, confidence), found, examined, most / examined if examined else None)


def recall(crossings: Crossings, confidence: float = CONFIDENCE) -> Measure:
    """The share of violating crossings that were examined; exact interval. Needs the truth of every crossing."""
    total = int(crossings.violation.sum())
    found = int((crossings.examined & crossings.violation).sum())
    most = most_found(crossings.examined, crossings.violation.astype(np.float64), crossings.period)
    return Measure.of(proportion(found, total, confidence), found, total, most / total if total else None)


def severity_recall(crossings: Crossings, severity: Float64Array, confidence: float = CONFIDENCE) -> Measure:
    """The share of the violations' severity that was examined; interval on the effective size of unequal severities."""
    worth = np.where(crossings.violation, severity, 0.0)
    rows = worth > 0.0
    interval = korn_graubard(crossings.examined[rows], worth[rows], confidence)
    total = float(worth.sum())
    most = most_found(crossings.examined, worth, crossings.period)
    found = float(worth[crossings.examined].sum())
    return Measure.of(interval, found, total, most / total if total > 0.0 else None)


def scheme_recall(crossings: Crossings, scheme: Int64Array, confidence: float = CONFIDENCE) -> Measure:
    """The share of the schemes' violating crossings that were examined.

    Crossings of one scheme are caught together, so the interval takes the schemes as clusters.
    """
    rows = crossings.violation & (scheme >= 0)
    total, found = int(rows.sum()), int((rows & crossings.examined).sum())
    interval = korn_graubard(crossings.examined[rows], np.ones(total), confidence, clusters=scheme[rows])
    most = most_found(crossings.examined, rows.astype(np.float64), crossings.period)
    return Measure.of(interval, found, total, most / total if total else None)


def false_selection(
    crossings: Crossings, weight: Float64Array | None = None, confidence: float = CONFIDENCE
) -> Measure:
    """The share of crossings without a violation that were chosen: what innocent traffic pays.

    The lottery strikes all alike and is left out: `chosen` counts, not `examined`, where it is given.
    """
    chosen = crossings.examined if crossings.chosen is None else crossings.chosen
    clean = ~crossings.violation
    weights = np.ones(int(clean.sum())) if weight is None else weight[clean]
    interval = weighted_proportion(chosen[clean], weights, confidence)
    return Measure.of(interval, float(weights[chosen[clean]].sum()), float(weights.sum()))


def figures(crossings: Crossings, confidence: float = CONFIDENCE) -> Figures:
    """All figures of crossings whose truth is known, examined or not."""
    return Figures(
        crossings=len(crossings),
        examined=int(crossings.examined.sum()),
        violations=float(crossings.violation.sum()),
        precision=precision(crossings, confidence),
        recall=recall(crossings, confidence),
        severity_recall=None
        if crossings.severity is None
        else severity_recall(crossings, crossings.severity, confidence),
        scheme_recall=None if crossings.scheme is None else scheme_recall(crossings, crossings.scheme, confidence),
        false_selection=false_selection(crossings, None, confidence),
        calibration=None
        if crossings.probability is None
        else calibration(crossings.probability, crossings.violation, confidence=confidence),
    )


def figures_by(
    crossings: Crossings, group: Int64Array, names: Sequence[str], confidence: float = CONFIDENCE
) -> dict[str, Figures]:
    """The figures of each group, by name; `group` holds indexes into `names`, −1 for a row of no group.

    The maximum of a group is with the examinations that fell in it. Groups without a crossing are left out.
    """
    return {
        name: figures(crossings.where(rows), confidence)
        for code, name in enumerate(names)
        if (rows := np.flatnonzero(group == code)).size
    }


def _lottery(crossings: Crossings) -> tuple[BoolArray, BoolArray, Float64Array]:
    """(chosen, control, control_propensity), which the sampled figures need. Raises ValueError where one is missing."""
    if crossings.chosen is None or crossings.control is None or crossings.control_propensity is None:
        raise ValueError("sampled figures need the columns chosen, control and control_propensity")
    return crossings.chosen, crossings.control, crossings.control_propensity


def _share_found(found: float, missed: Interval, most: float | None) -> Measure:
    """Found over found and missed, its limits from those of what was missed; `most` is a number of finds."""
    total = found + (missed.value or 0.0)
    if total <= 0.0 or missed.value is None:
        return Measure(None, 0.0, 1.0, found, total)
    low = found / (found + missed.high)
    high = found / (found + missed.low) if found + missed.low > 0.0 else 0.0
    return Measure(found / total, low, high, found, total, None if most is None else min(most / total, 1.0))


def sampled_figures(crossings: Crossings, confidence: float = CONFIDENCE) -> Figures:
    """The figures where only examined crossings have a label (`violation` of the others is not looked at).

    What was found is counted. What was missed is estimated from the draws of the lottery that value did not choose:
    such a draw with chance π stands for 1/π − 1 crossings that nobody examined, and the finds among them get the gamma
    interval of rare weighted counts; without any such draw the recalls are unknown. Examinations that neither value nor
    lottery asked for (overrides) count as found, never as a sample. Schemes are known to the truth alone, so
    there is no scheme recall.
    """
    chosen, control, chance = _lottery(crossings)
    examined = crossings.examined
    violation = crossings.violation & examined
    sample = control & examined & ~chosen
    stands_for = np.where(sample, 1.0 / np.where(sample, chance, 1.0) - 1.0, 0.0)
    largest = float(stands_for.max(initial=0.0))
    # Where the lottery drew none of those that value left, nothing at all is known of what was missed.
    blind = not sample.any() and bool((~examined).any())
    found, count = float(violation.sum()), int(examined.sum())
    missed = _UNKNOWN if blind else weighted_count(stands_for[violation & sample], largest, confidence)
    total = found + (missed.value or 0.0)
    most_precise = None if count == 0 or blind else min(count, total) / count
    severity: Measure | None = None
    if crossings.severity is not None:
        worth = np.where(violation, crossings.severity, 0.0)
        worst = float(worth.max(initial=0.0))
        missed_worth = (
            _UNKNOWN if blind else weighted_count((stands_for * worth)[violation & sample], largest * worst, confidence)
        )
        severity = _share_found(float(worth.sum()), missed_worth, None)
    drawn = crossings.where(control & examined)
    weight = 1.0 / chance[control & examined]
    predicted: Calibration | None = None
    if crossings.probability is not None:
        rows = (chosen | control) & examined
        inverse = np.where(chosen[rows], 1.0, 1.0 / chance[rows])
        predicted = calibration(crossings.probability[rows], violation[rows], inverse, confidence=confidence)
    return Figures(
        crossings=len(crossings),
        examined=count,
        violations=total,
        precision=Measure.of(proportion(found, count, confidence), found, count, most_precise),
        recall=_share_found(found, missed, float(count)),
        severity_recall=severity,
        scheme_recall=None,
        false_selection=false_selection(drawn, weight, confidence),
        calibration=predicted,
    )
