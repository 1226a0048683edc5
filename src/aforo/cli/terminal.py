"""How commands speak to people and machines: one console, one form of error, progress on long work, exit codes.

Exit 0: done. Exit 1: a finding, or a check that failed. Exit 2: wrong use.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

import msgspec
import typer
from rich.console import Console, RenderableType
from rich.errors import MarkupError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text as Styled

from aforo.domain.text import Text

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

#: No table is as wide.
_WIDEST = 10_000

FOUND = 1
WRONG_USE = 2


def fail(what: str, *, where: str = "", to_do: str = "", code: int = WRONG_USE) -> NoReturn:
    """Print an error that says what, where and what to do, and leave with `code`."""
    place = f" ({_plain(where)})" if where else ""
    err.print(Styled.assemble(("error", "bold red"), f": {_plain(what)}{place}"))
    if to_do:
        err.print(f"  → {to_do}", markup=False)
    raise typer.Exit(code)


def _plain(told: str) -> str:
    """The text of a sentence whose brackets may be escaped for the console, or are whatever a file is called."""
    try:
        return Styled.from_markup(told).plain
    except MarkupError:
        return told


#: What `--lang` of the command that runs says; empty where it says nothing.
_asked_for: ContextVar[str] = ContextVar("language", default="")


def speak(language: str) -> None:
    """Speak `en` or `es` from now on; what the environment asks for where `language` is empty."""
    _asked_for.set(language)


def language() -> str:
    """The language that `--lang` says; else `es` where the environment asks for Spanish, else `en`."""
    if asked_for := _asked_for.get():
        return asked_for
    wanted = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "es" if wanted.lower().startswith("es") else "en"


def in_language(text: Text) -> str:
    """A bilingual sentence in the reader's language."""
    return text.es if language() == "es" else text.en


def show(table: Table, console: Console = out) -> None:
    """A table with every cell whole: where the terminal is too narrow for it, its rows one under the other.

    Cells are texts, with markup, or styled texts.
    """
    needed = console.measure(table, options=console.options.update(max_width=_WIDEST)).maximum
    if not console.is_terminal:  # a file or a pipe has no width
        console = Console(file=console.file, width=max(needed, console.width), highlight=False, soft_wrap=True)
    if needed <= console.width:
        console.print(table)
        return
    if table.title:
        console.print(table.title, style="italic")
    for first, *others in zip(*(map(_styled, column.cells) for column in table.columns), strict=True):
        console.print(first)
        for column, cell in zip(table.columns[1:], others, strict=True):
            if cell.plain:
                header = _styled(column.header).plain if table.show_header else ""
                console.print(Styled(f"  {header}: " if header else "  ").append_text(cell))


def _styled(cell: RenderableType) -> Styled:
    return cell if isinstance(cell, Styled) else Styled.from_markup(str(cell))


def emit(value: Any) -> None:
    """One JSON document on standard output, for machines."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Any]:
    """A progress bar on standard error; yields `advance(n)`. Silent where standard error is not a terminal."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as bar:
        task = bar.add_task(label, total=total)

        def advance(count: int = 1, description: str | None = None) -> None:
            bar.update(task, advance=count, description=description)

        yield advance
