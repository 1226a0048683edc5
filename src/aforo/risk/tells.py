"""Tells: what an experienced officer would remark on in a filing, each a number from 0 (not so) to 1 (very much so).

Some four score numbers with weights of their own learn from a few dozen findings, where trees need hundreds. A tell
that nobody has looked into is worth looking into, and how much is known of each tell is known. A Bayesian logistic
regression, with a prior that a tell is a little suspicious, gives each its weight and its uncertainty.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt
import scipy

from aforo.domain.units import MICRO, Int64Array
from aforo.risk.features import ENTITIES, INDEX
from aforo.risk.hashtable import Float64Array
from aforo.risk.jit import kernel
from aforo.risk.trees import Float32Array

#: (name, feature, value at which the tell begins, value at which it is whole); a missing feature tells nothing.
#: Deviations are in standard deviations of the group, counts and ages in log(1 + n), shifts in log-odds.
_RAMPS: tuple[tuple[str, str, float, float], ...] = (
    ("price_low", "unit_price.backed_off", -1.0, -3.0),
    ("price_high", "unit_price.backed_off", 1.0, 3.0),
    ("price_below_own", "unit_price.importer_hs6", -1.0, -3.0),
    ("price_below_exporters", "unit_price.exporter_hs6", -1.0, -3.0),
    ("package_heavy", "mass_per_package.backed_off", 1.0, 3.0),
    ("package_light", "mass_per_package.backed_off", -1.0, -3.0),
    ("package_heavier_than_own", "mass_per_package.importer_hs6", 1.0, 3.0),
    ("load_heavy", "gross_mass_kg.hs6", 1.0, 3.0),
    ("load_light", "gross_mass_kg.hs6", -1.0, -3.0),
    ("load_heavier_than_own", "gross_mass_kg.importer", 1.0, 3.0),
    ("value_below_own", "value_usd.importer", -1.0, -3.0),
    ("value_above_own", "value_usd.importer", 1.0, 3.0),
    ("duty_low_for_heading", "duty_rate.hs4", -0.5, -2.0),
    ("duty_low_for_goods", "duty_rate.hs6", -0.5, -2.0),
    ("duty_high", "filing.duty_rate", 0.05, 0.25),
    ("origin_rare", "origin.share", -2.0, -5.0),
    ("value_round", "filing.round_value", 1.0, 4.0),
    ("mass_round", "filing.round_mass", 1.0, 4.0),
    ("empty", "filing.declared_empty", 0.0, 1.0),
    ("trusted", "filing.programme", 0.0, 2.0),
    ("night", "filing.hour", 6.0, 3.0),
    ("late", "filing.hour", 20.0, 23.0),
    ("weekend", "filing.weekday", 4.0, 5.0),
    ("seal_absent", "seal.absent", 0.0, 1.0),
    ("seal_used_before", "seal.reuse", 0.0, 0.7),
    ("seal_on_another_tractor", "seal.moved", 0.0, 1.0),
    ("seal_out_of_sequence", "seal.gap", 1.0, 4.0),
    ("seal_of_a_new_series", "seal.new_series", 0.0, 1.0),
    ("seal_series_found", "seal.shift", 0.0, 3.0),
    ("tractor_often_today", "tractor.same_day", 1.0, 4.0),
    ("tractor_elsewhere", "tractor.elsewhere", 0.05, 0.5),
    ("driver_elsewhere", "driver.elsewhere", 0.05, 0.5),
    ("beside_a_finding", "links.best", 0.3, 2.5),
    ("many_first_times", "links.new_parties", 2.0, 6.0),
    ("goods_found", "hs6_origin.shift", 0.0, 3.0),
    ("chapter_found", "hs2.shift", 0.0, 1.5),
    ("port_hour_found", "port_daypart.shift", 0.0, 1.5),
    *((f"{entity}_odd_hour", f"{entity}.hour", 1.5, 4.0) for entity in ("importer", "carrier", "driver", "tractor")),
    *((f"{entity}_new", f"{entity}.count", 2.0, 0.0) for entity in ENTITIES),
    *((f"{entity}_rush", f"{entity}.burst", 0.5, 2.5) for entity in ENTITIES),
    *((f"{entity}_found", f"{entity}.shift", 0.0, 3.0) for entity in ENTITIES),
    *((f"{entity}_cleared", f"{entity}.shift", 0.0, -2.0) for entity in ENTITIES),
    *((f"{entity}_found_lately", f"{entity}.since_hit", 4.2, 2.0) for entity in ENTITIES),
)

#: (name, pair, its count feature, party whose record must be longer): a first time for a party that is not new itself.
_FIRST_TIMES: tuple[tuple[str, str, str], ...] = (
    ("new_broker_for_importer", "importer_broker.count", "importer.count"),
    ("new_exporter_for_importer", "importer_exporter.count", "importer.count"),
    ("new_origin_for_importer", "importer_origin.count", "importer.count"),
    ("new_goods_for_importer", "importer_hs4.count", "importer.count"),
    ("new_carrier_for_importer", "importer_carrier.count", "importer.count"),
    ("new_bridge_for_importer", "importer_bridge.count", "importer.count"),
    ("new_goods_for_exporter", "exporter_hs4.count", "exporter.count"),
    ("new_carrier_for_exporter", "exporter_carrier.count", "exporter.count"),
    ("new_carrier_for_driver", "carrier_driver.count", "driver.count"),
    ("new_carrier_for_tractor", "carrier_tractor.count", "tractor.count"),
    ("new_tractor_for_driver", "driver_tractor.count", "driver.count"),
    ("new_bridge_for_carrier", "carrier_bridge.count", "carrier.count"),
    ("new_goods_for_broker", "broker_hs4.count", "broker.count"),
)

TELLS: tuple[str, ...] = (*(name for name, *_ in _RAMPS), *(name for name, *_ in _FIRST_TIMES))
#: Tells of innocence: their prior is that they lower the risk.
_REASSURING = np.array([name.endswith("_cleared") or name == "trusted" for name in TELLS])


_RAMP_FEATURE = np.array([INDEX[feature] for _, feature, _, _ in _RAMPS])
_RAMP_BEGINS = np.array([begins for _, _, begins, _ in _RAMPS])
_RAMP_WHOLE = np.array([whole for _, _, _, whole in _RAMPS])
_FIRST_PAIR = np.array([INDEX[pair] for _, pair, _ in _FIRST_TIMES])
_FIRST_PARTY = np.array([INDEX[party] for _, _, party in _FIRST_TIMES])


def tells_of(features: Float32Array) -> Float64Array:
    """The tells of features rows, float64[n, len(TELLS)], each from 0 to 1."""
    tells = np.empty((len(features), len(TELLS)))
    _tells(np.ascontiguousarray(features), tells)
    return tells


@kernel
def _part(x: float) -> float:
    """x held between 0 and 1; 0 for a missing one."""
    return min(max(x, 0.0), 1.0) if x == x else 0.0


@kernel
def _tells(features: Float32Array, out: Float64Array) -> None:
    ramps = len(_RAMP_FEATURE)
    for i in range(features.shape[0]):
        for j in range(ramps):
            x = np.float64(features[i, _RAMP_FEATURE[j]])
            out[i, j] = _part((x - _RAMP_BEGINS[j]) / (_RAMP_WHOLE[j] - _RAMP_BEGINS[j]))
        for j in range(len(_FIRST_PAIR)):
            first = _part(1.0 - np.float64(features[i, _FIRST_PAIR[j]]) / 0.7)
            known = _part((np.float64(features[i, _FIRST_PARTY[j]]) - 1.0) / 2.0)
            out[i, ramps + j] = first * known


class TellWeights(msgspec.Struct, frozen=True):
    """`weight` in micro-log-odds and `variance` (log-odds squared) of each tell, in the order of `tells`."""

    tells: list[str]
    weight: list[int]
    variance: list[float]

    def evidence(self, tells: Float64Array) -> Int64Array:
        """What the tells of each row say together, int64[n] in micro-log-odds."""
        together = np.empty(len(tells), np.int64)
        _together(tells, np.array(self.weight, np.float64), together)
        return together

    def parts(self, tells: Float64Array) -> Int64Array:
        """What each tell says, int64[n, len(TELLS)] in micro-log-odds."""
        parts: Int64Array = np.rint(tells * np.array(self.weight, np.float64)).astype(np.int64)
        return parts

    def doubt(self, tells: Float64Array) -> Float64Array:
        """The standard deviation of what the tells of each row say, float64[n] in log-odds."""
        doubt = np.empty(len(tells))
        _doubt(tells, np.array(self.variance), doubt)
        return doubt


@kernel
def _together(tells: Float64Array, weight: Float64Array, out: Int64Array) -> None:
    for i in range(tells.shape[0]):
        total = np.int64(0)
        for j in range(tells.shape[1]):
            if tells[i, j] != 0.0:
                total += np.int64(np.rint(tells[i, j] * weight[j]))
        out[i] = total


@kernel
def _doubt(tells: Float64Array, variance: Float64Array, out: Float64Array) -> None:
    for i in range(tells.shape[0]):
        total = 0.0
        for j in range(tells.shape[1]):
            total += tells[i, j] * tells[i, j] * variance[j]
        out[i] = np.sqrt(total)


class TellSettings(msgspec.Struct, frozen=True):
    """The prior of a weight: its mean (the opposite for what reassures) and standard deviation, in log-odds."""

    mean: float = 0.4
    deviation: float = 0.8


def fit_tells(
    tells: Float64Array, found: npt.NDArray[np.bool_], weight: Float64Array, settings: TellSettings
) -> TellWeights:
    """The posterior mode of the weights, and the variances of its Laplace approximation (diagonal)."""
    mean = np.where(_REASSURING, -settings.mean, settings.mean)
    precision = 1.0 / settings.deviation**2
    if not len(tells):
        return TellWeights(list(TELLS), np.rint(mean * MICRO).astype(int).tolist(), [1.0 / precision] * len(TELLS))
    x = np.column_stack([np.ones(len(tells)), tells])
    prior = np.concatenate([[-3.5], mean])
    belief = np.concatenate([[0.05], np.full(len(TELLS), precision)])

    def loss(theta: Float64Array) -> tuple[float, Float64Array]:
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ theta, -30.0, 30.0)))
        likelihood = np.where(found, np.log(p + 1e-12), np.log1p(-np.minimum(p, 1.0 - 1e-12)))
        away = theta - prior
        value = -float(weight @ likelihood) + 0.5 * float(belief @ (away * away))
        return value, -(x.T @ (weight * (found - p))) + belief * away

    theta = scipy.optimize.minimize(loss, prior, jac=True, method="L-BFGS-B", options={"maxiter": 100}).x
    p = 1.0 / (1.0 + np.exp(-np.clip(x @ theta, -30.0, 30.0)))
    information = (x * x).T @ (weight * p * (1.0 - p)) + belief
    return TellWeights(
        list(TELLS), np.rint(theta[1:] * MICRO).astype(int).tolist(), np.round(1.0 / information[1:], 6).tolist()
    )
