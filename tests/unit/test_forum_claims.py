"""Claims in the forum's report: who said each, why its verdict is what it is, and that the table fits its sheet."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from claims_scene import TABLES, TRUCKS, crossings, document
from fpdf import FPDF
from lxml import html
from test_paper import text_of

from aforo.cli.language import Sentences
from aforo.scoreboard.claim_tables import Tables
from aforo.scoreboard.claim_verdicts import judge_all
from aforo.scoreboard.claims_reading import parse
from aforo.scoreboard.forum_parts import claims
from aforo.scoreboard.forum_report import Claimed
from aforo.scoreboard.in_print import printed
from aforo.scoreboard.on_screen import page
from aforo.scoreboard.paper import Grid, Paper
from aforo.scoreboard.shipped import claims as shipped

MADE = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHARE = 'kind = "share", part = { from = "facts", fact = "down" }, whole = { from = "facts", fact = "all" }'
STATED = document('figure = "46", unit = "percent"', SHARE)
CUT = f"""[[claim.cut]]
said = {{ en = "February alone", es = "febrero solo" }}
other = "period"
formula = {{ kind = "sum", of = {crossings("laredo", "2024-02")} }}
"""
#: A claim that differs, with why, and one on stated figures alone.
BOTH = document('figure = "330", unit = "trucks"', TRUCKS, CUT) + STATED[STATED.index(b"[[claim]]") :].replace(
    b'id = "one"', b'id = "two"'
)
DATED = BOTH.replace(b'title = "A paper"', b'title = "A paper"\ndate = "2024-03-01"\nurl = "https://example.org/a"')


def report(told: bytes | None, tables: Tables, language: str) -> Paper:
    own = shipped() if told is None else parse(told)
    claimed = Claimed(own.name, own.version, own.hash, tuple(judge_all(own, tables)), own.sources, ("counts.csv",))
    made = Paper("Claims", language)
    claims(made, claimed, Sentences("aforo.scoreboard", language), Sentences("aforo.cli", language))
    return made


@pytest.mark.parametrize(
    ("language", "why", "stated", "counts"),
    [
        ("en", "February alone: 330 trucks, as published", "not from data: no input changes it",
         "Reproduced: 1, of which 1 from figures as published alone; differing: 1;"),
        ("es", "febrero solo: 330 camiones, como se publicó", "no con datos: ningún archivo que se dé lo cambia",
         "Se reproducen: 1, de ellas 1 solo con cifras tal como se publicaron; difieren: 1;"),
    ],
)  # fmt: skip
def test_each_claim_has_its_source_and_why_on_the_page_and_in_print(
    language: str, why: str, stated: str, counts: str
) -> None:
    made = report(DATED, TABLES, language)
    (table,) = [part for part in made.parts if isinstance(part, Grid)]
    (differs, reproduced) = table.rows
    assert differs[1] == reproduced[1] == "A paper, 2024-03-01"
    assert differs[5] == why
    assert stated in reproduced[5]
    shown = " ".join(html.fromstring(page(made).decode()).text_content().split())
    for text in (counts, "A paper, 2024-03-01: A paper, https://example.org/a", why, stated):
        assert text in shown
    in_print = " ".join(text_of(printed(made, MADE)).replace("\n", " ").split())
    for word in (*why.split(), *stated.split(), "2024-03-01"):
        assert word in in_print


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_table_of_all_that_ships_fits_its_sheet(language: str) -> None:
    made = report(None, TABLES, language)
    (table,) = [part for part in made.parts if isinstance(part, Grid)]
    assert {len(table.heads), *map(len, table.rows)} == {6}
    assert "–" not in {each[1] for each in table.rows}
    texts = list(drawn(printed(made, MADE)))
    assert len(texts) > 6 * len(table.rows)
    assert [text for right, text in texts if right > 612 - 50] == []  # points; the margin is 51


def drawn(pdf: bytes) -> Iterator[tuple[float, str]]:
    """Each text that a PDF file of the product's draws, with where it ends, in points."""
    ruler = FPDF(unit="pt")
    ruler.core_fonts_encoding = "windows-1252"
    told = re.compile(rb"/F(\d) ([0-9.]+) Tf|BT ([0-9.]+) [0-9.]+ Td [0-9. rg]*\(((?:[^()\\]|\\.)*)\) Tj")
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            for font, size, left, text in told.findall(zlib.decompress(stream)):
                if font:
                    ruler.set_font("helvetica", "B" if font == b"1" else "", float(size))
                else:
                    plain = re.sub(r"\\(.)", r"\1", text.decode("windows-1252"))
                    yield float(left) + ruler.get_string_width(plain), plain
