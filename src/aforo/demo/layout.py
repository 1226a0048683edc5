"""How the parts of the account stand on a terminal: sections, headings, indents, blocks of aligned rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from aforo.demo.drawing import Column, fitted, headings, line
from aforo.demo.sentences import Speaker


def section(title: str, say: Speaker) -> Iterator[RenderableType]:
    """The title of a section, which says that what follows is synthetic."""
    yield Text()
    yield Rule(Text.assemble((title, "bold"), "  ", (say("synthetic_mark"), "yellow")), align="left", style="dim")


def heading(title: str) -> Iterator[RenderableType]:
    """A heading within a section."""
    yield Text()
    yield Text(title, style="bold")


def indented(text: Text, by: int = 2) -> RenderableType:
    """Words that wrap behind an indent."""
    return Padding(text, (0, 0, 0, by), expand=False)


def block(
    columns: Sequence[Column], rows: Sequence[Sequence[Text]], width: int, *, indent: int = 0, titled: bool = False
) -> Iterator[Text]:
    """Rows in aligned columns, in a terminal of `width`; `titled` shows the columns' headings."""
    widths, space = fitted(columns, rows, width - indent)
    lines = [headings(columns, widths, space)] if titled else []
    lines += [line(columns, widths, row, space) for row in rows]
    for each in lines:
        yield Text.assemble(" " * indent, each, no_wrap=True, overflow="ellipsis")


def marked(marks: Sequence[tuple[Text, Text]], indent: int = 2) -> RenderableType:
    """Sentences, each behind its mark, that wrap behind it."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for mark, sentence in marks:
        table.add_row(mark, sentence)
    return Padding(table, (0, 0, 0, indent), expand=False)
