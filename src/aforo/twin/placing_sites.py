"""The bridges that scanners may go to, as columns: what comes there hour by hour, and what stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np

from aforo.domain.figure import ASSUMED
from aforo.domain.units import Float64Array, Int64Array
from aforo.ports.document import Bridge, Duty, PortDocument, Scanners
from aforo.ports.schedule import by_minute
from aforo.twin.border import Border
from aforo.twin.placing_figures import KINDS, Figures, Kind, PlacingError
from aforo.twin.working_days import Month, shifted

#: Days of a year, and hours of a week.
YEAR, WEEK = 365.25, 168
#: Where a document has scanners of a kind, and who mans them.
_GROUPS: dict[str, tuple[str, Duty]] = {"secondary": ("scanners", "scanner"), "portal": ("portals", "portal")}


@dataclass(frozen=True)
class Sites:
    """P bridges, in H kinds of hours of a mean week, with K kinds of scanners in the order of `KINDS`.

    Of each bridge: `ids` (`port/bridge`), `titles` for people, `trucks` a year as counted, `units` that stand there
    (int64[K, P]), whether that number is `assumed` (of any that stand there), and `known`: whether its document says
    anything of scanners. `room` is how many more there is room for, `diverting` what it costs to go there, in shares of
    a load's worth.

    `hours` (H): how many hours of a week each kind of hour stands for. `arrivals` (P, H): trucks in such an hour.
    `manned` (K, P, H): units that stand there, are manned and open. `manning` (P, H): the part of a unit more that
    would be. `rate` (K, P): trucks an hour of a manned unit, less its outages. `minutes` (K, P) and `variation` (K, P):
    of one examination the mean, and its squared coefficient of variation. `placed` is the kind that is placed, by its
    place in `KINDS`, with the `new_rate`, `new_minutes` and `new_variation` of one.
    """

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    ports: tuple[str, ...]
    trucks: Float64Array
    units: Int64Array
    assumed: tuple[bool, ...]
    known: tuple[bool, ...]
    room: Int64Array
    diverting: Float64Array
    hours: Float64Array
    arrivals: Float64Array
    manned: Float64Array
    manning: Float64Array
    rate: Float64Array
    minutes: Float64Array
    variation: Float64Array
    placed: int
    new_rate: float
    new_minutes: float
    new_variation: float

    @property
    def count(self) -> int:
        """How many bridges there are."""
        return len(self.ids)

    def only(self, at: Int64Array) -> Sites:
        """The bridges at these places, in this order."""
        places = at.tolist()
        return replace(
            self,
            ids=tuple(self.ids[each] for each in places),
            titles=tuple(self.titles[each] for each in places),
            ports=tuple(self.ports[each] for each in places),
            trucks=self.trucks[at],
            units=self.units[:, at],
            assumed=tuple(self.assumed[each] for each in places),
            known=tuple(self.known[each] for each in places),
            room=self.room[at],
            diverting=self.diverting[at],
            arrivals=self.arrivals[at],
            manned=self.manned[:, at],
            manning=self.manning[at],
            rate=self.rate[:, at],
            minutes=self.minutes[:, at],
            variation=self.variation[:, at],
        )


#: So many names are given where one is known by none.
_NEAREST = 3
#: More than any plan has room for.
ENDLESS = 1_000_000


def sites_of(
    bridges: Sequence[tuple[PortDocument, Bridge]],
    counts: Mapping[str, Mapping[Month, int]],
    figures: Figures,
    kind: Kind,
) -> Sites:
    """The columns of these bridges; trucks are those of the last twelve months that were counted.

    PlacingError for a bridge without the hourly shape of its arrivals, or whose port has not twelve months of counts.
    """
    made = [_Site(port, bridge, counts.get(port.code, {}), figures, kind) for port, bridge in bridges]
    # Hours of the week in which nothing differs anywhere are one kind of hour: working days are alike.
    whole = np.stack([np.vstack((each.arrivals, each.manning, each.manned)) for each in made])
    _, first, alike = np.unique(whole.reshape(-1, WEEK), axis=1, return_index=True, return_counts=True)
    kept = whole[:, :, first]
    ids = tuple(id_of(port, bridge) for port, bridge in bridges)
    return Sites(
        ids=ids,
        titles=tuple(
            port.name if len(port.bridges) == 1 else f"{port.name}, {bridge.name}" for port, bridge in bridges
        ),
        ports=tuple(port.name for port, _ in bridges),
        trucks=np.array([each.trucks for each in made]),
        units=np.array([each.units for each in made], dtype=np.int64).T,
        assumed=tuple(each.assumed for each in made),
        known=tuple(each.known for each in made),
        room=np.array([figures.room[name].count if name in figures.room else ENDLESS for name in ids], dtype=np.int64),
        diverting=np.array([figures.diverting[name].share if name in figures.diverting else 0.0 for name in ids]),
        hours=alike.astype(np.float64),
        arrivals=kept[:, 0],
        manning=kept[:, 1],
        manned=np.moveaxis(kept[:, 2:], 1, 0),
        rate=np.array([each.rate for each in made]).T,
        minutes=np.array([each.minutes for each in made]).T,
        variation=np.array([each.variation for each in made]).T,
        placed=KINDS.index(kind.id),
        new_rate=kind.per_hour.per_hour * kind.availability.share,
        new_minutes=kind.scan.mean_minutes,
        new_variation=(kind.scan.sd_minutes / kind.scan.mean_minutes) ** 2,
    )


def border_of(
    border: Border, asked: Sequence[tuple[PortDocument, Bridge]], figures: Figures, kind: Kind
) -> tuple[Sites, Int64Array]:
    """The columns of all bridges of the border, and the places among them of those that are asked for, in their order.

    Bridges beside those asked for are left out where they have no hourly shape, or their port was not counted for a
    year. PlacingError as by `sites_of` for those asked for, and where the figures speak of a bridge that is none.
    """
    known = [(port, bridge) for port in border.ports.ports for bridge in port.bridges]
    _check_named(figures, [id_of(port, bridge) for port, bridge in known])
    wanted = [id_of(port, bridge) for port, bridge in asked]
    kept = [
        (port, bridge)
        for port, bridge in known
        if id_of(port, bridge) in wanted
        or (bridge.week_shape() is not None and _year(border.counts.get(port.code, {})) is not None)
    ]
    sites = sites_of(kept, border.counts, figures, kind)
    return sites, np.array([sites.ids.index(each) for each in wanted], dtype=np.int64)


def id_of(port: PortDocument, bridge: Bridge) -> str:
    """What a bridge is called where ports are many: `port/bridge`."""
    return f"{port.code}/{bridge.id}"


def _check_named(figures: Figures, known: Sequence[str]) -> None:
    """PlacingError where the document speaks of a bridge that is none of these."""
    for table, names in (("diverting", figures.diverting), ("room", figures.room)):
        for name in names:
            if name not in known:
                nearest = get_close_matches(name, known, n=_NEAREST, cutoff=0.0)
                raise PlacingError("placing_bridge", place=f"{table}.{name}", nearest=", ".join(nearest))


class _Site:
    """One bridge: what of it goes into the columns."""

    def __init__(
        self, port: PortDocument, bridge: Bridge, months: Mapping[Month, int], figures: Figures, kind: Kind
    ) -> None:
        shape = bridge.week_shape()
        if shape is None:
            raise PlacingError("placing_no_shape", port=port.name, bridge=bridge.id)
        share = 1.0 if bridge.share is None else bridge.share.share
        year = _year(months)
        if year is None:
            raise PlacingError("placing_no_count", port=port.name)
        self.trucks = share * year
        self.arrivals = self.trucks * 7.0 / YEAR * shape.ravel()
        opens = np.minimum(by_minute(bridge.open), 1)
        groups = {name: tuple(getattr(bridge, attribute)) for name, (attribute, _) in _GROUPS.items()}
        standing = {name: _standing(bridge, own) for name, own in groups.items()}
        rosters = {
            name: by_minute(bridge.staff[duty]) if bridge.staff.get(duty) else None
            for name, (_, duty) in _GROUPS.items()
        }
        self.manned = np.stack([_by_hour(_manned(standing[name], rosters[name])) for name in KINDS])
        roster = rosters[kind.id]
        # One more is manned in the part of the day in which those are that stand there.
        crew = opens.astype(np.float64)
        if roster is not None and roster.any():
            crew *= roster / roster.max()
        self.manning = _by_hour(crew)
        self.units = [sum(group.units.count for group in groups[name]) for name in KINDS]
        self.known = any(groups.values())
        self.assumed = any(group.units.source == ASSUMED for own in groups.values() for group in own)
        fitted = [_rate(groups[name], figures.kind(name) or kind) for name in KINDS]
        self.rate, self.minutes, self.variation = zip(*fitted, strict=True)


def _year(months: Mapping[Month, int]) -> float | None:
    """Trucks of the last twelve months that were counted; None where fewer were, or no truck came."""
    last = max(months, default=(0, 0))
    year = [shifted(last, -back) for back in range(12)]
    total = sum(months.get(each, 0) for each in year)
    return float(total) if total > 0 and set(year) <= set(months) else None


def _standing(bridge: Bridge, groups: tuple[Scanners, ...]) -> Float64Array:
    """float64[7, 1440]: units that stand there while they and the bridge are open."""
    opens = np.minimum(by_minute(bridge.open), 1)
    standing = np.zeros(opens.shape)
    for group in groups:
        standing += group.units.count * np.minimum(by_minute(group.open or bridge.open), opens)
    return standing


def _manned(standing: Float64Array, roster: Int64Array | None) -> Float64Array:
    return standing if roster is None else np.minimum(standing, roster)


def _by_hour(week: Float64Array) -> Float64Array:
    """float64[168]: the mean of each hour of the week, from Monday's midnight."""
    hourly: Float64Array = week.reshape(WEEK, 60).mean(axis=1)
    return hourly


def _rate(groups: tuple[Scanners, ...], kind: Kind) -> tuple[float, float, float]:
    """Trucks an hour of a unit less its outages, minutes of an examination and their squared variation; the mean over
    the units that stand there. What their document does not say is as of the kind."""
    own = []
    for group in groups:
        scan = group.scan or kind.scan
        up = kind.availability.share if group.availability is None else group.availability.share
        per_hour = (group.per_hour or kind.per_hour).per_hour
        own += [(per_hour * up, scan.mean_minutes, (scan.sd_minutes / scan.mean_minutes) ** 2)] * group.units.count
    if not own:
        scan = kind.scan
        own = [(kind.per_hour.per_hour * kind.availability.share, scan.mean_minutes,
                (scan.sd_minutes / scan.mean_minutes) ** 2)]  # fmt: skip
    rate, minutes, variation = np.array(own).mean(axis=0)
    return float(rate), float(minutes), float(variation)
