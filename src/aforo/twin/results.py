"""What was asked and what came out, as one value: for `--json`, and to make tables, plots and the page of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import polars as pl

from aforo.domain.text import Text, catalogue
from aforo.domain.units import Float64Array
from aforo.measures.crossing_times import mean_interval
from aforo.measures.economics import Range, worth_of
from aforo.measures.emissions import Emission, emission_of
from aforo.measures.intervals import Interval
from aforo.ports.directory import Directory, UsedDocument
from aforo.twin.applied import applied, counts_of
from aforo.twin.base_check import BaseCheck, PublishedBeside, altered_places, base_check, published_beside
from aforo.twin.border import Border
from aforo.twin.changes import TurnedAway
from aforo.twin.comparison import Comparison, Row, compared
from aforo.twin.diversion import FITTED
from aforo.twin.of_port import ASSUMPTIONS
from aforo.twin.replication import Replication, seed_of
from aforo.twin.scan_limit import ScanLimit
from aforo.twin.scenario import Scenario, called
from aforo.twin.threats import ThreatFinds, threat_finds
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
    """The result of a comparison. `synthetic` is always true. `assumed` names figures by `port/bridge: place`.

    `hours` has the mean wait by local hour of arrival of `first` and `second`, each with its 95 % limits (`first_low`,
    `first_high`, …; null where one replication alone has the hour). `scanners` are those that stand behind primary in
    both, by `port/bridge`; `documents` are those of ports by which both were built, `counts` says which trucks were
    counted. `threats` are the finds by threat, `limits` what limits scanning in both, by `port/bridge`. `stranded` says
    that trucks never came through in some replication: they count in the truck-hours with the least that they can be,
    and what the difference is worth is not told. `base` says whether the waits of `first` were checked and `published`
    has published waits beside them; `value` is null, and `value_missing` says why, where they were not. `emission` is
    the carbon dioxide of the truck-hours, null where their difference holds zero or trucks are stranded. `scenarios` is
    the SHA-256 of both scenarios with all that the command line says in place of theirs.
    """

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
    sources: tuple[Text, ...]
    scanners: dict[str, tuple[int, int]]
    stranded: bool
    documents: tuple[UsedDocument, ...]
    counts: Text
    threats: tuple[ThreatFinds, ...]
    limits: dict[str, tuple[ScanLimit, ScanLimit]]
    base: BaseCheck
    published: tuple[PublishedBeside, ...]
    value_missing: Text | None
    emission: Emission | None
    scenarios: str


def result_of(
    first: Scenario,
    second: Scenario,
    pairs: Sequence[Pair],
    border: Border,
    half_widths: Mapping[str, float] | None = None,
) -> Result:
    """The result of replications in pairs."""
    comparison = compared(pairs, half_widths)
    hours = row_of(comparison, "truck_hours")
    stranded = any(each.whole["missing"] > 0.0 for pair in pairs for each in pair)
    saved = None
    if not stranded and hours is not None and hours.difference.value is not None:
        saved = Interval(-hours.difference.value, -hours.difference.high, -hours.difference.low)
    ready = applied(second, border, seed_of(second, 0))
    stood = applied(first, border, seed_of(first, 0)).scanners
    diverts = any(isinstance(change, TurnedAway) and change.alternatives for change in (*second.before, *second.change))
    say = catalogue("aforo.twin").template
    places = {f"{each.port}/{each.bridge}" for each in ready.bridges}
    base = base_check(border, places, altered_places(first, border, (*first.before, *first.change)))
    by_hour = {name: hourly(pairs, name) for name in comparison.rows}
    value = None if saved is None or not base.checked else worth_of(saved)
    missing = None
    if stranded:
        missing = "value_stranded"
    elif saved is None or worth_of(saved) is None:
        missing = "value_unclear"
    elif value is None:
        missing = "value_unchecked"
    return Result(
        synthetic=True,
        first=first.name if first.name != second.name else "base",
        second=second.name,
        title=_title(first, second),
        start=second.first.isoformat(),
        days=second.days,
        seed=second.seed,
        policy=second.policy if first.policy == second.policy else f"{first.policy} → {second.policy}",
        comparison=comparison,
        bridge_names={f"{each.port}/{each.bridge}": each.title for each in ready.bridges},
        hours=by_hour,
        value=value,
        held=_held(second, pairs, border.ports, counts_of(second, border)),
        assumed=tuple(f"{each.port}/{each.bridge}: {place}" for each in ready.bridges for place in each.assumed),
        assumptions=tuple(say(code) for code in ASSUMPTIONS),
        diversion_fitted_on=FITTED.shocks if diverts else (),
        sources=tuple(Text(each, each) if isinstance(each, str) else Text(each.en, each.es) for each in second.sources),
        scanners={
            f"{port}/{bridge}": (stood.get((port, bridge), 0), stand)
            for (port, bridge), stand in ready.scanners.items()
        },
        stranded=stranded,
        documents=second.documents(border.ports).used(),
        counts=border.origin,
        threats=threat_finds(first, second, [(one.whole, other.whole) for one, other in pairs]),
        limits={name: (pairs[0][0].limits[name], limit) for name, limit in pairs[0][1].limits.items()},
        base=base,
        published=published_beside(
            border, places, {name: by_hour[name]["first"] for name in places if name in by_hour}
        ),
        value_missing=None if missing is None else say(missing),
        emission=None if saved is None else emission_of(saved),
        scenarios=hashlib.sha256(msgspec.json.encode((first, second))).hexdigest(),
    )


def _title(first: Scenario, second: Scenario) -> Text:
    """The scenario's; both where it is not held against its own base."""
    if first.name == second.name:
        return Text(second.title.en, second.title.es)
    return Text(f"{first.title.en} → {second.title.en}", f"{first.title.es} → {second.title.es}")


