"""A record that was closed at a dock is shown there as it stands now, whatever was done about it elsewhere since."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conftest import TABLET
from dock_scene import records
from ordered import sent
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Consoles
    from listening import Listening

BEGIN = {"act": "begin", "examination": "secondary", "bridge": "wtb", "dock": "3"}
FIND = {"act": "find", "finding": "f", "part": "roof", "threat": "contraband", "what": "Packages", "severity": 7}
SEIZE = {"act": "seize", "finding": "f", "kind": "drugs", "amount": 12.5, "unit": "kg", "authority": "US"}
WHY = "It was another truck."
CLOSE = {"act": "close", "outcome": "violation", "threat": "contraband", "severity": 7, "seen": 90}


def test_what_was_withdrawn_from_a_closed_record_elsewhere_is_withdrawn_at_its_dock_too(
    consoles: Consoles, served: Listening
) -> None:
    own = "closed-anew"
    sent(served, own)
    acts(served, own, BEGIN, FIND, SEIZE)
    page = consoles.open(f"/dock/world-trade?crossing={own}&record=e", "officer", viewport=TABLET)
    page.get_by_role("button", name="Violation", exact=True).click()
    page.get_by_role("button", name="Finish", exact=True).click()
    page.get_by_role("button", name="Finish the examination").click()
    outcome = page.locator(".panel", has=page.get_by_role("heading", name="Outcome"))
    expect(outcome.locator("strong")).to_have_text("Violation")
    # When it ended, who closed it and as what, and who seized what was seized.
    expect(outcome).to_contain_text("officer at the console · contraband · severity 7")
    expect(page.locator(".seized .entry")).to_contain_text("Luz")
    entries = page.locator(".entry")
    expect(entries).to_have_count(2)
    withdrawn = page.locator(".entry[data-withdrawn]")
    expect(withdrawn).to_have_count(0)
    (made,) = records(served, own)
    for entry in (made["seizures"][0]["entry"], made["findings"][0]["entry"]):
        by_two(served, own, {"act": "withdraw", "entry": entry, "reason": WHY, "seen": 90})
    by_two(served, own, {"act": "close", "outcome": "clear", "reason": WHY, "seen": 90})
    # Left open, and opened again by its address on the same device.
    expect(withdrawn).to_have_count(2)
    expect(outcome.locator("strong")).to_have_text("Nothing found")
    page.reload()
    expect(withdrawn).to_have_count(2)
    expect(outcome.locator("strong")).to_have_text("Nothing found")


def test_a_closed_record_is_opened_by_its_address_on_a_device_that_knew_nothing_of_it(
    consoles: Consoles, served: Listening
) -> None:
    sent(served, "elsewhere")
    acts(served, "elsewhere", BEGIN, FIND, CLOSE)
    page = consoles.open("/dock/world-trade?crossing=elsewhere&record=e", "officer", viewport=TABLET)
    expect(page.locator(".entry")).to_contain_text("Packages")


def acts(served: Listening, own: str, *said: dict[str, Any]) -> None:
    for each in said:
        told = served.as_("officer", "Luz").post(f"/v1/crossings/{own}/examinations/e", json=each)
        assert told.status_code == 200, told.text


def by_two(served: Listening, own: str, said: dict[str, Any]) -> None:
    """An act that two officers sign for."""
    luz = served.as_("officer", "Luz")
    signed = {each: said[each] for each in ("outcome", "entry") if each in said}
    told = luz.post(
        f"/v1/crossings/{own}/examinations/e",
        content=json.dumps(said),
        headers=served.second(luz, own, "Eva Sol", record="e", **signed),
    )
    assert told.status_code == 200, told.text
