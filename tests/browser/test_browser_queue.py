"""A bridge's queue and plan in a browser: what is chosen stays chosen, what is in sight stays in sight, and the plan is
worked by the keys alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect
from priced import WORLD_TRADE

if TYPE_CHECKING:
    from conftest import Consoles

TOLD = (Path(__file__).parent / "told.js").read_text(encoding="utf-8")
BEGIN = "window.begin = () => window.tell(Array.from({ length: 120 }, (_, n) => window.truck(n)))"
QUEUE = ".port-queue"


@pytest.fixture
def page(consoles: Consoles) -> Page:
    """The page of a bridge with 120 trucks to be examined, told of nothing but what the test tells."""
    context = consoles.context("officer")
    context.add_init_script(TOLD)
    context.add_init_script(BEGIN)
    page = context.new_page()
    page.goto(f"{consoles.served.address}/console/port/{WORLD_TRADE}")
    expect(row(page, 0)).to_be_visible()
    return page


def row(page: Page, n: int) -> Any:
    return page.locator(f'tr[data-crossing="T-{n:03}"]')


def mark(page: Page, n: int) -> Any:
    return page.locator(f'.port-truck[data-truck="T-{n:03}"]')


def scrolled(page: Page) -> float:
    return float(page.locator(QUEUE).evaluate("queue => queue.scrollTop"))


def news(page: Page, told: str, gone: str = "[]") -> None:
    """Tell something, and wait until it was drawn."""
    page.evaluate(f"window.tell([{told}], {gone})")
    page.wait_for_timeout(400)


def test_the_queue_is_scrolled_with_a_row_chosen_and_the_keys_go_on_from_it(page: Page) -> None:
    row(page, 3).click()
    page.locator(QUEUE).hover()
    for _ in range(8):
        page.mouse.wheel(0, 200)
        page.wait_for_timeout(120)
    far = scrolled(page)
    assert far > 1_000
    news(page, "window.truck(70, { value: 2 })")
    assert scrolled(page) == far
    expect(page.locator("#port-chosen")).to_have_text("T-003")
    page.keyboard.press("ArrowDown")
    expect(row(page, 4)).to_be_focused()
    expect(page.locator("#port-chosen")).to_have_text("T-004")


def test_a_chosen_truck_that_is_done_goes_to_the_end_without_the_list(page: Page) -> None:
    row(page, 5).click()
    news(page, "window.truck(5, { state: 'examined', attention: 0 })")
    assert scrolled(page) == 0
    expect(page.locator("#port-chosen")).to_have_text("T-005")
    expect(page.locator(".port-detail .tag").first).to_have_text("examined")
    # The next is the one that has its place now.
    page.keyboard.press("ArrowDown")
    expect(row(page, 6)).to_be_focused()


@pytest.mark.parametrize("key", ["a", "r", "l"])
def test_a_chosen_truck_that_leaves_stays_chosen_and_no_key_hits_another(page: Page, key: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    row(page, 4).click()
    news(page, "", "['T-004']")
    expect(page.locator("#port-chosen")).to_have_text("T-004")
    expect(page.locator(".port-detail")).to_contain_text("has left the board")
    page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert asked == []
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator('tr[aria-selected="true"]')).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect(row(page, 5)).to_be_focused()


def test_the_plan_is_reached_and_worked_by_the_keys(page: Page) -> None:
    row(page, 0).click()
    page.keyboard.press("p")
    expect(mark(page, 0)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(mark(page, 0)).not_to_be_focused()
    expect(page.locator(".port-truck:focus")).to_have_count(1)
    # Of the mark that has the focus and the truck that is chosen, a key means neither while they differ.
    page.keyboard.press("l")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Enter")
    chosen = page.locator(".port-truck:focus").get_attribute("data-truck")
    expect(page.locator("#port-chosen")).to_have_text(str(chosen))
    page.keyboard.press("l")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(f'.port-truck[data-truck="{chosen}"]')).to_be_focused()


def test_a_click_on_a_mark_leaves_the_keys_with_it(page: Page) -> None:
    mark(page, 2).click()
    expect(mark(page, 2)).to_be_focused()
    expect(page.locator("#port-chosen")).to_have_text("T-002")
    page.keyboard.press("l")
    expect(page.get_by_role("dialog")).to_contain_text("T-002")
