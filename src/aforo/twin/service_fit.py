"""Mean and standard deviation of service times, fitted to a sample under the lognormal that the twin draws from.

Intervals are generalised confidence intervals (Krishnamoorthy and Mathew, Journal of Statistical Planning and Inference
115, 2003, for the mean; the standard deviation alike): with M = y − Z √(V/n) and V = (n − 1) s² / χ²(n − 1), where y
and s² are of the logarithms, the mean is exp(M + V/2) and the deviation that times √(exp V − 1). Whether the times are
lognormal is told by the test of Anderson and Darling on their logarithms at 5 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec
import numpy as np

from aforo.domain.units import Float64Array
from aforo.ports.document import Bridge
from aforo.ports.figure import Service

#: On fewer times nothing is fitted.
FEWEST_TIMES: Final = 20
#: A sample whose logarithms differ less than this is one time written many times.
_LEAST_SPREAD: Final = 1e-6
_DRAWS: Final = 20_000
_LEVEL: Final = 0.05
_SHARES: Final = (0.5, 0.9, 0.99)

ServiceVerdict = Literal["lognormal", "not_lognormal", "too_few", "no_spread"]


class ServiceFit(msgspec.Struct, frozen=True):
    """What the times at one place give, in minutes; None where nothing is fitted.

    `verdict` is `lognormal` where the lognormal is not refused at 5 %: mean and deviation are its own. Where it is
    refused they are the sample's, the interval of the mean is Student's, and there is none of the deviation.
    `quantiles` are the sample's at 50, 90 and 99 %, `drawn` those of the times that the twin would draw. `assumed` is
    the figure of the document, None where it has none.
    """

    place: str
    times: int
    verdict: ServiceVerdict
    assumed: tuple[float, float] | None
    assumed_source: str
    mean: float | None = None
    mean_limits: tuple[float, float] | None = None
    sd: float | None = None
    sd_limits: tuple[float, float] | None = None
    quantiles: tuple[float, float, float] | None = None
    drawn: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class _Estimate:
    mean: float
    mean_limits: tuple[float, float]
    sd: float
    sd_limits: tuple[float, float] | None


def service_places(bridge: Bridge) -> dict[str, Service | None]:
    """The service times that a bridge may have, by their places in its document; None where one is not known."""
    places: dict[str, Service | None] = {f"lanes.{name}.primary": lane.primary for name, lane in bridge.lanes.items()}
    places |= {f"portals[{each.id}].scan": each.scan for each in bridge.portals}
    places |= {f"scanners[{each.id}].scan": each.scan for each in bridge.scanners}
    for name, part in (("docks", bridge.docks), ("joint", bridge.joint), ("yard", bridge.yard)):
        if part is not None:
            places[f"{name}.service"] = part.service
    if bridge.export is not None:
        places |= {"export.lot": bridge.export.lot, "export.red": bridge.export.red}
    return places | {"state_inspection": bridge.state_inspection}


def fit(place: str, minutes: Sequence[float], assumed: Service | None, seed: int) -> ServiceFit:
    """The figure that a sample gives at one place; `minutes` are above zero."""
    known = None if assumed is None else (assumed.mean_minutes, assumed.sd_minutes)
    source = "" if assumed is None else assumed.source
    times = np.asarray(minutes, dtype=np.float64)
    if len(times) < FEWEST_TIMES:
        return ServiceFit(place, len(times), "too_few", known, source)
    logs = np.log(times)
    if float(logs.std(ddof=1)) < _LEAST_SPREAD:
        return ServiceFit(place, len(times), "no_spread", known, source)
    lognormal = _is_normal(logs)
    found = _of_lognormal(logs, seed) if lognormal else _of_sample(times)
    return ServiceFit(
        place,
        len(times),
        "lognormal" if lognormal else "not_lognormal",
        known,
        source,
        found.mean,
        found.mean_limits,
        found.sd,
        found.sd_limits,
        _three(np.quantile(times, _SHARES)),
        _three(_drawn(found.mean, found.sd)),
    )


def _three(values: Float64Array) -> tuple[float, float, float]:
    median, tenth, hundredth = values.tolist()
    return median, tenth, hundredth


def _is_normal(logs: Float64Array) -> bool:
    from scipy import stats  # loaded where it is needed: every command of the twin reads this module

    return float(stats.anderson(logs, "norm", method="interpolate").pvalue) >= _LEVEL


def _of_lognormal(logs: Float64Array, seed: int) -> _Estimate:
    rng = np.random.default_rng(seed)
    count, centre, variance = len(logs), float(logs.mean()), float(logs.var(ddof=1))
    spread = (count - 1) * variance / rng.chisquare(count - 1, _DRAWS)
    middle = centre - rng.standard_normal(_DRAWS) * np.sqrt(spread / count)
    means = np.exp(middle + spread / 2.0)
    mean = float(np.exp(centre + variance / 2.0))
    return _Estimate(
        mean,
        _limits(means),
        mean * float(np.sqrt(np.expm1(variance))),
        _limits(means * np.sqrt(np.expm1(spread))),
    )


def _limits(draws: Float64Array) -> tuple[float, float]:
    low, high = np.quantile(draws, (_LEVEL / 2.0, 1.0 - _LEVEL / 2.0)).tolist()
    return low, high


def _of_sample(times: Float64Array) -> _Estimate:
    from scipy import special

    mean, sd = float(times.mean()), float(times.std(ddof=1))
    half = float(special.stdtrit(len(times) - 1, 1.0 - _LEVEL / 2.0)) * sd / float(np.sqrt(len(times)))
    return _Estimate(mean, (max(0.0, mean - half), mean + half), sd, None)


def _drawn(mean: float, sd: float) -> Float64Array:
    """Quantiles of the lognormal of this mean and deviation."""
    from scipy import special

    variance = float(np.log1p((sd / mean) ** 2))
    middle = float(np.log(mean)) - variance / 2.0
    quantiles: Float64Array = np.exp(middle + np.sqrt(variance) * special.ndtri(np.array(_SHARES)))
    return quantiles
