"""`aforo measure coverage`: which bridges have which protections, and where traffic moves. For official use only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.data import tell_problems
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, log_if_there, log_to_read
from aforo.cli.outputs import keep_apart
from aforo.cli.refused_rows import leave_refused, refused_told, show_refused
from aforo.cli.twin_asked import CountsOption, counted_in
from aforo.domain.clock import system_clock
from aforo.domain.input_refusal import RefusedRows
from aforo.flow.coverage import USUAL_DAYS, Counts, Heard, coverage, lately
from aforo.flow.live_bridges import LiveBridges, directory_in_use
from aforo.flow.scoreboard import Board
from aforo.log.origin import clock_of, origin_of
from aforo.log.store import Log, StoreMissingError
from aforo.ports import shipped
from aforo.scoreboard.coverage import Coverage, frame
from aforo.scoreboard.coverage_told import paper
from aforo.scoreboard.in_print import printed
from aforo.scoreboard.on_screen import page
from aforo.scoreboard.paper import Grid, Heading, Paper, Paragraph, Points
from aforo.scoreboard.size_classes import LARGE, MID
from aforo.scoreboard.state import DAYS
from aforo.settings import settings
from aforo.twin import volumes

_FORMS = (".html", ".pdf", ".csv", ".json")


def measure_coverage(
    store: Store = None,
    keys: Keys = None,
    days: Annotated[
        int, typer.Option(min=1, max=DAYS - 1, help="The last local days that the log is looked at for.")
    ] = USUAL_DAYS,
    mid: Annotated[float, typer.Option(min=0.0, help="Trucks a day from which on a bridge is mid-sized.")] = MID,
    large: Annotated[float, typer.Option(min=0.0, help="Trucks a day from which on a bridge is large.")] = LARGE,
    counts: CountsOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="file", help="Write it: .html, .pdf, .csv or .json.")
    ] = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Which bridges have which protections, the gap at mid-sized ones, and where traffic moves when one is closed.

    OFFICIAL USE ONLY: it names the bridges that are protected least. Figures are those of the port documents, each with
    its source or `assumed`, of published counts (2024, or --counts alone), and of the log where there is one. Exit 1
    where a part of the counts cannot be read.
    """
    say = Sentences("aforo.scoreboard", lang)
    if out is not None and out.suffix.lower() not in _FORMS:
        told = say("coverage.out_form", known=", ".join(_FORMS), given=out.name)
        terminal.fail(escape(told), where="-o", to_do=say("coverage.out_form_do"))
    if mid >= large:
        terminal.fail(say("coverage.bounds"), where="--mid, --large", to_do=say("coverage.bounds_do"))
    keep_apart({"-o": out}, [counts], lang)
    own = None if counts is None else counted_in(counts, Sentences("aforo.twin", lang))
    trucks = volumes.shipped() if own is None else own.counts
    with terminal.progress(say("coverage.making")), _log(store, keys) as log:
        if log is None:
            made = coverage(shipped.ports(), trucks, system_clock(), None, mid, large)
        else:
            log.clock = clock_of(log)
            board = Board(log)
            made = of_log(log, board, trucks, lately(board, log.clock(), days), mid, large)
    if out is not None:
        _write(made, out, say)
    problems = () if own is None else own.problems
    refused = () if own is None else RefusedRows.of("counts", str(counts), own.problems, own.found)
    if as_json:
        terminal.emit({**msgspec.structs.asdict(made), "problems": problems, "refused": refused_told(refused)})
    else:
        _tell(paper(made, say, terminal.language()))
        if own is not None:
            terminal.out.print()
            tell_problems(own.problems, own.found, Sentences("aforo.cli", lang))
        show_refused(refused, say)
        if out is not None:
            terminal.paragraph(say("coverage.written", file=out))
    leave_refused(refused)


def of_log(log: Log, board: Board, counts: Counts, span: tuple[int, int], mid: float, large: float) -> Coverage:
    """The coverage by a log, with its documents in force; `span` are the first and the last local day looked at."""
    directory = directory_in_use(log)
    now = log.clock()
    fleet = LiveBridges(log, directory).fleet(now)
    return coverage(directory.ports, counts, now, Heard(board, fleet, origin_of(log), *span), mid, large)


@contextmanager
def _log(store: str | None, keys: str | None) -> Iterator[Log | None]:
    """The log that is named, or the usual one where there is one."""
    where = settings(store, keys)
    if store is None:
        try:
            with log_if_there(where.store, where.keys) as log:
                yield log
                return
        except StoreMissingError:
            yield None
            return
    with log_to_read(store, keys) as log:
        yield log


def _write(made: Coverage, out: Path, say: Sentences) -> None:
    """Write it in the form that the file's name asks for; leaves with an error in words if that cannot be."""
    language, form = terminal.language(), out.suffix.lower()
    if form == ".json":
        content = msgspec.json.encode(made)
    elif form == ".csv":
        content = frame(made).write_csv().encode("utf-8")
    elif form == ".pdf":
        content = printed(paper(made, say, language), made.now)
    else:
        content = page(paper(made, say, language))
    try:
        out.write_bytes(content)
    except OSError as wrong:
        words = Sentences("aforo.cli")
        terminal.fail(escape(words("cannot_write", why=wrong)), to_do=words("cannot_write_to_do"))


def _tell(told: Paper) -> None:
    """A paper for people at a terminal, which draws no pictures."""
    terminal.paragraph(told.title, style="bold")
    for each in told.marks:
        terminal.paragraph(each, style="bold red")
    for part in told.parts:
        if isinstance(part, Heading):
            terminal.out.print()
            terminal.paragraph(part.text, style="bold")
        elif isinstance(part, Paragraph):
            terminal.paragraph(part.text, style="dim" if part.tone == "small" else None)
        elif isinstance(part, Points):
            for each in part.texts:
                terminal.paragraph(each)
        elif isinstance(part, Grid):
            _show(part)


def _show(grid: Grid) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, head in enumerate(grid.heads):
        table.add_column(escape(head), justify="right" if place in grid.numbers else "left")
    for row in grid.rows:
        table.add_row(*map(escape, row))
    terminal.show(table)
