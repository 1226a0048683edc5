"""The numbers that each rule needs at a bridge, from the traffic of other days.

A rule's level is that at which the examinations it orders would just fill the units that are up, all hours together, to
`FILL` of their time: the same idea for every rule, with no tuning.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from aforo.domain.units import Float64Array
from aforo.routing.choice import DOCK, POLICIES, RESOURCES, SCAN
from aforo.routing.parameters import parameters
from aforo.twin.books import books_of
from aforo.twin.network import MINUTE, Network
from aforo.twin.of_port import Modelled
from aforo.twin.policy import WAIT_CEILING, Policy
from aforo.twin.traffic import trucks_of
from aforo.twin.trucks import Trucks

#: The share of the time of all units that examinations are to fill.
FILL: Final = 0.85
#: At this backlog, minutes a unit that is up, the rules with a queue ask as much as the fixed threshold does.
USUAL_BACKLOG: Final = 10.0
#: No level is lower: a minute of an examination takes at least the minute of the truck itself.
LEAST: Final = 1.0
#: The seed of the days on which levels are found: never one that a scenario runs on.
OTHER_DAYS: Final = 2**40 + 7
#: The places at which a rule has a level, and the option that is weighed there; before the others those where trucks
#: are scanned before they come.
_WEIGHED: Final = {"portal": 1, "yard": 1, "scanner": 1, "dock": 4, "joint": 3}


def up_minutes(network: Network, resource: str, minutes: float) -> float:
    """Unit-minutes that are up at a resource from the start of the run for so many minutes."""
    total = 0.0
    for station in np.flatnonzero(network.resource == RESOURCES.index(resource)):
        mine = network.change_station == station
        at = np.concatenate(([0], network.change_at[mine] // MINUTE, [minutes]))
        units = np.concatenate(([network.servers[station]], network.change_servers[mine]))
        total += float((np.diff(np.minimum(at, minutes)) * units).sum())
    return total


def levels(bridge: Modelled, trucks: Trucks) -> dict[str, float]:
    """By resource, the value for each predicted minute from which examinations fill its units to `FILL`; at the scanner
    of those that are not scanned before they come."""
    minutes = len(bridge.demand.hourly) * 60.0
    found = {}
    left = np.ones(len(trucks), dtype=np.bool_)
    for resource, option in _WEIGHED.items():
        capacity = FILL * up_minutes(bridge.network, resource, minutes)
        taken = trucks.predicted[:, RESOURCES.index(resource)] / MINUTE
        if capacity <= 0.0 or not len(taken) or taken.max() <= 0.0:
            continue
        density = trucks.prevented[:, option] / np.maximum(taken, 1e-9)
        if option == SCAN:
            density[~left] = 0.0
            taken = np.where(left, taken, 0.0)
        order = np.argsort(-density, kind="stable")
        filled = np.cumsum(taken[order])
        last = int(np.searchsorted(filled, capacity))
        found[resource] = max(LEAST, float(density[order[last]])) if last < len(order) else LEAST
        if option == SCAN:
            left &= density <= found[resource]
    return found


def scanned_share(bridge: Modelled, trucks: Trucks) -> float:
    """The share of the trucks whose scans fill scanners, portals and yards to `FILL`, above 1 where there is more; no
    more than those whose alarms fill the docks, since a rule that draws has every alarm examined by hand."""
    minutes = len(bridge.demand.hourly) * 60.0
    share = 0.0
    for resource in ("scanner", "portal", "yard"):
        work = float(trucks.predicted[:, RESOURCES.index(resource)].clip(0).sum()) / MINUTE
        share += FILL * up_minutes(bridge.network, resource, minutes) / work if work > 0.0 else 0.0
    docks = up_minutes(bridge.network, "dock", minutes)
    asked = float((trucks.alarm * trucks.predicted[:, DOCK].clip(0)).sum()) / MINUTE
    return min(share, FILL * docks / asked) if docks > 0.0 and asked > 0.0 else share


def policy_of(name: str, bridge: Modelled, trucks: Trucks | None = None, wait_ceiling: float = WAIT_CEILING) -> Policy:
    """A policy at a bridge with the levels that other days give; `trucks` are of such days.

    `wait_ceiling` is the wait at the scanner, minutes, up to which the capacity policy fills it.
    """
    if name not in POLICIES:
        raise ValueError(f"{name!r} is no policy; they are {', '.join(POLICIES)}")
    if trucks is None:
        trucks = trucks_of(bridge.demand, OTHER_DAYS)
    code = POLICIES.index(name)
    if name == "priced":
        return Policy(code, parameters(level_weight=0.5), books_of(bridge, trucks), sees_list=True)
    return Policy(code, numbers_of(name, bridge, trucks, levels(bridge, trucks), wait_ceiling=wait_ceiling))


def numbers_of(
    name: str,
    bridge: Modelled,
    trucks: Trucks,
    level: dict[str, float],
    scale: float = 1.0,
    slope: float = 1.0,
    wait_ceiling: float = WAIT_CEILING,
) -> Float64Array:
    """The numbers of a rule; `scale` multiplies its levels and `slope` what the queue adds."""
    minutes = len(bridge.demand.hourly) * 60.0
    asked = {resource: scale * value for resource, value in level.items()}
    if name in ("threshold", "random", "lane_criteria", "none"):
        rate = min(1.0, scale * scanned_share(bridge, trucks))
        if name == "lane_criteria":
            cut = _cuts(bridge, trucks, scale)
            return parameters(rate=0.05, top_up_wait=USUAL_BACKLOG, lane_cut=cut, base=_values(asked, trucks))
        return parameters(rate=rate, per_minute=True, base=asked)
    base = {resource: 0.5 * value for resource, value in asked.items()}
    rise = {resource: slope * 0.5 * value / USUAL_BACKLOG for resource, value in asked.items()}
    if name == "queue_aware":
        for resource in rise:
            units = up_minutes(bridge.network, resource, minutes) / minutes
            rise[resource] /= max(units, 1.0)
    ceiling = wait_ceiling if name == "capacity" else 0.0
    return parameters(per_minute=True, base=base, slope=rise, top_up_wait=ceiling)


def _values(level: dict[str, float], trucks: Trucks) -> dict[str, float]:
    """Levels for an examination in place of those for a minute."""
    means = trucks.predicted.clip(0).mean(axis=0) / MINUTE if len(trucks) else np.zeros(len(RESOURCES))
    return {resource: value * float(means[RESOURCES.index(resource)]) for resource, value in level.items()}


def _cuts(bridge: Modelled, trucks: Trucks, scale: float) -> dict[str, float]:
    """The values from which lane criteria examine: the same share of every class, which fills the scanners."""
    share = min(1.0, scanned_share(bridge, trucks) / scale)
    cuts = {}
    for code, lane in enumerate(("fast", "standard", "empty", "hazmat")):
        held = trucks.prevented[trucks.lane == code, 1]
        cuts[lane] = float(np.quantile(held, 1.0 - share)) if len(held) else 0.0
    return cuts
