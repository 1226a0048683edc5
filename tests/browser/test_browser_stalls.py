"""A bridge at which nobody passes, on every page that tells of it: at least so long, at least so many, since when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from pictured import picture, whole_picture
from playwright.sync_api import Page, ViewportSize, expect
from stall_scene import BRIDGE, stalled

if TYPE_CHECKING:
    from conftest import Consoles
    from journeys import Learnt
    from listening import Listening

Axe = Callable[[Page], list[str]]
TELEPHONE: ViewportSize = {"width": 390, "height": 844}
#: At least 180 minutes by now, and at most 190: how long the first of the line has waited.
MINUTES = r"1(8\d|90)"


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with stalled(learnt, tmp_path_factory.mktemp("stalls")) as made:
        yield made


def says(page: Page, pattern: str) -> None:
    """Wait until the page says it."""
    page.wait_for_function("said => new RegExp(said).test(document.querySelector('main')?.innerText)", arg=pattern)


@pytest.mark.parametrize(
    ("lang", "stalls", "least"),
    [
        (
            "en",
            r"No truck has passed primary since .* At least 190 trucks stand in line; the first has waited 3 h",
            "at least",
        ),
        (
            "es",
            r"Ningún camión ha pasado por la primera inspección desde las .* al menos 190 camiones en fila",
            "al menos",
        ),
    ],
)
def test_the_page_of_the_bridge(consoles: Consoles, axe: Axe, lang: str, stalls: str, least: str) -> None:
    page = consoles.open(f"/port/{BRIDGE}", "officer", lang)
    says(page, stalls)
    says(page, f"{least} {MINUTES}")
    expect(page.locator(".port-plan .port-strong").filter(has_text="≥ 190")).to_contain_text("≥ 3 h")
    assert axe(page) == []
    whole_picture(page, f"stall-port-{lang}")


@pytest.mark.parametrize(("lang", "stalls"), [("en", "no truck since"), ("es", "ningún camión desde las")])
def test_the_border(consoles: Consoles, axe: Axe, lang: str, stalls: str) -> None:
    page = consoles.open("/", "officer", lang)
    row = page.locator("tbody tr", has=page.get_by_role("link", name="World Trade Bridge", exact=True))
    expect(row).to_contain_text("≥ 190")
    expect(row.locator("td").nth(5)).to_contain_text("≥ 18")
    expect(row.locator("td").nth(5)).to_contain_text(stalls)
    assert axe(page) == []
    picture(page, f"stall-border-{lang}")
    assert page.evaluate("(table => table.scrollWidth <= table.clientWidth)(document.querySelector('.border-table'))")


@pytest.mark.parametrize(
    ("lang", "wait", "queue", "stalls"),
    [
        ("en", "wait at least 3 h", "at least 190 trucks in the queue", "All lanes: no truck has passed primary since"),
        ("es", "espera de al menos 3 h", "al menos 190 camiones en la fila", "Todos los carriles: ningún camión"),
    ],
)
def test_the_handover(consoles: Consoles, lang: str, wait: str, queue: str, stalls: str) -> None:
    page = consoles.open(f"/handover/{BRIDGE}", "officer", lang)
    for each in (wait, queue, stalls):
        says(page, each)
    whole_picture(page, f"stall-handover-{lang}")


@pytest.mark.parametrize(
    ("lang", "stalls"), [("en", "the line stands or hardly moves"), ("es", "la fila está detenida")]
)
def test_the_town_and_the_public_are_told_no_instant(consoles: Consoles, axe: Axe, lang: str, stalls: str) -> None:
    page = consoles.open("/municipality", "municipality", lang, viewport=TELEPHONE, carriers=(BRIDGE,))
    for each in (stalls, f"≥ {MINUTES}", r"≥ 1[89]\d"):
        says(page, each)
    assert axe(page) == []
    whole_picture(page, f"stall-town-{lang}")
    public = consoles.open("/scoreboard", None, lang)
    says(public, f"≥ {MINUTES}")
    says(public, stalls)
    picture(public, f"stall-public-{lang}")
    for each in (page, public):
        text = each.get_by_role("main").inner_text()
        assert "passed primary" not in text
        assert "ha pasado" not in text
