"""Where two sources tell of the same thing: their figures together, with the difference.

Neither is taken for the truth. Waits of a feed are readings through the day, those of gates are of trucks, and the two
may begin and end elsewhere; counts are of the month that their owner closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from aforo.domain.bridge import WaitsPublished
from aforo.domain.clock import microseconds
from aforo.domain.codes import port_named
from aforo.domain.text import Text, catalogue
from aforo.flow.counts_compared import whole_months
from aforo.flow.scoreboard import Board
from aforo.intake.bts import RECUTS
from aforo.intake.whole_months import named
from aforo.measures.definition import DefinitionError
from aforo.ports.directory import Directory
from aforo.scoreboard.forum_report import Differs, Refusal
from aforo.scoreboard.places import date_of

#: A mean of fewer readings of a feed is none.
_FEWEST = 10
#: Ports that a sentence names.
_MOST_NAMED = 30


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


def port_codes(counts: Mapping[str, str], bridges: pl.DataFrame, directory: Directory) -> tuple[tuple[str, str], ...]:
    """The names of ports in two tables, each with the code that it means: `counts` are those of the Bureau by code, and
    the ports of `bridges` are called as there, or as a port document calls the port or its bridge: CBP's Marcelino
    Serna is the Bureau's Tornillo. A name that means no port is left out."""
    own = {name.casefold(): code for code, name in counts.items()}
    found = [(name, code) for code, name in counts.items()]
    for name in bridges["port"].unique().sort():
        code = own.get(name.casefold())
        if code is None and (port := directory.port_called(name)) is not None:
            code = port.code
        if code is None and (bridge := directory.bridge_called(name)) is not None:
            code = bridge[0].code
        if code is not None and (name, code) not in found:
            found.append((name, code))
    return tuple(found)


def counts_apart(counts: pl.DataFrame, bridges: pl.DataFrame, codes: Sequence[tuple[str, str]]) -> tuple[Differs, ...]:
    """By port and month the trucks of the Bureau (`intake.bts`) and of the agency's counts of bridges
    (`intake.texas_bridges`), where they differ, the greatest difference first. `codes`: names and codes of ports. What
    is left out, `not_compared` tells."""
    called = _called(codes)
    joined = (
        _sums(bridges, codes)
        .join(_lacking(bridges, codes), on=["code", "month"], how="anti")
        .join(_trucks(counts), on=["code", "month"])
        .filter(~_recut())
        .filter(pl.col("bts") != pl.col("cbp"))
        .sort((pl.col("bts") - pl.col("cbp")).abs(), "month", descending=[True, False])
    )
    return tuple(
        Differs(_say("trucks"), called[code], f"{month:%Y-%m}", _say("by_bts"), bts, _say("by_cbp"), cbp)
        for code, month, bts, cbp in joined.select("code", "month", "bts", "cbp").iter_rows()
    )


def not_compared(counts: pl.DataFrame, bridges: pl.DataFrame, codes: Sequence[tuple[str, str]]) -> tuple[Refusal, ...]:
    """What of both tables stands in no comparison of `counts_apart`, and why: months without a count of a bridge, those
    in which the Bureau counted ports together, and ports that only one table has."""
    called, own, sums = _called(codes), _trucks(counts), _sums(bridges, codes)
    found = []
    lacking = _lacking(bridges, codes).join(own, on=["code", "month"]).filter(~_recut())
    for (code, bridge), group in lacking.sort("code", "bridge").group_by("code", "bridge", maintain_order=True):
        why = _say("lacks_bridge", bridge=bridge, months=named(group["month"].to_list()))
        found.append(Refusal(_say("by_bridges", port=called[str(code)]), why))
    for recut in RECUTS:
        both = sums.join(own, on=["code", "month"]).filter(pl.col("code").is_in(list(recut.held)), _recut())
        others = ", ".join(port_named(each) for each in sorted(recut.held - {recut.code}))
        fields = {"port": port_named(recut.code), "others": others, "until": f"{recut.since:%Y-%m}"}
        why = catalogue("aforo.scoreboard").say("claim.recut", **fields)
        found += [Refusal(_say("by_bridges", port=called[code]), why) for code in both["code"].unique().sort()]
    meant = dict(codes)
    in_bridges, in_counts = set(bridges["port"].unique()), set(own["code"].unique())
    only_bridges = sorted(each for each in in_bridges if meant.get(each) not in in_counts)
    held = {meant[each] for each in in_bridges if each in meant}
    only_counts = sorted(called.get(code, code) for code in in_counts - held)
    found += [
        Refusal(_say("two_tables"), _say(why, names=_few(names)))
        for why, names in (("only_cbp", only_bridges), ("only_bts", only_counts))
        if names
    ]
    return tuple(found)


def _called(codes: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Every name of a port, by its code."""
    names: dict[str, list[str]] = {}
    for name, code in codes:
        names.setdefault(code, []).append(name)
    return {code: " / ".join(own) for code, own in names.items()}


def _trucks(counts: pl.DataFrame) -> pl.DataFrame:
    """The trucks of the Bureau by `code` and `month`, as `bts`."""
    trucks = counts.filter(pl.col("measure") == "trucks").drop_nulls("count")
    return trucks.select("month", code="port", bts="count")


def _by_code(bridges: pl.DataFrame, codes: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """The counts of bridges, each under the `code` of its port."""
    names = pl.DataFrame(list(codes), schema={"port": pl.String, "code": pl.String}, orient="row")
    return bridges.join(names, on="port").select("code", "bridge", "month", "count")


def _sums(bridges: pl.DataFrame, codes: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """By `code` and `month` the trucks of those bridges that have a count, as `cbp`."""
    told = _by_code(bridges, codes).drop_nulls("count")
    return told.group_by("code", "month").agg(cbp=pl.col("count").sum())


def _lacking(bridges: pl.DataFrame, codes: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """By `code`, `bridge` and `month` the counts without which there is no sum of the port: those that could not be
    taken, and those that are not there of a bridge that trucks crossed, since the table first counted it."""
    key = ["code", "bridge", "month"]
    own = _by_code(bridges, codes)
    told = own.drop_nulls("count")
    crossed = told.group_by("code", "bridge").agg(pl.col("count").sum(), since=pl.col("month").min())
    months = bridges.select(pl.col("month").unique())
    due = crossed.filter(pl.col("count") > 0).join(months, how="cross").filter(pl.col("month") >= pl.col("since"))
    absent = due.select(key).join(told, on=key, how="anti")
    return pl.concat([absent, own.filter(pl.col("count").is_null()).select(key)]).unique()


def _few(names: Sequence[str]) -> str:
    """The first of some names."""
    return ", ".join(names[:_MOST_NAMED]) + (" …" if len(names) > _MOST_NAMED else "")


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
