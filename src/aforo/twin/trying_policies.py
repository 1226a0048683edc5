"""The policies of the test world of filers who try, and what they have learnt of filers from other days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from aforo.domain.units import Float64Array, Int64Array
from aforo.routing.book import ResourceTables, book_of
from aforo.routing.choice import CLASSES, CLEARANCE, PRICED, SCAN, SCANNER
from aforo.routing.lateness import Filers, Lateness
from aforo.routing.parameters import parameters
from aforo.routing.table import Resource, cell_of, demand_of, forecast_of, solve
from aforo.routing.trips import Alike, alike
from aforo.routing.tuning import knobs_of, tune
from aforo.twin.filers import Filed, with_values
from aforo.twin.network import HOUR, MINUTE, NEVER
from aforo.twin.policy import Policy
from aforo.twin.trying import CHANCES, PROFILE, SCAN_MINUTES, Day, Place, played_out

#: The list's horizon, minutes, and how much level and list are believed.
LIST_MINUTES, BELIEVED = 60.0, 0.8
#: Findings in an hour of the day that speak beside its own, and the most that an hour changes the risk.
LEAN, MOST = 20.0, 8.0


@dataclass(frozen=True)
class Known:
    """What other days have taught: of the list by class of value and by filer; of the risk of an hour (float64[24], a
    factor), and of a tractor's trips that look alike."""

    lateness: Lateness
    filers: Filers
    by_hour: Float64Array
    alike: Alike


def learnt(days: Sequence[Filed], outcomes: Sequence[Day]) -> Known:
    """What days teach, in their order; `outcomes` are what was scanned and found on them.

    The factor of an hour is what was found over what was expected of those who were scanned: the least that a risk
    model learns which knows the hour (`filing.hour` of the risk room).
    """
    filers, lateness = list_of(days)
    found, expected = np.sum([each.by_hour for each in outcomes], axis=0)
    factor = np.clip((found + LEAN) / (expected + LEAN), 1.0 / MOST, MOST)
    trips = Alike()
    for each, day in zip(days, outcomes, strict=True):
        counts = _alike(each)[day.rows]
        hidden = CHANCES[each.trucks.threat[day.rows]]
        trips = trips.after(counts, hidden, each.trucks.prevented[day.rows, SCAN] / PROFILE.harm)
    return Known(lateness, filers, factor, trips)


def list_of(days: Sequence[Filed]) -> tuple[Filers, Lateness]:
    """What days teach of the list, in their order: by filer, and by class of those who were believed on their day."""
    filers, lateness = Filers(), Lateness(list_minutes=LIST_MINUTES)
    for each in days:
        seen = on_the_list(each, filers).trucks
        minutes = np.where(seen.listed == NEVER, 0, seen.arrives - seen.listed) / MINUTE
        lateness = lateness.after(seen.value_class.astype(np.int64), minutes, seen.shows == 1)
        filers = filers.after(each.filer, each.trucks.shows == 1)
    return filers, lateness


def on_the_list(filed: Filed, filers: Filers) -> Filed:
    """The filings of those who are not believed are not on the list."""
    believed = {filer: filers.believed(filer) for filer in np.unique(filed.filer).tolist()}
    kept = np.array([believed[filer] for filer in filed.filer.tolist()], dtype=np.bool_)
    return replace(filed, trucks=replace(filed.trucks, listed=np.where(kept, filed.trucks.listed, NEVER)))


def as_known(filed: Filed, known: Known) -> Filed:
    """Trucks and list as one who knows sees them."""
    trucks = filed.trucks
    hour = (trucks.arrives // HOUR) % 24
    factor = known.by_hour[hour] * known.alike.factor()[_alike(filed) - 1]
    return on_the_list(replace(filed, trucks=with_values(trucks, factor)), known.filers)


def _alike(filed: Filed) -> Int64Array:
    trucks = filed.trucks
    return alike(trucks.prevented[:, SCAN], filed.tractor, trucks.arrives / MINUTE, trucks.filed / MINUTE)


def priced(place: Place, days: Sequence[Filed], lateness: Lateness | None, *, on_list: float = BELIEVED) -> Policy:
    """The priced policy with tables solved from these days, and what is known of the list by class."""
    came = [each.trucks.rows(each.trucks.shows == 1) for each in days]
    values = np.concatenate([each.prevented[:, SCAN] for each in came])
    predicted = np.concatenate([each.predicted[:, SCANNER] for each in came]) / MINUTE
    actual = np.concatenate([each.service[:, SCANNER] for each in came]) / MINUTE
    demand = demand_of(values, predicted, np.repeat(place.hourly() / 60.0, 4))
    mean = float(predicted.mean())
    residual = 0.5 * float((actual**2).mean()) / float(actual.mean())
    cell = cell_of(place.scanners, mean)
    resource = Resource(np.full(96, float(place.scanners)), place.scanners, mean, residual)
    tables = ResourceTables(solve(demand, resource, cell), cell, mean, residual)
    forecast = forecast_of(demand, LIST_MINUTES)
    late = np.zeros(CLASSES) if lateness is None else lateness.late()
    shown = None if lateness is None else lateness.shown().tolist()
    book = book_of({"scanner": tables}, forecast, forecast * late[None, :])
    params = parameters(level_weight=BELIEVED, list_weight=on_list, list_minutes=LIST_MINUTES, shown=shown)
    return Policy(PRICED, params, book[None, :], sees_list=True)


def clearance(place: Place, days: Sequence[Filed], seeds: Sequence[int]) -> Policy:
    """The clearance rule for a predicted minute, tuned on these days for what it is worth there in truth."""

    def worth(params: Float64Array) -> float:
        played = (
            played_out(place, day, Policy(CLEARANCE, params), seed).worth for day, seed in zip(days, seeds, strict=True)
        )
        return sum(played) / len(days)

    usual = float(np.quantile(days[0].trucks.prevented[:, SCAN], max(1.0 - 1.0 / place.load, 0.3)))
    knobs = knobs_of("clearance", {"scanner": usual}, {"scanner": SCAN_MINUTES}, per_minute=True)
    return Policy(CLEARANCE, tune(worth, parameters(), knobs, per_minute=True).params)
