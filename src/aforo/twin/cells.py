"""The cells of a sweep: one scenario for each point of a design."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from aforo.domain.form import fault_of
from aforo.ports.directory import Directory
from aforo.twin.border import Counts
from aforo.twin.outcomes import FIGURES
from aforo.twin.scenario import Scenario, ScenarioError, check

#: A sweep has no more runs than this: cells times replications.
MOST_RUNS: Final = 1_000_000


class Cell(msgspec.Struct, frozen=True):
    """One point: the values by field, and its scenario."""

    values: dict[str, Any]
    scenario: Scenario

    def key(self, counts: Counts) -> str:
        """A name that is the same for the same scenario, counts and figures, and for no other."""
        told = msgspec.json.encode(
            (self.scenario, sorted((code, sorted(of.items())) for code, of in counts.items()), FIGURES)
        )
        return hashlib.sha256(told).hexdigest()[:16]


def cells_of(
    scenario: Scenario, fields: Sequence[str], points: Sequence[Sequence[Any]], ports: Directory
) -> list[Cell]:
    """The cell of each point, in their order. ScenarioError for a field or value that cannot be."""
    made = []
    for values in points:
        table = msgspec.to_builtins(scenario, builtin_types=(bytes,))
        for name, value in zip(fields, values, strict=True):
            _set(table, name, value)
        try:
            own = msgspec.convert(table, Scenario, strict=False)
        except msgspec.ValidationError as wrong:
            raise ScenarioError(
                "scenario_not_valid", place=", ".join(fields), why=fault_of(wrong, Scenario, table)[1]
            ) from wrong
        check(own, ports)
        made.append(Cell(dict(zip(fields, values, strict=True)), own))
    runs = sum(cell.scenario.replications for cell in made)
    if runs > MOST_RUNS:
        raise ScenarioError("sweep_too_many", cells=len(made), runs=runs, most=MOST_RUNS)
    return made


def _set(table: dict[str, Any], name: str, value: Any) -> None:
    """Sets `a.b.2.c` in a table, where every part but the last must be there."""
    at: Any = table
    *path, last = name.split(".")
    try:
        for part in path:
            at = at[int(part)] if isinstance(at, list | tuple) else at[part]
        if isinstance(at, list):
            at[int(last)] = value
        elif isinstance(at, dict):
            at[last] = value
        else:
            raise KeyError(last)
    except (KeyError, IndexError, ValueError, TypeError) as wrong:
        raise ScenarioError("sweep_over", given=name) from wrong
