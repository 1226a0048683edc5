"""What an hour without a unit costs at a bridge: the same weeks with the unit up, and with it down.

Both arms meet the same trucks, whose chances are their own, and the other units break down at the same chances: what
differs is the unit. It is up, or down, for the whole week, so that an hour is one of a long outage: queues that an
outage leaves behind, and those that it finds on its first hours, are not told apart. Weeks are spread over the months
that were counted. SYNTHETIC, as all that the twin says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from joblib import Parallel, delayed

from aforo.domain.units import Float64Array
from aforo.ports.document import Bridge, PortDocument
from aforo.twin.levels import policy_of
from aforo.twin.network import DAY, HOUR, MINUTE
from aforo.twin.of_port import Modelled, hourly_demand, modelled
from aforo.twin.policy import Policy
from aforo.twin.rosters import AFTER, Held
from aforo.twin.run import Run
from aforo.twin.traffic import Profile
from aforo.twin.trucks import Fates
from aforo.twin.windows import fates_and_figures
from aforo.twin.working_days import Month

#: Classes of days by weekday, Monday first: working days, Saturday, Sunday.
CLASS_OF: Final = (0, 0, 0, 0, 0, 1, 2)
CLASSES: Final = 3
_DAYS: Final = 7
#: All minutes of a run.
_ALL: Final = (0.0, float("inf"))
#: The distance of the seeds of two runs' replications.
_APART: Final = 1_000_003


@dataclass(frozen=True)
class Asked:
    """By which policy trucks are decided on, in how many weeks (replications), from which seed on."""

    policy: str = "priced"
    replications: int = 10
    seed: int = 1


@dataclass(frozen=True)
class UnitLoss:
    """What is lost with 1 to U units of a place down, float64[R, U, CLASSES, 24] by replication, class of day and local
    hour of arrival, each in an hour: `examinations` that are not made, and minutes that trucks wait more, `waited`.
    Either may be below zero: who is not examined does not wait for it. `stands` are the units of the document,
    `assumed` the places of its figures that no source supports."""

    port: str
    bridge: str
    place: str
    stands: int
    examinations: Float64Array
    waited: Float64Array
    assumed: tuple[str, ...]


def unit_loss(
    port: PortDocument,
    bridge: Bridge,
    place: str,
    most: int,
    counts: dict[Month, int],
    asked: Asked,
    workers: int = 1,
    progress: Callable[[], object] = int,
) -> UnitLoss:
    """The table of a place (`scanner` or `portal`) for up to `most` units down, no more than stand there; `progress` is
    told of each week. Raises ModelError for a bridge that cannot be simulated, ValueError where no unit stands."""
    groups = bridge.scanners if place == "scanner" else bridge.portals
    stands = sum(group.units.count for group in groups)
    downs = range(1, min(most, stands) + 1)
    if not downs:
        raise ValueError(f"{bridge.id}: no {place} stands there")
    weeks = weeks_of(counts, asked.replications)
    whole = _bridge(port, bridge, weeks[0], counts, asked.seed * _APART, ())
    policy = policy_of(asked.policy, whole)

    def week(number: int) -> tuple[Float64Array, Float64Array]:
        seed = asked.seed * _APART + number
        lost = np.zeros((2, len(downs), CLASSES, 24))
        for at, units in enumerate(downs):
            arms = [
                _counted(_bridge(port, bridge, weeks[number], counts, seed, (Held(place, units, down),)), policy, seed)
                for down in (None, _ALL)
            ]
            lost[0, at] = arms[0][0] - arms[1][0]
            lost[1, at] = arms[1][1] - arms[0][1]
        return lost[0], lost[1]

    made: list[tuple[Float64Array, Float64Array]] = []
    for each in Parallel(n_jobs=workers, backend="threading", return_as="generator")(
        delayed(week)(number) for number in range(len(weeks))
    ):
        made.append(each)
        progress()
    examinations, waited = (np.stack([each[part] for each in made]) for part in (0, 1))
    return UnitLoss(port.code, bridge.id, place, stands, examinations, waited, whole.assumed)


def weeks_of(counts: dict[Month, int], number: int) -> list[date]:
    """So many Mondays, spread evenly over the last twelve months that were counted; each with its week within them."""
    months = sorted(counts)[-12:]
    known = set(months)
    day = date(*months[0], 1)
    last = date(*months[-1], 28) + timedelta(days=4)
    mondays = [
        each
        for passed in range((last - day).days)
        if (each := day + timedelta(days=passed)).weekday() == 0
        and all(((own := each + timedelta(days=on)).year, own.month) in known for on in range(_DAYS))
    ]
    places = np.floor((np.arange(number) + 0.5) * len(mondays) / number).astype(np.int64)
    return [mondays[place] for place in places.tolist()]


def _bridge(
    port: PortDocument, bridge: Bridge, first: date, counts: dict[Month, int], seed: int, held: Sequence[Held]
) -> Modelled:
    hourly = hourly_demand(port, bridge, first, _DAYS, counts)
    return modelled(port, bridge, first, hourly, seed, profile=Profile(), held=held)


def _counted(bridge: Modelled, policy: Policy, seed: int) -> tuple[Float64Array, Float64Array]:
    """Of an ordinary day of each class, by local hour of arrival: examinations made, and minutes waited,
    float64[CLASSES, 24] each."""
    run = Run(bridge.network, policy, seed=seed, port=bridge.demand.stream)
    fates, _ = fates_and_figures(run, bridge.demand, seed)
    hour = fates.arrives // HOUR
    rows = np.array(CLASS_OF)[(hour // 24) % _DAYS] * 24 + hour % 24
    days = np.bincount(CLASS_OF, minlength=CLASSES)[:, None]
    size = CLASSES * 24
    examined = np.bincount(rows, (fates.carried > 0).astype(np.float64), size).reshape(CLASSES, 24) / days
    waited = np.bincount(rows, waits(fates, (_DAYS + AFTER) * DAY), size).reshape(CLASSES, 24) / days
    return examined, waited


def waits(fates: Fates, end: int) -> Float64Array:
    """float64[n]: minutes that each truck waited: until primary, less the time of a scan before it, and from the booth
    until an examination behind it began. A truck that never came so far waits until the run's `end` (µs) at least."""
    until = np.where(fates.primary >= 0, fates.primary, np.maximum(end, fates.arrives)) - fates.arrives
    before = (fates.exam >= 0) & (fates.exam < fates.primary)
    scanned = np.where(
        before & (fates.scan_end > fates.exam), np.minimum(fates.scan_end, fates.primary) - fates.exam, 0
    )
    behind = (fates.exam >= 0) & (fates.primary_end >= 0) & (fates.exam >= fates.primary_end)
    stands = (fates.primary_end >= 0) & (fates.exam < 0) & (fates.left < 0)
    after = np.where(behind, fates.exam - fates.primary_end, 0)
    after = np.where(stands, np.maximum(end - fates.primary_end, 0), after)
    minutes: Float64Array = (until - scanned + after) / MINUTE
    return minutes
