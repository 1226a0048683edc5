"""From purchase to service: in which stage each scanner stands, how long, and what blocks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np

from aforo.domain.scanner import ScannerEvent
from aforo.domain.units import Int64Array
from aforo.fleet.ledger import NEVER, Ledger, first
from aforo.fleet.record import ABSENT, EVENT_CODES, Bools, Codes
from aforo.fleet.standing import STAGES

#: Where a scanner stands: its stage, or `unaccounted` for one that was ordered and is heard of no more, or that was
#: delivered to no port that has it; `untold` for one of which no report names a stage.
Stage = Literal[ScannerEvent, "unaccounted", "untold"]
DAY = 86_400_000_000


@dataclass(frozen=True)
class Pipeline:
    """By scanner: `stage` as a place in STAGES, -1 where none was reported; `since` when it was reached; `ordered` when
    it was first ordered, NEVER where no report says; `unaccounted`; `blocker` of the stage as
    a code, ABSENT where none is told."""

    stage: Int64Array
    since: Int64Array
    ordered: Int64Array
    unaccounted: Bools
    blocker: Codes

    def name(self, scanner: int) -> Stage:
        """The stage of a scanner in a word."""
        if self.unaccounted[scanner]:
            return "unaccounted"
        return "untold" if self.stage[scanner] < 0 else STAGES[int(self.stage[scanner])]


class Waiting(msgspec.Struct, frozen=True):
    """Scanners that stand in one stage before service: how many, for which blocker (None where none is told), and for
    how many days, the least, in the middle and the most."""

    stage: Stage
    blocker: str | None
    scanners: int
    days: tuple[float, float, float]


class WaitingOne(msgspec.Struct, frozen=True):
    """A scanner that stands before service: since when its stage is reached, in microseconds since 1970, how many days
    that is, what blocks it (None where none is told), and when it was first ordered, None where no report says."""

    scanner: str
    stage: Stage
    since: int
    days: float
    blocker: str | None
    ordered: int | None


def pipeline(ledger: Ledger, at: int, forgotten_days: int) -> Pipeline:
    """How the fleet stands at `at`, by what is reported to have happened by then.

    An order of which nothing more is heard for `forgotten_days` is unaccounted for.
    """
    record = ledger.record
    size = len(record.names.scanners)
    stage = np.full(size, -1, dtype=np.int64)
    since = np.full(size, NEVER, dtype=np.int64)
    by_then = record.at <= at
    for number, event in enumerate(STAGES):
        reached = first(record, event)
        here = reached <= at
        stage[here], since[here] = number, reached[here]
    heard = np.zeros(size, dtype=np.bool_)
    heard[record.scanner[by_then & (record.event != EVENT_CODES["ordered"])]] = True
    latest = np.full(size, -NEVER, dtype=np.int64)
    np.maximum.at(latest, record.scanner[by_then], record.at[by_then])
    forgotten = (stage == STAGES.index("ordered")) & ~heard & (at - latest > forgotten_days * DAY)
    placed = np.zeros(size, dtype=np.bool_)
    placed[record.scanner[by_then & (record.port != ABSENT)]] = True
    lost = (stage == STAGES.index("delivered")) & ~placed
    # What blocked an earlier stage blocks this one no more.
    blocks = (record.blocker != ABSENT) & by_then & (record.at >= since[record.scanner])
    blocker = record.last(np.where(blocks, record.blocker, ABSENT).astype(np.int32))
    return Pipeline(stage, since, first(record, "ordered"), forgotten | lost, blocker)


def waiting_each(found: Pipeline, ledger: Ledger, at: int) -> list[WaitingOne]:
    """The scanners that stand before service, by their code."""
    before = STAGES.index("installed")
    rows = np.flatnonzero((found.stage >= 0) & ((found.stage < before) | found.unaccounted))
    names = ledger.record.names
    return [
        WaitingOne(
            names.scanners[row],
            found.name(row),
            int(found.since[row]),
            (at - int(found.since[row])) / DAY,
            None if found.blocker[row] == ABSENT else names.blockers[found.blocker[row]],
            None if found.ordered[row] == NEVER else int(found.ordered[row]),
        )
        for row in rows.tolist()
    ]


def waiting(found: Pipeline, ledger: Ledger, at: int) -> list[Waiting]:
    """What stands before service, by stage and blocker, in the order of the stages; unaccounted ones last."""
    groups: dict[tuple[Stage, str | None], list[float]] = {}
    for each in waiting_each(found, ledger, at):
        groups.setdefault((each.stage, each.blocker), []).append(each.days)
    order = {name: number for number, name in enumerate((*STAGES, "unaccounted"))}
    return [
        Waiting(stage, blocker, len(days), (min(days), float(np.median(days)), max(days)))
        for (stage, blocker), days in sorted(groups.items(), key=lambda each: (order[each[0][0]], each[0][1] or ""))
    ]


def bought(found: Pipeline, start: int, end: int) -> dict[str, int]:
    """Where the scanners stand that were ordered from `start` until before `end`; commissioned and retired ones were
    installed."""
    counts: dict[str, int] = {}
    for row in np.flatnonzero((found.ordered >= start) & (found.ordered < end)).tolist():
        name: str = found.name(row)
        stage = "installed" if name in ("commissioned", "retired") else name
        counts[stage] = counts.get(stage, 0) + 1
    return counts
