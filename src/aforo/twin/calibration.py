"""A calibration: the capacity factors of bridges by the waits they were fitted to, and whether each base was checked.

The factor multiplies the service times of primary of a lane class. Waits alone do not tell slow booths from few booths
or from more trucks than were counted: each is a factor of the load, and `UNIDENTIFIED` names them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
import numpy as np
from msgspec import Meta

from aforo.domain.text import Text
from aforo.domain.units import Int64Array
from aforo.measures.crossing_times import mean_interval
from aforo.ports.directory import Directory
from aforo.ports.document import Bridge, PortDocument
from aforo.twin.border import Border
from aforo.twin.capacity_fit import STEP, CapacityModel
from aforo.twin.of_port import ModelError
from aforo.twin.wait_samples import SAMPLE_LANES, SampleLane, WaitSample, lane_group
from aforo.twin.wait_worlds import FACTORS, MOST_DAYS, simulated_waits, with_factors
from aforo.twin.working_days import Month

#: Fewer readings of a lane class, or of fewer days, fit no factor and check no base.
FEWEST_READINGS: Final = 20
FEWEST_DAYS: Final = 4
#: A base fails its check where the share within is lower than expected by more than this.
ALLOWANCE: Final = 0.1
#: What waits alone cannot tell apart, or cannot tell at all; keys of the catalogue.
UNIDENTIFIED: Final = (
    "unidentified_booths", "unidentified_demand", "unidentified_spread", "unidentified_after",
)  # fmt: skip
#: Limits of a mean difference that one day alone leaves open, minutes.
_MOST_BIAS: Final = 10_000.0
#: A calibration is a few kilobytes.
MOST_BYTES: Final = 2_000_000

Verdict = Literal["checked", "failed", "too_few", "no_trucks", "no_model"]
Factor = Annotated[float, Meta(gt=0.0, le=100.0)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]


class HeldOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The check on readings of days that were not fitted: how many, and the share within the predicted interval.

    `nominal` is the share expected within, `width` the mean width of the interval in minutes. `factor` was fitted to
    the other days. `uncalibrated` is the share within under the document's own figures, with an error fitted to them.
    `bias` is the mean published wait less the twin's at the same hours, with its 95 % limits over days.
    """

    readings: int
    days: int
    factor: Factor
    within: Share
    nominal: Share
    width: float
    uncalibrated: Share
    uncalibrated_nominal: Share
    bias: float
    bias_low: float
    bias_high: float

    @property
    def passed(self) -> bool:
        """Whether enough readings lie within, and the mean differs by no more than rounding or the days' own spread."""
        unbiased = abs(self.bias) <= STEP / 2.0 or self.bias_low <= 0.0 <= self.bias_high
        return unbiased and self.within >= self.nominal - ALLOWANCE


class LaneFactor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the waits of one lane class of a bridge give.

    `factor` is the likeliest one, from `low` to `high` (95 %); an open limit is the end of what was tried. `applied` is
    the factor that a run takes. `error` is the scale of a reading's error in minutes. `published_mean` and the twin's
    means are of the same hours. `document` is the SHA-256 of the port document that was simulated.
    """

    port: str
    bridge: str
    lane: SampleLane
    verdict: Verdict
    readings: int
    days: int
    published_mean: float
    published_most: float
    document: str
    uncalibrated_mean: float | None = None
    calibrated_mean: float | None = None
    factor: Factor | None = None
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    applied: Factor = 1.0
    error: float | None = None
    check: HeldOut | None = None

    @property
    def place(self) -> str:
        """The bridge as results name it."""
        return f"{self.port}/{self.bridge}"


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Factors of lane classes, and what they were fitted to: the file of waits with its SHA-256 and its days."""

    format: Literal[1]
    made_at: datetime
    waits: str
    waits_sha256: str
    first: str
    last: str
    counts_en: str
    counts_es: str
    check_share: Annotated[float, Meta(gt=0.0, lt=1.0)]
    replications: int
    seed: int
    lanes: Annotated[tuple[LaneFactor, ...], Meta(max_length=1_000)]

    def of_bridge(self, place: str) -> tuple[LaneFactor, ...]:
        """The lane classes of one bridge, `port/bridge`."""
        return tuple(each for each in self.lanes if each.place == place)


