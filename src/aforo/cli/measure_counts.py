"""`aforo measure counts`: trucks a month at each port, by the log and as the agency counted them, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.data import DataFolder, Kind, newest, of_file, tell_problems
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, opened_log
from aforo.cli.refused_rows import leave_refused, refused_told, show_refused
from aforo.cli.scoreboard_table import source_named, told_by
from aforo.domain.codes import port_named
from aforo.domain.input_refusal import RefusedRows
from aforo.flow.counts_compared import counts_compared
from aforo.flow.scoreboard import Board
from aforo.intake import bts
from aforo.settings import data_folder


def counts(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="file",
            help="Counts of trucks by port and month (BTS); by default the newest copy of `aforo data get bts`.",
        ),
    ] = None,
    folder: DataFolder = None,
    store: Store = None,
    keys: Keys = None,
    language: LanguageOption = "",
    as_json: AsJson = False,
) -> None:
    """Show the trucks of whole months at each port, by the log and as published, with the difference.

    Exit 1 where there is no month that both have, or a part of the file cannot be read.
    """
    say = Sentences("aforo.cli", language)
    data = newest(data_folder(folder), Kind.bts, say)[0] if file is None else of_file(file, say)[0]
    published = bts.read(data)
    if published.frame.is_empty():
        tell_problems(published.problems, published.found, say, terminal.err)
        terminal.fail(
            say("measure_no_counts"),
            where=escape(str(file or data_folder(folder))),
            to_do=say("data_none_to_do", what=Kind.bts),
            code=terminal.FOUND,
        )
    with opened_log(store, keys) as log:
        board = Board(log)
        found = counts_compared(board, published.frame)
        board.save()
    refused = RefusedRows.of("counts", str(file or "bts"), published.problems, published.found)
    if as_json:
        terminal.emit({"counts": found, "refused": refused_told(refused)})
    elif found:
        table = terminal.listing(say, "scoreboard_col", "port", "month", "source", "value", "less")
        table.title, table.title_justify = say("scoreboard_compared_crossings"), "left"
        for each in found:
            cells = [escape(port_named(each.port)), each.month]
            for said in each.compared.told:
                value, _, less = told_by(said, each.compared.unit, say)
                table.add_row(*cells, escape(source_named(said, say)), value, less)
                cells = ["", ""]
        terminal.show(table)
        terminal.out.print(say.of(found[0].compared.words), markup=False, style="dim")
    if not as_json:
        show_refused(refused, say)
    tell_problems(published.problems, published.found, say, terminal.err if as_json else terminal.out)
    if not found:
        terminal.fail(say("measure_no_month"), to_do=say("measure_no_month_to_do"), code=terminal.FOUND)
    leave_refused(refused)
