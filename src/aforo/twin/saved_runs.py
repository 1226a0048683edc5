"""Two runs that were saved, held against each other: what they were run on, their figures, and what each change did.

Nothing is simulated anew, so the differences are not paired: their intervals are those of two independent runs, half
the width of one and of the other as the legs of a right angle. Runs of one seed share trucks, and then the interval is
wider than it need be; `aforo twin compare` on the same trucks is sharper.
"""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec

from aforo.domain.text import Text
from aforo.ports.directory import UsedDocument

#: A saved run of every bridge of the border has less.
MOST_BYTES: Final = 50_000_000


class SavedRunError(ValueError):
    """The file is no saved run; the message says why."""


class SavedInterval(msgspec.Struct, frozen=True):
    """An estimate with its 95 % limits, which are null where one replication alone has it."""

    value: float | None
    low: float | None
    high: float | None


class SavedRow(msgspec.Struct, frozen=True):
    """One figure of a saved run: of the base, of the scenario, and what the scenario changed."""

    figure: str
    first: SavedInterval
    second: SavedInterval
    difference: SavedInterval


class SavedComparison(msgspec.Struct, frozen=True):
    """The figures of all bridges under `""`, and of each by `port/bridge`."""

    replications: int
    rows: dict[str, tuple[SavedRow, ...]]


class SavedCalibration(msgspec.Struct, frozen=True):
    """The file of the calibration that a run took."""

    sha256: str


class SavedBase(msgspec.Struct, frozen=True):
    """Whether the base of a saved run was checked, and with which calibration."""

    checked: bool
    calibration: SavedCalibration | None = None


class SavedRefusal(msgspec.Struct, frozen=True):
    """Rows of counts that a saved run lacks, in words."""

    words: Text


class SavedRun(msgspec.Struct, frozen=True):
    """A `result.json` of `aforo twin run` or `compare`, as far as two of them are compared."""

    first: str
    second: str
    title: Text
    start: str
    days: int
    seed: int
    policy: str
    comparison: SavedComparison
    bridge_names: dict[str, str]
    counts: Text
    scenarios: str = ""
    documents: tuple[UsedDocument, ...] = ()
    base: SavedBase | None = None
    refused: tuple[SavedRefusal, ...] = ()


class Condition(msgspec.Struct, frozen=True):
    """What the two were run on that differs; `code` is a key of the catalogue, as `runs_seed`."""

    code: str
    first: Text
    second: Text


class RunRow(msgspec.Struct, frozen=True):
    """A figure of the scenario in both runs with the difference, and the same of what the scenario changed there."""

    figure: str
    first: SavedInterval
    second: SavedInterval
    difference: SavedInterval
    first_change: SavedInterval
    second_change: SavedInterval
    change_difference: SavedInterval


class RunComparison(msgspec.Struct, frozen=True):
    """The comparison of two saved runs. `synthetic` is always true; `rows` has all bridges under `""` where both runs
    are of the same bridges, and every bridge that both have."""

    synthetic: bool
    first: Text
    second: Text
    conditions: tuple[Condition, ...]
    rows: dict[str, tuple[RunRow, ...]]
    bridge_names: dict[str, str]
    refused: tuple[SavedRefusal, ...]


def parse(document: bytes) -> SavedRun:
    """The saved run of a JSON document. SavedRunError says what is wrong."""
    if len(document) > MOST_BYTES:
        raise SavedRunError(f"> {MOST_BYTES} bytes")
    try:
        return msgspec.json.decode(document, type=SavedRun)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as wrong:
        raise SavedRunError(str(wrong)) from wrong


def runs_compared(first: SavedRun, second: SavedRun) -> RunComparison:
    """Two saved runs, second less first; no row where they have no bridge in common."""
    bridges = first.bridge_names.keys() & second.bridge_names.keys()
    # A run of one bridge has its figures under "" alone.
    names = sorted(bridges & first.comparison.rows.keys() & second.comparison.rows.keys())
    if first.bridge_names.keys() == second.bridge_names.keys():
        names.insert(0, "")
    return RunComparison(
        synthetic=True,
        first=first.title,
        second=second.title,
        conditions=tuple(_conditions(first, second)),
        rows={name: _rows(first.comparison.rows[name], second.comparison.rows[name]) for name in names},
        bridge_names={name: first.bridge_names[name] for name in sorted(bridges)},
        refused=(*first.refused, *(each for each in second.refused if each not in first.refused)),
    )


def _conditions(first: SavedRun, second: SavedRun) -> list[Condition]:
    found = []

    def hold(code: str, one: Any, other: Any) -> None:
        if one != other:
            found.append(
                Condition(
                    code, *(each if isinstance(each, Text) else Text(str(each), str(each)) for each in (one, other))
                )
            )

    hold("runs_scenario", _scenarios(first), _scenarios(second))
    hold("runs_days", f"{first.start}, {first.days}", f"{second.start}, {second.days}")
    hold("runs_replications", first.comparison.replications, second.comparison.replications)
    hold("runs_seed", first.seed, second.seed)
    hold("runs_policy", first.policy, second.policy)
    hold("runs_counts", first.counts, second.counts)
    hold("runs_calibration", _calibration(first), _calibration(second))
    hold("runs_bridges", *(", ".join(sorted(run.bridge_names)) for run in (first, second)))
    ours, theirs = ({each.port: each for each in run.documents} for run in (first, second))
    for port in sorted(ours.keys() & theirs.keys()):
        hold("runs_document", _version(ours[port]), _version(theirs[port]))
    return found


def _scenarios(run: SavedRun) -> str:
    """Both scenarios of a run by name, with the digest where the run has it."""
    return f"{run.first} → {run.second}" + (f" [{run.scenarios[:8]}]" if run.scenarios else "")


def _calibration(run: SavedRun) -> str:
    return run.base.calibration.sha256[:8] if run.base is not None and run.base.calibration is not None else "–"


def _version(document: UsedDocument) -> str:
    return f"{document.name} {document.version} [{document.sha256[:8]}]"


def _rows(first: tuple[SavedRow, ...], second: tuple[SavedRow, ...]) -> tuple[RunRow, ...]:
    """The figures that both runs have; one of another version of the product may have others."""
    others = {row.figure: row for row in second}
    return tuple(
        RunRow(
            row.figure,
            row.second,
            other.second,
            _apart(row.second, other.second),
            row.difference,
            other.difference,
            _apart(row.difference, other.difference),
        )
        for row in first
        if (other := others.get(row.figure)) is not None
    )


def _apart(first: SavedInterval, second: SavedInterval) -> SavedInterval:
    """Second less first, of independent estimates; without limits where either has none."""
    if first.value is None or second.value is None:
        return SavedInterval(None, None, None)
    value = second.value - first.value
    ends = (first.low, first.high, second.low, second.high)
    if any(each is None or not math.isfinite(each) for each in ends):
        return SavedInterval(value, None, None)
    half = math.hypot(
        *((run.high - run.low) / 2.0 for run in (first, second) if run.high is not None and run.low is not None)
    )
    return SavedInterval(value, value - half, value + half)
