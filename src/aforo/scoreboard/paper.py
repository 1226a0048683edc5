"""A paper that is read on a screen and in print: headings, paragraphs, tables and pictures, in one language.

It knows neither HTML nor PDF: `on_screen` and `in_print` write the same paper, so that both say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from aforo.scoreboard.drawing import Drawing

#: How a paragraph is meant: `mark` says what the reader must not overlook, `small` is of the fine print.
Tone = Literal["plain", "strong", "mark", "small"]


@dataclass(frozen=True)
class Heading:
    """The beginning of a part, of the first level or the second."""

    text: str
    level: Literal[1, 2] = 1


@dataclass(frozen=True)
class Paragraph:
    """Some sentences."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Points:
    """Sentences one under the other, each with its own mark."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table; the columns in `numbers`, by place, are on the right."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Picture:
    """A picture, which says nothing that the texts and tables beside it do not."""

    drawing: Drawing


Part = Heading | Paragraph | Points | Grid | Picture


@dataclass
class Paper:
    """`marks` stand on every page, `other` is the same paper in the other language: its name and its file."""

    title: str
    language: str
    marks: tuple[str, ...] = ()
    page: str = ""
    other: tuple[str, str] | None = None
    parts: list[Part] = field(default_factory=list)

    def heading(self, text: str, level: Literal[1, 2] = 1) -> None:
        """Begin a part."""
        self.parts.append(Heading(text, level))

    def say(self, text: str, tone: Tone = "plain") -> None:
        """Add a paragraph."""
        self.parts.append(Paragraph(text, tone))
