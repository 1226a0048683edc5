"""Decisions on the crossings of a batch: lots, the declaration that speaks for its crossing, basis and price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from aforo.domain.units import PPB, Int64Array
from aforo.flow.arrival import arrival_days, lot_place
from aforo.flow.batch import Batch
from aforo.flow.choices import choices
from aforo.flow.judge import Judged
from aforo.flow.node import Node
from aforo.flow.priced import Choice, Moment
from aforo.risk import lottery
from aforo.routing.decide import RELEASED, decide, decide_one
from aforo.routing.rate import RatePrice

#: Stands for the speaker of a crossing of which nothing stands any more.
NOBODY = -1
#: As crossings file, where nobody says otherwise.
FILED = Moment()


@dataclass(frozen=True)
class Lots:
    """The lottery's part in n crossings: what was drawn, from what, and with which chance."""

    day: list[date]
    zone: list[str]
    passages: list[int]
    lot: Int64Array
    control_ppb: Int64Array
    pool: list[str]


@dataclass(frozen=True)
class CrossingDecisions:
    """Decisions on the crossings of a batch, in its order; `speaker` is the row that speaks for each, or NOBODY."""

    lots: Lots
    speaker: Int64Array
    value: Int64Array
    mandatory: npt.NDArray[np.bool_]
    basis: Int64Array
    propensity: Int64Array
    price: Int64Array
    price_after: RatePrice
    #: By crossing, the choices of those whose bridges have prices; the others meet the price of the rate.
    choices: Mapping[int, Choice] = field(default_factory=dict)


def decide_crossings(batch: Batch, judged: Judged, node: Node, moment: Moment = FILED) -> CrossingDecisions:
    """Decide every crossing of a batch, in its order, at `moment`.

    What is mandatory by any declaration that stands is mandatory for the crossing. A crossing that was decided before
    keeps its lot and its chance, and does not count a second time in the rate. One that was cancelled is released.
    Where the bridge has prices, value is held against those, and the crossing does not count in the rate at all.
    """
    count = len(batch.names)
    speaker = speakers(judged.probability_ppb, batch.crossing, batch.stands, count)
    live = speaker != NOBODY
    at = np.where(live, speaker, 0)
    lots = _draw(batch, node)
    value = np.where(live, judged.value[at], 0)
    mandatory = np.zeros(count, dtype=np.bool_)
    np.logical_or.at(mandatory, batch.crossing, judged.mandatory & batch.stands)
    made_by_price = choices(batch, judged, speaker, lots.lot, lots.zone, node, moment)
    first = live.copy()
    first[[*batch.earlier, *made_by_price]] = False
    made = decide(mandatory[first], lots.lot[first], lots.control_ppb[first], value[first], node.price)
    basis = np.full(count, RELEASED, dtype=np.int64)
    propensity = lots.control_ppb.copy()
    # Each meets the price of its turn, those that do not move it as well: that of the next one that does.
    prices = np.append(made.price, made.after.price)
    price = prices[np.cumsum(first) - first]
    basis[first], propensity[first] = made.basis, made.propensity
    for c in np.flatnonzero(live & ~first).tolist():
        choice = made_by_price.get(c)
        own_value, own_price = (int(value[c]), int(price[c])) if choice is None else worth_of(choice)
        basis[c], propensity[c] = decide_one(
            bool(mandatory[c]), int(lots.lot[c]), int(lots.control_ppb[c]), own_value, own_price
        )
    for c, choice in made_by_price.items():
        value[c], price[c] = choice.value, choice.price
    return CrossingDecisions(lots, speaker, value, mandatory, basis, propensity, price, made.after, made_by_price)


def worth_of(choice: Choice) -> tuple[int, int]:
    """Value and price of a choice by price as `decide_one` compares them: the choice is made, with all of its terms."""
    return int(choice.examines), 0


def speakers(
    probability_ppb: Int64Array, crossing: Int64Array, stands: npt.NDArray[np.bool_], count: int
) -> Int64Array:
    """The row that speaks for each of `count` crossings: its riskiest standing declaration, the first of equals."""
    speaker = np.full(count, NOBODY, dtype=np.int64)
    rows = np.flatnonzero(stands)
    order = rows[np.lexsort((rows, -probability_ppb[rows], crossing[rows]))]
    named, first = np.unique(crossing[order], return_index=True)
    speaker[named] = order[first]
    return speaker


def _draw(batch: Batch, node: Node) -> Lots:
    """The lot of each crossing: drawn from its root declaration, or as it was drawn before."""
    roots = batch.table[batch.roots]
    plan = node.force.plan
    ports: list[str | None] = roots["port"].to_list()
    today = node.clock().date()
    # A filing that claims to be of a day whose key is published knows its lot: it draws with the key of today.
    days = [
        day if day not in node.revealed_days else today for day in arrival_days(roots, node.force.policy, node.zone_of)
    ]
    place_of = {port: lot_place(port) for port in set(ports)}
    places = [place_of[port] for port in ports]
    tractors: list[int] = batch.identities["tractor"][batch.roots].tolist()
    passages = [
        node.passages.count(tractor, place, day) if tractor else 0
        for tractor, place, day in zip(tractors, places, days, strict=True)
    ]
    subjects = [
        tractor or lottery.declaration_subject(name) for tractor, name in zip(tractors, batch.names, strict=True)
    ]
    master = node.keys.secret("lottery")
    keys = {day: lottery.day_key(master, day) for day in set(days)}
    lot = lottery.draw_all([keys[day] for day in days], subjects, places, passages)
    stratum = (roots["port"], roots["lane"], roots["trade_programme"])
    control_ppb = plan.propensity_ppb(*stratum)
    names = plan.names
    pools = [names[pool] for pool in plan.pools_of(*stratum).tolist()]
    zones = {port: node.zone_of(port) or "" for port in set(ports)}
    zone = [zones[port] for port in ports]
    for c, old in batch.earlier.items():
        was = old.decided
        lot[c], control_ppb[c] = was.lot, was.control_propensity
        days[c], passages[c], pools[c], zone[c] = date.fromisoformat(was.day), was.passages, was.stratum, was.zone
    assert control_ppb.max(initial=0) <= PPB
    return Lots(days, zone, passages, lot, control_ppb, pools)
