"""How long an examination of a truck will take: predicted from what is filed, learnt from outcomes, with its error.

The logarithm of the minutes is a sum: a base, an effect of the goods (HS chapter), of the trailer's kind, of the
scanner's kind and of the port, and a slope on the logarithm of the packages. Effects are shrunk towards none where
there are few examinations: by n ÷ (n + κ), κ the variance within over the variance between (empirical Bayes; Efron &
Morris, JASA 70, 1975). The exponential of the sum is scaled so that the predicted minutes of the history add up to
those that it took (Duan's smearing, JASA 78, 1983). What is not known of a truck has no effect, so it gets the base.

The error is R² on examinations that the fit had not seen, with its interval: governance sees how much a prediction is
worth. The curve says what is left of a service that has lasted some time, over its prediction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from aforo.domain.units import Float64Array, Int64Array

FORMAT = "aforo.service_time/1"
#: What has an effect, in the order in which effects are learnt.
FACTORS = ("goods", "trailer", "scanner", "port")
#: Rounds of backfitting, fewest examinations that can be learnt from, and the share that tests the fit.
ROUNDS, FEWEST, HELD_OUT = 8, 50, 0.25
#: The curve of what is left: steps of an eighth of the prediction up to four times it.
CURVE_STEPS, CURVE_PARTS = 33, 8
#: A prediction lies within these multiples of the base, whatever the effects add up to.
LEAST, MOST = 0.2, 5.0
#: No examination is longer than a day, minutes.
LONGEST = 1440.0
#: For services that nobody has learnt yet: exponential, of which as much is left whenever one looks.
FLAT_CURVE = (1.0,) * CURVE_STEPS


@dataclass(frozen=True)
class Examined:
    """Past examinations of one kind, in columns and in order of time: what was filed and how long each took.

    Texts are "" and numbers NaN where nothing is known. `minutes` float64[n].
    """

    goods: Sequence[str]
    trailer: Sequence[str]
    scanner: Sequence[str]
    port: Sequence[str]
    packages: Float64Array
    minutes: Float64Array


class ServiceTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A learnt prediction: a plain document. Minutes; effects are on the natural logarithm."""

    format: str
    base: float
    scale: float
    packages_slope: float
    packages_mean: float
    effects: dict[str, dict[str, float]]
    curve: tuple[float, ...]
    examinations: int
    r_squared: float
    r_squared_low: float
    r_squared_high: float
    source: str

    def minutes(self, *, goods: str, trailer: str, scanner: str, port: str, packages: float) -> float:
        """The predicted minutes of one truck; what is "" or NaN is not known."""
        one = Examined([goods], [trailer], [scanner], [port], np.array([packages]), np.zeros(1))
        return float(predict(self, one)[0])


def assumed(minutes: float, source: str = "assumed") -> ServiceTime:
    """A document that predicts the same minutes for every truck, for where nothing has been examined yet."""
    if not 0.0 < minutes <= LONGEST:
        raise ValueError("an examination takes more than no minutes and at most a day")
    none: dict[str, dict[str, float]] = {factor: {} for factor in FACTORS}
    return ServiceTime(FORMAT, minutes, 1.0, 0.0, 0.0, none, FLAT_CURVE, 0, 0.0, 0.0, 0.0, source)


def predict(document: ServiceTime, trucks: Examined) -> Float64Array:
    """float64[n] predicted minutes; `trucks.minutes` is not read."""
    logs = _packages(trucks.packages, document.packages_mean) * document.packages_slope
    for factor in FACTORS:
        effect = document.effects.get(factor, {})
        logs = logs + np.array([effect.get(key, 0.0) for key in getattr(trucks, factor)])
    minutes: Float64Array = document.base * np.clip(np.exp(logs), LEAST, MOST) * document.scale
    return minutes


def learn(history: Examined, source: str) -> ServiceTime:
    """Learn from examinations. Those that took no time, more than a day, or an unknown time are left out.

    Raises ValueError where fewer than FEWEST are left: then `assumed` says what to go by.
    """
    fit_on = np.flatnonzero((history.minutes > 0.0) & (history.minutes <= LONGEST))
    if len(fit_on) < FEWEST:
        raise ValueError(f"{len(fit_on)} examinations with a duration are too few to learn from; {FEWEST} are needed")
    rows = _taken(history, fit_on)
    cut = round(len(fit_on) * (1.0 - HELD_OUT))
    tested = _taken(rows, np.arange(cut, len(fit_on)))
    foretold = predict(_fit(_taken(rows, np.arange(cut)), source), tested)
    r_squared, low, high = _explained(foretold, tested.minutes)
    whole = _fit(rows, source)
    ratios = rows.minutes / predict(whole, rows)
    return msgspec.structs.replace(
        whole, curve=curve_of(ratios), r_squared=r_squared, r_squared_low=low, r_squared_high=high
    )


def curve_of(ratios: Float64Array) -> tuple[float, ...]:
    """What is left of a service, over its prediction, once it has lasted 0, ⅛, … 4 times the prediction.

    `ratios` float64[n]: minutes taken over minutes predicted. Where fewer than 20 lasted so long, what was left before
    that is taken.
    """
    ordered = np.sort(ratios)
    left = [1.0]
    for step in range(CURVE_STEPS):
        rest = ordered[np.searchsorted(ordered, step / CURVE_PARTS, side="right") :]
        left.append(float(rest.mean()) - step / CURVE_PARTS if len(rest) >= 20 else left[-1])
    return tuple(round(x, 9) for x in left[1:])


