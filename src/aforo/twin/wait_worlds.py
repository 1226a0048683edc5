"""The twin's waits at the places and hours of readings, under many factors of the service times of primary.

A run has the weekdays of the readings. Its trucks are those counted in the same weeks of a year that has counts: whole
weeks apart, so that a Tuesday stays a Tuesday. A reading is met by the mean wait of the trucks of its lane class that
came within half an hour of it, less the time at which no booth was up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
import numpy as np
from joblib import Parallel, delayed

from aforo.domain.bridge import LaneClass
from aforo.domain.units import Float64Array
from aforo.ports.document import Bridge, Lane, PortDocument
from aforo.twin.levels import policy_of
from aforo.twin.network import HOUR, LANES, MINUTE
from aforo.twin.of_port import ModelError, hourly_demand, modelled
from aforo.twin.outcomes import shut_minutes, waited
from aforo.twin.run import run
from aforo.twin.traffic import trucks_of
from aforo.twin.wait_samples import SampleLane, WaitSample, lane_group
from aforo.twin.working_days import Month

#: Factors that are tried: from half the service time to three times, the one that changes nothing among them.
FACTORS: Final[Float64Array] = 1.04 ** np.arange(-18.0, 29.0)
#: Readings are used of so many days, the last.
MOST_DAYS: Final = 62
#: Days before the first reading: a queue may stand from the day before.
_LEAD: Final = 1
#: Weeks of a year, and years that are tried on either side for counts.
_WEEKS, _YEARS = 52, 20
_FAST: Final = LANES.index("fast")


def counted_start(first: date, days: int, counts: dict[Month, int]) -> date | None:
    """The day, whole years of weeks away, from which every month of so many days has a count; None for none."""
    for years in sorted(range(-_YEARS, _YEARS + 1), key=abs):
        start = first + timedelta(weeks=_WEEKS * years)
        inside = (start + timedelta(days=day) for day in range(days))
        if all((day.year, day.month) in counts for day in inside):
            return start
    return None


def with_factors(bridge: Bridge, factors: Mapping[SampleLane, float]) -> Bridge:
    """The bridge with the service times of primary of each lane group times its factor."""
    lanes = lanes_with_factors(bridge.lanes, factors, lane_group(bridge, "fast"))
    return msgspec.structs.replace(bridge, lanes=lanes)


def lanes_with_factors(
    served: Mapping[LaneClass, Lane], factors: Mapping[SampleLane, float], fast_group: SampleLane
) -> dict[LaneClass, Lane]:
    """These lanes with the service times of primary times the factor of their group; `fast_group` is that of FAST."""
    lanes = {}
    for lane, line in served.items():
        factor = factors.get(fast_group if lane == "fast" else "standard", 1.0)
        primary = line.primary
        if primary is not None:
            primary = msgspec.structs.replace(
                primary, mean_minutes=primary.mean_minutes * factor, sd_minutes=primary.sd_minutes * factor
            )
        lanes[lane] = msgspec.structs.replace(line, primary=primary)
    return lanes


def simulated_waits(
    port: PortDocument,
    bridge: Bridge,
    samples: Sequence[WaitSample],
    factors: Sequence[dict[SampleLane, float]],
    counts: dict[Month, int],
    replications: int,
    seed: int,
    workers: int = 1,
    advance: Callable[[int], None] = lambda _: None,
) -> Float64Array:
    """float64[factors, replications, samples]: minutes at each sample's lane and hour; NaN where no truck came.

    ModelError where no year has counts, or the bridge cannot be simulated.
    """
    first = min(each.at for each in samples).date() - timedelta(days=_LEAD)
    days = (max(each.at for each in samples).date() - first).days + 1
    start = counted_start(first, days, counts)
    if start is None:
        raise ModelError("model_no_count", port=port.name, month=f"{first:%Y-%m}")
    hourly = hourly_demand(port, bridge, start, days, counts)
    origin = datetime.combine(first, datetime.min.time())
    hours = np.array([round((each.at - origin) / timedelta(hours=1)) for each in samples])
    fast = np.array([lane_group(bridge, each.lane) == "fast" for each in samples])
    policy = policy_of("clearance", modelled(port, bridge, start, hourly, seed))

    def means(number: int, changed: Bridge) -> Float64Array:
        ready = modelled(port, changed, start, hourly, seed + number)
        fates, _ = run(
            ready.network, trucks_of(ready.demand, seed + number), policy, seed=seed + number, port=ready.demand.stream
        )
        wait = waited(fates) - shut_minutes(ready.network, fates.arrives, fates.primary)
        hour = (fates.arrives + 30 * MINUTE) // HOUR
        own_booths = lane_group(bridge, "fast") == "fast"
        of_each = np.full(len(samples), np.nan)
        for group in (False, True):
            mine = ~np.isnan(wait) & (((fates.lane == _FAST) & own_booths) == group)
            size = 24 * days + 25
            total = np.bincount(hour[mine], wait[mine], size)
            number_of = np.bincount(hour[mine], minlength=size)
            with np.errstate(invalid="ignore", divide="ignore"):
                mean = total / np.where(number_of > 0, number_of, np.nan)
            of_each[fast == group] = mean[hours[fast == group]]
        advance(1)
        return of_each

    bridges = [with_factors(bridge, each) for each in factors]
    made = Parallel(n_jobs=workers, backend="threading")(
        delayed(means)(number, changed) for changed in bridges for number in range(replications)
    )
    waits: Float64Array = np.array(made).reshape(len(factors), replications, len(samples))
    return waits
