"""Trucks of a bridge as columns: when they come, in which class, what they hide, what is expected of them.

Arrivals are a Poisson process whose rate is constant within each hour. Truck i arrives where the summed expectation
reaches the sum of the first i + 1 gaps, and all else of it is drawn by its number, so a scenario with more or fewer
trucks meets the same trucks in the same order at other times: common random numbers.

Each truck has a probability r of hiding something, lognormal among trucks, and hides it with just that chance: risk is
calibrated. Its service times are a part that can be predicted times a part that cannot, both lognormal; the share of
the variance that is predicted is `prediction`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
from numba import njit

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.text import Text, catalogue
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, PPB, Float64Array, Int64Array
from aforo.routing.choice import BOOTH, RESOURCES, SCANNER, class_of
from aforo.routing.decide import prevented_by_option
from aforo.routing.policy import Policy, default_document, parse
from aforo.twin import draws
from aforo.twin.network import HOUR, LANES, MINUTE, NEVER, SERVICES
from aforo.twin.trucks import ANY, Codes, Trucks

#: A risk above this is not believed of any truck.
MOST_RISK: Final = 0.9
#: No run has more trucks of one bridge than this.
MOST_TRUCKS: Final = 20_000_000
#: In `figures_of`: minutes between filing and arrival, µs by class.
LEADS: Final = 7


class TrafficError(ValueError):
    """Traffic that cannot be made: `text` says which figure is wrong, in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text: Text = catalogue("aforo.twin").say(code, **fields)
        super().__init__(self.text.en)


@cache
def _shipped() -> Policy:
    return parse(default_document())


def _chances(micro: Int64Array) -> dict[str, float]:
    return dict(zip(THREATS, (micro / MICRO).tolist(), strict=True))


def _finds(option: str) -> dict[str, float]:
    return _chances(_shipped().detection_micro()[EXAMINATIONS.index(option)])


