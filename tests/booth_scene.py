"""A booth in a browser: its page, what is asked there, and what the server was told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening
    from playwright.sync_api import BrowserContext, Page


def open_booth(consoles: Consoles, lang: Literal["en", "es"] = "en", **how: Any) -> Page:
    """The page of a booth that has its list, of an officer."""
    return at_booth(consoles, consoles.context("officer", lang, **how), lang)


def at_booth(
    consoles: Consoles,
    context: BrowserContext | None = None,
    lang: str = "en",
    *,
    clock: bool = False,
    script: str = "",
) -> Page:
    """The page of a booth that has its list, in a browser of its own or in that of `context`; with a clock that the
    test moves, and with a script that runs first."""
    page = (context or consoles.context("officer", lang)).new_page()
    if clock:
        page.clock.install()
    if script:
        page.add_init_script(script)
    page.goto(f"{consoles.served.address}/console/booth/world-trade")
    expect(page.locator(".reach")).to_contain_text({"en": "List of", "es": "Lista de"}[lang], timeout=15_000)
    return page


def ask(page: Page, typed: str) -> None:
    """Type a plate or a trip, as a scanner of plates does."""
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def asked_about(page: Page, typed: str) -> None:
    """Ask about a truck, and see that the answer is of it."""
    ask(page, typed)
    expect(page.locator(".instruction .of-it")).to_contain_text(typed)


def acts(served: Listening) -> list[dict[str, Any]]:
    """The last acts at the booth, as the server has them."""
    found: list[dict[str, Any]] = served.as_("officer").get("/v1/bridges/world-trade/booth").json()["acts"]
    return found


def by_crossing(served: Listening) -> dict[str | None, dict[str, Any]]:
    """The last acts at the booth, by their crossings."""
    return {each["crossing_id"]: each for each in acts(served)}
