"""Which policy a port runs, and with what: the part of the policy document that governs capacity.

`[routing.default]` is for every port, `[routing."2304"]` for one; each figure has its source. From it follow the
numbers of `choice.choose`, and the targets, whose duals are stepped by who observes waits and rates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from aforo.domain.units import Float64Array
from aforo.routing.duals import Dual
from aforo.routing.parameters import LEAST_RULE, LEVEL_BELIEVED, LIST_BELIEVED, parameters

PolicyName = Literal["none", "random", "threshold", "queue_aware", "clearance", "lane_criteria", "priced", "capacity"]
ResourceName = Literal["scanner", "portal", "yard", "dock", "joint", "booth"]
LaneName = Literal["fast", "standard", "empty", "hazmat"]
Amount = Annotated[float, msgspec.Meta(ge=0.0, le=100_000.0)]
Part = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    policy: PolicyName
    source: str


class PartFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    share: Part
    source: str


class TimeFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    minutes: Annotated[float, msgspec.Meta(gt=0.0, le=1440.0)]
    source: str


class ValueFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value in truck-minutes from which an examination is worth it."""

    truck_minutes: Amount
    source: str


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rule a + b · queue at a resource, for each predicted minute of the examination: `base` truck-minutes, and
    `slope` more for each minute of work that is outstanding (clearance: for each minute of it a unit that is up)."""

    base: Amount
    slope: Amount
    source: str


class Ceiling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wait, minutes, that should not be exceeded; `step` is how fast its dual follows what it is missed by."""

    minutes: Annotated[float, msgspec.Meta(gt=0.0, le=1440.0)]
    source: str
    step: Amount = 0.05


class Least(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A share that should be reached, of trucks examined or of unit-minutes in use."""

    share: Part
    source: str
    step: Amount = 0.5


class Running(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a port runs. `rate` is the share by draw of the random policy and the top-up, and of every policy where risk
    does not answer; `top_up_below` the wait below which lane criteria top up and capacity scans;
    `wait_ceiling`, `least_rate` and `least_use` are targets by resource."""

    policy: Named = Named("priced", "design of the product")
    rate: PartFigure = PartFigure(0.05, "assumed")
    level_believed: PartFigure = PartFigure(LEVEL_BELIEVED, "simulated: benchmarks/routing_single_pool")
    list_believed: PartFigure = PartFigure(LIST_BELIEVED, "simulated: benchmarks/routing_single_pool")
    list_horizon: TimeFigure = TimeFigure(60.0, "19 CFR 123.92")
    blind_wait: TimeFigure = TimeFigure(10.0, "assumed")
    back_within: TimeFigure = TimeFigure(180.0, "assumed")
    top_up_below: TimeFigure = TimeFigure(5.0, "assumed")
    rule: dict[ResourceName, Rule] = {}
    lane_cut: dict[LaneName, ValueFigure] = {}
    wait_ceiling: dict[ResourceName, Ceiling] = {}
    least_rate: dict[ResourceName, Least] = {}
    least_use: dict[ResourceName, Least] = {}

    @property
    def repair(self) -> float:
        """The rate a minute at which a unit that is lost comes back, for `table.Resource`."""
        return 1.0 / self.back_within.minutes

    def targets(self) -> dict[tuple[str, str], Dual]:
        """The targets by what they bound (`wait`, `rate`, `use`) and resource, each with a dual of none."""
        found: dict[tuple[str, str], Dual] = {}
        for resource, ceiling in self.wait_ceiling.items():
            found["wait", resource] = Dual(ceiling.minutes, True, ceiling.step)
        for what, least in (("rate", self.least_rate), ("use", self.least_use)):
            for resource, share in least.items():
                found[what, resource] = Dual(share.share, False, share.step)
        return found

    def numbers(
        self, duals: Mapping[tuple[str, str], Dual] | None = None, shown: Float64Array | None = None
    ) -> Float64Array:
        """float64[PARAMETERS] for `choice.choose`, with the duals as they stand and what the list is worth
        (`lateness`). A resource without a rule has that of `parameters`."""
        surcharge: dict[str, float] = {}
        credit: dict[str, float] = {}
        for (what, resource), dual in (duals or {}).items():
            if what == "wait":
                surcharge[resource] = surcharge.get(resource, 0.0) + dual.dual
            else:
                credit[resource] = credit.get(resource, 0.0) + dual.dual
        names: tuple[ResourceName, ...] = ("scanner", "portal", "yard", "dock", "joint", "booth")
        plain = Rule(LEAST_RULE, LEAST_RULE, "assumed")
        return parameters(
            rate=self.rate.share,
            top_up_wait=self.top_up_below.minutes,
            per_minute=True,
            level_weight=self.level_believed.share,
            list_weight=self.list_believed.share,
            list_minutes=self.list_horizon.minutes,
            blind_wait=self.blind_wait.minutes,
            lane_cut={lane: cut.truck_minutes for lane, cut in self.lane_cut.items()},
            base={name: self.rule.get(name, plain).base for name in names},
            slope={name: self.rule.get(name, plain).slope for name in names},
            credit=credit,
            surcharge=surcharge,
            shown=None if shown is None else shown.tolist(),
        )


def running_at(routing: Mapping[str, Running], port: str) -> Running:
    """What a port runs: its own part of the document, else that for every port, else what the product ships."""
    return routing.get(port) or routing.get("default") or Running()
