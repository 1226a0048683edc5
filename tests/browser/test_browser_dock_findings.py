"""What is noted of a truck at the dock: where a finding is, and what the record says against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conftest import TABLET
from dock_scene import photo, records
from ordered import sent
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

BEGIN = {"act": "begin", "examination": "secondary", "bridge": "wtb", "dock": "3"}


def acts(served: Listening, own: str, *said: dict[str, Any]) -> None:
    """A truck at the dock, and what was done there."""
    sent(served, own)
    for each in (BEGIN, *said):
        told = served.signed_in("officer", "officer at the console").post(
            f"/v1/crossings/{own}/examinations/e", json=each
        )
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


def test_what_the_record_says_against_itself_stands_there_and_is_asked_before_it_is_closed(
    consoles: Consoles, served: Listening
) -> None:
    find = {"act": "find", "finding": "f", "part": "floor", "threat": "contraband", "what": "Packages", "severity": 7}
    off = {"act": "seal", "action": "off", "number": "OTHER-1", "seal_class": "H", "intact": True}
    clear = [{"act": "check", "item": item, "result": "clear", "note": ""} for item in ("floor", "seals", "cab")]
    acts(served, "against", find, off, *clear)
    page = consoles.open("/dock/world-trade?crossing=against&record=e", "officer", viewport=TABLET)
    told = page.locator(".checks .against")
    expect(told).to_have_text(
        [
            "ticked as clear, and the seal OTHER-1 came off, which is not the declared one",
            "ticked as clear, and a finding stands here: Packages",
        ]
    )
    page.get_by_role("button", name="Violation", exact=True).click()
    page.get_by_role("button", name="Finish", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    expect(dialog).to_contain_text("Floor: ticked as clear, and a finding stands here: Packages")
    dialog.get_by_role("button", name="Leave it").click()
    page.get_by_role("button", name="Floor, Finding: floor").click()
    expect(told).to_have_count(1)


def test_a_seal_that_is_not_the_declared_one_is_told_without_a_connection_too(
    consoles: Consoles, served: Listening
) -> None:
    acts(served, "offline")
    context = consoles.context("officer", viewport=TABLET)
    page = context.new_page()
    page.goto(f"{served.address}/console/dock/world-trade?crossing=offline&record=e")
    expect(page.get_by_text("ULoffline")).to_be_visible()
    context.set_offline(True)
    page.get_by_label("Number", exact=True).fill("OTHER-2")
    page.get_by_role("button", name="Taken off").click()
    expect(page.get_by_text("A seal came off that is not the declared one.")).to_be_visible()
    context.set_offline(False)


def test_what_bars_withdrawing_a_finding_is_said_and_photos_of_findings_are_counted_as_that(
    consoles: Consoles, served: Listening
) -> None:
    find = {"act": "find", "finding": "f", "part": "floor", "threat": "contraband", "what": "Packages", "severity": 7}
    seize = {"act": "seize", "finding": "f", "kind": "drugs", "amount": 1, "unit": "kg", "authority": "US"}
    acts(served, "barred", find, seize)
    answer = served.signed_in("officer", "officer at the console").post(
        "/v1/crossings/barred/examinations/e/photos", params={"finding": "f"}, content=photo()["buffer"]
    )
    assert answer.status_code == 200, answer.text
    page = consoles.open("/dock/world-trade?crossing=barred&record=e", "officer", viewport=TABLET)
    expect(page.get_by_text("To withdraw the finding, withdraw its seizure first.")).to_be_visible()
    expect(page.get_by_role("button", name="Withdraw photo 1", exact=True)).to_have_text("Withdraw photo 1")
    expect(page.get_by_text("None of the whole record: each photo stands with its finding.")).to_be_visible()
    expect(page.get_by_text("No photo yet.")).to_have_count(0)
