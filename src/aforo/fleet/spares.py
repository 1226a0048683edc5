"""Parts that fail, how long they are waited for, and how many spares keep the chance of waiting low.

Failures whose counting cause is parts are taken for a Poisson process by kind of scanner, at one rate for each year of
service. Spares are held by the (S − 1, S) base-stock rule: whoever takes a part orders one. The number on order is then
Poisson with mean λL, whatever the distribution of the time L until an order comes (Palm's theorem; Palm, 1938; Feeney
and Sherbrooke, Management Science 12, 1966; Sherbrooke, METRIC, Operations Research 16, 1968), and a failure has to
wait where S or more are on order as it comes: P(N ≥ S), N ~ Poisson(λL).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
import numpy as np
import scipy

from aforo.domain.clock import instant
from aforo.domain.units import Int64Array
from aforo.fleet.availability import HOUR
from aforo.fleet.ledger import NEVER, Ledger
from aforo.fleet.record import ABSENT, CAUSE_CODES
from aforo.measures.intervals import Interval, weighted_count

#: On fewer failures by parts no number of spares is told.
FEWEST: Final = 5
#: Nor beyond so many: the terms are not of spares then, but of another stock.
MOST: Final = 10_000
#: Hours of a year, for rates.
_YEAR: Final = 8_766.0

#: Why no number of spares is told.
Thin = Literal["few_failures", "no_service", "too_many"]


class OfYear(msgspec.Struct, frozen=True):
    """Failures by parts that began in a calendar year (UTC), or in the part of it that the period has: `failures` with
    the 95 % Poisson interval of their number."""

    year: int
    failures: Interval


class Parts(msgspec.Struct, frozen=True):
    """Failures of the scanners of a kind (None: no report said which) by parts, in a period.

    `years` of service in the period, `failures` by parts that began in it and of them `ended` ones, with their 95 %
    Poisson interval a scanner and year in `rate`, None without service. `hours` down of them in the period, `wait` the
    mean hours from beginning to end of the ended ones, `longest` the longest. `serving` are in service at the end, and
    `a_year` is what they need in a year at that rate; `by_year` has each year's own.
    """

    kind: str | None
    scanners: int
    serving: int
    years: float
    failures: int
    ended: int
    hours: float
    wait: float | None
    longest: float | None
    rate: Interval | None
    a_year: Interval | None
    by_year: tuple[OfYear, ...]


class Spares(msgspec.Struct, frozen=True):
    """How many spares keep the chance of waiting at `level` or below, of a part that takes `lead_days` to come: for the
    rate that was seen, and for the upper limit of its interval (`cautious`); `waits` and `cautious_waits` are the
    chances with them. None with the reason in `thin` where the log has too little to say it."""

    kind: str | None
    lead_days: float
    level: float
    on_order: float | None
    spares: int | None
    waits: float | None
    cautious: int | None
    cautious_waits: float | None
    thin: Thin | None


def parts(ledger: Ledger, start: int, end: int) -> list[Parts]:
    """Failures by parts of each kind, by name, those of no known kind last."""
    record, found = ledger.record, ledger.interruptions
    kinds = record.last(record.kind)
    fielded = np.flatnonzero((ledger.began < end) & (ledger.retired > start) & (ledger.began != NEVER))
    service = np.minimum(ledger.retired[fielded], end) - np.maximum(ledger.began[fielded], start)
    begins, stops = np.maximum(found.start, start), np.minimum(found.end, end)
    waits = np.flatnonzero((found.cause == CAUSE_CODES["parts"]) & found.failures & (begins < stops))
    of_kind = kinds[found.scanner[waits]]
    told: list[Parts] = []
    for kind in np.unique(kinds[fielded]).tolist():
        own = kinds[fielded] == kind
        rows = waits[of_kind == kind]
        begun = rows[found.start[rows] >= start]
        ended = begun[~found.lasts[begun]]
        took = (found.end[ended] - found.start[ended]) / HOUR
        years = float(service[own].sum()) / HOUR / _YEAR
        serving = int((ledger.retired[fielded[own]] >= end).sum())
        rate = _rate(len(begun), years)
        a_year = None if rate is None else _times(rate, serving)
        told.append(
            Parts(
                None if kind == ABSENT else record.names.kinds[kind],
                int(own.sum()),
                serving,
                years,
                len(begun),
                len(ended),
                float((stops[rows] - begins[rows]).sum()) / HOUR,
                float(took.mean()) if len(took) else None,
                float(took.max()) if len(took) else None,
                rate,
                a_year,
                _by_year(found.start[begun], start, end),
            )
        )
    return sorted(told, key=lambda each: (each.kind is None, each.kind or ""))


def spares(found: Sequence[Parts], lead_days: float, level: float) -> list[Spares]:
    """The spares of each kind, for parts that take so many days to come and at most this chance of waiting."""
    return [_spares(each, lead_days, level) for each in found]


def least(mean: float, level: float) -> tuple[int, float]:
    """The least S with P(N ≥ S) ≤ level for N ~ Poisson(mean), and that chance."""
    number = 0
    while (chance := _waits(mean, number)) > level:
        number += 1
    return number, chance


def _waits(mean: float, spares: int) -> float:
    """P(N ≥ spares), N ~ Poisson(mean)."""
    return 1.0 if spares == 0 else float(scipy.special.gammainc(spares, mean))


def _spares(found: Parts, lead_days: float, level: float) -> Spares:
    def without(thin: Thin) -> Spares:
        return Spares(found.kind, lead_days, level, None, None, None, None, None, thin)

    if found.a_year is None or not found.serving:
        return without("no_service")
    if found.failures < FEWEST:
        return without("few_failures")
    years = lead_days / 365.25
    on_order, most = (found.a_year.value or 0.0) * years, found.a_year.high * years
    if most > MOST:
        return without("too_many")
    number, waits = least(on_order, level)
    cautious, cautious_waits = least(most, level)
    return Spares(found.kind, lead_days, level, on_order, number, waits, cautious, cautious_waits, None)


def _by_year(begun: Int64Array, start: int, end: int) -> tuple[OfYear, ...]:
    years = begun.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64) + 1970
    span = range(instant(start).year, instant(end - 1).year + 1)
    return tuple(OfYear(year, weighted_count(np.ones(int((years == year).sum())), 1.0)) for year in span)


def _rate(failures: int, years: float) -> Interval | None:
    """Failures a scanner and year, with the exact Poisson interval (Garwood, 1936)."""
    return None if not years > 0.0 else _times(weighted_count(np.ones(failures), 1.0), 1.0 / years)


def _times(interval: Interval, by: float) -> Interval:
    return Interval(None if interval.value is None else interval.value * by, interval.low * by, interval.high * by)
