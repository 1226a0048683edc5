"""`aforo twin compare-runs`: hold two saved runs against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.measures.intervals import Interval
from aforo.twin.page import change, level
from aforo.twin.saved_runs import (
    MOST_BYTES,
    RunComparison,
    SavedInterval,
    SavedRun,
    SavedRunError,
    parse,
    runs_compared,
)


def compare_runs(
    first: Annotated[Path, typer.Argument(metavar="run", help="A saved run: its folder, or its result.json.")],
    second: Annotated[Path, typer.Argument(metavar="run", help="The run that it is compared with, saved likewise.")],
    bridges: Annotated[bool, typer.Option("--bridges", help="A table for each bridge as well.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Compare two runs that were saved with --out: what they were run on, and second less first.

    Nothing is simulated anew, so differences have the intervals of independent runs. Exit 1 where either run lacks
    rows of counts.
    """
    say = Sentences("aforo.twin", lang)
    compared = runs_compared(_run(first, say), _run(second, say))
    if not compared.rows:
        terminal.fail(say("runs_elsewhere"), where=f"{first}, {second}", to_do=say("runs_elsewhere_do"))
    if json:
        terminal.emit(compared)
    else:
        _show(compared, bridges, say)
    if compared.refused:
        raise typer.Exit(terminal.FOUND)


def _run(path: Path, say: Sentences) -> SavedRun:
    """The saved run of a folder or a file; leaves with an error in words where there is none."""
    file = path / "result.json" if path.is_dir() else path
    try:
        if file.stat().st_size > MOST_BYTES:
            raise SavedRunError(f"> {MOST_BYTES} bytes")
        return parse(file.read_bytes())
    except (OSError, SavedRunError) as wrong:
        terminal.fail(
            escape(say("runs_unusable", file=file, why=wrong)), where=escape(str(path)), to_do=say("runs_unusable_do")
        )


def _show(compared: RunComparison, bridges: bool, say: Sentences) -> None:
    """The comparison for people."""
    terminal.out.print(say("synthetic"), style="red", markup=False)
    titles = (say.of(compared.first), say.of(compared.second))
    terminal.paragraph(say("runs_title", first=titles[0], second=titles[1]), "bold")
    if compared.conditions:
        table = Table(title=say("runs_conditions"))
        for column in ("runs_condition", "runs_first", "runs_second"):
            table.add_column(say(column))
        for condition in compared.conditions:
            sides = (escape(say.of(condition.first)), escape(say.of(condition.second)))
            table.add_row(say(condition.code), *sides)
        terminal.show(table)
    else:
        terminal.paragraph(say("runs_same"))
    for name in compared.rows if bridges else list(compared.rows)[:1]:
        place = say("all_bridges") if not name else f"{compared.bridge_names[name]} ({name})"
        _table(compared, name, say("runs_levels", place=place), say, "levels")
        _table(compared, name, say("runs_changes", place=place), say, "changes")
    terminal.paragraph(say("runs_independent"))
    for refusal in compared.refused:
        terminal.paragraph(say.of(refusal.words), "bold")


def _table(compared: RunComparison, name: str, title: str, say: Sentences, kind: str) -> None:
    """The figures of one bridge: levels of the scenario in both runs, or what it changed in both."""
    table = Table(title=escape(title))
    table.add_column(say("column_figure"))
    for column in ("runs_first", "runs_second", "column_difference"):
        table.add_column(say(column), justify="right")
    for row in compared.rows[name]:
        if kind == "levels":
            cells = [level(_interval(each), row.figure) for each in (row.first, row.second)]
            apart = row.difference
        else:
            cells = [change(_interval(each), row.figure) for each in (row.first_change, row.second_change)]
            apart = row.change_difference
        table.add_row(say(f"figure_{row.figure}"), *map(escape, cells), escape(change(_interval(apart), row.figure)))
    terminal.show(table)


def _interval(saved: SavedInterval) -> Interval:
    low, high = saved.low, saved.high
    return Interval(saved.value, -float("inf") if low is None else low, float("inf") if high is None else high)
