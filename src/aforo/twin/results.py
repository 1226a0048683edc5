"""What was asked and what came out, as one value: for `--json`, and to make tables, plots and the page of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import polars as pl

from aforo.domain.text import Text, catalogue
from aforo.measures.intervals import Interval
from aforo.twin.applied import Counts, applied, counts_of
from aforo.twin.changes import TurnedAway
from aforo.twin.comparison import Comparison, Row, compared
from aforo.twin.diversion import FITTED
from aforo.twin.of_port import ASSUMPTIONS
from aforo.twin.replication import Replication, seed_of
from aforo.twin.scenario import Scenario, called
from aforo.twin.value_of_time import Range, worth_of
from aforo.twin.working_days import Month

Pair = tuple[Replication, Replication]


class Held(msgspec.Struct, frozen=True):
    """A month of a port against its public count: trucks fed, modelled (median and 95 % of replications), counted."""

    port: str
    month: str
    fed: int
    counted: int
    modelled: float
    low: float
    high: float


class Result(msgspec.Struct, frozen=True):
    """The result of a comparison. `synthetic` is always true. `assumed` names figures by `port/bridge: place`."""

    synthetic: bool
    first: str
    second: str
    title: Text
    start: str
    days: int
    seed: int
    policy: str
    comparison: Comparison
    bridge_names: dict[str, str]
    hours: dict[str, dict[str, list[float | None]]]
    value: Range | None
    held: tuple[Held, ...]
    assumed: tuple[str, ...]
    assumptions: tuple[Text, ...]
    diversion_fitted_on: tuple[str, ...]
    sources: tuple[str, ...]


def result_of(
    first: Scenario,
    second: Scenario,
    pairs: Sequence[Pair],
    counts: Counts,
    half_widths: Mapping[str, float] | None = None,
) -> Result:
    """The result of replications in pairs."""
    comparison = compared(pairs, half_widths)
    hours = row_of(comparison, "truck_hours")
    saved = None
    if hours is not None and hours.difference.value is not None:
        saved = Interval(-hours.difference.value, -hours.difference.high, -hours.difference.low)
    ready = applied(second, counts, seed_of(second, 0))
    diverts = any(isinstance(change, TurnedAway) and change.alternatives for change in (*second.before, *second.change))
    say = catalogue("aforo.twin").template
    return Result(
        synthetic=True,
        first=first.name if first.name != second.name else "base",
        second=second.name,
        title=Text(second.title.en, second.title.es),
        start=second.first.isoformat(),
        days=second.days,
        seed=second.seed,
        policy=second.policy if first.policy == second.policy else f"{first.policy} → {second.policy}",
        comparison=comparison,
        bridge_names={f"{each.port}/{each.bridge}": each.title for each in ready.bridges},
        hours={name: _hours(pairs, name) for name in comparison.rows},
        value=None if saved is None else worth_of(saved),
        held=_held(second, pairs, counts_of(second, counts)),
        assumed=tuple(f"{each.port}/{each.bridge}: {place}" for each in ready.bridges for place in each.assumed),
        assumptions=tuple(say(code) for code in ASSUMPTIONS),
        diversion_fitted_on=FITTED.shocks if diverts else (),
        sources=second.sources,
    )


def row_of(comparison: Comparison, figure: str, bridge: str = "") -> Row | None:
    """One figure of a comparison; None where no replication has it."""
    return next((row for row in comparison.rows[bridge] if row.figure == figure), None)


def _hours(pairs: Sequence[Pair], bridge: str) -> dict[str, list[float | None]]:
    """The mean wait by local hour of both; of all bridges together under an empty name."""
    told = {}
    for name, at in (("first", 0), ("second", 1)):
        rows = []
        for pair in pairs:
            of = pair[at].by_hour
            rows += [of[bridge]] if bridge else list(of.values())
        held = np.array(rows)
        known = ~np.isnan(held)
        total = np.where(known, held, 0.0).sum(axis=0)
        count = known.sum(axis=0)
        told[name] = [float(total[h] / count[h]) if count[h] else None for h in range(24)]
    return told


def _held(scenario: Scenario, pairs: Sequence[Pair], counts: Mapping[str, Mapping[Month, int]]) -> tuple[Held, ...]:
    """What the scenario's months of a port come to, against `observed`."""
    found = []
    days = np.datetime64(scenario.first) + np.arange(scenario.days)
    for observed in scenario.observed:
        places = called(observed.port)
        fed = counts.get(places[0][0].code, {}).get(observed.key(), 0)
        inside = days.astype("datetime64[M]") == np.datetime64(observed.month)
        names = [f"{port.code}/{bridge.id}" for port, bridge in places]
        if not inside.any():
            continue
        modelled = np.array([sum(float(pair[1].by_day[name][inside].sum()) for name in names) for pair in pairs])
        low, middle, high = np.quantile(modelled, (0.025, 0.5, 0.975))
        found.append(
            Held(places[0][0].name, observed.month, fed, observed.trucks, float(middle), float(low), float(high))
        )
    return tuple(found)


def frame(result: Result) -> pl.DataFrame:
    """All rows as a table: bridge, figure, and of first, second and difference the value and its limits."""
    rows: list[dict[str, Any]] = []
    for bridge, its in result.comparison.rows.items():
        for row in its:
            told: dict[str, Any] = {"synthetic": True, "bridge": bridge or "all", "figure": row.figure}
            for name in ("first", "second", "difference"):
                interval: Interval = getattr(row, name)
                told |= {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
            rows.append(told | {"replications": result.comparison.replications, "needed": row.needed})
    return pl.DataFrame(rows, infer_schema_length=None)
