"""The booth in a real browser: one instruction within the second, in two languages, and the slip for the driver."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import pytest
from booth_scene import acts, ask, open_booth
from device import until
from ordered import ordered
from pictured import picture
from playwright.sync_api import Page, ViewportSize, expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

Axe = Callable[[Page], list[str]]
TABLET: ViewportSize = {"width": 1024, "height": 768}


@pytest.mark.parametrize("lang", ["en", "es"])
def test_one_instruction_stands_there_within_the_second_in_both_languages(
    consoles: Consoles, axe: Axe, served: Listening, lang: Literal["en", "es"]
) -> None:
    ordered(served, f"scanned-{lang}", "scan")
    page = open_booth(consoles, lang)
    picture(page, f"booth-empty-{lang}")
    assert axe(page) == []
    ask(page, f"tr scanned {lang}")
    words = page.locator(".instruction .word")
    expect(words).to_have_text(["Scanner", "Escáner"] if lang == "en" else ["Escáner", "Scanner"], timeout=1_000)
    expect(page.locator(".instruction .of-it")).to_contain_text(f"scanned-{lang}")
    assert axe(page) == []
    picture(page, f"booth-scan-{lang}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # The next truck needs no key: what is typed is the next.
    ask(page, "nobody 1")
    expect(words.first).to_have_text({"en": "Dock", "es": "Andén"}[lang], timeout=1_000)
    page.keyboard.press("Escape")
    expect(page.locator(".instruction")).to_have_count(0)
    lately = page.get_by_role("table")
    expect(lately).to_contain_text(f"scanned-{lang}")
    # Of a truck without a filing the plate is all that one has to find it again: it stays at this device.
    unknown = {"en": "nobody 1 · no filing known", "es": "nobody 1 · sin declaración conocida"}[lang]
    expect(lately.get_by_role("rowheader", name=unknown)).to_have_count(1)
    page.reload()
    expect(lately.get_by_role("rowheader", name=unknown)).to_have_count(1)
    assert not any("nobody" in str(each) for each in acts(served))
    # A truck that is asked about by its crossing is called by it once.
    ask(page, f"scanned-{lang}")
    expect(page.locator(".instruction .of-it dd").first).to_have_text(f"scanned-{lang}")


@pytest.mark.parametrize("viewport", [None, TABLET], ids=["desktop", "tablet"])
def test_a_hold_and_a_release_are_told_apart_without_colour(
    consoles: Consoles, axe: Axe, served: Listening, viewport: ViewportSize | None
) -> None:
    own = "tablet" if viewport else "desktop"
    ordered(served, f"held-{own}", "hold")
    ordered(served, f"free-{own}")
    page = open_booth(consoles, viewport=viewport, dark=viewport is not None)
    for typed, word in ((f"TR-held-{own}", "Stop"), (f"TR-free-{own}", "Go on")):
        ask(page, typed)
        expect(page.locator(".instruction .word").first).to_have_text(word)
        picture(page, f"booth-{word.split()[0].lower()}-{own}")
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shapes = page.locator(".instruction svg path").get_attribute("d")
    ask(page, f"TR-held-{own}")
    expect(page.locator(".instruction .word").first).to_have_text("Stop")
    assert page.locator(".instruction svg path").get_attribute("d") != shapes


def test_of_several_the_strictest_is_shown_and_another_can_be_picked(consoles: Consoles, served: Listening) -> None:
    ordered(served, "twin-1", tractor_id="TWIN")
    ordered(served, "twin-2", "secondary", tractor_id="TWIN")
    page = open_booth(consoles)
    ask(page, "TWIN")
    expect(page.locator(".instruction .word").first).to_have_text("Dock")
    page.get_by_role("button", name="twin-1").click()
    expect(page.locator(".instruction .word").first).to_have_text("Go on")


def test_no_pick_goes_past_a_hold_with_the_connection_or_without(consoles: Consoles, served: Listening) -> None:
    ordered(served, "held-twin", "hold", tractor_id="HELDTWIN")
    ordered(served, "free-twin", tractor_id="HELDTWIN")
    page = open_booth(consoles)
    for offline in (False, True):
        page.context.set_offline(offline)
        ask(page, "HELDTWIN")
        expect(page.locator(".instruction .of-it")).to_contain_text("· held-twin")
        page.get_by_role("button", name="free-twin", exact=True).click()
        expect(page.locator(".instruction .of-it")).to_contain_text("· free-twin")
        expect(page.locator(".instruction .word").first).to_have_text("Stop")
        expect(page.get_by_text("A hold stands whichever is picked")).to_be_visible()
        page.keyboard.press("Escape")


def test_a_mistake_is_marked(consoles: Consoles, served: Listening) -> None:
    ordered(served, "mistyped")
    page = open_booth(consoles)
    ask(page, "TR-mistyped")
    expect(page.locator(".instruction .word").first).to_have_text("Go on")
    page.get_by_role("button", name="Mark as a mistake … mistyped").click()
    page.get_by_role("dialog").get_by_role("button", name="Typed wrongly").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="mistyped"))
    expect(row).to_contain_text("marked as a mistake")


def test_the_slip_is_printed_in_both_languages(consoles: Consoles, axe: Axe, served: Listening) -> None:
    ordered(served, "on-paper", "secondary")
    page = open_booth(consoles)
    page.evaluate("window.print = () => { window.printed = true; }")
    ask(page, "TR-on-paper")
    page.get_by_role("button", name="Print the slip").click()
    until(page, lambda: page.evaluate("window.printed === true"))
    page.emulate_media(media="print")
    sheet = page.get_by_role("article")
    expect(sheet).to_contain_text("Al andén: revisión secundaria")
    expect(sheet).to_contain_text("To the dock: secondary inspection")
    expect(sheet).to_contain_text("(UTC−5)")
    expect(page.locator("form.ask")).to_be_hidden()
    picture(page, "slip-print")
    page.emulate_media(media="screen")
    page.goto(f"{served.address}/console/slip/on-paper")
    expect(page.get_by_role("article")).to_contain_text("on-paper")
    assert axe(page) == []
    picture(page, "slip-page")
    page.emulate_media(media="print")
    # One sheet of A6 (105 × 148 mm), and one of A4 where that is what the printer has.
    for printed in (page.pdf(prefer_css_page_size=True), page.pdf(format="A4")):
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    small = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", page.pdf(prefer_css_page_size=True))
    assert small is not None
    assert [round(float(each) / 72 * 25.4) for each in small.groups()] == [105, 148]


def test_an_arrival_that_others_told_is_shown_and_asked_about_by_one_touch(
    consoles: Consoles, axe: Axe, served: Listening
) -> None:
    page = open_booth(consoles)
    ordered(served, "read-by-camera", "scan")
    told = served.as_("officer").post("/v1/crossings/read-by-camera/arrival?bridge=world-trade")
    assert told.status_code == 200
    button = page.locator(".arrivals").get_by_role("button").filter(has_text="read-by-camera")
    expect(button).to_be_visible(timeout=10_000)
    assert axe(page) == []
    picture(page, "booth-arrival")
    button.click()
    expect(page.locator(".instruction .word").first).to_have_text("Scanner")
    expect(button).to_have_count(0)
