"""The parts of the design system that move: a question takes the focus, the language is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Consoles

Axe = Callable[..., list[str]]


def test_a_question_takes_the_focus_and_gives_it_back(consoles: Consoles) -> None:
    page = consoles.open("/design", "officer")
    ask = page.get_by_role("button", name="Ask something")
    ask.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Lower the examination?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(ask).to_be_focused()
    # A browser may shut a dialog without asking the page: it is asked again all the same.
    ask.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate("document.querySelector('dialog').close()")
    expect(page.get_by_role("dialog")).to_have_count(0)
    ask.click()
    expect(page.get_by_role("dialog", name="Lower the examination?")).to_be_visible()


def test_the_language_is_changed_and_kept(consoles: Consoles) -> None:
    page = consoles.open("/design", "officer")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("h1")).to_have_text("Las partes de esta consola")
    assert page.evaluate("document.documentElement.lang") == "es"
    page.reload()
    expect(page.locator("h1")).to_have_text("Las partes de esta consola")


def test_a_page_that_is_not_there_says_so(consoles: Consoles) -> None:
    page = consoles.open("/no/such/page", "officer")
    expect(page.locator("h1")).to_have_text("There is no such page")


def test_the_checker_tells_what_is_wrong_and_where(consoles: Consoles, axe: Axe) -> None:
    """The tests of all pages can fail."""
    page = consoles.open("/design", "officer")
    expect(page.locator("h1")).to_be_visible()
    page.evaluate("document.querySelector('main').append(Object.assign(new Image(), {id: 'bare'}))")
    (told,) = axe(page)
    assert told.startswith("image-alt: ")
    assert "#bare" in told
    assert axe(page, "color-contrast") == axe(page, within="h1") == []
