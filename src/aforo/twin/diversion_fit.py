"""Fitting the diversion of `diversion` to monthly counts around shocks.

For each shock and month the *loss* is what the hit bridges counted below `expected_counts.expected`, the *gain* of an
alternative what it counted above. A gain is normal about share × loss, with the standard deviations of both expected
counts; what a shock has of its own is integrated out (Gauss–Hermite, 21 nodes). Priors, weak and stated: constant
normal(−1, 2), lanes normal(1, .5), hour normal(1, 1), learning normal(0, .5), log_between normal(ln .5, .5). The
posterior is drawn by an adaptive random walk (Haario, Saksman and Tamminen, Bernoulli 7, 2001), seeded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from aforo.twin.diversion import PARAMETERS, Alternative, Fit, Float64Array, shares, utilities
from aforo.twin.expected_counts import Series, expected
from aforo.twin.shocks import Shock, Shocks, road_minutes
from aforo.twin.working_days import Month

_PRIOR_MEANS = np.array([-1.0, 1.0, 1.0, 0.0, np.log(0.5)])
_PRIOR_DEVIATIONS = np.array([2.0, 0.5, 1.0, 0.5, 0.5])
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
_LOG_WEIGHTS = np.log(_WEIGHTS / _WEIGHTS.sum())


class Seen(msgspec.Struct, frozen=True):
    """One month of one shock: trucks lost by all that were hit, and gained by each alternative, with deviations."""

    shock: str
    month: Month
    days: float
    loss: float
    loss_deviation: float
    alternatives: tuple[Alternative, ...]
    gains: tuple[float, ...]
    gain_deviations: tuple[float, ...]


def alternatives_of(shock: Shock, shocks: Shocks) -> tuple[Alternative, ...]:
    """The alternatives of a shock by road alone: waits were not counted, so the constant carries their mean."""
    home = shocks.place[shock.hit[0].at]
    return tuple(
        Alternative(name, shocks.place[name].lanes, road_minutes(home, shocks.place[name]))
        for name in shock.alternatives
    )


def seen(shock: Shock, shocks: Shocks, counts: Mapping[str, Series]) -> list[Seen]:
    """What counts show of a shock, month by month; a place whose count or expectation is missing is left out.

    A month in which a hit bridge cannot be told is left out whole.
    """
    affected = shocks.affected()
    found = []
    for month in shock.shown():
        lost = [(expected(counts.get(hit.port, {}), month, affected[hit.port]), hit.port) for hit in shock.hit]
        if any(should is None or month not in counts[port] for should, port in lost):
            continue
        alternatives, gains, deviations = [], [], []
        for alternative in alternatives_of(shock, shocks):
            series = counts.get(alternative.name, {})
            should = expected(series, month, affected[alternative.name])
            if should is not None and month in series:
                alternatives.append(alternative)
                gains.append(series[month] - should.trucks)
                deviations.append(should.deviation)
        found.append(
            Seen(
                shock.name,
                month,
                shock.age(month),
                sum(should.trucks - counts[port][month] for should, port in lost if should is not None),
                float(np.hypot.reduce([should.deviation for should, _ in lost if should is not None])),
                tuple(alternatives),
                tuple(gains),
                tuple(deviations),
            )
        )
    return [each for each in found if each.alternatives]


def log_posterior(parameters: Float64Array, months: Sequence[Seen]) -> float:
    """The logarithm of prior times likelihood, but for a constant."""
    far = (parameters - _PRIOR_MEANS) / _PRIOR_DEVIATIONS
    total = -0.5 * float(far @ far)
    if parameters[2] < 0:
        return -np.inf
    own = np.exp(parameters[4]) * _NODES
    by_shock: dict[str, Float64Array] = {}
    for month in months:
        utility = utilities(parameters[None, :], month.alternatives, month.days)[0]
        share = shares(utility[None, :] + own[:, None])
        deviation = np.hypot(month.gain_deviations, share * month.loss_deviation)
        off = (np.array(month.gains) - share * month.loss) / deviation
        here = (-0.5 * off * off - np.log(deviation)).sum(axis=1)
        by_shock[month.shock] = by_shock.get(month.shock, np.zeros(len(_NODES))) + here
    return total + sum(float(np.logaddexp.reduce(_LOG_WEIGHTS + each)) for each in by_shock.values())


def fit(months: Sequence[Seen], seed: int = 1, steps: int = 20_000) -> Fit:
    """The posterior of the parameters given what was seen; ValueError for fewer than four months."""
    if len(months) < 4:
        raise ValueError(f"{len(months)} months of shocks are too few to fit a diversion: 4 are needed")
    generator = np.random.Generator(np.random.PCG64(seed))
    dimensions = len(PARAMETERS)
    at = _PRIOR_MEANS.copy()
    value = log_posterior(at, months)
    drawn = np.empty((steps, dimensions))
    covariance = np.diag((0.3 * _PRIOR_DEVIATIONS) ** 2)
    for step in range(steps):
        if step >= 1000 and step % 500 == 0:
            covariance = np.cov(drawn[step // 2 : step].T) + 1e-6 * np.eye(dimensions)
        jump = generator.multivariate_normal(np.zeros(dimensions), covariance * 2.38**2 / dimensions, method="cholesky")
        tried = at + jump
        its = log_posterior(tried, months)
        if np.log(generator.random()) < its - value:
            at, value = tried, its
        drawn[step] = at
    kept = drawn[steps // 4 :]
    return Fit(
        tuple(map(float, kept.mean(axis=0))),
        tuple(tuple(map(float, row)) for row in np.cov(kept.T)),
        tuple(dict.fromkeys(month.shock for month in months)),
    )