#: By field of `Profile`, the figures of those threats or lane classes that a scenario leaves out.
_DEFAULTS: Final[dict[str, Callable[[], dict[str, float]]]] = {
    "prevalence": lambda: {"contraband": 0.0008, "people": 0.0001, "theft": 0.0002, "misdeclaration": 0.02},
    "scan": lambda: _chances(_shipped().alarms_micro()),
    "alone": lambda: _finds("scan"),
    "exam": lambda: _finds("secondary"),
    "lead": lambda: {"fast": 30.0, "standard": 60.0, "empty": 60.0, "hazmat": 60.0},
}


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What trucks are like. No public source supports any of these per truck: they are all `assumed`. A table by threat
    or lane class that states some of them takes the others from the default.

    `prevalence` share of trucks that hide something, by threat; `risk_variation` deviation ÷ mean of a truck's risk;
    `harm` truck-minutes that a missed one costs, times what `weigh` has of its threat (1 if left out); `scan` chance
    that the image of a truck with a threat alarms, `alone` that a scan by itself finds it, with nobody opening the
    truck (no more than alarms), `exam` that an examination by hand finds it; `false_alarm` chance that a scan alarms on
    nothing (those four as the shipped policy document has them); `prediction` share of the variance of service times
    that is predicted (R²); `lead` minutes between filing and arrival by class (19 CFR 123.92: 60, FAST 30); `unlisted`
    share of trucks that file too late to be on the list; `lottery` share drawn into the control sample.
    """

    prevalence: dict[str, float] = msgspec.field(default_factory=_DEFAULTS["prevalence"])
    risk_variation: float = 3.0
    harm: float = 600.0
    weigh: dict[str, float] = {}
    scan: dict[str, float] = msgspec.field(default_factory=_DEFAULTS["scan"])
    alone: dict[str, float] = msgspec.field(default_factory=_DEFAULTS["alone"])
    exam: dict[str, float] = msgspec.field(default_factory=_DEFAULTS["exam"])
    false_alarm: float = msgspec.field(default_factory=lambda: _shipped().scan.false_alarm.probability)
    prediction: float = 0.5
    lead: dict[str, float] = msgspec.field(default_factory=_DEFAULTS["lead"])
    unlisted: float = 0.1
    lottery: float = 0.005

    def __post_init__(self) -> None:
        """Fills in what a table by threat or lane class leaves out; an unknown name stays for `checked` to refuse."""
        for name, default in _DEFAULTS.items():
            stated, usual = getattr(self, name), default()
            if set(stated) < set(usual):
                msgspec.structs.force_setattr(self, name, usual | stated)

    def stated_prevalences(self) -> frozenset[str]:
        """The threats whose prevalence is not that of the default."""
        usual = _DEFAULTS["prevalence"]()
        return frozenset(threat for threat, share in self.prevalence.items() if share != usual.get(threat))

    def checked(self) -> Profile:
        """Itself; TrafficError where a figure is out of range or a name is unknown."""
        for name, given, known in (
            ("prevalence", self.prevalence, THREATS),
            ("scan", self.scan, THREATS),
            ("alone", self.alone, THREATS),
            ("exam", self.exam, THREATS),
            ("lead", self.lead, LANES),
        ):
            if set(given) != set(known):
                raise TrafficError("traffic_each", name=name, known=", ".join(known))
        shares = [*self.prevalence.values(), *self.scan.values(), *self.alone.values(), *self.exam.values()]
        shares += [self.false_alarm, self.prediction, self.unlisted, self.lottery]
        if not all(0.0 <= share <= 1.0 for share in shares) or not 0.0 < sum(self.prevalence.values()) <= 0.5:
            raise TrafficError("traffic_shares")
        if any(self.alone[threat] > self.scan[threat] for threat in THREATS):
            raise TrafficError("traffic_alone")
        if not set(self.weigh) <= set(THREATS) or not all(0.0 <= each <= 1000.0 for each in self.weigh.values()):
            raise TrafficError("traffic_weigh", known=", ".join(THREATS))
        if not 0.0 <= self.risk_variation <= 50.0 or not 0.0 <= self.harm <= 1e6:
            raise TrafficError("traffic_variation")
        if not all(0.0 <= minutes <= 1440.0 for minutes in self.lead.values()):
            raise TrafficError("traffic_lead")
        return self

    def detection_micro(self) -> Int64Array:
        """int64[options, K] in millionths, as the policy document's: what each option finds; a hold finds all."""
        both: dict[str, float] = {threat: self.scan[threat] * self.exam[threat] for threat in THREATS}
        nothing: dict[str, float] = dict.fromkeys(THREATS, 0.0)
        all_: dict[str, float] = dict.fromkeys(THREATS, 1.0)
        by_option = {"release": nothing, "scan": dict(self.alone), "scan_then_decide": both, "hold": all_}
        found = [[by_option.get(option, self.exam)[threat] for threat in THREATS] for option in EXAMINATIONS]
        micro: Int64Array = np.rint(np.array(found) * MICRO).astype(np.int64)
        return micro

    def alarms(self) -> tuple[float, ...]:
        """The chances that a scan alarms, for `network.Station.detection`."""
        return (self.false_alarm, *(self.scan[threat] for threat in THREATS))

    def seen_alone(self) -> tuple[float, ...]:
        """The chances that a scan by itself finds, for `network.Station.finds`."""
        return (0.0, *(self.alone[threat] for threat in THREATS))


@dataclass(frozen=True)
class Scheme:
    """Trucks that hide the same thing: their share of the bridge's trucks, the threat, and how they look.

    `looks` multiplies the risk that is seen of them: 1 is like any other truck.
    """

    share: float
    threat: str
    looks: float = 1.0


