"""The pictures of the README: taken of the live demonstration, by this test.

With AFORO_PICTURES=docs/images in the environment it takes them anew where they are kept.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demonstrated import Running, running
from PIL import Image
from playwright.sync_api import Browser, Page, expect

BRIDGE = "world-trade"
SIZE = (1366, 768)
NAMES = ("port", "crossing", "booth")
#: How long trucks are let go by, at sixty times the pace of the border: about two hours there.
PLAYED_MS = 120_000


@pytest.fixture(scope="module")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("pictured") / "folder", "--bridge", BRIDGE, "--speed", "60") as made:
        yield made


@pytest.fixture
def page(browser: Browser, demo: Running) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": SIZE[0], "height": SIZE[1]}, reduced_motion="reduce")
    context.set_default_timeout(PLAYED_MS)
    address, password = demo.told["address"], demo.told["password"]
    said = {"name": "supervisor", "password": password}
    assert context.request.post(f"{address}/v1/session", data=said, headers={"Origin": address}).ok
    made = context.new_page()
    made.goto(f"{address}/console/port/{BRIDGE}")
    yield made
    context.close()


def rows(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(
        f"() => fetch('/v1/bridges/{BRIDGE}/board').then((answer) => answer.json()).then((board) => board.rows)"
    )
    return found


def examined(page: Page) -> str:
    """A truck that is at a scanner or a dock, with a reason."""
    for _ in range(PLAYED_MS // 1_000):
        here = [each for each in rows(page) if each["state"] in ("scanning", "at_dock") and each["reason"]]
        if len(here) > 2:
            return str(max(here, key=lambda each: each["probability"] or 0)["crossing_id"])
        page.wait_for_timeout(1_000)
    raise AssertionError("nothing is examined")


def test_the_pictures_of_the_readme_are_of_the_live_demonstration(page: Page, demo: Running, tmp_path: Path) -> None:
    folder = Path(os.environ.get("AFORO_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)

    def take(name: str) -> None:
        expect(page.get_by_text(re.compile("^SYNTHETIC")).first).to_be_visible()
        page.screenshot(path=str(folder / f"{name}.png"))

    own = examined(page)
    demo.set(paused=True)
    page.get_by_role("searchbox").fill(own)
    page.locator(f'tr[data-crossing="{own}"]').first.click()
    expect(page.locator("#port-chosen")).to_have_text(own)
    page.get_by_role("searchbox").fill("")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(2_000)  # until what was chosen is drawn, and the stream has brought what changed
    take("port")
    address = page.url.partition("/console")[0]
    page.goto(f"{address}/console/crossing/{own}")
    expect(page.locator("svg[role=img]").first).to_be_visible()
    page.locator("svg[role=img]").first.scroll_into_view_if_needed()
    take("crossing")
    page.goto(f"{address}/console/booth/{BRIDGE}")
    expect(page.locator(".reach")).to_contain_text("List of")
    page.keyboard.type(own)
    page.keyboard.press("Enter")
    expect(page.locator(".instruction .word").first).to_be_visible()
    take("booth")


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_shows_them(repository: Path, name: str) -> None:
    assert f"docs/images/{name}.png" in (repository / "README.md").read_text(encoding="utf-8")
    with Image.open(repository / "docs" / "images" / f"{name}.png") as picture:
        assert picture.size == SIZE
