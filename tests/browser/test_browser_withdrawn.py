"""What a record of the dock was closed upon is withdrawn from it on the page of its crossing, by two officers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import pytest
from conftest import TABLET
from dock_scene import records, words
from listening import PASSWORD
from ordered import sent
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

    from aforo.domain.role import Role

Axe = Callable[..., list[str]]
WHY = "It was another truck."
BEGIN = {"act": "begin", "examination": "secondary", "bridge": "wtb", "dock": "3"}
FIND = {"act": "find", "finding": "f", "part": "roof", "threat": "contraband", "what": "Packages", "severity": 7}
SEIZE = {"act": "seize", "finding": "f", "kind": "drugs", "amount": 12.5, "unit": "kg", "authority": "US"}
CLOSE = {"act": "close", "outcome": "violation", "threat": "contraband", "severity": 7, "seen": 90}


def recorded(served: Listening, own: str, *acts: dict[str, Any]) -> None:
    sent(served, own)
    for said in acts:
        told = served.as_("officer", "Luz").post(f"/v1/crossings/{own}/examinations/e", json=said)
        assert told.status_code == 200, told.text


@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_a_record_was_closed_upon_is_withdrawn_by_two_officers(
    consoles: Consoles, axe: Axe, served: Listening, lang: Literal["en", "es"]
) -> None:
    own = f"withdrawn-{lang}"
    recorded(served, own, BEGIN, FIND, SEIZE, CLOSE)
    served.account("supervisor", "Eva Sol")
    page = consoles.open(f"/crossing/{own}", "officer", lang, viewport=TABLET)
    say, dock, by = words(lang, "crossing"), words(lang), words(lang, "second")
    seizure = page.get_by_role("button", name=dock["withdraw_seizure"].format(number=f"{own}/S1"))
    finding = page.get_by_role("button", name=say["withdraw_finding"].format(what="Packages"))
    expect(seizure).to_be_visible()
    expect(finding).to_have_count(0)  # something was seized of it
    assert axe(page) == []
    dialog = page.get_by_role("dialog")
    sign = dialog.get_by_role("button", name=say["withdraw_sign"])
    for opener in (seizure, finding):
        opener.press("Enter")
        assert axe(page, within="dialog[open]") == []
        sign.click()
        expect(dialog.get_by_text(words(lang, "cases")["needed"])).to_have_count(3)
        dialog.get_by_label(words(lang, "cases")["reason"], exact=True).fill(WHY)
        # Nobody signs beside themselves.
        for name in ("officer at the console", "Eva Sol"):
            dialog.get_by_label(by["name"]).fill(name)
            dialog.get_by_label(by["password"]).fill(PASSWORD)
            sign.click()
            if name != "Eva Sol":
                expect(dialog.locator('.notice[data-tone="wrong"]')).to_be_visible()
                page.emulate_media(color_scheme="dark", reduced_motion="reduce")
                assert axe(page, "color-contrast", within="dialog[open]") == []
                page.emulate_media(color_scheme="light", reduced_motion="reduce")
        expect(dialog).to_have_count(0)
    expect(finding).to_have_count(0)
    expect(page.locator(".examined")).to_contain_text(say["exam_withdrawn"].format(reason=WHY))
    (made,) = records(served, own)
    assert [each["withdrawn"] for each in (*made["findings"], *made["seizures"])] == [WHY, WHY]
    signed = [
        each.payload.seconded_by for each in served.log.stream(f"crossing/{own}") if "withdrawn" in each.event.type
    ]
    assert signed == ["Eva Sol", "Eva Sol"]


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_who_reports_nothing_is_offered_no_withdrawal(consoles: Consoles, served: Listening, role: Role) -> None:
    own = f"kept-{role}"
    recorded(served, own, BEGIN, FIND, CLOSE)
    page = consoles.open(f"/crossing/{own}", role)
    expect(page.locator(".examined")).to_contain_text("Packages")
    expect(page.locator(".examined").get_by_role("button")).to_have_count(0)


def test_a_finding_is_withdrawn_from_an_open_record_at_its_dock_alone(consoles: Consoles, served: Listening) -> None:
    recorded(served, "open", BEGIN, FIND)
    page = consoles.open("/crossing/open", "officer")
    expect(page.locator(".examined")).to_contain_text("Packages")
    expect(page.locator(".examined").get_by_role("button")).to_have_count(0)


def by_two(page: Page, lang: str, act: str) -> None:
    """Sign, with a second officer, for what a dialog asks."""
    by, dialog = words(lang, "second"), page.get_by_role("dialog")
    dialog.get_by_label(words(lang, "cases")["reason"], exact=True).fill(WHY)
    dialog.get_by_label(by["name"]).fill("Eva Sol")
    dialog.get_by_label(by["password"]).fill(PASSWORD)
    dialog.get_by_role("button", name=act).click()
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_record_whose_findings_were_all_withdrawn_is_closed_anew_by_two_officers_and_the_truck_goes_on(
    consoles: Consoles, axe: Axe, served: Listening, lang: Literal["en", "es"]
) -> None:
    own, crossing, dock = f"anew-{lang}", words(lang, "crossing"), words(lang)
    recorded(served, own, BEGIN, FIND, CLOSE)
    served.account("supervisor", "Eva Sol")
    page = consoles.open(f"/crossing/{own}", "officer", lang, viewport=TABLET)
    anew = page.get_by_role("button", name=dock["anew"])
    finding = page.get_by_role("button", name=crossing["withdraw_finding"].format(what="Packages"))
    expect(finding).to_be_visible()
    expect(anew).to_have_count(0)  # its finding bears the outcome
    finding.click()
    by_two(page, lang, crossing["withdraw_sign"])
    expect(anew).to_be_visible()
    assert axe(page) == []
    anew.click()
    assert axe(page, within="dialog[open]") == []
    by_two(page, lang, dock["anew_do"])
    expect(anew).to_have_count(0)
    (made,) = records(served, own)
    assert [made["outcome"][each] for each in ("outcome", "seconded_by", "reason")] == ["clear", "Eva Sol", WHY]
    standing = served.as_("officer").get(f"/v1/crossings/{own}/timeline").json()["standing"]
    assert not standing["found"]


def test_a_record_that_bears_nothing_is_closed_anew_at_its_dock_too(consoles: Consoles, served: Listening) -> None:
    recorded(served, "anew-dock", BEGIN)
    served.account("supervisor", "Eva Sol")
    page = consoles.open("/dock/world-trade?crossing=anew-dock&record=e", "officer", viewport=TABLET)
    page.get_by_role("button", name="Violation", exact=True).click()
    page.get_by_role("button", name="Finish", exact=True).click()
    page.get_by_role("button", name="Finish the examination").click()
    page.get_by_role("button", name="Close the record anew").click()
    page.get_by_role("dialog").get_by_label("Outcome").select_option("inconclusive")
    by_two(page, "en", "Sign and close it anew")
    expect(page.get_by_text(f"Signed for by Eva Sol: {WHY}")).to_be_visible()
    (made,) = records(served, "anew-dock")
    assert made["outcome"]["outcome"] == "inconclusive"