@dataclass(frozen=True)
class Times:
    """A service: mean and standard deviation, minutes."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class Demand:
    """What comes to one bridge: `hourly` float64[H] trucks expected in each hour of the run, and what they are like.

    `lanes` shares by class; `services` the times at each place of SERVICES that the bridge has, where the booth's are
    by class in `booth`. `stream` is the number of the bridge in every chance.
    """

    stream: int
    hourly: Float64Array
    lanes: dict[str, float]
    booth: dict[str, Times]
    services: dict[str, Times]
    profile: Profile
    scheme: Scheme | None = None


def arrivals(demand: Demand, seed: int) -> Int64Array:
    """When the trucks of a demand come, µs of the run, in order: int64[n]."""
    hourly = demand.hourly
    total = checked_hourly(hourly)
    most = int(total + 8.0 * np.sqrt(total) + 32.0)
    chances = draws.uniforms(seed, demand.stream, 0, most, draws.GAP)
    return _reached(chances, draws.exponential_table(), np.ascontiguousarray(hourly, dtype=np.float64))


def checked_hourly(hourly: Float64Array) -> float:
    """How many trucks are expected in all. Raises TrafficError for what cannot be expected."""
    if not np.all(np.isfinite(hourly)) or np.any(hourly < 0.0):
        raise TrafficError("traffic_expected")
    total = float(hourly.sum())
    if total > MOST_TRUCKS:
        raise TrafficError("traffic_too_many", total=f"{total:,.0f}", most=f"{MOST_TRUCKS:,}")
    return total


@njit(cache=True, nogil=True)
def _reached(chances: Float64Array, gaps: Float64Array, hourly: Float64Array) -> Int64Array:
    """Where the sum of gaps reaches the summed expectation, until the run is over."""
    times = np.empty(len(chances), np.int64)
    hour = 0
    before = 0.0
    reached = 0.0
    for i in range(len(chances)):
        reached += draws.quantile(gaps, chances[i])
        while hour < len(hourly) and before + hourly[hour] <= reached:
            before += hourly[hour]
            hour += 1
        if hour >= len(hourly):
            return times[:i].copy()
        times[i] = hour * HOUR + int((reached - before) / hourly[hour] * HOUR)
    return times


@lru_cache(maxsize=512)
def _parts(times: Times, prediction: float) -> tuple[Float64Array, Float64Array]:
    """Tables of the part of a service that is predicted (µs) and of the factor that is not."""
    variation = times.deviation / times.mean if times.mean > 0 else 0.0
    known = np.sqrt(prediction) * variation
    rest = np.sqrt((1.0 + variation**2) / (1.0 + known**2) - 1.0)
    return draws.lognormal_table(times.mean * MINUTE, float(known)), draws.lognormal_table(1.0, float(rest))


def _by_class(demand: Demand) -> Float64Array:
    """The upper limits of the chance by which a truck's class is drawn: float64[lanes]."""
    shares = np.array([demand.lanes.get(lane, 0.0) for lane in LANES])
    if not np.all(shares >= 0.0) or not 0.0 < shares.sum() < np.inf:
        raise TrafficError("traffic_lanes")
    upper: Float64Array = np.cumsum(shares) / shares.sum()
    return upper


def trucks_of(demand: Demand, seed: int) -> Trucks:
    """The columns of a demand's trucks. TrafficError for figures that cannot be."""
    figures = figures_of(demand)
    come = arrivals(demand, seed)
    return _drawn(np.uint64(draws.stream_of(seed, demand.stream)), come, *figures) if len(come) else _none()


def figures_of(demand: Demand) -> tuple[Any, ...]:
    """What the columns of a demand's trucks are drawn from, as `_fill` takes it. TrafficError for what cannot be."""
    profile = demand.profile.checked()
    prevalence = np.array([profile.prevalence[threat] for threat in THREATS])
    total = float(prevalence.sum())
    mix = prevalence / total
    scan = np.array([profile.scan[threat] for threat in THREATS])
    exam = np.array([profile.exam[threat] for threat in THREATS])
    # For a truck that hides something for certain and harm of a million; all is in proportion to both.
    harm = np.array([round(MICRO * profile.weigh.get(threat, 1.0)) for threat in THREATS], dtype=np.int64)
    certain = prevented_by_option(
        np.rint(mix * PPB).astype(np.int64)[None, :], np.zeros(1, np.int64), harm,
        profile.detection_micro(), np.full(1, MICRO),
    )[0]  # fmt: skip
    worth = certain / PPB * (profile.harm / MICRO)
    both = float(mix @ (scan * exam)) / max(float(mix @ exam), 1e-12)
    times = [demand.services.get(place) for place in SERVICES]
    tables = [_parts(each or Times(0.0, 0.0), profile.prediction) for each in times]
    booths = [_parts(demand.booth.get(lane, Times(0.0, 0.0)), profile.prediction) for lane in LANES]
    scheme = demand.scheme
    return (
        _by_class(demand),
        draws.lognormal_table(total, profile.risk_variation),
        np.cumsum(mix),
        worth,
        float(mix @ scan),
        both,
        profile.false_alarm,
        np.array([profile.lead[lane] * MINUTE for lane in LANES], dtype=np.int64),
        profile.unlisted,
        profile.lottery,
        np.stack([known for known, _ in tables]),
        np.stack([rest for _, rest in tables]),
        np.stack([known for known, _ in booths]),
        np.stack([rest for _, rest in booths]),
        np.array([each is not None for each in times]),
        0.0 if scheme is None else scheme.share,
        -1 if scheme is None else THREATS.index(scheme.threat),
        1.0 if scheme is None else scheme.looks,
    )


