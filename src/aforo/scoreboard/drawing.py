"""Pictures of the reports as lines, boxes, dots and labels, so that a page and a print draw the same.

Nothing is told by colour alone, and each picture has a title for those who do not see it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

#: Width of all pictures in their own units.
WIDTH: Final = 640.0
OURS, THEIRS, INK, FAINT, GRID = "#1d5fa6", "#9c5a00", "#1b1b1b", "#8a8a92", "#e4e4e7"
_ROW, _TOP, _BOTTOM, _SIZE = 22.0, 10.0, 42.0, 12.0
#: Where the plane of rows begins and ends; labels stand left of it, what is told right.
_LEFT, _RIGHT = 252.0, 520.0
#: Letters that a label has room for.
_MOST_LETTERS = 40
_TICKS = 5


@dataclass(frozen=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    colour: str = INK
    width: float = 1.0


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    radius: float
    colour: str


@dataclass(frozen=True)
class Label:
    """A text; `x` is its beginning, middle or end, `y` its base line."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"] = "start"
    colour: str = INK
    size: float = _SIZE


Shape = Line | Box | Dot | Label


@dataclass(frozen=True)
class Drawing:
    """Shapes on a plane of `WIDTH` by `height`, with what they show in words."""

    title: str
    height: float
    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class Row:
    """A value with its ends, where it has any, its name and how both are told."""

    name: str
    value: float
    low: float | None
    high: float | None
    told: str


def spans(title: str, rows: Sequence[Row], axis: str, number: Callable[[float], str]) -> Drawing:
    """A dot a row with the interval that it lies in."""
    plane = _Plane([end for row in rows for end in (row.value, row.low, row.high) if end is not None], len(rows))
    shapes = plane.frame(axis, number)
    for place, row in enumerate(rows):
        y = plane.y(place)
        if row.low is not None and row.high is not None:
            shapes.append(Line(plane.x(row.low), y, plane.x(row.high), y, OURS, 2.4))
            shapes += [Line(plane.x(end), y - 4, plane.x(end), y + 4, OURS, 1.2) for end in (row.low, row.high)]
        shapes.append(Dot(plane.x(row.value), y, 4.0, OURS))
        shapes += _told(row, y)
    return Drawing(title, plane.height, tuple(shapes))


def bars(title: str, rows: Sequence[Row], axis: str, number: Callable[[float], str]) -> Drawing:
    """A bar a row, from nothing on."""
    plane = _Plane([row.value for row in rows], len(rows))
    shapes = plane.frame(axis, number)
    for place, row in enumerate(rows):
        y = plane.y(place)
        shapes.append(Box(plane.x(0.0), y - 7, plane.x(row.value) - plane.x(0.0), 14, OURS))
        shapes += _told(row, y)
    return Drawing(title, plane.height, tuple(shapes))


def _told(row: Row, y: float) -> list[Shape]:
    name = row.name if len(row.name) <= _MOST_LETTERS else f"{row.name[: _MOST_LETTERS - 1]}…"
    return [Label(_LEFT - 8, y + 4, name, "end"), Label(_RIGHT + 10, y + 4, row.told, size=11.0)]


class _Plane:
    """Rows over an axis from zero, or from below it, to a round number."""

    def __init__(self, ends: Sequence[float], rows: int) -> None:
        self._step = _round_step((max(0.0, *ends, 0.0) - min(0.0, *ends, 0.0)) / _TICKS if ends else 1.0)
        self._least = self._step * math.floor(min(0.0, *ends, 0.0) / self._step)
        self._most = self._step * max(math.ceil(max(0.0, *ends, 0.0) / self._step), 1)
        self._rows = rows
        self.height = _TOP + _ROW * rows + _BOTTOM

    def x(self, value: float) -> float:
        return _LEFT + (value - self._least) / (self._most - self._least) * (_RIGHT - _LEFT)

    def y(self, row: int) -> float:
        return _TOP + _ROW * (row + 0.5)

    def frame(self, axis: str, number: Callable[[float], str]) -> list[Shape]:
        """The grid with its numbers, and what the axis is of."""
        foot = _TOP + _ROW * self._rows
        shapes: list[Shape] = []
        for tick in range(round((self._most - self._least) / self._step) + 1):
            value = self._least + tick * self._step
            shapes.append(Line(self.x(value), _TOP, self.x(value), foot, FAINT if abs(value) < 1e-12 else GRID))
            shapes.append(Label(self.x(value), foot + 15, number(value), "middle", size=11.0))
        shapes.append(Label((_LEFT + _RIGHT) / 2, foot + 34, axis, "middle"))
        return shapes


def _round_step(least: float) -> float:
    """The next of 1, 2, 5, 10, … that is no less."""
    if not least > 0.0:
        return 1.0
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(part * power for part in (1.0, 2.0, 5.0, 10.0) if part * power >= least * (1.0 - 1e-9))
