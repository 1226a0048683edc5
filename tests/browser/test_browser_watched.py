"""A page that is only watched: it says before that its session ends, goes on by any key, and shows nothing after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from border_scene import fill, prepared
from journeys import Post
from listening import Listening, listening
from playwright.sync_api import Page, expect
from priced import WORLD_TRADE

from aforo.api.access import Rate
from aforo.domain.event import OrderAccepted

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

Axe = Callable[[Page], list[str]]
PORT = f"/port/{WORLD_TRADE}"


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A bridge with trucks."""
    with listening(prepared(Post(learnt, tmp_path_factory.mktemp("watched"))), rate=Rate(1e6, 1e6)) as made:
        fill(made)
        yield made


def row(page: Page, crossing: str) -> Any:
    return page.locator(f'tr[data-crossing="{crossing}"]')


@pytest.mark.parametrize("lang", ["en", "es"])
def test_who_only_watches_is_told_before_the_session_ends_and_goes_on_by_any_key(
    consoles: Consoles, served: Listening, axe: Axe, lang: str, tmp_path: Path
) -> None:
    page = consoles.context("officer", lang).new_page()
    page.clock.install()
    page.goto(f"{served.address}/console{PORT}")
    expect(row(page, "SCAN-12")).to_be_visible()
    dialog = page.get_by_role("dialog")
    page.clock.fast_forward("25:30")
    expect(dialog).to_have_count(0)
    row(page, "SCAN-12").evaluate("row => row.focus()")
    page.clock.fast_forward("00:45")
    expect(dialog).to_contain_text({"en": "Are you still there?", "es": "¿Sigue ahí?"}[lang])
    # What is left, at least two minutes of it.
    expect(dialog.get_by_role("timer")).to_contain_text("2:")
    assert axe(page) == []
    page.screenshot(path=tmp_path / "ending.png")
    before = len(served.log.read(types=[OrderAccepted.TYPE]))
    page.keyboard.press("a")
    expect(dialog).to_have_count(0)
    expect(row(page, "SCAN-12")).to_be_focused()
    assert len(served.log.read(types=[OrderAccepted.TYPE])) == before, "the key goes on, and does nothing else"
    page.clock.fast_forward("26:15")
    expect(dialog).to_be_visible()
    page.clock.fast_forward("03:00")
    barred = {"en": "This page is not open to you", "es": "Esta página no está abierta para usted"}[lang]
    expect(page.locator("h1")).to_have_text(barred)
    ended = {"en": "since nobody touched this screen", "es": "porque nadie tocó esta pantalla"}[lang]
    expect(page.locator("main")).to_contain_text(ended)
    expect(dialog).to_have_count(0)
    said = page.locator("body").inner_text()
    assert "SCAN-" not in said
    assert "at the console" not in said
    assert page.evaluate("localStorage.getItem('aforo-who')") is None
    assert page.request.get(f"{served.address}/v1/session").json()["role"] == "anyone"


def test_a_watched_page_whose_server_is_away_is_covered_and_a_key_goes_on(
    consoles: Consoles, served: Listening
) -> None:
    page = consoles.context("officer").new_page()
    page.clock.install()
    page.goto(f"{served.address}/console{PORT}")
    expect(row(page, "SCAN-12")).to_be_visible()
    page.context.set_offline(True)
    page.clock.fast_forward("31:00")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_have_attribute("data-covers", "true")
    behind = "getComputedStyle(document.querySelector('dialog'), '::backdrop').backgroundColor"
    assert page.evaluate(behind) == "rgb(10, 16, 18)"
    page.keyboard.press("Shift")
    expect(dialog).to_have_count(0)
    expect(row(page, "SCAN-12")).to_be_visible()
    page.context.set_offline(False)
