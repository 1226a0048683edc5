"""Pages as wide as a desk's screen and a tablet: no column is left out, no word is cut, nothing is off the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest
from border_scene import CAREFUL, HELD, fill, prepared
from conftest import DESKTOP, TABLET
from journeys import Post
from listening import Listening, listening
from playwright.sync_api import Page, ViewportSize, expect
from priced import WORLD_TRADE, stand

from aforo.api.access import Rate

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt

Axe = Callable[[Page], list[str]]
PORT = f"/port/{WORLD_TRADE}"
#: Cells of the queue and of its head whose words are cut; the reason may be longer than its line.
CUT = """() => [...document.querySelectorAll('.port-queue thead th, .port-queue tbody tr > :not(:nth-child(4))')]
  .filter(({ scrollWidth, clientWidth, scrollHeight, clientHeight }) =>
    scrollWidth > clientWidth || scrollHeight > clientHeight + 2 || !clientWidth)
  .map((each) => each.innerText)"""
#: What reaches beyond the right edge of the page.
BEYOND = """() => {
  const edge = document.documentElement.clientWidth + 1;
  return [...document.querySelectorAll('#page, #page *, header *')]
    .filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > edge && !each.closest('.unseen'))
    .map((each) => `${each.tagName} ${each.className} ${each.textContent.slice(0, 60)}`);
}"""
#: What lies beyond the right edge of the panel that it is in, where one would have to scroll for it.
BEYOND_THEIR_BOX = """() => [...document.querySelectorAll('.inside-flush *')]
  .filter((each) => each.checkVisibility() && !each.closest('.unseen'))
  .map((each) => [each, each.closest('.inside-flush')])
  .filter(([each, box]) => each.getBoundingClientRect().right > box.getBoundingClientRect().right + 1)
  .map(([each]) => `${each.tagName} ${each.className} ${each.textContent.slice(0, 60)}`)"""
#: Whether the row that has the focus is whole in sight, below the head.
IN_SIGHT = """() => {
  const row = document.activeElement.getBoundingClientRect();
  const box = document.activeElement.closest('.port-queue').getBoundingClientRect();
  const head = document.activeElement.closest('table').querySelector('thead tr').getBoundingClientRect();
  return document.activeElement.tagName === 'TR' && row.top >= head.bottom - 1 && row.bottom <= box.bottom + 1;
}"""


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A bridge with prices, and trucks in every state."""
    post = prepared(Post(learnt, tmp_path_factory.mktemp("narrow")))
    with listening(post, rate=Rate(1e6, 1e6), policy=CAREFUL, opened=partial(stand, waiting=8.0)) as made:
        fill(made)
        yield made


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("size", [DESKTOP, TABLET, {"width": 768, "height": 1024}], ids=["desk", "tablet", "upright"])
def test_the_queue_tells_the_reason_and_cuts_no_word(
    consoles: Consoles, axe: Axe, lang: str, size: ViewportSize
) -> None:
    page = consoles.open(PORT, "officer", lang, viewport=size)
    page.locator(f'tr[data-crossing="{HELD}"]').wait_for()
    page.locator(".port-queue:not(#port-holds *) tr[data-crossing]").nth(5).wait_for()
    assert page.evaluate(CUT) == []
    reasons = page.locator(".port-queue tr[data-crossing] > :nth-child(4)")
    widths: list[float] = reasons.evaluate_all("cells => cells.map((cell) => cell.getBoundingClientRect().width)")
    assert min(widths) > 180
    heads = {"en": "Reason", "es": "Motivo"}
    expect(page.get_by_role("columnheader", name=heads[lang]).first).to_be_visible()
    assert page.evaluate(BEYOND) == []
    assert axe(page) == []


def test_rows_of_two_lines_are_moved_among_by_the_keys(consoles: Consoles) -> None:
    page = consoles.open(PORT, "officer", "es", viewport=TABLET)
    rows = page.locator(".port-queue:not(#port-holds *) tr[data-crossing]")
    rows.nth(5).wait_for()
    expect(page.locator(".port-columns .port-queue")).to_have_attribute("data-lines", "2")
    rows.first.focus()
    for key in ("PageDown", "PageDown", "End", "PageUp", "Home", "ArrowDown"):
        before = page.evaluate("document.activeElement.dataset.crossing")
        page.keyboard.press(key)
        page.wait_for_function("(was) => (document.activeElement?.dataset?.crossing ?? was) !== was", arg=before)
        assert page.evaluate(IN_SIGHT), key


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("size", [DESKTOP, TABLET], ids=["desk", "tablet"])
def test_who_administers_has_every_button_on_the_screen(
    consoles: Consoles, served: Listening, axe: Axe, lang: str, size: ViewportSize
) -> None:
    served.account("officer", "Maria Guadalupe Hernandez Villarreal", ())
    page = consoles.open("/administration", "administrator", lang, viewport=size)
    page.locator(".acts").nth(1).wait_for()
    assert page.evaluate(BEYOND_THEIR_BOX) == []
    assert axe(page) == []
    served.token("device", "a reader of plates at the bridge")
    page.get_by_role("tab", name="Tokens").click()
    page.get_by_role("cell").first.wait_for()
    assert page.evaluate(BEYOND_THEIR_BOX) == []


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("size", [DESKTOP, TABLET], ids=["desk", "tablet"])
def test_who_set_a_figure_of_the_policy_is_told_in_full(
    consoles: Consoles, axe: Axe, lang: str, size: ViewportSize
) -> None:
    page = consoles.open("/policy", "supervisor", lang, viewport=size)
    page.locator("td.source").nth(20).wait_for(state="attached")
    page.locator("summary").first.click()
    assert page.evaluate(BEYOND_THEIR_BOX) == []
    assert axe(page) == []
