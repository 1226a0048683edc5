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
