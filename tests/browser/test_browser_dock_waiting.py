"""Who waits at the docks of a bridge, who is in one without a record here, and who is at a scanner; on a tablet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import pytest
from conftest import TABLET
from dock_scene import words
from ordered import sent
from playwright.sync_api import ViewportSize, expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening
    from playwright.sync_api import Locator, Page

Axe = Callable[..., list[str]]
UPRIGHT: ViewportSize = {"width": 768, "height": 1024}


def panel(page: Page, title: str) -> Locator:
    return page.locator(".panel", has=page.get_by_role("heading", name=title, exact=True))


@pytest.mark.parametrize("lang", ["en", "es"])
def test_who_is_in_a_dock_by_the_word_of_others_is_in_it_and_scans_do_not_wait_for_a_dock(
    consoles: Consoles, axe: Axe, served: Listening, lang: Literal["en", "es"]
) -> None:
    say, there, waits, scans = words(lang), f"there-{lang}", f"waits-{lang}", f"scans-{lang}"
    for own, order in ((there, "secondary"), (waits, "secondary"), (scans, "scan")):
        sent(served, own, order)
    unit = {"en": "1", "es": "2"}[lang]
    for own, resource in ((there, "dock"), (scans, "scanner")):
        said = {"crossing_id": own, "resource": resource, "step": "started", "unit": f"{resource}-{unit}"}
        assert served.as_("officer").post("/v1/bridges/world-trade/work", json=said).status_code == 200
    page = consoles.open("/dock/world-trade", "officer", lang, viewport=TABLET)
    row = panel(page, say["in_docks"]).get_by_role("row").filter(has_text=there)
    expect(row.get_by_role("rowheader")).to_have_text(unit)
    expect(panel(page, say["waiting"])).to_contain_text(waits)
    for own in (there, scans):
        expect(panel(page, say["waiting"])).not_to_contain_text(own)
    expect(panel(page, say["at_scanners"])).to_contain_text(say["is_in"].format(unit=f"scanner-{unit}"))
    assert axe(page) == []
    # Its record is begun in the dock where it stands; another one may not be begun there.
    page.get_by_role("button", name=say["begin_with"].format(truck=waits)).click()
    dock = page.get_by_role("dialog").get_by_label(say["dock"], exact=True)
    assert unit not in dock.locator("option").all_inner_texts()
    page.keyboard.press("Escape")
    page.get_by_role("button", name=say["record_with"].format(truck=there)).click()
    expect(dock).to_have_value(unit)
    page.get_by_role("dialog").get_by_role("button", name=say["begin"], exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(say["record_title"].format(dock=unit, truck=there))


def test_what_is_begun_is_in_reach_on_an_upright_tablet(consoles: Consoles, served: Listening) -> None:
    own = "MXCA-20261127-0000001234-SYNTHETIC-A"
    sent(served, own, "joint")
    page = consoles.open("/dock/world-trade", "officer", viewport=UPRIGHT)
    button = page.get_by_role("button", name=f"Begin with {own}")
    expect(button).to_be_visible()
    box = button.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= UPRIGHT["width"]


def stands(served: Listening, own: str, unit: str) -> None:
    """Tell that a truck is in a dock, as an automatic one does."""
    said = {"crossing_id": own, "resource": "dock", "step": "started", "unit": unit}
    assert served.as_("officer").post("/v1/bridges/world-trade/work", json=said).status_code == 200


def looked_again(page: Page, served: Listening, lang: str = "en") -> None:
    """Have the docks told anew: another truck is sent to one, and the page has heard of it."""
    own = f"news-{lang}-{page.evaluate('performance.now()'):.0f}"
    with page.expect_response(lambda answer: answer.url.endswith("/docks") and own in answer.text()):
        sent(served, own, "secondary")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_truck_in_a_dock_is_begun_there_though_the_docks_are_told_anew_meanwhile(
    consoles: Consoles, served: Listening, lang: Literal["en", "es"]
) -> None:
    say, own, unit = words(lang), f"anew-{lang}", {"en": "5", "es": "6"}[lang]
    sent(served, own, "secondary")
    stands(served, own, f"dock-{unit}")
    page = consoles.open("/dock/world-trade", "officer", lang, viewport=TABLET)
    page.get_by_role("button", name=say["record_with"].format(truck=own)).click()
    dock = page.get_by_role("dialog").get_by_label(say["dock"], exact=True)
    expect(dock).to_have_value(unit)
    looked_again(page, served, lang)
    page.wait_for_timeout(300)
    expect(dock).to_have_value(unit)
    assert unit in dock.locator("option").all_inner_texts()
    page.get_by_role("dialog").get_by_role("button", name=say["begin"], exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(say["record_title"].format(dock=unit, truck=own))


def test_a_dock_that_is_taken_meanwhile_stays_chosen_and_says_so(consoles: Consoles, served: Listening) -> None:
    sent(served, "chooses", "secondary")
    sent(served, "faster", "secondary")
    page = consoles.open("/dock/world-trade", "officer", viewport=TABLET)
    page.get_by_role("button", name="Begin with chooses", exact=True).click()
    dialog = page.get_by_role("dialog")
    dock = dialog.get_by_label("Dock", exact=True)
    own = dock.locator("option").all_inner_texts()[-1]
    dock.select_option(own)
    begun = {"act": "begin", "examination": "secondary", "bridge": "world-trade", "dock": own}
    answer = served.as_("officer", "Luz").post("/v1/crossings/faster/examinations/f", json=begun)
    assert answer.status_code == 200
    expect(dialog).to_contain_text(f"Another record was begun in dock {own}", timeout=30_000)
    expect(dock).to_have_value(own)
    expect(dialog.get_by_role("button", name="Begin", exact=True)).to_have_attribute("aria-disabled", "true")
    dock.select_option(dock.locator("option").all_inner_texts()[0])
    dialog.get_by_role("button", name="Begin", exact=True).click()
    expect(page.locator("h1")).to_contain_text("chooses")


def test_a_record_that_another_device_begins_meanwhile_is_opened(consoles: Consoles, served: Listening) -> None:
    sent(served, "shared", "secondary")
    page = consoles.open("/dock/world-trade", "officer", viewport=TABLET)
    page.get_by_role("button", name="Begin with shared", exact=True).click()
    begun = {"act": "begin", "examination": "secondary", "bridge": "world-trade", "dock": "9"}
    answer = served.as_("officer", "Luz").post("/v1/crossings/shared/examinations/s", json=begun)
    assert answer.status_code == 200
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("begun at another device", timeout=30_000)
    dialog.get_by_role("button", name="Go on").click()
    expect(page.locator("h1")).to_have_text("Dock 9 · shared")
