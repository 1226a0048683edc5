"""A plan on the terminal, and as a file in the form that its name asks for: page, picture, table or all of it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import polars as pl
import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.cli.refused_rows import leave_refused, with_refused
from aforo.domain.input_refusal import RefusedRows
from aforo.scoreboard.input_refusals import words_of
from aforo.twin.plan_page import Spoken, page
from aforo.twin.plots import Format, PlotsMissingError

#: The forms of a plan that is written, by the ends of names.
FORMS: Final = (".html", ".png", ".csv", ".json")

OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="file", help="Write it: .html, .png, .csv or .json.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]

#: Draws the picture of a plan in a form; PlotsMissingError where it cannot.
Drawer = Callable[[Format], bytes]


def check_form(out: Path | None, say: Sentences) -> None:
    """Leave with an error for a file in whose form no plan is written."""
    if out is not None and out.suffix.lower() not in FORMS:
        told = say("placing_out_form", known=", ".join(FORMS), given=out.name)
        terminal.fail(escape(told), where="-o", to_do=say("placing_out_form_do"))


def give(
    value: Any,
    told: Spoken,
    frame: pl.DataFrame,
    drawer: Drawer,
    out: Path | None,
    json: bool,
    say: Sentences,
    refused: Sequence[RefusedRows],
) -> None:
    """Give a plan as it was asked for: written to a file, as JSON, or in words and tables. Leaves with a finding where
    it lacks refused rows of counts."""
    whole = with_refused(value, refused)
    told = replace(told, sentences=(*told.sentences, *(say.of(words_of(each)) for each in refused)))
    if out is not None:
        _write(whole, told, frame, drawer, out, say)
    if json:
        terminal.emit(whole)
        leave_refused(refused)
        return
    _tell(told)
    if out is not None:
        terminal.out.print(say("written", file=out), markup=False)
    leave_refused(refused)


def _write(value: Any, told: Spoken, frame: pl.DataFrame, drawer: Drawer, out: Path, say: Sentences) -> None:
    """Write a plan in the form that the file's name asks for; leaves with an error in words if that cannot be."""
    form = out.suffix.lower()
    try:
        if form == ".json":
            content = msgspec.json.encode(value)
        elif form == ".csv":
            content = frame.write_csv().encode("utf-8")
        elif form == ".png":
            content = drawer("png")
        else:
            content = page(told, _picture(drawer, say), terminal.language())
    except PlotsMissingError:
        terminal.fail(say("plots_need"), to_do=say("plots_need_do"))
    try:
        out.write_bytes(content)
    except OSError as wrong:
        words = Sentences("aforo.cli")
        terminal.fail(escape(words("cannot_write", why=wrong)), to_do=words("cannot_write_to_do"))


def _picture(drawer: Drawer, say: Sentences) -> bytes | None:
    """The picture of the page, which goes without where none can be drawn."""
    try:
        return drawer("svg")
    except PlotsMissingError:
        terminal.err.print(f"{say('plots_need')}: {say('plots_need_do')}", markup=False)
        return None


def _tell(told: Spoken) -> None:
    """A plan for people."""
    terminal.paragraph(told.title, "bold")
    for mark in told.marks:
        terminal.out.print(mark, style="red", markup=False)
    for sentence in told.headline:
        terminal.paragraph(sentence)
    for tabled in told.tables:
        table = Table(title=escape(tabled.title))
        for number, head in enumerate(tabled.heads):
            if number < tabled.words:
                table.add_column(escape(head))
                continue
            # Numbers are not broken, so heads that are wider are.
            widest = max((len(row[number]) for row in tabled.rows), default=0)
            lines = textwrap.wrap(head, max(widest, 1), break_long_words=False, break_on_hyphens=False)
            table.add_column(escape("\n".join(lines)), justify="right", no_wrap=True)
        for row in tabled.rows:
            table.add_row(*map(escape, row))
        terminal.show(table)
    for sentence in told.sentences:
        terminal.paragraph(sentence)
