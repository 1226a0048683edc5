"""The live demonstration in a browser: trucks on the screen, and the clock in the hand of whoever sits there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from demonstrated import Running, running
from playwright.sync_api import Browser, BrowserContext, Page, expect

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("demo") / "folder"
    with running(folder, "--bridge", "santa-teresa", "--speed", "60", "--seed", "3") as made:
        yield made


@pytest.fixture
def opened(browser: Browser, demo: Running) -> Iterator[Callable[[str, str], Page]]:
    """Opens the console of somebody who signs in, in a language; fails where a request leaves the machine."""
    contexts: list[BrowserContext] = []
    left: list[str] = []
    address = demo.told["address"]

    def look(login: str, lang: str) -> Page:
        context = browser.new_context(viewport={"width": 1366, "height": 768}, reduced_motion="reduce")
        contexts.append(context)
        context.set_default_timeout(20_000)
        context.add_init_script(f"localStorage.setItem('aforo-language', '{lang}')")
        context.on("request", lambda each: None if each.url.startswith(address) else left.append(each.url))
        answer = context.request.post(
            f"{address}/v1/session",
            data={"name": login, "password": demo.told["password"]},
            headers={"Origin": address},
        )
        assert answer.ok, answer.text()
        page = context.new_page()
        page.goto(f"{address}/console/")
        return page

    yield look
    for context in contexts:
        context.close()
    assert left == []


def heights(page: Page) -> list[int]:
    """How high the mark and the clock are on a desktop and on a tablet."""
    found = []
    for width in (1024, 1366):
        page.set_viewport_size({"width": width, "height": 768})
        found.append(int(page.evaluate("document.querySelector('.synthetic').offsetHeight")))
    return found[::-1]


@pytest.mark.parametrize(
    ("lang", "bar", "mark"),
    [("en", "The demo's clock", "SYNTHETIC"), ("es", "El reloj de la demostración", "SINTÉTICO")],
)
def test_the_clock_stands_beside_the_mark_and_is_accessible(
    opened: Callable[[str, str], Page],
    axe: Callable[[Page], list[str]],
    demo: Running,
    lang: str,
    bar: str,
    mark: str,
) -> None:
    page = opened("supervisor", lang)
    expect(page.get_by_role("region", name=bar)).to_be_visible()
    expect(page.locator(".synthetic")).to_contain_text(mark)
    page.locator("[aria-controls=demo-crews]").click()
    expect(page.locator("#demo-crews")).to_contain_text("Santa Teresa")
    assert axe(page) == []
    page.locator("[aria-controls=demo-crews]").click()
    rests = heights(page)
    page.locator(".demo-group button").last.click()
    expect(page.get_by_role("progressbar")).to_be_visible(timeout=20_000)
    assert heights(page) == rests  # what stands below keeps its place
    assert rests[0] < 40, "one line on a desktop"
    assert axe(page) == []
    demo.set(stop_jump=True)  # which the page sees by itself
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=20_000)


def test_time_is_set_by_the_keyboard_alone(opened: Callable[[str, str], Page], demo: Running) -> None:
    page = opened("officer", "en")
    bar = page.get_by_role("region", name="The demo's clock")
    bar.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    expect(bar).to_contain_text("paused")
    assert demo.clock()["paused"] is True
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(bar.get_by_role("button", name="10 times as fast", exact=True)).to_have_attribute("aria-pressed", "true")
    stands = demo.clock()
    assert (stands["paused"], stands["speed"]) == (False, 10.0)
    expect(bar).to_contain_text(re.compile(r"asked 10×, attained \d"))
    bar.get_by_role("button", name="Hurry 1 h ahead").press("Enter")
    expect(bar).to_contain_text("on its way to")
    expect(bar.get_by_role("progressbar", name="How far the jump has come")).to_be_visible(timeout=20_000)
    expect(bar.get_by_role("button", name="Stop the jump here")).to_be_focused()
    expect(bar).to_contain_text(re.compile(r"\b[1-9]\d? of 60 min"), timeout=60_000)
    bar.get_by_role("button", name="Stop the jump here").press("Enter")
    expect(bar).to_contain_text("asked 10×")
    expect(bar.get_by_role("button", name="Hurry 15 min ahead")).to_be_focused()
    assert demo.clock()["hurries_to"] is None
    bar.get_by_role("button", name="Hurry 15 min ahead").press("Enter")
    expect(bar).to_contain_text("on its way to")
    demo.until(lambda clock: clock["hurries_to"] is None)
    expect(bar).to_contain_text("asked 10×")
    bar.get_by_role("button", name="All booths automatic").press("Enter")
    page.get_by_role("checkbox", name="Santa Teresa Port of Entry").press("Space")
    expect(bar).to_contain_text("By hand: 1")
    assert demo.clock()["automatic"] == {"santa-teresa": False}
    demo.set(automatic={"santa-teresa": True})


def test_trucks_are_on_the_screen_and_go_on_by_themselves(opened: Callable[[str, str], Page], demo: Running) -> None:
    demo.set(speed=60, paused=False)
    page = opened("supervisor", "en")
    page.goto(f"{demo.told['address']}/console/port/santa-teresa")
    expect(page.get_by_text(re.compile(r"SYN240800-")).first).to_be_visible()


@pytest.mark.parametrize("login", ["carrier", "administrator"])
def test_who_hears_nothing_else_hears_the_clock(opened: Callable[[str, str], Page], login: str) -> None:
    page = opened(login, "en")
    bar = page.get_by_role("region", name="The demo's clock")
    expect(bar).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()


def test_who_may_not_set_it_sees_it(opened: Callable[[str, str], Page]) -> None:
    page = opened("auditor", "en")
    bar = page.get_by_role("region", name="The demo's clock")
    expect(bar).to_be_visible()
    expect(bar.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_newcomer_enters_with_one_click_and_the_browser_that_is_opened_with_none(
    browser: Browser, demo: Running, axe: Callable[[Page], list[str]], lang: str
) -> None:
    address = demo.told["address"]
    context = browser.new_context(locale={"en": "en-US", "es": "es-MX"}[lang])
    page = context.new_page()
    page.goto(f"{address}/console/enter")
    card = page.get_by_role("button", name={"en": "Enter as auditor", "es": "Entrar como auditor"}[lang])
    expect(card).to_be_visible()
    assert axe(page) == []
    card.click()
    expect(page.locator("h1")).to_have_text({"en": "The border now", "es": "La frontera ahora"}[lang])
    page.goto(f"{address}/console/enter/supervisor")
    expect(page.locator(".who")).to_contain_text("SYN Alma Reyes")
    expect(page.locator("tbody tr").first).to_be_visible()
    context.close()
