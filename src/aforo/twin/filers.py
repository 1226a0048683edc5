"""Filers who try: trucks of a bridge whose filers have something to hide, and what they do with their filings.

Each ploy takes the columns of honest trucks and gives those of the same days with the ploy in them. All that a ploy
does not touch stays as it was drawn, so that honest filing and ploy meet the same trucks. Synthetic: nobody publishes
what filers try.

- `late`: not on the list, and not filed before arrival: as late as can be.
- `decoys`: for each trip some filings that look as it does and never come; they are due just after it.
- `clean`: the same, and they come, shortly before it, with nothing in them.
- `split`: in the place of one trip several over the rest of the day, each with its part of the harm and of the looks.
- `retimed`: the trip is made in a stated hour of its day, and filed for it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from aforo.domain.units import Float64Array, Int64Array
from aforo.routing.choice import CLASSES, SCAN, SCANNER, class_of
from aforo.twin.draws import ETA, SHOW, uniforms
from aforo.twin.network import DAY, HOUR, MINUTE, NEVER
from aforo.twin.trucks import Trucks

PloyName = Literal["honest", "late", "decoys", "clean", "split", "retimed"]
PLOYS: Final[tuple[PloyName, ...]] = ("honest", "late", "decoys", "clean", "split", "retimed")
#: Honest trucks are numbered so far apart that what filers add goes between them, and draws stay with their truck.
STRIDE: Final = 4096
#: How far apart the parts of a trip are, if they can be, and the hour of the day by which they have all come.
APART: Final = 125 * MINUTE
LAST: Final = 22
#: When a truck that was due is given up, and how far before its trip a clean decoy comes.
GRACE: Final = 15 * MINUTE
AHEAD: Final = 30 * MINUTE
#: Filers of honest trucks, and those whose trucks hide something; filers that nobody knows are numbered above.
HONEST_FILERS, HIDING_FILERS, FRESH = 300, 20, 1_000_000
#: Trips of a tractor in a day, on average: short hauls across the bridge and back. Assumed.
TRIPS: Final = 2.2
#: Tractors are numbered below this; those of loads with something in them above, so many, of one load a day or so.
HONEST_TRACTORS: Final = 1_000_000
HIDING_TRACTORS: Final = 120


@dataclass(frozen=True)
class Filed:
    """Trucks with what is known of who filed them. `filer` and `tractor` int64[n] by number. `trip` int64[n]: for a
    truck of a filer who tries the row of its honest trip among those who try, −1 of all others. `harm` float64[n]: the
    share of a trip's harm that the truck carries."""

    trucks: Trucks
    filer: Int64Array
    tractor: Int64Array
    trip: Int64Array
    harm: Float64Array


def honest(
    trucks: Trucks, seed: int, stream: int, *, eta_minutes: float = 10.0, no_shows: float = 0.03, share: float = 1.0
) -> Filed:
    """Trucks as honest filers file them: the stated arrival is missed by a normal error, and a share never comes.

    `share` of the trucks with something to hide are those who will try; they always come. Of the others nothing is
    ever changed but by them.
    """
    from scipy import special

    n = len(trucks)
    chance = {what: uniforms(seed, stream, 0, n, what) for what in (ETA, SHOW)}
    tries = (trucks.threat >= 0) & (uniforms(seed, stream, n, n, SHOW) < share)
    error = eta_minutes * MINUTE * special.ndtri(np.clip(chance[ETA], 1e-9, 1.0 - 1e-9))
    lead = trucks.arrives - trucks.filed
    listed = np.minimum(trucks.arrives + error.astype(np.int64) - lead, trucks.arrives)
    comes = (chance[SHOW] >= no_shows) | (trucks.threat >= 0)
    arrives = np.where(comes, trucks.arrives, trucks.arrives + GRACE)
    own = uniforms(seed, stream, 2 * n, n, SHOW)
    filer = np.where(trucks.threat >= 0, HONEST_FILERS + own * HIDING_FILERS, own * HONEST_FILERS).astype(np.int64)
    at = uniforms(seed, stream, 3 * n, n, SHOW)
    tractor = np.where(
        trucks.threat >= 0,
        HONEST_TRACTORS + (at * HIDING_TRACTORS).astype(np.int64),
        (at * min(max(1, round(n / TRIPS)), HONEST_TRACTORS)).astype(np.int64),
    )
    columns = replace(
        trucks,
        arrives=arrives,
        listed=np.where(trucks.listed == NEVER, NEVER, listed),
        shows=comes.astype(np.int8),
        threat=np.where(comes, trucks.threat, -1).astype(np.int8),
    )
    trip = np.full(n, -1, np.int64)
    trip[tries] = np.arange(int(tries.sum()))
    filed = _rows(Filed(columns, filer, tractor, trip, np.ones(n)), np.argsort(arrives, kind="stable").astype(np.int64))
    return replace(filed, trucks=replace(filed.trucks, number=(np.arange(n, dtype=np.int64) + 1) * STRIDE))


