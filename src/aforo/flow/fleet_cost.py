"""What the hours of a fleet's outages cost: the ledger of `fleet`, hour by hour, at what the twin says of a bridge.

Where several scanners of a bridge are down at once the loss is that of so many, and each of them bears an equal part,
so that parts add up. Hours of which the twin can say nothing are told as unknown, never as nothing. All is of scanners
alone: readers, cameras and weighbridges are no units of the twin, and are told apart. SYNTHETIC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec
import numpy as np

from aforo.domain.scanner import CAUSES
from aforo.domain.units import Float64Array, Int64Array
from aforo.domain.zone import offsets_us
from aforo.fleet.availability import HOUR
from aforo.fleet.classes import DEVICE_CLASSES, DeviceClass, classes, only
from aforo.fleet.ledger import ledger
from aforo.fleet.places import places
from aforo.fleet.record import ABSENT, Record
from aforo.flow.prices import class_of_day
from aforo.flow.scanner_places import bridge_of, used_as
from aforo.measures.crossing_times import mean_interval
from aforo.measures.intervals import Interval
from aforo.ports.document import Bridge, PortDocument
from aforo.twin.unit_loss import UnitLoss

_DAY: Final = 24 * HOUR
#: The classes of the twin's table by those of prices: a holiday is as a Sunday.
_CLASS_OF: Final = {"weekday": 0, "saturday": 1, "sunday": 2, "holiday": 2}
#: Why nothing is known of an hour: no bridge is known of the place, or the twin has none of it.
Unknown = Literal["no_bridge", "no_model"]


class Cost(msgspec.Struct, frozen=True):
    """What hours down cost, `name` being a cause, a port or a scanner (None: no report said). `hours` of which the twin
    says something, `unknown` of which it says nothing, by why. `examinations` not made and `waited` minutes more with
    their 95 % intervals over replications, None where no hour is known; `per_hour` is examinations by hour of outage,
    and `waited_per_hour` minutes."""

    name: str | None
    hours: float
    unknown: dict[Unknown, float]
    examinations: Interval | None
    per_hour: Interval | None
    waited: Interval | None
    waited_per_hour: Interval | None


class Modelled(msgspec.Struct, frozen=True):
    """A place of which the twin's table was used: `units` of its document, `down` the most that were down at once."""

    port: str
    bridge: str
    place: str
    units: int
    down: int


class OthersDown(msgspec.Struct, frozen=True):
    """Devices of a class that are no scanners: how many were down in the period, and for how many hours together."""

    device: DeviceClass
    devices: int
    hours: float


class OutageCost(msgspec.Struct, frozen=True):
    """What a period's outages cost: all together, by cause, by port as the log names it, and by scanner, the dearest
    first. `weeks` is how many were simulated, by the policy `policy`. `assumed` are figures of port documents that no
    source supports, by bridge. `others` are not modelled, and in none of the other figures."""

    start: int
    end: int
    synthetic: bool
    policy: str
    weeks: int
    seed: int
    all: Cost
    causes: tuple[Cost, ...]
    ports: tuple[Cost, ...]
    scanners: tuple[Cost, ...]
    modelled: tuple[Modelled, ...]
    assumed: dict[str, tuple[str, ...]]
    others: tuple[OthersDown, ...]


@dataclass(frozen=True)
class Pieces:
    """Time down, in columns of one row each: `site` the number of the place in `sites` or −1 where no bridge is known,
    `cause` and `port` codes of the record (ABSENT where none is known)."""

    scanner: Int64Array
    cause: Int64Array
    port: Int64Array
    site: Int64Array
    start: Int64Array
    end: Int64Array
    sites: tuple[tuple[PortDocument, Bridge, str], ...]

    def most(self, site: int) -> int:
        """How many scanners of a place were down at once, at most."""
        rows = np.flatnonzero(self.site == site)
        edges = np.concatenate([self.start[rows], self.end[rows]])
        steps = np.repeat([1, -1], len(rows))
        order = np.lexsort((steps, edges))
        return int(np.cumsum(steps[order]).max(initial=0))


