"""What a sweep came to, told: its files, its tables, how much each field matters, and what it took."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.cli.refused_rows import refused_told
from aforo.cli.sweep_folder import written
from aforo.domain.input_refusal import RefusedRows
from aforo.measures.crossing_times import mean_interval
from aforo.measures.intervals import Interval
from aforo.measures.sensitivity import FEWEST, sobol_indices
from aforo.twin.cells import Cell
from aforo.twin.outcomes import FIGURES
from aforo.twin.page import change, level, number
from aforo.twin.scenario import Scenario
from aforo.twin.sweep_points import Design
from aforo.twin.sweeping import Made

#: The figures of the tables; the data have all.
_SHOWN: Final = ("wait_mean", "wait_p95", "crossing_mean", "missing", "scan_share", "found_share", "net")

Done = dict[int, dict[str, float]]
Row = dict[str, Any]


@dataclass
class Work:
    """What this run of the command did: cells and border-years of the sweep, those that were done before; policies that
    differ, and how many border-years' bridges asked for one; what was solved and run now, and found run."""

    cells: int
    border_years: int
    before: int
    policies: int = 0
    policies_asked: int = 0
    solved: int = 0
    run: int = 0
    found: int = 0
    trucks: int = 0

    def add(self, made: Made) -> None:
        """Count what a piece of work made."""
        self.solved += made.solved
        self.run += made.run
        self.found += made.found
        self.trucks += made.trucks


@dataclass(frozen=True)
class Swept:
    """A sweep that is done: its cells, and beside them their replications by number."""

    scenario: Scenario
    design: Design
    cells: Sequence[Cell]
    done: Sequence[Done]
    work: Work


def tell(swept: Swept, out: Path, json: bool, say: Sentences, lost: Sequence[RefusedRows]) -> None:
    """Write the data and say what it comes to; `lost` are rows of counts that it lacks. Raises OSError."""
    rows = _rows(swept)
    indices, refused = _indices(swept, say)
    files = [*_written(rows, out, "sweep"), *(_written(indices, out, "sensitivity") if indices else [])]
    if json:
        terminal.emit(
            {
                "synthetic": True,
                "scenario": swept.scenario.name,
                "design": swept.design,
                "rows": rows,
                "sensitivity": indices,
                "sensitivity_refused": refused,
                "work": msgspec.to_builtins(swept.work),
                "refused": refused_told(lost),
            }
        )
        return
    terminal.out.print(say("synthetic"), style="red", markup=False)
    if swept.design.kind == "grid":
        terminal.show(_cells_table(swept, rows, say))
    else:
        terminal.show(_spread_table(swept, say))
    if indices:
        terminal.show(_indices_table(indices, say))
    stranded = sum(any(each["missing"] > 0.0 for each in its.values()) for its in swept.done)
    if stranded:
        terminal.paragraph(say("sweep_stranded", cells=stranded, all=len(swept.done)), style="bold")
    for sentence in refused:
        terminal.paragraph(sentence)
    work = swept.work
    terminal.paragraph(say("sweep_work", now=work.border_years - work.before, run=work.run, found=work.found))
    if work.policies:
        terminal.paragraph(say("sweep_solved", solved=work.solved, policies=work.policies, asked=work.policies_asked))
    for file in files:
        terminal.out.print(say("written", file=file), markup=False)


def _rows(swept: Swept) -> list[Row]:
    """A row for each cell and figure, with the paired difference from the first cell."""
    rows: list[Row] = []
    first = swept.done[0]
    for cell, its in zip(swept.cells, swept.done, strict=True):
        for figure in FIGURES:
            mean = mean_interval([each[figure] for each in its.values() if not np.isnan(each[figure])])
            shared = [n for n in its if n in first and not np.isnan(its[n][figure] - first[n][figure])]
            apart = mean_interval([its[n][figure] - first[n][figure] for n in shared])
            rows.append(
                {"synthetic": True, **{name: str(value) for name, value in cell.values.items()}, "figure": figure,
                 "value": mean.value, "low": mean.low, "high": mean.high, "difference": apart.value,
                 "difference_low": apart.low, "difference_high": apart.high, "replications": len(its)}
            )  # fmt: skip
    return rows