def played(
    filed: Filed, ploy: PloyName, *, number: int = 3, hour: int = 17, fresh: bool = False, looks: float = 1.0
) -> Filed:
    """The same days with a ploy of those who try. `number` decoys or parts a trip; `fresh`: decoys are filed by a
    filer and for a tractor, and parts come on one, that nobody has seen before; `hour` of the day of the retimed;
    `looks`: the parts of a trip together look `looks` times as the trip did. Raises ValueError for a ploy that there is
    not, and for fewer than one decoy or part."""
    if ploy not in PLOYS or number < 1:
        raise ValueError(f"a ploy is one of {', '.join(PLOYS)}, with one decoy or part at least")
    trucks = filed.trucks
    rows = np.flatnonzero(filed.trip >= 0)
    moved = np.zeros(len(trucks), np.bool_)
    if ploy == "honest" or not len(rows):
        return filed
    if ploy == "late":
        never = trucks.listed.copy()
        never[rows] = NEVER
        told = np.where(filed.trip >= 0, NEVER, trucks.filed)
        return replace(filed, trucks=replace(trucks, listed=never, filed=told))
    if ploy == "retimed":
        lead = trucks.arrives - np.minimum(trucks.filed, trucks.arrives)
        early = trucks.arrives - np.minimum(trucks.listed, trucks.arrives)
        arrives = trucks.arrives.copy()
        arrives[rows] = arrives[rows] // DAY * DAY + hour * HOUR + arrives[rows] % HOUR
        moved[rows] = True
        listed = np.where(trucks.listed == NEVER, NEVER, arrives - early)
        columns = replace(trucks, arrives=arrives, filed=arrives - lead, listed=listed)
        return _in_order(replace(filed, trucks=columns), moved)
    more = np.repeat(rows, number if ploy != "split" else number - 1)
    step = np.tile(np.arange(1, len(more) // len(rows) + 1), len(rows))
    unknown = 2 * HONEST_TRACTORS + trucks.number[more] + step
    if ploy == "split":
        changed = _parts(filed, rows, number, looks)
        added = _rows(changed, more)
        # So far apart that none is filed before the one before it has crossed, if the day is long enough.
        left = np.maximum(LAST * HOUR - added.trucks.arrives % DAY, HOUR)
        later = added.trucks.arrives + step * np.minimum(APART, left // number)
        own = _shifted(added.trucks, later)
        added = replace(added, trucks=own, tractor=unknown if fresh else added.tractor)
        return _in_order(_joined(changed, added), np.concatenate([moved, np.ones(len(more), np.bool_)]))
    added = _rows(filed, more)
    place = (step - 0.5) / number
    if ploy == "decoys":  # due within 45 minutes after the trip: they are on the list when it comes
        due = added.trucks.arrives + (place * 45 * MINUTE).astype(np.int64)
        own = _shifted(added.trucks, due)
        own = replace(own, arrives=due + GRACE, shows=np.zeros(len(more), np.int8), listed=own.filed)
    else:
        own = _shifted(added.trucks, added.trucks.arrives - (place * AHEAD).astype(np.int64))
        own = replace(own, listed=own.filed)
    own = replace(own, threat=np.full(len(more), -1, np.int8), lottery=np.full(len(more), -1, np.int8))
    if fresh:
        added = replace(added, filer=FRESH + own.number + step, tractor=unknown)
    added = replace(added, trucks=own, trip=np.full(len(more), -1, np.int64), harm=np.zeros(len(more)))
    return _in_order(_joined(filed, added), np.concatenate([moved, np.ones(len(more), np.bool_)]))


def elsewhere(here: Filed, there: Filed) -> tuple[Filed, Filed]:
    """Those who try filed for one bridge and come to another: the days of both. At the first they never come; at the
    second nobody expects them. Nobody else tries there."""
    rows = np.flatnonzero(here.trip >= 0)
    own = _rows(here, rows)
    never = np.full(len(rows), NEVER, np.int64)
    come = replace(own, trucks=replace(own.trucks, filed=never, listed=never))
    others = replace(there, trip=np.full(len(there.trip), -1, np.int64))
    moved = np.concatenate((np.zeros(len(there.trip), np.bool_), np.ones(len(rows), np.bool_)))
    gone = here.trip >= 0
    trucks = here.trucks
    left = replace(
        trucks,
        arrives=np.where(gone, trucks.arrives + GRACE, trucks.arrives),
        shows=np.where(gone, 0, trucks.shows).astype(np.int8),
        threat=np.where(gone, -1, trucks.threat).astype(np.int8),
    )
    empty = replace(here, trucks=left, trip=np.full(len(gone), -1, np.int64), harm=np.where(gone, 0.0, here.harm))
    return _in_order(empty, gone), _in_order(_joined(others, come), moved)


def with_values(trucks: Trucks, factor: Float64Array) -> Trucks:
    """Trucks of which examinations are expected to prevent `factor` times as much; their classes follow."""
    prevented = trucks.prevented * factor[:, None]
    minutes = trucks.predicted[:, SCANNER] / MINUTE
    worth = np.where(minutes > 0.0, prevented[:, SCAN] / np.maximum(minutes, 1e-9), 0.0)
    return replace(trucks, prevented=prevented, value_class=classes_of(worth))


def classes_of(worth: Float64Array) -> npt.NDArray[np.int8]:
    """int8[n]: `choice.class_of` of each value for a predicted minute."""
    return np.array([class_of(float(each)) for each in worth], dtype=np.int8).clip(0, CLASSES - 1)


def _parts(filed: Filed, rows: Int64Array, number: int, looks: float) -> Filed:
    """Those who try carry the first part of their trip alone."""
    factor = np.ones(len(filed.trucks))
    factor[rows] = looks / number
    harm = filed.harm.copy()
    harm[rows] /= number
    return replace(filed, trucks=with_values(filed.trucks, factor), harm=harm)


def _shifted(trucks: Trucks, arrives: Int64Array) -> Trucks:
    """The same trucks at other times, filed and listed as long before."""
    by = arrives - trucks.arrives
    listed = np.where(trucks.listed == NEVER, NEVER, trucks.listed + by)
    return replace(trucks, arrives=arrives, filed=trucks.filed + by, listed=listed)


def _rows(filed: Filed, rows: Int64Array) -> Filed:
    return Filed(filed.trucks.rows(rows), filed.filer[rows], filed.tractor[rows], filed.trip[rows], filed.harm[rows])


def _joined(one: Filed, other: Filed) -> Filed:
    def both(column: str) -> npt.NDArray[Any]:
        return np.concatenate((getattr(one, column), getattr(other, column)))

    trucks = (
        np.concatenate((getattr(one.trucks, column.name), getattr(other.trucks, column.name)))
        for column in fields(Trucks)
    )
    return Filed(Trucks(*trucks), both("filer"), both("tractor"), both("trip"), both("harm"))


def _in_order(filed: Filed, moved: npt.NDArray[np.bool_]) -> Filed:
    """In the order of arrival; who did not move keeps the number, and who did has one between those beside."""
    order = np.argsort(filed.trucks.arrives, kind="stable").astype(np.int64)
    filed, moved = _rows(filed, order), moved[order]
    place = np.arange(len(order))
    last = np.maximum.accumulate(np.where(moved, -1, place))  # the row before, or this one, that did not move
    number = np.where(last >= 0, filed.trucks.number[last], 0) + place - last
    return replace(filed, trucks=replace(filed.trucks, number=number))