def row_of(comparison: Comparison, figure: str, bridge: str = "") -> Row | None:
    """One figure of a comparison; None where no replication has it."""
    return next((row for row in comparison.rows[bridge] if row.figure == figure), None)


def hourly(pairs: Sequence[Pair], bridge: str) -> dict[str, list[float | None]]:
    """The mean wait by local hour of both with its limits; of all bridges together under an empty name."""
    told: dict[str, list[float | None]] = {}
    for name, at in (("first", 0), ("second", 1)):
        of_each = [
            np.array([pair[at].by_hour[bridge]] if bridge else list(pair[at].by_hour.values())) for pair in pairs
        ]
        held = np.concatenate(of_each)
        known = ~np.isnan(held)
        total = np.where(known, held, 0.0).sum(axis=0)
        count = known.sum(axis=0)
        told[name] = [float(total[h] / count[h]) if count[h] else None for h in range(24)]
        limits = [mean_interval(_means(of_each, hour)) for hour in range(24)]
        # Student's interval may reach below zero where a few replications hardly wait, and no wait is less than none.
        told[f"{name}_low"] = [max(each.low, 0.0) if np.isfinite(each.low) else None for each in limits]
        told[f"{name}_high"] = [each.high if np.isfinite(each.high) else None for each in limits]
    return told


def _means(of_each: Sequence[Float64Array], hour: int) -> list[float]:
    """The mean over bridges of an hour, of each replication that has it."""
    columns = (rows[~np.isnan(rows[:, hour]), hour] for rows in of_each)
    return [float(column.mean()) for column in columns if len(column)]


def _held(
    scenario: Scenario, pairs: Sequence[Pair], ports: Directory, counts: Mapping[str, Mapping[Month, int]]
) -> tuple[Held, ...]:
    """What the scenario's months of a port come to, against `observed`."""
    found = []
    days = np.datetime64(scenario.first) + np.arange(scenario.days)
    for observed in scenario.observed:
        places = called(observed.port, ports)
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
    """All rows as a table, finds by threat last: bridge, figure, and of first, second and difference the value and its
    limits."""
    rows: list[dict[str, Any]] = []
    for bridge, its in result.comparison.rows.items():
        for row in its:
            told: dict[str, Any] = {"synthetic": True, "bridge": bridge or "all", "figure": row.figure}
            for name in ("first", "second", "difference"):
                told |= _limits(name, getattr(row, name))
            rows.append(told | {"replications": result.comparison.replications, "needed": row.needed})
    for finds in result.threats:
        for name, (first, second) in (("hidden", finds.hidden), ("found", finds.found), ("found_share", finds.share)):
            told = {"synthetic": True, "bridge": "all", "figure": f"{name}_{finds.threat}"}
            for side, interval in (("first", first), ("second", second)):
                told |= _limits(side, interval)
            told |= _limits("difference", finds.difference if name == "found" else Interval(None, 0.0, 0.0))
            rows.append(told | {"replications": result.comparison.replications, "needed": None})
    return pl.DataFrame(rows, infer_schema_length=None)


def _limits(name: str, interval: Interval) -> dict[str, float | None]:
    """The columns of an interval; none of them where it has no value."""
    low, high = (None, None) if interval.value is None else (interval.low, interval.high)
    return {name: interval.value, f"{name}_low": low, f"{name}_high": high}
