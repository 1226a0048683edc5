"""Where two sources tell of the same thing: their figures together, with the difference.

Neither is taken for the truth. Waits of a feed are readings through the day, those of gates are of trucks, and the two
may begin and end elsewhere; counts are of the month that their owner closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import polars as pl

from aforo.domain.bridge import WaitsPublished
from aforo.domain.clock import microseconds
from aforo.domain.text import Text, catalogue
from aforo.flow.counts_compared import whole_months
from aforo.flow.scoreboard import Board
from aforo.intake.bts import RECUTS
from aforo.measures.definition import DefinitionError
from aforo.scoreboard.forum_report import Differs
from aforo.scoreboard.places import date_of

#: A mean of fewer readings of a feed is none.
_FEWEST = 10


def feeds_and_reads(board: Board, first: int, last: int) -> tuple[Differs, ...]:
    """By bridge and lane class the mean wait of the trucks found at two gates, with its limits, and that of the
    readings of each feed, over those local days from `first` to `last` of which both tell."""
    try:
        measure = board.measures.find("wait-to-primary")
    except DefinitionError:
        return ()
    found = []
    for (bridge, feed, lane), told in sorted(_published(board, first, last).items()):
        days = board.days_measured(measure, bridge, sorted(told), lane)
        minutes = [each for day in days for each in told[day]]
        if len(minutes) < _FEWEST:
            continue
        own = board.figure(measure, [bridge], days, lane)
        mean = next((each for each in own.estimates if each.name == "mean"), None)
        if mean is not None and mean.value is not None:
            found.append(
                Differs(
                    _say("mean_wait_lane", lane=lane), board.places.called(bridge),
                    f"{date_of(days[0])} – {date_of(days[-1])} ({len(days)})",
                    _say("by_gates", count=f"{own.whole or 0:,}"), mean.value,
                    _say("by_feed", feed=feed, count=f"{len(minutes):,}"), sum(minutes) / len(minutes),
                    mean.low, mean.high,
                )
            )  # fmt: skip
    return tuple(found)


def counts_and_log(board: Board, counts: pl.DataFrame, since: date, until: date) -> tuple[Differs, ...]:
    """By port and whole month from `since` until before `until` the trucks that the log knows at primary, and those
    that were published (`intake.bts`). Months of which the log has not heard of every day, or keeps it no more, are
    left out: a part of a month is not held against the whole."""
    found = []
    whole: dict[str, dict[date, range]] = {}
    trucks = counts.filter(pl.col("measure") == "trucks", pl.col("count").is_not_null()).sort("month", "port")
    for port, month, count in trucks.select("port", "month", "count").iter_rows():
        after = (month + timedelta(days=31)).replace(day=1)
        bridges = board.places.bridges_of(port)
        if not bridges or month < since or after > until:
            continue
        if port not in whole:
            whole[port] = dict(whole_months(board, bridges))
        if month in whole[port]:
            own = sum(board.heard(bridge, whole[port][month])[0] for bridge in bridges)
            found.append(
                Differs(
                    _say("trucks"), board.places.called(port), f"{month:%Y-%m}", _say("by_log"), own, _say("by_bts"),
                    count,
                )
            )  # fmt: skip
    return tuple(found)


def counts_apart(counts: pl.DataFrame, bridges: pl.DataFrame, codes: Sequence[tuple[str, str]]) -> tuple[Differs, ...]:
    """By port and month the trucks of the Bureau (`intake.bts`) and of the agency's counts of bridges
    (`intake.texas_bridges`), where they differ, the greatest difference first. `codes`: names and codes of ports."""
    own = counts.filter(pl.col("measure") == "trucks").select("port", "month", bts="count")
    names = pl.DataFrame(list(codes), schema={"name": pl.String, "code": pl.String}, orient="row")
    sums = bridges.group_by("port", "month").agg(
        pl.col("count").sum().alias("cbp"), pl.col("count").is_null().any().alias("lacks")
    )
    joined = (
        sums.filter(~pl.col("lacks"))
        .join(names, left_on="port", right_on="name")
        .join(own, left_on=["code", "month"], right_on=["port", "month"])
        .drop_nulls(["bts", "cbp"])
        .filter(~_recut())
        .filter(pl.col("bts") != pl.col("cbp"))
        .sort((pl.col("bts") - pl.col("cbp")).abs(), "month", descending=[True, False])
    )
    return tuple(
        Differs(_say("trucks"), port, f"{month:%Y-%m}", _say("by_bts"), bts, _say("by_cbp"), cbp)
        for port, month, bts, cbp in joined.select("port", "month", "bts", "cbp").iter_rows()
    )


def _recut() -> pl.Expr:
    """Rows of before a port's code was re-cut: what the Bureau counted under one name then was several ports."""
    before = [pl.col("code").is_in(list(each.held)) & (pl.col("month") < each.since) for each in RECUTS]
    return pl.any_horizontal(before)


def _published(board: Board, first: int, last: int) -> dict[tuple[str, str, str], dict[int, list[float]]]:
    """Minutes that feeds told of, by bridge, feed and lane class, and local day."""
    found: dict[tuple[str, str, str], dict[int, list[float]]] = {}
    for bridge, at, payload in _readings(board):
        if bridge not in board.places.zones or not first <= (day := board.places.day(bridge, at)) <= last:
            continue
        for each in payload.waits:
            if each.minutes is not None:
                own = found.setdefault((bridge, payload.source, each.lane), {})
                own.setdefault(day, []).append(float(each.minutes))
    return found


def _readings(board: Board) -> Iterator[tuple[str, int, WaitsPublished]]:
    cursor = 0
    while events := board.log.read(cursor, types=(WaitsPublished.TYPE,)):
        for stored in events:
            if isinstance(stored.payload, WaitsPublished):
                bridge = stored.event.stream.removeprefix("port/")
                yield bridge, microseconds(stored.event.occurred_at), stored.payload
        cursor = events[-1].position


def _say(code: str, **fields: object) -> Text:
    return catalogue("aforo.scoreboard").say(f"report.{code}", **fields)
