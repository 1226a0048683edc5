"""The calibration of a border by waits: a capacity factor for each lane class, and the check of each base.

Waits alone do not tell slow booths from few booths or from more trucks than were counted: each is a factor of the load,
and `UNIDENTIFIED` names them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.measures.crossing_times import mean_interval
from aforo.ports.document import Bridge, PortDocument
from aforo.twin.border import Border
from aforo.twin.calibration_document import HeldOut, LaneFactor
from aforo.twin.capacity_fit import CapacityModel
from aforo.twin.of_port import ModelError
from aforo.twin.wait_samples import SAMPLE_LANES, SampleLane, WaitSample, lane_group
from aforo.twin.wait_worlds import FACTORS, MOST_DAYS, simulated_waits
from aforo.twin.working_days import Month

#: Fewer readings of a lane class, or of fewer days, fit no factor and check no base.
FEWEST_READINGS: Final = 20
FEWEST_DAYS: Final = 4
#: What waits alone cannot tell apart, or cannot tell at all; keys of the catalogue.
UNIDENTIFIED: Final = (
    "unidentified_booths", "unidentified_demand", "unidentified_spread", "unidentified_after",
)  # fmt: skip
#: Limits of a mean difference that one day alone leaves open, minutes.
_MOST_BIAS: Final = 10_000.0


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
    return base if len(tried) == 1 else judged(base, CapacityModel(tried, waits), minutes, days, request)


def judged(
    base: LaneFactor, model: CapacityModel, minutes: Float64Array, days: Int64Array, request: CalibrationRequest
) -> LaneFactor:
    """A lane class with its factor and its check; `minutes` and `days` are those of the readings of the model."""
    usable = model.usable()
    if len(usable) < FEWEST_READINGS or len(np.unique(days[usable])) < FEWEST_DAYS:
        return msgspec.structs.replace(base, verdict="no_trucks")
    held = _held_days(days[usable], request.check_share)
    whole = model.fit(minutes, usable, request.seed)
    check = _check(model, minutes, days, usable[~held], usable[held], request.seed)
    return msgspec.structs.replace(
        base,
        verdict="checked" if check.passed else "failed",
        readings=len(usable),
        days=len(np.unique(days[usable])),
        calibrated_mean=float(model.means(whole.applied)[usable].mean()),
        factor=whole.factor,
        low=whole.low,
        high=whole.high,
        low_open=whole.low_open,
        high_open=whole.high_open,
        applied=whole.applied,
        error=whole.scale,
        check=check,
    )


def _check(
    model: CapacityModel,
    minutes: Float64Array,
    days: Int64Array,
    fitted: Int64Array,
    checked: Int64Array,
    seed: int,
) -> HeldOut:
    """How readings held out lie in what a fit to the others predicts."""
    part = model.fit(minutes, fitted, seed)
    forecast, assumed = model.predict(part.applied, part.scale), model.predict(1.0, model.scale(minutes, fitted, 1.0))
    apart = minutes - model.means(part.applied)
    bias = mean_interval([float(apart[checked][days[checked] == day].mean()) for day in np.unique(days[checked])])
    return HeldOut(
        readings=len(checked),
        days=len(np.unique(days[checked])),
        factor=part.applied,
        within=forecast.within(minutes, checked),
        nominal=forecast.nominal(checked),
        width=float((forecast.high - forecast.low)[checked].mean()),
        uncalibrated=assumed.within(minutes, checked),
        uncalibrated_nominal=assumed.nominal(checked),
        published=float(minutes[checked].mean()),
        bias=float(apart[checked].mean()),
        bias_low=float(max(bias.low, -_MOST_BIAS)),
        bias_high=float(min(bias.high, _MOST_BIAS)),
    )


def _held_days(days: Int64Array, share: float) -> Any:
    """bool[n]: the readings of days held out, spread evenly over the days; each side has at least one."""
    order, number = np.unique(days, return_inverse=True)
    held = np.floor(np.arange(1, len(order) + 1) * share + 1e-9) > np.floor(np.arange(len(order)) * share + 1e-9)
    held[-1] |= not held.any()
    held[0] &= not held.all()
    return held[number]
