"""What a log says of the arrivals to come at a bridge: hours counted at its gates, and trucks that have filed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from aforo.domain.clock import instant
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.on_the_way import OnTheWay
from aforo.flow.placed import index_of
from aforo.flow.prices import Prices
from aforo.log.projections import catch_up
from aforo.log.store import Log


def counted_hours(live: LiveBridges, bridge: str, now: datetime) -> dict[datetime, int]:
    """Trucks that passed the gate farthest out, by whole hours (UTC) of the day before `now`. Raises KeyError.

    Hours of which the readers were heard in part (`ports.heard`), and those without a passing, are left out: nobody can
    say how many came, nor whether the reader was silent or the road empty.
    """
    return {instant(at): count for at, count in live.counted(bridge, now).items()}


def way_to(log: Log, bridge: str) -> OnTheWay | None:
    """The trucks that have filed and not arrived, without those of filers who are not believed; None for a bridge
    without prices in force, whose filings put no truck on its list. Raises BookError, ArtefactMissingError,
    ArtefactChangedError.
    """
    index = index_of(log)
    if bridge not in index.bridges:
        return None
    way = OnTheWay(believes=Prices(index, log.artefacts.get).believes)
    catch_up(log, way)
    return way


def by_hour(way: OnTheWay, bridge: str) -> dict[datetime, int]:
    """The trucks on the way to a bridge, by the hour (UTC) of their expected arrival."""
    due = (datetime.fromtimestamp(each.at, UTC) for each in way.expected_at(bridge))
    counted: Mapping[datetime, int] = Counter(map(_hour, due))
    return dict(counted)


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
