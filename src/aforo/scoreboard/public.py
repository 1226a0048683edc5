"""What the public is told: waits by bridge and whole local week; what is examined, for the whole border by quarter.

A week or a quarter is published once, when its last day is settled at every bridge: so it is delayed by a day at least.
A week of a bridge that was measured on few of its days is not told. Counts are rounded, numbers under ten are kept back
with whatever would give them away (`measures.suppression`), and what tells how much a bridge examines is not told by
bridge: neither shares, nor crossing times, which hold the time of examinations, nor incidents at its scanners
(docs/adr/0018).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Final

import msgspec

from aforo.domain.incident import SEEN_FROM_THE_ROAD
from aforo.domain.scoreboard import PublishedEstimate, PublishedFigure, PublishedIncident, ScoreboardPublished
from aforo.measures.definition import Definition
from aforo.measures.estimates import Estimate, Measured, Missing, share, without
from aforo.measures.suppression import LEAST, STEP, blanks, dominated, rounded, share_shows
from aforo.scoreboard.bridge_days import BridgeDay, cells_of, measured_on, number_of_times
from aforo.scoreboard.incidents import overlapping
from aforo.scoreboard.official import figure
from aforo.scoreboard.places import Period, date_of, quarter_of, week_of
from aforo.scoreboard.responses import STAGE_OF
from aforo.scoreboard.state import DAYS, SETTLES, BoardState

#: The version of the public form: what is told, by which place and time, and how it is rounded.
FORM: Final = 3
#: The name of all places together.
ALL: Final = ""
#: A revised count that would differ by less than this from what was published stays as it was: fewer than ten trucks
#: more or less cannot be seen from two publications.
_SEEN = 2 * STEP
#: The least days of a week on which a bridge has to have been measured: most of them. Of fewer, whoever reads the value
#: would take what is known of a Monday for the week.
LEAST_DAYS: Final = 4
#: Reasons of figures that are kept back. A total that was one bridge's stays so: once it was told, what others of its
#: bridges keep back could be had by subtraction.
_HIDDEN: Final = frozenset({"under_ten", "with_others", "few_bridges"})
#: Reasons that tell how readers do.
_OF_READERS: Final = frozenset({"no_reads", "no_exit", "unreadable", "clocks", "no_truck"})


def due(state: BoardState, now: int) -> list[Period]:
    """The weeks and quarters that are over and settled everywhere at `now`, of which nothing was published: whole ones,
    since the first day of which anything is kept."""
    known = [day for own in state.days.values() for day in own]
    if not known:
        return []
    bridges = list(state.places.zones)
    today = max(state.places.day(bridge, now) for bridge in bridges)
    first = max(min(known), today - DAYS + 1)
    periods = {each(day) for day in range(first, today) for each in (week_of, quarter_of)}
    return sorted(
        (
            each
            for each in periods
            if each.first >= first
            and each.name not in state.published
            and all(state.settled(bridge, each.last, now) for bridge in bridges)
        ),
        key=lambda each: (each.last, each.first),
    )


def next_due(state: BoardState, now: int) -> tuple[Period, int]:
    """The week that is going on or not settled yet, the oldest, and the instant at which it is published."""
    bridges = list(state.places.zones)
    day = min(state.places.day(bridge, now) for bridge in bridges) - 8
    while True:
        week = week_of(day)
        settled = max(state.places.bounds(bridge, week.last)[1] for bridge in bridges) + SETTLES
        if settled > now:
            return week, settled
        day += 7


def published(state: BoardState, measures: Sequence[Definition], period: Period) -> ScoreboardPublished:
    """What is published of a period; by bridge of a week, for the whole border of a quarter."""
    now = max(state.places.bounds(bridge, period.last)[1] for bridge in state.places.zones)
    days = range(period.first, period.last + 1)
    of_week = "-W" in period.name
    told: list[PublishedFigure] = []
    for each in measures:
        if of_week and each.public == "bridge_week" and each.kind == "times":
            told += _by_bridge(state, each, days, now)
        elif not of_week and each.public == "border_quarter":
            told.append(_of_border(state, each, days, now))
    return ScoreboardPublished(
        period.name,
        date_of(period.first),
        date_of(period.last),
        FORM,
        tuple(told),
        _incidents(state, period) if of_week else (),
    )


def revised(before: ScoreboardPublished, anew: ScoreboardPublished, reason: str) -> ScoreboardPublished | None:
    """What is published in place of what was, with the reason; None where nothing of it would be seen to change."""
    known = {(each.place, each.measure): each for each in before.figures}
    figures = tuple(_kept(known.get((each.place, each.measure)), each) for each in anew.figures)
    if (figures, anew.incidents) == (before.figures, before.incidents):
        return None
    return msgspec.structs.replace(anew, figures=figures, reason=reason)


def _kept(before: PublishedFigure | None, now: PublishedFigure) -> PublishedFigure:
    """A figure as it stands after a revision: as it was, unless it changed by more than could be a few trucks.

    What was kept back stays so, since what was kept back with it did; and what was told once is not kept back now,
    since that would tell that it fell under ten.
    """
    if before is None:
        return now
    if not _HIDDEN.isdisjoint((before.missing, now.missing)):
        return before
    pairs = ((before.whole or 0, now.whole or 0), (before.part or 0, now.part or 0))
    return now if any(abs(one - other) >= _SEEN for one, other in pairs) else before


def _by_bridge(state: BoardState, measure: Definition, days: Sequence[int], now: int) -> list[PublishedFigure]:
    """A time of trucks at each bridge that was measured on LEAST_DAYS, and at all of these together; not where that
    would be the time of one of them."""
    measured = {bridge: measured_on(state, measure, product([bridge], days)) for bridge in state.places.zones}
    own = {
        bridge: figure(state, measure, [bridge], days, now) for bridge, on in measured.items() if len(on) >= LEAST_DAYS
    }
    wholes = [each.whole or 0 for each in own.values()]
    alone = bool(own) and dominated(wholes)
    kept = blanks(wholes)
    told = []
    for bridge, on in measured.items():
        if bridge not in own:
            told.append(_shown(bridge, without(measure, "not_known")))
            continue
        place = list(own).index(bridge)
        code: Missing | None = "under_ten" if kept.small[place] else None
        # What is blank with others is what could be had from the total: there has to be one.
        if kept.with_others[place] and not alone:
            code = "with_others"
        told.append(_shown(bridge, without(measure, code) if code else own[bridge], len(on)))
    everywhere = figure(state, measure, list(own), days, now) if own else without(measure, "not_known")
    if alone:
        everywhere = without(measure, "few_bridges")
    elif own and kept.total:
        everywhere = without(measure, "under_ten" if (everywhere.whole or 0) < LEAST else "with_others")
    on_any = {day for bridge in own for _, day in measured[bridge]}
    return [*told, _shown(ALL, everywhere, len(on_any), len(own))]


def _of_border(state: BoardState, measure: Definition, days: Sequence[int], now: int) -> PublishedFigure:
    """A measure of all bridges together; not where it would be that of one of them."""
    bridges = list(state.places.zones)
    own = figure(state, measure, bridges, days, now)
    if measure.between is not None and measure.between in STAGE_OF:
        return _shown(ALL, own if (own.whole or 0) >= LEAST else without(measure, "under_ten"))
    if own.missing is not None:
        return _shown(ALL, own)
    measured: list[BridgeDay] = []
    if measure.kind == "times":
        wholes = [number_of_times(state, measure, product([bridge], days)) for bridge in bridges]
        measured = measured_on(state, measure, product(bridges, days))
    else:
        each = [share(measure, list(cells_of(state, [bridge], days).items())) for bridge in bridges]
        wholes = [one.whole or 0 for one in each]
    part, whole = own.part, own.whole or 0
    if dominated(wholes):
        return _shown(ALL, without(measure, "few_bridges"))
    if whole < LEAST or (part is not None and not share_shows(part, whole)):
        return _shown(ALL, without(measure, "under_ten"))
    if not measured:
        return _shown(ALL, own)
    return _shown(ALL, own, len({day for _, day in measured}), len({bridge for bridge, _ in measured}))


def _incidents(state: BoardState, period: Period) -> tuple[PublishedIncident, ...]:
    """The incidents of a week that are seen from the road, by bridge; days, no hours and no words."""
    told = []
    for bridge in state.places.zones:
        since, until = (state.places.bounds(bridge, day)[end] for end, day in ((0, period.first), (1, period.last)))
        names = {bridge, *state.places.ports_of(bridge)}
        for each in sorted(overlapping(state.incidents.values(), names, since, until), key=lambda own: own.started):
            if each.kind in SEEN_FROM_THE_ROAD:
                over = each.ended is not None and each.ended < until
                last = date_of(state.places.day(bridge, each.ended)) if over and each.ended is not None else None
                first = date_of(state.places.day(bridge, each.started))
                told.append(PublishedIncident(bridge, each.kind, first, last, each.severity))
    return tuple(told)


def why_missing(code: str) -> str:
    """The code of a reason as the public is told it, also of what was published before: which reader is silent or
    cannot be read is no affair of who stands outside (docs/adr/0036)."""
    return "not_known" if code in _OF_READERS else code


def _shown(place: str, own: Measured, days: int | None = None, bridges: int | None = None) -> PublishedFigure:
    """A figure as it is published: counts to tens, estimates to the unit of their kind; `days` on which it was
    measured, of all together at so many `bridges`."""
    head = (place, own.measure, own.version, own.document)
    if own.missing is not None:
        return PublishedFigure(*head, missing=why_missing(own.missing.code))
    part, whole = (None if each is None else rounded(each) for each in (own.part, own.whole))
    estimates = () if own.told == "counts" else tuple(map(_rounded, own.estimates))
    return PublishedFigure(*head, part, whole, estimates, days=days, bridges=bridges)


def _rounded(one: Estimate) -> PublishedEstimate:
    """An estimate in thousandths: minutes to the minute, shares of a tenth or more and buffer indexes to the per cent,
    smaller shares to the per mille; limits outward, so that an interval is never narrower than it is."""
    step = 1_000
    if one.name in ("share", "buffer_index"):
        step = 1 if one.name == "share" and (one.value or 0.0) < 0.1 else 10
    value, low, high = (None if each is None else 1_000 * each / step for each in (one.value, one.low, one.high))
    return PublishedEstimate(
        one.name,
        None if value is None else step * math.floor(value + 0.5),
        None if low is None else step * math.floor(low),
        None if high is None else step * math.ceil(high),
    )
