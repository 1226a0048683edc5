"""The local day on which a truck arrives, and the place: the day and the place of the lottery.

A filing of this table gives no time of arrival, so the truck is taken to arrive the policy's lead time after it was
filed (19 CFR 123.92: 60 minutes, 30 in the FAST lane), on the calendar of its bridge. The day is that of the root
declaration, so that an amendment filed after midnight draws no new lot.

The place is the port by its code. A bridge is whatever the filer wrote, and no list tells which ones a port has: it has
no part in a lot, so that to respell it, to leave it out or to invent one draws no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl

from aforo.domain.declaration import identity_text
from aforo.domain.table import FEW
from aforo.domain.zone import offsets_us
from aforo.routing.policy import Policy

#: Where a port's zone is not known, the offset that the filer wrote is taken for local.
ZoneOfPort = Callable[[str | None], str | None]

_PORT_DIGITS = 4
_US_A_MINUTE, _US_A_DAY = 60_000_000, 86_400_000_000
_FIRST_DAY = date(1970, 1, 1)


def lot_place(port: str | None) -> str:
    """The place that lots are drawn for: the port's code of four digits, or one place for all that name no such code.

    By its form and not by a list: what a list of ports says may change, and a lot must not.
    """
    code = identity_text(port or "")
    return code if len(code) == _PORT_DIGITS and code.isascii() and code.isdigit() else ""


def arrival_days(table: pl.DataFrame, policy: Policy, zone_of: ZoneOfPort) -> list[date]:
    """The local day of arrival of each row."""
    if table.height <= FEW:
        return _few_arrival_days(table, policy, zone_of)
    lead = pl.when(pl.col("lane") == "fast").then(policy.lead.fast.minutes).otherwise(policy.lead.standard.minutes)
    arrival = table.select(
        "port",
        (pl.col("filed_at") + pl.duration(minutes=lead)).alias("at"),
        pl.duration(minutes=pl.col("filed_offset_minutes").cast(pl.Int64)).alias("offset"),
    )
    ports: Sequence[str | None] = arrival["port"].unique().to_list()
    day = (pl.col("at") + pl.col("offset")).dt.date()
    for port in ports:
        zone = zone_of(port)
        if zone is not None:
            day = pl.when(pl.col("port") == port).then(pl.col("at").dt.convert_time_zone(zone).dt.date()).otherwise(day)
    days: list[date] = arrival.select(day.alias("day"))["day"].to_list()
    return days


def _few_arrival_days(table: pl.DataFrame, policy: Policy, zone_of: ZoneOfPort) -> list[date]:
    lead = {"fast": policy.lead.fast.minutes}
    columns = (table["filed_at"].cast(pl.Int64), table["filed_offset_minutes"], table["port"], table["lane"])
    days = []
    for filed, minutes, port, lane in zip(*(column.to_list() for column in columns), strict=True):
        at = filed + lead.get(lane, policy.lead.standard.minutes) * _US_A_MINUTE
        zone = zone_of(port)
        local = at + (minutes * _US_A_MINUTE if zone is None else offsets_us(zone, [at])[0])
        days.append(_FIRST_DAY + timedelta(days=local // _US_A_DAY))
    return days
