"""The dock in a real browser: a whole examination by touch and by keyboard, and what two officers sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import pytest
from device import until
from dock_scene import begin, closed, finish, photo, records, taken_back, words
from listening import PASSWORD
from ordered import sent
from pictured import whole_picture
from playwright.sync_api import ViewportSize, expect
from signing import beside

from aforo.domain.reception import PersonRead

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

Axe = Callable[..., list[str]]
TABLET: ViewportSize = {"width": 1024, "height": 768}
#: What the element is called that has the focus.
FOCUSED = "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent"


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("viewport", [None, TABLET], ids=["desktop", "tablet"])
def test_the_docks_and_a_record_have_no_violation(
    consoles: Consoles, axe: Axe, served: Listening, lang: Literal["en", "es"], viewport: ViewportSize | None
) -> None:
    own = f"seen-{lang}-{'t' if viewport else 'd'}"
    sent(served, own)
    sent(served, f"jointly-{own}", "joint")
    page = consoles.open("/dock/world-trade", "officer", lang, viewport=viewport, dark=viewport is not None)
    start = page.get_by_role("button", name={"en": f"Begin with {own}", "es": f"Iniciar con {own}"}[lang], exact=True)
    expect(start).to_be_visible()
    assert axe(page) == []
    whole_picture(page, f"docks-{own}")
    start.click()
    assert axe(page) == []
    page.get_by_role("dialog").get_by_role("button").first.click()
    expect(page.locator("h1")).to_contain_text(own)
    expect(page.locator(".checks li")).to_have_count(15)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate(
        """() => [...document.querySelectorAll('.dock .button, .dock select, .dock input:not(.unseen)')]
             .map((each) => [each.textContent, each.getBoundingClientRect().height])
             .filter(([, height]) => height < 44)"""
    )
    assert small == []
    whole_picture(page, f"record-{own}")


def test_an_examination_by_touch_from_the_start_to_a_seizure(consoles: Consoles, axe: Axe, served: Listening) -> None:
    sent(served, "touched")
    page = consoles.open("/dock/world-trade", "officer", viewport=TABLET)
    begin(page, "touched")
    page.get_by_role("button", name="Front wall, Finding: front_wall").click()
    page.get_by_role("button", name="Floor, Clear: floor").click()
    drawing = page.locator(".drawing")
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.324, box["y"] + box["height"] * 0.45)
    expect(page.get_by_label("Place", exact=True)).to_have_value("front_wall")
    page.get_by_label("What").fill("Packages behind the wall")
    page.get_by_label("How much").fill("12.5")
    page.get_by_label("Severity, 0 to 10").first.select_option("7")
    page.get_by_role("button", name="Add the finding").click()
    page.get_by_label("Photo", exact=True).set_input_files(photo())
    page.get_by_label("Take or choose photos").set_input_files(photo())
    page.get_by_role("button", name="Seize: Packages behind the wall").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("How much is seized")).to_have_value("12.5")
    dialog.get_by_role("button", name="Record the seizure").click()
    expect(dialog.get_by_text("Say what it is.")).to_be_visible()
    dialog.get_by_label("What it is").select_option("drugs")
    dialog.get_by_label("Their own number").fill("2026-17")
    assert axe(page) == []
    dialog.get_by_role("button", name="Record the seizure").click()
    expect(page.locator(".seized")).to_contain_text("touched/S1", timeout=30_000)
    # What is seized was found: it is a violation, and nothing else.
    expect(page.get_by_role("button", name="Inconclusive")).to_have_attribute("aria-disabled", "true")
    page.get_by_label("Number").fill("UL-touched")
    page.get_by_role("button", name="Taken off").click()
    expect(page.get_by_text("as declared")).to_be_visible()
    page.get_by_label("Number").fill("NEW-1")
    page.get_by_role("button", name="Put on").click()
    expect(page.get_by_role("button", name="Show photo 1")).to_be_visible()
    page.get_by_role("button", name="Show photo 1").click()
    expect(page.locator(".entry .photos img")).to_have_js_property("naturalWidth", 320)
    whole_picture(page, "record-whole")
    finish(page, "Violation")
    made = closed(page, served, "touched")
    assert (made["outcome"]["outcome"], made["outcome"]["threat"], made["outcome"]["severity"]) == (
        "violation", "contraband", 7.0,
    )  # fmt: skip
    (found,) = made["findings"]
    assert (found["part"], found["amount"], found["unit"]) == ("front_wall", 12.5, "kg")
    assert abs(found["x"] - 324) < 5
    assert [each["matches"] for each in made["seals"]] == [True, None]
    assert {each["item"]: each["result"] for each in made["checks"]} == {"front_wall": "finding", "floor": "clear"}
    assert [each["finding"] for each in made["photos"]] == [found["finding"], ""]
    (seized,) = made["seizures"]
    assert [seized[each] for each in ("seizure", "kind", "amount", "unit", "authority", "case", "finding")] == [
        "touched/S1", "drugs", 12.5, "kg", "US", "2026-17", found["finding"],
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["officer", "analyst"])
def test_the_page_of_the_crossing_shows_the_examination_to_whom_the_policies_permit(
    consoles: Consoles, axe: Axe, served: Listening, role: Literal["officer", "analyst"]
) -> None:
    own = f"told-{role}"
    sent(served, own)
    luz, path = served.as_("officer", "Luz"), f"/v1/crossings/{own}/examinations/e"
    finding = {"act": "find", "finding": "f", "part": "roof", "threat": "contraband", "what": "Packages", "severity": 7}
    for said in (
        {"act": "begin", "examination": "secondary", "bridge": "wtb", "dock": "3"},
        {"act": "check", "item": "floor", "result": "clear", "note": "Dry."},
        finding | {"amount": 12.5, "unit": "kg"},
        {"act": "seize", "finding": "f", "kind": "drugs", "amount": 12.5, "unit": "kg", "authority": "US"},
        {"act": "seal", "action": "off", "number": "OTHER", "seal_class": "H", "intact": False},
    ):
        assert luz.post(path, json=said).status_code == 200
    buffer = photo()["buffer"]
    assert luz.post(f"{path}/photos", content=buffer, params={"finding": "f"}).status_code == 200
    page = consoles.open(f"/crossing/{own}", role, "es" if role == "officer" else "en")
    record = page.locator(".examined")
    expect(record).to_contain_text(f"{own}/S1", timeout=30_000)
    expect(record).to_contain_text("OTHER")
    expect(record.locator(".photos")).to_contain_text({"officer": "Mostrar foto 1", "analyst": "Photo 1"}[role])
    assert record.get_by_role("button").count() == (1 if role == "officer" else 0)
    assert axe(page) == []
    if role == "officer":
        record.get_by_role("button", name="Mostrar foto 1").click()
        expect(record.locator("img")).to_have_js_property("naturalWidth", 320)
        opened, looked = served.log.stream(f"read/{own}")
        assert (opened.event.type, opened.event.actor) == ("crossing.opened", "officer at the console")
        assert isinstance(looked.payload, PersonRead)
        assert looked.payload.fields == ("photo",)
    # It is live: how it ended comes without a reload, and the photo stays open.
    closing = {"act": "close", "outcome": "violation", "threat": "contraband", "severity": 7, "seen": 90}
    assert luz.post(path, json=closing).status_code == 200
    expect(page.locator(".panel", has=record).locator(".tag").first).to_have_text(
        {"officer": "Infracción", "analyst": "Violation"}[role], timeout=30_000
    )
    assert record.locator("img").count() == (1 if role == "officer" else 0)
    expect(page.locator(".timeline")).to_contain_text(f"{own}/S1")
    whole_picture(page, f"crossing-examined-{role}")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_finding_is_set_aside_by_two_officers_at_the_same_screen(
    consoles: Consoles, axe: Axe, served: Listening, lang: Literal["en", "es"]
) -> None:
    own = f"set-aside-{lang}"
    sent(served, own)
    served.account("supervisor", "Eva Sol")
    page = consoles.open("/dock/world-trade", "officer", lang, viewport=TABLET)
    say, by = words(lang), words(lang, "second")
    page.get_by_role("button", name=say["begin_with"].format(truck=own), exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=say["begin"]).click()
    page.get_by_label(say["part"], exact=True).select_option("front_wall")
    page.get_by_label(say["what"], exact=True).fill("Packages behind the wall")
    page.get_by_role("button", name=say["add_finding"]).click()
    page.get_by_role("button", name=say["withdraw"], exact=True).click()
    taken_back(page, lang)
    page.get_by_role("button", name=say["outcome_clear"]).click()
    page.get_by_role("button", name=say["finish"], exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(by["second"])
    assert axe(page) == []
    whole_picture(page, f"dock-second-{lang}")
    sign = dialog.get_by_role("button", name=say["sign_and_finish"])
    sign.click()
    expect(dialog.get_by_text(words(lang, "cases")["needed"])).to_have_count(3)
    dialog.get_by_label(words(lang, "cases")["reason"], exact=True).fill("It was the spare wheel.")
    # The officer who closes it cannot sign beside themselves.
    dialog.get_by_label(by["name"]).fill("officer at the console")
    dialog.get_by_label(by["password"]).fill(PASSWORD)
    sign.click()
    expect(dialog.locator('.notice[data-tone="wrong"]')).to_be_visible()
    assert records(served, own)[0]["outcome"] is None
    dialog.get_by_label(by["name"]).fill("Eva Sol")
    dialog.get_by_label(by["password"]).fill(PASSWORD)
    sign.click()
    outcome = closed(page, served, own)["outcome"]
    assert (outcome["seconded_by"], outcome["reason"]) == ("Eva Sol", "It was the spare wheel.")
    expect(page.get_by_text(say["signed_by"].format(name="Eva Sol", reason="It was the spare wheel."))).to_be_visible()


def test_a_finding_is_set_aside_by_the_passkey_of_the_second_officer(
    consoles: Consoles, axe: Axe, served: Listening
) -> None:
    sent(served, "keyed")
    page, authenticator = beside(consoles, served, "Rosa Keyed")
    page.goto(f"{consoles.served.address}/console/dock/world-trade")
    begin(page, "keyed")
    page.get_by_label("Place", exact=True).select_option("front_wall")
    page.get_by_label("What", exact=True).fill("Packages behind the wall")
    page.get_by_role("button", name="Add the finding").click()
    page.get_by_role("button", name="Withdraw", exact=True).click()
    taken_back(page)
    page.get_by_role("button", name="Nothing found", exact=True).click()
    page.get_by_role("button", name="Finish", exact=True).click()
    dialog = page.get_by_role("dialog")
    sign = dialog.get_by_role("button", name="Sign with a passkey")
    expect(sign).not_to_have_attribute("aria-disabled", "true")
    assert axe(page) == []
    sign.click()
    # Nothing need be typed but why.
    expect(dialog.get_by_role("alert")).to_have_text(["This is needed."])
    dialog.get_by_label("Reason", exact=True).fill("It was the spare wheel.")
    authenticator.recognises(False)
    sign.click()
    expect(dialog.locator('.notice[data-tone="wrong"]')).to_contain_text("The passkey was not used", timeout=90_000)
    assert records(served, "keyed")[0]["outcome"] is None
    authenticator.recognises(True)
    sign.click()
    outcome = closed(page, served, "keyed")["outcome"]
    assert [outcome[each] for each in ("outcome", "seconded_by", "reason")] == [
        "clear", "Rosa Keyed", "It was the spare wheel.",
    ]  # fmt: skip
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_seal_and_a_photo_that_were_entered_by_mistake_are_withdrawn(
    consoles: Consoles, axe: Axe, served: Listening, lang: Literal["en", "es"]
) -> None:
    own = f"mistyped-{lang}"
    sent(served, own)
    page, say = consoles.open("/dock/world-trade", "officer", lang, viewport=TABLET), words(lang)
    page.get_by_role("button", name=say["begin_with"].format(truck=own), exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=say["begin"]).click()
    for number in ("UL-WRONG", f"UL-{own}"):
        page.get_by_label(say["seal_number"], exact=True).fill(number)
        page.get_by_role("button", name=say["take_off"]).click()
    page.get_by_label(say["add_photo"]).set_input_files(photo())
    expect(page.get_by_text(say["seal_mismatch"])).to_be_visible()
    # One touch withdraws nothing: it is asked first, and may be left.
    photo_1 = page.get_by_role("button", name=say["withdraw_photo"].format(index=1))
    photo_1.click()
    assert axe(page, within="dialog[open]") == []
    page.get_by_role("dialog").get_by_role("button", name=say["leave"]).click()
    expect(page.get_by_text(say["withdrawn"], exact=True)).to_have_count(0)
    photo_1.click()
    taken_back(page, lang)
    page.get_by_role("button", name=say["withdraw_seal"].format(number="UL-WRONG")).click()
    taken_back(page, lang)
    # What does not match is withdrawn: it warns of nothing.
    expect(page.get_by_text(say["seal_mismatch"])).to_have_count(0)
    expect(page.get_by_text(say["entry_withdrawn"], exact=True)).to_have_count(1)
    expect(page.get_by_text(say["withdrawn"], exact=True)).to_have_count(1)
    expect(page.get_by_role("button", name=say["withdraw_seal"].format(number=f"UL-{own}"))).to_be_visible()
    assert axe(page) == []
    whole_picture(page, f"dock-withdrawn-{lang}")
    expect(page.get_by_text(say["waits"], exact=True)).to_have_count(0)
    (record,) = until(
        page,
        lambda: records(served, own),
        lambda made: made[0]["photos"][0]["withdrawn"] and made[0]["seals"][0]["withdrawn"],
    )
    assert [bool(each["withdrawn"]) for each in (*record["seals"], *record["photos"])] == [True, False, True]
    assert record["photos"][0]["withdrawn"] == say["by_mistake"]


def test_an_examination_with_the_keyboard_alone(consoles: Consoles, served: Listening) -> None:
    sent(served, "by-keys")
    page = consoles.open("/dock/world-trade", "officer")
    expect(page.get_by_role("button", name="Begin with by-keys")).to_be_visible()

    def press(key: str, name: str) -> None:
        """Go by the Tab key to what has this name, and press a key there."""
        for _ in range(120):
            page.keyboard.press("Tab")
            if str(page.evaluate(FOCUSED)).strip() == name:
                page.keyboard.press(key)
                return
        raise AssertionError(name)

    press("Enter", "Begin with by-keys")
    expect(page.get_by_role("dialog")).to_be_visible()
    press("Enter", "Begin")
    expect(page.locator("h1")).to_contain_text("by-keys")
    press("Space", "Cab, Clear: identity")
    expect(page.get_by_role("button", name="Cab, Clear: identity")).to_have_attribute("aria-pressed", "true")
    press("Enter", "Nothing found")
    press("Enter", "Finish")
    press("Enter", "Finish the examination")
    assert closed(page, served, "by-keys")["outcome"]["outcome"] == "clear"