class CalibrationError(ValueError):
    """The file is no calibration; the message says why."""


class CalibrationRequest(msgspec.Struct, frozen=True):
    """How factors are fitted: the share of days held out, replications, seed, and runs at a time."""

    check_share: float = 0.5
    replications: int = 20
    seed: int = 1
    workers: int = 1


def calibrate(
    samples: Sequence[WaitSample],
    border: Border,
    request: CalibrationRequest,
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[LaneFactor, ...]:
    """The factors of every bridge and lane class that has samples, standard lanes first."""
    found = list[LaneFactor]()
    used = {document.port: document.sha256 for document in border.ports.used()}
    for port in border.ports.ports:
        for bridge in port.bridges:
            factors: dict[SampleLane, float] = {}
            for lane in SAMPLE_LANES:
                mine = [
                    each
                    for each in samples
                    if (each.port, each.bridge) == (port.code, bridge.id) and lane_group(bridge, each.lane) == lane
                ]
                if mine:
                    counts = dict(border.counts.get(port.code, {}))
                    lane_factor = _lane_factor(
                        port, bridge, lane, _latest(mine), factors, counts, used[port.code], request, advance
                    )
                    factors[lane] = lane_factor.applied
                    found.append(lane_factor)
    return tuple(found)


def runs_of(samples: Sequence[WaitSample], border: Border, request: CalibrationRequest) -> int:
    """How many runs `calibrate` makes."""
    groups: dict[tuple[str, str, SampleLane], list[WaitSample]] = {}
    for port in border.ports.ports:
        for bridge in port.bridges:
            for each in samples:
                if (each.port, each.bridge) == (port.code, bridge.id):
                    groups.setdefault((port.code, bridge.id, lane_group(bridge, each.lane)), []).append(each)
    return sum(request.replications * (1 if _too_few(each) else len(FACTORS)) for each in groups.values())


def _latest(samples: Sequence[WaitSample]) -> list[WaitSample]:
    last = max(each.at for each in samples).date()
    return [each for each in samples if (last - each.at.date()).days < MOST_DAYS]


def _too_few(samples: Sequence[WaitSample]) -> bool:
    return len(samples) < FEWEST_READINGS or len({each.at.date() for each in samples}) < FEWEST_DAYS


def _lane_factor(
    port: PortDocument,
    bridge: Bridge,
    lane: SampleLane,
    samples: Sequence[WaitSample],
    factors: Mapping[SampleLane, float],
    counts: dict[Month, int],
    document: str,
    request: CalibrationRequest,
    advance: Callable[[int], None],
) -> LaneFactor:
    """What one lane class gives, at a bridge whose other class has its factor already."""
    minutes = np.array([each.minutes for each in samples])
    days = np.array([each.at.date().toordinal() for each in samples], dtype=np.int64)
    base = LaneFactor(
        port.code, bridge.id, lane, "too_few", len(samples), len(np.unique(days)), float(minutes.mean()),
        float(minutes.max()), document,
    )  # fmt: skip
    tried = np.ones(1) if _too_few(samples) else FACTORS
    try:
        waits = simulated_waits(
            port, bridge, samples, [{**factors, lane: float(factor)} for factor in tried], counts,
            request.replications, request.seed, request.workers, advance,
        )  # fmt: skip
    except ModelError:
        return msgspec.structs.replace(base, verdict="no_model")
    usual = int(np.abs(np.log(tried)).argmin())
    if not np.isnan(waits[usual]).all():
        base = msgspec.structs.replace(base, uncalibrated_mean=float(np.nanmean(waits[usual])))
    if len(tried) == 1:
        return base
    model = CapacityModel(tried, waits)
    usable = model.usable()
    if _too_few([samples[each] for each in usable]):
        return msgspec.structs.replace(base, verdict="no_trucks")
    held = _held_days(days[usable], request.check_share)
    fitted, checked = usable[~held], usable[held]
    part = model.fit(minutes, fitted, request.seed)
    forecast, assumed = model.predict(part.applied, part.scale), model.predict(1.0, model.scale(minutes, fitted, 1.0))
    at = int(np.abs(np.log(tried / part.applied)).argmin())
    apart = minutes - np.nanmean(waits[at], axis=0)
    bias = mean_interval([float(apart[checked][days[checked] == day].mean()) for day in np.unique(days[checked])])
    check = HeldOut(
        readings=len(checked),
        days=len(np.unique(days[checked])),
        factor=part.applied,
        within=forecast.within(minutes, checked),
        nominal=forecast.nominal(checked),
        width=float((forecast.high - forecast.low)[checked].mean()),
        uncalibrated=assumed.within(minutes, checked),
        uncalibrated_nominal=assumed.nominal(checked),
        bias=float(apart[checked].mean()),
        bias_low=float(max(bias.low, -_MOST_BIAS)),
        bias_high=float(min(bias.high, _MOST_BIAS)),
    )
    whole = model.fit(minutes, usable, request.seed)
    at = int(np.abs(np.log(tried / whole.applied)).argmin())
    return msgspec.structs.replace(
        base,
        verdict="checked" if check.passed else "failed",
        readings=len(usable),
        days=len(np.unique(days[usable])),
        calibrated_mean=float(np.nanmean(waits[at][:, usable])),
        factor=whole.factor,
        low=whole.low,
        high=whole.high,
        low_open=whole.low_open,
        high_open=whole.high_open,
        applied=whole.applied,
        error=whole.scale,
        check=check,
    )


def _held_days(days: Int64Array, share: float) -> Any:
    """bool[n]: the readings of days held out, spread evenly over the days; each side has at least one."""
    order, number = np.unique(days, return_inverse=True)
    held = np.floor(np.arange(1, len(order) + 1) * share + 1e-9) > np.floor(np.arange(len(order)) * share + 1e-9)
    held[-1] |= not held.any()
    held[0] &= not held.all()
    return held[number]


def dumped(calibration: Calibration) -> bytes:
    """A calibration as TOML."""
    lines = ["# Capacity factors of primary, fitted by `aforo twin calibrate`. The twin's waits are SYNTHETIC."]
    table = msgspec.to_builtins(calibration, builtin_types=(datetime,))
    lanes = table.pop("lanes")
    lines += [f"{name} = {_value(value)}" for name, value in table.items()]
    for lane in lanes:
        lines.append("\n[[lanes]]")
        check = lane.pop("check")
        lines += [f"{name} = {_value(value)}" for name, value in lane.items() if value is not None]
        if check is not None:
            pairs = ", ".join(f"{name} = {_value(value)}" for name, value in check.items())
            lines.append(f"check = {{ {pairs} }}")
    return ("\n".join(lines) + "\n").encode("utf-8")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(round(value, 6))
    if isinstance(value, datetime):
        return value.isoformat()
    return msgspec.json.encode(value).decode("utf-8")


def parse(document: bytes) -> Calibration:
    """The calibration of a TOML document. CalibrationError says what is wrong."""
    if len(document) > MOST_BYTES:
        raise CalibrationError(f"> {MOST_BYTES} bytes")
    try:
        return msgspec.toml.decode(document, type=Calibration)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError, ValueError) as wrong:
        raise CalibrationError(str(wrong)) from wrong


def calibrated(ports: Directory, calibration: Calibration) -> Directory:
    """These documents with the service times of primary times the factors; their bytes stay those that were written."""
    changed = []
    for port in ports.ports:
        bridges = []
        for bridge in port.bridges:
            factors = {each.lane: each.applied for each in calibration.of_bridge(f"{port.code}/{bridge.id}")}
            bridges.append(with_factors(bridge, factors) if factors else bridge)
        changed.append(msgspec.structs.replace(port, bridges=tuple(bridges)))
    return Directory(ports.documents, tuple(changed))


def digest(document: bytes) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(document).hexdigest()


def counts_text(calibration: Calibration) -> Text:
    """Which counts of trucks the calibration was made with."""
    return Text(calibration.counts_en, calibration.counts_es)
