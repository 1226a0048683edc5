"""What a log says of the arrivals to come at a bridge: hours counted at its gates, and trucks that have filed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from aforo.domain.clock import instant
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.on_the_way import OnTheWay
from aforo.flow.placed import index_of
from aforo.log.projections import catch_up
from aforo.log.store import Log

_HOUR = timedelta(hours=1)


def counted_hours(live: LiveBridges, bridge: str, now: datetime) -> dict[datetime, int]:
    """Trucks that passed the gate farthest out, by whole hours (UTC) of the day before `now`. Raises KeyError.

    Hours before the first passing, and those without any, are left out: nobody can say whether the reader was silent or
    the road empty.
    """
    passed = live.passed(bridge, now).end.at
    hours = Counter(_hour(instant(at)) for at in passed.tolist())
    if not hours:
        return {}
    whole = min(hours) + _HOUR
    return {hour: count for hour, count in hours.items() if whole <= hour and hour + _HOUR <= now}


def filed_trucks(log: Log, bridge: str) -> dict[datetime, int] | None:
    """Trucks that have filed for a bridge and not arrived, by the hour (UTC) of their expected arrival; None for one
    without prices in force, whose filings put no truck on its list.
    """
    if bridge not in index_of(log).bridges:
        return None
    way = OnTheWay()
    catch_up(log, way)
    return by_hour(way, bridge)


def by_hour(way: OnTheWay, bridge: str) -> dict[datetime, int]:
    """The trucks on the way to a bridge, by the hour (UTC) of their expected arrival."""
    due = (datetime.fromtimestamp(each.at, UTC) for each in way.trucks.values() if each.bridge == bridge)
    counted: Mapping[datetime, int] = Counter(map(_hour, due))
    return dict(counted)


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