def _none() -> Trucks:
    empty, codes = np.zeros(0, np.int64), np.zeros(0, np.int8)
    numbers = np.zeros(0)
    return Trucks(
        empty, empty, empty, empty, codes, codes, codes, codes, codes, codes,
        np.zeros((0, len(EXAMINATIONS))), numbers, numbers,
        np.zeros((0, len(RESOURCES)), np.int64), np.zeros((0, len(SERVICES)), np.int64),
    )  # fmt: skip


def _drawn(stream: np.uint64, come: Int64Array, *figures: Any) -> Trucks:
    """The columns in the order of `Trucks`, from the compiled loop."""
    n = len(come)
    filed, listed = np.empty(n, np.int64), np.empty(n, np.int64)
    lane, threat, lottery, classes = (np.empty(n, np.int8) for _ in range(4))
    prevented = np.empty((n, len(EXAMINATIONS)))
    alarm, raised = np.empty(n), np.empty(n)
    predicted = np.empty((n, len(RESOURCES)), np.int64)
    service = np.empty((n, len(SERVICES)), np.int64)
    filled: Any = _fill  # mypy cannot count what the star stands for
    filled(
        stream, come, *figures, filed, listed, lane, threat, lottery, classes, prevented, alarm, raised, predicted,
        service,
    )  # fmt: skip
    shows, mandatory = np.ones(n, np.int8), np.full(n, -1, np.int8)
    return Trucks(
        np.arange(n, dtype=np.int64), come, filed, listed, shows, lane, threat, mandatory, lottery, classes,
        prevented, alarm, raised, predicted, service,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _fill(
    stream: np.uint64, come: Int64Array, by_class: Float64Array, risks: Float64Array, mix: Float64Array,
    worth: Float64Array, sees: float, both: float, false_alarm: float, lead: Int64Array, unlisted: float,
    drawn_lots: float,
    known: Float64Array, rest: Float64Array, booth_known: Float64Array, booth_rest: Float64Array,
    there: npt.NDArray[np.bool_], scheme_share: float, scheme_threat: int, scheme_looks: float,
    filed: Int64Array, listed: Int64Array, lane: Codes, threat: Codes, lottery: Codes, classes: Codes,
    prevented: Float64Array, alarm: Float64Array, raised: Float64Array, predicted: Int64Array, service: Int64Array,
) -> None:  # fmt: skip
    """One truck a row; every chance by its own purpose."""
    resources = predicted.shape[1]
    for i in range(len(come)):
        key = draws.truck_key(stream, i)
        u = draws.chance(key, draws.LANE)
        c = 0
        while c < len(by_class) - 1 and u >= by_class[c]:
            c += 1
        lane[i] = c
        risk = min(draws.quantile(risks, draws.chance(key, draws.VALUE)), MOST_RISK)
        u = draws.chance(key, draws.TRUTH)
        threat[i] = -1
        if u >= 1.0 - scheme_share:
            threat[i] = scheme_threat
            risk = min(risk * scheme_looks, MOST_RISK)
        elif u < risk:
            k = 0
            while k < len(mix) - 1 and u >= risk * mix[k]:
                k += 1
            threat[i] = k
        for o in range(len(worth)):
            prevented[i, o] = risk * worth[o]
        alarm[i] = false_alarm + risk * sees * (1.0 - false_alarm)
        # As for live trucks (Bayes), weighed by what an examination by hand then finds.
        alarms = risk * sees + (1.0 - risk) * false_alarm
        raised[i] = both / alarms if alarms > 0.0 else 1.0
        for s in range(service.shape[1]):
            first = draws.chance(key, draws.PREDICTION + s)
            second = draws.chance(key, draws.SERVICE + s)
            if s == BOOTH:
                part = draws.quantile(booth_known[c], first)
                service[i, s] = int(part * draws.quantile(booth_rest[c], second))
            elif there[s]:
                part = draws.quantile(known[s], first)
                service[i, s] = int(part * draws.quantile(rest[s], second))
            else:
                part = -1.0
                service[i, s] = 0
            if s < resources:
                predicted[i, s] = 0 if s == BOOTH else int(part)
        filed[i] = come[i] - lead[c]
        listed[i] = filed[i]
        if draws.chance(key, draws.LEAD) < unlisted:
            listed[i] = NEVER
        lottery[i] = ANY if draws.chance(key, draws.LOTTERY) < drawn_lots else -1
        minutes = predicted[i, SCANNER] / MINUTE
        classes[i] = class_of(max(prevented[i, 1], prevented[i, 2]) / minutes) if minutes > 0.0 else 0
