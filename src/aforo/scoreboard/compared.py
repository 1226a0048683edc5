"""Figures of the scoreboard that more than one source speaks of: waits, by the gates and as agencies publish them; the
scan rate, by the records of crossings and as scanners tell it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import numpy as np

from aforo.domain.clock import instant
from aforo.measures.disagreement import Disagreement, Said, together
from aforo.measures.estimates import Measured
from aforo.scoreboard.state import BoardState

#: What our own gates read, the records of crossings, and the scanners' own reports are called among sources.
READINGS, RECORDS, SCANNERS = "readings", "records", "scanners"


def compared(
    state: BoardState, figures: Sequence[Measured], bridges: Sequence[str], days: Sequence[int], lane: str | None,
    programme: str | None, now: int,
) -> tuple[Disagreement, ...]:  # fmt: skip
    """What sources say of one row's figures, where at least two of them say anything. Our own counts are as of the end
    of the row's last day, or `now` (microseconds) where that goes on."""
    own = {each.measure: each for each in figures}
    until = instant(min(now, max(state.places.bounds(bridge, days[-1])[1] for bridge in bridges)))
    found = []
    if "wait-to-primary" in own and programme is None:
        found.append(_waits(state, own["wait-to-primary"], bridges, days, lane, until))
    if "scan-rate" in own and "conveyance-scan-rate" in own:
        told = [
            _said(RECORDS, own["scan-rate"], "share", until),
            _said(SCANNERS, own["conveyance-scan-rate"], "share", until),
        ]
        found.append(together("scan_rate", "share", told))
    return tuple(each for each in found if each is not None)


def _waits(
    state: BoardState, own: Measured, bridges: Sequence[str], days: Sequence[int], lane: str | None, until: datetime
) -> Disagreement | None:
    """The mean wait of the trucks that gates found again, and the mean of what each feed published."""
    published: dict[str, Counter[int]] = {}
    last: dict[str, int] = {}
    for source, minutes, at in _feeds(state, bridges, days, lane):
        published.setdefault(source, Counter()).update(minutes)
        last[source] = max(last.get(source, 0), at)
    told = [_said(READINGS, own, "mean", until)]
    for source, minutes in sorted(published.items()):
        mean = float(np.average(list(minutes), weights=list(minutes.values()))) if minutes else None
        told.append(Said(source, mean, count=minutes.total(), at=instant(last[source])))
    return together("wait", "minutes", told)


def _feeds(
    state: BoardState, bridges: Sequence[str], days: Sequence[int], lane: str | None
) -> Iterator[tuple[str, Mapping[int, int], int]]:
    for bridge in bridges:
        own = state.days.get(bridge, {})
        for day in days:
            for source, feed in own[day].feeds.items() if day in own else ():
                for of, minutes in feed.minutes.items():
                    if lane in (None, of):
                        yield source, minutes, feed.last


def _said(source: str, own: Measured, name: str, until: datetime) -> Said:
    estimate = next((each for each in own.estimates if each.name == name), None)
    if estimate is None:
        return Said(source, None)
    return Said(source, estimate.value, estimate.low, estimate.high, own.whole, until)
