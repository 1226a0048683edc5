"""The price of a bridge's minutes while its port is cut off: the last signed tables, and the work that the edge itself
sent to each resource since.

It only ever asks more of a truck: one that was released when it filed may be examined where the bridge has room by now.
What was ordered, is mandatory or was drawn stands as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from aforo.domain.decision import Examination
from aforo.flow.allowed import allowed_at
from aforo.flow.edge_expected import Expected
from aforo.flow.priced import Choice, again, draw_of
from aforo.flow.prices import Index, OfBridge, Prices
from aforo.routing.choice import DOCK, JOINT, SCANNER

NAN = float("nan")
_PLACE: Mapping[Examination, int] = {"scan": SCANNER, "scan_then_decide": SCANNER, "secondary": DOCK, "joint": JOINT}
_HOUR = timedelta(hours=1)


class PricedBridge(msgspec.Struct, frozen=True, omit_defaults=True):
    """The bridge of an edge when its bundle was made: its identifier and zone, the hashes of its policy and tables, the
    minutes of an ordinary truck at each resource, and how it stood: minutes of work and units up by resource, the
    trucks of the last hour, and how many that hour ordinarily has (`lately`), for prices without a forecast of their
    own. What is not known is null, and -1 units."""

    id: str
    zone: str
    prices: OfBridge
    minutes: tuple[float | None, ...]
    backlog: tuple[float | None, ...]
    up: tuple[int, ...]
    arrivals: float | None
    at: datetime
    lately: float | None = None

    def hashes(self) -> list[str]:
        """The documents that its prices are made of."""
        tables = [hash_ for own in self.prices.tables.values() for hash_ in own.values()]
        return [*([self.prices.policy] if self.prices.policy else []), *tables]


class Sent(NamedTuple):
    """A truck that came to the edge: when, what was asked of it, the minutes predicted for it by resource where they
    are known, and whether its papers alone are checked."""

    at: datetime
    examination: Examination
    minutes: Sequence[float | None] | None
    papers: bool


def backlog_now(bridge: PricedBridge, sent: Iterable[Sent], now: datetime) -> list[float]:
    """The minutes of work at each resource: those of the bundle and what was sent there since, less what the units that
    were up can have done. A resource where papers are checked is unknown: nobody predicts for how long."""
    work = [NAN if each is None else each for each in bridge.backlog]
    since = bridge.at
    for each in (*sent, Sent(now, "release", None, False)):
        passed = max(0.0, (each.at - since).total_seconds() / 60)
        since = max(since, each.at)
        work = [
            NAN if units < 0 else max(0.0, left - units * passed) if left == left else NAN
            for left, units in zip(work, bridge.up, strict=True)
        ]
        place = _PLACE.get(each.examination)
        if place is not None:
            takes = (each.minutes or bridge.minutes)[place]
            work[place] += NAN if each.papers or takes is None else takes
    return [round(each, 2) for each in work]


class EdgePrices:
    """The prices of a bundle's bridge. `get` reads a document by its hash: one that has not come yet is an error of its
    own, and then nothing is chosen by price."""

    def __init__(self, bridge: PricedBridge, get: Callable[[str], bytes], before: EdgePrices | None = None) -> None:
        """`before` are those of the bundle before: what was read of the same tables is not read again."""
        self.bridge = bridge
        self._prices: Prices = Prices(Index({bridge.id: bridge.prices}), get)
        if before is not None and (before.bridge.id, before.bridge.prices) == (bridge.id, bridge.prices):
            self._prices = before._prices

    def choose(self, truck: Expected, sent: Sequence[Sent], now: datetime, key: bytes) -> Choice | None:
        """The choice for a truck at the booth; None where it was not decided by this bridge's price. Raises what
        reading a document raises."""
        routed, bridge = truck.routed, self.bridge
        if routed is None or truck.bridge != bridge.id:
            return None
        local = now.astimezone(ZoneInfo(bridge.zone))
        book, other_day = self._prices.of(bridge.id, local.date())
        minute = round(local.hour * 60 + local.minute + local.second / 60, 2)
        counted = float(sum(now - each.at <= _HOUR for each in sent))
        arrivals = bridge.arrivals if now - bridge.at < _HOUR else counted
        expected = book.expected(minute)
        if expected != expected:
            expected = NAN if bridge.lately is None else bridge.lately
        level = round(arrivals / expected, 4) if arrivals is not None and expected > 0.0 else None
        work = backlog_now(bridge, sent, now)
        minutes = [NAN if each is None else each for each in routed.minutes]
        fresh = msgspec.structs.replace(
            routed,
            policy=book.policy,
            params=book.rules,
            book=book.name,
            allowed=allowed_at("primary", minutes),
            minute=minute,
            backlog=known(work),
            up=bridge.up,
            level=level,
            listed=None,
            image=None,
            fallback=("day",) if other_day else (),
        )
        return again(truck.ref, "primary", bridge.id, fresh, draw_of(truck.lot), book, key)


def known(numbers: Sequence[float]) -> tuple[float | None, ...]:
    """Numbers with null for what is not known."""
    return tuple(None if each != each else each for each in numbers)