def _indices(swept: Swept, say: Sentences) -> tuple[list[Row], list[str]]:
    """A row for each figure and field with its Sobol indices; and in words what has none."""
    design = swept.design
    if design.kind != "saltelli":
        return [], [say("sensitivity_design")]
    if design.points < FEWEST:
        return [], [say("sensitivity_few", points=design.points, fewest=FEWEST)]
    rows, refused = list[Row](), list[str]()
    factors = len(design.over)
    for figure in FIGURES:
        means = np.array([np.mean([each[figure] for each in its.values()]) for its in swept.done])
        if missing := int(np.isnan(means).sum()):
            refused.append(say("sensitivity_missing", figure=say(f"figure_{figure}"), cells=missing, all=len(means)))
            continue
        table = means.reshape(design.points, factors + 2)
        found = sobol_indices(table[:, 0], table[:, -1], table[:, 1:-1].T)
        if found is None:
            refused.append(say("sensitivity_constant", figure=say(f"figure_{figure}")))
            continue
        for field, index in zip(design.over, found, strict=True):
            row: Row = {"synthetic": True, "figure": figure, "field": field, "points": design.points}
            for name, interval in (("first", index.first), ("total", index.total)):
                row |= {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
            rows.append(row)
    return rows, refused


def _written(rows: list[Row], out: Path, name: str) -> list[Path]:
    """The rows as CSV and Parquet, each whole or not at all."""
    frame = pl.DataFrame(rows, infer_schema_length=None)
    parquet = io.BytesIO()
    frame.write_parquet(parquet, metadata={"aforo.synthetic": "true"})
    files = [out / f"{name}.csv", out / f"{name}.parquet"]
    for file, content in zip(files, (frame.write_csv().encode(), parquet.getvalue()), strict=True):
        written(file, content)
    return files


def _title(swept: Swept, say: Sentences) -> str:
    told = say("sweep_title", scenario=swept.scenario.name, cells=len(swept.cells), replications=len(swept.done[0]))
    return escape(told)


def _cells_table(swept: Swept, rows: list[Row], say: Sentences) -> Table:
    """Every cell's figures."""
    table = Table(title=_title(swept, say))
    table.add_column(say("sweep_cell"), no_wrap=True)
    table.add_column(say("column_figure"))
    for head in (say("sweep_value"), say("sweep_from_first")):
        table.add_column(head, justify="right", no_wrap=True)
    for place, cell in enumerate(swept.cells):
        told: list[tuple[str, str, str]] = []
        for row in rows[place * len(FIGURES) : (place + 1) * len(FIGURES)]:
            figure = row["figure"]
            if figure in _SHOWN:
                mean = Interval(row["value"], row["low"], row["high"])
                apart = Interval(row["difference"], row["difference_low"], row["difference_high"])
                told.append((say(f"figure_{figure}"), level(mean, figure), change(apart, figure) if place else ""))
        for called, one in zip_longest([f"{name}={value}" for name, value in cell.values.items()], told):
            table.add_row(*map(escape, (called or "", *(one or ("", "", "")))))
        table.add_section()
    return table


def _spread_table(swept: Swept, say: Sentences) -> Table:
    """What each figure comes to over all cells: too many to be shown one by one."""
    table = Table(title=_title(swept, say))
    table.add_column(say("column_figure"))
    for head in ("least", "median", "most", "undefined"):
        table.add_column(say(f"sweep_{head}"), justify="right", no_wrap=True)
    for figure in _SHOWN:
        means = np.array([np.mean([each[figure] for each in its.values()]) for its in swept.done])
        known = means[~np.isnan(means)]
        told = (
            [number(float(each), figure) for each in np.quantile(known, (0.0, 0.5, 1.0))] if len(known) else ["–"] * 3
        )
        table.add_row(*map(escape, (say(f"figure_{figure}"), *told, f"{len(means) - len(known):,}")))
    return table


def _indices_table(indices: list[Row], say: Sentences) -> Table:
    table = Table(title=say("sensitivity_title"))
    table.add_column(say("column_figure"))
    table.add_column(say("sensitivity_field"))
    for head in ("first", "total"):
        table.add_column(say(f"sensitivity_{head}"), justify="right", no_wrap=True)
    shown = [row for row in indices if row["figure"] in _SHOWN]
    for place, row in enumerate(shown):
        begins = place == 0 or shown[place - 1]["figure"] != row["figure"]
        if begins and place:
            table.add_section()
        told = (f"{row[name]:.2f} [{row[f'{name}_low']:.2f}, {row[f'{name}_high']:.2f}]" for name in ("first", "total"))
        table.add_row(*map(escape, (say(f"figure_{row['figure']}") if begins else "", row["field"], *told)))
    return table
