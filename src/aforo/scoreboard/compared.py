"""Figures of the scoreboard that more than one source speaks of: waits, by the gates and as agencies publish them; the
scan rate, by the records of crossings and as scanners tell it.

Two sources are compared over those bridge-days alone that both tell of: else the difference would be one of days and
bridges, and not of sources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import product

import numpy as np

from aforo.domain.clock import instant
from aforo.measures.definition import Definition
from aforo.measures.disagreement import Disagreement, Said, never_together, together
from aforo.measures.estimates import Measured, share
from aforo.scoreboard.bridge_days import BridgeDay, cells_on, figure_of_times, measured_on, passed_on
from aforo.scoreboard.scanner_days import scanner_days
from aforo.scoreboard.state import BoardState

#: What our own gates read, the records of crossings, and the scanners' own reports are called among sources.
READINGS, RECORDS, SCANNERS = "readings", "records", "scanners"
#: What a feed published on some bridge-days: how often it said how many minutes, and when it spoke last (microseconds).
_Feed = dict[BridgeDay, tuple[Mapping[int, int], int]]


def compared(
    state: BoardState, measures: Sequence[Definition], figures: Sequence[Measured], bridges: Sequence[str],
    days: Sequence[int], lane: str | None, programme: str | None, now: int,
) -> tuple[Disagreement, ...]:  # fmt: skip
    """What sources say of one row's figures, by `measures`, two sources each time. Our own counts are as of the end of
    the row's last day, or `now` (microseconds) where that goes on."""
    defined = {each.id: each for each in measures}
    own = {each.measure: each for each in figures}
    until = instant(min(now, max(state.places.bounds(bridge, days[-1])[1] for bridge in bridges)))
    found: list[Disagreement | None] = []
    if "wait-to-primary" in own and programme is None:
        found += _waits(state, defined["wait-to-primary"], list(product(bridges, days)), lane, until)
    rate = own.get("conveyance-scan-rate")
    if "scan-rate" in own and rate is not None and rate.missing is None:
        found.append(
            _scans(state, (defined["scan-rate"], defined["conveyance-scan-rate"]), rate, bridges, days, until, now)
        )
    return tuple(each for each in found if each is not None)


def _waits(
    state: BoardState, measure: Definition, asked: Sequence[BridgeDay], lane: str | None, until: datetime
) -> Iterator[Disagreement | None]:
    """The mean wait of the trucks that gates found again, and the mean of what a feed published, for each feed; where
    no gate was read, the first feed beside each other one."""
    feeds = _feeds(state, asked, lane)
    told: dict[str, list[BridgeDay]] = {READINGS: measured_on(state, measure, asked, lane)}
    told |= {source: [each for each in asked if each in feed] for source, feed in sorted(feeds.items())}
    told = {source: own for source, own in told.items() if own}

    def said(source: str, on: Sequence[BridgeDay]) -> Said:
        if source == READINGS:
            return _said(source, figure_of_times(state, measure, on, lane), "mean", until)
        return _published(source, feeds[source], on)

    first, *others = told or [READINGS]
    silent = [] if READINGS in told else [Said(READINGS, None)]
    for other in others:
        both = [each for each in told[first] if each in feeds[other]]
        if both:
            yield together("wait", "minutes", [said(first, both), said(other, both), *silent], len(both))
        else:
            yield never_together("wait", "minutes", [first, other])


def _feeds(state: BoardState, asked: Sequence[BridgeDay], lane: str | None) -> dict[str, _Feed]:
    """By source what feeds published of a lane class, or of all."""
    found: dict[str, _Feed] = {}
    for bridge, day in asked:
        own = state.days.get(bridge, {}).get(day)
        for source, feed in own.feeds.items() if own is not None else ():
            minutes: Counter[int] = Counter()
            for of, each in feed.minutes.items():
                if lane in (None, of):
                    minutes.update(each)
            if minutes:
                found.setdefault(source, {})[bridge, day] = minutes, feed.last
    return found


def _published(source: str, feed: _Feed, on: Sequence[BridgeDay]) -> Said:
    """The mean of what a feed published on some bridge-days."""
    minutes: Counter[int] = Counter()
    for each in on:
        minutes.update(feed[each][0])
    mean = float(np.average(list(minutes), weights=list(minutes.values())))
    return Said(source, mean, count=minutes.total(), at=instant(max(feed[each][1] for each in on)))


def _scans(
    state: BoardState, measures: tuple[Definition, Definition], rate: Measured, bridges: Sequence[str],
    days: Sequence[int], until: datetime, now: int,
) -> Disagreement | None:  # fmt: skip
    """The scan rate by records on the bridge-days that scanners' own rate is of, beside that rate; `measures` are the
    two in that order."""
    measure, of_scanners = measures
    known = scanner_days(of_scanners, state.scanners, state.places, bridges, days, now).known()
    both = [each for each in passed_on(state, bridges, days) if each in known]
    records = share(measure, list(cells_on(state, both).items()))
    told = [_said(RECORDS, records, "share", until), _said(SCANNERS, rate, "share", until)]
    return together("scan_rate", "share", told, len(both))


def _said(source: str, own: Measured, name: str, until: datetime) -> Said:
    estimate = next((each for each in own.estimates if each.name == name), None)
    if estimate is None:
        return Said(source, None)
    return Said(source, estimate.value, estimate.low, estimate.high, own.whole, until)
