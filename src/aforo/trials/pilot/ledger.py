"""All that came to a pilot, arranged: a history whose periods are the nights, and today's selection beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.units import Int64Array
from aforo.flow.earlier import standing
from aforo.trials.history import UNKNOWN, History, Truth
from aforo.trials.pilot.today import Today


class NightQuality(msgspec.Struct, frozen=True):
    """What an administration wants to know of one night's extracts.

    `late`: filed on a day of a night that had been decided before. `unmatched` outcomes are of no declaration that came
    so far; `unexamined` say what was found, and neither the extract nor today's selection that anything was examined.
    """

    night: str
    files: tuple[str, ...]
    digests: tuple[str, ...]
    records: int
    new: int
    repeated: int
    amended: int
    refused: int
    late: int
    crossings: int
    cancelled: int
    outcomes: int
    unmatched: int
    unexamined: int


class Outcome(msgspec.Struct, frozen=True):
    """What became known of one row: `result` as Truth has it."""

    row: int
    result: int
    threat: int
    severity: float
    propensity: float


@dataclass
class Ledger:
    """Everything that came, arranged as a history whose periods are the nights; its truth is what became known.

    `learnt[p]` are the outcomes that came with night p. By crossing: `theirs` 1 chosen by today's selection, 0 not, −1
    not known; `control` it was drawn at random, with `control_propensity` (NaN where it is not given); `examined`;
    `listed` by today's selection. `unlisted` were examined without being on its list, and
    `contradicted` although it says that they were not.
    """

    history: History
    quality: list[NightQuality]
    missing: tuple[str, ...]
    learnt: list[list[Outcome]]
    theirs: npt.NDArray[np.int8]
    control: npt.NDArray[np.bool_]
    control_propensity: npt.NDArray[np.float64]
    examined: npt.NDArray[np.bool_]
    listed: npt.NDArray[np.bool_]
    unlisted: int
    contradicted: int

    def until(self, night: int) -> str:
        """A digest of all that had come by the end of a night and of what today's selection examined in it."""
        whole = hashlib.sha256()
        for p in range(night + 1):
            at = self.history.crossings[p]
            quality = self.quality[p]
            whole.update(msgspec.json.encode([quality.night, quality.digests, self.learnt[p]]))
            whole.update(self.examined[at].tobytes())
        return whole.hexdigest()


@dataclass
class Reading:
    """What is gathered while the nights are gone through."""

    place: dict[str, int] = field(default_factory=dict)
    content: list[int] = field(default_factory=list)
    crossing_of: dict[str, str] = field(default_factory=dict)
    rows_of: dict[str, list[int]] = field(default_factory=dict)
    tables: list[pl.DataFrame] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    result: dict[int, Outcome] = field(default_factory=dict)
    examined: set[int] = field(default_factory=set)
    propensity: dict[int, float] = field(default_factory=dict)


def ledger_of(
    reading: Reading,
    rows: Sequence[slice],
    quality: list[NightQuality],
    learnt: list[list[Outcome]],
    ends: Sequence[date],
    today: Today,
) -> Ledger:
    """The ledger of what was gathered: `rows`, `quality` and `learnt` of each night, `ends` its day."""
    table = pl.concat(reading.tables)
    names = list(reading.rows_of)
    number = {name: c for c, name in enumerate(names)}
    crossing = np.array([number[name] for name in reading.names], dtype=np.int64)
    first = np.array([own[0] for own in reading.rows_of.values()], dtype=np.int64)
    edges = np.array([each.stop for each in rows])
    night_of_row = np.searchsorted(edges, np.arange(table.height), side="right")
    period = night_of_row[first].astype(np.int64)
    bounds = np.searchsorted(period, np.arange(len(rows) + 1)).tolist()
    stands = _stands(table, crossing, night_of_row)
    live = np.zeros(len(names), dtype=np.bool_)
    at_first = night_of_row == period[crossing]
    np.logical_or.at(live, crossing[at_first], stands[at_first])
    cancelled = np.bincount(period[~live], minlength=len(rows)).tolist()
    truth = _truth(reading, table.height)
    history = History(
        table, truth, (), crossing, names, stands, period, first, tuple(each.night for each in quality), tuple(rows),
        tuple(slice(a, b) for a, b in pairwise(bounds)),
        hashlib.sha256("".join(d for each in quality for d in each.digests).encode()).hexdigest(),
    )  # fmt: skip
    ids: list[str] = table["declaration_id"].to_list()
    theirs = np.full(len(names), 0 if today.complete else -1, dtype=np.int8)
    control = np.zeros(len(names), dtype=np.bool_)
    chance = np.full(len(names), np.nan)
    examined, listed = np.zeros(len(names), dtype=np.bool_), np.zeros(len(names), dtype=np.bool_)
    unlisted = contradicted = 0
    for c, (name, own) in enumerate(reading.rows_of.items()):
        looked = any(row in reading.examined for row in own)
        choice = today.of(name, [ids[row] for row in own])
        drawn = [p for row in own if (p := reading.propensity.get(row)) is not None and p < 1.0]
        if choice is not None:
            listed[c] = True
            contradicted += looked and choice.examined is False
            chosen = choice.selected if choice.selected is not None else bool(choice.examined)
            examined[c] = looked or (choice.examined if choice.examined is not None else chosen)
            control[c] = choice.control
            if choice.control and choice.propensity is not None:
                chance[c] = choice.propensity
            theirs[c] = chosen or choice.control
        elif looked:
            # It was examined, so today's system sent it, whether its list says so or not.
            unlisted += 1
            theirs[c], examined[c] = 1, True
        if drawn and examined[c] and (choice is None or (choice.control and choice.propensity is None)):
            control[c], chance[c] = True, min(drawn)
    return Ledger(
        history,
        [msgspec.structs.replace(each, cancelled=int(gone)) for each, gone in zip(quality, cancelled, strict=True)],
        _missing(ends),
        learnt,
        theirs,
        control,
        chance,
        examined,
        listed,
        unlisted,
        contradicted,
    )


def _truth(reading: Reading, height: int) -> Truth:
    """What is known of every row at the end."""
    made = Truth(
        np.full(height, UNKNOWN, np.int8),
        np.full(height, -1, np.int64),
        np.zeros(height),
        np.full(height, -1, np.int64),
    )
    for row, own in reading.result.items():
        made.violation[row], made.threat[row], made.severity[row] = own.result, own.threat, own.severity
    return made


def _stands(table: pl.DataFrame, crossing: Int64Array, night: Int64Array) -> npt.NDArray[np.bool_]:
    """Which rows stand at the end of their own night."""
    stands = np.ones(table.height, dtype=np.bool_)
    amending = table["amends"].is_not_null().to_numpy()
    if not amending.any():
        return stands
    ids, amends, action = (table[name].to_list() for name in ("declaration_id", "amends", "action"))
    for c in np.unique(crossing[amending]).tolist():
        rows = np.flatnonzero(crossing == c)
        for end in np.unique(night[rows]).tolist():
            so_far = rows[night[rows] <= end]
            still = so_far[standing([(ids[row], amends[row], action[row]) for row in so_far.tolist()])]
            own = so_far[night[so_far] == end]
            stands[own] = np.isin(own, still)
    return stands


def _missing(ends: Sequence[date]) -> tuple[str, ...]:
    """The days between the first night and the last that have no extract."""
    have = set(ends)
    if not have:
        return ()
    span = (max(have) - min(have)).days
    days = (min(have) + timedelta(days=d) for d in range(span))
    return tuple(day.isoformat() for day in days if day not in have)
