"""A paper as a PDF file: portrait letter, with title, language and bookmarks; its marks stand on every page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, Literal

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, TableBordersLayout
from fpdf.errors import FPDFException
from fpdf.fonts import FontFace

from aforo.domain.latin import latin
from aforo.scoreboard.drawing import WIDTH, Box, Dot, Drawing, Label, Line
from aforo.scoreboard.paper import Grid, Heading, Paper, Paragraph, Part, Picture, Points, Tone

#: The fonts that every reader has know these letters: Spanish, and the dashes of both languages.
_LETTERS: Final = "windows-1252"
#: Signs that the letters lack, as they are written instead.
_INSTEAD: Final = {"−": "–", "≤": "<=", "≥": ">=", "→": "->", "✓": "x", "\u202f": " ", "\u2009": " "}
_SIZE, _SMALL, _TABLE = 10.0, 8.5, 8.0
_HEADS: Final[dict[int, tuple[float, float]]] = {1: (14.0, 8.0), 2: (11.0, 6.0)}
_MARK, _INK, _SOFT, _FILL = (176, 0, 32), (27, 27, 27), (85, 85, 85), (232, 232, 228)
#: A heading has so much of its part below it on its page, in millimetres.
_TOGETHER = 42.0
#: About what a paragraph takes.
_PARAGRAPH = 10.0
#: A column is at least as wide as its longest word, which is cut nowhere; longer words than this are.
_LONGEST_WORD = 34.0
#: The marks at the foot of a page: their size, and the height of a line of them in millimetres.
_FOOT, _FOOT_LINE = 7.0, 3.6
#: Lines of a table's row at most, and what stands beside the text of a cell, in millimetres.
_MOST_LINES: Final = 40
_PADDING: Final = 2.4


class UnprintableError(ValueError):
    """A paper that cannot be set; it says why."""


def printed(paper: Paper, made: datetime) -> bytes:
    """The file; `made` is when the paper was. Raises UnprintableError."""
    try:
        sheets = _Sheets(paper, made)
        for place, part in enumerate(paper.parts):
            sheets.put(part, paper.parts[place + 1 :])
        return bytes(sheets.output())
    except (FPDFException, ValueError) as wrong:
        raise UnprintableError(str(wrong)) from wrong


class _Sheets(FPDF):
    def __init__(self, paper: Paper, made: datetime) -> None:
        super().__init__(orientation="portrait", format="letter")
        self._paper = paper
        self.core_fonts_encoding = _LETTERS
        self.set_title(_letters(paper.title))
        self.set_creator("Aforo")
        self.set_lang(paper.language)
        self.set_creation_date(made)
        self.set_margins(18, 16, 18)
        self._foot: list[str] = []
        self._font(_FOOT, "B")
        for each in paper.marks:
            self._foot += self._wrapped(each, self.epw - 25)
        self.set_auto_page_break(True, margin=18 + _FOOT_LINE * max(0, len(self._foot) - 1))
        self.alias_nb_pages()
        self.add_page()
        self._font(20.0, "B")
        self._lines(paper.title, 9.0)
        self.ln(1)
        for each in paper.marks:
            self._say(each, "mark")

    def footer(self) -> None:
        """What the reader must not overlook, whole, and the number of the page."""
        self.set_y(-14 - _FOOT_LINE * max(0, len(self._foot) - 1))
        self._font(_FOOT, "B", _MARK)
        for each in self._foot:
            self.cell(self.epw - 25, _FOOT_LINE, each, new_x="LMARGIN", new_y="NEXT")
        self.set_xy(self.l_margin + self.epw - 25, -14)
        self._font(8.0, "", _SOFT)
        self.cell(25, _FOOT_LINE, _letters(f"{self._paper.page} {self.page_no()}/{{nb}}"), align="R")

    def put(self, part: Part, following: Sequence[Part]) -> None:
        """Add a part; `following` are those behind it, the first of which a heading does not leave."""
        if isinstance(part, Heading):
            self._heading(part, following)
        elif isinstance(part, Paragraph):
            self._say(part.text, part.tone)
        elif isinstance(part, Points):
            self._points(part)
        elif isinstance(part, Grid):
            self._grid(part)
        else:
            self._picture(part.drawing)

    def _heading(self, part: Heading, following: Sequence[Part]) -> None:
        size, height = _HEADS[part.level]
        if self.get_y() + self._together(following) + height > self.page_break_trigger:
            self.add_page()
        self.ln(4 if part.level == 1 else 2)
        self.start_section(_letters(part.text), level=part.level - 1)
        self._font(size, "B")
        self._lines(part.text, height)
        self.ln(1)

    def _together(self, following: Sequence[Part]) -> float:
        """The height of what stands below a heading up to its first picture, or the beginning of its first table; what
        is too high for a page anyway is not waited for."""
        needed = 0.0
        for part in following:
            if isinstance(part, Picture):
                needed += self._height(part.drawing)
            if isinstance(part, Picture | Grid | Heading):
                break
            needed += _PARAGRAPH
        return max(_TOGETHER, needed) if needed < self.eph / 2 else _TOGETHER

    def _say(self, text: str, tone: Tone) -> None:
        looks: dict[Tone, tuple[float, Literal["", "B"], tuple[int, int, int]]] = {
            "plain": (_SIZE, "", _INK), "strong": (_SIZE, "B", _INK), "mark": (9.0, "B", _MARK),
            "small": (_SMALL, "", _SOFT),
        }  # fmt: skip
        size, style, colour = looks[tone]
        self._font(size, style, colour)
        self._lines(text, size * 0.5)
        self.ln(1.5)

    def _points(self, part: Points) -> None:
        self._font(_SIZE)
        for each in part.texts:
            self.cell(5, 5, "\u2022")
            self.multi_cell(self.epw - 5, 5, _letters(each), align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(1.5)

    def _grid(self, grid: Grid) -> None:
        self._font(_TABLE)
        self.set_draw_color(190, 190, 190)
        widths = self._widths(grid)
        with self.table(
            col_widths=tuple(widths),
            line_height=3.8,
            padding=(0.7, 1.6, 0.7, 0.6),
            align="LEFT",
            width=self.epw,
            text_align=tuple("RIGHT" if place in grid.numbers else "LEFT" for place in range(len(grid.heads))),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD", fill_color=_FILL, color=_INK),
        ) as table:
            for cells in (grid.heads, *(part for row in grid.rows for part in self._parted(row, widths))):
                row = table.row()
                for each in cells:
                    row.cell(_letters(each))
        self.ln(3)

    def _parted(self, row: Sequence[str], widths: Sequence[float]) -> Iterator[Sequence[str]]:
        """A row that may be too high for a page, as several: a row is set whole."""
        lines = [self._lines_of(each, width - _PADDING) for each, width in zip(row, widths, strict=True)]
        for first in range(0, max(map(len, lines), default=0) or 1, _MOST_LINES):
            yield ["\n".join(own[first : first + _MOST_LINES]) for own in lines]

    def _lines_of(self, text: str, width: float) -> list[str]:
        """A cell as one line, however it is wrapped, unless it might have more lines than a row may."""
        letters = _letters(text)
        if self.get_string_width(letters) < width * _MOST_LINES / 2 and letters.count("\n") < _MOST_LINES / 2:
            return [text]
        lines = self.multi_cell(width, text=letters, dry_run=True, output=MethodReturnValue.LINES)
        return lines if isinstance(lines, list) else [text]

    def _widths(self, grid: Grid) -> list[float]:
        """A column's longest word at least; what is left goes to those whose cells are long."""
        words, lines = [], []
        for place, head in enumerate(grid.heads):
            cells = [_letters(row[place]) for row in grid.rows]
            whole = [self.get_string_width(each) for each in cells]
            self._font(_TABLE, "B")
            head_words = [self.get_string_width(word) for word in _letters(head).split()]
            self._font(_TABLE)
            # Numbers are not broken.
            parts = whole if place in grid.numbers else [
                self.get_string_width(word) for each in cells for word in each.split()
            ]  # fmt: skip
            words.append(min(max([*parts, *head_words, 4.0]), _LONGEST_WORD) + 3.6)
            # What most cells need; the few that are longer are wrapped.
            usual = sorted(whole)[len(whole) * 3 // 4] if whole else 0.0
            lines.append(min(max(usual, *head_words, 4.0), self.epw / 2) + 3.6)
        room = self.epw - sum(words)
        wanted = [max(line - word, 0.0) for line, word in zip(lines, words, strict=True)]
        if room <= 0 or not sum(wanted):
            return [word * self.epw / sum(words) for word in words]
        part = min(1.0, room / sum(wanted))
        widths = [word + part * more for word, more in zip(words, wanted, strict=True)]
        return [each * self.epw / sum(widths) for each in widths]

    def _height(self, drawing: Drawing) -> float:
        return drawing.height * self.epw / WIDTH + 5

    def _picture(self, drawing: Drawing) -> None:
        if self.get_y() + self._height(drawing) > self.page_break_trigger:
            self.add_page()
        self._font(_TABLE, "B")
        self._lines(drawing.title, 4.5)
        left, top, scale = self.l_margin, self.get_y(), self.epw / WIDTH
        for shape in drawing.shapes:
            if isinstance(shape, Label):
                self._label(shape, left, top, scale)
                continue
            colour = _rgb(shape.colour)
            self.set_draw_color(*colour)
            self.set_fill_color(*colour)
            if isinstance(shape, Line):
                self.set_line_width(shape.width * scale)
                ends = (shape.x1, shape.y1, shape.x2, shape.y2)
                self.line(*(base + scale * each for base, each in zip((left, top) * 2, ends, strict=True)))
            elif isinstance(shape, Box):
                size = (max(shape.width, 0.0) * scale, shape.height * scale)
                self.rect(left + shape.x * scale, top + shape.y * scale, *size, style="F")
            elif isinstance(shape, Dot):
                self.circle(left + shape.x * scale, top + shape.y * scale, shape.radius * scale, style="F")
        # What is drawn next is not of the last shape's colour.
        self.set_fill_color(255, 255, 255)
        self.set_line_width(0.2)
        self.set_y(top + drawing.height * scale + 3)

    def _label(self, label: Label, left: float, top: float, scale: float) -> None:
        # A unit of the picture is `scale` mm, a point of a font .3528 mm.
        self._font(label.size * scale / 0.3528 * 0.92, "", _rgb(label.colour))
        text = _letters(label.text)
        back = {"start": 0.0, "middle": 0.5, "end": 1.0}[label.anchor] * self.get_string_width(text)
        self.text(left + label.x * scale - back, top + label.y * scale, text)

    def _font(self, size: float, style: Literal["", "B"] = "", colour: tuple[int, int, int] = _INK) -> None:
        self.set_font("helvetica", style, size)
        self.set_text_color(*colour)

    def _lines(self, text: str, height: float) -> None:
        self.multi_cell(0, height, _letters(text), align="L", new_x="LMARGIN", new_y="NEXT")

    def _wrapped(self, text: str, width: float) -> list[str]:
        """A text in lines of a width, by its words."""
        lines = [""]
        for word in _letters(text).split():
            longer = f"{lines[-1]} {word}".lstrip()
            if self.get_string_width(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return [each for each in lines if each]


def _letters(text: str) -> str:
    return latin("".join(_INSTEAD.get(each, each) for each in text), _LETTERS)


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue
