"""How commands speak to people and machines: one console, one form of error, progress on long work, exit codes.

Exit 0: done. Exit 1: a finding, or a check that failed. Exit 2: wrong use.
"""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

import msgspec
import typer
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table
from rich.text import Text as Styled

from aforo.domain.text import Text

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

#: No table is as wide.
_WIDEST = 10_000
#: A file or a pipe has no width of its own: lines of this many columns can be read wherever they end up.
_PIPED = 100
#: What `rich.markup.escape` makes of something in brackets: one backslash more than twice those that stood before it.
_ESCAPED = re.compile(r"((?:\\\\)*)\\(\[[a-z#/@][^[]*?\])")

FOUND = 1
WRONG_USE = 2


def fail(what: str, *, where: str = "", to_do: str = "", code: int = WRONG_USE) -> NoReturn:
    """Print an error that says what, where and what to do, and leave with `code`."""
    place = f" ({_plain(where)})" if where else ""
    err.print(Styled.assemble(("error", "bold red"), f": {_plain(what)}{place}"))
    if to_do:
        err.print(f"  → {_plain(to_do)}", markup=False)
    raise typer.Exit(code)


def _plain(told: str) -> str:
    """The text of a sentence as it is printed: brackets are brackets, whether or not they were escaped for the console.
    No sentence of the product has markup."""
    return _ESCAPED.sub(lambda found: found[1][::2] + found[2], told)


#: What `--lang` of the command that runs says; empty where it says nothing.
_asked_for: ContextVar[str] = ContextVar("language", default="")


#: What the command line states, before it is parsed; empty where it states nothing.
_stated: ContextVar[str] = ContextVar("stated language", default="")


def expect(language: str) -> None:
    """Speak `en` or `es` until the command that runs has read its own option."""
    _asked_for.set("")
    _stated.set(language)


def speak(language: str) -> None:
    """Speak `en` or `es` from now on; what the environment asks for where `language` is empty."""
    _asked_for.set(language)


def language() -> str:
    """The language that `--lang` says; else `es` where the environment asks for Spanish, else `en`."""
    if asked_for := _asked_for.get() or _stated.get():
        return asked_for
    wanted = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "es" if wanted.lower().startswith("es") else "en"


def in_language(text: Text) -> str:
    """A bilingual sentence in the reader's language."""
    return text.told(language())


def listing(say: Callable[[str], str], prefix: str, *columns: str, right: Collection[str] = ()) -> Table:
    """A table without lines, each column under the sentence `prefix_column`; those in `right` are of numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(say(f"{prefix}_{column}"), justify="right" if column in right else "left")
    return table


def show(table: Table, console: Console = out) -> None:
    """A table with every word whole: one that is too wide has its cells wrapped between words, as far as that goes.

    Where it does not go far enough, a terminal has the rows one under the other, and a file or a pipe the whole width.
    Cells are texts, in which brackets are brackets, or styled texts.
    """
    table.title = _styled(table.title) if table.title else None
    for column in table.columns:
        column.header, column._cells = _styled(column.header), [_styled(each) for each in column._cells]
    needed = console.measure(table, options=console.options.update(max_width=_WIDEST)).maximum
    if not console.is_terminal:
        width = _piped()
        width = width if _fitted(table, needed, width) else needed
        console = Console(file=console.file, width=width, highlight=False, soft_wrap=True)
    if _fitted(table, needed, console.width):
        console.print(table)
        return
    if table.title:
        console.print(_styled(table.title), style="italic")
    for first, *others in zip(*(map(_styled, column.cells) for column in table.columns), strict=True):
        console.print(first)
        for column, cell in zip(table.columns[1:], others, strict=True):
            if cell.plain:
                header = _styled(column.header).plain if table.show_header else ""
                console.print(Styled(f"  {header}: " if header else "  ").append_text(cell))


def paragraph(told: str, style: str | None = None, console: Console = out) -> None:
    """A sentence or more without markup; a file or a pipe has it in lines of at most as many columns as a table."""
    if not console.is_terminal:
        told = textwrap.fill(told, _piped(), break_long_words=False, break_on_hyphens=False)
    console.print(told, style=style, markup=False)


def _piped() -> int:
    """The columns of a line in a file or a pipe: more only where the environment says so."""
    columns = os.environ.get("COLUMNS", "")
    return max(_PIPED, int(columns) if columns.isdigit() else 0)


def _fitted(table: Table, needed: int, width: int) -> bool:
    """Whether a table that needs so much width fits this one with no word broken; its widest columns are made narrower.

    (What the library does by itself breaks words while there is still room elsewhere.)
    """
    if needed <= width:
        return True
    spans = [_spans(column) for column in table.columns]
    room = width - needed + sum(line for _, line in spans)
    for most in range(max(line for _, line in spans), 0, -1):
        widths = [min(line, max(word, most)) for word, line in spans]
        if sum(widths) <= room:
            for column, own in zip(table.columns, widths, strict=True):
                column.width = own
            return True
    return False


def _spans(column: Column) -> tuple[int, int]:
    """The width of a column's longest word and of its longest line; of one that is not to be wrapped, the line's."""
    cells = [_styled(cell).plain for cell in (*column.cells, column.header)]
    line = max((cell_len(line) for cell in cells for line in cell.splitlines()), default=0)
    if column.no_wrap:
        return line, line
    return max((cell_len(word) for cell in cells for word in cell.split()), default=0), line


def _styled(cell: RenderableType) -> Styled:
    return cell if isinstance(cell, Styled) else Styled(_plain(str(cell)))


def emit(value: Any) -> None:
    """One JSON document on standard output, for machines."""
    sys.stdout.buffer.write(msgspec.json.encode(value))
    sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Any]:
    """A progress bar on standard error; yields `advance(n)`. Silent where standard error is not a terminal.

    Where nobody knows how much there is (`total` is None), what is done and for how long stands there, and no bar.
    """
    known: tuple[ProgressColumn, ...] = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    unknown = (TextColumn("{task.completed:,.0f}"), TimeElapsedColumn())
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        *(unknown if total is None else known),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as bar:
        task = bar.add_task(label, total=total)

        def advance(count: int = 1, description: str | None = None) -> None:
            bar.update(task, advance=count, description=description)

        yield advance
