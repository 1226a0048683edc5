"""Alerts in a browser: by key alone, page by page, and counted as the handover and the border's page count them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from case_pages import opened
from cases import STORY, morning
from pictured import whole_picture
from playwright.sync_api import Route, expect

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt
    from listening import Listening


TO_ANSWER = {"en": "Trucks with alerts to answer", "es": "Camiones con alertas por atender"}
WAITS = {"en": "^(waits|overdue)$", "es": "^(en espera|vencida)$"}


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A node on which a morning has happened."""
    with morning(learnt, tmp_path_factory.mktemp("cases")) as made:
        yield made


@pytest.mark.parametrize("lang", ["en", "es"])
def test_border_handover_and_alerts_count_the_trucks_of_a_bridge_alike(consoles: Consoles, lang: str) -> None:
    page = opened(consoles, "alerts", lang)
    own = page.locator('.alerts-asking [data-bridge="world-trade"]')
    expect(own).to_contain_text("World Trade Bridge: ")
    count = int(own.inner_text().rpartition(": ")[2])
    assert count > 0
    own.click()
    # One panel is one truck; of a list that is not of trucks none is there.
    asking = page.locator("section.panel", has=page.locator("article .tag", has_text=re.compile(WAITS[lang])))
    expect(asking).to_have_count(count)
    expect(own).to_have_attribute("aria-pressed", "true")
    whole_picture(page, f"alerts-of-a-bridge-{lang}")
    handover = opened(consoles, "handover", lang)
    part = handover.locator(".sheet section", has=handover.locator("h2", has_text=TO_ANSWER[lang]))
    expect(part.locator("h2")).to_have_text(f"{TO_ANSWER[lang]} {count}")
    border = consoles.open("/", "officer", lang)
    row = border.locator("tbody tr", has=border.get_by_role("link", name="World Trade Bridge", exact=True))
    expect(row.locator("td").nth(3).locator(".tag")).to_have_text(str(count))
    row.locator("td").nth(3).get_by_role("link").click()
    expect(border.locator("h1")).to_have_text({"en": "Alerts", "es": "Alertas"}[lang])
    expect(border.locator("section.panel", has=border.locator("article"))).to_have_count(
        page.locator("section.panel", has=page.locator("article")).count()
    )


def test_alerts_beyond_the_first_page_are_asked_for_and_counted(consoles: Consoles) -> None:
    """Pages of one alert here, which the console takes for pages of two hundred."""
    page = opened(consoles, "alerts")

    def one_by_one(route: Route) -> None:
        asked = parse_qs(urlsplit(route.request.url).query)
        place = int(asked["skip"][0]) // int(asked["limit"][0])
        route.continue_(url=f"{route.request.url.partition('?')[0]}?limit=1&skip={place}")

    page.route("**/v1/alerts?*", one_by_one)
    page.reload()
    head = page.locator(".page-head")
    expect(head).to_contain_text("The first 1 of ")
    total = int(head.inner_text().partition(" of ")[2].partition(" ")[0])
    assert total > 1
    for shown in range(2, total + 1):
        page.get_by_role("button", name="more", exact=False).click()
        expect(page.locator("article")).to_have_count(shown)
    expect(head).to_contain_text(f"{total} alerts, truck by truck")
    assert len(set(page.locator("article").evaluate_all("all => all.map(each => each.dataset.alert)"))) == total


def test_alerts_are_seen_to_by_key_alone(consoles: Consoles) -> None:
    page = opened(consoles, "alerts")
    expect(page.locator("article").first).to_contain_text("waits")
    page.locator("article").first.focus()
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("article[data-chosen=true]")).to_have_count(1)
    page.keyboard.press("a")
    taken = page.locator("article").filter(has_text="acknowledged").first
    expect(taken).to_contain_text("owner: officer at the console")
    page.locator("article").filter(has_text="A list is old").focus()
    page.keyboard.press("s")
    dialog = page.get_by_role("dialog", name="Put it off for how long?")
    page.keyboard.type("7")
    dialog.get_by_label("Reason").focus()
    page.keyboard.type("The copy is on its way.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("article").filter(has_text="A list is old")).to_contain_text("Put off until")
    page.locator("article").filter(has_text="A list is old").focus()
    page.keyboard.press("c")
    closing = page.get_by_role("dialog", name="Close it?")
    closing.get_by_label("Reason").focus()
    page.keyboard.type("Loaded again.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("article").filter(has_text="A list is old")).to_have_count(0)
    page.get_by_role("button", name="Closed", exact=True).click()
    expect(page.locator("article").filter(has_text="Loaded again.")).to_be_visible()


def test_the_keys_of_alerts_work_from_anywhere_and_go_on_to_the_next(consoles: Consoles) -> None:
    page = opened(consoles, "alerts")
    articles = page.locator("article")
    expect(articles.nth(1)).to_be_visible()
    page.keyboard.press("j")
    expect(articles.first).to_be_focused()
    first, second = (articles.nth(n).get_attribute("data-alert") for n in (0, 1))
    speed = page.get_by_role("table", name=re.compile("Median and 90th"))
    counts = speed.inner_text()
    # It is given to one of those who may answer it, and to nobody else.
    page.keyboard.press("g")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("combobox").locator("option", has_text="Luz Rivera")).to_have_count(1)
    expect(dialog.get_by_role("textbox")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(f'[data-alert="{first}"]')).to_be_focused()
    page.keyboard.press("c")
    dialog.get_by_label("Reason").fill("It was looked at.")
    dialog.get_by_role("button", name="Close").click()
    expect(page.locator(f'[data-alert="{first}"]')).to_have_count(0)
    expect(page.locator(f'[data-alert="{second}"]')).to_be_focused()
    expect(speed).not_to_have_text(counts)


def test_an_alert_says_of_which_crossing_it_is_and_where_the_truck_is(consoles: Consoles) -> None:
    page = opened(consoles, "alerts")
    own = page.locator("section.panel", has=page.get_by_role("link", name=STORY))
    expect(own.get_by_role("heading")).to_contain_text(STORY)
    expect(own.get_by_role("link", name=STORY)).to_have_count(1)
    assert own.locator("header, h2").first.inner_text().count(STORY) == 1
    expect(own).to_contain_text("World Trade Bridge · 2304 · held here")
