"""Waits to come by lane class on the page of a bridge: drawn, and the same in words, in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from journeys import NOW, Post
from listening import Listening, listening
from pictured import picture
from playwright.sync_api import Page, expect

from aforo.api.access import Rate
from aforo.flow.node import Node
from aforo.intake import bts

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

Axe = Callable[[Page], list[str]]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def readings(wait: int = 25, trucks: int = 400) -> str:
    """Three trucks a minute at World Trade: one in three at a FAST booth, the others at standard ones."""

    def at(n: int, later: int = 0) -> str:
        return (NOW - timedelta(minutes=wait, seconds=20 * (trucks - n)) + timedelta(minutes=later)).isoformat()

    rows: list[dict[str, str]] = []
    for n in range(trucks + 3 * wait):
        rows.append({"reader": "world-trade-start", "at": at(n), "plate": f"TX{n:04}"})
        if n < trucks:
            lane = "standard" if n % 3 else "fast"
            rows.append({"reader": "world-trade-end", "at": at(n, wait), "plate": f"TX{n:04}", "lane_class": lane})
    return "\n".join(map(json.dumps, rows))


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    months = [f"{name} {year}" for year in range(2019, 2025) for name in MONTHS][:62]
    rows = [f"Laredo,Texas,2304,US-Mexico Border,{month},Trucks,240000" for month in months]
    table = "\n".join(["Port Name,State,Port Code,Border,Date,Measure,Value", *rows])
    frame = bts.read(table.encode()).frame

    def counted(node: Node) -> None:
        node.counts = lambda: frame

    with listening(Post(learnt, tmp_path_factory.mktemp("waits")), rate=Rate(1e6, 1e6), opened=counted) as made:
        told = made.as_("device").post("/v1/readings", content=readings())
        assert told.status_code == 200, told.text
        yield made


@pytest.mark.parametrize(
    ("lang", "title", "fast", "hour", "served_by"),
    [
        (
            "en",
            "Waits to come, by lane class",
            "FAST: wait to come, minutes",
            "in 1 h",
            "Hazardous in the lanes: standard",
        ),
        (
            "es",
            "Esperas por venir, por clase de carril",
            "FAST: espera por venir, minutos",
            "en 1 h",
            "Materiales peligrosos en los carriles: ordinario",
        ),
    ],
)
def test_each_lane_class_has_its_waits_to_come_as_a_curve_and_in_words(
    consoles: Consoles, axe: Axe, lang: str, title: str, fast: str, hour: str, served_by: str
) -> None:
    page = consoles.open("/port/world-trade", "officer", lang)
    part = page.get_by_role("region", name=title)
    own = part.get_by_role("figure", name=fast)
    expect(own).to_contain_text(re.compile(rf"{hour}\s*\d+ min \(\d+–\d+\)"))
    expect(own.locator("path")).to_have_count(2)
    expect(part.get_by_role("figure")).to_have_count(5)
    expect(part.get_by_role("figure").last).to_contain_text(served_by)
    assert axe(page) == []
    picture(part, f"waits-to-come-{lang}")


@pytest.mark.parametrize(
    ("lang", "waits", "arrivals"),
    [
        ("en", r"^\d+ min \(95 %: \d+ to \d+\)$", r"^\d+ trucks an hour \(90 %: \d+ to \d+\)$"),
        ("es", r"^\d+ min \(95 %: de \d+ a \d+\)$", r"^\d+ camiones por hora \(90 %: de \d+ a \d+\)$"),
    ],
    ids=["en", "es"],
)
def test_who_cannot_see_the_curves_is_told_their_intervals(
    consoles: Consoles, lang: str, waits: str, arrivals: str
) -> None:
    page = consoles.open("/port/world-trade", "officer", lang)
    tables = page.locator("figure.chart .unseen table")
    expect(tables).to_have_count(2)
    for table, pattern in ((tables.first, waits), (tables.last, arrivals)):
        expect(table.locator("tbody tr td:nth-child(2)").filter(has_text=re.compile(pattern)).first).to_be_attached()


def test_what_is_lacking_is_said_in_words_where_no_wait_can_be_told(consoles: Consoles) -> None:
    page = consoles.open("/port/colombia", "officer")
    part = page.get_by_role("region", name="Waits to come, by lane class")
    expect(part.get_by_role("figure").first).to_contain_text("no reading and no published figure")
    page = consoles.open("/port/pharr", "officer")
    expect(page.get_by_role("region", name="Waits to come, by lane class")).to_contain_text("the counts of Hidalgo")


def test_a_forecast_is_as_old_as_the_bridges_clock_says_and_asked_for_anew_by_it(consoles: Consoles) -> None:
    def clock(speed: float) -> str:
        at = (NOW + timedelta(minutes=10)).isoformat()
        said = {"at": at, "speed": speed, "attained": speed, "paused": speed == 0}
        return f"window.say('clock', {json.dumps(said)})"

    context = consoles.context("officer")
    context.add_init_script((Path(__file__).parent / "told.js").read_text(encoding="utf-8"))
    context.add_init_script(f"window.begin = () => {clock(0)}")
    page = context.new_page()
    page.goto(f"{consoles.served.address}/console/port/world-trade")
    part = page.get_by_role("region", name="Waits to come, by lane class")
    expect(part).to_contain_text("10 min ago")
    with page.expect_request(lambda request: request.url.endswith("/v1/bridges/world-trade"), timeout=20_000):
        page.evaluate(clock(30))
