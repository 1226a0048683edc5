"""What today's selection chose, as the administration's own system tells it.

A table of `declaration_id` or `crossing_id`, with `selected` and `examined` (0/1; either may stand for the other),
`control` (0/1: drawn at random) with its `propensity` (0 to 1), `channel` and `reason`. A table without either flag
lists what was chosen. A channel that is called random, or the like, is a control draw.

What the table does not name is not known; only where it is said to be complete is it not chosen.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aforo.intake.mapping import Mapping as ColumnMapping
from aforo.trials.pilot import rows

#: What a mapping may name beyond the declaration table's columns and labels.
TARGETS: tuple[str, ...] = ("selected", "control", "channel", "reason", "at")
#: Channels that mean a random draw.
RANDOM_CHANNELS = frozenset({"random", "control", "lottery", "aleatorio", "aleatoria", "sorteo", "azar"})


@dataclass(frozen=True)
class Choice:
    """One row. `selected` and `examined` are None where it does not say; `propensity` of the control draw."""

    selected: bool | None
    examined: bool | None
    control: bool
    propensity: float | None


@dataclass(frozen=True)
class Today:
    """Today's selection by declaration and by crossing; `refused` rows could not be understood, by the place of each.

    `zeros`: some row says that it was not chosen. `complete`: what is not named was not chosen.
    """

    by_declaration: Mapping[str, Choice]
    by_crossing: Mapping[str, Choice]
    rows: int
    refused: tuple[int, ...]
    zeros: bool
    complete: bool
    digest: str
    named: str = ""
    channels: Mapping[str, int] = field(default_factory=dict)

    def of(self, crossing: str, declarations: list[str]) -> Choice | None:
        """What is said of a crossing, by its name or any of its declarations; None where nothing is."""
        said = [self.by_crossing.get(crossing), *(self.by_declaration.get(own) for own in declarations)]
        known = [each for each in said if each is not None]
        if not known:
            return None
        made = known[0]
        for each in known[1:]:
            made = _joined(made, each)
        return made


def read(path: Path, mapping: ColumnMapping | None = None, *, complete: bool = False) -> Today:
    """Today's selection from a table. Raises rows.UnreadableError, OSError."""
    by_declaration: dict[str, Choice] = {}
    by_crossing: dict[str, Choice] = {}
    refused: list[int] = []
    channels: dict[str, int] = {}
    count = 0
    columns = rows.columns_of(path, mapping)
    if columns.isdisjoint(("declaration_id", "crossing_id")):
        raise rows.UnreadableError("pilot_today_no_identifier")
    flagged = not columns.isdisjoint(("selected", "examined"))
    for place, cells in rows.read(path, mapping):
        count += 1
        choice = None if cells is None else _choice(cells, flagged=flagged)
        declaration, crossing = (None, None) if cells is None else map(cells.get, ("declaration_id", "crossing_id"))
        if choice is None or (declaration is None and crossing is None):
            refused.append(place)
            continue
        assert cells is not None
        if channel := cells.get("channel"):
            channels[channel] = channels.get(channel, 0) + 1
        for name, known in ((declaration, by_declaration), (crossing, by_crossing)):
            if name is not None:
                known[name] = _joined(known[name], choice) if name in known else choice
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    every = [*by_declaration.values(), *by_crossing.values()]
    zeros = any(each.selected is False or (each.selected is None and each.examined is False) for each in every)
    ordered = dict(sorted(channels.items(), key=lambda each: (-each[1], each[0])))
    return Today(by_declaration, by_crossing, count, tuple(refused), zeros, complete, digest, path.name, ordered)


def _choice(cells: Mapping[str, str], *, flagged: bool) -> Choice | None:
    """The choice of a row; None where a flag or a propensity is not one."""
    flags: dict[str, bool | None] = {}
    for name in ("selected", "examined", "control"):
        text = cells.get(name)
        if text is not None and text.lower() not in rows.FLAGS:
            return None
        flags[name] = None if text is None else rows.FLAGS[text.lower()]
    selected, examined = flags["selected"], flags["examined"]
    if not flagged:
        selected = True
    elif selected is None and examined is None:
        return None
    try:
        propensity = float(cells["propensity"]) if "propensity" in cells else None
    except ValueError:
        return None
    if propensity is not None and not (math.isfinite(propensity) and 0.0 <= propensity <= 1.0):
        return None
    control = flags["control"] or (flags["control"] is None and cells.get("channel", "").lower() in RANDOM_CHANNELS)
    # A chance of zero is none: such a draw cannot have been made.
    return Choice(selected, examined, bool(control), propensity or None)


def _joined(one: Choice, other: Choice) -> Choice:
    """Two rows of one crossing: what either says was done was done."""

    def either(a: bool | None, b: bool | None) -> bool | None:
        return b if a is None else a if b is None else a or b

    return Choice(
        either(one.selected, other.selected),
        either(one.examined, other.examined),
        one.control or other.control,
        one.propensity if one.propensity is not None else other.propensity,
    )
