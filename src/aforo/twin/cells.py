"""The cells of a sweep: one scenario for every combination of the values that are asked for."""

from __future__ import annotations

import hashlib
import itertools
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from aforo.ports.directory import Directory
from aforo.ports.form import fault_of
from aforo.twin.border import Counts
from aforo.twin.outcomes import FIGURES
from aforo.twin.scenario import Scenario, ScenarioError, check

#: A sweep has no more runs than this: cells times replications.
MOST_RUNS: Final = 1_000_000


class Cell(msgspec.Struct, frozen=True):
    """One combination: the values by field, and its scenario."""

    values: dict[str, Any]
    scenario: Scenario

    def key(self, counts: Counts) -> str:
        """A name that is the same for the same scenario, counts and figures, and for no other."""
        told = msgspec.json.encode(
            (self.scenario, sorted((code, sorted(of.items())) for code, of in counts.items()), FIGURES)
        )
        return hashlib.sha256(told).hexdigest()[:16]


def overs(given: Sequence[str]) -> dict[str, list[Any]]:
    """The fields and values of `FIELD=VALUE,VALUE…`. ScenarioError for what is not of that form."""
    found: dict[str, list[Any]] = {}
    for each in given:
        field, equals, values = each.partition("=")
        if not equals or not field or not values or field in found:
            raise ScenarioError("sweep_over", given=each)
        found[field] = [_value(value) for value in values.split(",")]
    return found


def _value(text: str) -> Any:
    """A value as TOML would read it, else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def cells_of(scenario: Scenario, over: Mapping[str, Sequence[Any]], ports: Directory) -> list[Cell]:
    """Every combination, the last field varying fastest. ScenarioError for a field or value that cannot be."""
    made = []
    names = list(over)
    for values in itertools.product(*over.values()):
        table = msgspec.to_builtins(scenario, builtin_types=(bytes,))
        for name, value in zip(names, values, strict=True):
            _set(table, name, value)
        try:
            own = msgspec.convert(table, Scenario, strict=False)
        except msgspec.ValidationError as wrong:
            raise ScenarioError(
                "scenario_not_valid", place=", ".join(names), why=fault_of(wrong, Scenario, table)[1]
            ) from wrong
        check(own, ports)
        made.append(Cell(dict(zip(names, values, strict=True)), own))
    if len(made) * scenario.replications > MOST_RUNS:
        raise ScenarioError("sweep_too_many", cells=len(made), replications=scenario.replications, most=MOST_RUNS)
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
