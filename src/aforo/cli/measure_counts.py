"""`aforo measure counts`: trucks a month at each port, by the log and as the agency counted them, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.data import of_file
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, opened_log
from aforo.cli.scoreboard_table import source_named, told_by
from aforo.domain.codes import port_named
from aforo.flow.counts_compared import counts_compared
from aforo.flow.scoreboard import Board
from aforo.intake import bts


def counts(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Counts of trucks by port and month (BTS), as `aforo data get bts` takes them."
        ),
    ],
    store: Store = None,
    keys: Keys = None,
    language: LanguageOption = "",
    as_json: AsJson = False,
) -> None:
    """Show the trucks of whole months at each port, by the log and as published, with the difference.

    Exit 1 where there is no month that both have.
    """
    say = Sentences("aforo.cli", language)
    published = bts.read(of_file(file, say)[0])
    with opened_log(store, keys) as log:
        board = Board(log)
        found = counts_compared(board, published.frame)
        board.save()
    if as_json:
        terminal.emit(found)
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
    if not found:
        terminal.fail(say("measure_no_month"), to_do=say("measure_no_month_to_do"), code=terminal.FOUND)
