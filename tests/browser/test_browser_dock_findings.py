"""What is noted of a truck at the dock: where a finding is, and what the record says against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conftest import TABLET
from dock_scene import records, sent
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

BEGIN = {"act": "begin", "examination": "secondary", "bridge": "wtb", "dock": "3"}


def acts(served: Listening, own: str, *said: dict[str, Any]) -> None:
    """A truck at the dock, and what was done there."""
    sent(served, own)
    for each in (BEGIN, *said):
        told = served.as_("officer", "officer at the console").post(f"/v1/crossings/{own}/examinations/e", json=each)
        assert told.status_code == 200, told.text


def test_a_place_chosen_from_the_list_has_no_mark_of_another_that_was_tapped(
    consoles: Consoles, served: Listening
) -> None:
    acts(served, "marked")
    page = consoles.open("/dock/world-trade?crossing=marked&record=e", "officer", viewport=TABLET)
    drawing = page.locator("svg.drawing")
    for own, chosen in (("Tapped", None), ("Chosen", "floor")):
        drawing.click(position={"x": 90, "y": 90})
        if chosen:
            page.get_by_label("Place", exact=True).select_option(chosen)
        page.get_by_label("What", exact=True).fill(own)
        page.get_by_role("button", name="Add the finding").click()
        expect(page.locator(".entry").filter(has_text=own)).to_be_visible()
    for _ in range(100):
        if len(records(served, "marked")[0]["findings"]) == 2:
            break
        page.wait_for_timeout(100)
    tapped, listed = records(served, "marked")[0]["findings"]
    assert None not in (tapped["x"], tapped["y"])
    assert [listed[each] for each in ("part", "x", "y")] == ["floor", None, None]