def pieces(record: Record, ports: Sequence[PortDocument], start: int, end: int) -> Pieces:
    """The time down of a period, by scanner and place."""
    record = only(record, "scanner", classes(record))
    found, where = ledger(record, end), places(record)
    spans = found.interruptions
    row, port, begins, stops = where.cut(spans.scanner, np.maximum(spans.start, start), np.minimum(spans.end, end))
    scanner = spans.scanner[row]
    kinds = record.last(record.kind)[scanner]
    sites: dict[tuple[str, str], int] = {}
    told: list[tuple[PortDocument, Bridge, str]] = []
    site = np.full(len(row), -1, dtype=np.int64)
    pairs, number = np.unique(np.stack([port, kinds], axis=1), axis=0, return_inverse=True)
    for each, (code, kind) in enumerate(pairs.tolist()):
        bridge = bridge_of(None if code == ABSENT else record.names.ports[code], ports)
        if bridge is None:
            continue
        place = used_as(None if kind == ABSENT else record.names.kinds[kind], bridge)
        at = sites.setdefault((bridge.id, place), len(told))
        if at == len(told):
            told.append((next(own for own in ports if bridge in own.bridges), bridge, place))
        site[number.ravel() == each] = at
    cause = spans.cause[row].astype(np.int64)
    return Pieces(scanner, cause, port.astype(np.int64), site, begins, stops, tuple(told))


def others_down(record: Record, start: int, end: int) -> tuple[OthersDown, ...]:
    """The devices beside the scanners that were down in a period, by class; classes of which none was are left out."""
    known = classes(record)
    told = []
    for device in DEVICE_CLASSES:
        if device == "scanner" or device not in known:
            continue
        spans = ledger(only(record, device, known), end).interruptions
        down = np.minimum(spans.end, end) - np.maximum(spans.start, start)
        if (within := down > 0).any():
            told.append(OthersDown(device, len(np.unique(spans.scanner[within])), int(down[within].sum()) / HOUR))
    return tuple(told)


def outage_cost(
    record: Record,
    down: Pieces,
    tables: Mapping[int, UnitLoss],
    asked: tuple[str, int, int],
    start: int,
    end: int,
    progress: Callable[[], object] = int,
) -> OutageCost:
    """What the time down cost. `tables` by number of the place, of equal replications each; a place without one is
    unknown. `asked`: policy, replications and seed that they were made by."""
    policy, weeks, seed = asked
    lost = np.zeros((len(down.start), 2, weeks))
    known = np.zeros(len(down.start), dtype=np.bool_)
    for site, table in tables.items():
        rows = np.flatnonzero(down.site == site)
        lost[rows] = _lost(down.start[rows], down.end[rows], table, down.sites[site][0].zone)
        known[rows] = True
        progress()
    hours = (down.end - down.start) / HOUR
    costs = _Costs(hours, known, down.site < 0, lost)
    names = record.names
    causes = [costs.of(name, down.cause == code) for code, name in enumerate(CAUSES)]
    causes.append(costs.of(None, down.cause == ABSENT))
    by_port = costs.by(down.port, names.ports)
    by_scanner = costs.by(down.scanner, names.scanners)
    modelled = [Modelled(own.port, own.bridge, own.place, own.stands, down.most(site)) for site, own in tables.items()]
    every = np.ones(len(hours), dtype=np.bool_)
    return OutageCost(
        start, end, True, policy, weeks, seed, costs.of(None, every), tuple(each for each in causes if _any(each)),
        tuple(by_port), tuple(by_scanner), tuple(modelled), {own.bridge: own.assumed for own in tables.values()},
        others_down(record, start, end),
    )  # fmt: skip


def _any(cost: Cost) -> bool:
    return cost.hours > 0.0 or bool(cost.unknown)


