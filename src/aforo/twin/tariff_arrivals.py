"""Arrivals under a tariff or a rule: what trucks of each port come to, week by week, in drawn futures.

Of a port's trucks the share `goods` carries what the rule concerns. t weeks from the day it is in force, these come to

    m(t) = 1 + front · max(0, 1 + t / front_weeks)                      for t < 0, not before the announcement
    m(t) = 1 − paid(t) − (1 − (1 + rate)^−elasticity) · fall(t)          for t ≥ 0

of their usual number, where paid(t) gives back a share of all that came early, evenly over the weeks of payback, and
fall(t) rises to one over the weeks of the fall and then loses what returns. Of what is left the share `diverted` goes
elsewhere: to the alternatives by the diversion that was fitted to past shocks (`twin.diversion`), or nowhere. All of a
port's trucks are multiplied by what else is not foreseen. A week has the mean of its days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from aforo.domain.units import Float64Array
from aforo.ports.document import Bridge, PortDocument
from aforo.twin.border import Border
from aforo.twin.diversion import FITTED, Alternative, drawn_shares
from aforo.twin.of_port import ModelError, hourly_demand
from aforo.twin.plan_documents import PlanError, chances
from aforo.twin.shocks import Place, road_minutes
from aforo.twin.tariffs import Tariff
from aforo.twin.working_days import Month, of_month

_PURPOSE: Final = 21


@dataclass(frozen=True)
class Drawn:
    """The figures of one future."""

    goods: float
    rate: float
    front: float
    front_weeks: float
    paid_back: float
    payback_weeks: float
    elasticity: float
    fall_weeks: float
    returned: float
    return_weeks: float
    diverted: float


@dataclass(frozen=True)
class Arrivals:
    """Trucks over their usual number: `factors` float64[futures, ports, weeks], 1 where nothing changes; `usual`
    float64[ports, weeks]; ports by code, those concerned first; `based` the month whose counts feed each week.
    `undiverted` are ports concerned, by name, whose trucks go to no alternative since a place is not known."""

    ports: tuple[str, ...]
    weeks: tuple[date, ...]
    factors: Float64Array
    usual: Float64Array
    based: dict[str, str]
    undiverted: tuple[str, ...]

    def trucks(self) -> Float64Array:
        """float64[futures, ports, weeks]: trucks."""
        made: Float64Array = self.factors * self.usual
        return made

    def busiest(self, port: str) -> tuple[int, ...]:
        """The week with most trucks of a port, by future."""
        return tuple(int(each) for each in self.trucks()[:, self.ports.index(port)].argmax(axis=1))

    def quietest(self, port: str) -> int:
        """The week with fewest trucks of a port on the mean of futures."""
        return int(self.trucks()[:, self.ports.index(port)].mean(axis=0).argmin())


def drawn_of(tariff: Tariff, future: int) -> tuple[Drawn, np.random.Generator]:
    """The figures of a future, and the generator from which its ports draw what else is not foreseen."""
    own = chances(tariff.seed, future, _PURPOSE)
    moves = tariff.moves
    figures = (
        tariff.goods, tariff.rate, moves.front_loading, moves.front_weeks, moves.paid_back, moves.payback_weeks,
        moves.elasticity, moves.fall_weeks, moves.returned, moves.return_weeks, moves.diverted,
    )  # fmt: skip
    values = [each.drawn(next(own)) for each in figures]
    return Drawn(*values), np.random.Generator(np.random.PCG64((tariff.seed, _PURPOSE + 1, future)))


def concerned_by_day(drawn: Drawn, days: Float64Array, announced: float) -> Float64Array:
    """What the trucks concerned come to on each day, over their usual number; `days` in weeks from the day the rule is
    in force, `announced` likewise."""
    early = np.where((days < 0.0) & (days >= announced), _ramp(days, drawn.front_weeks), 0.0) * drawn.front
    brought = float(early.sum()) / 7.0
    paid = np.zeros(len(days))
    if brought > 0.0:
        weeks = max(drawn.payback_weeks, 1.0)
        paid = np.where((days >= 0.0) & (days < weeks), drawn.paid_back * brought / weeks, 0.0)
    after = np.maximum(days, 0.0)
    reached = np.minimum(1.0, after / drawn.fall_weeks) if drawn.fall_weeks > 0.0 else np.ones(len(days))
    back = np.clip((after - drawn.fall_weeks) / max(drawn.return_weeks, 1e-9), 0.0, 1.0)
    fall = (1.0 - (1.0 + drawn.rate) ** -drawn.elasticity) * reached * (1.0 - drawn.returned * back)
    made: Float64Array = np.maximum(1.0 + early - paid - np.where(days >= 0.0, fall, 0.0), 0.0)
    return made


def _ramp(days: Float64Array, weeks: float) -> Float64Array:
    rising: Float64Array = np.clip(1.0 + days / weeks, 0.0, 1.0) if weeks > 0.0 else np.zeros(len(days))
    return rising


def counts_for(tariff: Tariff, border: Border, port: PortDocument) -> dict[Month, int]:
    """The counts of a port with the months of the tariff that were not counted: those of the same month of the last
    year that was, by its working days. PlanError where there is none."""
    counts = dict(border.counts.get(port.code, {}))
    last = tariff.weeks()[-1] + timedelta(days=6)
    day = tariff.weeks()[0]
    while day <= last:
        month = (day.year, day.month)
        if month not in counts:
            source = based_on(counts, month)
            if source is None:
                raise PlanError("tariff_no_count", port=port.name, month=f"{day:%Y-%m}")
            counts[month] = round(counts[source] * of_month(month) / of_month(source))
        day = day.replace(day=28) + timedelta(days=4)
        day = day.replace(day=1)
    return counts


def based_on(counts: Mapping[Month, int], month: Month) -> Month | None:
    """The month whose counts feed this one: itself, else the same of the last year that was counted."""
    years = [year for year, of_year in counts if of_year == month[1] and year <= month[0]]
    return (max(years), month[1]) if years else None


def arrivals(tariff: Tariff, border: Border, futures: int) -> Arrivals:
    """The arrivals of the ports concerned, and of the alternatives, in so many futures."""
    concerned, others = _ports(tariff.concerned(border.ports)), _ports(tariff.others(border.ports))
    weeks = tariff.weeks()
    usual = np.array([_usual(tariff, border, port) for port in (*concerned, *others)])
    days = np.array([(weeks[0] - tariff.effective).days + passed for passed in range(7 * len(weeks))]) / 7.0
    announced = (tariff.announced - tariff.effective).days / 7.0
    alternatives = _alternatives(concerned, others)
    factors = np.ones((futures, len(usual), len(weeks)))
    for future in range(futures):
        drawn, generator = drawn_of(tariff, future)
        own = concerned_by_day(drawn, days, announced)
        going = np.where(days >= 0.0, drawn.diverted, 0.0)
        kept = (own * (1.0 - going)).reshape(-1, 7).mean(axis=1)
        gone = (own * going).reshape(-1, 7).mean(axis=1)
        factors[future, : len(concerned)] = 1.0 - drawn.goods + drawn.goods * kept
        for at, options in enumerate(alternatives):
            if options:
                seed = _seed(tariff.seed, future)
                shares = drawn_shares(FITTED, options, [0.0], 1, seed)[0, 0]
                for other, share in enumerate(shares):
                    place = len(concerned) + other
                    moved = drawn.goods * gone * share * usual[at]
                    more = np.divide(moved, usual[place], out=np.zeros(len(weeks)), where=usual[place] > 0.0)
                    factors[future, place] += more
        low, high = tariff.moves.other.ends()
        factors[future] *= generator.uniform(low, high, (len(usual), 1))
    based = {
        f"{week:%Y-%m}": "{:04d}-{:02d}".format(*(based_on(border.counts.get(concerned[0].code, {}), month) or month))
        for week in weeks
        for month in [(week.year, week.month)]
    }
    undiverted = tuple(
        port.name for port, options in zip(concerned, alternatives, strict=True) if others and not options
    )
    return Arrivals(tuple(port.code for port in (*concerned, *others)), weeks, factors, usual, based, undiverted)


def week_at(tariff: Tariff, border: Border, port: PortDocument, bridge: Bridge, week: date) -> Float64Array:
    """float64[168]: the trucks that come to a bridge in the hours of an ordinary week."""
    try:
        return hourly_demand(port, bridge, week, 7, counts_for(tariff, border, port))
    except ModelError as wrong:
        raise PlanError("port_plan_no_model", place=f"{port.code}/{bridge.id}", why=wrong.text) from wrong


def _seed(seed: int, future: int) -> int:
    """The seed of a future's diversion; futures of plans with other seeds share none."""
    return int(np.random.SeedSequence((seed, _PURPOSE + 2, future)).generate_state(1, np.uint64)[0])


def _usual(tariff: Tariff, border: Border, port: PortDocument) -> list[float]:
    return [
        sum(float(week_at(tariff, border, port, bridge, week).sum()) for bridge in port.bridges)
        for week in tariff.weeks()
    ]


def _ports(bridges: Sequence[tuple[PortDocument, Bridge]]) -> list[PortDocument]:
    return list({port.code: port for port, _ in bridges}.values())


def _alternatives(concerned: Sequence[PortDocument], others: Sequence[PortDocument]) -> list[list[Alternative]]:
    """The alternatives of each port concerned; none where one of the places is not known."""
    found = []
    for port in concerned:
        options = [
            Alternative(other.name, _lanes(other), road_minutes(_place(port), _place(other)))
            for other in others
            if port.place is not None and other.place is not None
        ]
        found.append(options if len(options) == len(others) else [])
    return found


def _lanes(port: PortDocument) -> int:
    return max(1, sum(bridge.booths.count for bridge in port.bridges if bridge.booths is not None))


def _place(port: PortDocument) -> Place:
    assert port.place is not None
    return Place(port.place.lat, port.place.lon, _lanes(port))
