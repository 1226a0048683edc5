"""A plan in words, its tables as cells, and all of it as one HTML page: self-contained, so that opening it asks no
other machine for anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from aforo.twin.page import head

Say = Callable[..., str]


@dataclass(frozen=True)
class Tabled:
    """A table: its title, the head of each column, and rows of as many cells. All but the first `words` columns are
    numbers."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1


@dataclass(frozen=True)
class Spoken:
    """A plan in words: its title, the marks that it carries everywhere, its headline, its tables, what is said beneath
    them, and tables that the page alone has (`annex`)."""

    title: str
    marks: tuple[str, ...]
    headline: tuple[str, ...]
    tables: tuple[Tabled, ...]
    sentences: tuple[str, ...]
    annex: tuple[Tabled, ...] = ()


def page(told: Spoken, picture: bytes | None, language: str) -> bytes:
    """The page; `picture` is an SVG document, None where none could be drawn."""
    named = escape(told.title)
    parts = [*head(language, named), f"<h1>{named}</h1>"]
    parts += [f'<p class="mark">{escape(mark)}</p>' for mark in told.marks]
    parts += paragraphs(told.headline)
    if picture is not None:
        text = picture.decode("utf-8")
        parts.append(f"<figure>{text[text.index('<svg') :]}</figure>")
    parts += [part for table in told.tables for part in _table(table)]
    parts += paragraphs(told.sentences)
    parts += [part for table in told.annex for part in _table(table)]
    parts.append("</body></html>")
    return "\n".join(parts).encode("utf-8")


def _table(table: Tabled) -> list[str]:
    """A table under its title; its columns of words stand at the left and are broken into lines."""

    def row(tag: str, cells: Sequence[str]) -> str:
        kinds = (' class="word"' if number < table.words else "" for number in range(len(cells)))
        return "".join(f"<{tag}{kind}>{escape(cell)}</{tag}>" for kind, cell in zip(kinds, cells, strict=True))

    parts = [f"<h2>{escape(table.title)}</h2><table><thead><tr>{row('th', table.heads)}</tr></thead><tbody>"]
    parts += [f"<tr>{row('td', each)}</tr>" for each in table.rows]
    return [*parts, "</tbody></table>"]


def paragraphs(sentences: Sequence[str]) -> list[str]:
    """Each sentence in a paragraph of its own."""
    return [f"<p>{escape(sentence)}</p>" for sentence in sentences]
