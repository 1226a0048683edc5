"""A paper on a screen and in print: self-contained, hostile texts as texts, marks on every page, pictures that fit."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from aforo.scoreboard.drawing import Label, Line, Row, bars, spans
from aforo.scoreboard.in_print import printed
from aforo.scoreboard.on_screen import page
from aforo.scoreboard.paper import Grid, Paper, Picture, Points

MADE = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script>&\"'=cmd|' /C calc'!A0 \u202e \x00"


def a_paper(text: str, language: str = "es") -> Paper:
    made = Paper(text, language, (f"MARK {text}",), "Página")
    made.heading(text)
    made.say(text, "small")
    made.parts += [
        Grid((text, "n"), ((text, "1"),) * 80, frozenset({1})),
        Points((text,)),
        Picture(spans(text, [Row(text, 1.0, 0.5, 2.0, text)], text, str)),
    ]
    return made


def text_of(pdf: bytes) -> str:
    """What a PDF file of the product's shows: the texts of its streams, which the fonts of every reader draw."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            plain = zlib.decompress(stream)
        except zlib.error:
            continue
        found += [each.decode("windows-1252", "replace") for each in re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", plain)]
    return "\n".join(found)


def test_the_page_is_self_contained_and_what_is_hostile_is_text() -> None:
    made = page(a_paper(HOSTILE)).decode()
    assert "<script" not in made
    assert not re.search(r"(src|href)=\"(?!#)(https?:)?//", made)
    assert "default-src 'none'" in made
    tree = html.fromstring(made.replace("\x00", ""))
    assert tree.get("lang") == "es"
    assert tree.xpath("//script") == []
    assert "alert('x')" in tree.text_content()


def test_the_print_has_title_language_and_its_marks_on_every_page() -> None:
    pdf = printed(a_paper("Cobertura – ñ"), MADE)
    assert pdf.startswith(b"%PDF-")
    assert b"/Lang (es)" in pdf
    assert b"/Title" in pdf
    pages = len(re.findall(rb"/Type /Page\b", pdf))
    assert pages >= 2
    assert text_of(pdf).count("MARK Cobertura – ñ") >= pages
    assert printed(a_paper("Cobertura – ñ"), MADE) == pdf


@given(st.text(max_size=60))
def test_any_text_can_be_printed_and_shown(text: str) -> None:
    assert printed(a_paper(text), MADE).startswith(b"%PDF-")
    assert page(a_paper(text)).startswith(b"<!doctype html>")


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8))
def test_what_is_drawn_lies_within_its_picture(values: list[float]) -> None:
    rows = [Row("a" * 80, each, each - 1.0, each + 1.0, "told") for each in values]
    drawing = spans("title", rows, "axis", str)
    for shape in drawing.shapes:
        if isinstance(shape, Line):
            assert 0.0 <= min(shape.x1, shape.x2) <= max(shape.x1, shape.x2) <= 640.0
            assert 0.0 <= min(shape.y1, shape.y2) <= max(shape.y1, shape.y2) <= drawing.height
        if isinstance(shape, Label):
            assert 0.0 <= shape.y <= drawing.height


@pytest.mark.parametrize("values", [[0.0], [], [0.0, 0.0]])
def test_nothing_to_draw_is_drawn_as_nothing(values: list[float]) -> None:
    assert bars("title", [Row("a", each, None, None, "0") for each in values], "axis", str).height > 0