def mean_residual(minutes: Float64Array) -> float:
    """What is left on average of a service that one looks into: E[S²] ÷ 2 E[S] (renewal theory)."""
    return float((minutes * minutes).mean() / (2.0 * minutes.mean()))


def read(document: bytes) -> ServiceTime:
    """The document again. Raises msgspec.ValidationError or ValueError where it is not one, or its numbers are not."""
    read_back = msgspec.json.decode(document, type=ServiceTime)
    numbers = [read_back.base, read_back.scale, read_back.packages_slope, read_back.packages_mean, *read_back.curve]
    numbers += [effect for effects in read_back.effects.values() for effect in effects.values()]
    if read_back.format != FORMAT or len(read_back.curve) != CURVE_STEPS or not np.isfinite(numbers).all():
        raise ValueError(f"it is no {FORMAT} document with finite numbers")
    if not (0.0 < read_back.base <= LONGEST and read_back.scale > 0.0 and min(read_back.curve) >= 0.0):
        raise ValueError("a base, a scale or a rest of a service is not above zero")
    return read_back


def written(document: ServiceTime) -> bytes:
    """The document as it is kept, by content: the same fit gives the same bytes."""
    return msgspec.json.encode(document, order="deterministic")


def _taken(rows: Examined, which: Int64Array) -> Examined:
    goods, trailer, scanner, port = ([getattr(rows, factor)[i] for i in which] for factor in FACTORS)
    return Examined(goods, trailer, scanner, port, rows.packages[which], rows.minutes[which])


def _packages(packages: Float64Array, mean: float) -> Float64Array:
    logs = np.log1p(np.clip(packages, 0.0, 1e6)) - mean
    return np.where(np.isfinite(logs), logs, 0.0)


def _fit(rows: Examined, source: str) -> ServiceTime:
    """Backfitting of shrunk effects and of the slope on the logarithm of minutes."""
    logs = np.log(rows.minutes)
    base = float(logs.mean())
    known = np.log1p(np.clip(rows.packages, 0.0, 1e6))
    mean = float(known[np.isfinite(known)].mean()) if np.isfinite(known).any() else 0.0
    packages = _packages(rows.packages, mean)
    keys = [np.unique(np.array(getattr(rows, factor), dtype=str), return_inverse=True) for factor in FACTORS]
    parts = [np.zeros(len(names)) for names, _ in keys]
    slope = 0.0
    for _ in range(ROUNDS):
        for f, (names, codes) in enumerate(keys):
            others = sum((parts[g][keys[g][1]] for g in range(len(keys)) if g != f), np.zeros(len(logs)))
            parts[f] = _shrunk(logs - base - slope * packages - others, codes, names)
        everything = sum((parts[g][keys[g][1]] for g in range(len(keys))), np.zeros(len(logs)))
        slope = float((packages * (logs - base - everything)).sum() / ((packages**2).sum() + 20.0))
    effects = {
        factor: {str(name): round(float(part), 6) for name, part in zip(names, values, strict=True) if name}
        for factor, (names, _), values in zip(FACTORS, keys, parts, strict=True)
    }
    plain = ServiceTime(
        FORMAT, round(float(np.exp(base)), 6), 1.0, round(slope, 6), round(mean, 6), effects, FLAT_CURVE,
        len(logs), 0.0, 0.0, 0.0, source,
    )  # fmt: skip
    scale = float(rows.minutes.sum() / predict(plain, rows).sum())
    return msgspec.structs.replace(plain, scale=round(scale, 6))


def _shrunk(left: Float64Array, codes: Int64Array, names: np.typing.NDArray[np.str_]) -> Float64Array:
    """The effect of each key on what the others leave; the unknown key "" has none."""
    counts = np.bincount(codes, minlength=len(names)).astype(np.float64)
    means = np.bincount(codes, weights=left, minlength=len(names)) / counts
    within = float(((left - means[codes]) ** 2).sum() / max(len(left) - len(names), 1))
    noise = within * (counts - 1.0).sum() / max(float((counts * (counts - 1.0)).sum()), 1.0)
    spread = float(np.average((means - means.mean()) ** 2, weights=counts)) - noise
    between = max(spread, within / 1000.0)
    shrunk: Float64Array = means * counts / (counts + within / between)
    shrunk[names == ""] = 0.0
    return shrunk


def _explained(foretold: Float64Array, took: Float64Array) -> tuple[float, float, float]:
    """R² on what was not fitted, and its 95 % interval from a seeded bootstrap over the examinations."""
    rng = np.random.default_rng(20)
    draws = [np.arange(len(took)), *(rng.integers(0, len(took), len(took)) for _ in range(200))]
    found = np.array([_r_squared(foretold[i], took[i]) for i in draws])
    low, high = np.quantile(found[1:], [0.025, 0.975])
    return round(float(found[0]), 4), round(float(low), 4), round(float(high), 4)


def _r_squared(foretold: Float64Array, took: Float64Array) -> float:
    total = float(((took - took.mean()) ** 2).sum())
    return 1.0 - float(((took - foretold) ** 2).sum()) / total if total > 0.0 else 0.0