def _lost(start: Int64Array, end: Int64Array, table: UnitLoss, zone: str) -> Float64Array:
    """float64[n, 2, R]: examinations not made and minutes waited of each span of a place, its part where several are
    down at once."""
    first, last = int(start.min()) // HOUR * HOUR, -(-int(end.max()) // HOUR) * HOUR
    edges = np.unique(np.concatenate([start, end, np.arange(first, last + 1, HOUR)]))
    steps = np.zeros(len(edges), dtype=np.int64)
    np.add.at(steps, np.searchsorted(edges, start), 1)
    np.subtract.at(steps, np.searchsorted(edges, end), 1)
    down = np.cumsum(steps)[:-1]
    took = np.diff(edges) / HOUR
    day_class, hour = _local(edges[:-1], zone)
    units = np.minimum(down, table.examinations.shape[1])
    whole = np.zeros((2, table.examinations.shape[0], len(edges)))
    some = np.flatnonzero(down > 0)
    for number, part in enumerate((table.examinations, table.waited)):
        each = part[:, units[some] - 1, day_class[some], hour[some]]
        whole[number][:, some + 1] = each * (took[some] / down[some])
    np.cumsum(whole, axis=2, out=whole)
    until, since = np.searchsorted(edges, end), np.searchsorted(edges, start)
    return np.moveaxis(whole[:, :, until] - whole[:, :, since], 2, 0)


def _local(instants: Int64Array, zone: str) -> tuple[Int64Array, Int64Array]:
    """The class of day and the local hour of each instant; offsets change on whole hours."""
    whole, number = np.unique(instants // HOUR * HOUR, return_inverse=True)
    local = whole + np.array(offsets_us(zone, whole.tolist()), dtype=np.int64)
    days, at = np.unique(local // _DAY, return_inverse=True)
    dates = days.astype("datetime64[D]").tolist()
    classes = np.array([_CLASS_OF[class_of_day(day)] for day in dates], dtype=np.int64)
    return classes[at.ravel()][number.ravel()], (local % _DAY // HOUR)[number.ravel()]


class _Costs:
    """Sums over pieces, by whatever they are grouped by."""

    def __init__(self, hours: Float64Array, known: np.typing.NDArray[np.bool_], nowhere: np.typing.NDArray[np.bool_],
                 lost: Float64Array) -> None:  # fmt: skip
        self._columns = np.stack(
            [np.where(known, hours, 0.0), np.where(nowhere, hours, 0.0), np.where(~known & ~nowhere, hours, 0.0)]
        )
        self._lost = lost.reshape(len(hours), lost.shape[1] * lost.shape[2])
        self._weeks = lost.shape[2]

    def of(self, name: str | None, which: np.typing.NDArray[np.bool_]) -> Cost:
        return self._cost(name, self._columns[:, which].sum(axis=1), self._lost[which].sum(axis=0))

    def by(self, codes: Int64Array, names: Sequence[str]) -> Iterable[Cost]:
        """By a code, those first that cost the most examinations, then the most hours of which nothing is known."""
        groups, number = np.unique(codes, return_inverse=True)
        hours = np.zeros((len(self._columns), len(groups)))
        np.add.at(hours.T, number.ravel(), self._columns.T)
        lost = np.zeros((len(groups), self._lost.shape[1]))
        np.add.at(lost, number.ravel(), self._lost)
        found = [
            self._cost(None if code == ABSENT else names[code], hours[:, at], lost[at])
            for at, code in enumerate(groups.tolist())
        ]
        return sorted(
            found,
            key=lambda each: (-(each.examinations.value or 0.0) if each.examinations else 0.0,
                              -sum(each.unknown.values())),
        )  # fmt: skip

    def _cost(self, name: str | None, hours: Float64Array, lost: Float64Array) -> Cost:
        known = float(hours[0])
        reasons: dict[Unknown, float] = {"no_bridge": float(hours[1]), "no_model": float(hours[2])}
        unknown = {reason: own for reason, own in reasons.items() if own > 0.0}
        if not known > 0.0:
            return Cost(name, 0.0, unknown, None, None, None, None)
        exams, waited = lost.reshape(2, self._weeks)
        intervals = (mean_interval(each) for each in (exams, exams / known, waited, waited / known))
        return Cost(name, known, unknown, *intervals)
