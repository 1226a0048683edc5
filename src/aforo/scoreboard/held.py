"""Figures of the stages of releases, and of how many trucks the readers of a bridge could read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aforo.measures.definition import Definition, Span
from aforo.measures.estimates import Measured, pooled, times, without
from aforo.scoreboard.state import BoardState
from aforo.scoreboard.times import LANES, spread_out

#: The times that a crossing's own events tell.
HELD: frozenset[Span | None] = frozenset({"release", "to_examination", "in_examination"})


def held(
    state: BoardState, measure: Definition, bridges: Sequence[str], days: Sequence[int], lane: str | None,
    programme: str | None,
) -> Measured:  # fmt: skip
    """How long trucks were held, by the local days on which the stage ended."""
    minutes: Counter[int] = Counter()
    for bridge in bridges:
        own = state.days.get(bridge, {})
        for day in days:
            if day not in own:
                continue
            for (in_lane, in_programme, span, took), number in own[day].held.items():
                if span == measure.between and lane in (None, in_lane) and programme in (None, in_programme):
                    minutes[took] += number
    return times(measure, spread_out(minutes), none="none_released")


def readable(
    state: BoardState, measure: Definition, bridges: Sequence[str], days: Sequence[int], lane: str | None
) -> Measured:
    """The share of trucks that could be read, pooled and by the place of the reader."""
    found: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for bridge in bridges:
        own = state.days.get(bridge, {})
        for day in days:
            if day not in own or not own[day].blocks:
                continue
            for place, lanes in state.readable(bridge, day).items():
                for number, (read, of) in lanes.items():
                    if lane in (None, LANES[number]):
                        found[place] += read
                        passed[place] += of
    if not passed.total():
        return without(measure, "no_reads")
    return pooled(measure, [(place, found[place], passed[place]) for place in sorted(passed)])
