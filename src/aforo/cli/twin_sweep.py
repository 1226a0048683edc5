"""`aforo twin sweep`: a scenario over ranges of values; what is done stays done, so a killed sweep goes on."""

from __future__ import annotations

import os
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import polars as pl
import typer
from joblib import Parallel, delayed
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.twin_asked import Asked, CountsOption, asked, border_with
from aforo.measures.crossing_times import mean_interval
from aforo.twin.border import Border
from aforo.twin.cells import Cell, cells_of, overs
from aforo.twin.outcomes import FIGURES
from aforo.twin.page import change, level
from aforo.twin.replication import policies_of, replicated
from aforo.twin.scenario import Scenario, ScenarioError

#: The figures of the table; the data have all.
_SHOWN = ("wait_mean", "wait_p95", "crossing_mean", "scan_share", "found_share", "net")
#: Replications of one cell that one worker does before it comes back.
_BATCH = 4

Done = dict[int, dict[str, float]]


class Sweep(msgspec.Struct, frozen=True):
    """What a folder holds: the scenario's name and the keys of its cells, so that no two sweeps are mixed."""

    scenario: str
    keys: tuple[str, ...]


def sweep(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario (TOML), or one that ships.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to work in, and to go on from.")],
    over: Annotated[list[str], typer.Option("--over", help="FIELD=VALUE,VALUE…; several make a grid.")],
    counts: CountsOption = None,
    replications: Annotated[int | None, typer.Option(min=2, max=10_000, help="In place of the scenario's own.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**31, help="In place of the scenario's own.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = os.cpu_count() or 1,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Run a scenario for every combination of values, and say what each comes to, and how it differs from the first."""
    say = Sentences("aforo.twin", lang)
    own = asked(scenario, Asked(replications, seed), lang)
    border = border_with(counts, say)
    try:
        cells = cells_of(own, overs(over), border.ports)
        keys = [cell.key(border.counts) for cell in cells]
        _claim(out, Sweep(own.name, tuple(keys)), say)
        kept = [_read(out / f"{key}.jsonl") for key in keys]
        done = sum(min(len(each), cell.scenario.replications) for each, cell in zip(kept, cells, strict=True))
        total = sum(cell.scenario.replications for cell in cells)
        if done:
            terminal.err.print(say("sweep_resumed", done=done, total=total), markup=False)
        jobs = [
            (place, cell.scenario, batch)
            for place, (cell, each) in enumerate(zip(cells, kept, strict=True))
            for batch in _batches([n for n in range(cell.scenario.replications) if n not in each])
        ]
        with terminal.progress(say("running"), total) as advance:
            advance(done)
            running = Parallel(n_jobs=workers, return_as="generator_unordered")
            for place, made in running(delayed(_replicated)(place, one, border, batch) for place, one, batch in jobs):
                _append(out / f"{keys[place]}.jsonl", made)
                advance(len(made))
    except ScenarioError as wrong:
        to_do = say("sweep_over_do") if wrong.code == "sweep_over" else say("scenario_do")
        terminal.fail(escape(say.of(wrong.text)), where=escape(own.name), to_do=escape(to_do))
    except OSError as wrong:
        common = Sentences("aforo.cli", lang)
        terminal.fail(escape(common("cannot_write", why=wrong)), to_do=common("cannot_write_to_do"))
    _tell(own, cells, [_read(out / f"{key}.jsonl") for key in keys], out, json, say)


def _replicated(place: int, scenario: Scenario, border: Border, batch: list[int]) -> tuple[int, Done]:
    """The figures of some replications of a cell, in a worker."""
    policies = policies_of(scenario, border)
    return place, {number: replicated(scenario, border, number, policies).whole for number in batch}


def _batches(numbers: list[int]) -> list[list[int]]:
    return [numbers[at : at + _BATCH] for at in range(0, len(numbers), _BATCH)]


def _claim(folder: Path, own: Sweep, say: Sentences) -> None:
    """Make the folder this sweep's, or see that it is; leaves with an error in words where it holds another."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sweep.json"
    if not path.exists():
        if any(folder.iterdir()):
            terminal.fail(escape(say("sweep_other", folder=folder)), to_do=say("sweep_other_do"))
        new = path.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(own))
        new.replace(path)
        return
    try:
        held = msgspec.json.decode(path.read_bytes(), type=Sweep)
    except msgspec.MsgspecError:
        held = None
    if held != own:
        terminal.fail(escape(say("sweep_other", folder=folder)), to_do=say("sweep_other_do"))


def _read(path: Path) -> Done:
    """The replications that a cell's file holds; a last line that a kill cut short is not one of them."""
    found: Done = {}
    if path.exists():
        for line in path.read_bytes().split(b"\n"):
            try:
                number, figures = msgspec.json.decode(line, type=tuple[int, dict[str, float | None]])
            except msgspec.MsgspecError:
                continue
            found[number] = {name: float("nan") if value is None else value for name, value in figures.items()}
    return found


def _append(path: Path, made: Done) -> None:
    """Adds replications, each on a line of its own; begins with a line's end in case the last one was cut short."""
    lines = b"".join(msgspec.json.encode((number, figures)) + b"\n" for number, figures in made.items())
    with path.open("ab") as file:
        file.write(b"\n" + lines)
        file.flush()
        os.fsync(file.fileno())


def _tell(own: Scenario, cells: list[Cell], kept: list[Done], out: Path, json: bool, say: Sentences) -> None:
    """Every cell's figures, and the paired differences from the first cell where they share replications."""
    rows: list[dict[str, Any]] = []
    table = Table(title=escape(say("sweep_title", scenario=own.name, cells=len(cells), replications=own.replications)))
    table.add_column(say("sweep_cell"), no_wrap=True)
    table.add_column(say("column_figure"))
    for head in (say("sweep_value"), say("sweep_from_first")):
        table.add_column(head, justify="right", no_wrap=True)
    for cell, its in zip(cells, kept, strict=True):
        told: list[tuple[str, str, str]] = []
        for figure in FIGURES:
            mean = mean_interval([each[figure] for each in its.values() if not np.isnan(each[figure])])
            shared = [n for n in its if n in kept[0] and not np.isnan(its[n][figure] - kept[0][n][figure])]
            apart = mean_interval([its[n][figure] - kept[0][n][figure] for n in shared])
            rows.append(
                {"synthetic": True, **{name: str(value) for name, value in cell.values.items()}, "figure": figure,
                 "value": mean.value, "low": mean.low, "high": mean.high, "difference": apart.value,
                 "difference_low": apart.low, "difference_high": apart.high, "replications": len(its)}
            )  # fmt: skip
            if figure in _SHOWN:
                apart_told = "" if cell is cells[0] else change(apart, figure)
                told.append((say(f"figure_{figure}"), level(mean, figure), apart_told))
        for called, row in zip_longest([f"{name}={value}" for name, value in cell.values.items()], told):
            table.add_row(*map(escape, (called or "", *(row or ("", "", "")))))
        table.add_section()
    frame = pl.DataFrame(rows, infer_schema_length=None)
    frame.write_csv(out / "sweep.csv")
    frame.write_parquet(out / "sweep.parquet", metadata={"aforo.synthetic": "true"})
    if json:
        terminal.emit({"synthetic": True, "scenario": own.name, "rows": rows})
        return
    terminal.out.print(say("synthetic"), style="red", markup=False)
    terminal.show(table)
    for name in ("sweep.csv", "sweep.parquet"):
        terminal.out.print(say("written", file=out / name), markup=False)
