"""The place of a finding is the one that was touched: on the drawing, at an item of the checklist, or in the list."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import TABLET
from device import until
from dock_scene import begin, records, words
from ordered import sent
from pictured import whole_picture
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

DRAWING = Path(__file__).resolve().parents[2] / "web" / "src" / "pages" / "dock" / "drawing.tsx"
WIDTH, HEIGHT = 1_000, 320
#: The rubber at the bottom of the first wheel.
TIRE = (105, 290)


def drawn() -> dict[str, tuple[float, float]]:
    """The middle of each place of the drawing, as its source has them."""
    rows = re.findall(r"\['(\w+)', (\d+), (\d+), (\d+), (\d+)\]", DRAWING.read_text(encoding="utf-8"))
    middles = {part: (int(x) + int(w) / 2, int(y) + int(h) / 2) for part, x, y, w, h in rows}
    assert len(middles) == 14
    return middles | {"tires": TIRE}


def add(page: Page, what: str) -> None:
    page.get_by_label("What", exact=True).fill(what)
    page.get_by_role("button", name="Add the finding").click()
    expect(page.locator(".entry").filter(has_text=what)).to_be_visible()


def recorded(page: Page, served: Listening, own: str, count: int) -> dict[str, dict[str, Any]]:
    """The findings of a truck by their words, once the server has so many."""

    def told() -> list[dict[str, Any]]:
        return [each for record in records(served, own) for each in record["findings"]]

    return {each["what"]: each for each in until(page, told, lambda found: len(found) == count)}


def test_every_place_of_the_drawing_is_recorded_as_what_was_touched(consoles: Consoles, served: Listening) -> None:
    sent(served, "places")
    page = consoles.open("/dock/world-trade", "officer", viewport=TABLET)
    begin(page, "places")
    drawing, places = page.locator("svg.drawing"), drawn()
    for part, (x, y) in places.items():
        drawing.scroll_into_view_if_needed()
        box = drawing.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] * x / WIDTH, box["y"] + box["height"] * y / HEIGHT)
        expect(page.get_by_label("Place", exact=True)).to_have_value(part)
        add(page, f"In: {part}")
    found = recorded(page, served, "places", len(places))
    assert {part: found[f"In: {part}"]["part"] for part in places} == {part: part for part in places}
    for part, (x, y) in places.items():
        assert abs(found[f"In: {part}"]["x"] - x) <= 2
        assert abs(found[f"In: {part}"]["y"] - 1_000 * y / HEIGHT) <= 8


def test_every_item_of_the_checklist_that_is_ticked_as_a_finding_gives_its_place(
    consoles: Consoles, served: Listening
) -> None:
    sent(served, "ticked")
    page = consoles.open("/dock/world-trade", "officer", viewport=TABLET)
    begin(page, "ticked")
    items = served.as_("officer").get("/v1/bridges/world-trade/docks").json()["checklist"]["items"]
    own = [(each["code"], each["part"]) for each in items if "secondary" in each["examinations"]]
    assert ("fuel_tank", "fuel_tank") in own
    for code, part in own:
        page.get_by_role("button", name=re.compile(rf", Finding: {code}$")).click()
        expect(page.get_by_label("Place", exact=True)).to_have_value(part)
        expect(page.locator("svg.drawing")).to_be_in_viewport()
        add(page, f"At: {code}")
    found = recorded(page, served, "ticked", len(own))
    assert {code: found[f"At: {code}"]["part"] for code, _ in own} == dict(own)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_finding_without_a_place_is_not_recorded_in_the_load(
    consoles: Consoles, served: Listening, lang: str
) -> None:
    own, say = f"unplaced-{lang}", words(lang)
    sent(served, own)
    page = consoles.open("/dock/world-trade", "officer", lang, viewport=TABLET)
    page.get_by_role("button", name=say["begin_with"].format(truck=own), exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=say["begin"], exact=True).click()
    place, what = page.get_by_label(say["part"], exact=True), page.get_by_label(say["what"], exact=True)
    expect(place).to_have_value("")
    what.fill("Bundles")
    page.get_by_role("button", name=say["add_finding"]).click()
    expect(page.get_by_text(say["part_needed"])).to_be_visible()
    whole_picture(page, f"finding-without-place-{lang}")
    expect(page.locator(".entry")).to_have_count(0)
    # What is being written down keeps the place that was chosen for it, whatever is ticked meanwhile.
    place.select_option("cab")
    page.get_by_role("button", name=re.compile(f", {say['result_finding']}: fuel_tank$")).click()
    expect(place).to_have_value("cab")
    page.get_by_role("button", name=say["add_finding"]).click()
    assert recorded(page, served, own, 1)["Bundles"]["part"] == "cab"
    expect(place).to_have_value("")


#: Ticks an item, and types in the same moment: before the page has been painted anew.
TICK_AND_TYPE = """async ([tick, what]) => {
  tick.click();
  await Promise.resolve();
  what.value = 'Typed at once';
  what.dispatchEvent(new Event('input', { bubbles: true }));
}"""


def test_who_types_at_once_after_a_tick_has_its_place(consoles: Consoles, served: Listening) -> None:
    sent(served, "at-once")
    page = consoles.open("/dock/world-trade", "officer", viewport=TABLET)
    begin(page, "at-once")
    tick = page.get_by_role("button", name="Load, Finding: load").element_handle()
    what = page.get_by_label("What", exact=True).element_handle()
    page.evaluate(TICK_AND_TYPE, [tick, what])
    expect(page.get_by_label("Place", exact=True)).to_have_value("load")
    page.get_by_role("button", name="Add the finding").click()
    assert recorded(page, served, "at-once", 1)["Typed at once"]["part"] == "load"
