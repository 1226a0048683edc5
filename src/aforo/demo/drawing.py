"""Pictures made of characters: signed bars, a line of prices over the day, and columns that keep their alignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size
from rich.text import Text

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"
#: Characters between columns where there is room, and where there is not.
_GAP, _NARROW_GAP = 2, 1


@dataclass(frozen=True)
class Scale:
    """An axis of `width` characters from `low` to `high`."""

    low: float
    high: float
    width: int

    def place(self, value: float) -> int:
        """The character that a value falls on."""
        span = self.high - self.low
        return round((value - self.low) / span * (self.width - 1)) if span > 0.0 else 0

    def bar(self, start: float, end: float, style: str) -> Text:
        """A bar from `start` to `end`: a step of a waterfall. What is shorter than a character is a thin line."""
        left, right = sorted((self.place(start), self.place(end)))
        text = Text(" " * left)
        text.append("█" * (right - left) if right > left else "▏", style=style)
        return text

    def mark(self, value: float, style: str) -> Text:
        """One value on the axis."""
        return Text(" " * self.place(value)).append("◆", style=style)


def share_bar(share: float, width: int, style: str) -> Text:
    """A share from 0 to 1 as a bar of `width` characters, to the eighth of a character."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    text = "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
    return Text(text.ljust(width, "·"), style=style)


def sparkline(values: Sequence[float | None]) -> str:
    """One character a value, the lowest at the bottom; a space where there is none."""
    said = [value for value in values if value is not None]
    if not said:
        return " " * len(values)
    low, span = min(said), max(said) - min(said)
    top = len(_LEVELS) - 1
    return "".join(
        " " if value is None else _LEVELS[round((value - low) / span * top) if span else top // 2] for value in values
    )


@dataclass(frozen=True)
class Column:
    """One column: its heading, how it is aligned, and how its width may grow from `least` with what is left."""

    heading: str
    align: Literal["left", "right"] = "left"
    least: int = 0
    grows: int = 0


def fitted(columns: Sequence[Column], rows: Sequence[Sequence[Text]], width: int) -> tuple[list[int], int]:
    """The widths of columns in a line of `width`, and the space between them.

    They get what their content needs. Where that is too much the space shrinks, then the columns that grow give way.
    """
    needs = [
        max([cell_len(column.heading), column.least, *(row[i].cell_len for row in rows)])
        for i, column in enumerate(columns)
    ]
    between = len(columns) - 1
    space = _GAP if sum(needs) + _GAP * between <= width else _NARROW_GAP
    excess = sum(needs) + space * between - width
    while excess > 0:
        yielding = [i for i, column in enumerate(columns) if column.grows and needs[i] > max(column.least, 4)]
        if not yielding:
            break
        widest = max(yielding, key=lambda i: needs[i])
        needs[widest] -= 1
        excess -= 1
    return needs, space


def line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[Text], space: int) -> Text:
    """One row, `space` between its cells; a cell that is too long ends in an ellipsis."""
    made = Text(no_wrap=True, end="")
    for i, (column, width, cell) in enumerate(zip(columns, widths, cells, strict=True)):
        own = cell.copy()
        if own.cell_len > width:
            own.plain = set_cell_size(own.plain, max(width - 1, 0)).rstrip() + "…"
        own.pad_left(width - own.cell_len) if column.align == "right" else own.pad_right(width - own.cell_len)
        made.append_text(own)
        if i < len(columns) - 1:
            made.append(" " * space)
    made.rstrip()
    return made


def headings(columns: Sequence[Column], widths: Sequence[int], space: int) -> Text:
    """The row of headings."""
    return line(columns, widths, [Text(column.heading, style="bold") for column in columns], space)
